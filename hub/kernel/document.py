"""What is stored as a whole under a key of its own. Pure."""

from collections.abc import Sequence

from msgspec import Struct


class Document(Struct, frozen=True):
    """Has a tag, which says its kind in every store, and a key: `key`, or what indexes.py names. See docs/storage.md."""


class Stepped(Document, frozen=True):
    """A document whose steps are told of; those that are not have the index entry "untold"."""

    @property
    def number(self) -> str:
        """Its key."""
        raise NotImplementedError

    @property
    def steps(self) -> Sequence[Struct]:
        raise NotImplementedError

    @property
    def told(self) -> int:
        """How many of them were told of."""
        raise NotImplementedError
