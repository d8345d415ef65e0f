"""Document: a record stored as a whole under its own key. Pure."""

from collections.abc import Sequence

from msgspec import Struct


class Document(Struct, frozen=True):
    """Has a tag, which names its kind in every store, and a key: `key`, or the field named in indexes.py. See docs/storage.md."""


class Stepped(Document, frozen=True):
    """A document whose steps are published. Documents with unpublished steps have the index entry "untold"."""

    @property
    def number(self) -> str:
        """The key."""
        raise NotImplementedError

    @property
    def steps(self) -> Sequence[Struct]:
        raise NotImplementedError

    @property
    def told(self) -> int:
        """Number of published steps."""
        raise NotImplementedError
