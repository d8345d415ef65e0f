"""Snapshot of the services, bodies, offices and articles valid on one day, in general and for a place (RG-01, RG-02, MU-01, KB-06).

Pure.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import TypeVar

from msgspec.structs import replace

from hub.knowledge.article import Article, Purpose, about, sent
from hub.knowledge.authorities import Authority, Office
from hub.knowledge.completeness import above, broken_references, missing_fields
from hub.knowledge.edition import CARD_KINDS, Card, Edition, name_of
from hub.knowledge.precedence import SHIPPED, distance, height
from hub.knowledge.public_services import PublicService
from hub.organisation.level import Level
from hub.organisation.registry import lies_in
from hub.organisation.territory import Place

C = TypeVar("C", PublicService, Authority, Office, Article)


class KnowledgeSnapshot:
    """Immutable; another day, or a new edition, gives another one."""

    def __init__(self, cards: Iterable[Card] = (), shipped: Iterable[str] = ()) -> None:
        """`shipped` are names of cards that were not edited here."""
        self._shipped = frozenset(shipped)
        self._cards: dict[str, Card] = {name_of(CARD_KINDS[type(card)], card.id): card for card in cards}
        self.offices = {each.id: each for each in self._of(Office)}
        self.articles = {each.id: each for each in self._of(Article)}
        self.authorities = {id_: replace(each, id=id_) for id_, (each, *_) in self._ranked(Authority, distance).items()}
        self.services = {id_: _with_parts(replace(each, id=id_), self._written(others))
                         for id_, (each, *others) in self._ranked(PublicService, height).items()}

    @classmethod
    def of(cls, editions: Iterable[Edition], day: date) -> "KnowledgeSnapshot":
        there = [each for each in editions if each.holds_on(day)]
        return cls((each.card for each in there), (each.name for each in there if not each.written_by))

    def _of(self, kind: type[C]) -> Iterator[C]:
        return (each for each in self._cards.values() if isinstance(each, kind))

    def _ranked(self, kind: type[C], rank: Callable[[Level | None], int]) -> Mapping[str, list[C]]:
        """Cards of all centres by their common id, the first one is told; what nobody here has written comes last."""
        found: dict[str, list[C]] = {}
        for each in sorted(self._of(kind), key=lambda each: SHIPPED if self._ships(each) else rank(_level(each))):
            found.setdefault(about(each.id), []).append(each)
        return found

    def _ships(self, card: Card) -> bool:
        robots = isinstance(card, Article) and card.purpose is not Purpose.ANSWER
        return not sender(card) and not robots and name_of(CARD_KINDS[type(card)], card.id) in self._shipped

    def _written(self, cards: Iterable[PublicService]) -> list[PublicService]:
        return [each for each in cards if not self._ships(each)]

    @cached_property
    def told(self) -> Mapping[str, Article]:
        """Articles in use, by the id of their card: of several about one subject one, by their common id.

        The centre's own text has priority, then that of the nearest superior level, then the shipped one.
        """
        return {each.card: replace(each, id=id_) for id_, (each, *_) in self._ranked(Article, distance).items()}

    def authority_named(self, words: str) -> str:
        """The id of the body with this full or short name; the name itself where none or several have it."""
        return _only(words, [each.id for each in self.authorities.values() if words in {each.name, each.short}])

    def service_named(self, words: str) -> str:
        """The same for a service."""
        return _only(words, [each.id for each in self.services.values() if words in {each.title, each.name}])

    def breaks(self, card: Card, *, gone: bool = False) -> tuple[Card, str] | None:
        """Cards that would become incomplete if this card were changed or `gone`: card, and key of the missing field."""
        others = [each for each in self._cards.values() if (type(each), each.id) != (type(card), card.id)]
        after = KnowledgeSnapshot(others if gone else (*others, card), self._shipped)
        return next(((each, new[0]) for each in others
                     if (new := [key for key in after.lacking(each) if key not in self.lacking(each)])), None)

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
                if about(service.id) in office.services or (not office.services and office.authority == service.authority)]

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


def _with_parts(service: PublicService, others: Iterable[PublicService]) -> PublicService:
    """Its text with the territorial parts of centres further down: for one place those of the nearest (KB-06)."""
    variants = service.variants
    for each in others:
        added = [variant for variant in each.variants if variant.place != Place()]
        variants = (*(variant for variant in variants if variant.place not in {one.place for one in added}), *added)
    return replace(service, variants=variants)


def sender(card: Card) -> str:
    """Code of the superior centre that sent it; "" for own cards."""
    return card.centre if isinstance(card, Article) else card.origin.centre


def _level(card: Card) -> Level | None:
    """The level of that centre."""
    return card.level if isinstance(card, Article) else card.origin.level


def covers(area: Place, place: Place) -> bool:
    """Whether a place is in an area; the empty one is the whole country."""
    return (area.subject in {"", place.subject} and area.mfc in {"", place.mfc}
            and (not area.municipality or lies_in(place.municipality, {area.municipality})))


def narrowness(area: Place) -> int:
    """Number of given parts."""
    return sum(bool(getattr(area, part)) for part in Place.__struct_fields__)


def card_of(card: PublicService | Authority) -> str:
    """The id of its card, also where it is told under the common one."""
    return sent(card.origin.centre, about(card.id)) if card.origin.centre else card.id


def title_of(card: Card) -> str:
    return card.title if isinstance(card, PublicService | Article) else card.name


def _only(words: str, named: list[str]) -> str:
    return named[0] if words and len(named) == 1 else words
