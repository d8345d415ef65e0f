"""Effects of the other centre's messages on a conversation that was handed to it (RT-08). Pure."""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from hub.conversations.callback_promise import promise
from hub.conversations.channel_traits import TraitRegistry
from hub.conversations.conversation import Closed, Conversation, InQueue, Promised, WithRemoteCentre, hand_over
from hub.conversations.journal import ConversationEvent, HandedOver, PromiseEnd, PromiseEnded
from hub.conversations.promise_creation import open_promise, promise_message
from hub.conversations.transfer_route import RELIEF
from hub.federation.envelope import Envelope
from hub.federation.handover_messages import (
    HandoverAccepted,
    HandoverEnded,
    HandoverMessage,
    HandoverReturned,
    MessageForwarded,
    PromiseKept,
    RecallRefused,
    heard,
    noted,
)


class Step(Struct, frozen=True):
    """Entries to add, and the head after them; `back`: the other centre has it no more."""

    entries: tuple[ConversationEvent, ...]
    head: Conversation | None = None
    back: bool = False


def heard_of(  # noqa: PLR0911 - one screen shows every word
    head: Conversation, news: HandoverMessage, parcel: Envelope, title: str, now: datetime, *, carried: bool,
) -> Step | None:
    """None for a message about a withdrawn or finished hand-over.

    `title` is the name of the sending centre; `carried` is as in `heard`.
    """
    key = parcel.id
    away = head.holder if isinstance(head.holder, WithRemoteCentre) and head.holder.handing == news.handing else None
    match news:
        case MessageForwarded(said=said):
            return Step((heard(said, key, now, carried=carried),))
        case HandoverAccepted(own=own) if away is not None:
            return Step((noted(f"Центр «{title}» принял обращение (№ {own}).", now, key),), replace(head, holder=replace(away, taken=now)))
        case RecallRefused() if away is not None:
            return Step((noted(f"Центр «{title}» уже занимается обращением: оно остаётся там.", now, key),))
        case PromiseKept(given=given, how=how) if head.promise and head.promise.given == given and not isinstance(head.holder, Promised):
            words = "дал обещанный ответ" if how is PromiseEnd.KEPT else "сообщил, что ответ больше не нужен"
            ended = PromiseEnded(now, head.promise.due, PromiseEnd.MOVED, "")
            return Step((noted(f"Центр «{title}» {words}.", now, key), ended), replace(head, promise=None))
        case HandoverReturned(why=why) if away is not None or _ended_there(head, parcel.source):
            line = _line(away) if away is not None else InQueue(head.line, now)
            note = noted(f"Центр «{title}» вернул обращение.", now, key)
            return Step((note, HandedOver(now, line, why)), hand_over(head, line), back=True)
        case HandoverEnded() if away is not None:
            entries, after = _ended(head, news, now)
            return Step((noted(f"Центр «{title}» закрыл обращение.", now, key), *entries), after, back=True)
        case _:
            return None


def unanswered(head: Conversation, away: WithRemoteCentre, title: str, now: datetime,
               traits: TraitRegistry) -> Step:
    """Nobody took it in time: after a hand-over that only shortens the wait it waits on, otherwise the answer is promised here."""
    if head.passed[-1].reason in RELIEF:
        note = noted(f"Центр «{title}» не ответил: передача отозвана, обращение снова в очереди.", now)
        return Step((note, HandedOver(now, _line(away), "line_down")), hand_over(head, _line(away)))
    note = noted(f"Центр «{title}» не ответил: передача отозвана, ответ обещан заявителю.", now)
    owed = head.promise or promise(now, head.address, "line_down", "", away.waiting_since)
    entries, after = open_promise(head, owed, away.queue, now, "line_down")
    return Step((note, promise_message(head, owed, traits), *(entries if head.promise is None else entries[1:])), after)


def _line(away: WithRemoteCentre) -> InQueue:
    """Its former line, with its own clocks."""
    return InQueue(away.queue, away.waiting_since, talked_since=away.talked_since)


def _ended(head: Conversation, news: HandoverEnded, now: datetime) -> tuple[tuple[ConversationEvent, ...], Conversation]:
    """The answer counts where it was given."""
    kept = (PromiseEnded(now, head.promise.due, PromiseEnd.MOVED, ""),) if head.promise else ()
    after = hand_over(replace(head, promise=None), Closed(now, head.topic or news.topic, ""))
    return (*kept, HandedOver(now, after.holder, "ended_there")), after


def _ended_there(head: Conversation, centre: str) -> bool:
    """Whether it was closed because that centre closed it."""
    return isinstance(head.holder, Closed) and bool(head.line) and not head.holder.by and head.passed[-1].receiver == centre
