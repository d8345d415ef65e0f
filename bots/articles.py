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

_TITLE, _QUESTION, _TEXT = 3, 2, 1
"""How much a word counts by where it stands."""
_K1, _B = 1.2, 0.5
"""BM25's saturation and its correction for long articles (Robertson and Zaragoza, 2009)."""
_CANDIDATES = 6
"""Articles that are looked at closely, unless more are asked for."""
_COMMON = 0.2
"""Share of the articles from which on a word proposes no candidates if a rarer one does."""
_ONLY_IN_TEXT = 0.75
"""What a word is worth that the article mentions, but nobody asks for it with."""
_QUALITY = (1.0, 0.85, 0.7)
"""What a word is worth after so many slips."""
_ROOT, _KIN = 5, 0.7
"""Letters of the stem that make words kin («оформление», «оформить»), and what a word is worth that is only kin."""
_STRANGE = 0.8
"""Weight of a word in no article, as a share of that of a word in one article."""
_COURTESY, _FILLER = 0.1, 0.3
"""Weight of words that only greet or thank, and of words that go with every question, as shares of what it would be."""
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
"""So much of a letter is looked at: it holds more words than count."""
_MOST_WORDS = 24
"""Words of a question that count: a letter of several pages is not read to its end."""


class Found(Struct, frozen=True):
    """An article and how surely it is meant, from 0 to 1."""

    article: Article
    confidence: float


class _Word(Struct, frozen=True, gc=False):
    """What the index knows of one word. Worth is weight lowered by how doubtful the match is."""

    weight: float
    common: bool
    courtesy: bool
    impacts: dict[int, float]
    """Article → the word's part of its BM25 score."""
    asked: dict[int, tuple[float, list[tuple[int, float]]]]
    """Article that is asked for with the word → the word's worth, and each phrase with its worth there."""


