"""The promise of an answer as it is given: what is told and noted of it, and the head after it (SL-05). Pure."""

from datetime import datetime

from msgspec.structs import replace

from hub.callbacks import Promise
from hub.conversation import Conversation, Promised, hand_over
from hub.journal import Entry, HandedOver, PromiseGiven
from hub.message import Author, Message


def told(head: Conversation, owed: Promise) -> Message:
    """What the citizen hears of it."""
    return Message(Author.SYSTEM, f"Мы ответим вам в течение суток. Номер обращения: {head.number}.", owed.given)


def owe(head: Conversation, owed: Promise, queue: str, now: datetime, how: str = "promised") -> tuple[tuple[Entry, ...], Conversation]:
    """The hub owes the answer, and it lies in `queue`; `how` is why it was handed over."""
    after = Promised(queue, now)
    entries = PromiseGiven(now, owed.due, owed.why, owed.by), HandedOver(now, after, how)
    return entries, hand_over(replace(head, promise=owed), after)
