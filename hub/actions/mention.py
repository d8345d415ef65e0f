"""Colleagues who are spoken of in notes, until they have read what stands there. Pure."""

from datetime import datetime

from hub.kernel.document import Document

MOST = 20
"""Colleagues in one note: whoever speaks of all speaks of nobody."""


class Mention(Document, frozen=True, tag="mention"):
    """`login` was mentioned `by` another in a conversation, and has not read it. One of each: the newest."""

    key: str
    conversation: int
    login: str
    by: str
    at: datetime


def mention(conversation: int, login: str, by: str, at: datetime) -> Mention:
    return Mention(f"{conversation}/{login}", conversation, login, by, at)
