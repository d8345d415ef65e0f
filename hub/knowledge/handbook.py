"""Snapshot of the services, bodies, offices and articles valid on one day, in general and for a place (RG-01, RG-02, MU-01, KB-06).

Pure.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cached_property

from msgspec.structs import replace

from hub.knowledge.article import Article, Purpose
from hub.knowledge.authorities import Authority, Office
from hub.knowledge.completeness import above, broken_references, missing_fields
from hub.knowledge.edition import Card, Edition
from hub.knowledge.public_services import PublicService
from hub.organisation.level import Level
from hub.organisation.registry import lies_in
from hub.organisation.territory import Place


class KnowledgeSnapshot:
    """Immutable; another day, or a new edition, gives another one."""

    def __init__(self, cards: Iterable[Card] = (), shipped: Iterable[str] = ()) -> None:
        """`shipped` are ids of cards that were not edited here."""
        self.services: dict[str, PublicService] = {}
        self.authorities: dict[str, Authority] = {}
        self.offices: dict[str, Office] = {}
        self.articles: dict[str, Article] = {}
        self._shipped = frozenset(shipped)
        for card in cards:
            self._add(card)

    @classmethod
    def of(cls, editions: Iterable[Edition], day: date) -> "KnowledgeSnapshot":
        there = [each for each in editions if each.holds_on(day)]
        return cls((each.card for each in there), (each.card.id for each in there if not each.written_by))

    @cached_property
    def told(self) -> Mapping[str, Article]:
        """Articles in use, by the id of their card: of several about one subject one, by their common id.

        The centre's own text has priority, then that of the nearest superior level, then the shipped one.
        """
        found: dict[str, Article] = {}
        for each in self.articles.values():
            if (known := found.get(each.about)) is None or self._distance(each) < self._distance(known):
                found[each.about] = each
        return {each.card: replace(each, id=each.about) for each in found.values()}

    def _distance(self, article: Article) -> int:
        if not article.centre:
            return 3 if article.id in self._shipped and article.purpose is Purpose.ANSWER else 0
        return 2 if article.level is Level.FEDERAL else 1

    def authority_named(self, words: str) -> str:
        """The id of the body with this full or short name; the name itself where none or several have it."""
        return _only(words, [each.id for each in self.authorities.values() if words in {each.name, each.short}])

    def service_named(self, words: str) -> str:
        """The same for a service."""
        return _only(words, [each.id for each in self.services.values() if words in {each.title, each.name}])

    def cards(self) -> Iterator[Card]:
        yield from self.authorities.values()
        yield from self.offices.values()
        yield from self.services.values()
        yield from self.articles.values()

    def breaks(self, card: Card, *, gone: bool = False) -> tuple[Card, str] | None:
        """Cards that would become incomplete if this card were changed or `gone`: card, and key of the missing field."""
        others = [each for each in self.cards() if (type(each), each.id) != (type(card), card.id)]
        after = KnowledgeSnapshot(others if gone else (*others, card))
        return next(((each, new[0]) for each in others
                     if (new := [key for key in after.lacking(each) if key not in self.lacking(each)])), None)

    def _add(self, card: Card) -> None:
        match card:
            case PublicService():
                self.services[card.id] = card
            case Authority():
                self.authorities[card.id] = card
            case Office():
                self.offices[card.id] = card
            case Article():
                self.articles[card.id] = card

    def lacking(self, card: Card) -> list[str]:
        """Keys of a card's missing fields before publication; empty is complete."""
        match card:
            case PublicService():
                return missing_fields(card, self.authorities)
            case Authority():
                return broken_references(card, self.authorities | {card.id: card})
            case Office():
                return broken_references(card, self.authorities)
            case Article():
                return [field for field in ("title", "text") if not getattr(card, field).strip()]

    def service(self, id_: str, place: Place | None = None) -> PublicService | None:
        """A service as provided at a place."""
        found = self.services.get(id_)
        return at_place(found, place) if found and place else found

    def ladder(self, authority: str) -> list[Authority]:
        """The responsible body, then its superiors and controlling bodies; empty where it is unknown (AL-05)."""
        own = self.authorities.get(authority)
        return [own, *above(own, self.authorities)] if own else []

    def competent(self, place: Place) -> list[Authority]:
        """Bodies responsible for a place, the smallest territory first (RG-02)."""
        found = [each for each in self.authorities.values() if covers(each.place, place)]
        return sorted(found, key=lambda each: (-narrowness(each.place), each.name))

    def receiving(self, service: PublicService, place: Place) -> list[Office]:
        """Offices of a place that receive applications for a service."""
        return [office for office in self.near(place)
                if service.id in office.services or (not office.services and office.authority == service.authority)]

    def near(self, place: Place) -> list[Office]:
        """Offices in the place, as far as it is known; only those of its smallest part that has any."""
        if not place.subject:
            return []
        here = [each for each in self.offices.values() if each.place.subject == place.subject]
        for part in ("mfc", "municipality"):
            wanted = getattr(place, part)
            if wanted and (nearer := [each for each in here if getattr(each.place, part) == wanted]):
                return nearer
        return here


def at_place(service: PublicService, place: Place) -> PublicService:
    """The service with the variants of a place; the narrowest is applied last."""
    for variant in sorted((each for each in service.variants if covers(each.place, place)), key=lambda each: narrowness(each.place)):
        service = replace(
            service, about=f"{service.about} {variant.addition}".strip(), fee=variant.fee or service.fee, term=variant.term or service.term,
            authority=variant.authority or service.authority, documents=variant.documents or service.documents)
    return service


def covers(area: Place, place: Place) -> bool:
    """Whether a place is in an area; the empty one is the whole country."""
    return (area.subject in {"", place.subject} and area.mfc in {"", place.mfc}
            and (not area.municipality or lies_in(place.municipality, {area.municipality})))


def narrowness(area: Place) -> int:
    """Number of given parts."""
    return sum(bool(getattr(area, part)) for part in Place.__struct_fields__)


def title_of(card: Card) -> str:
    return card.title if isinstance(card, PublicService | Article) else card.name


def _only(words: str, named: list[str]) -> str:
    return named[0] if words and len(named) == 1 else words
