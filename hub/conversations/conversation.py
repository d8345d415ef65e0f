"""A conversation has exactly one holder at any moment; its changes are added messages and hand-overs. Pure.

The holders, and the possible hand-overs:

                          ┌──► Promised ◄──┐
                          ▼                ▼
    Closed ──► WithBot ──► InQueue ◄──► WithOperator ──► WithRemoteCentre ──► InQueue, Promised, Closed
                │ ▲           ▲ │ ▲            │
                │ │           │ ▼ │            │
                │ │           │ Closed ◄──────►┘     whoever closed it opens it again
                │ │           │ │ ▲ └── the citizen returns at once to the line that they left
                │ └───────────┼─┘ │     the citizen writes again
                └► SetAside ◄─┼───┤
                       └──────┴───┘     a supervisor releases it, or the sender's rate is normal again

A promise belongs to the conversation and stays with it from holder to holder. While it is open, the conversation cannot
be closed: only the answer, or the citizen who withdraws the question, ends it (SL-05, GV-16).
"""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, assert_never

from msgspec import Struct
from msgspec.structs import replace

from hub.conversations.address import Address, Citizen
from hub.conversations.callback_promise import CallbackPromise
from hub.conversations.transfer_route import ToLine, TransferHop
from hub.conversations.turn_result import TurnResult
from hub.conversations.verification_level import Verification
from hub.organisation.territory import Place


class WithBot(Struct, frozen=True, gc=False, omit_defaults=True, tag="bot"):
    """The robot answers."""

    misses: int = 0
    """Consecutive questions that it could not answer."""
    greets: bool = False
    """It introduces itself with its first answer (AL-06): one SMS, one e-mail."""
    dialogue: str = ""
    """Version of the running dialogue, which is used to its end."""
    proving: bool = False
    """Identification is running: the citizen's messages are not stored (redaction.py)."""
    result: TurnResult = TurnResult.TALKED
    """Of its last turn: «нет» after an answer means that it did not help."""


class InQueue(Struct, frozen=True, gc=False, omit_defaults=True, tag="queue"):
    """A queue of waiting conversations. `since` does not restart on a move between queues (D3)."""

    queue: str
    since: datetime
    wanted: str = ""
    """Login of the operator it was transferred to; it is offered to no other."""
    talked_since: datetime | None = None
    """When the first operator was connected, if any: the ten minutes continue after a transfer (CH-09, D4)."""
    yields: bool = False
    """Lower priority: a caller who calls repeatedly without a word or a key, and may be a machine."""
    left: datetime | None = None
    """When the caller hung up after a talk that nobody has closed, until they call again: those on the line go first."""


class WithOperator(Struct, frozen=True, gc=False, tag="operator"):
    operator: str
    since: datetime
    queue: str
    waiting_since: datetime
    """When the citizen began to wait: the clock continues after a transfer (CH-09)."""
    talked_since: datetime | None = None
    """When the first operator was connected, if this is not the first."""
    left: datetime | None = None
    """When the citizen disconnected, until they return; the operator closes the conversation."""


class Promised(Struct, frozen=True, gc=False, omit_defaults=True, tag="promised"):
    """The answer is owed and nobody works on it: it waits in `queue`, for its owner or for all who serve the queue."""

    queue: str
    since: datetime
    owner: str = ""
    """Login of the operator who intends to bring it; "" when they are off duty, since a promise must not depend on one person."""
    robot: WithBot = WithBot()
    """State of the robot, which answers questions meanwhile."""


class WithRemoteCentre(Struct, frozen=True, gc=False, omit_defaults=True, tag="centre"):
    """A centre on another deployment has it: the citizen's messages are forwarded, answers come back."""

    centre: str
    since: datetime
    queue: str
    """The line that it left, and returns to."""
    waiting_since: datetime
    handing: str
    """Id of the hand-over at both centres."""
    talked_since: datetime | None = None
    taken: datetime | None = None
    """When the other centre confirmed it."""


class QueuePlaceHold(Struct, frozen=True, gc=False):
    """The kept place of a citizen who left the queue: valid if they return before `until`."""

    line: InQueue
    until: datetime


class Closed(Struct, frozen=True, gc=False, tag="closed"):
    """`by` is a login, or "" when the citizen left."""

    at: datetime
    topic: str
    by: str
    kept: QueuePlaceHold | None = None
    passed: TransferHop | None = None
    """The centre that the citizen was connected to by telephone: the conversation continues there."""


