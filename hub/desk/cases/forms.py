"""Data of cases: registration, actions, lists."""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from hub.cases.breaches import Breach
from hub.cases.case import CaseKind, Label
from hub.cases.state import Act, CaseState
from hub.cases.transitions import Need
from hub.desk.http.forms import Instant, Key, Short, Text
from hub.desk.organisation.forms import PlaceOut

Topic = Annotated[str, Meta(min_length=1, max_length=100)]
Words = Annotated[str, Meta(max_length=1000)]
Document = Annotated[str, Meta(max_length=100)]


class MatterIn(Struct, frozen=True):
    """How the service was actually provided: which, by whom, where, when, and the deviation from the regulation."""

    service: Short = ""
    authority: Short = ""
    subject: Annotated[str, Meta(max_length=2)] = ""
    mfc: Annotated[str, Meta(max_length=100)] = ""
    municipality: Annotated[str, Meta(max_length=11)] = ""
    happened: date | None = None
    deviation: Words = ""
    breach: Breach | None = None
    refusal: bool = False
    """About rejected documents or an uncorrected error."""
    ongoing: bool = False
    """The violation goes on: the answer is due within a day."""


class CaseIn(Struct, frozen=True):
    """`key` is unique: a repeated one registers nothing. `read_back`: a caller has heard the text and agreed.

    `shown` is the kind of the identity document, without its number; not needed after verification by ЕСИА.
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
    """`why` is a text, including an answer; `to` a line, a body, or a case number, as the action needs."""

    act: Act
    why: Annotated[str, Meta(max_length=8000)] = ""
    to: Short = ""


class PassCaseIn(Struct, frozen=True):
    to: Annotated[str, Meta(min_length=1, max_length=100)]
    why: Words = ""


class TopicIn(Struct, frozen=True):
    topic: Topic


class LinkIn(Struct, frozen=True):
    """`series` is any case of its series; "" removes it."""

    series: Annotated[str, Meta(max_length=40)]


class AttachIn(Struct, frozen=True):
    attached: bool


class AwayOut(Struct, frozen=True):
    """The centre on another deployment that has it, or answered it."""

    centre: str
    """Its name."""
    number: str
    """Its number there; "" while unknown."""
    state: str
    """Its CaseState there; "" while unknown."""
    taken: datetime | None
    """When an operator there took it."""
    waits: bool
    """Whether the answer from there is still expected."""


class OriginOut(Struct, frozen=True):
    """The centre on another deployment that waits for the answer: sender, and known data of the citizen."""

    centre: str
    number: str
    by: str
    why: str
    name: str
    contact: str
    files: list[str]
    """Names of files that were not sent."""


class LinkedOut(Struct, frozen=True):
    """A centre on another deployment that cases may be sent to."""

    id: str
    title: str
    up: bool
    """Whether it was heard of recently: otherwise messages wait for the link."""


class CaseOut(Struct, frozen=True):
    """A row of the list. Without permission to work on it, as at the federal centre, only number, kind and centre are given."""

    number: str
    kind: CaseKind
    state: CaseState | None
    label: Label
    topic: str
    channel: str
    registered: datetime
    due: datetime | None
    """Null without a running term."""
    overdue: bool
    line: str
    home: str
    worker: str
    worker_name: str
    series: str
    to: str
    """Target of the last sending, passing or merge."""
    away: AwayOut | None = None
    ongoing: bool = False
    """The violation goes on (CM-10)."""


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
    ongoing: bool


class RulingOut(Struct, frozen=True):
    """The legal terms with the article and the deadline; `offer` is the text for a citizen whose message is no обращение.

    `proved`: ЕСИА has verified the citizen in this conversation.
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
    """A field of StepIn that an action needs, and its kind of value."""

    field: Literal["to", "why"]
    kind: Need


class ActOut(Struct, frozen=True):
    """Possible actions of the caller; `main` is the usual one."""

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
    """Numbers of cases merged into it."""
    series: list[CaseOut]
    acts: list[Act]
    """Possible actions."""
    origin: OriginOut | None
    centres: list[LinkedOut]
    possible: list[ActOut]
    """The same as `acts`, with the needed fields."""
    works: bool
    """Whether the caller works on it, or supervises its centre."""


class RegisteredOut(Struct, frozen=True):
    """`code` is shown once, for a caller; "" where the citizen has received it in writing."""

    case: CaseOut
    code: str


class NewCodeIn(Struct, frozen=True):
    """`shown` is the kind of the identity document; not needed after verification by ЕСИА."""

    shown: Document = ""


class CodeOut(Struct, frozen=True):
    code: str


class CasesOut(Struct, frozen=True):
    cases: list[CaseOut]
    more: bool


class TermsOut(Struct, frozen=True):
    """Numbers of owed answers: overdue, within a day, within three, later."""

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
    """Views: one's own; waiting in one's lines; owed, the earliest first; all, newest first."""

    view: Literal["mine", "line", "due", "near", "all"] = "mine"
    state: Annotated[str, Meta(max_length=20)] = ""
    topic: Annotated[str, Meta(max_length=100)] = ""
    after: Annotated[str, Meta(max_length=40)] = ""
    """The number of the last one shown."""


class SimilarQuery(Struct, frozen=True):
    topic: Topic
    text: Text


class SimilarOut(Struct, frozen=True):
    """A case with a similar subject: `likeness` is from 0 to 1."""

    case: CaseOut
    likeness: float
