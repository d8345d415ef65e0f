"""`okno keys`: generate key-encryption keys, and rotate them while the hub runs."""

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path

from tqdm import tqdm

from hub.access.second_factor import CodeSecret
from hub.desk.sign_in.second_step import owner
from hub.kernel.errors import OknoError, SealedError, UnavailableStoreError
from hub.kernel.ports import KeyMaker, WrappedKey
from hub.monitoring.channel_configuration import ChannelSecret, rewrapped
from okno.commands.service_account import give, hubs_account
from okno.config import Config
from okno.serving.instance import NotStoppedError, all_stopped
from okno.stores import DATABASE, beside, data_folder, has_store, keeper, mongo_uri, open_words_and_store, vault_of
from storage import archive
from storage.files import SealedFiles
from storage.keys.ring import new_key
from storage.rotation import Sealed, file_opened
from storage.seals import StoredSeals
from storage.sqlite import connect
from storage.vault import Vault

NO_KEEPER = "the configuration names no [keys]"
NOT_CLOSED = (
    "! the database is not closed yet, and what somebody else writes into it in clear is believed: "
    "run this once more when the hub has stopped")
CLOSED = (
    "the database is closed: what is not sealed, and bound to its place, is not believed any more. Whoever has a copy of its data keys "
    "from before can open it again until their key-encryption key is gone: okno keys new, okno keys rotate, and destroy the old key")


def new(config: Config) -> None:
    """Create a key for encryption from now on; raises OknoError."""
    keys = keeper(config.keys)
    if keys is None:
        raise OknoError(NO_KEEPER)
    if isinstance(keys, KeyMaker):
        name = keys.add()
        if (account := hubs_account(Path(config.data))) is not None and (file := config.keys.settings.get("path")):
            give(account, [Path(str(file))])
        print(f"{name}: this key seals from now on. Have a copy of it where the backups are not.")
        return
    key, name = new_key()
    print(f"The key {name}, to be put behind the others with the driver {config.keys.driver}:\n{key}")


def rotate(config: Config, *, renewed: bool = False) -> None:
    """Re-encrypt everything with the newest key, and encrypt data in clear; raises OknoError and names the failures.

    With `renewed` the database also gets a new data key, in case one was compromised.
    """
    if not config.keys.driver:
        raise OknoError(NO_KEEPER)
    with beside(config) as kept:
        _rotate(config, kept.files, kept.seals, renewed=renewed)


def _rotate(config: Config, files: SealedFiles, seals: StoredSeals, *, renewed: bool) -> None:
    if seals.renew():
        print("the key that signs seals of the audit is wrapped by the newest key now")
    done, bad = _round(files)
    # Data that the hub stored before it saw the new key is found in another round.
    while not bad and (more := _round(files))[0]:
        done, bad = done + more[0], more[1]
    print(f"{done} files are sealed by the newest key now")
    if bad:
        message = f"{len(bad)} files were left as they are, the first: {bad[0]}"
        raise SealedError(message)
    if renewed:
        print("a hub that runs seals by the new data key within a minute: what it stores until then is sealed by it with the next rotation")
    rows, open_ = _documents(config, renewed=renewed)
    if rows:
        print(f"{rows} rows of the database, too; `okno keys wipe` wipes off what may be left of them there")
    if open_:
        print(NOT_CLOSED)
    secrets = asyncio.run(_secrets(config))
    if secrets:
        print(f"{secrets} secrets of authenticators, too")
    for name in files.forget_keys():
        print(f"{name}: nothing is sealed by this key any more, but in older backups")


def wipe(config: Config) -> None:
    """Rewrite the database files without remains of former contents; raises OknoError while a hub runs."""
    with all_stopped(config):
        if config.store.kind == "mongodb":
            _wipe_server(config)
        else:
            _wipe_file(data_folder(config) / DATABASE)


def _wipe_file(file: Path) -> None:
    with closing(connect(file)) as db:
        archive.wipe(db)
        db.execute("VACUUM")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    print(f"{file}: nothing is left in it but what it holds")


def _wipe_server(config: Config) -> None:
    from storage.mongo.wipe import wiped  # noqa: PLC0415 - PyMongo takes 0.1 s and 15 MB, and few have MongoDB

    since = wiped(mongo_uri(config), config.store.name)
    print(f"MongoDB, {config.store.name}: all is in new files, and the servers delete the old ones in some minutes")
    told = f"all since {since:%Y-%m-%d %H:%M} UTC" if since else "some time"
    print(f"the servers' log of changes (oplog) holds {told}: what lay in clear is gone from it when it has come round, "
          "or from each member that is synchronised anew")


def _documents(config: Config, *, renewed: bool) -> tuple[int, bool]:
    """Wrap the database's data keys with the newest key, and encrypt rows in clear; returns how many rows that were.

    Also returns whether rows in clear are still accepted, since a hub runs.
    """
    if not has_store(config):
        return 0, False
    vault = vault_of(config)
    with _sealed(config, vault) as (sealed, stopped), tqdm(unit="row", desc="documents", disable=None) as bar:
        vault.rewrap(sealed.keys)
        if renewed:
            vault.renew(sealed.keys)

        def told(looked: int, total: int) -> None:
            bar.total = total
            bar.update(looked - bar.n)

        rows = sealed.reseal(told)
        if not vault.closed:
            try:
                with nullcontext() if stopped else all_stopped(config):
                    sealed.close(told)
            except NotStoppedError:
                return rows, True
            print(CLOSED)
        return rows, False


@contextmanager
def _sealed(config: Config, vault: Vault) -> Iterator[tuple[Sealed, bool]]:
    """The database, and whether all hubs are stopped."""
    folder = data_folder(config)
    if config.store.kind == "sqlite":
        with file_opened(folder / DATABASE, vault) as sealed:
            yield sealed, False
        return
    from storage.mongo.rotation import lies_in_clear, server_opened  # noqa: PLC0415 - PyMongo takes 0.1 s and 15 MB, and few have MongoDB

    there = mongo_uri(config), config.store.name
    stopped = lies_in_clear(*there)
    # A running hub without a key would continue to store in clear.
    with all_stopped(config) if stopped else nullcontext(), server_opened(*there, vault) as sealed:
        yield sealed, stopped


async def _secrets(config: Config) -> int:
    """Encrypt the secrets of authenticators and of channels with the newest key; returns how many were not."""
    keys, store, done = keeper(config.keys), open_words_and_store(config), 0
    if keys is None:
        raise OknoError(NO_KEEPER)
    try:
        for held in await store.all(CodeSecret):
            of = owner(config.centre.code, held.login)
            if held.key != keys.newest(of):
                wrapped = keys.wrap(keys.unwrap(WrappedKey(held.key, held.content), of) if held.key else held.content, of)
                await store.put(CodeSecret(held.login, wrapped.key, wrapped.content))
                done += 1
        for channel in await store.all(ChannelSecret):
            if (newer := rewrapped(keys, config.centre.code, channel)) is not None:
                await store.put(newer)
                done += 1
    finally:
        await store.close()
    return done


def _round(files: SealedFiles) -> tuple[int, list[str]]:
    done, bad = 0, list[str]()
    for file in tqdm(files.all(), unit="file", desc="keys", disable=None):
        try:
            done += files.renew(file)
        except (UnavailableStoreError, OSError) as error:
            bad.append(str(error))
    return done, bad
