"""A conversation has exactly one holder at any moment; all that happens to it is a message added or a hand-over. Pure.

Who may hold it, and who may hand it to whom:

                          ┌──► Promised ◄──┐
                          ▼                ▼
    Closed ──► WithBot ──► InQueue ◄──► WithOperator ──► AtCentre ──► InQueue, Promised, Closed
                │ ▲           ▲ │ ▲            │
                │ │           │ ▼ │            │
                │ │           │ Closed ◄───────┘
                │ │           │ │ ▲ └── the citizen comes back at once to the line that he left
                │ └───────────┼─┘ │     the citizen writes again
                └──► Aside ◄──┼───┤
                       └──────┴───┘     a leader gives it on, or the sender has calmed down

A promise lies on the conversation itself and goes along from holder to holder. While it does, nothing closes the
conversation: only the answer given, or the citizen who wants it no more, takes it off (SL-05, GV-16).
"""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, assert_never

from msgspec import Struct
from msgspec.structs import replace

from hub.conversations.address import Address, Citizen
from hub.conversations.callback_promise import CallbackPromise
from hub.conversations.transfer_route import ToLine, TransferHop
from hub.conversations.verification_level import Verification
from hub.organisation.territory import Place


class WithBot(Struct, frozen=True, gc=False, omit_defaults=True, tag="bot"):
    """The robot answers."""

    misses: int = 0
    """Questions in a row that it could not answer."""
    greets: bool = False
    """It has not introduced itself yet, and does so with its first answer (AL-06): one SMS, one e-mail."""
    dialogue: str = ""
    """The version of the dialogue that has begun, and that it is finished on."""
    proving: bool = False
    """It asks who he is: what he says is stored nowhere (redaction.py)."""


class InQueue(Struct, frozen=True, gc=False, omit_defaults=True, tag="queue"):
    """A line of waiting conversations. `since` does not restart when the conversation goes from queue to queue (D3)."""

    queue: str
    since: datetime
    wanted: str = ""
    """Login of the colleague it was transferred to; nobody else is offered it."""
    talked_since: datetime | None = None
    """When an operator was first connected, if one was: the ten minutes go along with a transfer (CH-09, D4)."""
    yields: bool = False
    """Others go first: a caller who calls again and again has said and pressed nothing, and may be a machine."""


class WithOperator(Struct, frozen=True, gc=False, tag="operator"):
    operator: str
    since: datetime
    queue: str
    waiting_since: datetime
    """When the citizen began to wait: the clock that goes along with a transfer (CH-09)."""
    talked_since: datetime | None = None
    """When the first operator was connected, if this is not the first."""
    left: datetime | None = None
    """When the citizen hung up or ended the chat, until he is back; the conversation stays the operator's to close."""


class Promised(Struct, frozen=True, gc=False, omit_defaults=True, tag="promised"):
    """The answer is owed and nobody is at it: it lies in `queue`, with an owner or with all who serve the queue."""

    queue: str
    since: datetime
    owner: str = ""
    """Login of who means to bring it; "" when he is off duty, since no promise may lie in one person's drawer."""
    robot: WithBot = WithBot()
    """Meanwhile the robot answers what is asked: how far it has come."""


class WithRemoteCentre(Struct, frozen=True, gc=False, omit_defaults=True, tag="centre"):
    """A centre on another deployment has it: what the citizen writes goes along, what is answered comes back."""

    centre: str
    since: datetime
    queue: str
    """The line that it went from, and comes back to."""
    waiting_since: datetime
    handing: str
    """What both centres call this hand-over."""
    talked_since: datetime | None = None
    taken: datetime | None = None
    """When the other centre has said that it has it."""


class QueuePlaceHold(Struct, frozen=True, gc=False):
    """The place in line of a citizen who has left it: his again if he comes back before `until` is over."""

    line: InQueue
    until: datetime


class Closed(Struct, frozen=True, gc=False, tag="closed"):
    """`by` is a login, or "" when the citizen left by himself."""

    at: datetime
    topic: str
    by: str
    kept: QueuePlaceHold | None = None
    passed: TransferHop | None = None
    """The centre that the citizen was joined to by telephone: here it is over, and there it goes on."""


class SetAsideCause(StrEnum):
    """Why something is set aside."""

    BLOCKED = "blocked"
    """Its sender is (intake/block.py)."""
    TOO_MANY = "too_many"
    """He says more than one does."""
    ALIKE = "alike"
    """Many others have just said the same."""
    COSTS = "costs"
    """The robot has answered as much as its answers may cost in an hour."""


