"""The journal: every message and every hand-over, in order, never altered (CH-12). Pure."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from hub.conversations.assignment_reason import AssignmentReason
from hub.conversations.callback_promise import Outcome
from hub.conversations.conversation import Holder
from hub.conversations.delivery_status import Delivery
from hub.conversations.identities import How
from hub.conversations.message import Author, Message
from hub.conversations.verification_level import Proven
from hub.organisation.territory import Place

DIALLED = "dialled"
"""Why it was handed over: an operator has called by himself."""
INSIDE = "inside"
"""Why it was handed over: operators talk with each other, and no citizen is there to be counted."""


class HandedOver(Struct, frozen=True, gc=False, omit_defaults=True, tag="handed_over"):
    """The conversation went to its next holder. `by` is a login, or "" when the hub did it itself."""

    at: datetime
    holder: Holder
    why: str
    by: str = ""


class Offered(Struct, frozen=True, gc=False, tag="offered"):
    """A reservation was made: the operator may accept or reject it, or let it expire at `until`."""

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
    """Where the service is received was stated. `by` is a login, or "" for the site that the citizen came from."""

    at: datetime
    place: Place
    by: str


class PromiseGiven(Struct, frozen=True, gc=False, tag="promise_given"):
    """The answer is owed until `due`. `by` is a login, or "" when the hub promised it itself."""

    at: datetime
    due: datetime
    why: str
    by: str


class Attempted(Struct, frozen=True, gc=False, tag="attempted"):
    """Somebody tried to bring the promised answer, and could not."""

    at: datetime
    by: str
    outcome: Outcome


class Alarmed(Struct, frozen=True, gc=False, tag="alarmed"):
    """So many per cent of the promise's time are over; at 100 it is broken."""

    at: datetime
    percent: int


class Carried(Struct, frozen=True, gc=False, omit_defaults=True, tag="carried"):
    """What became of the message `record`, as its carrier told (CH-05)."""

    at: datetime
    record: int
    state: Delivery
    why: str = ""


class SpeechRecognised(Struct, frozen=True, gc=False, tag="heard"):
    """The words of the recording that the message `record` is, as a machine understood them."""

    at: datetime
    record: int
    text: str


class Thought(Struct, frozen=True, gc=False, omit_defaults=True, tag="thought"):
    """What the robot made of the message `record` in a dialogue of designers, and what has happened in the dialogue since."""

    at: datetime
    record: int
    version: str
    """Of the dialogue, which this conversation is finished on."""
    intent: str
    confidence: float
    events: str = ""
    """JSON, for the robot alone."""
    missed: bool = False
    """It was not understood."""
    first: bool = False
    """A dialogue begins: what was thought before does not belong to it."""


class PutOnHold(Struct, frozen=True, gc=False, tag="held"):
    """The citizen waits in the middle of a talk, on hold or while somebody is asked, or does no longer. Saying it twice is once."""

    at: datetime
    by: str
    on: bool


class CallStage(StrEnum):
    BEGAN = "began"
    """`party` is the number of ours that was dialled, "" where the hub has called."""
    JOINED = "joined"
    """The citizen and an operator, `party` by his login, hear each other."""
    PARTED = "parted"
    ENDED = "ended"


class Telephoned(Struct, frozen=True, gc=False, omit_defaults=True, tag="telephoned"):
    """What the telephone exchange tells of a call, beside the hub's own hand-overs.

    `call` is its name, unique in the country; `cause` is why it ended (Q.850: 16 hung up), 0 where nobody could tell any more.
    """

    at: datetime
    call: str
    stage: CallStage
    party: str = ""
    cause: int = 0


class TranscriptLine(Struct, frozen=True, gc=False):
    """What one of two said, `at_ms` after the beginning of their talk."""

    at_ms: int
    author: Author
    text: str


class Transcribed(Struct, frozen=True, gc=False, omit_defaults=True, tag="transcribed"):
    """The words of the recorded talk that the message `record` is, as a machine understood them, or `why` there are none."""

    at: datetime
    record: int
    lines: tuple[TranscriptLine, ...] = ()
    why: str = ""


class Deleted(Struct, frozen=True, gc=False, tag="deleted"):
    """The term of a recorded talk was over: the sound `file` of the message `record` is no more."""

    at: datetime
    record: int
    file: str


class Verified(Struct, frozen=True, gc=False, tag="verified"):
    """The citizen has proved who he is; it counts `until` then. `by` is the login of the operator who asked for it, or ""."""

    at: datetime
    level: Proven
    how: How
    until: datetime
    by: str


class Corrected(Struct, frozen=True, gc=False, omit_defaults=True, tag="corrected"):
    """What is kept of a citizen was wrong and was put right, or that was taken back (152-ФЗ ст. 21).

    `what` is a word of rights.Field, or "message": what was said cannot be changed, so `text` stands beside the message `record`. Neither
    what was there before nor what is now stands here: the journal tells that it was done.
    """

    at: datetime
    what: str
    by: str
    record: int = 0
    text: str = ""
    back: bool = False
    """A correction was taken back."""


class ErasureCause(StrEnum):
    """Why what was kept of a citizen is erased."""

    TERM = "term"
    """Its term is over (152-ФЗ ст. 5 ч. 7)."""
    DEMAND = "demand"
    """The citizen demands it (152-ФЗ ст. 21)."""
    FEDERAL = "federal"
    """A federal centre keeps no more of it than it needs to hand it over (FD-04)."""


class Erased(Struct, frozen=True, gc=False, omit_defaults=True, tag="erased"):
    """What is personal was taken out of everything before. `by` is the login of who decided so, "" where a term did."""

    at: datetime
    cause: ErasureCause
    by: str = ""


class PromiseEnd(StrEnum):
    KEPT = "kept"
    """The answer was given."""
    WITHDRAWN = "withdrawn"
    """The citizen wants it no more."""
    MOVED = "moved"
    """It is owed in the conversation that this one goes on in, or was parted from; here it counts as never given."""


class PromiseEnded(Struct, frozen=True, gc=False, tag="promise_ended"):
    at: datetime
    due: datetime
    how: PromiseEnd
    by: str


ConversationEvent = (
    Message | HandedOver | Offered | OfferEnded | Placed | Carried | SpeechRecognised | Thought | Transcribed | Deleted | Telephoned
    | PutOnHold
    | Verified | Corrected | Erased | PromiseGiven | Attempted | Alarmed | PromiseEnded)


class StoredEvent(Struct, frozen=True, gc=False):
    """An entry in its place. Ids grow with time, in the whole country, so their order is the order of events."""

    id: int
    conversation: int
    entry: ConversationEvent


def shown_to_citizen(entry: ConversationEvent) -> bool:
    """Whether an entry belongs to the transcript that the citizen sees."""
    return isinstance(entry, Message) and not entry.internal


def spoken(entry: ConversationEvent) -> Message | None:
    """The message, if the entry is one between the citizen and a robot or an operator; None for notes and the system's lines."""
    return entry if isinstance(entry, Message) and not entry.internal and entry.author is not Author.SYSTEM else None
