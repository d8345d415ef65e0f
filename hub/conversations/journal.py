"""The journal of a conversation: every message and hand-over in order, append-only (CH-12). Pure."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from hub.conversations.assignment_reason import AssignmentReason
from hub.conversations.callback_promise import Outcome
from hub.conversations.conversation import Holder
from hub.conversations.delivery_status import Delivery
from hub.conversations.identities import How
from hub.conversations.message import Author, Message
from hub.conversations.turn_result import TurnResult
from hub.conversations.verification_level import Proven
from hub.organisation.territory import Place

DIALLED = "dialled"
"""Reason of a hand-over: an operator placed the call."""
AWAY = "hub_away"
"""Reason of a hand-over by Asterisk's own queue."""
INSIDE = "inside"
"""Reason of a hand-over: an internal call between operators, without a citizen to count."""


class HandedOver(Struct, frozen=True, gc=False, omit_defaults=True, tag="handed_over"):
    """The conversation went to its next holder. `by` is a login, or "" for the hub."""

    at: datetime
    holder: Holder
    why: str
    by: str = ""


class Offered(Struct, frozen=True, gc=False, tag="offered"):
    """The conversation was reserved for an operator, who may accept or reject it, or let it expire at `until`."""

    at: datetime
    operator: str
    until: datetime
    why: AssignmentReason


class OfferEnd(StrEnum):
    REJECTED = "rejected"
    EXPIRED = "expired"
    RESCINDED = "rescinded"


class OfferEnded(Struct, frozen=True, gc=False, tag="offer_ended"):
    """An offer that did not become a hand-over."""

    at: datetime
    operator: str
    how: OfferEnd


class Placed(Struct, frozen=True, gc=False, tag="placed"):
    """Where the service is received was stated. `by` is a login, or "" for the website that the citizen came from."""

    at: datetime
    place: Place
    by: str


class Tagged(Struct, frozen=True, gc=False, omit_defaults=True, tag="tagged"):
    """An operator set a tag, or took it off."""

    at: datetime
    name: str
    by: str
    off: bool = False


class RuleActed(Struct, frozen=True, gc=False, omit_defaults=True, tag="rule_acted"):
    """A rule did something. `rule` is its id, `text` says in Russian what was done, and what could not be."""

    at: datetime
    rule: str
    title: str
    text: str
    replied: bool = False
    """The citizen got a canned reply."""


class PromiseGiven(Struct, frozen=True, gc=False, tag="promise_given"):
    """The answer is owed until `due`. `by` is a login, or "" for the hub."""

    at: datetime
    due: datetime
    why: str
    by: str


class Attempted(Struct, frozen=True, gc=False, tag="attempted"):
    """A failed attempt to bring the promised answer."""

    at: datetime
    by: str
    outcome: Outcome


class Alarmed(Struct, frozen=True, gc=False, tag="alarmed"):
    """A percentage of the promise's time has passed; at 100 it is broken."""

    at: datetime
    percent: int


class Carried(Struct, frozen=True, gc=False, omit_defaults=True, tag="carried"):
    """Delivery status of the message `record`, as reported by its carrier (CH-05)."""

    at: datetime
    record: int
    state: Delivery
    why: str = ""


class SpeechRecognised(Struct, frozen=True, gc=False, tag="heard"):
    """Machine recognition of the recording in the message `record`."""

    at: datetime
    record: int
    text: str


class Thought(Struct, frozen=True, gc=False, omit_defaults=True, tag="thought"):
    """The robot's understanding of the message `record` in a designed dialogue, and what happened in the dialogue since."""

    at: datetime
    record: int
    version: str
    """Version of the dialogue, which is used to the end of this conversation."""
    intent: str
    confidence: float
    events: str = ""
    """JSON, for the robot only."""
    missed: bool = False
    """It was not understood."""
    first: bool = False
    """A dialogue begins: earlier records do not belong to it."""
    result: TurnResult = TurnResult.TALKED


class PutOnHold(Struct, frozen=True, gc=False, tag="held"):
    """The citizen waits during a talk, on hold or for a consultation, or no longer. Idempotent."""

    at: datetime
    by: str
    on: bool


class WrappedUp(Struct, frozen=True, gc=False, tag="wrapped_up"):
    """The operator `by` finished the notes after the talk, begun at `since` (CH-13)."""

    at: datetime
    since: datetime
    by: str


