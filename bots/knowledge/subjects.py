"""What people ask about: services, and articles on what is no service. A question is near to a subject by its words and by its meaning."""

from collections.abc import Iterable, Iterator

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bots.knowledge.articles import Articles
from bots.knowledge.question_model import QuestionModel
from bots.knowledge.services import ServiceArticle
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
    known = [each for each in articles if each.purpose is Purpose.ANSWER]
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
    """Cosine of the nearest of its questions; 0 without vectors."""
    several: Scores
    """The mean of the nearest few."""

    def score(self) -> Scores:
        """From 0 to 3, larger for nearer ones."""
        return self.words + self.nearest + self.several if self.nearest.any() else self.words * np.float32(3)


class SubjectIndex:
    """An immutable index; new knowledge gets a new one."""

    def __init__(self, russian: Russian, subjects: Iterable[Subject], model: QuestionModel | None) -> None:
        self.all = tuple(subjects)
        self._words = Articles(russian, [Article(each.article.id, each.article.title, "", each.texts()[1:]) for each in self.all])
        self._rows, self._places, self._facts, self._means = self._kept(model)

    def _kept(self, model: QuestionModel | None) -> tuple[Matrix, NDArray[np.intp], list[list[NDArray[np.intp]]], Matrix]:
        """Rows of all texts, those of each subject (padded with -1), those of each of its facts, and their mean."""
        size = model.size if model else 0
        rows: list[Matrix] = []
        places: list[list[int]] = []
        facts: list[list[NDArray[np.intp]]] = []
        for subject in self.all:
            at = {text: row for text in subject.texts() if model and (row := model.row(text)) is not None}
            numbers = {text: len(rows) + n for n, text in enumerate(at)}
            rows += at.values()
            places.append(list(numbers.values()))
            facts.append([np.array([numbers[text] for text in (fact.text, *fact.questions) if text in numbers], np.intp)
                          for fact in subject.facts])
        padded = np.full((len(places), max(map(len, places), default=0)), -1, np.intp)
        for n, each in enumerate(places):
            padded[n, : len(each)] = each
        matrix = np.stack(rows) if rows else np.zeros((0, size), np.float32)
        means = np.stack([matrix[each].mean(0) if each else np.zeros(size, np.float32) for each in places]) if places else matrix
        return matrix, padded, facts, means

    def near(self, text: str, row: Matrix | None) -> Nearness:
        """`row` is that of the text (question_model.py), if there is one."""
        words, nothing = self._words.confidences(text), np.zeros(len(self.all), np.float32)
        if row is None or not len(self._rows):
            return Nearness(words, nothing, nothing)
        alike = np.append(self._rows @ row, np.float32(-1))[self._places]
        best = -np.partition(-alike, min(_NEAREST, alike.shape[1]) - 1, axis=1)[:, :_NEAREST]
        had = best > -1
        several = np.where(had, best, 0).sum(1) / np.maximum(had.sum(1), 1)
        return Nearness(words, np.where(had.any(1), best.max(1), 0).astype(np.float32), several.astype(np.float32))

    def facts_near(self, subject: int, row: Matrix | None) -> list[float]:
        """The nearest question of each fact of a subject."""
        if row is None or not len(self._rows):
            return [0.0] * len(self.all[subject].facts)
        return [float((self._rows[at] @ row).max(initial=-1.0)) for at in self._facts[subject]]

    def mean(self, subject: int) -> Matrix:
        """The mean of a subject's rows: what remains of a question without it is what is asked of it."""
        mean: Matrix = self._means[subject]
        return mean
