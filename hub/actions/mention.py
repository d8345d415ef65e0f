"""Mentions of colleagues in notes, until they are read. Pure."""

from datetime import datetime

from hub.kernel.document import Document

MOST = 20
"""Most colleagues in one note."""


class Mention(Document, frozen=True, tag="mention"):
    """An unread mention of `login` in a conversation, `by` another. Only the newest is kept."""

    key: str
    conversation: int
    login: str
    by: str
    at: datetime


def mention(conversation: int, login: str, by: str, at: datetime) -> Mention:
    return Mention(f"{conversation}/{login}", conversation, login, by, at)
