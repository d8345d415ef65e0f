"""Indexes of the store on MongoDB: missing and different ones are reported and created."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import OperationFailure
from pymongo.synchronous.collection import Collection
from pymongo.synchronous.database import Database

from hub.kernel.errors import UnavailableStoreError

UP, DOWN = ASCENDING, DESCENDING
THERE = {"$exists": True}
"""By its type an index would be found by nobody who asks for a value."""
NOT_ALLOWED, NOT_THERE, DUPLICATE = 13, 27, 11000
"""Codes of MongoDB's errors."""
OF_NO_MATTER = {"v", "ns", "name", "background"}
"""What an index may have of its own, and does the same."""


def _index(name: str, *keys: tuple[str, int], only: dict[str, Any] | None = None, unique: bool = False) -> IndexModel:
    more: dict[str, Any] = {"partialFilterExpression": only} if only else {}
    return IndexModel(list(keys), name=name, unique=unique, **more)


# A changed index gets another name: an older Okno, which may lead again after a rollback, would fail on it.
INDEXES = {
    "conversations": [
        _index("by_number", ("number", UP), unique=True),
        _index("by_address", ("address", UP), ("_id", DOWN)),
        # At most one open conversation for an address, over all hubs.
        _index("one_open", ("address", UP), only={"open": True}, unique=True),
        _index("waiting_in_line", ("queue", UP), ("since", UP), ("_id", UP), only={"queue": THERE}),
        _index("in_any_line", ("since", UP), ("_id", UP), only={"queue": {"$gt": ""}}),
        _index("held_by", ("operator", UP), ("_id", UP), only={"operator": THERE}),
        _index("promised", ("due", UP), ("_id", UP), only={"due": THERE}),
        _index("by_part", ("parts", UP), ("_id", DOWN)),
        _index("served", ("served", UP), ("since", DOWN), ("_id", DOWN), only={"served": THERE}),
        _index("over", ("_id", UP), ("open", UP), only={"kept": True}),
        _index("idle", ("idle", UP), ("_id", UP), only={"idle": True}),
    ],
    "journal": [
        _index("of_conversation", ("conversation", UP), ("_id", UP)),
        _index("by_kind", ("kind", UP), ("_id", UP)),
        _index("owed", ("owed", UP), ("_id", UP), only={"owed": True}),
        _index("words", ("words", UP), ("_id", DOWN), only={"words": THERE}),
    ],
    "documents": [],
    "marks": [
        _index("in_order", ("kind", UP), ("name", UP), ("value", UP), ("at", UP), ("key", UP), unique=True),
        _index("of_document", ("kind", UP), ("key", UP)),
    ],
    "audit": [_index("about", ("about", UP), ("_id", DOWN))],
    "keys": [],
    "leases": [],
    "fences": [],
    "files.files": [
        _index("by_name", ("filename", UP), unique=True),
        _index("filename_1_uploadDate_1", ("filename", UP), ("uploadDate", UP)),  # GridFS wants it, and would make it
    ],
    "files.chunks": [_index("of_file", ("files_id", UP), ("n", UP), unique=True)],
    "files.keys": [],
    "files.unfinished": [],
    "seals": [],
    "erasures": [],
}


FORMER = {"conversations": ("in_line", "held")}
"""Names of indexes that an older Okno makes, and nobody uses."""


class IndexDefect(NamedTuple):
    """An index that is not as it must be. `other` tells that one of its name is there."""

    collection: str
    model: IndexModel
    other: bool

    def __str__(self) -> str:
        name = f"{self.collection}.{self.model.document['name']}"
        return f"the index {name} is {'there in another form: it is made anew' if self.other else 'not there: it is made'}"


def amiss(db: Database[dict[str, Any]]) -> list[IndexDefect]:
    found: list[IndexDefect] = []
    for collection, indexes in INDEXES.items():
        there = list(db[collection].list_indexes())
        forms, names = [_form(each) for each in there], {each["name"] for each in there}
        found += [IndexDefect(collection, index, index.document["name"] in names)
                  for index in indexes if _form(index.document) not in forms]
    return found


def drop_former(db: Database[dict[str, Any]]) -> None:
    """Where this user may."""
    for collection, names in FORMER.items():
        for name in set(names) & {each["name"] for each in db[collection].list_indexes()}:
            try:
                _drop(db[collection], name)
            except OperationFailure as error:
                if error.code != NOT_ALLOWED:
                    raise


def mend(db: Database[dict[str, Any]], flaw: IndexDefect) -> None:
    """Make an index as it must be. Raises UnavailableStoreError where that is not allowed, or what is stored contradicts it."""
    collection, name = db[flaw.collection], flaw.model.document["name"]
    try:
        if flaw.other:
            _drop(collection, name)
        collection.create_indexes([flaw.model])
    except OperationFailure as error:
        if error.code == NOT_ALLOWED:
            message = f"{flaw}, but this user may not: give him the role readWrite on {db.name}"
        elif error.code == DUPLICATE:
            message = f"{flaw}, but what is stored contradicts it, so that something else has written there: {error.details}"
        else:
            raise
        raise UnavailableStoreError(message) from error


def _drop(collection: Collection[dict[str, Any]], name: str) -> None:
    try:
        collection.drop_index(name)
    except OperationFailure as error:
        if error.code != NOT_THERE:  # another hub starts at the same time
            raise


def _form(index: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(value.items()) if name == "key" else value for name, value in index.items() if value and name not in OF_NO_MATTER}
