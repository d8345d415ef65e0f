"""Data keys on MongoDB, and whether what is stored beside them is sealed by any."""

import time
from contextlib import suppress

from pymongo import MongoClient
from pymongo.errors import DuplicateKeyError
from pymongo.synchronous.database import Database as SyncDatabase

from hub.kernel.errors import SealedError
from hub.kernel.ports import WrappedKey
from storage.mongo.ledger import ROOT_ID, begin
from storage.mongo.schema import OPTIONS, SEALED_EDITION, UP, Row
from storage.vault import Vault


class MongoKeys:
    """Data keys in a collection. Closing them closes the client."""

    def __init__(self, client: MongoClient[Row], name: str) -> None:
        self._client, self._keys = client, client[name]["keys"]

    def all(self) -> list[tuple[int, float, WrappedKey]]:
        return [(row["_id"], row["made"], WrappedKey(row["key"], row["content"])) for row in self._keys.find(sort=[("_id", UP)])]

    def add(self, number: int, since: float, wrapped: WrappedKey) -> None:
        """Of two hubs that add the same number at once the second adds nothing."""
        if any(each and made >= since for each, made, _ in self.all()) and number:
            return
        with suppress(DuplicateKeyError):
            self._keys.insert_one({"_id": number, "made": time.time(), "key": wrapped.key, "content": wrapped.content})

    def replace(self, number: int, wrapped: WrappedKey) -> None:
        self._keys.update_one({"_id": number}, {"$set": {"key": wrapped.key, "content": wrapped.content}})

    def close(self) -> None:
        self._client.close()


PATIENCE_S = 3.0
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
    db = client[name]
    keys = MongoKeys(client, name)
    if vault.unlock(keys, lambda: MongoKeys(MongoClient(uri, **OPTIONS), name), lambda: _empty(db)) and vault.closed:
        begin(db, vault)
    if vault.closed:
        _await_ledger(db)
    if vault.locked:
        db.schema.update_one({"_id": "edition"}, {"$max": {"edition": SEALED_EDITION}})


def _empty(db: SyncDatabase[Row]) -> bool:
    return not any(db[name].find_one() for name in ("conversations", "journal", "documents"))


def _await_ledger(db: SyncDatabase[Row]) -> None:
    """Another hub may be creating the same database at this moment; wait for its ledger. The caller reports a missing one."""
    end = time.monotonic() + PATIENCE_S
    while db.documents.find_one({"_id": ROOT_ID}, {"_id": 1}) is None and time.monotonic() < end:
        time.sleep(0.05)
