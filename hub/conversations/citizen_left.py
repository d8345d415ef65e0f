"""Disconnect and return of a citizen: effects on the conversation (CH-14, D3). Pure.

Each step is the entries to add and the head after them; None when nothing changes.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from hub.conversations.channel_traits import TraitRegistry
from hub.conversations.conversation import Closed, Conversation, InQueue, Promised, QueuePlaceHold, WithBot, WithOperator, hand_over
from hub.conversations.journal import HandedOver
from hub.conversations.message import Author, Message
from hub.conversations.step import Step

LEFT = "left"
"""Reason of a hand-over, and of a callback promise."""
GONE, HERE = "Заявитель завершил разговор.", "Заявитель вернулся."
CUT = "Разговор прерван: телефонная станция остановилась."
BACK = "Вы снова в очереди: ваше место сохранено."


def on_disconnect(head: Conversation, now: datetime, keeps: timedelta, traits: TraitRegistry, *, cut: bool = False) -> Step | None:
    """The citizen left; the place in the queue is kept for a while. Promises stay, and an operator closes the conversation themselves.

    `cut` where the exchange has dropped the call.
    """
    after: Closed | Promised
    match head.holder:
        case WithOperator(left=None) as holder:
            return (Message(Author.SYSTEM, CUT if cut else GONE, now, internal=True),), replace(head, holder=replace(holder, left=now))
        case InQueue() if head.danger is not None:
            # An operator who is connecting to the citizen looks for them anyway.
            return (Message(Author.SYSTEM, GONE, now, internal=True),), head
        case InQueue(queue=queue) if head.promise and traits.number_of(head.address):
            # The line is no longer held: an owed call returns to the promises.
            after = Promised(queue, now)
        case InQueue() as line if head.promise is None:
            after = Closed(now, head.topic, "", QueuePlaceHold(line, now + keeps))
        case WithBot() if head.promise is None:
            after = Closed(now, head.topic, "")
        case _:
            return None
    return (HandedOver(now, after, LEFT),), hand_over(head, after)


def on_return(head: Conversation, now: datetime, traits: TraitRegistry) -> Step | None:
    """The citizen is back: to the line just left, to the operator who still has the conversation, or to the robot.

    Messages to a merged conversation go to the one it continues in (intake/reactions.py); a call is answered where it rings.
    """
    match head.holder:
        case Closed() if head.merged is not None and not traits.of(head.address).spoken:
            return None
        case Closed(kept=QueuePlaceHold(line=line, until=until)) if now <= until:
            return (HandedOver(now, line, "returned"), Message(Author.SYSTEM, BACK, now)), hand_over(head, line)
        case Closed():
            return begin_anew(head, now)
        case InQueue(left=datetime()) as line:
            after = replace(line, left=None)
            return (HandedOver(now, after, "returned"), Message(Author.SYSTEM, HERE, now, internal=True)), hand_over(head, after)
        case WithOperator(left=datetime()) as holder:
            return (Message(Author.SYSTEM, HERE, now, internal=True),), replace(head, holder=replace(holder, left=None))
        case _:
            return None


def begin_anew(head: Conversation, now: datetime) -> Step:
    """Start again with the robot."""
    again = WithBot()
    return (HandedOver(now, again, "reopened"),), replace(hand_over(head, again), topic="")


def call_again(head: Conversation, now: datetime, keeps: timedelta, traits: TraitRegistry) -> Step | None:
    """As `on_return`; a citizen who is owed a call and calls waits in its line, at the former place after a short absence."""
    holder, owed = head.holder, head.promise
    if not isinstance(holder, Promised) or owed is None:
        return on_return(head, now, traits)
    if owed.why != LEFT or owed.waiting_since is None or now > owed.given + keeps:
        line = InQueue(holder.queue, now)
        return (HandedOver(now, line, "found_again"),), hand_over(head, line)
    line = InQueue(holder.queue, owed.waiting_since)
    return (HandedOver(now, line, "returned"), Message(Author.SYSTEM, BACK, now)), hand_over(head, line)


def kept_place(head: Conversation) -> tuple[bool, datetime | None]:
    """Until when the place of a citizen who left is kept."""
    match head.holder:
        case WithOperator(left=left):
            return left is not None, None
        case Closed(kept=QueuePlaceHold(until=until)):
            return True, until
        case _:
            return False, None
