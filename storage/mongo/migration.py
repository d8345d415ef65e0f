"""Migration of a centre from SQLite to MongoDB: first while its hub works, and again when it has stopped."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from pymongo import AsyncMongoClient, MongoClient

from hub.kernel.errors import SealedError, UnavailableStoreError
from storage.file_ledger import view
from storage.migrate import is_current, migrate
from storage.mongo.copy import TABLES, Totals, brought, copied, totals_of_database
from storage.mongo.ledger import replace_sum
from storage.mongo.schema import OPTIONS, Row, opened, prepare, reached
from storage.recount import Recount, recount
from storage.reencryption import unlock
from storage.sqlite import connect
from storage.text_analyzer import TextAnalyzer
from storage.vault import Vault, searched


async def moved(source: Path, uri: str, name: str, words: TextAnalyzer, vault: Vault, progress: Callable[[float], None], *,
                running: bool = False) -> Totals:
    """Bring all of a file into a database, and count what is there then; raises UnavailableStoreError, SealedError.

    A file of an older version is migrated first, unless a hub is `running` on it.
    """
    with closing(connect(source, vault)) as file:
        if not running:
            migrate(file)
        elif not is_current(file):
            message = f"{source}: its hub is of another version of Okno: restart the hub with this one first, or stop it"
            raise UnavailableStoreError(message)
        unlock(file, lambda: connect(source))
        if vault.closed:
            with view(file) as rows:
                _whole(source, recount(vault, rows, lambda looked, total: progress(looked / max(total, 1) / 2)))
    with reached():
        with MongoClient[Row](uri, **OPTIONS) as client:
            prepare(client[name])
        async with AsyncMongoClient[Row](uri, **OPTIONS) as client:
            await brought(source, client[name], searched(words, vault), vault, progress)
            if vault.closed:
                await asyncio.to_thread(_recounted, uri, name, vault)
            return await totals_of_database(client[name])


def _whole(source: Path, seen: Recount) -> None:
    """Refuse to migrate tampered rows: the target would count them as valid. Raises SealedError."""
    if seen.flaws:
        first = seen.findings[0]
        message = f"{source}: {seen.flaws} rows are not as the hub has written them, the first: {first.place} ({first.flaw})"
        raise SealedError(message)


def _recounted(uri: str, name: str, vault: Vault) -> None:
    with opened(uri) as client:
        replace_sum(client[name], vault)


def holds(uri: str, name: str) -> bool:
    """Whether there is anything in a database; raises UnavailableStoreError."""
    with opened(uri) as client:
        return client[name].documents.find_one() is not None


async def kept(uri: str, name: str, target: str, progress: Callable[[float], None]) -> None:
    """Copy a database into a file as it is, also where its keys are not there; raises UnavailableStoreError."""
    with reached():
        async with AsyncMongoClient[Row](uri, **OPTIONS) as client:
            await copied(client, client[name], target, progress)


async def restored(source: Path, uri: str, name: str, words: TextAnalyzer, vault: Vault, progress: Callable[[float], None]) -> Totals:
    """As moved(), in place of whatever is there. Leases stay, so that their terms go on."""
    with reached():
        async with AsyncMongoClient[Row](uri, **OPTIONS) as client:
            for table in TABLES:
                await client[name][table].drop()
            await client[name].schema.delete_many({"_id": {"$in": ["audit", "sealing"]}})
    return await moved(source, uri, name, words, vault, progress)
