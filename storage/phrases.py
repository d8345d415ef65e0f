"""What the robot says, each kept once: an answer out of an article is then a short row, and the log a third as long."""

from datetime import UTC, datetime

from msgspec.structs import replace

from hub.conversations.message import Message
from hub.conversations.ports import OnCommitted
from hub.kernel.errors import StoreError
from storage.codec import dump
from storage.vault import Vault

SHORTEST = 100
"""Characters; a shorter text costs no more than a reference to it."""
NONE = 0
"""The number of no phrase."""
REMEMBERED = 10_000
ANY_TIME = datetime(2024, 1, 1, tzinfo=UTC)


class Phrases:
    """Which phrases are known to be on the disk already."""

    def __init__(self, vault: Vault | None = None) -> None:
        self.vault = vault or Vault()
        self._known: dict[str, tuple[Message, int]] = {}
        self._first: dict[str, int] = {}
        """In which conversation a text without an article was said first."""

    def number(self, conversation: int, said: Message, new: dict[int, Message]) -> int:
        """The phrase that the robot said, or NONE; one not known to be on the disk is added to `new`.

        Nothing is a phrase that may hold what a citizen told: out of an article it is one at once, else when a second one hears it.
        """
        if len(said.text) < SHORTEST:
            return NONE
        known = self._known.get(said.text)
        if known is not None:
            like, number = known
            # Out of one article come the very same objects; comparing them costs nothing.
            if like.source is said.source and like.choices is said.choices and like.name is said.name:
                return number
        if said.source is None and self._first.setdefault(said.text, conversation) == conversation:
            if len(self._first) > REMEMBERED:
                self._first.clear()
            return NONE
        number = self.vault.number(document_of(said))
        new[number] = said
        return number

    def when_stored(self, new: dict[int, Message], done: OnCommitted) -> OnCommitted:
        """Remember new phrases when, and only when, they were committed."""
        def told(error: StoreError | None) -> None:
            if error is None:
                if len(self._known) > REMEMBERED:
                    self._known.clear()
                self._known.update((message.text, (message, number)) for number, message in new.items())
            done(error)
        return told


def document_of(message: Message) -> bytearray:
    return dump(replace(message, at=ANY_TIME))
