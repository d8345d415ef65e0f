"""A filtered list that somebody keeps: for themselves, or for all of their centre. Pure."""

from collections.abc import Iterator

from hub.kernel.document import Document
from hub.kernel.indexes import IndexEntry

MOST = 50
"""Views that one person keeps."""


class SavedView(Document, frozen=True, omit_defaults=True, tag="saved_view"):
    """`filter` is the query of the list, as in its address; a `shared` one is seen by all of its `centre`."""

    id: str
    owner: str
    title: str
    filter: str
    centre: str
    shared: bool = False

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("owner", self.owner)
        if self.shared:
            yield IndexEntry("shared")