class SetAside(Struct, frozen=True, gc=False, omit_defaults=True, tag="aside"):
    """Nobody is at it, and it rings nowhere: it lies in one place until a leader gives it on, or its sender has calmed down."""

    since: datetime
    cause: SetAsideCause
    group: str = ""
    """The same of all that say the same; of what is blocked, the block."""


Holder = WithBot | InQueue | WithOperator | Promised | WithRemoteCentre | Closed | SetAside


class Merged(Struct, frozen=True, gc=False, omit_defaults=True):
    """It goes on in another conversation of the same citizen, `into`, since `at`; and what parting gives back (merge.py)."""

    into: int
    at: datetime
    by: str
    before: Holder
    """Who held it."""
    kept: WithOperator
    """Who held the other one, with its clocks."""
    promise: CallbackPromise | None = None
    """What was owed here."""
    kept_promise: CallbackPromise | None = None
    """What was owed there."""


class Conversation(Struct, frozen=True, gc=False, omit_defaults=True):
    """Everything said with one citizen about one matter on one channel: the head; messages are rows of their own.

    `last` is the id of the newest record and serves as the version: whoever changes a conversation names the `last`
    he has seen, and is refused when it has moved on.
    """

    id: int
    number: str
    """Told to the citizen; unique in the country (RQ-01)."""
    address: Address
    opened: datetime
    holder: Holder
    last: int = 0
    citizen: Citizen = Citizen()
    topic: str = ""
    served_by: str = ""
    """Login of the operator who closed it last: when the citizen comes back soon, he is asked first."""
    served: datetime | None = None
    passed: tuple[TransferHop, ...] = ()
    """Its way over the centres."""
    place: Place | None = None
    """Where the service is received, as stated; it decides who answers, whatever number the citizen has (RT-11)."""
    promise: CallbackPromise | None = None
    """The answer that is owed, whoever holds the conversation."""
    line: str = ""
    """The line it was in last, once it is closed; "" when it was in none."""
    verification: Verification | None = None
    """What the citizen has proved of himself; forgotten when it is closed."""
    erased: datetime | None = None
    """When what is personal was taken out of it: nothing is added to it any more."""
    merged: Merged | None = None
    """Where it goes on; it is closed, and what its citizen says is the other one's."""
    parts: tuple[int, ...] = ()
    """Conversations that go on in this one, as long as they say so themselves."""
    danger: datetime | None = None
    """Since when life is in danger by what the citizen says: it goes before all others until it is closed (danger.py)."""

    @property
    def queue(self) -> str:
        """The line that it is in, or was in last: its centre is the one that may see it."""
        holder = self.holder
        return holder.queue if isinstance(holder, InQueue | WithOperator | Promised | WithRemoteCentre) else self.line


def robot_of(holder: Holder) -> WithBot | None:
    """The robot, where it has the turn or may talk while an answer is owed."""
    return holder if isinstance(holder, WithBot) else holder.robot if isinstance(holder, Promised) else None


def proves(conversation: Conversation) -> bool:
    """Whether its citizen is proving who he is: what he says is stored nowhere (redaction.py)."""
    return (robot_of(conversation.holder) or WithBot()).proving


def with_robot(holder: Holder, robot: WithBot) -> Holder:
    """The same with the robot as it stands now."""
    return replace(holder, robot=robot) if isinstance(holder, Promised) else robot


def seen_holder(holder: Holder) -> str:
    """In the word of the wire, as its citizen knows it: that another deployment has his conversation is nothing to him, he waits."""
    return str((InQueue if isinstance(holder, WithRemoteCentre) else type(holder)).__struct_config__.tag)


class Shown(NamedTuple):
    """Who has a conversation in his views without seeing everything: all of a line, or one person; "" is none."""

    line: str = ""
    login: str = ""


def shown_to(conversation: Conversation) -> Shown:
    """Whose views it is in."""
    match conversation.holder:
        case WithOperator(operator=operator):
            return Shown(login=operator)
        case InQueue(queue=queue, wanted=wanted):
            return Shown(login=wanted) if wanted else Shown(queue)
        case Promised(queue=queue, owner=owner):
            return Shown(queue, owner)
        case WithRemoteCentre(queue=queue):
            return Shown(queue)
        case _:
            return Shown()


def held_by(conversation: Conversation, login: str) -> bool:
    """Whether an operator holds it."""
    return isinstance(conversation.holder, WithOperator) and conversation.holder.operator == login


def waiting_since(holder: InQueue | WithOperator) -> datetime:
    """When the citizen began to wait for a person: the clock goes along from holder to holder (D3)."""
    return holder.since if isinstance(holder, InQueue) else holder.waiting_since