class SetAsideCause(StrEnum):
    """Why a conversation is set aside."""

    BLOCKED = "blocked"
    """Its sender is blocked (intake/block.py)."""
    TOO_MANY = "too_many"
    """The sender exceeds the rate limit."""
    ALIKE = "alike"
    """Many other senders have just sent the same text."""
    COSTS = "costs"
    """The robot's budget for paid answers of this hour is spent."""


class SetAside(Struct, frozen=True, gc=False, omit_defaults=True, tag="aside"):
    """Nobody works on it and no operator is alerted: it waits until a supervisor releases it or the sender's rate is normal again."""

    since: datetime
    cause: SetAsideCause
    group: str = ""
    """Common to all with the same text; for a blocked sender the block."""


Holder = WithBot | InQueue | WithOperator | Promised | WithRemoteCentre | Closed | SetAside


class Merged(Struct, frozen=True, gc=False, omit_defaults=True):
    """It continues in another conversation of the same citizen, `into`, since `at`; with the state needed to unmerge (merge.py)."""

    into: int
    at: datetime
    by: str
    before: Holder
    """Its former holder."""
    kept: WithOperator
    """The former holder of the other conversation, with its clocks."""
    promise: CallbackPromise | None = None
    """The answer that was owed here."""
    kept_promise: CallbackPromise | None = None
    """The answer that was owed there."""


class Lead(Struct, frozen=True, gc=False):
    """It counts as having waited `wait_s` seconds longer, by the rule `title`."""

    wait_s: float
    title: str


class Conversation(Struct, frozen=True, gc=False, omit_defaults=True):
    """All messages with one citizen about one subject on one channel: the head; messages are stored as rows of their own.

    `last` is the id of the newest record and the version: a change names the `last` that it is based on, and is refused if there is
    a newer one.
    """

    id: int
    number: str
    """Given to the citizen; unique in the country (RQ-01)."""
    address: Address
    opened: datetime
    holder: Holder
    last: int = 0
    citizen: Citizen = Citizen()
    topic: str = ""
    served_by: str = ""
    """Login of the operator who closed it last: preferred when the citizen returns soon."""
    served: datetime | None = None
    passed: tuple[TransferHop, ...] = ()
    """Its way through the centres."""
    place: Place | None = None
    """Where the service is received, as stated; it decides who answers, whatever number the citizen has (RT-11)."""
    promise: CallbackPromise | None = None
    """The owed answer, whoever holds the conversation."""
    line: str = ""
    """Its last line once it is closed; "" when there was none."""
    verification: Verification | None = None
    """What the citizen has proved about their identity; deleted on closing."""
    erased: datetime | None = None
    """When its personal data was erased: nothing can be added any more."""
    merged: Merged | None = None
    """Where it continues; it is closed, and the citizen's messages go to the other one."""
    parts: tuple[int, ...] = ()
    """Conversations merged into this one."""
    danger: datetime | None = None
    """Since when the citizen's words indicate danger to life: top priority until it is closed (danger.py)."""
    question: int = 0
    """Id of the citizen's last message that asks something (question.py), as of the last change of the head; 0 where there is none."""
    summary: int = 0
    """Id of the robot's last summary for who takes over."""
    subject: str = ""
    """Subject of the citizen's last letter, without «Re:»; "" where the channel has none."""
    tags: tuple[str, ...] = ()
    """Set by operators and rules, until the conversation begins again after it was closed."""
    lead: Lead | None = None
    """Priority that a rule gave it, until it is closed."""

    @property
    def queue(self) -> str:
        """Its current or last line, whose centre may see it."""
        holder = self.holder
        return holder.queue if isinstance(holder, InQueue | WithOperator | Promised | WithRemoteCentre) else self.line


def robot_of(holder: Holder) -> WithBot | None:
    """The state of the robot, where it has the turn or may answer while an answer is owed."""
    return holder if isinstance(holder, WithBot) else holder.robot if isinstance(holder, Promised) else None


def proves(conversation: Conversation) -> bool:
    """Whether identification is running: the citizen's messages are not stored (redaction.py)."""
    return (robot_of(conversation.holder) or WithBot()).proving


def with_robot(holder: Holder, robot: WithBot) -> Holder:
    """The conversation with a new state of the robot."""
    return replace(holder, robot=robot) if isinstance(holder, Promised) else robot


