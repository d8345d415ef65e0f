"""Secondary indexes of documents: each entry is a name, a value, and a moment that orders the entries. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Protocol, runtime_checkable

from msgspec import Struct

NEVER = datetime.fromtimestamp(0, UTC)


class IndexEntry(Struct, frozen=True):
    """All documents with one name and value are read in the order of `at`: the cases of a «conversation», documents that are «due»."""

    name: str
    value: str = ""
    """Hashed where the store is sealed; the name and the moment are not."""
    at: datetime = NEVER


@runtime_checkable
class Indexed(Protocol):
    """A document that is found by more than its key."""

    def marks(self) -> Iterable[IndexEntry]: ...
