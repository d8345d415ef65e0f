"""Texts of the robot, each stored once: an answer from an article is then a short row, and the log a third as long."""

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
    """Phrases known to be on disk."""

    def __init__(self, vault: Vault | None = None) -> None:
        self.vault = vault or Vault()
        self._known: dict[str, tuple[Message, int]] = {}
        self._first: dict[str, int] = {}
        """The conversation in which a text without an article was first said."""

    def number(self, conversation: int, said: Message, new: dict[int, Message]) -> int:
        """The phrase of the robot's text, or NONE; one not known to be on disk is added to `new`.

        A text that may contain a citizen's data is no phrase: one from an article is a phrase at once, others when a second citizen
        gets them.
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
        """Remember new phrases only after their commit."""
        def told(error: StoreError | None) -> None:
            if error is None:
                if len(self._known) > REMEMBERED:
                    self._known.clear()
                self._known.update((message.text, (message, number)) for number, message in new.items())
            done(error)
        return told


def document_of(message: Message) -> bytearray:
    return dump(replace(message, at=ANY_TIME))
