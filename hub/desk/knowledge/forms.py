"""What travels about services, bodies, offices and articles as cards with editions."""

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.desk.http.forms import Name, Text
from hub.desk.knowledge.flags import FlagOut
from hub.knowledge.edition import Card, CardKind, EditionStage
from hub.organisation.level import Level

Code = Annotated[str, Meta(max_length=2)]


class CardsQuery(Struct, frozen=True):
    """`subject` keeps what is for everybody or for this subject; "" is all."""

    sort: CardKind
    subject: Code = ""


class CardQuery(Struct, frozen=True):
    """`day` is today unless told otherwise; the place is where the citizen is, as far as it is known."""

    day: date | None = None
    subject: Code = ""
    mfc: Annotated[str, Meta(max_length=100)] = ""


class CardRowOut(Struct, frozen=True):
    """`stage` is that of the newest edition; `public` whether anything of it holds today.

    `review` is when it is to be held against its source.
    """

    sort: CardKind
    id: str
    title: str
    note: str
    """The body that gives a service, the address of an office."""
    level: Level | None
    place: str
    stage: EditionStage
    public: bool
    review: date | None
    demonstration: bool
    outdated: int
    """So many of its fields are told to be out of date."""


class EditionOut(Struct, frozen=True):
    """`since` and `until` are null where nothing is published, and where no end is known."""

    version: int
    stage: EditionStage
    written_by: str
    written_name: str
    written: datetime
    checked_name: str
    checked: datetime | None
    published_name: str
    published: datetime | None
    since: date | None
    until: date | None


class RungOut(Struct, frozen=True):
    """One of those that answer: the body, then those above it; `controls` are those that only watch over it."""

    id: str
    name: str
    post: str
    person: str
    phone: str
    controls: bool


class OfficeNowOut(Struct, frozen=True):
    """An office at this moment, in its own time; `hours` are those of the day that was asked for."""

    id: str
    name: str
    address: str
    phones: list[str]
    accessible: str
    open: bool
    now: str
    now_en: str
    clock: str
    hours: str
    hours_en: str


class TermOut(Struct, frozen=True):
    """`ends` is the last day of the term for who asks on the day that was asked for, by the production calendar."""

    words: str
    ends: date | None


class CardOut(Struct, frozen=True):
    """`card` is what holds on the day at the place, and `draft` what may hold later; `lacking` is of the draft, or else of the card."""

    sort: CardKind
    id: str
    title: str
    card: Card | None
    draft: Card | None
    version: int
    """The newest edition's."""
    stage: EditionStage
    lacking: list[str]
    editions: list[EditionOut]
    ladder: list[RungOut]
    appeal: list[RungOut]
    """Who decides on complaints about it."""
    offices: list[OfficeNowOut]
    term: TermOut | None
    appeal_term: TermOut | None
    outdated: list[FlagOut]
    """Of its fields, those that are told to be out of date."""


class CardIn(Struct, frozen=True):
    """`version` is that of the newest edition as it was seen, 0 for a new card."""

    version: Annotated[int, Meta(ge=0)]
    card: Card


class SeenIn(Struct, frozen=True):
    version: Annotated[int, Meta(ge=1)]


class PublishCardIn(Struct, frozen=True):
    """`since` is today unless told otherwise."""

    version: Annotated[int, Meta(ge=1)]
    since: date | None = None


class ChangeOut(Struct, frozen=True):
    """A field that differs, as words; "" is none."""

    field: str
    before: str
    after: str


class ArticleOut(Struct, frozen=True):
    id: str
    title: str
    text: str
    questions: list[str]
    topic: str
    body: str
    valid_from: date
    purpose: str
    sort: CardKind
    """A service is found like an article, and edited as a card."""
    outdated: list[str]
    """Fields of its card that are told to be out of date."""
    own: bool
    """Centres below are not sent it."""
    centre: str
    """The name of the centre above that has sent it: it is changed only there; "" where it is this one's."""
    told: bool
    """False where another article about the same stands before it."""


class ArticleIn(Struct, frozen=True):
    title: Name
    text: Text
    questions: Annotated[list[Annotated[str, Meta(min_length=1, max_length=500)]], Meta(max_length=100)]
    topic: Annotated[str, Meta(max_length=100)]
    body: Annotated[str, Meta(max_length=300)]
    valid_from: date
    own: bool = False
    """Centres below are not sent it."""
