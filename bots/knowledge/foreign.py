"""Answers in other languages than Russian: the main fact where an article has it, and that a person is called.

Articles name their language. Which one is asked for is found by the letters that a message shares with its questions, three and four in
a row: words of these languages carry long endings, and no dictionary of theirs is at hand.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from bots.language.detection import RUSSIAN, UZBEK, Languages, in_cyrillic
from hub.knowledge.article import Article, Purpose
from hub.robot.ports import HandOff, Reply

LANGUAGE = "language"
"""Reason of the hand-over."""
_SIZES = (3, 4)
"""Letters in a row."""
_LIKE, _AHEAD = 0.28, 0.07
"""Share of a message's letters that an article must have, and its lead over the next one."""
_WORD = re.compile(r"[^\W\d_]+")
_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


class _Nearest:
    """Articles of one language."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self._articles = articles
        self._has = [frozenset(part for text in _asked(each) for part in _parts(text)) for each in articles]
        spread = Counter(part for has in self._has for part in has)
        self._weights: Mapping[str, float] = defaultdict(lambda: _weight(len(articles), 1), {
            part: _weight(len(articles), count) for part, count in spread.items()})

    def find(self, text: str) -> Article | None:
        """The article that is asked for; None where two are as likely, or none is."""
        parts = frozenset(_parts(text))
        whole = sum(self._weights[part] for part in parts)
        if not whole:
            return None
        shares = sorted(((sum(self._weights[part] for part in parts & has) / whole, at) for at, has in enumerate(self._has)), reverse=True)
        second = shares[1][0] if len(shares) > 1 else 0.0
        return self._articles[shares[0][1]] if shares[0][0] >= _LIKE and shares[0][0] - second >= _AHEAD else None


class _Voice(Struct, frozen=True):
    """What is said in one language."""

    person: Article
    emergency: Article | None
    nearest: _Nearest


class ForeignLanguages:
    """An immutable index; new knowledge gets a new one. A language is spoken if an article says in it that a person is called."""

    def __init__(self, languages: Languages, articles: Iterable[Article]) -> None:
        self._languages = languages
        by_language: dict[str, list[Article]] = {}
        for each in articles:
            by_language.setdefault(each.language, []).append(each)
        self._voices = {language: _Voice(person, _first(each, Purpose.EMERGENCY), _Nearest(each)) for language, each in by_language.items()
                        if (person := _first(each, Purpose.PERSON)) is not None}

    def answer(self, text: str) -> Reply | HandOff | None:
        """The answer to a message in another language: a greeting, or the hand-over; None for Russian."""
        if not self._voices or (voice := self._voices.get(language := self._languages.of(text))) is None:
            return None
        found = voice.nearest.find(text)
        if found is not None and found.purpose is Purpose.GREETING:
            return Reply(self._written(found.text, text, language))
        fact = found.text if found is not None and found.purpose is Purpose.ANSWER else ""
        said = "\n".join(filter(None, (voice.person.text, fact)))
        return HandOff(LANGUAGE, self._written(said, text, language), found.topic if found else "", language=language)

    def emergency(self, text: str) -> tuple[str, str]:
        """What to say to somebody in danger who writes in another language, and its code; ("", "") for Russian."""
        if not self._voices or (voice := self._voices.get(language := self._languages.of(text))) is None or voice.emergency is None:
            return "", ""
        return self._written(voice.emergency.text, text, language), language

    def _written(self, said: str, asked: str, language: str) -> str:
        """In the letters of the question."""
        return in_cyrillic(said) if language == UZBEK and _CYRILLIC.search(asked) else said


def is_foreign(article: Article) -> bool:
    return article.language != RUSSIAN


def _weight(articles: int, having: int) -> float:
    """What letters tell that so many articles have: nothing if all have them."""
    return math.log((articles + 1) / having) ** 2


def _first(articles: Iterable[Article], purpose: Purpose) -> Article | None:
    return next((each for each in articles if each.purpose is purpose), None)


def _asked(article: Article) -> Iterable[str]:
    said = (article.title, *article.questions)
    return (*said, *map(in_cyrillic, said)) if article.language == UZBEK else said


def _parts(text: str) -> Iterable[str]:
    padded = f" {' '.join(_WORD.findall(text.casefold()))} "
    return (padded[at:at + size] for size in _SIZES for at in range(len(padded) - size + 1))
