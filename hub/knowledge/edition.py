"""Editions of services, bodies, offices and articles: written by one, published by another, valid on dates (KB-05). Pure.

write                check                publish            since                  the next one's day
──────► draft ──────────────► checked ────────────► awaited ───────► in force ─────────────────► replaced
          ▲                      │                                      │
          ╰──── write again ─────╯                                      ╰── withdraw ──► withdrawn
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeAlias

from msgspec.structs import replace

from hub.kernel.approval import Approval
from hub.kernel.document import Document
from hub.kernel.errors import RefusedError
from hub.kernel.indexes import NEVER, IndexEntry
from hub.knowledge.article import Article
from hub.knowledge.authorities import Authority, Office
from hub.knowledge.public_services import PublicService

Card: TypeAlias = PublicService | Authority | Office | Article
FOREVER = date.max


class CardKind(StrEnum):
    """What a card describes."""

    SERVICE = "service"
    AUTHORITY = "authority"
    OFFICE = "office"
    ARTICLE = "article"


CARD_KINDS: dict[type[Card], CardKind] = {
    PublicService: CardKind.SERVICE, Authority: CardKind.AUTHORITY, Office: CardKind.OFFICE, Article: CardKind.ARTICLE}


class EditionStage(StrEnum):
    DRAFT = "draft"
    CHECKED = "checked"
    """Verified against its source and complete; waits for another person to publish it."""
    AWAITED = "awaited"
    """Published, but not valid yet."""
    IN_FORCE = "in_force"
    REPLACED = "replaced"
    """By the next one; withdrawn, if there is none."""


class Edition(Document, frozen=True, omit_defaults=True, tag="edition"):
    """One edition of a card; `written_by` is a login, or "" for a file of the catalogue."""

    key: str
    version: int
    card: Card
    written_by: str
    written: datetime
    checked: Approval | None = None
    published: Approval | None = None
    since: date = FOREVER
    """The first day of validity."""
    until: date = FOREVER
    """The first day after its validity."""

    @property
    def sort(self) -> CardKind:
        return CARD_KINDS[type(self.card)]

    @property
    def name(self) -> str:
        return name_of(self.sort, self.card.id)

    def holds_on(self, day: date) -> bool:
        return self.published is not None and self.since <= day < self.until

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("card", self.name, NEVER + timedelta(seconds=self.version))
        yield IndexEntry("sort", self.sort, self.written)
        if self.published is None:
            yield IndexEntry("draft", at=self.written)
        elif self.until == FOREVER:
            yield IndexEntry("holds", at=_midnight(self.since))
        else:
            yield IndexEntry("ends", at=_midnight(self.until))


def name_of(sort: CardKind, id_: str) -> str:
    """Common name of all editions of one card: «service/passport»."""
    return f"{sort}/{id_}"


def stage(edition: Edition, today: date) -> EditionStage:
    if edition.published is None:
        return EditionStage.CHECKED if edition.checked else EditionStage.DRAFT
    if today >= edition.until:
        return EditionStage.REPLACED
    return EditionStage.AWAITED if today < edition.since else EditionStage.IN_FORCE


def first(card: Card, since: date, now: datetime) -> Edition:
    """The edition from a file of the catalogue, published by nobody."""
    approval = Approval("", now)
    return replace(write(None, card, "", now), checked=approval, published=approval, since=since)


def write(before: Edition | None, card: Card, by: str, now: datetime) -> Edition:
    """The next edition, unchecked. `before` is the newest."""
    version = before.version + 1 if before else 1
    return Edition(f"{name_of(CARD_KINDS[type(card)], card.id)}/{version}", version, card, by, now)


def check(edition: Edition, by: str, now: datetime, today: date) -> Edition:
    """It was verified against its source on this day. Raises RefusedError for what is no draft."""
    if edition.published is not None:
        raise RefusedError("no_draft", "Эта редакция уже опубликована.")
    card = edition.card
    if not isinstance(card, Article):
        card = replace(card, origin=replace(card.origin, checked=today))
    return replace(edition, card=card, checked=Approval(by, now))


def publish(edition: Edition, by: str, now: datetime, since: date, today: date) -> Edition:
    """It is valid from a day on. Raises RefusedError for its own author, an unchecked draft, and past days."""
    if edition.published is not None or edition.checked is None:
        raise RefusedError("not_approvable", "Публикуют проверенный черновик.")
    if by == edition.written_by:
        raise RefusedError("own_edition", "Свою редакцию публикует другой сотрудник.")
    if since < today:
        raise RefusedError("bad_dates", "Опубликовать задним числом нельзя.")
    return replace(edition, published=Approval(by, now), since=since)


def placed(edition: Edition, others: Iterable[Edition]) -> tuple[Edition, list[Edition]]:
    """A published edition among the others of its card: its end, and the editions ended by it."""
    known = [each for each in others if each.published and each.key != edition.key]
    until = min((each.since for each in known if each.since > edition.since), default=FOREVER)
    ended = [replace(each, until=edition.since) for each in known if each.since <= edition.since < each.until]
    return replace(edition, until=until), ended


def withdrawn(editions: Iterable[Edition], today: date) -> list[Edition]:
    """From today on none of its editions is valid, including awaited ones."""
    return [replace(each, until=max(today, each.since) if each.since <= today else each.since)
            for each in editions if each.published and each.until > today]


def taken_in(edition: Edition, known: Iterable[Edition]) -> list[Edition]:
    """The editions changed by one published elsewhere, itself first; none where it or a newer one is known.

    An ended edition never becomes valid again, so repeated and late messages have the same result.
    """
    others = {each.version: each for each in known}
    same = others.pop(edition.version, None)
    if same is not None and _published(same) >= _published(edition):
        ends = _published(same) == _published(edition) and edition.until < same.until
        return [replace(same, until=edition.until)] if ends else []
    if same is None and any(each.version > edition.version and each.since <= edition.since for each in others.values()):
        return []
    after, ended = placed(edition, others.values())
    return [replace(after, until=min(after.until, edition.until)), *ended]


def _published(edition: Edition) -> datetime:
    return edition.published.at if edition.published else NEVER


def in_force(editions: Iterable[Edition], day: date) -> Edition | None:
    return next((each for each in editions if each.holds_on(day)), None)


def draft_of(editions: Sequence[Edition]) -> Edition | None:
    """The newest, if it is not published."""
    newest = max(editions, key=lambda each: each.version, default=None)
    return newest if newest and newest.published is None else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
