"""What security costs.

A million records of the audit linked, verified, and verified with one altered; what a reading waits for; and questions answered a
second by a hub whose database is sealed, against one in clear in the same run, in rounds that alternate.
"""

import asyncio
import itertools
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import uvloop

from benchmarks.chat import (
    NEW,
    ROUND_S,
    ROUNDS,
    SEEN,
    WINDOW,
    articles_alone,
    asking,
    new_questions,
    server,
    sessions,
)
from benchmarks.chat_client import closed_loop, talkers
from benchmarks.report import fdatasyncs_per_s, report, rounded
from bots.russian import Russian
from hub.access.read_log import AccessLog
from hub.audit.hash_chain import ChainReport, verify_chain
from hub.kernel.audit_entry import AuditEntry
from storage.audit import FileReading, add
from storage.codec import dump
from storage.migrate import migrate
from storage.sqlite import SqliteStore, connect
from tests.peers.ports import free_ports

RECORDS, BATCH = 1_000_000, 500
READINGS, READERS = 2_000, 64
ALTERED = RECORDS // 3
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
GOALS = ["audit_verified_s <= 30", "audit_altered_s <= 30", "sealed_ratio >= 0.7", "sealed_new_ratio >= 0.7"]


def audit_entries() -> Iterator[bytearray]:
    """Records of the usual size, no two alike."""
    whats = ("open", "reply", "search", "listened", "close", "transfer", "note", "sign_in")
    for number in range(RECORDS):
        yield dump(AuditEntry(NOW + timedelta(seconds=number), f"operator{number % 400}", whats[number % len(whats)],
                        str(7_400_000_000_000_000_000 + number), "0" * (number % 40), "held" if number % 2 else ""))


def fill(path: Path) -> float:
    """Seconds that it took."""
    with closing(connect(path)) as db:
        migrate(db)
        db.execute("PRAGMA synchronous = OFF")
        source, began = audit_entries(), perf_counter()
        while batch := list(islice(source, BATCH)):
            db.execute("BEGIN IMMEDIATE")
            add(db, batch)
            db.execute("COMMIT")
        took_s = perf_counter() - began
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return took_s


def verified(path: Path) -> tuple[ChainReport, float]:
    with closing(FileReading(path)) as db:
        began = perf_counter()
        seen = verify_chain(db.rows(db.end()[0]))
        return seen, perf_counter() - began


@contextmanager
def hub(folder: Path, *, sealed: bool) -> Iterator[str]:
    """The address of a hub with the robot that answers from articles."""
    folder.mkdir()
    (port,) = free_ports(1)
    config = folder / "okno.toml"
    keys = f'[keys]\ndriver = "file"\nsettings = {{ path = "{folder}/keys" }}\n' if sealed else ""
    config.write_text(articles_alone() + keys, encoding="utf8")
    okno = str(Path(sys.executable).with_name("okno"))
    environment = {"OKNO_DATA": str(folder / "data"), "OKNO_LISTEN": f"127.0.0.1:{port}", "OKNO_LIMITS": "off"}
    if sealed:
        subprocess.run([okno, "keys", "new", "--config", str(config)], env=os.environ | environment, check=True, stdout=subprocess.DEVNULL)
    with server([okno, "run", "--config", str(config)], "openapi", **environment):
        yield f"http://127.0.0.1:{port}"


async def chatted(hubs: dict[str, str]) -> dict[str, list[float]]:
    """Questions answered a second, a figure for each round, of those asked before and of new ones."""
    connections = {name: await talkers(await sessions(url), b'"author":"bot"') for name, url in hubs.items()}
    seen, new = asking(itertools.cycle(SEEN)), {name: asking(iter(new_questions(NEW))) for name in hubs}
    rates: dict[str, list[float]] = {}
    for each in connections.values():
        await closed_loop(each, seen, 1, WINDOW)
    for _ in range(ROUNDS):
        for name, each in connections.items():
            for kind, question in (("", seen), ("_new", new[name])):
                rate, _ = await closed_loop(each, question, ROUND_S, WINDOW)
                rates.setdefault(name + kind, []).append(rate)
                print(f"{name}{kind}: {rate:,.0f}/s", file=sys.stderr, flush=True)
    return rates


def cost(folder: Path) -> dict[str, float]:
    with hub(folder / "clear", sealed=False) as clear, hub(folder / "sealed", sealed=True) as sealed:
        rates = uvloop.run(chatted({"clear": clear, "sealed": sealed}))
    ratios = {kind: median(s / c for s, c in zip(rates["sealed" + kind], rates["clear" + kind], strict=True)) for kind in ("", "_new")}
    return {"clear_per_s": rounded(median(rates["clear"])), "sealed_per_s": rounded(median(rates["sealed"])),
            "sealed_ratio": rounded(ratios[""]), "sealed_new_ratio": rounded(ratios["_new"])}


async def read(path: Path) -> dict[str, float]:
    """Waits of one who reads by himself, and of many at once."""
    store = SqliteStore(path, Russian(), archive_delay_s=3600)
    readings, waits = AccessLog(store, lambda: datetime.now(UTC)), list[float]()

    async def one(reader: int, number: int) -> None:
        began = perf_counter()
        await readings.note(f"reader{reader}", "open", str(number), ground="held")
        waits.append(perf_counter() - began)

    async def reader(number: int, count: int) -> None:
        for each in range(count):
            await one(number, each)

    try:
        figures: dict[str, float] = {}
        for readers, name in ((1, "alone"), (READERS, "at_once")):
            waits.clear()
            began = perf_counter()
            await asyncio.gather(*(reader(readers * 1000 + number, READINGS // readers) for number in range(readers)))
            took_s = perf_counter() - began
            waits.sort()
            figures |= {f"reading_{name}_p50_ms": rounded(waits[len(waits) // 2] * 1000),
                        f"reading_{name}_p99_ms": rounded(waits[len(waits) * 99 // 100] * 1000),
                        f"reading_{name}_per_s": rounded(len(waits) / took_s)}
        return figures
    finally:
        await store.close()


def main() -> None:
    with TemporaryDirectory(dir="var" if Path("var").is_dir() else None) as name:
        path = Path(name) / "okno.db"
        linked_s = fill(path)
        print(f"{RECORDS:,} records linked in {linked_s:.1f} s", file=sys.stderr, flush=True)
        whole, verified_s = verified(path)
        assert (whole.flaws, whole.count) == (0, RECORDS)
        with closing(sqlite3.connect(path)) as db:
            db.executescript(f"DROP TRIGGER audit_is_not_changed; UPDATE audit SET doc = x'7b7d' WHERE id = {ALTERED}")
        broken, altered_s = verified(path)
        assert [finding.number for finding in broken.findings] == [ALTERED]
        reading = asyncio.run(read(Path(name) / "read.db"))
        report("security", reading | cost(Path(name)) | {
            "fdatasync_per_s": rounded(fdatasyncs_per_s(Path(name))),
            "audit_verified_s": rounded(verified_s), "audit_verified_per_s": rounded(RECORDS / verified_s),
            "audit_altered_s": rounded(altered_s), "audit_linked_us": rounded(linked_s / RECORDS * 1e6),
            "audit_mb": rounded(path.stat().st_size / 1e6)}, GOALS)


if __name__ == "__main__":
    main()
