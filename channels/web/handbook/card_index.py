"""The public cards of a handbook by what pages look them up by. Made once for each handbook, since strangers ask for pages."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import TypeVar

from hub.knowledge.article import Article, Purpose
from hub.knowledge.authorities import Authority, Office
from hub.knowledge.edition import Card
from hub.knowledge.handbook import KnowledgeSnapshot, title_of
from hub.knowledge.public_services import PublicService

KIND_OF: dict[type[Card], str] = {PublicService: "services", Authority: "bodies", Office: "offices", Article: "articles"}
Lists = defaultdict[str, list[Office]]
C = TypeVar("C", bound=Card)


class CardIndex:
    """All lists are by title."""

    def __init__(self, handbook: KnowledgeSnapshot) -> None:
        self.services, self.offices = _by_title(handbook.services.values()), _by_title(handbook.offices.values())
        self.bodies = _by_title(handbook.authorities.values())
        self.articles = _by_title(each for each in handbook.told.values() if is_public(each, handbook))
        self.lists: Mapping[str, Sequence[Card]] = {
            "services": self.services, "bodies": self.bodies, "offices": self.offices, "articles": self.articles}
        self._cards = {(KIND_OF[type(each)], each.id): each for each in self.all()}
        self._names = [(each, f"{title_of(each)} {note(each)}".lower()) for each in self.all()]
        self._services_of = defaultdict[str, list[PublicService]](list)
        for service in self.services:
            self._services_of[service.authority].append(service)
        self._offices_of, self._for_all, self._receiving = Lists(list), Lists(list), Lists(list)
        for office in self.offices:
            self._offices_of[office.authority].append(office)
            for id_ in office.services:
                self._receiving[id_].append(office)
            if not office.services:
                self._for_all[office.authority].append(office)

    def all(self) -> Iterable[Card]:
        return chain.from_iterable(self.lists.values())

    def card(self, kind: str, id_: str) -> Card | None:
        return self._cards.get((kind, id_))

    def services_of(self, body: Authority) -> Sequence[PublicService]:
        return self._services_of.get(body.id, ())

    def offices_of(self, body: Authority) -> Sequence[Office]:
        return self._offices_of.get(body.id, ())

    def receiving(self, service: PublicService) -> Sequence[Office]:
        """Offices that take applications for a service: those that name it, and those of its body that name none."""
        return [*self._receiving.get(service.id, ()), *self._for_all.get(service.authority, ())]

    def named(self, words: Sequence[str]) -> Iterable[Card]:
        """Cards with every word, in lower case, in their title or address."""
        return (card for card, name in self._names if all(word in name for word in words))


@lru_cache(1)
def card_index(handbook: KnowledgeSnapshot) -> CardIndex:
    return CardIndex(handbook)


def is_public(article: Article, handbook: KnowledgeSnapshot) -> bool:
    """Whether it tells something: greetings and hand-overs are the robot's, and a service has a page of its own."""
    return article.purpose is Purpose.ANSWER and article.id not in handbook.services


def note(card: Card) -> str:
    """What stands beside the title of a card in lists."""
    match card:
        case Office():
            return card.address
        case Authority():
            return card.short
        case _:
            return ""


def _by_title(cards: Iterable[C]) -> Sequence[C]:
    return sorted(cards, key=title_of)
