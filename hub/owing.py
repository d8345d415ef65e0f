"""The promise of an answer as it is given: what is told and noted of it, and the head after it (SL-05). Pure."""

from datetime import datetime

from msgspec.structs import replace

from hub import danger
from hub.callbacks import Promise
from hub.conversation import Conversation, Promised, hand_over
from hub.journal import Entry, HandedOver, PromiseGiven
from hub.message import Author, Message

TALKS = frozenset({"web", "messenger", "sms"})
"""Families of channels whose citizens write while they wait."""
HERE = "Ответ придёт сюда же, в этот разговор."
MEANWHILE = "Пока можно спрашивать робота; чтобы вернуться в очередь, напишите «оператор»."


def told(head: Conversation, owed: Promise) -> Message:
    """What the citizen hears of it."""
    if head.danger is not None:
        return Message(Author.SYSTEM, danger.OWED, owed.given)
    how = _how(head, owed)
    return Message(Author.SYSTEM, f"Мы ответим вам в течение суток. Номер обращения: {head.number}.{f' {how}' if how else ''}", owed.given)


def _how(head: Conversation, owed: Promise) -> str:
    """How he will hear of the answer, and what he can do until then."""
    family, where = (address.channel.partition(".")[0] for address in (head.address, owed.address))
    if where == "voice" and family != "voice":
        return f"Позвоним на {owed.address.value}. {MEANWHILE}" if family in TALKS else f"Позвоним на {owed.address.value}."
    return f"{HERE} {MEANWHILE}" if family in TALKS else ""


def owe(head: Conversation, owed: Promise, queue: str, now: datetime, how: str = "promised") -> tuple[tuple[Entry, ...], Conversation]:
    """The hub owes the answer, and it lies in `queue`; `how` is why it was handed over."""
    after = Promised(queue, now)
    entries = PromiseGiven(now, owed.due, owed.why, owed.by), HandedOver(now, after, how)
    return entries, hand_over(replace(head, promise=owed), after)
