"""The store of a configuration, its encryption keys, and the files beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from bots.russian import Russian
from channels.secret import secret
from hub.conversations.ports import Store
from hub.kernel.errors import UnavailableStoreError
from hub.kernel.leases import Lease
from hub.kernel.ports import Keys
from hub.privacy.ports import ErasureRegister
from okno import drivers
from okno.config import Config, KeySettings
from okno.faults.config_error import ConfigError
from storage.erasure_register import ErasureList
from storage.files import SealedFiles
from storage.memory import MemoryStore
from storage.places import Place, in_folder
from storage.seals import StoredSeals
from storage.sqlite import SqliteStore
from storage.vault import Vault

DATABASE = "okno.db"
MOVED = ".moved"
"""Marks a database that was moved: a hub that continued here would split the centre's data."""
KEEPER = drivers.DriverKind[Keys]("storage.keys", "keys", "keeper", extra="{name}")


def now() -> datetime:
    return datetime.now(UTC)


def open_words_and_store(config: Config) -> Store:
    """The store for a command that needs no other part of the hub; raises UnavailableStoreError."""
    return open_store(config, Russian())


def open_store(config: Config, russian: Russian, lease: Lease | None = None) -> Store:
    """The store of a configuration; after the loss of its lease nothing can be stored. Raises UnavailableStoreError, SealedError."""
    match config.store.kind:
        case "memory":
            return MemoryStore(russian)
        case "mongodb":
            from storage.mongo.store import MongoStore  # noqa: PLC0415 - PyMongo takes 0.1 s and 15 MB, and few have MongoDB

            return MongoStore(mongo_uri(config), config.store.name, russian, vault_of(config), lease)
        case "sqlite":
            database = data_folder(config) / DATABASE
            if (moved := database.with_suffix(MOVED)).exists():
                whither = moved.read_text(encoding="utf8").strip()
                message = f"{database} was moved to {whither}: set store.kind, or delete {moved} to go back"
                raise UnavailableStoreError(message)
            return SqliteStore(database, russian, vault_of(config))


def mongo_uri(config: Config) -> str:
    """MongoDB's address, with the password; raises UnavailableStoreError."""
    try:
        return secret(config.store.uri_file) if config.store.uri_file else config.store.uri
    except msgspec.ValidationError as error:
        raise UnavailableStoreError(str(error)) from error


def has_store(config: Config) -> bool:
    """Whether a store exists; opening it would create an empty one."""
    return config.store.kind == "mongodb" or (config.store.kind == "sqlite" and (Path(config.data) / DATABASE).exists())


def vault_of(config: Config) -> Vault:
    """The encryption of a configuration's database."""
    return Vault(keeper(config.keys), config.centre.code)


def data_folder(config: Config) -> Path:
    """The data folder; created for its owner only, since it holds personal data."""
    folder = Path(config.data)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        message = f"data folder {folder}: {error.strerror}"
        raise ConfigError(message) from error
    return folder


def keeper(settings: KeySettings) -> Keys | None:
    """The keeper of keys by name: "file" is storage/keys/file.py; None without encryption. Raises ConfigError."""
    if not settings.driver:
        return None
    return drivers.load(KEEPER, settings.driver, settings.settings)


class SideStorage(NamedTuple):
    """Files and other data beside the rows of a store."""

    place: Place
    files: SealedFiles
    seals: StoredSeals
    register: ErasureRegister


@contextmanager
def beside(config: Config) -> Iterator[SideStorage]:
    """As configured: on this machine's disk, or in the shared database.

    Raises ConfigError, UnavailableStoreError, and SealedError where a key of the files is missing.
    """
    with place_of(config, config.store.kind) as place:
        keys, copies = keeper(config.keys), Path(config.audit.copies) if config.audit.copies else None
        files = SealedFiles(place.shelf, keys, f"{config.centre.code}/files")
        files.check()
        yield SideStorage(place, files, StoredSeals(place.seals, keys, f"{config.centre.code}/audit", copies),
                          ErasureList() if config.store.kind == "memory" else place.register)


@contextmanager
def place_of(config: Config, kind: str) -> Iterator[Place]:
    """The side storage of a kind of store; raises ConfigError, UnavailableStoreError."""
    copies = Path(config.audit.copies) if config.audit.copies else None
    if kind == "mongodb":
        from storage.mongo.place import in_mongodb  # noqa: PLC0415 - PyMongo takes 0.1 s and 15 MB, and few have MongoDB

        with in_mongodb(mongo_uri(config), config.store.name, copies) as place:
            yield place
    else:
        yield in_folder(data_folder(config), copies)
