"""Data of complaints, referrals and recommendations."""

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.cases.recommendation import MeasuredEffect, RecommendationState, ReportedFigure, Selection
from hub.cases.referral import ReferralState, ReferralWay
from hub.desk.cases.forms import Words
from hub.desk.http.forms import Short
from hub.knowledge.authorities import Authority

RecommendationId = Annotated[str, Meta(pattern=r"^[0-9]{3}-Р-[0-9]{1,9}$")]


ReferralId = Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,3}$")]


Prose = Annotated[str, Meta(min_length=1, max_length=8000)]


class AuthorityOut(Struct, frozen=True):
    id: str
    name: str
    short: str
    mailbox: bool
    """Whether a letter can be sent."""


class ReferralOut(Struct, frozen=True):
    place: str
    """Index of the referral within the case."""
    case: str
    authority: AuthorityOut
    way: ReferralWay
    at: datetime
    by: str
    due: datetime
    state: ReferralState
    why: str
    receipt: str
    received: datetime | None
    overdue: bool
    superseded: datetime | None
    """Since when its receipt is not needed: the case went elsewhere, or was answered."""


class ReferralsOut(Struct, frozen=True):
    """`judges` may decide the complaint, the nearest first; `next` is proposed where the current ones stay silent."""

    referrals: list[ReferralOut]
    judges: list[AuthorityOut]
    next: AuthorityOut | None


class ReferIn(Struct, frozen=True):
    """`by_hand`: delivered by a person, although there is a mailbox."""

    to: Annotated[str, Meta(min_length=1, max_length=100)]
    why: Words = ""
    by_hand: bool = False


class ReceiptIn(Struct, frozen=True):
    receipt: Annotated[str, Meta(min_length=1, max_length=200)]


class SelectionIn(Struct, frozen=True):
    """Complaints registered from `since` to `until`, both included; `version` of the tree, 0 for the newest; "" is any."""

    since: date
    until: date
    version: Annotated[int, Meta(ge=0)] = 0
    topic: Short = ""
    authority: Short = ""
    service: Short = ""
    breach: Short = ""
    subject: Short = ""


class ComplaintsBehindIn(SelectionIn, frozen=True):
    """The complaints of the row `key` of a `table` of the selection; without a table of all rows."""

    table: Annotated[str, Meta(max_length=20)] = ""
    key: Short = ""
    after: Annotated[str, Meta(max_length=40)] = ""
    """The number of the last one shown."""


class CountOut(Struct, frozen=True):
    key: str
    name: str
    complaints: int
    late: int


class EvidenceOut(Struct, frozen=True):
    """`reported` is what other centres have told of the same."""

    at: datetime
    complaints: int
    late: int
    series: int
    tables: dict[str, list[CountOut]]
    reported: ReportedFigure | None = None


class DraftIn(Struct, frozen=True):
    selection: SelectionIn
    title: Annotated[str, Meta(min_length=1, max_length=300)]
    cause: Prose
    proposal: Prose
    addressee: Annotated[str, Meta(min_length=1, max_length=100)]


class RecommendationIn(Struct, frozen=True):
    title: Annotated[str, Meta(min_length=1, max_length=300)]
    cause: Prose
    proposal: Prose
    addressee: Annotated[str, Meta(min_length=1, max_length=100)]


class MoveIn(Struct, frozen=True):
    state: RecommendationState
    why: Words = ""


class MoveOut(Struct, frozen=True):
    at: datetime
    by: str
    state: RecommendationState
    why: str


class RecommendationOut(Struct, frozen=True):
    """A row of the list."""

    id: str
    title: str
    state: RecommendationState
    since: date
    until: date
    complaints: int
    addressee: AuthorityOut | None
    at: datetime
    by: str


class RevisionOut(Struct, frozen=True):
    at: datetime
    by: str
    title: str
    cause: str
    proposal: str
    addressee: AuthorityOut | None
    complaints: int
    late: int


class RecommendationDetailsOut(Struct, frozen=True):
    """`gone` are cases erased since the count; `altered`: the rest gives different numbers.

    `editions` are all of them, the first one first; `next` are the possible next steps for the caller, `draft` is another edition.
    """

    recommendation: RecommendationOut
    selection: Selection
    editions: list[RevisionOut]
    cause: str
    proposal: str
    evidence: EvidenceOut
    cases: list[str]
    moves: list[MoveOut]
    next: list[RecommendationState]
    gone: list[str]
    altered: bool
    effect: MeasuredEffect | None
    change: float | None
    """Relative change of the rate: −0.4 is 40 % less."""


def authority_out(authority: Authority) -> AuthorityOut:
    return AuthorityOut(authority.id, authority.name, authority.short or authority.name, bool(authority.contacts.email))
