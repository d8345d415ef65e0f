"""Data keys on MongoDB, and whether what is stored beside them is sealed by any."""

import time
from contextlib import suppress

from pymongo import MongoClient
from pymongo.errors import DuplicateKeyError
from pymongo.synchronous.database import Database as SyncDatabase

from hub.errors import SealedError
from hub.ports import Wrapped
from storage.mongo_schema import OPTIONS, UP, Row
from storage.vault import Vault


class MongoKeys:
    """Data keys in a collection. Closing them closes the client."""

    def __init__(self, client: MongoClient[Row], name: str) -> None:
        self._client, self._keys = client, client[name]["keys"]

    def all(self) -> list[tuple[int, float, Wrapped]]:
        return [(row["_id"], row["made"], Wrapped(row["key"], row["content"])) for row in self._keys.find(sort=[("_id", UP)])]

    def add(self, number: int | None, since: float, wrapped: Wrapped) -> None:
        """Of two hubs that add the same number at once the second adds nothing."""
        rows = self.all()
        if any(each == number if number is not None else each and made >= since for each, made, _ in rows):
            return
        new = max((each for each, _, _ in rows), default=0) + 1 if number is None else number
        with suppress(DuplicateKeyError):
            self._keys.insert_one({"_id": new, "made": time.time(), "key": wrapped.key, "content": wrapped.content})

    def replace(self, number: int, wrapped: Wrapped) -> None:
        self._keys.update_one({"_id": number}, {"$set": {"key": wrapped.key, "content": wrapped.content}})

    def close(self) -> None:
        self._client.close()


SEALING = {"_id": "sealing"}
"""Is there while what lay in clear is being sealed: until then it is found neither by what it is nor by digests alone."""


def in_clear(db: SyncDatabase[Row]) -> bool:
    """Whether there is something that no data key seals, or not all of it."""
    return bool(db.schema.find_one(SEALING)) or bool(not db["keys"].find_one() and db.documents.find_one())


def unlock(uri: str, client: MongoClient[Row], name: str, vault: Vault) -> None:
    """Have a vault opened; raises SealedError, also where there are keys now for what lies in clear."""
    if vault.keeps and in_clear(client[name]):
        message = f"{name}: what is stored there lies in clear: stop all hubs, and have it sealed by okno keys rotate"
        raise SealedError(message)
    open_vault(uri, client, name, vault)


def open_vault(uri: str, client: MongoClient[Row], name: str, vault: Vault) -> None:
    vault.unlock(MongoKeys(client, name), lambda: MongoKeys(MongoClient(uri, **OPTIONS), name))