def seen_holder(holder: Holder) -> str:
    """The holder as the citizen sees it, in the word of the wire: at another deployment it shows as waiting."""
    return str((InQueue if isinstance(holder, WithRemoteCentre) else type(holder)).__struct_config__.tag)


class Shown(NamedTuple):
    """Who has a conversation in their views without the right to see everything: a line, or one person; "" is none."""

    line: str = ""
    login: str = ""


def shown_to(conversation: Conversation) -> Shown:
    """Who has it in their views."""
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
    """When the citizen began to wait for an operator: the clock continues from holder to holder (D3)."""
    return holder.since if isinstance(holder, InQueue) else holder.waiting_since


Position = tuple[float, int]
"""Position in a sorted list of conversations: the sort moment in seconds since 1970, and the conversation's id."""
FIRST: Position = (0.0, 0)
"""Before all others."""


def waiting_position(conversation: Conversation) -> Position:
    """Position among waiting conversations."""
    holder = conversation.holder
    return (waiting_since(holder).timestamp() if isinstance(holder, InQueue | WithOperator) else 0.0), conversation.id


def due_position(conversation: Conversation) -> Position:
    """Position among promises."""
    return (conversation.promise.due.timestamp() if conversation.promise else 0.0), conversation.id


def connected(holder: WithOperator) -> datetime:
    """When the first operator was connected: the start of the ten minutes (D4)."""
    return holder.talked_since or holder.since


class IllegalHandOverError(ValueError):
    """The holder may not hand the conversation to this one, or an answer is still owed."""


def hand_over(conversation: Conversation, holder: Holder) -> Conversation:
    """The conversation with its next holder; raises IllegalHandOverError."""
    if not _may_follow(conversation.holder, holder):
        now, then = (type(h).__name__ for h in (conversation.holder, holder))
        message = f"{now} does not hand over to {then}"
        raise IllegalHandOverError(message)
    if isinstance(holder, Closed) and conversation.promise is not None:
        raise IllegalHandOverError("Closed is nobody who could keep a promise")
    if isinstance(holder, Promised) and conversation.promise is None:
        raise IllegalHandOverError("Promised needs a promise")
    if not isinstance(holder, Closed):
        begins = isinstance(conversation.holder, Closed) and isinstance(holder, WithBot)
        return replace(conversation, holder=holder, merged=None, tags=() if begins else conversation.tags)
    if isinstance(conversation.holder, WithOperator):
        conversation = replace(conversation, served_by=conversation.holder.operator, served=holder.at)
    return replace(conversation, holder=holder, topic=holder.topic, line=conversation.queue, verification=None, danger=None,
                   lead=None)


def transfer_to_centre(conversation: Conversation, step: ToLine, now: datetime) -> Conversation:
    """Move it to a line of another centre, with its clocks and its way so far (RT-08). An operator or a queue has it."""
    holder = conversation.holder
    if not isinstance(holder, InQueue | WithOperator):
        raise IllegalHandOverError("only what waits or is talked about goes to another centre")
    talked_since = connected(holder) if isinstance(holder, WithOperator) else holder.talked_since
    after = hand_over(conversation, InQueue(step.queue, waiting_since(holder), talked_since=talked_since))
    return replace(after, passed=(*conversation.passed, replace(step.passed, at=now)))


def hand_to_remote(conversation: Conversation, passed: TransferHop, handing: str, now: datetime) -> Conversation:
    """Hand it to a centre on another deployment, with its clocks and its way so far (RT-08). An operator or a queue has it."""
    holder = conversation.holder
    if not isinstance(holder, InQueue | WithOperator):
        raise IllegalHandOverError("only what waits or is talked about goes to another centre")
    talked_since = connected(holder) if isinstance(holder, WithOperator) else holder.talked_since
    after = hand_over(conversation, WithRemoteCentre(passed.receiver, now, holder.queue, waiting_since(holder), handing, talked_since))
    return replace(after, passed=(*conversation.passed, replace(passed, at=now)))


def bridge_by_phone(conversation: Conversation, passed: TransferHop, now: datetime) -> Conversation:
    """Close it, since the operator has connected the citizen to a centre with its own telephones; the clocks are recorded (RT-08)."""
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
            return isinstance(then, WithBot | InQueue | WithOperator | SetAside)
        case SetAside():
            return isinstance(then, InQueue | Closed)
        case _:
            assert_never(now)
