"""The robot's texts, each kept once: an answer out of an article is then a short row, and the log a third as long."""

import hashlib

from msgspec.structs import replace

from hub.errors import StoreError
from hub.journal import Record
from hub.message import Author, Message
from hub.ports import Done
from storage.codec import dump

SHORTEST = 100
"""Characters; a shorter text costs no more than a reference to it."""
REMEMBERED = 10_000

Phrase = tuple[int, str]


class Phrases:
    """Which texts are known to be on the disk already."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def document(self, record: Record, new: list[Phrase]) -> tuple[int | None, bytes]:
        """The phrase and the document of a record; a text not known to be on the disk is added to `new`."""
        entry = record.entry
        if not isinstance(entry, Message) or entry.author is not Author.BOT or len(entry.text) < SHORTEST:
            return None, dump(entry)
        number = self._known.get(entry.text)
        if number is None:
            number = int.from_bytes(hashlib.sha256(entry.text.encode()).digest()[:8], "big") >> 1
            new.append((number, entry.text))
        return number, dump(replace(entry, text=""))

    def when_stored(self, new: list[Phrase], done: Done) -> Done:
        """Remember new texts when, and only when, they were committed."""
        def told(error: StoreError | None) -> None:
            if error is None:
                if len(self._known) > REMEMBERED:
                    self._known.clear()
                self._known.update((text, number) for number, text in new)
            done(error)
        return told
