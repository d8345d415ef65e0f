"""Russian words in all their forms, for search.

A word becomes up to three tokens, each in a namespace of its own: `w` the word as it is written, `l` its lemma from the
dictionary, `s` its stem. Raw + lemma + stem found more than any one of them: the stemmer does not join «денег» and
«деньги», the lemma does not join «детьми» and «дети».
"""

import re
from functools import cached_property, lru_cache
from importlib.metadata import version
from typing import Protocol
from weakref import proxy

import pymorphy3  # type: ignore[import-untyped]
import Stemmer  # type: ignore[import-not-found]

_WORD = re.compile(r"\d+|[^\W\d_]+")
_CYRILLIC = re.compile(r"[а-я]+")
_LONGEST = 64
"""Characters of a word that count: the longest Russian words in use have about 35."""
_MOST = 30
"""Words of a query that count, so that a pasted page does not become a search of a thousand lists."""

_LIKELY = 0.01
"""A reading of a word that is rarer counts for nothing: «Владимир» is a town once in a hundred times."""

RULES = "1"
"""Another number with each change of the words or forms that a text has: archives are then indexed anew."""
_EMPTY = frozenset(
    ["а", "без", "бы", "был", "была", "были", "было", "быть", "в", "вас", "ваш", "вам", "во", "вот", "все", "вы", "где", "да", "для", "до", "его", "ее", "если", "есть", "еще", "же", "за", "и", "из", "или", "им", "их", "к", "как", "какая", "какие", "какой", "какую", "ко", "когда", "который", "кто", "куда", "ли", "либо", "меня", "мне", "можно", "мы", "на", "над", "надо", "не", "нет", "ни", "но", "ну", "нужно", "о", "об", "он", "она", "они", "оно", "от", "очень", "по", "под", "почему", "при", "про", "с", "сколько", "со", "так", "такое", "такой", "там", "то", "тоже", "только", "ты", "у", "уже", "чего", "чем", "что", "чтобы", "это", "этот", "эта", "эти", "этом", "я"],
)
"""Words that say nothing about the subject."""


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
    """Splits texts into words and words into forms. It remembers the forms of the last `remembered` words.

    The dictionary takes 0.15 s and 30 MB to load, so it is loaded with the first Russian word.
    """

    def __init__(self, remembered: int = 50_000) -> None:
        self._met = -1
        """Words by the last `rest`."""
        self._remembered = lru_cache(remembered)(self._forms)
        self.readings = lru_cache(remembered)(self._readings)
        """What a word in small letters, without ё, may be: the grammemes of each likely reading, likeliest first (OpenCorpora: Name, Surn, Patr, Geox, NOUN)."""

    @cached_property
    def _dictionary(self) -> _Dictionary:
        morph = pymorphy3.MorphAnalyzer(lang="ru", result_type=None)
        units = [unit for unit, _ in morph._units]  # noqa: SLF001 - they lead back to it, and `rest` could not free what is frozen
        for unit in units:
            units += [part for part in vars(unit).values() if hasattr(part, "init") and part not in units]
            unit.morph = proxy(morph)
        dictionary: _Dictionary = morph
        return dictionary

    def rest(self) -> None:
        """Give back the dictionary where no new word has come since the last call; it is loaded with the next one."""
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
        """What the forms of a word depend on; RULES tells of the code below."""
        return "/".join((RULES, *map(version, ("pymorphy3", "pymorphy3-dicts-ru", "PyStemmer"))))

    def words(self, text: str) -> list[str]:
        """The words of a text in order, folded, without those that say nothing, unless it has no others."""
        every = self.every(text)
        return [word for word in every if word not in _EMPTY] or every

    def every(self, text: str) -> list[str]:
        """All words of a text in order, folded."""
        return [word[:_LONGEST] for word in _WORD.findall(text.casefold().replace("ё", "е"))]

    def forms(self, word: str) -> tuple[str, ...]:
        """The tokens of a word out of `words`."""
        # Numbers are told once, and would drive words out of memory.
        return ("w" + word,) if word.isdecimal() else self._remembered(word)

    def stem(self, word: str) -> str:
        """The stem of a word out of `words`."""
        return self._stemmer.stemWord(word)

    def known(self, word: str) -> bool:
        """Whether the dictionary has a word."""
        return _CYRILLIC.fullmatch(word) is not None and self._dictionary.word_is_known(word)

    def indexed(self, text: str) -> str:
        """What a full-text index holds for a text: tokens of letters and digits, separated by spaces."""
        return " ".join([form for word in self.words(text) for form in self.forms(word)])

    def query(self, text: str) -> str:
        """The FTS5 expression for texts with all words of `text` in any of their forms; "" if it has no words.

        Every token is quoted and holds nothing but letters and digits, so no input is read as FTS5 syntax
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
        # A word that the dictionary lacks would get a guessed lemma, 0.3 ms late and no better than the stem.
        if not self._dictionary.word_is_known(word):
            return (raw, stem)
        lemma = self._dictionary.parse(word)[0].normal_form.replace("ё", "е")
        return (raw, "l" + lemma, stem)
