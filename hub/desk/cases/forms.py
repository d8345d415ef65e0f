"""What travels when cases are registered, worked on and looked for."""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from hub.cases.breaches import Breach
from hub.cases.case import CaseKind, Label
from hub.cases.state import Act, CaseState
from hub.cases.transitions import Need
from hub.desk.http.wire import Key, PlaceOut, Text

Topic = Annotated[str, Meta(min_length=1, max_length=100)]
Words = Annotated[str, Meta(max_length=1000)]
Short = Annotated[str, Meta(max_length=300)]
Number = Annotated[str, Meta(pattern=r"^[0-9A-Za-z-]{1,40}$")]
Document = Annotated[str, Meta(max_length=100)]
Instant = Annotated[datetime, Meta(tz=True)]


class MatterIn(Struct, frozen=True):
    """Of the actual order in which a service was given: which, by whom, where, when, and what deviated from the regulation."""

    service: Short = ""
    authority: Short = ""
    subject: Annotated[str, Meta(max_length=2)] = ""
    mfc: Annotated[str, Meta(max_length=100)] = ""
    happened: date | None = None
    deviation: Words = ""
    breach: Breach | None = None
    refusal: bool = False
    """About a refusal to take in documents or to correct a mistake."""


class CaseIn(Struct, frozen=True):
    """`key` is a unique one: sending it again registers nothing twice. `read_back`: a caller has heard the text and agreed.

    `shown` is the kind of document by which he has shown who he is, without its number; a proof through ЕСИА needs none.
    """

    key: Key
    kind: CaseKind
    topic: Topic
    text: Text
    matter: MatterIn = MatterIn()
    read_back: bool = False
    shown: Document = ""
    received: Instant | None = None


class StepIn(Struct, frozen=True):
    """`why` in words, an answer among them; `to` a line, a body, or a case's number, as the act needs."""

    act: Act
    why: Annotated[str, Meta(max_length=8000)] = ""
    to: Short = ""


class PassCaseIn(Struct, frozen=True):
    to: Annotated[str, Meta(min_length=1, max_length=100)]
    why: Words = ""


class TopicIn(Struct, frozen=True):
    topic: Topic


class LinkIn(Struct, frozen=True):
    """`series` is any case of the series that it belongs to; "" takes it out."""

    series: Annotated[str, Meta(max_length=40)]


class AttachIn(Struct, frozen=True):
    attached: bool


class AwayOut(Struct, frozen=True):
    """The centre on another deployment that has it, or had it when it was answered."""

    centre: str
    """Its name."""
    number: str
    """Under which it is registered there; "" until we know."""
    state: str
    """How it stands there, a CaseState; "" until we know."""
    taken: datetime | None
    """When somebody there took it."""
    waits: bool
    """Whether the answer is still expected from there."""


class OriginOut(Struct, frozen=True):
    """The centre on another deployment that waits for the answer: who has sent it, and what it knows of the citizen."""

    centre: str
    number: str
    by: str
    why: str
    name: str
    contact: str
    files: list[str]
    """Names of those that stay there."""


class LinkedOut(Struct, frozen=True):
    """A centre on another deployment that a case may be sent to."""

    id: str
    title: str
    up: bool
    """Whether it was heard of lately: else what is sent waits for the line."""


class CaseOut(Struct, frozen=True):
    """A row of the list. For whoever may not work on it, as at the federal centre, only its number, kind and whose it is."""

    number: str
    kind: CaseKind
    state: CaseState | None
    label: Label
    topic: str
    channel: str
    registered: datetime
    due: datetime | None
    """Null once no answer is owed any more, or while none is."""
    overdue: bool
    line: str
    home: str
    worker: str
    worker_name: str
    series: str
    to: str
    """Where it was sent, passed or merged to last."""
    away: AwayOut | None = None


class StepOut(Struct, frozen=True):
    at: datetime
    by: str
    name: str
    act: Act
    state: CaseState
    why: str
    to: str


class FilingOut(Struct, frozen=True):
    at: datetime
    by: str
    topic: str
    version: int


class MatterOut(Struct, frozen=True):
    service: str
    authority: str
    place: PlaceOut | None
    happened: date | None
    deviation: str
    breach: Breach | None
    refusal: bool


class RulingOut(Struct, frozen=True):
    """What the law makes of it, by which article, and until when; `offer` is what a citizen is told whose words are no обращение.

    `proved`: ЕСИА has proved in this conversation who he is.
    """

    label: Label
    source: str
    register_by: datetime
    due: datetime
    forward_by: datetime | None
    extend_days: int
    suspendable: bool
    offer: str
    proved: bool


class NeedOut(Struct, frozen=True):
    """A field of StepIn that an act needs, and what belongs there."""

    field: Literal["to", "why"]
    kind: Need


class ActOut(Struct, frozen=True):
    """What whoever asks may do with a case now; `main` is what is mostly done."""

    act: Act
    needs: list[NeedOut]
    main: bool


class CaseDetailsOut(Struct, frozen=True):
    case: CaseOut
    text: str
    received: datetime
    read_back: bool
    identified: bool
    shown: str
    matter: MatterOut
    ruling: RulingOut
    steps: list[StepOut]
    filings: list[FilingOut]
    conversations: list[str]
    parts: list[str]
    """Numbers of cases that were merged into it."""
    series: list[CaseOut]
    acts: list[Act]
    """What can be done now."""
    origin: OriginOut | None
    centres: list[LinkedOut]
    possible: list[ActOut]
    """The same as `acts`, with what each needs."""
    works: bool
    """Whether whoever asks works on it, or steers the centre."""


class RegisteredOut(Struct, frozen=True):
    """`code` is shown once, to be told to a caller; "" where the citizen has got it in writing."""

    case: CaseOut
    code: str


class NewCodeIn(Struct, frozen=True):
    """`shown` is the kind of document by which he has shown who he is; a proof through ЕСИА needs none."""

    shown: Document = ""


class CodeOut(Struct, frozen=True):
    code: str


class CasesOut(Struct, frozen=True):
    cases: list[CaseOut]
    more: bool


class TermsOut(Struct, frozen=True):
    """How many answers are owed: too late, within a day, within three, later."""

    overdue: int
    day: int
    three_days: int
    later: int


class RulingQuery(Struct, frozen=True):
    kind: CaseKind
    service: Short = ""
    refusal: bool = False
    shown: bool = False


class CasesQuery(Struct, frozen=True):
    """Views: what one works on; what waits in one's lines; what is owed, the earliest first; all, the newest first."""

    view: Literal["mine", "line", "due", "near", "all"] = "mine"
    state: Annotated[str, Meta(max_length=20)] = ""
    topic: Annotated[str, Meta(max_length=100)] = ""
    after: Annotated[str, Meta(max_length=40)] = ""
    """The number of the last one that was shown."""


class SimilarQuery(Struct, frozen=True):
    topic: Topic
    text: Text


class SimilarOut(Struct, frozen=True):
    """A case that may be about the same: `likeness` is from 0 to 1."""

    case: CaseOut
    likeness: float
