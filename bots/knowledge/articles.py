"""Articles, indexed in memory for questions.

The score combines how much of the question an article covers, and how similar it is to one of its example
questions. Words are weighted by how few articles contain them, so a share of the weight is a share of the information. Unlike a
BM25 score such shares mean the same for short and long questions, and can be compared with a threshold. Every article is
scored: word weights are stored as arrays, so that twenty thousand articles take a millisecond.
"""

import math
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import chain
from typing import TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bots.knowledge.fuzzy_index import FuzzyIndex
from bots.knowledge.latin import readings
from bots.russian import Russian
from hub.knowledge.article import Article, Purpose

_Ids: TypeAlias = NDArray[np.int32]
_Worths: TypeAlias = NDArray[np.float32]
_NONE: _Ids = np.zeros(0, np.int32)
_NOTHING: _Worths = np.zeros(0, np.float32)

_ONLY_IN_TEXT = 0.75
"""Worth of a word that is in the article's text only, not in its questions."""
_QUALITY = (1.0, 0.85, 0.7)
"""Worth of a word after that many typos."""
_ROOT, _KIN = 5, 0.7
"""Letters of the stem that make words related («оформление», «оформить»), and the worth of a related word."""
_STRANGE = 0.8
"""Weight of a word in no article, as a share of that of a word in one article."""
_COURTESY, _FILLER = 0.1, 0.3
"""Weight of words of greetings and thanks, and of filler words, as shares of their usual weight."""
_FILLERS = frozenset(
    ["хотеть", "хотеться", "мочь", "нужный", "должный", "сделать", "делать", "свой", "себя", "подсказать", "сказать", "рассказать", "объяснить", "узнать", "знать", "пожалуйста", "помочь", "вопрос", "интересовать", "прийтись", "стать", "сегодня", "завтра", "вчера", "сейчас", "скоро", "просто", "срочно", "быстро", "получить", "оформить", "оформление", "мой", "наш", "очень", "вообще", "один", "другой", "новый", "казаться", "кажется", "похоже"],
)
"""Lemmas."""
_ASKED = 0.55
"""Importance of the question's words that a phrase lacks, against those of the phrase that the question lacks
(Tversky's α)."""
_PHRASE, _COVER = 0.55, 0.45
"""Shares of the nearest phrase and of the cover by the whole article in the confidence."""
_DOUBT = 1.2
"""Information, in natural units, that every question is short of: one word of many articles says little, and is then
covered by little."""
_UNREAD = 0.5
"""Confidence below which other readings of Latin letters are tried."""
_MOST_SIGNS = 1000
"""Characters of a text that are matched: they contain more words than count."""
_MOST_WORDS = 24
"""Words of a question that count: long letters are not read to the end."""


class Found(Struct, frozen=True):
    """An article with its confidence, from 0 to 1."""

    article: Article
    confidence: float


class Likeness(Struct, frozen=True):
    """Of a question, from 0 to 1."""

    articles: _Worths
    """The confidence of each article, in their order."""
    phrases: _Worths
    """The likeness of each title and question, those of the first article first."""

    def most(self) -> float:
        return float(self.articles.max(initial=0.0))


class _Word(Struct, frozen=True, gc=False):
    """The index of one word. Worth is weight lowered by the uncertainty of the match."""

    weight: float
    share: float
    """Share of its weight, where the article is no greeting."""
    articles: _Ids
    """Articles that contain it, and the worth that each covers."""
    covers: _Worths
    phrases: _Ids
    """Phrases that contain it, and its worth in each."""
    worths: _Worths


class _Spread:
    """Inverted index: for each word the numbers of its texts, in order."""

    def __init__(self, texts: Iterable[Iterable[str]]) -> None:
        numbers: dict[str, int] = {}
        each = [[numbers.setdefault(word, len(numbers)) for word in words] for words in texts]
        sizes = [len(words) for words in each]
        word = np.fromiter(chain.from_iterable(each), np.int32, sum(sizes))
        order = np.argsort(word, kind="stable")
        self._texts = np.repeat(np.arange(len(each), dtype=np.int32), sizes)[order]
        self._ends = np.searchsorted(word[order], np.arange(len(numbers) + 1))
        self.words = numbers

    def of(self, words: Iterable[str]) -> _Ids:
        """The texts with any of the words."""
        known = [self.words[word] for word in words if word in self.words]
        parts = [self._texts[self._ends[number] : self._ends[number + 1]] for number in known]
        return parts[0] if len(parts) == 1 else _distinct(*parts)


