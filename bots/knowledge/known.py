"""What the robot knows at a time: articles with all that is derived of them."""

from collections.abc import Mapping

from msgspec import Struct

from bots.knowledge.answer_cache import AnswerCache
from bots.knowledge.articles import Articles
from bots.knowledge.foreign import ForeignLanguages
from bots.knowledge.message_parts import FURTHER, carried
from bots.knowledge.services import Aspect, ServiceArticle
from hub.knowledge.article import Article
from hub.organisation.territory import Place
from hub.robot.ports import Reply


class Known(Struct, frozen=True):
    """Data that are replaced together, so that no answer outlives its article."""

    articles: Articles
    by_id: Mapping[str, Article]
    recall: AnswerCache
    menu: tuple[str, ...]
    always: tuple[str, ...]
    danger: str
    """The answer to danger to life."""
    offered: Mapping[str, Article]
    """Articles by normalised titles: choices without a question."""
    titled: Mapping[str, Article]
    """All articles with answers, by normalised titles."""
    foreign: ForeignLanguages
    learnt: frozenset[str]
    """All normalised titles and questions."""

    def at(self, article: Article, place: Place | None) -> Article:
        """A service, or its requested part, at a place."""
        if place is None:
            return article
        id_, _, part = article.id.partition("/")
        whole = self.by_id.get(id_)
        if not isinstance(whole, ServiceArticle) or (here := whole.at(place)) is whole:
            return article
        return here.parts.get(Aspect(part), here) if part else here

    def told(self, article: Article, at_once: int = 0, part: int = 0) -> Reply:
        """An article, or the part that fits the channel: then the rest is a choice."""
        each = carried(article.text, at_once)
        part = min(part, len(each) - 1)
        more = (f"{FURTHER}{f' ({part + 2})' if part else ''}: {article.title}",) if part + 1 < len(each) else ()
        choices = tuple(choice for choice in self.always if choice != article.title)
        return Reply(each[part], choices=(*more, *choices), source=article.source(), topic=article.topic)
