"""Log of imports into the catalogue, with the data needed to undo them (KB-03). Pure."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from hub.kernel.document import Document
from hub.kernel.indexes import IndexEntry
from hub.knowledge.edition import Card


class Taken(Struct, frozen=True, omit_defaults=True):
    """A draft written by an import; `written` distinguishes it from another one of the same version."""

    name: str
    version: int
    written: datetime
    before: Card | None = None
    """The replaced draft."""


class Import(Document, frozen=True, omit_defaults=True, tag="import"):
    """One import; `by` is a login, or "" for the command."""

    id: str
    at: datetime
    by: str
    file: str
    source: str
    checksum: str
    taken: tuple[Taken, ...]
    undone: datetime | None = None

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("imported", at=self.at)
