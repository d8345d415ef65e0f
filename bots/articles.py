"""Articles, indexed in memory for questions.

Two stages. BM25 over whole articles, with the impacts computed beforehand, picks a few candidates. Among these decides
how much of the question an article covers, and how near it is to one of the phrases in which citizens ask for it.
Words are weighed by how few articles hold them, so a share of the weight is a share of the information. Unlike a BM25
score such shares mean the same for short and long questions, and can be held against a threshold.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache
from heapq import nlargest

from msgspec import Struct

from bots.latin import readings
from bots.near import Near
from bots.russian import Russian
from hub.knowledge import Article, Purpose

_TITLE, _QUESTION, _TEXT = 3.0, 2.0, 1.0
"""How much a word counts by where it stands."""
_K1, _B = 1.2, 0.5
"""BM25's saturation and its correction for long articles (Robertson and Zaragoza, 2009)."""
_CANDIDATES = 8
_COMMON = 0.3
"""Share of the articles from which on a word proposes no candidates if rarer ones do."""
_ONLY_IN_TEXT = 0.6
"""What a word is worth that the article mentions, but nobody asks for it with."""
_QUALITY = (1.0, 0.85, 0.7)
"""What a word is worth after so many slips."""
_STRANGE = 0.8
"""Weight of a word in no article, as a share of that of a word in one article."""
_ASKED = 0.65
"""Importance of the question's missing words against the phrase's (Tversky's α)."""
_PHRASE, _COVER = 0.55, 0.45
_MOST_WORDS = 24
"""Words of a question that count: a letter of several pages is not read to its end."""


class Found(Struct, frozen=True):
    """An article and how surely it is meant, from 0 to 1."""

    article: Article
    confidence: float


class _Word(Struct, frozen=True, gc=False):
    """What the index knows of one word."""

    weight: float
    quality: float
    common: bool
    courtesy: bool
    impacts: dict[int, float]
    """Article → its part of the BM25 score."""
    phrases: frozenset[int]
    asked: frozenset[int]
    """Articles with the word in the title or a question."""


