"""Services as the robot tells of them: found like articles, and answered with what was asked: fee, term, documents, appeal, or in short."""

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from msgspec.structs import replace

from bots.knowledge.hot_lines import hot_lines, with_telephone
from hub.knowledge.article import Article
from hub.knowledge.edition import CardKind, name_of
from hub.knowledge.handbook import KnowledgeSnapshot, at_place, card_of, covers, narrowness
from hub.knowledge.outdated_flag import FIELDS
from hub.knowledge.public_services import Facet, PublicService, ServiceFact
from hub.knowledge.service_text import appeal_words, documents_words, fee_words, summary, term_words
from hub.organisation.territory import Place

WARNING = "Сведения уточняются"
A = TypeVar("A", bound=Article)


class Aspect(StrEnum):
    """What may be asked of a service."""

    FEE = "fee"
    TERM = "term"
    DOCUMENTS = "documents"
    APPEAL = "appeal"
    ORDER = "order"


TITLES = {Aspect.FEE: "стоимость", Aspect.TERM: "срок", Aspect.DOCUMENTS: "документы", Aspect.APPEAL: "обжалование",
          Aspect.ORDER: "порядок"}
ASKED = {
    Aspect.FEE: re.compile(r"\b(?:стоит|стоим\w*|(?:гос)?пошлин\w*|плат(?:ить|но|ный|ная|ное)|заплатить|бесплатно|цен[аыу])\b"),
    Aspect.TERM: re.compile(r"\b(?:срок\w*|долго|дней|ждать|быстро)\b"),
    Aspect.DOCUMENTS: re.compile(r"\b(?:документ\w*|бумаг\w*|принести|справки)\b"),
    Aspect.APPEAL: re.compile(r"\b(?:обжалова\w*|(?:по)?жал(?:об\w*|оваться)|отказал\w*|отказ\w*)\b"),
    Aspect.ORDER: re.compile(r"\b(?:поряд\w+|пошагово|шаги|этап\w*)\b"),
}


_FACETS = {"refusals": Facet.REFUSAL, "ways": Facet.WHERE}
"""Facets of fields that have another name."""
_AMOUNT = re.compile(r"\d{1,3}(?:\s\d{3})+|\d+")


class ServiceArticle(Article, frozen=True, omit_defaults=True, tag="article"):
    """An article that a service has become. `parts` answer what is asked of it alone, and `local` what is told at a place."""

    parts: Mapping[Aspect, Article] = {}
    facts: tuple[ServiceFact, ...] = ()
    local: tuple[tuple[Place, "ServiceArticle"], ...] = ()

    def at(self, place: Place | None) -> "ServiceArticle":
        """As it is at a place; of several that fit the narrowest."""
        here = [each for each in self.local if place and covers(each[0], place)]
        return max(here, key=lambda each: narrowness(each[0]))[1] if here else self

    def of(self, question: str) -> Article:
        """The part that is asked for, if it is one; a word of its own title asks for nothing."""
        said, title = _plain(question), _plain(self.title)
        asked = [aspect for aspect, words in ASKED.items() if words.search(said) and not words.search(title)]
        return self.parts.get(asked[0], self) if len(asked) == 1 else self


def knowledge_of(handbook: KnowledgeSnapshot, doubted: Mapping[str, Sequence[str]] = MappingProxyType({})) -> list[Article]:
    """What the robot knows on a day: services, articles, and whom to ring up.

    A service stands for the article that has its id, and is asked for by its questions as well.

    `doubted` are the fields that are told to be out of date, by card: the answer says so (KB-07).
    """
    services = [_warned(told(each, handbook), doubted.get(name_of(CardKind.SERVICE, card_of(each)), ()))
                for each in handbook.services.values()]
    articles = [_warned(with_telephone(each, handbook), doubted.get(name_of(CardKind.ARTICLE, each.card), ()))
                for each in handbook.told.values() if each.id not in handbook.services]
    lines = [_warned(line, doubted.get(name_of(CardKind.AUTHORITY, card_of(body)), ())) for body, line in hot_lines(handbook)]
    return [*articles, *services, *lines]


def _warned(article: A, fields: Sequence[str]) -> A:
    """With «сведения уточняются» in all that tells of a doubted field: the whole, and the part that is about it."""
    if not fields:
        return article
    warned = replace(article, text=f"{article.text}\n{WARNING}: {', '.join(FIELDS[field] for field in fields)}.")
    if not isinstance(warned, ServiceArticle):
        return warned
    parts = {aspect: replace(part, text=f"{part.text}\n{WARNING}.") if aspect in fields else part for aspect, part in warned.parts.items()}
    facets = {_FACETS.get(field, field) for field in fields}
    facts = tuple(replace(fact, text=f"{fact.text} {WARNING}.") if fact.facet in facets else fact for fact in warned.facts)
    return replace(warned, parts=parts, facts=facts, local=tuple((place, _warned(there, fields)) for place, there in warned.local))


def told(service: PublicService, handbook: KnowledgeSnapshot) -> ServiceArticle:
    known = handbook.articles.get(service.id)
    questions = tuple(dict.fromkeys((*service.questions, *(known.questions if known else ()))))
    topic = service.topic or (known.topic if known else "")
    whole = replace(_told(service, handbook), questions=questions, topic=topic)
    places = {variant.place for variant in service.variants if variant.place != Place()}
    local = tuple((place, replace(_told(at_place(service, place), handbook), topic=topic)) for place in sorted(places, key=repr))
    return replace(whole, local=local)


def _told(service: PublicService, handbook: KnowledgeSnapshot) -> ServiceArticle:
    body, since = service.origin.source, service.origin.checked or service.valid_from
    parts = {aspect: Article(f"{service.id}/{aspect}", f"{service.title}: {TITLES[aspect]}", text, (), service.topic, body, since)
             for aspect, text in _parts(service, handbook) if text}
    return ServiceArticle(service.id, service.title, summary(service), (), service.topic, body, since, parts=parts,
                          facts=tuple(_facts(service)), centre=service.origin.centre, level=service.origin.level)


def _facts(service: PublicService) -> Iterator[ServiceFact]:
    """Those of the card; of fees that the card has changed since they were written, what it says now."""
    stale = [fact for fact in service.facts if fact.facet is Facet.FEE]
    if not service.fee or not service.fee.rubles or any(service.fee.rubles in _amounts(fact.text) for fact in stale):
        yield from service.facts
        return
    yield from (fact for fact in service.facts if fact.facet is not Facet.FEE)
    questions = tuple(dict.fromkeys(text for fact in stale for text in fact.questions))
    yield ServiceFact(Facet.FEE, f"{service.title}. Стоимость: {fee_words(service.fee)}", questions)


def _amounts(text: str) -> set[int]:
    return {int("".join(each.split())) for each in _AMOUNT.findall(text)}


def _parts(service: PublicService, handbook: KnowledgeSnapshot) -> Iterator[tuple[Aspect, str]]:
    if service.fee:
        yield Aspect.FEE, f"{service.title}. Стоимость: {fee_words(service.fee)}"
    if service.term:
        yield Aspect.TERM, f"{service.title}. Срок — {term_words(service.term)}."
    if service.documents:
        yield Aspect.DOCUMENTS, f"{service.title}. Какие документы нужны.\n{documents_words(service.documents)}"
    yield Aspect.APPEAL, appeal_words(service, handbook.authorities)
    yield Aspect.ORDER, service.order


def _plain(text: str) -> str:
    return text.casefold().replace("ё", "е")
