"""`okno migrate-store`: move a centre from SQLite to MongoDB while its hub runs, or back, and compare both."""

import argparse
from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from bots.russian import Russian
from hub.kernel.errors import OknoError
from okno.commands.backup import progress
from okno.config import Config
from okno.extras import has, needs
from okno.serving.instance import RunningError, all_stopped, alone
from okno.stores import DATABASE, MOVED, data_folder, mongo_uri, place_of, vault_of
from storage.places import carried, totals

TO_MONGODB, TO_SQLITE = "mongodb", "sqlite"
NO_SERVER = "the configuration names no MongoDB: store.uri, or store.uri_file where it has a password"
WORDS = {"conversations": "разговоры", "records": "записи", "owed": "отложенные дела", "documents": "документы", "marks": "метки",
         "audit": "журнал аудита", "files": "файлы", "seals": "печати аудита"}


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    move = commands.add_parser(
        "migrate-store", parents=[common], help="move everything from SQLite to MongoDB, or back",
        description="Move a centre between the file of SQLite and the MongoDB of store.uri. To MongoDB it may be run while the hub "
                    "works; when the hub has stopped, another time brings the rest, counts both sides and closes the file to hubs. "
                    "Attachments, seals of the audit and the register of erasures go along. Nothing is deleted where it was.")
    move.add_argument("--to", choices=(TO_MONGODB, TO_SQLITE), required=True, help="where to")


async def migrate(config: Config, to: str) -> None:
    """Raises OknoError where a server, a key or rows are missing."""
    if not (config.store.uri or config.store.uri_file):
        raise OknoError(NO_SERVER)
    if not has("mongodb"):
        message = f"migrate-store {needs('mongodb')}"
        raise OknoError(message)
    folder = data_folder(config)
    if to == TO_SQLITE:
        with all_stopped(replace(config, store=replace(config.store, kind=TO_MONGODB))):
            await _to_sqlite(config, folder / DATABASE)
        return
    if not (folder / DATABASE).exists():
        message = f"there is nothing to move in {folder}"
        raise OknoError(message)
    if (mark := (folder / DATABASE).with_suffix(MOVED)).exists():
        message = f"all of it was moved, and MongoDB holds what is newer: to move it once more all the same, delete {mark}"
        raise OknoError(message)
    try:
        with alone(folder):
            await _to_mongodb(config, folder / DATABASE, last=True)
    except RunningError:
        await _to_mongodb(config, folder / DATABASE, last=False)


async def _to_mongodb(config: Config, file: Path, *, last: bool) -> None:
    from storage.mongo.copy import totals_of_file  # noqa: PLC0415 - PyMongo takes 0.1 s and 15 MB, and few have MongoDB
    from storage.mongo.migration import moved  # noqa: PLC0415 - PyMongo takes 0.1 s and 15 MB, and few have MongoDB

    with progress("SQLite → MongoDB") as show:
        there = await moved(file, mongo_uri(config), config.store.name, Russian(), vault_of(config), show, running=not last)
    files = _files_carried(config, TO_SQLITE, TO_MONGODB)
    if not last:
        print("The hub works on: what it stores from now on is brought by another run when it has stopped (systemctl stop okno).")
        return
    _compared(totals_of_file(file) | files[0], there | files[1])
    file.with_suffix(MOVED).write_text(f"MongoDB, {config.store.name}\n", encoding="utf8")
    print('All is there. Set store.kind = "mongodb" and start the hub; the file stays as it is, closed to hubs.')


async def _to_sqlite(config: Config, file: Path) -> None:
    from storage.mongo.copy import totals_of_file  # noqa: PLC0415 - PyMongo takes 0.1 s and 15 MB, and few have MongoDB
    from storage.mongo.store import MongoStore  # noqa: PLC0415 - PyMongo takes 0.1 s and 15 MB, and few have MongoDB

    draft = file.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    store = MongoStore(mongo_uri(config), config.store.name, Russian(), vault_of(config))
    try:
        with progress("MongoDB → SQLite") as show:
            await store.backup(str(draft), show)
        files = _files_carried(config, TO_MONGODB, TO_SQLITE)
        _compared(await store.totals() | files[0], totals_of_file(draft) | files[1])
    finally:
        await store.close()
    for name in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
        if name.exists():
            name.rename(name.with_name(f"before-{name.name}"))
    draft.rename(file)
    file.with_suffix(MOVED).unlink(missing_ok=True)
    print(f'All is in {file}. Set store.kind = "sqlite" and start one hub; the database in MongoDB stays as it is.')


def _files_carried(config: Config, source: str, target: str) -> tuple[dict[str, object], dict[str, object]]:
    """Copy files, seals and the register of erasures to the other place; returns the counts of both."""
    with place_of(config, source) as there, place_of(config, target) as here, progress("files") as show:
        carried(there, here, show)
        return totals(there), totals(here)


def _compared(source: Mapping[str, object], target: Mapping[str, object]) -> None:
    """Print the counts; raises OknoError where they differ."""
    for name, count in source.items():
        same = target[name] == count
        print(f"{'✓' if same else '✗'} {WORDS[name]}: {_shown(count)}{'' if same else f' ≠ {_shown(target[name])}'}")
    if source != target:
        message = "something was written meanwhile: stop all hubs and run this again; nothing has been switched over"
        raise OknoError(message)


def _shown(count: object) -> str:
    return f"{count[0]:,}".replace(",", " ") if isinstance(count, tuple) else str(count)