class Articles:
    """An index that never changes; new knowledge gets a new one."""

    def __init__(self, russian: Russian, articles: Iterable[Article], remembered: int = 20_000) -> None:
        self.all = tuple(articles)
        self._russian = russian
        self._greetings = frozenset(i for i, article in enumerate(self.all) if article.purpose is Purpose.GREETING)
        self._impacts = self._weigh([self._count(article) for article in self.all])
        phrases = [(i, text) for i, one in enumerate(self.all) for text in (one.title, *one.questions)]
        self._article_of = [i for i, _ in phrases]
        self._in_phrases = self._spread([text for _, text in phrases])
        self._near = Near({form[1:] for form in self._impacts if form[0] == "s"})
        self._word = lru_cache(remembered)(self._look_up)
        self._phrase_weights = [sum(self._word(word).weight for word in self._distinct(text)) for _, text in phrases]

    def find(self, text: str, limit: int = 3) -> list[Found]:
        """The articles nearest to a question, best first; at most `limit`."""
        text = text[:_MOST_SIGNS]
        best = self._find(text, limit)
        if _first(best) < _UNREAD:
            best = max([best, *(self._find(reading, limit) for reading in readings(text))], key=_first)
        return best

    def _distinct(self, text: str) -> list[str]:
        return list(dict.fromkeys(self._russian.words(text)))

    def _find(self, text: str, limit: int) -> list[Found]:
        words = [self._word(word) for word in self._distinct(text)[:_MOST_WORDS]]
        found = [(self._confidence(i, words), i) for i in self._candidates(words, max(limit, _CANDIDATES))]
        found.sort(key=lambda one: (-one[0], one[1]))
        return [Found(self.all[i], confidence) for confidence, i in found[:limit]]

    def _candidates(self, words: list[_Word], most: int) -> list[int]:
        """The articles with the best BM25 scores. Words of many articles only add to what rarer words propose."""
        rare = [word for word in words if word.impacts and not word.common]
        scores: defaultdict[int, float] = defaultdict(float)
        for word in rare or words:
            for i, impact in word.impacts.items():
                scores[i] += impact
        if rare:
            for word in words:
                if word.common:
                    for i in scores.keys() & word.impacts.keys():
                        scores[i] += word.impacts[i]
        return nlargest(most, scores, key=scores.__getitem__)

    def _confidence(self, i: int, words: list[_Word]) -> float:
        courteous = i in self._greetings
        overlaps: defaultdict[int, float] = defaultdict(float)
        weight = covered = 0.0
        for word in words:
            share = _COURTESY if word.courtesy and not courteous else 1.0
            weight += word.weight * share
            if asked := word.asked.get(i):
                covered += asked[0]
                for phrase, worth in asked[1]:
                    overlaps[phrase] += worth
            elif i in word.impacts:
                covered += word.weight * share * _ONLY_IN_TEXT
        if not covered:
            return 0.0
        nearest = 0.0
        for phrase, overlap in overlaps.items():
            missing = _ASKED * (weight - overlap) + (1 - _ASKED) * (self._phrase_weights[phrase] - overlap)
            nearest = max(nearest, overlap / (overlap + max(missing, 0.0)))
        return _PHRASE * nearest + _COVER * covered / (weight + _DOUBT)

    def _look_up(self, word: str) -> _Word:
        own = self._russian.forms(word)
        roots = [root for root in map(_root, own) if root in self._impacts]
        forms, quality = [form for form in own if form in self._impacts], 1.0
        if not forms:
            slips, near = self._near.find(self._russian.stem(word))
            forms, quality = (roots, _KIN) if roots and slips != 1 else (["s" + stem for stem in near], _QUALITY[slips])
        impacts: dict[int, float] = {}
        for form in forms:
            for i, impact in self._impacts[form].items():
                impacts[i] = max(impact * quality, impacts.get(i, 0.0))
        weight = self._information(forms) * (1.0 if _FILLERS.isdisjoint(form[1:] for form in own) else _FILLER)
        phrases = {phrase: weight * _KIN for root in roots for phrase in self._in_phrases.get(root, ())}
        phrases |= {phrase: weight * quality for form in forms for phrase in self._in_phrases.get(form, ())}
        asked: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
        for phrase, worth in phrases.items():
            asked[self._article_of[phrase]].append((phrase, worth))
        return _Word(
            weight=weight,
            common=len(impacts) > _COMMON * len(self.all),
            courtesy=bool(asked) and asked.keys() <= self._greetings,
            impacts=impacts,
            asked={i: (max(worth for _, worth in there), there) for i, there in asked.items()},
        )

    def _information(self, forms: list[str]) -> float:
        """The information in a word, by how few articles are asked for with it or, if none is, mention it."""
        asked = {self._article_of[phrase] for form in forms for phrase in self._in_phrases.get(form, ())}
        mentioned = {i for form in forms for i in self._impacts[form]}
        return self._weight(len(asked or mentioned)) if forms else self._weight(1) * _STRANGE

    def _weight(self, articles: int) -> float:
        """The information in a word that so many articles hold (the BM25 idf, never negative)."""
        return math.log(1 + (len(self.all) - articles + 0.5) / (articles + 0.5))

    def _forms(self, word: str) -> set[str]:
        forms = self._russian.forms(word)
        return {*forms, *(_root(form) for form in forms)}

    def _count(self, article: Article) -> Counter[str]:
        count = Counter[str]()
        fields = [(_TITLE, article.title), (_TEXT, article.text), *((_QUESTION, one) for one in article.questions)]
        for times, text in fields:
            for word in self._russian.words(text):
                for form in self._forms(word):
                    count[form] += times
        return count

    def _weigh(self, counts: list[Counter[str]]) -> dict[str, dict[int, float]]:
        lengths = [sum(count.values()) for count in counts]
        usual = sum(lengths) / len(lengths) if lengths else 1.0
        found_in = Counter(form for count in counts for form in count)
        impacts: defaultdict[str, dict[int, float]] = defaultdict(dict)
        for i, count in enumerate(counts):
            norm = _K1 * (1 - _B + _B * lengths[i] / max(usual, 1.0))
            for form, times in count.items():
                impacts[form][i] = self._weight(found_in[form]) * times * (_K1 + 1) / (times + norm)
        return dict(impacts)

    def _spread(self, phrases: list[str]) -> dict[str, list[int]]:
        found: defaultdict[str, list[int]] = defaultdict(list)
        for phrase, text in enumerate(phrases):
            for form in {form for word in self._distinct(text) for form in self._forms(word)}:
                found[form].append(phrase)
        return dict(found)


def _root(form: str) -> str:
    """The root of a stem, in a namespace of its own; anything else is its own root."""
    return "r" + form[1 : _ROOT + 1] if form[0] == "s" and len(form) > _ROOT else form


def _first(found: list[Found]) -> float:
    return found[0].confidence if found else 0.0
