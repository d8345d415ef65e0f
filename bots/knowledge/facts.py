"""Facts of services: what is said on one question, instead of a whole card.

A question has a subject (a service) and a facet (fee, term, documents). The subject is found by the words and the meaning of all
questions that are known (subjects.py); where a question names none, it is that of the talk's focus: «а сколько стоит?». Of the
subject's facts those are told whose facet is asked for and whose questions are nearest.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bots.knowledge.applicants import APPLICANTS, NUMBERS, YEARS, lemmas
from bots.knowledge.facets import TITLES, Facets
from bots.knowledge.places import ARTICLE as OFFICES
from bots.knowledge.question_model import QuestionModel
from bots.knowledge.subjects import Fact, Nearness, Scores, Subject, SubjectIndex, subjects_of
from bots.russian import Russian
from bots.understanding.matrices import Matrix
from hub.knowledge.article import Article
from hub.knowledge.public_services import Facet

Rows = Mapping[str, Matrix]
"""The rows of texts that could be read (question_model.py)."""

_BY_WORDS, _BY_NEAREST, _BY_SEVERAL, _BIAS = 3.8, -2.5, 12.4, -8.3
"""Logistic regression of «this is the subject» on 140 questions of its services and 370 other messages, by `Nearness`."""
SURE, LIKELY = 0.3, 0.08
"""Probability from which on a subject is answered. Of those below the first is right as often, but many messages ask about nothing: the
second figure is for those that want nothing else."""
_WORDS_SURE, _WORDS_NAMED = 0.49, 0.36
"""Confidence of the same by words alone, and where a facet is asked for."""
_CONTINUED, _SAME, _ALWAYS = 0.5, 0.1, 3.0
_NAMED = 0.3
"""A subject that is nearer by its words by as much, of one, is named."""
"""What the talk's subject is ahead by, of three: in a continuation, always, and in a short question that is surely about nothing else."""
_CLEARLY = 0.64
"""Probability from which on no other subject is meant as well."""
_CLOSE = {0: 0.2, 1: 0.2, 2: 0.03}
"""Subjects with a smaller difference are equally likely, by how many words say what is meant: «паспорт», «нужна выписка»."""
_SHORT, _SHORTEST = 10, 6
"""Words of a clause that may continue the last one, and of one that most likely does."""
_FURTHER = ("а ", "и ", "или ", "нет", "не ", "но ", "ой", "ну ")
"""Beginnings of a clause that continues the last one: «а развестись?» asks for the same of something else."""
_WORDS, _ASKED, _FACET, _RAREST = 0.3, 0.1, 0.05, -6.0
"""Shares of words, of cues of the facet, and of its log-probability (not counted below a limit) beside the nearness of a fact."""
_LIKE, _ALIKE = 0.55, 0.4
"""Nearness from which on a fact is told without a word of its facet, and where a talk goes on."""
_LIKE_BY_WORDS, _ALIKE_BY_WORDS, _ASKED_BY_WORDS = 0.62, 0.35, 0.35
"""The same by words alone, and what a cue of the facet is worth then."""
_AS_WELL = 0.05
"""A second fact of the same subject with a smaller difference is told as well."""
_ALIKE_FACETS = tuple(map(frozenset, (
    (Facet.FEE, Facet.AMOUNT), (Facet.TERM, Facet.VALIDITY), (Facet.DOCUMENTS,), (Facet.WHERE,), (Facet.REFUSAL,), (Facet.APPEAL,))))
"""Facets that the same words may ask for: of each one fact is told."""
_BESIDE = 0.45
"""Of facts that may be told on several facets none is farther than this from the best one."""
_NEARER = 0.08
"""A fact that is nearer by as much than that of the facet is told as well."""
_LONG_ENOUGH = 5
"""Letters of a stem that names a subject in its title."""
_OFFERED, _CHIPS = 3, 4
_PRONOUNS = frozenset([
    "он", "она", "оно", "они", "его", "ее", "их", "это", "этот", "эта", "там", "тут", "такой", "сам", "весь", "все", "еще", "тоже",
    "потом", "тогда", "если", "вообще", "точно", "примерно", "обычно", "сейчас", "реально", "собственно", "конкретно", "именно", "уже",
    "только", "ну", "а", "и", "но", "да", "же", "то", "так", "вот", "бы", "ли", "не", "нет", "за", "на", "по", "в", "с", "у", "к", "о",
    "об", "про", "для", "из", "от", "до", "при", "мне", "я", "мой", "мы", "наш", "нам", "вы", "вам", "ваш", "ты", "тебе", "подсказать",
    "скажите", "сказать", "пожалуйста", "хотеть", "узнать", "знать", "можно", "нужно", "надо", "быть", "есть", "понятно", "понять",
    "ясно", "спасибо", "хорошо", "ладно", "ок", "окей", "ага", "угу", "какой", "какие", "который", "сколько", "где", "куда", "когда",
    "как", "что", "чего", "кто", "оба", "обе", "здравствуйте", "здравствовать", "привет", "добрый", "день", "вечер",
    "утро",
])
"""Lemmas and words that name no subject."""
_QUESTIONS = frozenset([
    "сколько", "скока", "где", "куда", "когда", "как", "какой", "какая", "какие", "какое", "кто", "кому", "зачем", "почему", "ли"])


