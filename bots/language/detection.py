"""Recognises the language of a message by its letters.

Each language has a profile: how probable three letters in a row are, learnt from a few dozen sentences (samples.toml). A word speaks for
the language in which its letters are likeliest, yet no word for more than `_LOUDEST`: a name or a slip decides nothing. Words that the
Russian dictionary has are Russian. Uzbek in Cyrillic letters and Russian in Latin ones are made of what is written in the other script.
"""

import math
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from importlib.resources import files
from typing import NamedTuple

RUSSIAN, UZBEK = "ru", "uz"
OTHER = "en"
"""What is written in a script of none of the languages is answered in English."""
_WORD = re.compile(r"[^\W\d_]+(?:['ʻʼ‘’`][^\W\d_]+)*")
_MARKS = str.maketrans(dict.fromkeys("ʻʼ‘’`", "'"))
_SIZES = (2, 3)
"""Letters in a row, with the spaces around a word."""
_UNSEEN = math.log(2e-5)
"""How probable what no sample has is: a tenth of what a profile has once."""
_NEVER = -60.0
_LOUDEST = 3.5
"""What one word says at most, in natural units."""
_KNOWN, _LOAN = 2.5, 1.5
"""What a word of the Russian dictionary says for Russian besides, and at most: «паспорт» is a word of all of them."""
_LEAD, _LEAD_EACH = 4.0, 0.6
"""The lead over Russian that another language needs: altogether, and for each word on average."""
_WORDS = 2
"""The least number of words that must speak for another language."""
_REMEMBERED = 5_000
"""Words."""
_MOST = 40
"""Words of a message that are looked at."""
_SCRIPTS = ("ARABIC", "ARMENIAN", "CJK", "GEORGIAN", "HANGUL", "HEBREW", "HIRAGANA", "KATAKANA", "DEVANAGARI", "THAI")
_TO_LATIN = str.maketrans(
    dict(zip("абвгдезийклмнопрстуфыэ", "abvgdeziyklmnoprstufye", strict=True))
    | {"ё": "yo", "ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sch", "ъ": "", "ь": "", "ю": "yu", "я": "ya"})
_TO_LAYOUT = str.maketrans("йцукенгшщзфывапролдячсмить", "qwertyuiopasdfghjklzxcvbnm")
"""Keys of the letters: Russian with the wrong keyboard."""
_UZBEK = (
    ("yo'", "йў"), ("o'", "ў"), ("g'", "ғ"), ("sh", "ш"), ("ch", "ч"), ("yo", "ё"), ("yu", "ю"), ("ya", "я"), ("ye", "е"), ("ts", "ц"),
    ("'", "ъ"),
    *zip("abdefghijklmnopqrstuvxyz", "абдефгҳижклмнопқрстувхйз", strict=True),
)


class _Word(NamedTuple):
    """Of a language, for one word."""

    likelihood: float
    lead: float
    """Over Russian."""


class _Heard(NamedTuple):
    languages: Mapping[str, _Word]
    """All but Russian."""
    leads: bool
    """Whether one of them is ahead of Russian."""


class Languages:
    """`known` tells whether a word is in the Russian dictionary."""

    def __init__(self, known: Callable[[str], bool]) -> None:
        self._known = known
        self._heard: dict[str, _Heard] = {}

    def of(self, text: str) -> str:
        """The ISO 639 code of the language of a text: Russian, unless it is surely another."""
        words = [word.translate(_MARKS) for word in _WORD.findall(text.casefold())][:_MOST]
        if _is_foreign(words):
            return OTHER
        said = [self._said(word) for word in dict.fromkeys(words) if len(word) > 1 or word in "iўу"]
        if len([each for each in said if each.leads]) < _WORDS:
            return RUSSIAN
        best = max(said[0].languages, key=lambda language: sum(each.languages[language].likelihood for each in said))
        leads = [each.languages[best].lead for each in said]
        lead, speaking = sum(leads), sum(each > 0 for each in leads)
        return best if speaking >= _WORDS and lead >= max(_LEAD, _LEAD_EACH * len(said)) else RUSSIAN

    def _said(self, word: str) -> _Heard:
        """How far each language is ahead of Russian in a word; without the accents of Russian in common spelling."""
        if (known := self._heard.get(word)) is not None:
            return known
        if len(self._heard) >= _REMEMBERED:
            self._heard.clear()
        parts = list(_parts(word))
        each = {language: max([profile.likelihood(word, parts) for profile in profiles]) for language, profiles in self._profiles.items()}
        own = each.pop(RUSSIAN)
        loan = self._known(word.replace("ё", "е"))
        languages = {language: _Word(likelihood, _lead(likelihood - own, loan=loan)) for language, likelihood in each.items()}
        self._heard[word] = said = _Heard(languages, any(each.lead > 0 for each in languages.values()))
        return said

    @cached_property
    def _profiles(self) -> Mapping[str, Sequence["_Profile"]]:
        """One for each way to write a language. About 20 ms, when the first message comes."""
        samples: dict[str, list[str]] = tomllib.loads(files("bots.language").joinpath("samples.toml").read_text("utf-8"))
        ways = {language: [texts] for language, texts in samples.items()}
        ways[RUSSIAN] += [[text.translate(letters) for text in samples[RUSSIAN]] for letters in (_TO_LATIN, _TO_LAYOUT)]
        ways[UZBEK].append([in_cyrillic(text) for text in samples[UZBEK]])
        return {language: [_Profile(_WORD.findall(" ".join(texts))) for texts in each] for language, each in ways.items()}


class _Profile:
    """How probable letters in a row are."""

    def __init__(self, words: Iterable[str]) -> None:
        counts = Counter(part for word in words for part in _parts(word))
        whole = sum(counts.values())
        self._logs = {part: math.log(count / whole) for part, count in counts.items()}
        self._letters = frozenset("".join(counts))

    def likelihood(self, word: str, parts: Sequence[str]) -> float:
        """Of a word of these parts; one with a letter that the language lacks is none of its words."""
        if not self._letters.issuperset(word):
            return _NEVER
        known = self._logs.get
        return sum([known(part, _UNSEEN) for part in parts]) / math.sqrt(len(parts))


def _lead(ahead: float, *, loan: bool) -> float:
    lead = max(-_LOUDEST, min(_LOUDEST, ahead))
    return max(-_LOAN, lead - _KNOWN) if loan else lead


def _parts(word: str) -> Iterable[str]:
    padded = f" {word} "
    return (padded[at:at + size] for size in _SIZES for at in range(len(padded) - size + 1))


def _is_foreign(words: list[str]) -> bool:
    """Whether most letters are of a script that none of the languages has."""
    letters = "".join(words)
    foreign = sum(unicodedata.name(letter, "").startswith(_SCRIPTS) for letter in letters if letter > "\u052f")
    return foreign * 2 > len(letters)


def in_cyrillic(text: str) -> str:
    """Uzbek in Cyrillic letters."""
    for latin, cyrillic in _UZBEK:
        text = text.replace(latin, cyrillic).replace(latin.capitalize(), cyrillic.capitalize())
    return re.sub(r"\bе", "э", text)
