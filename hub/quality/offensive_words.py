"""Offensive words as a hint for reviewers to possible remarks of an operator (OC-04). They never affect a score. Pure."""

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from hub.conversations.journal import StoredEvent, Transcribed
from hub.conversations.message import Author, Message


class Remark(Struct, frozen=True):
    """`words` as in the list, `record` where they were written or spoken, `at_ms` after the beginning of a recording."""

    words: str
    record: int
    at_ms: int
    text: str


class OffensiveWords:
    """A list of phrases; «*» at the end of a word stands for any ending."""

    def __init__(self, phrases: Sequence[str]) -> None:
        self._phrases = [(each, re.compile(_pattern(each))) for each in phrases]

    def found(self, records: Iterable[StoredEvent]) -> list[Remark]:
        """In operators' messages to citizens, in order."""
        return [remark for record in records for remark in self._in(record)]

    def _in(self, record: StoredEvent) -> list[Remark]:
        match record.entry:
            case Message(author=Author.OPERATOR, internal=False, text=text):
                return [Remark(words, record.id, 0, text) for words in self.of(text)]
            case Transcribed(record=recording, lines=lines):
                return [Remark(words, recording, line.at_ms, line.text) for line in lines if line.author is Author.OPERATOR
                        for words in self.of(line.text)]
            case _:
                return []

    def of(self, text: str) -> list[str]:
        folded = _folded(text)
        return [words for words, pattern in self._phrases if pattern.search(folded)]


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", text.lower().replace("ё", "е"))


def _pattern(phrase: str) -> str:
    words = (rf"{re.escape(each.rstrip('*'))}{chr(92) + 'w*' if each.endswith('*') else ''}" for each in _folded(phrase).split())
    return rf"(?<!\w){'[ ,.!?—-]{1,9}'.join(words)}(?!\w)"
