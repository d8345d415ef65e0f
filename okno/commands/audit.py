"""`okno audit`: verification of the audit, and export of parts for external verification."""

import argparse
import os
from collections.abc import Sequence
from contextlib import closing
from datetime import date, datetime, time, timedelta
from getpass import getuser
from pathlib import Path
from zoneinfo import ZoneInfo

import uvloop
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from tqdm import tqdm

from hub.audit.day_seal import KeptSeal, SealDefect, check
from hub.audit.hash_chain import ChainDefect, ChainReport, DefectKind, verify_chain
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import OknoError
from okno.commands.audit_findings import sum_up, sum_up_rows, told, told_row, told_seal
from okno.commands.recounts import recounted
from okno.config import Config
from okno.stores import DATABASE, beside, mongo_uri, now, open_words_and_store
from storage.audit import FileReading, Reading
from storage.blob_store import SmallBlobs
from storage.exports import CSV, JSONL, Export, span, write
from storage.folder import FolderBlobs
from storage.seals import StoredSeals, keys_of, load_key, name_of, seals_of

FOUND = 3
"""Exit code for findings; 1 means that the audit could not be read."""
LAST = (1 << 63) - 1
NOTHING = "за это время записей нет"


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    actions = commands.add_parser("audit", help="the audit: verify it, export it").add_subparsers(
        dest="action", required=True, metavar="ACTION")
    verify = actions.add_parser(
        "verify", parents=[common], help="see that no record was altered, dropped or moved",
        description="Verify the chain of the audit and its seals, also while the hub runs. "
                    f"Exits with 0 where all is whole, {FOUND} where something was found, 1 where it could not be verified.")
    verify.add_argument("file", type=Path, nargs="?", metavar="FILE", help="verify an export instead of the store")
    verify.add_argument("--until", type=date.fromisoformat, metavar="DATE", help="up to the seal of this day, as 2026-11-25")
    verify.add_argument("--seals", type=Path, metavar="FOLDER", help="seals that somebody else keeps (without it: beside the store)")
    verify.add_argument("--key", type=Path, metavar="FILE", help="the public key of the seals that you trust (PEM)")
    export = actions.add_parser(
        "export", parents=[common], help="write a part of it into a file, with its hashes",
        description="Write records with their hashes: okno audit verify FILE verifies it by itself. The audit notes the export.")
    export.add_argument("file", type=Path, metavar="FILE", help="a new file")
    export.add_argument("--from", type=date.fromisoformat, dest="first", metavar="DATE", help="from this day on (default: the beginning)")
    export.add_argument("--to", type=date.fromisoformat, dest="last", metavar="DATE", help="up to the end of this day (default: all)")
    export.add_argument("--format", choices=(JSONL, CSV), default=JSONL, help="default: %(default)s")


def perform(config: Config, options: argparse.Namespace) -> int:
    if options.action == "verify":
        return verify(config, options)
    uvloop.run(export(config, options))
    return 0


def verify(config: Config, options: argparse.Namespace) -> int:
    """Print the findings, or that there are none; returns the exit code. Raises OknoError when the audit cannot be read."""
    if options.seals and not options.seals.is_dir():
        message = f"нет папки {options.seals}"
        raise OknoError(message)
    with beside(config) as own:
        drawer = FolderBlobs(options.seals) if options.seals else own.place.seals
        trusted, whence = _trusted(options, drawer, own.seals)
        kept = seals_of(drawer, trusted, options.until)
    marks = frozenset(each.seal.last for each in kept if each.seal)
    until = _until(kept, options.until)
    if options.file:
        seen, begun = _walk_export(Export(options.file), marks)
    else:
        seen, begun = _walk_store(config, marks, until), 0
    broken = check(kept, config.centre.code, seen, begun)
    if options.file:
        broken = [each for each in broken if each.broken is not SealDefect.CUT]  # an export may end earlier
    zone = ZoneInfo(config.centre.timezone)
    for finding in seen.findings:
        print(f"✗ {told(finding, zone)}")
    if seen.flaws > len(seen.findings):
        print(f"✗ и ещё нарушений цепочки: {seen.flaws - len(seen.findings)}")
    for each in broken:
        print(f"✗ {told_seal(each)}")
    rows = None if options.file or options.until else recounted(config)
    for row in rows.findings if rows else ():
        print(f"✗ {told_row(row)}")
    if rows and rows.flaws > len(rows.findings):
        print(f"✗ и ещё строк: {rows.flaws - len(rows.findings)}")
    sum_up(seen, kept, broken, whence)
    if rows:
        sum_up_rows(rows)
    return FOUND if seen.flaws or broken or (rows and rows.flaws) else 0


