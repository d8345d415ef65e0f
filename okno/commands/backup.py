"""`okno backup` and `okno restore`: all data of a centre in one tar file, while the hub runs.

A restore is unpacked beside the data, verified, and then swapped in by one rename; the former data is kept. A running hub does that
on SIGHUP: it finishes current work, swaps and serves again.
"""

import asyncio
import os
import signal
import sqlite3
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from getpass import getuser
from io import BytesIO
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, NoReturn

from bots.russian import Russian
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import OknoError, UnavailableStoreError
from okno.commands.backup_archive import unpack
from okno.config import Config
from okno.serving.instance import RunningError, all_stopped, alone
from okno.stores import DATABASE, data_folder, has_store, mongo_uri, now, open_words_and_store, place_of, vault_of
from storage.blob_store import dumped
from storage.erasure_register import ErasureFile, lines_of
from storage.folder import KNOWN, laid
from storage.places import AUDIT, ERASURES, FILES, FORMS, Place, carried, in_folder

if TYPE_CHECKING:
    from tqdm import tqdm

STAGED, KEPT = "restore", "before-restore"
REPLACED = "replaced"
"""File beside an unpacked backup: the former content of a server."""
PATIENCE_S = 60


def backup(config: Config, target: Path) -> None:
    """Write a consistent copy of the store and all files; raises OknoError."""
    if not has_store(config):
        message = f"there is nothing to back up in {config.data}"
        raise OknoError(message)
    copy, draft = target.with_name(target.name + ".db"), target.with_name(target.name + ".part")
    try:
        with place_of(config, config.store.kind) as place:
            _for_owner_alone(copy)
            # A later seal may cover more records than the copy of the database.
            seals = {name: place.seals.get(name) or b"" for name in place.seals.names()}
            with progress("database") as show:
                asyncio.run(_copied(config, target, copy, show))
            # The database is copied first: all files that it names exist then.
            with _for_owner_alone(draft).open("wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
                tar.add(copy, DATABASE)
                _pack(tar, place, seals)
                tar.close()
                file.flush()
                os.fsync(file.fileno())
        draft.rename(target)
    except (OSError, sqlite3.Error, UnavailableStoreError) as error:
        message = f"backup into {target}: {error}"
        raise OknoError(message) from error
    finally:
        _drop(copy)
        _drop(draft)
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB")


def _pack(tar: tarfile.TarFile, place: Place, seals: Mapping[str, bytes]) -> None:
    """Pack the side storage in the layout of a folder."""
    from tqdm import tqdm  # noqa: PLC0415 - a hub restores backups without progress bars

    for name, seal in seals.items():
        _add(tar, f"{AUDIT}/{name}", seal)
    _add(tar, ERASURES, lines_of(place.register.after(0)))
    for name in place.shelf.marks.names():
        _add(tar, f"{FILES}/{KNOWN}/{name}", place.shelf.marks.get(name) or b"")
    for file in tqdm(place.shelf.all(), total=place.shelf.totals()[0], unit="file", desc="files", disable=None):
        for sealed in FORMS:
            if (found := place.shelf.open(file, sealed=sealed)) is not None:
                with closing(found.content):
                    tar.addfile(_member(f"{FILES}/{laid(file, sealed=sealed)}", found.size), found.content)
                if found.wrapped is not None:
                    _add(tar, f"{FILES}/{laid(file, sealed=sealed).with_suffix('.key')}", dumped(found.wrapped))


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    tar.addfile(_member(name, len(content)), BytesIO(content))


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = size, int(time.time()), 0o600
    return member


async def _copied(config: Config, target: Path, copy: Path, show: Callable[[float], None]) -> None:
    """A backup gives access to all data, so making one is audited, also in the backup itself."""
    store = open_words_and_store(config)
    try:
        await store.note(AuditEntry(now(), "", "backup_made", detail=f"{getuser()}: {target.name}"))
        await store.backup(str(copy), show)
    finally:
        await store.close()


def restore(config: Config, source: Path, *, replace: bool) -> None:
    """Restore a backup; raises OknoError."""
    folder = data_folder(config)
    if _held(config) and not replace:
        message = f"{_place(config)} holds data already: with --replace they are kept in {folder / KEPT}"
        raise OknoError(message)
    if config.store.kind == "mongodb":
        with all_stopped(config):  # several hubs cannot swap at the same moment
            if (folder / STAGED / REPLACED).exists():
                print("an earlier restore that was stopped goes on; for another one run this again")
            else:
                _stage(source, folder)
            asyncio.run(change_over(config))
    else:
        _stage(source, folder)
        _changed_over(config, folder)
    print(f"{_place(config)}: restored from {source}{f'; what was there is in {folder / KEPT}' if replace else ''}")


def _changed_over(config: Config, folder: Path) -> None:
    """Swap in the restore, by the running hub if there is one."""
    try:
        with alone(folder):
            asyncio.run(change_over(config))
    except RunningError as running:
        if running.pid:
            os.kill(running.pid, signal.SIGHUP)
        _wait(lambda: not laid_out(folder), f"the running hub (process {running.pid}) did not take over {folder / STAGED}")


def _held(config: Config) -> bool:
    """Whether a restore would replace any data."""
    if config.store.kind != "mongodb":
        return (Path(config.data) / DATABASE).exists()
    from storage.mongo.migration import holds  # noqa: PLC0415 - PyMongo takes 0.1 s and 15 MB, and few have MongoDB

    return holds(mongo_uri(config), config.store.name)


def _place(config: Config) -> str:
    return f"MongoDB, {config.store.name}, with {config.data}" if config.store.kind == "mongodb" else config.data


def _stage(source: Path, folder: Path) -> None:
    draft = folder / f"{STAGED}.part"
    rmtree(folder / STAGED, ignore_errors=True)
    _lay_out(source, draft)
    draft.rename(folder / STAGED)


def laid_out(folder: Path) -> bool:
    """Whether an unpacked restore exists."""
    return (folder / STAGED).exists()


async def change_over(config: Config) -> bool:
    """Swap in an unpacked restore, if there is one. No process may have the data open.

    It stays unpacked until that is done: an interrupted swap continues with the next start, or the next restore.
    """
    folder = data_folder(config)
    if not laid_out(folder):
        return False
    if config.store.kind == "mongodb":
        await _change_over_server(config, folder)
    else:
        _change_over_folder(folder)
    return True


def _change_over_folder(folder: Path) -> None:
    staged, kept = folder / STAGED, folder / KEPT
    rmtree(kept, ignore_errors=True)
    kept.mkdir()
    # Data erased since the backup is erased again at the start.
    ErasureFile(folder / ERASURES).lead(ErasureFile(staged / ERASURES).after(0))
    (staged / ERASURES).unlink(missing_ok=True)
    for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", FILES, AUDIT):
        if (folder / name).exists():
            (folder / name).rename(kept / name)
    for path in staged.iterdir():
        path.rename(folder / path.name)
    staged.rmdir()


async def _change_over_server(config: Config, folder: Path) -> None:
    staged, replaced = folder / STAGED, folder / STAGED / REPLACED
    with place_of(config, config.store.kind) as place:
        if not replaced.exists():
            draft = replaced.with_suffix(".draft")
            draft.mkdir(exist_ok=True)
            await _put_aside(config, draft / DATABASE)
            with progress("files that are there") as show:
                carried(place, in_folder(draft), show)
            draft.rename(replaced)
        await _into_server(config, staged / DATABASE)
        with progress("files") as show:
            carried(in_folder(staged), place, show)
    done = staged.rename(folder / f"{STAGED}.done")
    rmtree(folder / KEPT, ignore_errors=True)
    (done / REPLACED).rename(folder / KEPT)
    rmtree(done)


async def _put_aside(config: Config, file: Path) -> None:
    """Copy the content of a server into a file."""
    from storage.mongo.migration import kept  # noqa: PLC0415 - PyMongo takes 0.1 s and 15 MB, and few have MongoDB

    draft = file.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with progress("what is there") as show:
        await kept(mongo_uri(config), config.store.name, str(draft), show)
    draft.rename(file)


async def _into_server(config: Config, copy: Path) -> None:
    """Replace the content of a server by a backup. Raises OknoError."""
    from storage.mongo.copy import totals_of_file  # noqa: PLC0415 - PyMongo takes 0.1 s and 15 MB, and few have MongoDB
    from storage.mongo.migration import restored  # noqa: PLC0415 - PyMongo takes 0.1 s and 15 MB, and few have MongoDB

    with progress("restore") as show:
        brought = await restored(copy, mongo_uri(config), config.store.name, Russian(), vault_of(config), show)
    if brought != totals_of_file(copy):
        message = f"{_place(config)}: something else was written meanwhile: stop all hubs and run this again"
        raise OknoError(message)


def _for_owner_alone(path: Path) -> Path:
    """An empty file readable for its owner only: a backup holds personal data. The rest of a killed run is removed."""
    _drop(path)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
    return path


def _drop(path: Path) -> None:
    """Delete a database, and SQLite's files beside it, which have the same access rights."""
    for each in (path, *(path.with_name(f"{path.name}{tail}") for tail in ("-journal", "-wal", "-shm"))):
        each.unlink(missing_ok=True)


@contextmanager
def progress(name: str) -> Iterator[Callable[[float], None]]:
    """A progress bar; the callable gets values from 0 to 1."""
    from tqdm import tqdm  # noqa: PLC0415 - as above

    with tqdm(total=100, unit="%", desc=name, disable=None) as bar:
        yield lambda done: _show(bar, done)


def _show(bar: "tqdm[NoReturn]", done: float) -> None:
    bar.update(done * 100 - bar.n)


def _lay_out(source: Path, into: Path) -> None:
    rmtree(into, ignore_errors=True)
    into.mkdir(mode=0o700)
    try:
        unpack(source, into)
        # Opened for writing, SQLite would create a missing database.
        with closing(sqlite3.connect(f"{(into / DATABASE).absolute().as_uri()}?mode=ro", uri=True)) as db:
            problems = [row[0] for row in db.execute("PRAGMA integrity_check(5)")]
            db.execute("SELECT count(*) FROM conversations")
    except (OSError, tarfile.TarError, sqlite3.Error) as error:
        rmtree(into, ignore_errors=True)
        message = f"{source} is no backup of okno: {error}"
        raise OknoError(message) from error
    if problems != ["ok"]:
        rmtree(into, ignore_errors=True)
        message = f"{source} is damaged: {'; '.join(problems)}"
        raise OknoError(message)


def _wait(until: Callable[[], bool], otherwise: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not until():
        if time.monotonic() > end:
            raise OknoError(otherwise)
        time.sleep(0.05)