class Articles:
    """An immutable index; new knowledge gets a new one."""

    def __init__(self, russian: Russian, articles: Iterable[Article], remembered: int = 20_000) -> None:
        self.all = tuple(articles)
        self.places = {each.id: n for n, each in enumerate(self.all)}
        self._russian = russian
        self._greets = np.array([article.purpose is Purpose.GREETING for article in self.all], bool)
        phrases = [(i, self._distinct(text)) for i, one in enumerate(self.all) for text in (one.title, *one.questions)]
        self._article_of = np.array([i for i, _ in phrases], np.int32)
        self._asked = _Spread(words for _, words in phrases)
        self._held = _Spread(dict.fromkeys(russian.words("\n".join((one.title, one.text, *one.questions)))) for one in self.all)
        self._formed: dict[str, list[str]] = {}
        for word in self._held.words:
            for form in self._forms(word):
                self._formed.setdefault(form, []).append(word)
        self._near = FuzzyIndex({form[1:] for form in self._formed if form[0] == "s"})
        self._word = lru_cache(remembered)(self._look_up)
        askers: dict[str, set[int]] = {}
        for i, words in phrases:
            for word in words:
                askers.setdefault(word, set()).add(i)
        weighed = {word: self._weight_in(word, askers) for word in askers}
        weights = [sum([weighed[word] for word in words]) for _, words in phrases]
        self._lacked = np.array(weights, np.float32) * np.float32(1 - _ASKED)

    def find(self, text: str, limit: int = 3) -> list[Found]:
        """The most similar articles to a question, best first; at most `limit`."""
        confidence = self.read(text).articles
        best = (-confidence).argsort(kind="stable")[:limit]
        return [Found(self.all[i], float(confidence[i])) for i in best if confidence[i] > 0]

    def read(self, text: str) -> "Likeness":
        """How like a question all articles are."""
        text = text[:_MOST_SIGNS]
        best = self._read(text)
        if best.most() < _UNREAD:
            best = max([best, *map(self._read, readings(text))], key=Likeness.most)
        return best

    def _distinct(self, text: str) -> list[str]:
        return list(dict.fromkeys(self._russian.words(text)))

    def _read(self, text: str) -> "Likeness":
        return self._likeness([self._word(word) for word in self._distinct(text)[:_MOST_WORDS]])

    def _likeness(self, words: list[_Word]) -> "Likeness":
        covered = _summed([word.articles for word in words], [word.covers for word in words], len(self.all))
        overlap = _summed([word.phrases for word in words], [word.worths for word in words], len(self._article_of))
        near = overlap.nonzero()[0]
        overlap, of = overlap[near], self._article_of[near]
        weight = sum((word.weight for word in words), 0.0)
        wanted: float | _Worths = weight
        if (courteous := sum(word.weight * word.share for word in words)) < weight:
            wanted = np.where(self._greets, np.float32(weight), np.float32(courteous))
        nearest, phrases = np.zeros(len(self.all), np.float32), np.zeros(len(self._article_of), np.float32)
        whole = _ASKED * (wanted if isinstance(wanted, float) else wanted[of]) + self._lacked[near]
        phrases[near] = overlap / np.maximum(whole, overlap)
        np.maximum.at(nearest, of, phrases[near])
        return Likeness(_PHRASE * nearest + _COVER / (wanted + _DOUBT) * covered, phrases)

    def _weight_in(self, word: str, askers: Mapping[str, set[int]]) -> float:
        """The weight of a word of the phrases, by the articles that ask with each word: that of `_look_up` in a tenth of the time."""
        own = self._russian.forms(word)
        kin = {each for form in own if form in self._formed for each in self._formed[form]}
        return self._worth(own, len(set[int]().union(*(askers[each] for each in kin if each in askers))))

    def _look_up(self, word: str) -> _Word:
        own = self._russian.forms(word)
        roots = [root for root in map(_root, own) if root in self._formed]
        forms, quality = [form for form in own if form in self._formed], 1.0
        if not forms:
            slips, near = self._near.find(self._russian.stem(word))
            forms, quality = (roots, _KIN) if roots and slips != 1 else (["s" + stem for stem in near], _QUALITY[slips])
        held, asked, kin = self._having(self._held, forms), self._having(self._asked, forms), self._having(self._asked, roots)
        weight = self._worth(own, len(_distinct(self._article_of[asked])) or len(held))  # in their text, if none has it in its questions
        phrases = _distinct(asked, kin)
        worths = np.full(len(phrases), weight * _KIN, np.float32)
        worths[np.searchsorted(phrases, asked)] = weight * quality
        askers = self._article_of[phrases]
        share = _COURTESY if len(askers) and self._greets[askers].all() else 1.0
        articles = _distinct(held, askers)
        covers = np.where(self._greets[articles], weight, weight * share).astype(np.float32) * _ONLY_IN_TEXT
        where = np.searchsorted(articles, askers)
        covers[where] = 0
        np.maximum.at(covers, where, worths)
        return _Word(weight, share, articles, covers, phrases, worths)

    def _having(self, spread: _Spread, forms: list[str]) -> _Ids:
        return spread.of(dict.fromkeys(word for form in forms for word in self._formed[form]))

    def _worth(self, own: Iterable[str], articles: int) -> float:
        """The weight of a word with these forms that so many articles have, 0 for a strange one: a filler word's is lowered."""
        information = self._weight(articles) if articles else self._weight(1) * _STRANGE
        return information * (1.0 if _FILLERS.isdisjoint(form[1:] for form in own) else _FILLER)

    def _weight(self, articles: int) -> float:
        """The information in a word contained in so many articles (the BM25 idf, never negative)."""
        return math.log(1 + (len(self.all) - articles + 0.5) / (articles + 0.5))

    def _forms(self, word: str) -> set[str]:
        forms = self._russian.forms(word)
        return {*forms, *(_root(form) for form in forms)}


def _root(form: str) -> str:
    """The root of a stem, in a namespace of its own; anything else is its own root."""
    return "r" + form[1 : _ROOT + 1] if form[0] == "s" and len(form) > _ROOT else form


def _distinct(*parts: _Ids) -> _Ids:
    """All numbers, each once, ascending: as np.unique, in a third of the time for the few there are."""
    ids = np.concatenate([_NONE, *parts])
    ids.sort()
    return ids[np.flatnonzero(np.diff(ids, prepend=np.int32(-1)))]


def _summed(at: list[_Ids], values: list[_Worths], size: int) -> _Worths:
    """So many numbers: what comes together at each place. One call for all words, which are few while a call costs as much as a hundred additions."""
    return np.bincount(np.concatenate([_NONE, *at]), np.concatenate([_NOTHING, *values]), size).astype(np.float32)
