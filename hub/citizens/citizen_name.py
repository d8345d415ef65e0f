"""The index of citizens' names: a conversation is found by the beginnings of the words of its citizen's name. Pure."""

import re
from collections.abc import Iterator
from datetime import datetime

from hub.kernel.document import Document
from hub.kernel.indexes import IndexEntry

SHORTEST, LONGEST = 2, 10
"""Letters of a beginning that is looked up; the rest is compared."""
_WORD = re.compile(r"[^\W\d_]+")


class CitizenName(Document, frozen=True, tag="citizen_name"):
    """The name in one conversation. In a sealed store its index entries are digests."""

    conversation: str
    name: str
    opened: datetime

    def marks(self) -> Iterator[IndexEntry]:
        for beginning in {word[:size] for word in words_of(self.name) for size in range(SHORTEST, LONGEST + 1)}:
            yield IndexEntry("beginning", beginning, self.opened)


def words_of(text: str) -> list[str]:
    """The words of a name, or of what is looked for, in normal form."""
    return [word for word in _WORD.findall(text.casefold().replace("ё", "е")) if len(word) >= SHORTEST]


def is_named(name: str, words: list[str]) -> bool:
    """Whether each word is the beginning of one of the name."""
    own = words_of(name)
    return all(any(each.startswith(word) for each in own) for word in words)
