"""Merging two conversations of one citizen about one subject, and unmerging them. Pure.

Each keeps its journal, address and statistics; a step is the entries to add and the head after them. Debts are kept: the remaining
conversation gets the earlier clock and the earlier deadline of both.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from hub.conversations.callback_promise import CallbackPromise, not_reached
from hub.conversations.channel_traits import TraitRegistry
from hub.conversations.citizen_left import HERE, begin_anew
from hub.conversations.conversation import (
    Closed,
    Conversation,
    InQueue,
    Merged,
    Promised,
    SetAside,
    WithBot,
    WithOperator,
    WithRemoteCentre,
    connected,
    hand_over,
    waiting_since,
)
from hub.conversations.journal import ConversationEvent, HandedOver, PromiseEnd, PromiseEnded, PromiseGiven
from hub.conversations.message import Author, Message
from hub.conversations.step import Step
from hub.kernel.errors import RefusedError

RECENT = timedelta(days=3)
"""How long a closed conversation may be merged, and a message at the other address reopens the remaining one."""
MERGED, PARTED, CONTINUED = "merged", "parted", "continued"
"""Reasons of hand-overs."""


def may_merge(kept: Conversation, other: Conversation, now: datetime, traits: TraitRegistry) -> None:
    """Raises RefusedError where one cannot continue in the other, whoever asks."""
    if kept.id == other.id or kept.merged is not None or not isinstance(kept.holder, WithOperator):
        raise RefusedError("not_held", "Оставить можно только разговор, который ведёт оператор.")
    if other.merged is not None or other.parts:
        raise RefusedError("already_merged", "Этот разговор уже объединён с другим: сначала разъедините их.")
    if other.erased is not None:
        raise RefusedError("erased", "Данные этого разговора удалены: объединить его нельзя.")
    match other.holder:
        case Closed(at=at) if now - at > RECENT:
            raise RefusedError("closed_long_ago", "Этот разговор закрыт больше трёх дней назад: его видно в истории заявителя.")
        case SetAside():
            raise RefusedError("set_aside", "Этот разговор отложен: сначала его разберёт старший.")
        case WithRemoteCentre():
            raise RefusedError("at_centre", "Этот разговор ведёт другой центр: объединить его можно, когда он вернётся.")
        case WithOperator(left=None) | InQueue() | WithBot() if traits.of(other.address).spoken:
            raise RefusedError("calling", "Это звонок, который ещё идёт: оставьте главным его.")
        case _:
            pass


def better(one: Conversation, other: Conversation, traits: TraitRegistry) -> Conversation:
    """The default for the conversation to keep: the one with a waiting citizen, or else the older."""
    lives = tuple(traits.of(each.address).live for each in (one, other))
    if lives[0] != lives[1]:
        return one if lives[0] else other
    return min(one, other, key=lambda each: each.opened)


def taken(other: Conversation, login: str, now: datetime) -> Step | None:
    """Merging a waiting or promised conversation takes it, and so answers it. None for one outside of a line."""
    match other.holder:
        case InQueue() as holder:
            after = WithOperator(login, now, holder.queue, holder.since, holder.talked_since)
        case Promised(queue=queue, since=since):
            after = WithOperator(login, now, queue, since)
        case _:
            return None
    return (HandedOver(now, after, "taken", login),), hand_over(other, after)


def owed_by_both(kept: Conversation, other: Conversation) -> CallbackPromise | None:
    """The owed answer after merging: the earlier deadline."""
    owed = [each.promise for each in (kept, other) if each.promise is not None]
    return min(owed, key=lambda each: each.due, default=None)


def absorb(kept: Conversation, other: Conversation, who: str, name: str, now: datetime) -> Step:
    """The remaining conversation. `other` is its state before it was taken."""
    assert isinstance(kept.holder, WithOperator)  # noqa: S101 - may_merge has said so
    owed = owed_by_both(kept, other)
    head = replace(kept, holder=_clocks(kept.holder, other), promise=owed, parts=(*(p for p in kept.parts if p != other.id), other.id))
    return (_note(f"Присоединено обращение {other.number}.", who, name, now), *_owes(kept.promise, owed, who, now)), head


def _clocks(holder: WithOperator, other: Conversation) -> WithOperator:
    """The earlier ones of both: a citizen loses no waiting time by a merge (D3, D4)."""
    match other.holder:
        case WithOperator() as his:
            since = min(connected(holder), connected(his))
            talked = holder.talked_since if since == connected(holder) else since
            return replace(holder, waiting_since=min(holder.waiting_since, his.waiting_since), talked_since=talked)
        case InQueue() as his:
            return replace(holder, waiting_since=min(holder.waiting_since, waiting_since(his)))
        case _:
            return holder


def merge_into(other: Conversation, kept: Conversation, before: Conversation, who: str, name: str, now: datetime) -> Step:
    """The merged conversation: closed, with the state needed to unmerge. `before` is the state of `kept` before the merge."""
    assert isinstance(kept.holder, WithOperator)  # noqa: S101 - may_merge has said so
    merged = Merged(kept.id, now, who, before.holder, kept.holder, before.promise, kept.promise)
    note = _note(f"Продолжается в обращении {kept.number}.", who, name, now)
    entries = (note, *_owes(other.promise, None, who, now))
    if isinstance(other.holder, Closed):
        return entries, replace(other, merged=merged)
    after = Closed(now, other.topic, who)
    head = replace(other, holder=after, line=other.queue, promise=None, merged=merged)
    return (*entries, HandedOver(now, after, MERGED, who)), head


def unmerge(kept: Conversation, other: Conversation, who: str, name: str, now: datetime, *, there: bool) -> tuple[Step, Step]:
    """The steps of both, the other one's last. `there` tells whether the citizen can still be reached at the other address.

    The last merge is undone first, so that each gets its own clock and promise back. Raises RefusedError when the moved promise was
    answered: an answer cannot be undone.
    """
    merged = other.merged
    if merged is None or merged.into != kept.id:
        raise RefusedError("not_merged", "Эти разговоры не объединены.")
    if kept.parts[-1:] != (other.id,):
        raise RefusedError("last_first", "Сначала отделите разговор, который присоединили последним.")
    carried = min((each for each in (merged.promise, merged.kept_promise) if each), key=lambda each: each.due, default=None)
    owed, owed_there = merged.promise, kept.promise
    if owed is not None:
        if not _same(kept.promise, carried):
            raise RefusedError("answered", "Обещанный ответ уже дан: разъединить разговоры нельзя.")
        owed = kept.promise if _same(owed, kept.promise) else owed
        owed_there = kept.promise if _same(merged.kept_promise, kept.promise) else merged.kept_promise
    holder = kept.holder
    if isinstance(holder, WithOperator) and (holder.operator, holder.since) == (merged.kept.operator, merged.kept.since):
        holder = replace(holder, waiting_since=merged.kept.waiting_since, talked_since=merged.kept.talked_since)
    parts = tuple(each for each in kept.parts if each != other.id)
    stays = ((_note(f"Обращение {other.number} снова ведётся отдельно.", who, name, now), *_owes(kept.promise, owed_there, who, now)),
             replace(kept, holder=holder, promise=owed_there, parts=parts))
    back = merged.before
    if isinstance(back, WithOperator) and not there:
        back = InQueue(back.queue, waiting_since(back), talked_since=connected(back))
    note = _note(f"Снова отдельно от обращения {kept.number}.", who, name, now)
    given = _owes(None, owed, who, now)
    if isinstance(back, Closed):
        return stays, ((note, *given), replace(other, merged=None))
    return stays, ((note, *given, HandedOver(now, back, PARTED, who)), replace(other, holder=back, promise=owed, merged=None))


def lives(kept: Conversation, now: datetime, traits: TraitRegistry) -> bool:
    """Whether a message at the other address still belongs to it: an operator has it, or had it recently. A finished call is over."""
    match kept.holder:
        case Closed():
            return _lately(kept, now) and not traits.of(kept.address).spoken
        case WithBot() | SetAside():
            return False
        case _:
            return True


def reopen_separately(other: Conversation, kept: Conversation, now: datetime) -> Step:
    """Nobody has the remaining conversation any more: the other is reopened, with an operator where one had it recently."""
    if not _lately(kept, now):
        return begin_anew(other, now)
    line = InQueue(kept.queue, now)
    return (HandedOver(now, line, CONTINUED),), hand_over(other, line)


def _lately(kept: Conversation, now: datetime) -> bool:
    return isinstance(kept.holder, Closed) and kept.erased is None and bool(kept.queue) and now - kept.holder.at <= RECENT


def continued(kept: Conversation, now: datetime, traits: TraitRegistry) -> Step | None:
    """The citizen wrote at the other address; None where the holder of the remaining one only reads it."""
    match kept.holder:
        case Closed():
            line = InQueue(kept.queue, now)
            return (HandedOver(now, line, CONTINUED),), hand_over(kept, line)
        case Promised(queue=queue) if kept.promise and not_reached(kept.promise):
            line = InQueue(queue, now)
            return (HandedOver(now, line, "found_again"),), hand_over(kept, line)
        case WithOperator(left=datetime()) as holder if not traits.of(kept.address).spoken:
            return (Message(Author.SYSTEM, HERE, now, internal=True),), replace(kept, holder=replace(holder, left=None))
        case _:
            return None


def _same(one: CallbackPromise | None, other: CallbackPromise | None) -> bool:
    """Whether it is the same promise, regardless of attempts."""
    return one is not None and other is not None and (one.given, one.due) == (other.given, other.due)


def _owes(before: CallbackPromise | None, after: CallbackPromise | None, who: str, now: datetime) -> tuple[ConversationEvent, ...]:
    """The journal entry of a change of the owed answer."""
    if before == after:
        return ()
    gone = (PromiseEnded(now, before.due, PromiseEnd.MOVED, who),) if before else ()
    come = (PromiseGiven(now, after.due, after.why, who),) if after else ()
    return (*gone, *come)


def _note(text: str, who: str, name: str, now: datetime) -> Message:
    return Message(Author.OPERATOR, text, now, by=who, name=name, internal=True)
