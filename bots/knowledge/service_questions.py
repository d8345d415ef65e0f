"""What is known of services and offices, ready for questions: an index that is made in a thread, and grows as its questions are read.

Indexing takes half a second for a hundred services, and the vector of a further question 8 ms. Neither may stop the event loop.
"""

from collections.abc import Iterable
from threading import Lock

from msgspec import Struct

from bots.knowledge.applicants import applicant
from bots.knowledge.facets import Facets
from bots.knowledge.fact_questions import FactQuestions, Questions, Told
from bots.knowledge.facts import SURE, Facts, Focus, Rows
from bots.knowledge.office_questions import OfficeQuestions
from bots.knowledge.question_model import QuestionModel
from bots.knowledge.service_names import ServiceNames
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


class ServiceQuestions:
    """Thread-safe."""

    def __init__(self, russian: Russian, model: QuestionModel | None = None, places: OfficeQuestions | None = None) -> None:
        self._russian, self._facets, self._model, self._places = russian, Facets(russian), model, places
        self._articles: tuple[Article, ...] = ()
        self._facts: Facts | None = None
        self._names: ServiceNames | None = None
        self._lock = Lock()

    def learn(self, articles: Iterable[Article]) -> None:
        """Replace the knowledge; it is indexed when it is needed, or by `prepare`."""
        self._articles, self._facts, self._names = tuple(articles), None, None

    def asks(self, text: str) -> bool:
        """Whether a text asks for a facet of something: how, where, how long."""
        return bool(self._facets.asked(text))

    def applicant(self, text: str) -> str:
        """For whom a question asks, in its own words; "" where it does not say."""
        return applicant(self._russian, text)

    def prepare(self) -> None:
        """Index the knowledge, and again when the questions are read that have no vectors yet. May take minutes: call it in a thread."""
        facts, _ = self._indexed(), self.names()
        if self._model is None or not (lacking := self._model.lacking(facts.texts())):
            return
        for first in range(0, len(lacking), _TOGETHER):
            self._model.teach(lacking[first:first + _TOGETHER])
        with self._lock:
            if self._facts is facts:  # nothing else was learnt meanwhile
                self._facts = None
        self._indexed()

    def read(self, text: str, focus: Focus) -> Rows:
        """The meaning of a message and its parts, 8 ms each; nothing of it is kept."""
        if self._model is None:
            return {}
        questions = FactQuestions(self._indexed())
        texts = questions.texts(questions.read(text), focus)
        return dict(zip(texts, self._model.read(texts), strict=True))

    def answer(self, text: str, focus: Focus, rows: Rows, least: float = SURE) -> Found | None:
        """None where a message asks for nothing that is known. `least` is the probability from which on a subject is believed."""
        facts = self._indexed()
        index = FactQuestions(facts)
        questions = index.read(text)
        office = self._places.answer(text, focus) if self._places else None
        if office is None or self._is_of_service(facts, questions, office[0], rows):
            told = index.answer(questions, focus, rows, least)
            return None if told is None else Found(facts, told, None, told.focus)
        rest = self._beside(questions)
        return Found(facts, index.answer(rest, focus, rows, least) if rest.count else None, *office)

    def _is_of_service(self, facts: Facts, questions: Questions, office: Reply, rows: Rows) -> bool:
        """Whether an office is only mentioned: «где поменять права, можно ли в МФЦ»."""
        about = questions.count == 1 and facts.named(questions.whole, rows)
        return bool(about) and (office.source is None or facts.asks(questions.whole))

    def facts(self) -> Facts:
        """The index of today."""
        return self._indexed()

    def names(self) -> ServiceNames:
        """The index of services by their names."""
        facts = self._indexed()
        with self._lock:
            if self._names is None:
                self._names = ServiceNames(self._russian, self._articles, facts.content)
            return self._names

    def _beside(self, questions: Questions) -> Questions:
        """The questions that ask for no office; none where all do, or the message only as a whole."""
        asked = [each for each in questions.each() if self._places and self._places.answer(each, Focus()) is not None]
        return questions.without(asked or questions.each())

    def _indexed(self) -> Facts:
        with self._lock:
            if self._facts is None:
                self._facts = Facts(self._russian, self._articles, self._facets, self._model)
            return self._facts
