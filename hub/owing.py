"""The promise of an answer as it is given: what is told and noted of it, and the head after it (SL-05). Pure."""

from datetime import datetime

from msgspec.structs import replace

from hub.callbacks import Promise
from hub.conversation import Closed, Conversation, InQueue, Promised, hand_over
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


def owe_call(head: Conversation, owed: Promise, queue: str, now: datetime, how: str) -> tuple[tuple[Entry, ...], Conversation]:
    """A call is owed to somebody who has hung up. Whoever holds the conversation keeps it: a closed one goes to the promises of `queue`."""
    if not isinstance(head.holder, Closed):
        return (PromiseGiven(now, owed.due, owed.why, owed.by),), replace(head, promise=owed)
    opened = InQueue(queue, now)
    entries, after = owe(hand_over(head, opened), owed, queue, now, how)
    return (HandedOver(now, opened, how), *entries), after
