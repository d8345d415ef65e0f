"""What was taken into the catalogue at once, and what it takes to undo that (KB-03). Pure."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from hub.kernel.document import Document
from hub.kernel.indexes import IndexEntry
from hub.knowledge.edition import Card


class Taken(Struct, frozen=True, omit_defaults=True):
    """A draft that an import has written; `written` tells it from another one of the same version."""

    name: str
    version: int
    written: datetime
    before: Card | None = None
    """The draft that it replaced."""


class Import(Document, frozen=True, omit_defaults=True, tag="import"):
    """What was taken in at once; `by` is a login, or "" for the command."""

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