Position = tuple[float, int]
"""A place in a sorted list of conversations: the moment that it is sorted by, in seconds since 1970, and the conversation's id."""
FIRST: Position = (0.0, 0)
"""Before all others."""


def waiting_position(conversation: Conversation) -> Position:
    """Its place among those that wait."""
    holder = conversation.holder
    return (waiting_since(holder).timestamp() if isinstance(holder, InQueue | WithOperator) else 0.0), conversation.id


def due_position(conversation: Conversation) -> Position:
    """Its place among the promises."""
    return (conversation.promise.due.timestamp() if conversation.promise else 0.0), conversation.id


def connected(holder: WithOperator) -> datetime:
    """When the first operator was connected: the start of the ten minutes (D4)."""
    return holder.talked_since or holder.since


class IllegalHandOverError(ValueError):
    """The present holder may not hand the conversation to the next one, or an answer is still owed."""


def hand_over(conversation: Conversation, holder: Holder) -> Conversation:
    """Give the conversation to its next holder, or raise IllegalHandOverError."""
    if not _may_follow(conversation.holder, holder):
        now, then = (type(h).__name__ for h in (conversation.holder, holder))
        message = f"{now} does not hand over to {then}"
        raise IllegalHandOverError(message)
    if isinstance(holder, Closed) and conversation.promise is not None:
        raise IllegalHandOverError("Closed is nobody who could keep a promise")
    if isinstance(holder, Promised) and conversation.promise is None:
        raise IllegalHandOverError("Promised needs a promise")
    if not isinstance(holder, Closed):
        return replace(conversation, holder=holder, merged=None)
    if isinstance(conversation.holder, WithOperator):
        conversation = replace(conversation, served_by=conversation.holder.operator, served=holder.at)
    return replace(conversation, holder=holder, topic=holder.topic, line=conversation.queue, verification=None, danger=None)


def transfer_to_centre(conversation: Conversation, step: ToLine, now: datetime) -> Conversation:
    """In the line of another centre that takes it, with its own clocks and its way so far (RT-08). An operator or a queue has it."""
    holder = conversation.holder
    if not isinstance(holder, InQueue | WithOperator):
        raise IllegalHandOverError("only what waits or is talked about goes to another centre")
    talked_since = connected(holder) if isinstance(holder, WithOperator) else holder.talked_since
    after = hand_over(conversation, InQueue(step.queue, waiting_since(holder), talked_since=talked_since))
    return replace(after, passed=(*conversation.passed, replace(step.passed, at=now)))


def hand_to_remote(conversation: Conversation, passed: TransferHop, handing: str, now: datetime) -> Conversation:
    """Given to a centre on another deployment, with its clocks and its way so far (RT-08). An operator or a queue has it."""
    holder = conversation.holder
    if not isinstance(holder, InQueue | WithOperator):
        raise IllegalHandOverError("only what waits or is talked about goes to another centre")
    talked_since = connected(holder) if isinstance(holder, WithOperator) else holder.talked_since
    after = hand_over(conversation, WithRemoteCentre(passed.receiver, now, holder.queue, waiting_since(holder), handing, talked_since))
    return replace(after, passed=(*conversation.passed, replace(passed, at=now)))


def bridge_by_phone(conversation: Conversation, passed: TransferHop, now: datetime) -> Conversation:
    """Closed here by its operator, since the citizen talks to a centre with telephones of its own; his clocks are noted (RT-08)."""
    holder = conversation.holder
    if not isinstance(holder, WithOperator):
        raise IllegalHandOverError("only who talks to an operator is joined to another centre")
    passed = replace(passed, at=now, waiting_since=holder.waiting_since, talked_since=connected(holder))
    after = hand_over(conversation, Closed(now, conversation.topic, holder.operator, passed=passed))
    return replace(after, passed=(*conversation.passed, passed))


def _may_follow(now: Holder, then: Holder) -> bool:
    match now:
        case WithBot():
            return isinstance(then, WithBot | InQueue | Promised | Closed | SetAside)
        case InQueue() | WithOperator():
            return isinstance(then, InQueue | WithOperator | Promised | WithRemoteCentre | Closed)
        case WithRemoteCentre():
            return isinstance(then, InQueue | Promised | Closed)
        case Promised():
            return isinstance(then, InQueue | WithOperator | Promised)
        case Closed():
            return isinstance(then, WithBot | InQueue | SetAside)
        case SetAside():
            return isinstance(then, InQueue | Closed)
        case _:
            assert_never(now)