class CallStage(StrEnum):
    BEGAN = "began"
    """`party` is the centre's number that was dialled, "" where the hub has called."""
    JOINED = "joined"
    """The citizen and an operator, `party` by their login, hear each other."""
    PARTED = "parted"
    ENDED = "ended"


class Telephoned(Struct, frozen=True, gc=False, omit_defaults=True, tag="telephoned"):
    """Report of the telephone exchange on a call, beside the hub's own hand-overs.

    `call` is its id, unique in the country; `cause` is the release cause (Q.850: 16 normal clearing), 0 where it is unknown.
    """

    at: datetime
    call: str
    stage: CallStage
    party: str = ""
    cause: int = 0


class TranscriptLine(Struct, frozen=True, gc=False):
    """One utterance, `at_ms` after the beginning of the talk."""

    at_ms: int
    author: Author
    text: str


class Transcribed(Struct, frozen=True, gc=False, omit_defaults=True, tag="transcribed"):
    """Machine transcript of the recorded talk in the message `record`, or `why` there is none."""

    at: datetime
    record: int
    lines: tuple[TranscriptLine, ...] = ()
    why: str = ""


class Deleted(Struct, frozen=True, gc=False, tag="deleted"):
    """Retention of a recorded talk ended: the sound `file` of the message `record` was deleted."""

    at: datetime
    record: int
    file: str


class Verified(Struct, frozen=True, gc=False, tag="verified"):
    """The citizen proved their identity; it is valid `until` then. `by` is the login of the operator who asked for it, or ""."""

    at: datetime
    level: Proven
    how: How
    until: datetime
    by: str


class Corrected(Struct, frozen=True, gc=False, omit_defaults=True, tag="corrected"):
    """Stored data of a citizen was corrected, or a correction was reverted (152-ФЗ ст. 21).

    `what` is a value of subject_request.Field, or "message": a message cannot be changed, so `text` is stored beside the message
    `record`. The former and the new value are not stored here.
    """

    at: datetime
    what: str
    by: str
    record: int = 0
    text: str = ""
    back: bool = False
    """A correction was reverted."""


class ErasureCause(StrEnum):
    """Why a citizen's data is erased."""

    TERM = "term"
    """Its retention ended (152-ФЗ ст. 5 ч. 7)."""
    DEMAND = "demand"
    """The citizen requests it (152-ФЗ ст. 21)."""
    FEDERAL = "federal"
    """A federal centre keeps only what is needed for the hand-over (FD-04)."""


class Erased(Struct, frozen=True, gc=False, omit_defaults=True, tag="erased"):
    """Personal data was removed from everything before. `by` is the login of the operator who decided it, "" for retention."""

    at: datetime
    cause: ErasureCause
    by: str = ""


class PromiseEnd(StrEnum):
    KEPT = "kept"
    """The answer was given."""
    WITHDRAWN = "withdrawn"
    """The citizen withdrew the question."""
    MOVED = "moved"
    """The promise moved to the conversation that this one continues in, or was unmerged from; here it does not count."""


class PromiseEnded(Struct, frozen=True, gc=False, tag="promise_ended"):
    at: datetime
    due: datetime
    how: PromiseEnd
    by: str


ConversationEvent = (
    Message | HandedOver | Offered | OfferEnded | Placed | Carried | SpeechRecognised | Thought | Transcribed | Deleted | Telephoned
    | PutOnHold | WrappedUp | Tagged | RuleActed
    | Verified | Corrected | Erased | PromiseGiven | Attempted | Alarmed | PromiseEnded)


class StoredEvent(Struct, frozen=True, gc=False):
    """An entry with its id. Ids grow with time in the whole country, so their order is the order of events."""

    id: int
    conversation: int
    entry: ConversationEvent


def shown_to_citizen(entry: ConversationEvent) -> bool:
    """Whether an entry belongs to the transcript that the citizen sees."""
    return isinstance(entry, Message) and not entry.internal


def spoken(entry: ConversationEvent) -> Message | None:
    """The message, if the entry is one between the citizen and a robot or an operator; None for notes and system messages."""
    return entry if isinstance(entry, Message) and not entry.internal and entry.author is not Author.SYSTEM else None
