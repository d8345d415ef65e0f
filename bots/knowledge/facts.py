"""Facts of services: what is said on one question, instead of a whole card.

A question has a subject (a service) and a facet (fee, term, documents). The subject is found by the words and the meaning of all
questions that are known (subjects.py); where a question names none, it is that of the talk's focus: «а сколько стоит?». Of the
subject's facts those are told whose facet is asked for and whose questions are nearest.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from bots.knowledge.applicants import APPLICANTS, NUMBERS, PEOPLE, YEARS, lemmas
from bots.knowledge.facets import TITLES, Facets
from bots.knowledge.places import ARTICLE as OFFICES
from bots.knowledge.pronouns import PRONOUNS
from bots.knowledge.question_model import QuestionModel
from bots.knowledge.subjects import Fact, Nearness, Rows, Scores, Subject, SubjectIndex, subjects_of
from bots.russian import Russian
from bots.understanding.matrices import Matrix
from hub.knowledge.article import Article
from hub.knowledge.public_services import Facet

_BY_WORDS, _BY_NEAREST, _BY_SEVERAL, _BIAS = 3.8, -2.5, 12.4, -8.3
"""Logistic regression of «this is the subject» on 140 questions of its services and 370 other messages, by `Nearness`."""
SURE, LIKELY = 0.3, 0.08
"""Probability from which on a subject is answered. Of those below the first is right as often, but many messages ask about nothing: the
second figure is for those that want nothing else."""
_WORDS_SURE, _WORDS_NAMED, _WORDS_OWN = 0.49, 0.36, 0.6
"""Confidence of the same by words alone, where a facet is asked for, and of a part of a clause that has a subject of its own."""
_CONTINUED, _SAME, _ALWAYS = 0.4, 0.1, 3.0
_NAMED = 0.3
"""A subject that is nearer by its words by as much, of one, is named."""
"""What the talk's subject is ahead by, of three: in a continuation, always, and in a short question that is surely about nothing else."""
_CLEARLY = 0.64
"""Probability from which on no other subject is meant as well."""
_CLOSE = {0: 0.2, 1: 0.2, 2: 0.03}
"""Subjects with a smaller difference are equally likely, by how many words say what is meant: «паспорт», «нужна выписка»."""
_NAMESAKE = 0.5
"""Subjects with the only word in their titles are equally likely within as much, where the text says anything else."""
_SHORT, _SHORTEST = 10, 6
"""Words of a clause that may continue the last one, and of one that most likely does."""
_FURTHER = ("а ", "и ", "или ", "нет", "не ", "но ", "ой", "ну ")
"""Beginnings of a clause that continues the last one: «а развестись?» asks for the same of something else."""
_WORDS, _ASKED, _FACET, _RAREST = 0.3, 0.2, 0.05, -6.0
"""Shares of words, of cues of the facet, and of its log-probability (not counted below a limit) beside the nearness of a fact."""
_LIKE, _ALIKE = 0.55, 0.4
"""Nearness from which on a fact is told without a word of its facet, and where a talk goes on."""
_LIKE_BY_WORDS, _ALIKE_BY_WORDS, _ASKED_BY_WORDS = 0.62, 0.35, 0.35
"""The same by words alone, and what a cue of the facet is worth then."""
_KEPT = 0.25
"""What a fact on the facet of the talk is ahead by where «а…» asks for none: «а если через МФЦ?» after how long it takes."""
_AS_WELL = 0.13
"""A second fact of the same subject with a smaller difference is told as well on a single question: found on half of the dialogues of
the examination, seen on the other half."""
_ALIKE_FACETS = tuple(map(frozenset, (
    (Facet.FEE, Facet.AMOUNT), (Facet.TERM, Facet.VALIDITY), (Facet.DOCUMENTS,), (Facet.WHERE,), (Facet.REFUSAL,), (Facet.APPEAL,))))
"""Facets that the same words may ask for: of each one fact is told."""
_BESIDE = 0.45
"""Of facts that may be told on several facets none is farther than this from the best one."""
_NEARER = 0.05
"""A fact that is nearer by as much than that of the facet is told as well."""
_LONG_ENOUGH = 5
"""Letters of a stem that names a subject in its title."""
_OWN = 0.72
"""Likeness by words from which on a short question is one of the talk's subject, even if another is nearer: «а баллов?» of a pension."""
_OFFERED, _CHIPS = 3, 3
_NEAREST = 50
"""Subjects that a search looks at."""
_CHILDREN = frozenset(["ребенок", "сын", "дочь", "дочка", "сынок", "внук", "внучка", "младенец", "малыш"])
_QUESTIONS = frozenset([
    "сколько", "скока", "скоко", "скок", "где", "куда", "когда", "как", "какой", "какая", "какие", "какое", "кто", "кому", "зачем",
    "почему", "ли"])