class Focus(Struct, frozen=True):
    """What a talk is about."""

    service: str = ""
    facet: Facet | None = None
    place: str = ""


class Choice(Struct, frozen=True):
    """Subjects that are meant as likely as each other."""

    subjects: tuple[Article, ...]
    facet: Facet | None


class Facts:
    """An immutable index; new knowledge gets a new one."""

    def __init__(self, russian: Russian, articles: Iterable[Article], facets: Facets, model: QuestionModel | None = None) -> None:
        known = tuple(articles)
        self._russian, self._facets, self._model = russian, facets, model
        self._index = SubjectIndex(russian, subjects_of(each for each in known if each.id != OFFICES), model)
        self._number = {each.article.id: n for n, each in enumerate(self._index.all)}
        self._number |= {each.id: self._number[each.service] for each in known
                         if each.service in self._number and each.id not in self._number}
        self._siblings = _siblings(russian, [each.article.title for each in self._index.all])

    def texts(self) -> Iterator[str]:
        """All texts whose rows are wanted."""
        return (text for each in self._index.all for text in each.texts())

    def subject(self, focus: Focus) -> Subject | None:
        """What the talk is about, if it is a subject."""
        number = self._number.get(focus.service)
        return None if number is None else self._index.all[number]

    def asks(self, text: str) -> bool:
        """Whether a clause asks for something."""
        return bool(self._facets.asked(text)) or not _QUESTIONS.isdisjoint(self._russian.every(text))

    def continued(self, text: str, focus: Focus) -> str:
        """A short clause with the subject of the talk, to be read as well; "" where nothing is talked about."""
        talked = self.subject(focus)
        return f"{talked.article.title}: {text}" if talked and _is_short(text) else ""

    def named(self, text: str, rows: Rows) -> str:
        """The id of the subject that a clause is surely about, whatever it asks; else ""."""
        if not self._index.all:
            return ""
        belief, _, near = self._believed(text, rows, asked=False)
        return self._index.all[int(np.argmax(near.score()))].article.id if belief >= SURE else ""

    def answer(self, text: str, focus: Focus, rows: Rows, whole: str = "", least: float = SURE, switch: float = SURE,
               ) -> tuple[Fact, ...] | Choice | Article | None:
        """What a clause of the text `whole` asks for; None where it asks for nothing that is known, or nobody can say of what.

        `least` is the probability from which on a subject is believed, `switch` that from which on it replaces the talk's.
        """
        if not self._index.all:
            return None
        asked, talked = self._facets.asked(text), self._number.get(focus.service)
        belief, unit, near = max((self._believed(each, rows, asked=bool(asked)) for each in dict.fromkeys((whole or text, text))),
                                 key=itemgetter(0))
        order = (-near.score()).argsort(kind="stable")
        best = int(order[0])
        if talked is not None:
            if self._elliptic(unit) and (best == talked or belief < _CLEARLY):
                return self._continued(talked, text, asked, rows, focus)
            sibling = self._sibling(talked, text) if best != talked else None
            if sibling is not None or best == talked or self._stays(text, near, best, talked, sure=belief >= switch):
                alone = (asked or _kept(focus)) if sibling is not None else frozenset[Facet]()
                return self._told(talked if sibling is None else sibling, text, asked, rows, focus, alone=alone, goes_on=least < SURE)
        if belief < least:
            return None
        close = [best] if belief >= _CLEARLY else self._alike(unit, order, near.score())
        if talked is None and len(close) > 1:
            return Choice(tuple(self._index.all[n].article for n in close), next(iter(asked), None))
        kept = _kept(focus) if not asked and self._goes_on(text) else frozenset[Facet]()
        return self._told(talked if talked in close else best, text, asked or kept, rows, focus, whole, alone=kept)

    def _stays(self, text: str, near: Nearness, best: int, talked: int, *, sure: bool) -> bool:
        """Whether a question goes on about what is talked of; `sure` says whether the nearest subject is surely meant."""
        other = sure or self._facets.corrects(text) or near.words[best] - near.words[talked] >= _NAMED
        score = near.score()
        return bool(score[best] - score[talked] < _ahead(text, other=other))

    def of_service(self, id_: str, text: str, rows: Rows) -> tuple[Fact, ...]:
        """What of one service a question asks for, whatever else its words resemble."""
        asked, focus = self._facets.asked(text), Focus(id_)
        found = self._told(number, text, asked, rows, focus, alone=asked) if (number := self._number.get(id_)) is not None else None
        return found if isinstance(found, tuple) else ()

    def content(self, text: str) -> str:
        """The words of a question that say of what it is."""
        return " ".join(word for word in self._russian.every(text) if not self._spare(word))

    def chips(self, fact: Fact) -> tuple[str, ...]:
        """What can be asked next."""
        had = {each.facet for each in self._index.all[self._number[fact.service.id]].facts} - {fact.facet}
        return tuple(title for facet, title in TITLES.items() if facet in had)[:_CHIPS]

    def _believed(self, text: str, rows: Rows, *, asked: bool) -> tuple[float, str, Nearness]:
        """The probability that a text is about its nearest subject, the text, and how near it is to all."""
        near = self._index.near(text, row := rows.get(text))
        return self._belief(near, int(np.argmax(near.score())), row, asked=asked), text, near

    def _belief(self, near: Nearness, best: int, row: Matrix | None, *, asked: bool) -> float:
        """The probability that a subject is meant; by words alone 0 or 1."""
        words = float(near.words[best])
        if row is None:
            return float(words >= (_WORDS_NAMED if asked else _WORDS_SURE))
        odds = _BY_WORDS * words + _BY_NEAREST * float(near.nearest[best]) + _BY_SEVERAL * float(near.several[best]) + _BIAS
        return float(1 / (1 + np.exp(-odds)))

    def _continued(self, talked: int, text: str, asked: frozenset[Facet], rows: Rows, focus: Focus) -> tuple[Fact, ...] | Article | None:
        """A question without a subject of its own: nothing but its facet tells the facts apart."""
        words = self._russian.every(text)
        somebody = any(not APPLICANTS.isdisjoint(lemmas(self._russian, word)) for word in words)
        if not asked and somebody and len(words) <= _SHORTEST - 2:
            asked = _kept(focus)  # «а на ребёнка?» asks for the same facet of somebody else
        return self._told(talked, text, asked, rows, focus, alone=asked, goes_on=True)

    def _told(self, subject: int, text: str, asked: frozenset[Facet], rows: Rows, focus: Focus, whole: str = "",
              alone: frozenset[Facet] = frozenset(), *, goes_on: bool = False) -> tuple[Fact, ...] | Article | None:
        """Of a subject, where the question is like a fact's or asks for its facet; an article is told as a whole.

        Only facts of the facets `alone` are told, if there are any. Where the talk only goes on, a fact needs less likeness, but
        to the clause itself: the subject's title before it is like all of them.
        """
        about = self._index.all[subject]
        if not about.facts:
            return about.article if not self._elliptic(text) else None
        some = [at for at, fact in enumerate(about.facts) if fact.facet in alone] or list(range(len(about.facts)))
        words = self._index.facts_like(subject, text)
        read = [row for each in (text, whole, self.continued(text, focus)) if (row := rows.get(each)) is not None]
        if not read or self._model is None:
            best = max(some, key=lambda at: float(words[at]) + _ASKED_BY_WORDS * (about.facts[at].facet in asked))
            return (about.facts[best],) if about.facts[best].facet in asked or words[best] >= _LIKE_BY_WORDS else None
        near = np.max([self._index.facts_near(subject, row) for row in read], axis=0)
        facets = self._model.facets(read[0] - self._index.mean(subject))
        worth = {at: float(near[at]) + _WORDS * float(words[at]) + _ASKED * (about.facts[at].facet in asked)
                 + _FACET * max(facets.get(about.facts[at].facet, _RAREST), _RAREST) for at in some}
        order = sorted(some, key=worth.__getitem__, reverse=True)
        likely = [at for at in order if worth[order[0]] - worth[at] < _BESIDE]
        if len(several := list(_each_asked(about.facts, likely, asked))) > 1:
            return tuple(several)
        first, *others = order
        by_meaning = max(some, key=lambda at: float(near[at]) + _WORDS * float(words[at]))
        if near[by_meaning] - near[first] > _NEARER:
            return about.facts[first], about.facts[by_meaning]
        own = rows.get(text)
        alike = goes_on and ((own is not None and max(self._index.facts_near(subject, own)) >= _ALIKE) or max(words) >= _ALIKE_BY_WORDS)
        if not (asked or alike or (near[first] >= _LIKE and not goes_on) or words[first] >= _LIKE_BY_WORDS):
            return None
        as_well = [at for at in others[:1] if worth[first] - worth[at] < _AS_WELL and about.facts[first].facet not in asked]
        return tuple(about.facts[at] for at in (first, *as_well))

    def _sibling(self, talked: int, text: str) -> int | None:
        """The subject whose title differs from that of the talk by a word of the text alone: «а на пять?»."""
        said = _tokens(self._russian, text)
        return next((number for token, number in self._siblings[talked] if token in said), None)

    def _goes_on(self, text: str) -> bool:
        """Whether the same is asked of something else: «а развестись?», «я про перепланировку»."""
        further = text.casefold().startswith(_FURTHER) or self._facets.corrects(text)
        return further and _is_short(text) and _QUESTIONS.isdisjoint(self._russian.every(text))

    def _alike(self, text: str, order: NDArray[np.intp], score: Scores) -> list[int]:
        """The subjects that a text may mean, best first: those that are as near, and all that have its only word in their titles."""
        words = [word for word in self._russian.every(text) if not self._spare(word)]
        close = [int(n) for n in order[:_OFFERED] if score[order[0]] - score[n] < _CLOSE.get(len(words), 0.0)]
        if len(words) != 1 or len(stem := self._russian.stem(words[0])) < _LONG_ENOUGH:
            return close
        named = [int(n) for n in order if stem in self._index.all[n].article.title.casefold()]
        return list(dict.fromkeys((*close, *named)))[:_OFFERED] if int(order[0]) in named else close

    def _elliptic(self, text: str) -> bool:
        """Whether nothing is said but a facet, pronouns, and for whom: «а если на сына пяти лет»."""
        words = self._russian.every(text)
        aged = {at for at, word in enumerate(words[1:]) if not YEARS.isdisjoint(lemmas(self._russian, word))}
        return all(at in aged or self._spare(word) for at, word in enumerate(words))

    def _spare(self, word: str) -> bool:
        names = lemmas(self._russian, word)
        return word.isdecimal() or self._facets.has(word) or not (_PRONOUNS.isdisjoint(names) and APPLICANTS.isdisjoint(names))


