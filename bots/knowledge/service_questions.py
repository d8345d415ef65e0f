"""What is known of services and offices, ready for questions: an index that is made in a thread, and grows as its questions are read.

Indexing takes half a second for a hundred services, and the vector of a further question 8 ms. Neither may stop the event loop.
"""

from collections.abc import Iterable, Mapping, Sequence
from threading import Lock

from msgspec import Struct

from bots.gist import gist
from bots.knowledge.applicants import applicant
from bots.knowledge.facets import Facets
from bots.knowledge.fact_questions import FactQuestions, Questions, Told
from bots.knowledge.facts import SURE, Facts, Focus
from bots.knowledge.office_questions import OfficeQuestions
from bots.knowledge.question_model import QuestionModel
from bots.knowledge.service_names import ServiceNames
from bots.knowledge.subjects import Rows
from bots.russian import Russian
from hub.knowledge.article import Article
from hub.robot.ports import Reply

_TOGETHER = 64
"""Further questions that are read at once, between which others may have the model."""


class Found(Struct, frozen=True):
    """The answers to a message."""

    facts: Facts
    told: Told | None
    office: Reply | None
    focus: Focus


class _Index(Struct, frozen=True):
    articles: tuple[Article, ...]
    """What it was made of."""
    facts: Facts
    names: ServiceNames


class ServiceQuestions:
    """Thread-safe."""

    def __init__(self, russian: Russian, model: QuestionModel | None = None, places: OfficeQuestions | None = None) -> None:
        self._russian, self._facets, self._model, self._places = russian, Facets(russian), model, places
        self._articles: tuple[Article, ...] = ()
        self._index: _Index | None = None
        self._lock = Lock()

    def learn(self, articles: Iterable[Article]) -> None:
        """Replace the knowledge; it is indexed when it is needed, or by `prepare`."""
        self._articles = tuple(articles)

    def asks(self, text: str) -> bool:
        """Whether a text asks for a facet of something: how, where, how long."""
        return bool(self._facets.asked(gist(text)))

    def corrects(self, text: str) -> bool:
        """Whether a text says that something else is meant."""
        return self._facets.corrects(gist(text))

    def applicant(self, text: str) -> str:
        """For whom a question asks, in its own words; "" where it does not say."""
        return applicant(self._russian, gist(text))

    def prepare(self) -> None:
        """Index the knowledge, and again when the questions are read that have no vectors yet. May take minutes: call it in a thread."""
        index = self._indexed()
        if self._model is None or not (lacking := self._model.lacking(index.facts.texts())):
            return
        for first in range(0, len(lacking), _TOGETHER):
            self._model.teach(lacking[first:first + _TOGETHER])
        with self._lock:
            if self._index is index and index.articles is self._articles:  # nothing else was learnt meanwhile
                self._index = self._made(index.articles)

    def read(self, text: str, focus: Focus, *, keeps: bool = True) -> Rows:
        """The meaning of a message and its parts, 8 ms each. Without `keeps` nothing of it is remembered."""
        if self._model is None:
            return Rows()
        questions = FactQuestions(self.facts())
        asked = questions.read(text)
        rows = self._rows(questions.texts(asked), keeps=keeps)
        if focus.service:
            rows |= self._rows(questions.continued(asked, focus, rows), keeps=keeps)
        return rows

    def _rows(self, texts: Sequence[str], *, keeps: bool) -> Rows:
        return Rows(dict(zip(texts, self._model.read(texts, keeps=keeps), strict=True)) if self._model and texts else {})

    def nearness(self, text: str, *, reads: bool = True) -> Mapping[str, float]:
        """How near services and articles are to a text, from 0 to 3, by id. `reads` its meaning, 8 ms, if it is not remembered."""
        text, rows = gist(text), Rows()
        if self._model and text.strip() and (row := self._model.read([text])[0] if reads else self._model.remembered(text)) is not None:
            rows[text] = row
        return self.facts().nearness(text, rows)

    def kept(self, text: str, focus: Focus) -> Facts | None:
        """The index by which an answer may be remembered: what is told of an office depends on the hour."""
        index = self._index
        settled = index is not None and index.articles is self._articles
        return index.facts if index and settled and not (self._places and self._places.asked(gist(text), focus)) else None

    def answer(self, text: str, focus: Focus, rows: Rows, least: float = SURE) -> Found | None:
        """None where a message asks for nothing that is known. `least` is the probability from which on a subject is believed."""
        index = FactQuestions(facts := self.facts())
        questions = index.read(text)
        office = self._places.answer(gist(text), focus) if self._places else None
        if office is None or self._is_of_service(facts, questions, office[0], rows):
            told = index.answer(questions, focus, rows, least)
            return None if told is None else Found(facts, told, None, told.focus)
        rest = self._beside(questions)
        return Found(facts, index.answer(rest, focus, rows, least) if rest.count else None, *office)

    def _is_of_service(self, facts: Facts, questions: Questions, office: Reply, rows: Rows) -> bool:
        """Whether an office is only mentioned: «где поменять права, можно ли в МФЦ»."""
        about = questions.count == 1 and self._places and facts.content(self._places.besides(questions.whole)) \
            and facts.named(questions.whole, rows)
        return bool(about) and (office.source is None or facts.asks(questions.whole))

    def facts(self) -> Facts:
        """The index of today."""
        return self._indexed().facts

    def names(self) -> ServiceNames:
        """The index of services by their names."""
        return self._indexed().names

    def _beside(self, questions: Questions) -> Questions:
        """The questions that ask for no office; none where all do, or the message only as a whole."""
        asked = [each for each in questions.each() if self._places and self._places.answer(each, Focus()) is not None]
        return questions.without(asked or questions.each())

    def _indexed(self) -> "_Index":
        """That of what was learnt last; nobody waits for one that is only made better."""
        if (index := self._index) is not None and index.articles is self._articles:
            return index
        with self._lock:
            while (index := self._index) is None or index.articles is not self._articles:
                self._index = self._made(self._articles)
            return index

    def _made(self, articles: tuple[Article, ...]) -> "_Index":
        facts = Facts(self._russian, articles, self._facets, self._model)
        return _Index(articles, facts, ServiceNames(self._russian, articles, facts.content))
