"""By what documents are found, beside their keys: each of their marks is a name, a value, and a moment that puts them in order. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Protocol, runtime_checkable

from msgspec import Struct

NEVER = datetime.fromtimestamp(0, UTC)


class IndexEntry(Struct, frozen=True):
    """All documents with a name and a value are read in the order of `at`: the cases of a «conversation», what falls «due»."""

    name: str
    value: str = ""
    """Digested where the store is sealed; the name and the moment are not."""
    at: datetime = NEVER


@runtime_checkable
class Indexed(Protocol):
    """A document that is found by more than its key."""

    def marks(self) -> Iterable[IndexEntry]: ...
