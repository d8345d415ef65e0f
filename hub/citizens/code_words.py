"""What was shown in person, once for all: a code word with a number, and the power to ask for another (ST-03, ST-04). Pure.

Nothing of it can be read back: numbers, СНИЛС and words are kept as digests with a key.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from msgspec import Struct

from hub.kernel.document import Document
from hub.kernel.indexes import IndexEntry


class CodeWord(Document, frozen=True, tag="code_word"):
    """Whoever asks from the number of `key` and knows the word is who has `subject` for his СНИЛС."""

    key: str
    word: str
    """A slow digest."""
    subject: str
    at: datetime
    by: str


class Power(Document, frozen=True, tag="power"):
    """Whoever is at an address may ask for who has `subject` for his СНИЛС, to the end of a day; `shown` is the kind of paper."""

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
    """What is recorded of somebody: his code words, powers by which he asks for others, and those by which others ask for him."""

    words: Sequence[CodeWord] = ()
    held: Sequence[Power] = ()
    given: Sequence[Power] = ()
