"""Conversations that somebody follows without holding them. Pure."""

from collections.abc import Iterable
from enum import StrEnum

from hub.conversations.conversation import Closed
from hub.conversations.journal import HandedOver, StoredEvent
from hub.conversations.message import BOT, Author, Message
from hub.kernel.document import Document

MOST = 100
"""Most conversations that one operator follows."""


class News(StrEnum):
    """What a follower has not seen yet; the end counts for more than words."""

    NONE = "none"
    WORDS = "words"
    ENDED = "ended"


class Follow(Document, frozen=True, tag="follow"):
    """`login` follows a conversation and has seen its records up to `seen`."""

    key: str
    conversation: int
    login: str
    seen: int


def follow(conversation: int, login: str, seen: int) -> Follow:
    return Follow(f"{conversation}/{login}", conversation, login, seen)


def news_in(records: Iterable[StoredEvent], login: str) -> News:
    """What records tell a follower: words of the citizen and of colleagues, not their own, the robot's or the hub's; and the end."""
    found = News.NONE
    for record in records:
        entry = record.entry
        if isinstance(entry, HandedOver):
            ended = isinstance(entry.holder, Closed) and entry.by != login
            found = News.ENDED if ended else News.WORDS if found is News.ENDED else found
        elif isinstance(entry, Message) and entry.author not in (BOT, Author.SYSTEM) and entry.by != login and found is News.NONE:
            found = News.WORDS
    return found