class Focus(Struct, frozen=True):
    """What a talk is about."""

    service: str = ""
    facet: Facet | None = None
    place: str = ""


class _Asked(Struct, frozen=True):
    """A clause, and what is known of it."""

    text: str
    whole: str
    """The text that it stands in; "" is the clause itself."""
    focus: Focus
    rows: Rows
    facets: frozenset[Facet]
    alone: bool = False
    """Whether nothing else is asked."""


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
        self._ids: dict[int, list[str]] = {}
        for id_, number in self._number.items():
            self._ids.setdefault(number, []).append(id_)
        self._titles = [_tokens(russian, each.article.title) for each in self._index.all]
        self._siblings = _siblings(self._titles)

    def texts(self) -> Iterator[str]:
        """All texts whose rows are wanted."""
        return (text for each in self._index.all for text in each.texts())

    def subject(self, focus: Focus) -> Subject | None:
        """What the talk is about, if it is a subject."""
        number = self._number.get(focus.service)
        return None if number is None else self._index.all[number]

    def nearness(self, text: str, rows: Rows) -> Mapping[str, float]:
        """How near a text is to the nearest subjects, from 0 to 3, by the ids of services and of all articles."""
        score = self._index.near(text, rows).score()
        return {id_: float(score[number]) for number in (-score).argsort()[:_NEAREST] for id_ in self._ids[number]}

    def asks(self, text: str) -> bool:
        """Whether a clause asks for something."""
        return bool(self._facets.asked(text)) or not _QUESTIONS.isdisjoint(self._russian.every(text))

    def says_no_subject(self, text: str) -> bool:
        """Whether nothing is said but a facet, pronouns, and for whom: «а если на сына пяти лет»."""
        words = self._russian.every(text)
        aged = {at for at, word in enumerate(words[1:]) if not YEARS.isdisjoint(lemmas(self._russian, word))}
        return all(at in aged or self._spare(word) for at, word in enumerate(words))

    def says_nothing(self, text: str) -> bool:
        """Whether a clause is but a courtesy: «скажите, пожалуйста»."""
        return self.says_no_subject(text) and not self.asks(text)

    def continued(self, text: str, focus: Focus) -> str:
        """A short clause with the subject of the talk, to be read as well; "" where nothing is talked about."""
        talked = self.subject(focus)
        return f"{talked.article.title}: {text}" if talked and _is_short(text) else ""

    def may_go_on(self, text: str, rows: Rows, focus: Focus) -> bool:
        """Whether a clause may be about the subject of the talk: only then its meaning beside that one matters."""
        if (talked := self._number.get(focus.service)) is None:
            return False
        facets = self._facets.asked(text)
        belief, _, near = self._believed(text, rows, asked=bool(facets))
        best = int(np.argmax(near.score()))
        return (best == talked or self.says_no_subject(text) or self._sibling(talked, text) is not None or (belief < SURE and bool(facets))
                or self._stays(text, near, best, talked, belief, sure=belief >= SURE))

    def named(self, text: str, rows: Rows) -> str:
        """The id of the subject that a clause is surely about, whatever it asks; else ""."""
        if not self._index.all:
            return ""
        belief, _, near = self._believed(text, rows, asked=False)
        return self._index.all[int(np.argmax(near.score()))].article.id if belief >= SURE else ""

    def named_by_words(self, text: str) -> tuple[int, Scores] | None:
        """The service that the words of a text surely name, by its number, and how near they are to each; else None."""
        if not self._index.all or not self.content(text):
            return None
        words = self._index.words(text)
        best = int(np.argmax(words))
        return (best, words) if words[best] >= _WORDS_OWN and self._index.all[best].facts else None

    def facet(self, text: str) -> Facet | None:
        """What a text asks for, if that is clear."""
        asked = self._facets.asked(text)
        return next(iter(asked)) if len(asked) == 1 else None

    def answer(self, text: str, focus: Focus, rows: Rows, whole: str = "", least: float = SURE, switch: float = SURE,
               ) -> tuple[Fact, ...] | Choice | Article | None:
        """What a clause of the text `whole` asks for; None where it asks for nothing that is known, or nobody can say of what.

        `least` is the probability from which on a subject is believed, `switch` that from which on it replaces the talk's.
        """
        if not self._index.all:
            return None
        asked = _Asked(text, "", focus, rows, self._facets.asked(text), alone=bool(whole))
        talked = self._number.get(focus.service)
        belief, unit, near = max((self._believed(each, rows, asked=bool(asked.facets)) for each in dict.fromkeys((whole or text, text))),
                                 key=itemgetter(0))
        best = int(np.argmax(near.score()))
        if talked is not None and self._index.all[talked].facts:
            if self.says_no_subject(unit) and (best == talked or belief < _CLEARLY):
                return self._continued(talked, asked)
            if best != talked and (sibling := self._sibling(talked, text)) is not None:
                return self._told(sibling, asked, self._on(sibling, asked.facets or _kept(focus)), goes_on=least < SURE)
            if best == talked or self._stays(text, near, best, talked, belief, sure=belief >= switch):
                return self._told(talked, asked, goes_on=least < SURE)
            if belief < SURE and asked.facets and _is_short(text):
                return self._told(talked, asked, self._on(talked, asked.facets), goes_on=True)
        corrected = talked is not None and self._facets.corrects(text) and self._is_titled(text, best, talked)
        return self._begun(replace(asked, whole=whole), near, belief, unit) if belief >= least or corrected else None

    def _begun(self, asked: "_Asked", near: Nearness, belief: float, unit: str) -> tuple[Fact, ...] | Choice | Article | None:
        """A question that may have another subject than the talk."""
        order, talked = (-near.score()).argsort(kind="stable"), self._number.get(asked.focus.service)
        close = [int(order[0])] if belief >= _CLEARLY else self._alike(unit, order, near.score())
        if talked is None and len(close) > 1:
            if facts := self._of_siblings(close, asked):
                return facts
            return Choice(tuple(self._index.all[n].article for n in close), next(iter(asked.facets), None))
        kept = _kept(asked.focus) if not asked.facets and (not asked.focus.service or self._goes_on(asked.text)) else frozenset[Facet]()
        subject = talked if talked is not None and talked in close else int(order[0])
        return self._told(subject, replace(asked, facets=asked.facets or kept), self._on(subject, kept))

    def _of_siblings(self, close: Sequence[int], asked: "_Asked") -> tuple[Fact, ...]:
        """What is asked of each of several services whose titles differ by a word: «загранпаспорт через госуслуги можно?»."""
        if not asked.facets or not {number for _, number in self._siblings[close[0]]}.issuperset(close[1:]):
            return ()
        told = [self._told(number, asked, self._on(number, asked.facets)) for number in close]
        return tuple(each[0] for each in told if isinstance(each, tuple))

    def _stays(self, text: str, near: Nearness, best: int, talked: int, belief: float, *, sure: bool) -> bool:
        """Whether a question goes on about what is talked of; `sure` says whether the nearest subject is believed."""
        if len(text.split()) <= _SHORTEST and max(self._index.facts_like(talked, text), default=0.0) >= _OWN:
            return True
        if belief >= _CLEARLY or (sure and self._is_titled(text, best, talked)):
            return False
        other = sure or self._facets.corrects(text) or near.words[best] - near.words[talked] >= _NAMED
        score = near.score()
        return bool(score[best] - score[talked] < _ahead(text, other=other))

    def _is_titled(self, text: str, best: int, talked: int) -> bool:
        """Whether a word of the text is in the title of the nearest subject, and not in that of the talk's: «а за развод?»."""
        return not _tokens(self._russian, self.content(text)).isdisjoint(self._titles[best] - self._titles[talked])

    def of_service(self, id_: str, text: str, rows: Rows) -> tuple[Fact, ...]:
        """What of one service a question asks for, whatever else its words resemble."""
        if (number := self._number.get(id_)) is None:
            return ()
        asked = _Asked(text, "", Focus(id_), rows, self._facets.asked(text), alone=True)
        found = self._told(number, asked, self._on(number, asked.facets))
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
        near = self._index.near(text, rows)
        return self._belief(near, int(np.argmax(near.score())), rows.get(text), asked=asked), text, near

    def _belief(self, near: Nearness, best: int, row: Matrix | None, *, asked: bool) -> float:
        """The probability that a subject is meant; by words alone 0 or 1."""
        words = float(near.words[best])
        if row is None:
            return float(words >= (_WORDS_NAMED if asked else _WORDS_SURE))
        odds = _BY_WORDS * words + _BY_NEAREST * float(near.nearest[best]) + _BY_SEVERAL * float(near.several[best]) + _BIAS
        return float(1 / (1 + np.exp(-odds)))

    def _continued(self, talked: int, asked: "_Asked") -> tuple[Fact, ...] | Article | None:
        """A question without a subject of its own: nothing but its facet tells the facts apart."""
        facets, words = asked.facets, self._russian.every(asked.text)
        persons = [names for word in words if not PEOPLE.isdisjoint(names := lemmas(self._russian, word))]
        if persons and len(words) <= _SHORTEST:
            facets = facets or _kept(asked.focus)  # «а на ребёнка?» asks for the same facet of somebody else
            if some := self._of_them(talked, facets, persons):
                return self._told(talked, replace(asked, facets=facets), some, goes_on=True)
        return self._told(talked, replace(asked, facets=facets), self._on(talked, facets), goes_on=True)

    def _of_them(self, subject: int, facets: frozenset[Facet], persons: Iterable[set[str]]) -> list[int]:
        """The facts that tell of such persons, on a facet if one does."""
        facts, named = self._index.all[subject].facts, set(chain.from_iterable(persons))
        if not _CHILDREN.isdisjoint(named):
            named |= _CHILDREN
        some = [at for at, fact in enumerate(facts)
                if any(not named.isdisjoint(lemmas(self._russian, word)) for word in self._russian.every(fact.text))]
        return [at for at in some if facts[at].facet in facets] or some

    def _on(self, subject: int, facets: frozenset[Facet]) -> list[int]:
        """The facts on facets; a deadline is told on any."""
        return [] if Facet.OTHER in facets else [at for at, fact in enumerate(self._index.all[subject].facts) if fact.facet in facets]

    def _told(self, subject: int, asked: "_Asked", some: Sequence[int] = (), *, goes_on: bool = False) -> tuple[Fact, ...] | Article | None:
        """Of a subject, where the question is like a fact's or asks for its facet; an article is told as a whole.

        Only `some` facts are told, if there are any. Where the talk only goes on, a fact needs less likeness, but to the clause itself:
        the subject's title before it is like all of them.
        """
        about, text = self._index.all[subject], asked.text
        if not about.facts:
            return about.article if not self.says_no_subject(text) else None
        some = some or range(len(about.facts))
        words = self._index.facts_like(subject, text)
        read = [row for each in (text, asked.whole, self.continued(text, asked.focus)) if (row := asked.rows.get(each)) is not None]
        if not read or self._model is None:
            best = max(some, key=lambda at: float(words[at]) + _ASKED_BY_WORDS * (about.facts[at].facet in asked.facets))
            return (about.facts[best],) if about.facts[best].facet in asked.facets or words[best] >= _LIKE_BY_WORDS else None
        near = np.max([self._index.facts_near(subject, row) for row in read], axis=0)
        facets = self._model.facets(text, read[0] - self._index.mean(subject))
        kept = asked.focus.facet if goes_on and not asked.facets and text.casefold().startswith(_FURTHER) else None
        worth = {at: float(near[at]) + _WORDS * float(words[at]) + _ASKED * (about.facts[at].facet in asked.facets)
                 + _KEPT * (about.facts[at].facet is kept)
                 + _FACET * max(facets.get(about.facts[at].facet, _RAREST), _RAREST) for at in some}
        order = sorted(some, key=worth.__getitem__, reverse=True)
        likely = [at for at in order if worth[order[0]] - worth[at] < _BESIDE]
        if len(several := list(_each_asked(about.facts, likely, asked.facets))) > 1:
            return tuple(several)
        first, *others = order
        by_meaning = max(some, key=lambda at: float(near[at]) + _WORDS * float(words[at]))
        if near[by_meaning] - near[first] > _NEARER:
            return about.facts[first], about.facts[by_meaning]
        own = asked.rows.get(text)
        alike = goes_on and ((own is not None and max(self._index.facts_near(subject, own)) >= _ALIKE) or max(words) >= _ALIKE_BY_WORDS)
        if not (asked.facets or alike or (near[first] >= _LIKE and not goes_on) or words[first] >= _LIKE_BY_WORDS):
            return None
        as_well = [at for at in others[:1] if asked.alone and worth[first] - worth[at] < _AS_WELL]
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
        least = score[order[0]] - (_NAMESAKE if len(text.split()) >= _SHORTEST else _ALWAYS)
        named = [int(n) for n in order if stem in self._index.all[n].article.title.casefold() and score[n] > least]
        return list(dict.fromkeys((*close, *named)))[:_OFFERED] if int(order[0]) in named else close

    def _spare(self, word: str) -> bool:
        names = lemmas(self._russian, word)
        return word.isdecimal() or self._facets.has(word) or not (PRONOUNS.isdisjoint(names) and APPLICANTS.isdisjoint(names))


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


def _siblings(tokens: Sequence[frozenset[str]]) -> list[list[tuple[str, int]]]:
    """For each title the others that differ from it by one word, each with its own."""
    without = defaultdict[frozenset[str], list[tuple[int, str]]](list)
    for n, own in enumerate(tokens):
        for word in own if len(own) > 1 else ():
            without[own - {word}].append((n, word))
    return [[(other, n) for n, other in sorted(chain.from_iterable(without.get(own - {word}, ()) for word in own)) if other not in own]
            for own in tokens]


def _tokens(russian: Russian, text: str) -> frozenset[str]:
    """Stems of the words, and numbers in digits."""
    return frozenset(NUMBERS.get(word) or (word if word.isdecimal() else russian.stem(word)) for word in russian.every(text))


def _is_short(text: str) -> bool:
    return len(text.split()) <= _SHORT
