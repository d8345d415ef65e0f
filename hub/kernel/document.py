"""Document: a record stored as a whole under its own key. Pure."""

from abc import abstractmethod
from collections.abc import Sequence

from msgspec import Struct


class Document(Struct, frozen=True):
    """Has a tag, which names its kind in every store, and a key: `key`, or the field named in indexes.py. See docs/storage.md."""


class Stepped(Document, frozen=True):
    """A document whose steps are published. Documents with unpublished steps have the index entry "untold"."""

    @property
    @abstractmethod
    def number(self) -> str:
        """The key."""

    @property
    @abstractmethod
    def steps(self) -> Sequence[Struct]:
        """From the first on."""

    @property
    @abstractmethod
    def told(self) -> int:
        """Number of published steps."""
