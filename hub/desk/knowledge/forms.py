"""Data of cards with editions: services, bodies, offices, articles."""

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.desk.http.forms import Name, Text
from hub.desk.knowledge.flags import FlagOut
from hub.knowledge.coverage import Gap
from hub.knowledge.edition import Card, CardKind, EditionStage
from hub.organisation.level import Level

Code = Annotated[str, Meta(max_length=2)]


class CardsQuery(Struct, frozen=True):
    """`subject` limits to cards for everybody or for this subject; "" is all.

    With a municipality or an МФЦ only the bodies that are competent for it, the nearest first (RG-02).
    """

    sort: CardKind
    subject: Code = ""
    mfc: Annotated[str, Meta(max_length=100)] = ""
    municipality: Annotated[str, Meta(max_length=11)] = ""


class CardQuery(Struct, frozen=True):
    """`day` is today by default; the place is the citizen's, as far as it is known."""

    day: date | None = None
    subject: Code = ""
    mfc: Annotated[str, Meta(max_length=100)] = ""
    municipality: Annotated[str, Meta(max_length=11)] = ""


class CardRowOut(Struct, frozen=True):
    """`stage` is that of the newest edition; `public` whether an edition is valid today.

    `review` is the date of the next verification.
    """

    sort: CardKind
    id: str
    title: str
    note: str
    """The providing body of a service, the address of an office."""
    level: Level | None
    place: str
    stage: EditionStage
    public: bool
    review: date | None
    demonstration: bool
    outdated: int
    """Number of fields reported as outdated."""
    centre: str = ""
    """Name of the superior centre that sent it, "" for own cards."""


class EditionOut(Struct, frozen=True):
    """`since` and `until` are null for unpublished editions, and without an end."""

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
    """The responsible body, a superior, or (`controls`) a controlling body."""

    id: str
    name: str
    post: str
    person: str
    phone: str
    controls: bool


class OfficeNowOut(Struct, frozen=True):
    """The current state of an office in its own time; `hours` are those of the requested day."""

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
    """`ends` is the last day of the term for an application on the requested day, by the production calendar."""

    words: str
    ends: date | None


class CardOut(Struct, frozen=True):
    """`card` is the one valid on the day at the place, and `draft` the next one; `lacking` is of the draft, or else of the card."""

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
    """Bodies that decide complaints about it."""
    offices: list[OfficeNowOut]
    term: TermOut | None
    appeal_term: TermOut | None
    outdated: list[FlagOut]
    """Reports of outdated fields."""
    centre: str = ""
    """Name of the superior centre that sent it, "" for own cards."""


class CardIn(Struct, frozen=True):
    """`version` is that of the newest edition as it was seen, 0 for a new card."""

    version: Annotated[int, Meta(ge=0)]
    card: Card


class SeenIn(Struct, frozen=True):
    version: Annotated[int, Meta(ge=1)]


class PublishCardIn(Struct, frozen=True):
    """`since` is today by default."""

    version: Annotated[int, Meta(ge=1)]
    since: date | None = None


class ChangeOut(Struct, frozen=True):
    """A changed field as text; "" is none."""

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
    """Services are found like articles, and edited as cards."""
    outdated: list[str]
    """Outdated fields of its card."""
    own: bool
    """Not sent to subordinate centres."""
    centre: str
    """The name of the superior centre that sent it, where it must be changed; "" for own articles."""
    told: bool
    """False where another article about the same subject has priority."""


class ArticleIn(Struct, frozen=True):
    title: Name
    text: Text
    questions: Annotated[list[Annotated[str, Meta(min_length=1, max_length=500)]], Meta(max_length=100)]
    topic: Annotated[str, Meta(max_length=100)]
    body: Annotated[str, Meta(max_length=300)]
    valid_from: date
    own: bool = False
    """Not sent to subordinate centres."""


MOST_GAPS = 200


class CoverageQuery(Struct, frozen=True):
    """The territory whose gaps are listed; "" is what holds in the whole country."""

    subject: Code = ""


class TerritoryOut(Struct, frozen=True):
    """`known` counts the bodies with `phones`, `address`, `hours`, and the services with `fee`, `term`, `documents`."""

    subject: str
    title: str
    bodies: int
    services: int
    known: dict[str, int]
    share: float


class HandbookCoverageOut(Struct, frozen=True):
    """The country first. `gaps` are those of the requested territory, the largest first; `total` is their whole number."""

    territories: list[TerritoryOut]
    gaps: list[Gap]
    total: int
