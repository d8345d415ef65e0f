"""Russian words in all their forms, for search.

A word becomes up to three tokens, each in a namespace of its own: `w` the word as written, `l` its lemma from the
dictionary, `s` its stem. All three together find more than any one of them: the stemmer does not unite «денег» and
«деньги», the lemma does not unite «детьми» and «дети».
"""

import re
from functools import cache, cached_property, lru_cache
from importlib.metadata import version
from typing import Protocol
from weakref import proxy

import pymorphy3  # type: ignore[import-untyped]
import Stemmer  # type: ignore[import-not-found]

_WORD = re.compile(r"\d+|[^\W\d_]+")
_CYRILLIC = re.compile(r"[а-я]+")
_LONGEST = 64
"""Maximum characters of a word: the longest Russian words in use have about 35."""
_MOST = 30
"""Maximum words of a query: a pasted page must not become a search of a thousand lists."""

_LIKELY = 0.01
"""Minimum probability of a reading of a word: «Владимир» is a town once in a hundred times."""

RULES = "1"
"""Increased with each change of words or forms: archives are then indexed again."""
_EMPTY = frozenset(
    ["а", "без", "бы", "был", "была", "были", "было", "быть", "в", "вас", "ваш", "вам", "во", "вот", "все", "вы", "где", "да", "для", "до", "его", "ее", "если", "есть", "еще", "же", "за", "и", "из", "или", "им", "их", "к", "как", "какая", "какие", "какой", "какую", "ко", "когда", "который", "кто", "куда", "ли", "либо", "меня", "мне", "можно", "мы", "на", "над", "надо", "не", "нет", "ни", "но", "ну", "нужно", "о", "об", "он", "она", "они", "оно", "от", "очень", "по", "под", "почему", "при", "про", "с", "сколько", "со", "так", "такое", "такой", "там", "то", "тоже", "только", "ты", "у", "уже", "чего", "чем", "что", "чтобы", "это", "этот", "эта", "эти", "этом", "я"],
)
"""Stop words."""


class _Tag(Protocol):
    grammemes: frozenset[str]


class _Parse(Protocol):
    normal_form: str
    score: float
    tag: _Tag


class _Dictionary(Protocol):
    def word_is_known(self, word: str) -> bool: ...

    def parse(self, word: str) -> list[_Parse]: ...


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802 - the library's own name


class Russian:
    """Splits texts into words and words into forms. The forms of the last `remembered` words are cached.

    The dictionary takes 0.15 s and 30 MB to load, so it is loaded with the first Russian word.
    """

    def __init__(self, remembered: int = 50_000) -> None:
        self._met = -1
        """Number of words at the last `rest`."""
        self._remembered = lru_cache(remembered)(self._forms)
        self.readings = lru_cache(remembered)(self._readings)
        """The grammemes of each likely reading of a word in lower case, without ё, likeliest first (OpenCorpora: Name, Surn, Patr, Geox, NOUN)."""

    @cached_property
    def _dictionary(self) -> _Dictionary:
        morph = pymorphy3.MorphAnalyzer(lang="ru", result_type=None)
        units = [unit for unit, _ in morph._units]  # noqa: SLF001 - `rest` cannot free reference cycles of frozen objects
        for unit in units:
            units += [part for part in vars(unit).values() if hasattr(part, "init") and part not in units]
            unit.morph = proxy(morph)
        dictionary: _Dictionary = morph
        return dictionary

    def rest(self) -> None:
        """Release the dictionary if no new word came since the last call; the next new word loads it."""
        met = self._remembered.cache_info().misses + self.readings.cache_info().misses
        if met == self._met:
            self.__dict__.pop("_dictionary", None)
        self._met = met

    @cached_property
    def _stemmer(self) -> _Stemmer:
        stemmer: _Stemmer = Stemmer.Stemmer("russian")
        return stemmer

    @property
    def edition(self) -> str:
        """The version of word forms: of the libraries, the dictionary, and the code below (RULES)."""
        return "/".join((RULES, *map(version, ("pymorphy3", "pymorphy3-dicts-ru", "PyStemmer"))))

    def words(self, text: str) -> list[str]:
        """The words of a text in order, in normal form, without stop words unless it has no others."""
        every = self.every(text)
        return [word for word in every if word not in _EMPTY] or every

    def every(self, text: str) -> list[str]:
        """All words of a text in order, in normal form."""
        return [word[:_LONGEST] for word in _WORD.findall(text.casefold().replace("ё", "е"))]

    def forms(self, word: str) -> tuple[str, ...]:
        """The tokens of a word from `words`."""
        # Numbers rarely recur, and would displace words in the cache.
        return ("w" + word,) if word.isdecimal() else self._remembered(word)

    def stem(self, word: str) -> str:
        """The stem of a word from `words`."""
        return self._stemmer.stemWord(word)

    def known(self, word: str) -> bool:
        """Whether the dictionary contains a word."""
        return _CYRILLIC.fullmatch(word) is not None and self._dictionary.word_is_known(word)

    def indexed(self, text: str) -> str:
        """The text for a full-text index: tokens of letters and digits, separated by spaces."""
        return " ".join([form for word in self.words(text) for form in self.forms(word)])

    def query(self, text: str) -> str:
        """The FTS5 expression for texts with all words of `text` in any of their forms; "" if it has no words.

        Every token is quoted and has only letters and digits, so no input is read as FTS5 syntax
        (https://www.sqlite.org/fts5.html#fts5_strings).
        """
        words = list(dict.fromkeys(self.words(text)))[:_MOST]
        return " AND ".join("(" + " OR ".join(f'"{form}"' for form in self.forms(word)) + ")" for word in words)

    def _readings(self, word: str) -> tuple[frozenset[str], ...]:
        if not _CYRILLIC.fullmatch(word):
            return ()
        return tuple(parse.tag.grammemes for parse in self._dictionary.parse(word[:_LONGEST]) if parse.score >= _LIKELY)

    def _forms(self, word: str) -> tuple[str, ...]:
        if not _CYRILLIC.fullmatch(word):
            return ("w" + word,)
        raw, stem = "w" + word, "s" + self.stem(word)
        # A word outside the dictionary would get a guessed lemma, which takes 0.3 ms and is no better than the stem.
        if not self._dictionary.word_is_known(word):
            return (raw, stem)
        lemma = self._dictionary.parse(word)[0].normal_form.replace("ё", "е")
        return (raw, "l" + lemma, stem)


@cache
def russian() -> Russian:
    """The words of this process: its dictionary and its forms are loaded once."""
    return Russian()
