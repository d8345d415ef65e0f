"""The services that free words name: «паспорт поменять», «загранник на пять лет».

Unlike the subjects of questions (subjects.py) a name is compared with titles and the cards' own questions alone: what is asked of a
service is no name of it.
"""

from collections.abc import Callable, Iterable

from bots.knowledge.articles import Articles
from bots.knowledge.services import ServiceArticle
from bots.russian import Russian
from hub.knowledge.article import Article

_LIKE, _SURE = 0.5, 0.6
"""Confidence from which on words are a name, and from which on a small lead over the second is enough."""
_AHEAD = 0.06
"""A smaller lead says nothing; where the name is not sure, it must be twice as large."""
_SUBJECT = 0.66
"""Confidence from which on a question names a service: its other words («ждать», «документы») name many."""


class ServiceNames:
    """An immutable index; new knowledge gets a new one."""

    def __init__(self, russian: Russian, articles: Iterable[Article], content: Callable[[str], str]) -> None:
        """`content` leaves the words of a question that say of what it is."""
        self._services = {each.id: each for each in articles if isinstance(each, ServiceArticle)}
        self._content = content
        self._index = Articles(russian, [Article(each.id, each.title, "", each.questions) for each in self._services.values()])

    def named(self, text: str) -> tuple[ServiceArticle | None, float]:
        """The service, and how sure that is, from 0 to 1: 0 where another one is as likely."""
        found = self._index.find(text, 2) if text else []
        if not found or found[0].confidence < _LIKE:
            return None, 0.0
        ahead = found[0].confidence - (found[1].confidence if len(found) > 1 else 0.0)
        sure = ahead >= _AHEAD and (found[0].confidence >= _SURE or ahead >= 2 * _AHEAD)
        return self._services[found[0].article.id], found[0].confidence if sure else 0.0

    def subject(self, question: str) -> ServiceArticle | None:
        """The service that a question surely names, with the words of what it asks or without: «поменять права», «пошлина за права»."""
        return next((service for words in (question, self._content(question)) for service, sure in [self.named(words)]
                     if service and sure >= _SUBJECT), None)

    def alludes(self, question: str) -> bool:
        """Whether a question says of what it is in words of a service, if others have them, too."""
        return self.named(self._content(question))[0] is not None
