"""The knowledge base, its imports, its export to other centres, and the robot's answers from it."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from bots.heard_words import HeardWords
from bots.knowledge.faq import FaqBot
from bots.knowledge.office_questions import OfficeQuestions
from bots.knowledge.offices import Offices
from bots.knowledge.own_number import OwnNumber
from bots.knowledge.question_model import question_model
from bots.knowledge.service_questions import ServiceQuestions
from bots.knowledge.services import ServiceArticle, knowledge_of
from bots.project.phrase_collector import PhraseCollector
from bots.russian import Russian
from hub.cases.topic_replication import TopicReplication
from hub.cases.topic_tree import TopicTree
from hub.knowledge.card_replication import CardReplication
from hub.knowledge.catalogue.portal_importer import Catalogues
from hub.knowledge.domain_words import centre_texts, domain_words
from hub.knowledge.editorial import Editorial
from hub.knowledge.handbook import KnowledgeSnapshot
from okno.content import content_of
from okno.rooms.base import Base, Organisation, close_later
from okno.systems import catalogues_of


class Knowledge(NamedTuple):
    russian: Russian
    editorial: Editorial
    offices: Offices
    bot: FaqBot
    teaching: PhraseCollector
    topic_tree: TopicTree
    catalogues: Catalogues
    replication: CardReplication
    topic_replication: TopicReplication

    def domain_words(self) -> str:
        """For speech recognition; computed again after each new edition."""
        return _domain_words(self.editorial.handbook())

    def as_said(self, heard: str) -> str:
        """A recognised text with the centre's words in it. The first one of an edition takes 0.3 s: call it in a thread."""
        return _heard_words(self.editorial.handbook(), self.russian).corrected(heard)

    def answers(self) -> Iterator[str]:
        """What the robot says of its articles and services, and then the facts of services."""
        known = self.bot.articles.values()
        yield from (each.text for each in known)
        yield from (fact.text for each in known if isinstance(each, ServiceArticle) for fact in each.facts)


@lru_cache(1)
def _domain_words(handbook: KnowledgeSnapshot) -> str:
    return domain_words(handbook)


@lru_cache(1)
def _heard_words(handbook: KnowledgeSnapshot, russian: Russian) -> HeardWords:
    return HeardWords(centre_texts(handbook), russian.forms, russian.known)


async def set_up_knowledge(base: Base, organisation: Organisation, russian: Russian) -> Knowledge:
    """The bot learns every edition in force. Raises ConfigError, StoreError."""
    config, centres = base.config, organisation.centres
    close_later(base.stack, editorial := Editorial(base.store, base.now, base.zone))
    offices = Offices(editorial.handbook, base.now)
    own = OwnNumber(russian, centres.own_name, centres.own_numbers)
    bot = FaqBot(russian, config.centre.name, base.sequencer.traits, offices=offices,
                 services=ServiceQuestions(russian, question_model(), OfficeQuestions(russian, centres.mfcs, offices, own)))
    await editorial.start(lambda: content_of(config))
    bot.learn(knowledge_of(editorial.handbook()))
    await (topic_tree := TopicTree(base.store, base.now, config.topics)).start()
    code, over, level = config.centre.code, centres.over, centres.level
    replication = CardReplication(base.store, editorial, code, base.link, base.now, over=over, level=level,
                                  knows=lambda topic: topic in topic_tree)
    editorial.on_publish.subscribe(replication.published)
    topic_replication = TopicReplication(topic_tree, code, base.link, base.now, over=over, level=level)
    topic_tree.on_edit.subscribe(topic_replication.edited)
    close_later(base.stack, replication, topic_replication, catalogues := catalogues_of(config, editorial, base.store, base.now))
    return Knowledge(russian, editorial, offices, bot, PhraseCollector(russian), topic_tree, catalogues, replication, topic_replication)