class Articles:
    """An index that never changes; new knowledge gets a new one."""

    def __init__(self, russian: Russian, articles: Iterable[Article], remembered: int = 20_000) -> None:
        self.all = tuple(articles)
        self._russian = russian
        self._phrases: list[tuple[int, float]] = []
        """Every phrase's article and weight."""
        self._spans: list[range] = []
        """Every article's phrases."""
        self._in_phrases: defaultdict[str, set[int]] = defaultdict(set)
        self._impacts: defaultdict[str, dict[int, float]] = defaultdict(dict)
        self._greetings = frozenset(i for i, article in enumerate(self.all) if article.purpose is Purpose.GREETING)
        self._word = lru_cache(remembered)(self._look_up)
        self._fill()
        self._near = Near({form[1:] for form in self._impacts if form[0] == "s"})

    def find(self, text: str, limit: int = 3) -> list[Found]:
        """The articles nearest to a question, best first; at most `limit`."""
        best = self._find(text, limit)
        if not best or best[0].confidence < 0.5:
            best = max([best, *(self._find(reading, limit) for reading in readings(text))], key=_first)
        return best

    def _find(self, text: str, limit: int) -> list[Found]:
        words = [self._word(word) for word in dict.fromkeys(self._russian.words(text)[:_MOST_WORDS])]
        found = [Found(self.all[i], self._confidence(i, words)) for i in self._candidates(words)]
        return sorted(found, key=lambda one: -one.confidence)[:limit]

    def _candidates(self, words: list[_Word]) -> list[int]:
        scores: defaultdict[int, float] = defaultdict(float)
        rare = [word for word in words if not word.common and word.impacts]
        for word in rare or words:
            for i, impact in word.impacts.items():
                scores[i] += impact
        if rare:
            for word in words:
                if word.common:
                    for i in scores.keys() & word.impacts.keys():
                        scores[i] += word.impacts[i]
        return nlargest(_CANDIDATES, scores, key=scores.__getitem__)

    def _confidence(self, i: int, words: list[_Word]) -> float:
        courteous = i in self._greetings
        hits = Counter[int]()
        asked = covered = 0.0
        span = self._spans[i]
        for word in words:
            if word.courtesy and not courteous:
                continue
            asked += word.weight
            worth = word.weight * word.quality
            if i in word.asked:
                covered += worth
                for phrase in span:
                    if phrase in word.phrases:
                        hits[phrase] += worth  # type: ignore[assignment]
            elif i in word.impacts:
                covered += worth * _ONLY_IN_TEXT
        if not covered:
            return 0.0
        nearest = 0.0
        for phrase, overlap in hits.items():
            missing = _ASKED * (asked - overlap) + (1 - _ASKED) * (self._phrases[phrase][1] - overlap)
            nearest = max(nearest, overlap / (overlap + max(missing, 0.0)))
        return _PHRASE * nearest + _COVER * covered / asked

    def _look_up(self, word: str) -> _Word:
        forms = [form for form in self._russian.forms(word) if form in self._impacts]
        slips = 0
        if not forms:
            slips, near = self._near.find(self._russian.stem(word))
            forms = ["s" + stem for stem in near]
        impacts: dict[int, float] = {}
        for form in forms:
            for i, impact in self._impacts[form].items():
                impacts[i] = max(impact, impacts.get(i, 0.0))
        phrases = frozenset(phrase for form in forms for phrase in self._in_phrases.get(form, ()))
        asked = frozenset(self._phrases[phrase][0] for phrase in phrases)
        return _Word(
            weight=self._weight(len(impacts)) if forms else self._weight(1) * _STRANGE,
            quality=_QUALITY[slips],
            common=len(impacts) > _COMMON * len(self.all),
            courtesy=bool(asked) and asked <= self._greetings,
            impacts=impacts,
            phrases=phrases,
            asked=asked,
        )

    def _weight(self, articles: int) -> float:
        """The information in a word that so many articles hold (the BM25 idf, never negative)."""
        return math.log(1 + (len(self.all) - articles + 0.5) / (articles + 0.5))

    def _fill(self) -> None:
        counts = [self._count(article) for article in self.all]
        lengths = [sum(count.values()) for count in counts]
        usual = sum(lengths) / len(lengths) if lengths else 1.0
        found_in = Counter(form for count in counts for form in count)
        for i, count in enumerate(counts):
            norm = _K1 * (1 - _B + _B * lengths[i] / usual) if usual else _K1
            for form, times in count.items():
                self._impacts[form][i] = self._weight(found_in[form]) * times * (_K1 + 1) / (times + norm)
        weights = list[float]()
        for i, article in enumerate(self.all):
            start = len(self._phrases)
            for phrase in (article.title, *article.questions):
                self._phrases.append((i, 0.0))
                for word in set(self._russian.words(phrase)):
                    for form in self._russian.forms(word):
                        self._in_phrases[form].add(len(self._phrases) - 1)
            self._spans.append(range(start, len(self._phrases)))
        for i, article in enumerate(self.all):
            for phrase in (article.title, *article.questions):
                weights.append(sum(self._look_up(word).weight for word in set(self._russian.words(phrase))))
        self._phrases = [(i, weight) for (i, _), weight in zip(self._phrases, weights, strict=True)]

    def _count(self, article: Article) -> Counter[str]:
        count = Counter[str]()
        fields = [(article.title, _TITLE), (article.text, _TEXT), *((question, _QUESTION) for question in article.questions)]
        for text, worth in fields:
            for word in self._russian.words(text):
                for form in self._russian.forms(word):
                    count[form] += worth  # type: ignore[assignment]
        return count


def _first(found: list[Found]) -> float:
    return found[0].confidence if found else 0.0
