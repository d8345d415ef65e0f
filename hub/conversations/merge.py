"""Two conversations of one citizen about one matter: what becomes of both when one goes on in the other, and when it is parted again. Pure.

Each keeps its journal, its address and its figures; a step is the entries to add and the head after them. Nothing that is owed is
lost: the kept one has the earlier clock and the earlier deadline of both.
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
from hub.kernel.errors import RefusedError

RECENT = timedelta(days=3)
"""For so long what was closed may still be merged, and what is said at the other address takes the kept one up again."""
MERGED, PARTED, CONTINUED = "merged", "parted", "continued"
"""Why a conversation was handed over."""

Step = tuple[tuple[ConversationEvent, ...], Conversation]


def may_merge(kept: Conversation, other: Conversation, now: datetime, traits: TraitRegistry) -> None:
    """Raises RefusedError where one cannot go on in the other, whoever asks."""
    if kept.id == other.id or kept.merged is not None or not isinstance(kept.holder, WithOperator):
        raise RefusedError("not_held", "Оставить можно только обращение, которое ведёт оператор.")
    if other.merged is not None or other.parts:
        raise RefusedError("already_merged", "Это обращение уже объединено с другим: сначала разъедините их.")
    if other.erased is not None:
        raise RefusedError("erased", "Данные этого обращения удалены: объединить его нельзя.")
    match other.holder:
        case Closed(at=at) if now - at > RECENT:
            raise RefusedError("closed_long_ago", "Это обращение закрыто больше трёх дней назад: его видно в истории заявителя.")
        case SetAside():
            raise RefusedError("set_aside", "Это обращение отложено: сначала его разберёт старший.")
        case WithRemoteCentre():
            raise RefusedError("at_centre", "Это обращение ведёт другой центр: объединить его можно, когда оно вернётся.")
        case WithOperator(left=None) | InQueue() | WithBot() if traits.of(other.address).spoken:
            raise RefusedError("calling", "Это звонок, который ещё идёт: оставьте главным его.")
        case _:
            pass


def better(one: Conversation, other: Conversation, traits: TraitRegistry) -> Conversation:
    """Which of two to keep, unless the operator thinks otherwise: the one at whose end somebody waits, or else the older."""
    lives = tuple(traits.of(each.address).live for each in (one, other))
    if lives[0] != lives[1]:
        return one if lives[0] else other
    return min(one, other, key=lambda each: each.opened)


def taken(other: Conversation, login: str, now: datetime) -> Step | None:
    """Whoever merges what waits or is promised has taken it: so it was answered. None for what is not in a line."""
    match other.holder:
        case InQueue() as holder:
            after = WithOperator(login, now, holder.queue, holder.since, holder.talked_since)
        case Promised(queue=queue, since=since):
            after = WithOperator(login, now, queue, since)
        case _:
            return None
    return (HandedOver(now, after, "taken", login),), hand_over(other, after)


def owed_by_both(kept: Conversation, other: Conversation) -> CallbackPromise | None:
    """What is owed after merging: the earlier deadline holds."""
    owed = [each.promise for each in (kept, other) if each.promise is not None]
    return min(owed, key=lambda each: each.due, default=None)


def absorb(kept: Conversation, other: Conversation, who: str, name: str, now: datetime) -> Step:
    """The kept one's side. `other` is as it was before it was taken."""
    assert isinstance(kept.holder, WithOperator)  # noqa: S101 - may_merge has said so
    owed = owed_by_both(kept, other)
    head = replace(kept, holder=_clocks(kept.holder, other), promise=owed, parts=(*(p for p in kept.parts if p != other.id), other.id))
    return (_note(f"Присоединено обращение {other.number}.", who, name, now), *_owes(kept.promise, owed, who, now)), head


def _clocks(holder: WithOperator, other: Conversation) -> WithOperator:
    """The earlier ones of both: a citizen loses nothing by being merged (D3, D4)."""
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
    """The other's side: closed, with all that parting needs. `before` is how it was when `kept` was not yet what it is now."""
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
    """The steps of both, the other one's last. `there` tells whether who held the other one can still be reached.

    What was merged last is parted first, so that each gets its own clock and promise back. Raises RefusedError when the answer that
    came along was given: what is said is not taken back.
    """
    merged = other.merged
    if merged is None or merged.into != kept.id:
        raise RefusedError("not_merged", "Эти обращения не объединены.")
    if kept.parts[-1:] != (other.id,):
        raise RefusedError("last_first", "Сначала отделите обращение, которое присоединили последним.")
    carried = min((each for each in (merged.promise, merged.kept_promise) if each), key=lambda each: each.due, default=None)
    owed, owed_there = merged.promise, kept.promise
    if owed is not None:
        if not _same(kept.promise, carried):
            raise RefusedError("answered", "Обещанный ответ уже дан: разъединить обращения нельзя.")
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
    """Whether what is said at the other address is still its own: a person has it, or had it a short while ago. A call that is over is."""
    match kept.holder:
        case Closed():
            return _lately(kept, now) and not traits.of(kept.address).spoken
        case WithBot() | SetAside():
            return False
        case _:
            return True


def reopen_separately(other: Conversation, kept: Conversation, now: datetime) -> Step:
    """Nobody has the kept one any more: the other begins anew, with a person where one has had that a short while ago."""
    if not _lately(kept, now):
        return begin_anew(other, now)
    line = InQueue(kept.queue, now)
    return (HandedOver(now, line, CONTINUED),), hand_over(other, line)


def _lately(kept: Conversation, now: datetime) -> bool:
    return isinstance(kept.holder, Closed) and kept.erased is None and bool(kept.queue) and now - kept.holder.at <= RECENT


def continued(kept: Conversation, now: datetime, traits: TraitRegistry) -> Step | None:
    """The citizen has said something at the other address; None where whoever has the kept one only reads it."""
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
    """Whether it is the same debt, whatever was tried since."""
    return one is not None and other is not None and (one.given, one.due) == (other.given, other.due)


def _owes(before: CallbackPromise | None, after: CallbackPromise | None, who: str, now: datetime) -> tuple[ConversationEvent, ...]:
    """How the journal tells that another answer is owed than before."""
    if before == after:
        return ()
    gone = (PromiseEnded(now, before.due, PromiseEnd.MOVED, who),) if before else ()
    come = (PromiseGiven(now, after.due, after.why, who),) if after else ()
    return (*gone, *come)


def _note(text: str, who: str, name: str, now: datetime) -> Message:
    return Message(Author.OPERATOR, text, now, by=who, name=name, internal=True)