def _each_asked(facts: Sequence[Fact], order: Sequence[int], asked: frozenset[Facet]) -> Iterator[Fact]:
    """The best fact on each thing that is asked for: «какой срок и пошлина»."""
    for alike in _ALIKE_FACETS:
        if (first := next((at for at in order if facts[at].facet in asked & alike), None)) is not None:
            yield facts[first]


def _kept(focus: Focus) -> frozenset[Facet]:
    """The facet that was talked about."""
    return frozenset({focus.facet}) if focus.facet else frozenset()


def _ahead(text: str, *, other: bool) -> float:
    """What the talk's subject is ahead by; `other` says whether another one is meant."""
    if not other and _is_short(text):
        return _ALWAYS
    return _CONTINUED if _is_short(text) and text.casefold().startswith(_FURTHER) else _SAME


def _siblings(russian: Russian, titles: Sequence[str]) -> list[list[tuple[str, int]]]:
    """For each title the others that differ from it by one word, each with its own."""
    tokens = [_tokens(russian, title) for title in titles]
    return [[(next(iter(other - own)), n) for n, other in enumerate(tokens)
             if own & other and len(own - other) == len(other - own) == 1] for own in tokens]


def _tokens(russian: Russian, text: str) -> frozenset[str]:
    """Stems of the words, and numbers in digits."""
    return frozenset(NUMBERS.get(word) or (word if word.isdecimal() else russian.stem(word)) for word in russian.every(text))


def _is_short(text: str) -> bool:
    return len(text.split()) <= _SHORT