def _reading(config: Config) -> Reading:
    if config.store.kind == "mongodb":
        from storage.mongo.audit import MongoReading  # noqa: PLC0415 - PyMongo takes 0.1 s and 15 MB, and few have MongoDB

        return MongoReading(mongo_uri(config), config.store.name)
    return FileReading(Path(config.data) / DATABASE)


async def export(config: Config, options: argparse.Namespace) -> None:
    """Write a part of the audit into a new file; this is itself audited as a reading. Raises OknoError."""
    zone = ZoneInfo(config.centre.timezone)
    begins = datetime.combine(options.first, time(), zone) if options.first else None
    ends = datetime.combine(options.last + timedelta(days=1), time(), zone) if options.last else None
    with closing(_reading(config)) as audit:
        upto = audit.end()[0]
        first, last = span(tqdm(audit.rows(upto)(1), total=upto, unit="rec", desc="поиск", disable=None), begins, ends)
        if not last:
            raise OknoError(NOTHING)
        store = open_words_and_store(config)
        try:
            await store.note(AuditEntry(now(), "", "audit_exported", f"{first}–{last}", f"{getuser()}: {options.file.name}"))
        finally:
            await store.close()
        rows = tqdm(audit.rows(last)(first), total=last - first + 1, unit="rec", desc="выгрузка", disable=None)
        try:
            with os.fdopen(os.open(options.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                write(file, options.format, (first - 1, audit.hash_at(first - 1)), rows)
        except OSError as error:
            message = f"{options.file}: {error.strerror}"
            raise OknoError(message) from error
    print(f"{options.file}: записи № {first}–{last}")


def _trusted(options: argparse.Namespace, drawer: SmallBlobs, seals: StoredSeals) -> tuple[list[Ed25519PublicKey], str]:
    """The trusted public keys, and why, in words."""
    if options.key:
        return [load_key(options.key)], "ключ ваш"
    found = keys_of(drawer)
    # A false key in the folder cannot be unwrapped by the keeper of keys.
    own = seals.own()
    if own is not None:
        return [own, *(key for key in found if name_of(key) != name_of(own))], f"ключ {name_of(own)} подтверждён хранителем ключей"
    names = ", ".join(name_of(key) for key in found)
    return found, f"ключ {names} лежит рядом с печатями: сверьте его с тем, что хранится отдельно"


def _until(kept: Sequence[KeptSeal], until: date | None) -> int:
    """The last record covered by a seal up to a day."""
    if until is None:
        return LAST
    sealed = [each.seal.last for each in kept if each.seal]
    if not sealed:
        message = f"до {until} печатей нет"
        raise OknoError(message)
    return max(sealed)


def _walk_store(config: Config, marks: frozenset[int], until: int) -> ChainReport:
    with closing(_reading(config)) as audit:
        upto = min(audit.end()[0], until)
        rows = audit.rows(upto)
        seen = verify_chain(lambda first: tqdm(rows(first), total=upto, unit="rec", desc="audit", disable=None), marks=marks)
        remembered = audit.remembered()
    if remembered > seen.number and until == LAST:
        _cut(seen, remembered)
    return seen


def _walk_export(export: Export, marks: frozenset[int]) -> tuple[ChainReport, int]:
    number, before = export.before
    seen = verify_chain(lambda first: tqdm(export.rows(first), unit="rec", desc="audit", disable=None), number=number, before=before,
                        marks=marks)
    if export.end is None or export.end[0] > seen.number:
        _cut(seen, export.end[0] if export.end else seen.number)
    elif export.end != (seen.number, seen.hash) and not seen.flaws:
        seen.flaws += 1
        seen.findings.append(DefectKind(ChainDefect.ALTERED, seen.number, seen.number))
    return seen, number


def _cut(seen: ChainReport, upto: int) -> None:
    seen.flaws += 1
    seen.findings.append(DefectKind(ChainDefect.CUT, seen.number + 1, upto))
