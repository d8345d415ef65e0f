"""Which of the articles that were found is meant, and on which topic they are."""

from collections.abc import Sequence

from bots.knowledge.articles import Found
from bots.knowledge.services import ServiceArticle
from hub.knowledge.article import Article, Purpose

CLEAR = 0.85
"""Confidence above which a close second is ignored."""
WORTH_OFFERING = 0.15
"""Confidence from which on a title is offered when asking back."""
_CLOSE = 0.05
"""Two articles with a smaller difference of confidence are equally likely."""


def meant(found: Sequence[Found]) -> Article | None:
    """The intended article; None where another one is as likely, and neither is certain.

    An article and a service do not compete, since both are about the same subject: the likelier one answers, or the article
    where several services are equally likely: its content applies to each.
    """
    first = found[0]
    close = [one.article for one in found if first.confidence - one.confidence < _CLOSE]
    if len(close) == 1 or first.confidence >= CLEAR or first.article.purpose is not Purpose.ANSWER:
        return first.article
    general = [article for article in close if not isinstance(article, ServiceArticle)]
    if len(general) != 1:
        return None
    return first.article if len(close) == 2 else general[0]  # noqa: PLR2004 - an article and a service


def topic_of(found: Sequence[Found]) -> str:
    """The most likely topic, for the next operator."""
    return next((one.article.topic for one in found if one.article.purpose is Purpose.ANSWER and one.confidence >= WORTH_OFFERING), "")
