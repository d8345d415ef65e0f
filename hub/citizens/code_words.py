"""Data shown in person once: a code word with a number, and a power of attorney (ST-03, ST-04). Pure.

It cannot be read back: numbers, СНИЛС and words are stored as keyed digests.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from msgspec import Struct

from hub.kernel.document import Document
from hub.kernel.indexes import IndexEntry


class CodeWord(Document, frozen=True, tag="code_word"):
    """A caller from the number of `key` who knows the word is the person whose СНИЛС is `subject`."""

    key: str
    word: str
    """A slow digest."""
    subject: str
    at: datetime
    by: str


class Power(Document, frozen=True, tag="power"):
    """The owner of an address may ask for the person whose СНИЛС is `subject`, until the end of a day; `shown` is the kind of document."""

    key: str
    """address/subject"""
    subject: str
    shown: str
    until: date
    at: datetime
    by: str

    def holds(self, today: date) -> bool:
        return today <= self.until

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("holder", self.key.partition("/")[0], self.at)
        yield IndexEntry("subject", self.subject, self.at)


class Vouched(Struct, frozen=True):
    """Records of a person: code words, and powers of attorney held and given."""

    words: Sequence[CodeWord] = ()
    held: Sequence[Power] = ()
    given: Sequence[Power] = ()
