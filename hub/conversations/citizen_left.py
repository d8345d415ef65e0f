"""The citizen hangs up or ends the chat, and comes back: what becomes of the conversation (CH-14, D3). Pure.

Each step is the entries to add and the head after them; None is when there is nothing to do.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from hub.conversations.channel_traits import TraitRegistry
from hub.conversations.conversation import Closed, Conversation, InQueue, Promised, QueuePlaceHold, WithBot, WithOperator, hand_over
from hub.conversations.journal import ConversationEvent, HandedOver
from hub.conversations.message import Author, Message

LEFT = "left"
"""Why a conversation was handed over, and why a callback was promised."""
GONE, HERE = "Заявитель завершил разговор.", "Заявитель вернулся."
BACK = "Вы снова в очереди: ваше место сохранено."

Step = tuple[tuple[ConversationEvent, ...], Conversation]


def on_disconnect(head: Conversation, now: datetime, keeps: timedelta, traits: TraitRegistry) -> Step | None:
    """He is gone; his place in line is kept for a while. What is owed to him stays owed, and an operator closes himself."""
    after: Closed | Promised
    match head.holder:
        case WithOperator(left=None) as holder:
            return (Message(Author.SYSTEM, GONE, now, internal=True),), replace(head, holder=replace(holder, left=now))
        case InQueue() if head.danger is not None:
            # Whoever is called to him looks for him all the same.
            return (Message(Author.SYSTEM, GONE, now, internal=True),), head
        case InQueue(queue=queue) if head.promise and traits.number_of(head.address):
            # Nobody waits on the line any more: the call that is owed goes back to the promises.
            after = Promised(queue, now)
        case InQueue() as line if head.promise is None:
            after = Closed(now, head.topic, "", QueuePlaceHold(line, now + keeps))
        case WithBot() if head.promise is None:
            after = Closed(now, head.topic, "")
        case _:
            return None
    return (HandedOver(now, after, LEFT),), hand_over(head, after)


def on_return(head: Conversation, now: datetime, traits: TraitRegistry) -> Step | None:
    """He writes or calls again: into the line that he has just left, to the operator who still has it, or to the robot.

    What he writes where it goes on in another conversation is that one's (intake/reactions.py); a call is answered where it rings.
    """
    match head.holder:
        case Closed() if head.merged is not None and not traits.of(head.address).spoken:
            return None
        case Closed(kept=QueuePlaceHold(line=line, until=until)) if now <= until:
            return (HandedOver(now, line, "returned"), Message(Author.SYSTEM, BACK, now)), hand_over(head, line)
        case Closed():
            return begin_anew(head, now)
        case WithOperator(left=datetime()) as holder:
            return (Message(Author.SYSTEM, HERE, now, internal=True),), replace(head, holder=replace(holder, left=None))
        case _:
            return None


def begin_anew(head: Conversation, now: datetime) -> Step:
    """With the robot, about whatever he comes with now."""
    again = WithBot()
    return (HandedOver(now, again, "reopened"),), replace(hand_over(head, again), topic="")


def call_again(head: Conversation, now: datetime, keeps: timedelta, traits: TraitRegistry) -> Step | None:
    """As `on_return`; whoever is owed a call and calls himself waits in its line, in his old place if he was there a moment ago."""
    holder, owed = head.holder, head.promise
    if not isinstance(holder, Promised) or owed is None:
        return on_return(head, now, traits)
    if owed.why != LEFT or owed.waiting_since is None or now > owed.given + keeps:
        line = InQueue(holder.queue, now)
        return (HandedOver(now, line, "found_again"),), hand_over(head, line)
    line = InQueue(holder.queue, owed.waiting_since)
    return (HandedOver(now, line, "returned"), Message(Author.SYSTEM, BACK, now)), hand_over(head, line)


def kept_place(head: Conversation) -> tuple[bool, datetime | None]:
    """Whether the citizen has left, and until when his place in line is kept."""
    match head.holder:
        case WithOperator(left=left):
            return left is not None, None
        case Closed(kept=QueuePlaceHold(until=until)):
            return True, until
        case _:
            return False, None
