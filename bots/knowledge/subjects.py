"""What people ask about: services, and articles on what is no service. A question is near to a subject by its words and by its meaning."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from types import MappingProxyType

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bots.knowledge.articles import Articles
from bots.knowledge.question_model import QuestionModel
from bots.knowledge.services import ServiceArticle
from bots.language.detection import RUSSIAN
from bots.russian import Russian
from bots.understanding.matrices import Matrix
from hub.knowledge.article import Article, Purpose
from hub.knowledge.public_services import Facet

_NEAREST = 4
"""Questions of a subject whose mean nearness counts: one alone may be near by chance."""

Scores = NDArray[np.float32]


class Fact(Struct, frozen=True, eq=False):
    """What is told: of which service, on which facet."""

    service: ServiceArticle
    facet: Facet
    text: str
    source: str = ""
    """Where it is not that of the service."""
    questions: tuple[str, ...] = ()


class Subject(Struct, frozen=True):
    article: Article
    facts: tuple[Fact, ...] = ()
    """None of an article."""
    also: tuple[str, ...] = ()
    """Questions of the articles that are about it."""

    def texts(self) -> tuple[str, ...]:
        """What it is found by: its title, its questions, its facts and theirs."""
        of_facts = (text for fact in self.facts for text in (fact.text, *fact.questions))
        return tuple(dict.fromkeys((self.article.title, *self.article.questions, *self.also, *of_facts)))


def subjects_of(articles: Iterable[Article]) -> list[Subject]:
    """Services, and the articles that are about none of them."""
    known = [each for each in articles if each.purpose is Purpose.ANSWER and each.language == RUSSIAN]
    services = [each for each in known if isinstance(each, ServiceArticle)]
    also: dict[str, list[str]] = {each.id: [] for each in services}
    alone: list[Subject] = []
    for each in known:
        if each.service in also:
            also[each.service] += each.questions
        elif not isinstance(each, ServiceArticle):
            alone.append(Subject(each))
    return [*(Subject(each, tuple(facts_of(each)), tuple(also[each.id])) for each in services), *alone]


def facts_of(service: ServiceArticle) -> Iterator[Fact]:
    """Those of the card; where it has none on a facet, what its fields say."""
    had = {each.facet for each in service.facts}
    for each in service.facts:
        yield Fact(service, each.facet, each.text, each.source, each.questions)
    for aspect, part in service.parts.items():
        if Facet(aspect) not in had:
            yield Fact(service, Facet(aspect), part.text)


class Nearness(Struct, frozen=True):
    """Of each subject, in their order."""

    words: Scores
    """Confidence by words, from 0 to 1."""
    nearest: Scores
    """Cosine of the nearest of its texts; 0 without vectors."""
    several: Scores
    """The mean of the nearest few."""

    def score(self) -> Scores:
        """From 0 to 3, larger for nearer ones."""
        return self.words + self.nearest + self.several if self.nearest.any() else self.words * np.float32(3)


class Rows(dict[str, Matrix]):
    """The rows of a message's texts that could be read (question_model.py), and how near these were found: that is asked several times."""

    def __init__(self, rows: Mapping[str, Matrix] = MappingProxyType({})) -> None:
        super().__init__(rows)
        self.near: dict[tuple[SubjectIndex, str], Nearness] = {}


class SubjectIndex:
    """An immutable index; new knowledge gets a new one."""

    def __init__(self, russian: Russian, subjects: Iterable[Subject], model: QuestionModel | None) -> None:
        self.all = tuple(subjects)
        texts = [each.texts() for each in self.all]
        self._words = Articles(russian, [Article(each.article.id, each.article.title, "", each.texts()[1:]) for each in self.all])
        known = model.rows(chain.from_iterable(texts)) if model else {}
        at = {text: n for n, text in enumerate(known, 1)}
        self._rows = np.stack([np.zeros(model.size, np.float32), *known.values()]) if model else np.zeros((0, 0), np.float32)
        self._begins = np.cumsum([0, *map(len, texts)])
        self._places = np.full((len(texts), max(map(len, texts), default=1)), -1, np.intp)
        for n, own in enumerate(texts):
            self._places[n, :len(own)] = [at.get(text, 0) for text in own]
        self._facts = [_places(subject, own) for subject, own in zip(self.all, texts, strict=True)]

    def near(self, text: str, rows: Rows) -> Nearness:
        """By words alone where a text has no row."""
        if (known := rows.near.get((self, text))) is None:
            known = rows.near[self, text] = self._near(text, rows.get(text))
        return known

    def words(self, text: str) -> Scores:
        """The confidence of each subject by words."""
        return self._words.read(text).articles

    def _near(self, text: str, row: Matrix | None) -> Nearness:
        words = self.words(text)
        if row is None or not len(self._rows):
            return Nearness(words, nothing := np.zeros(len(self.all), np.float32), nothing)
        alike = np.append(self._rows @ row, np.float32(-1))[self._places]
        best = -np.partition(-alike, min(_NEAREST, alike.shape[1]) - 1, axis=1)[:, :_NEAREST]
        had = best > -1
        several = np.where(had, best, 0).sum(1) / np.maximum(had.sum(1), 1)
        return Nearness(words, best.max(1).astype(np.float32), several.astype(np.float32))

    def facts_like(self, subject: int, text: str) -> list[float]:
        """The likeness of each fact of a subject by the words of its questions."""
        phrases = self._words.read(text).phrases[self._begins[subject]:]
        return [float(phrases[at].max(initial=0.0)) for at in self._facts[subject]]

    def facts_near(self, subject: int, row: Matrix) -> list[float]:
        """The cosine of the nearest text of each fact of a subject."""
        alike = self._rows_of(subject) @ row
        return [float(alike[at].max(initial=-1.0)) for at in self._facts[subject]]

    def mean(self, subject: int) -> Matrix:
        """The mean of a subject's rows: what remains of a question without it is what is asked of it."""
        mean: Matrix = self._rows_of(subject).mean(0)
        return mean

    def _rows_of(self, subject: int) -> Matrix:
        """The rows of a subject's texts; zeros for one that is not known yet."""
        rows: Matrix = self._rows[self._places[subject, :self._begins[subject + 1] - self._begins[subject]]]
        return rows


def _places(subject: Subject, texts: Sequence[str]) -> list[NDArray[np.intp]]:
    """The places of each fact's texts among those of the subject."""
    at = {text: n for n, text in enumerate(texts)}
    return [np.array([at[text] for text in (fact.text, *fact.questions)], np.intp) for fact in subject.facts]
