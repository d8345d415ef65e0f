"""A centre moves from SQLite to MongoDB: a first time while its hub works, and once more when it has stopped."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from pymongo import AsyncMongoClient, MongoClient
from pymongo.errors import PyMongoError

from storage.mongo_copy import Totals, brought, totals_of_database
from storage.mongo_schema import OPTIONS, Row, prepare, unreachable
from storage.resealing import unlock
from storage.sqlite import connect
from storage.vault import Vault, searched
from storage.words import Words


async def moved(source: Path, uri: str, name: str, words: Words, vault: Vault, progress: Callable[[float], None]) -> Totals:
    """Bring all of a file into a database, and count what is there then; raises UnavailableStoreError, SealedError."""
    with closing(connect(source, vault)) as file:
        unlock(file, lambda: connect(source))
    try:
        with MongoClient[Row](uri, **OPTIONS) as client:
            prepare(client[name])
        async with AsyncMongoClient[Row](uri, **OPTIONS) as client:
            await brought(source, client[name], searched(words, vault), vault, progress)
            return await totals_of_database(client[name])
    except PyMongoError as error:
        raise unreachable(error) from error
