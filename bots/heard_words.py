"""Words of the centre in recognised speech that a recogniser has written as it heard them: «имевте», «за граничный», «госус лугах». Pure.

A recogniser knows the common language; «МФЦ», «СНИЛС» and «госпошлина» it writes by their sound, and it cuts them where no word ends. So
the text is read as one row of sounds, and the centre's own words are looked for in it, wherever words begin and end. Only what stands
there strangely is replaced: a word that no dictionary has, or one that no text of the centre has and that sounds the same.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from hub.telephony.letters import LETTERS

LONGEST = 1_000
"""Characters of a text that are read."""
_WORD = re.compile(r"[А-Яа-яЁё]+(?:-[А-Яа-яЁё]+)*")
_LONG = 8
"""Letters of a word that is the centre's own if its texts have it; of abbreviations all."""
_SHORTEST, _APART, _NEAR = 4, 5, 6
"""Sounds of a word that is looked for; that may have other words beside it, where none ends; that may differ by a sound."""
_MOST_SOUNDS, _MOST_WORDS = 18, 4
"""Of the text, that are one of the centre's words."""
_WHOLE, _STANDS = 4, 5
"""Letters of a usual word that is never taken for another one which differs, and of one that may stand beside an abbreviation."""
_FEW = 2
"""Words that a differing abbreviation is made of; of more some other one is made, unless all are short."""
_ENDINGS = frozenset("аяуюе")
"""What may be left of a word behind an abbreviation: «снился»."""
_SURELY = 9
"""Letters of a word that is cut into usual ones: «за граничный»."""
_BESIDE = frozenset(["в", "во", "до", "за", "и", "из", "к", "на", "о", "об", "от", "по", "под", "про", "с", "со", "у"])
"""Words that a recogniser puts to the next one."""
_SOUNDS = str.maketrans({
    **dict.fromkeys("аояАОЯ", "а"), **dict.fromkeys("еёиыэйЕЁИЫЭЙ", "и"), **dict.fromkeys("уюУЮ", "у"),
    **dict(zip("бвгджзщБВГДЖЗЩ", "пфктшсшпфктшсш", strict=True)), **dict.fromkeys("ьъЬЪ-", ""),
    **dict(zip("клмнпрстфхцчшКЛМНПРСТФХЦЧШ", "клмнпрстфхцчш" * 2, strict=True))})
"""Vowels that sound alike without stress, and consonants by the voiceless one: a recogniser takes each of them for the other."""


class _Sounds(Struct, frozen=True):
    """A text as one row of sounds."""

    row: str
    words: list[int]
    """Of each sound the number of its word, and where its letter stands in the text."""
    places: list[int]
    ends: list[bool]
    """Whether a mark stands behind its word, and it is the last one."""


class _Match(Struct, frozen=True):
    """Some of the sounds, and the centre's word that they are."""

    word: str
    slips: int
    begin: int
    end: int


class HeardWords:
    """An immutable index; new knowledge gets a new one."""

    def __init__(self, texts: Iterable[str], forms: Callable[[str], Iterable[str]], known: Callable[[str], bool]) -> None:
        """`texts` are the centre's; `forms` gives the names of a word in any of its forms, `known` whether a dictionary has it."""
        self._forms, self._known = forms, known
        own = Counter(word for text in texts for each in _WORD.findall(text) for word in {each, *each.split("-")})
        self._usual = frozenset(form for word in own for form in self._names(word))
        self._written: dict[str, str] = {}
        for word, _ in own.most_common():  # of those that sound alike the usual one is meant
            if word.isupper() and word.isalpha():
                spelt = "".join(LETTERS[letter] for letter in word)
                for said in (word, spelt, spelt.replace("эф", "фэ")):
                    self._add(said, word)
            elif len(word) >= _LONG:
                self._add(word, word.casefold())
        self._order = {word: at for at, word in enumerate(self._written.values())}
        self._shortened = defaultdict[str, list[str]](list)
        for row in self._written:
            if len(row) >= _NEAR:
                for short in {row, *_shorter(row)}:
                    self._shortened[short].append(row)

    def corrected(self, text: str) -> str:
        """The text with the centre's words. The time is linear in its length, of which LONGEST characters are read."""
        found = list(_WORD.finditer(text[:LONGEST]))
        sounds = _read(text, found)
        used, chosen = set[int](), list[tuple[int, int, str]]()
        for match in sorted(self._matches(sounds), key=lambda each: (each.slips, each.begin - each.end, self._order[each.word])):
            over = range(sounds.words[match.begin], sounds.words[match.end - 1] + 1)
            if used.isdisjoint(over) and (said := self._said(match, sounds, found[over[0]:over[-1] + 1])):
                used.update(over)
                chosen.append((found[over[0]].start(), found[over[-1]].end(), said))
        for begin, end, words in sorted(chosen, reverse=True):
            text = text[:begin] + words + text[end:]
        return text

    def _add(self, said: str, word: str) -> None:
        row = _row(said)
        if _SHORTEST <= len(row) <= _MOST_SOUNDS:
            self._written.setdefault(row, word)

    def _names(self, word: str) -> list[str]:
        """A word, and its lemma: a stem says too little."""
        return [form for form in self._forms(_plain(word)) if form[0] != "s"]

    def _is_usual(self, word: str) -> bool:
        return all(not self._usual.isdisjoint(self._names(part)) for part in word.split("-"))

    def _matches(self, sounds: _Sounds) -> Iterator[_Match]:
        """The centre's words that sound as some of the text."""
        row, words = sounds.row, sounds.words
        for begin in range(len(row)):
            for end in range(begin + _SHORTEST, min(len(row), begin + _MOST_SOUNDS) + 1):
                if words[end - 1] - words[begin] >= _MOST_WORDS or (begin < end - 1 and sounds.ends[end - 2]):
                    break
                window = row[begin:end]
                if (word := self._written.get(window)) is not None:
                    yield _Match(word, 0, begin, end)
                near = {known for short in (window, *_shorter(window)) for known in self._shortened.get(short, ())}
                yield from (_Match(self._written[known], 1, begin, end) for known in sorted(near) if _differs_by_one(window, known))

    def _said(self, match: _Match, sounds: _Sounds, over: list[re.Match[str]]) -> str:
        """The centre's word with what stays of the first and the last word beside it; "" where the text is better left alone."""
        heard = [each[0] for each in over]
        before = heard[0][:sounds.places[match.begin] - over[0].start()].strip("-")
        behind = heard[-1][sounds.places[match.end - 1] + 1 - over[-1].start():].strip("ьъЬЪ-")
        if match.word.isupper() and behind in _ENDINGS:
            behind = ""
        if _plain(" ".join(heard)) == _plain(match.word):
            return ""
        inside = heard[bool(before):len(heard) - bool(behind)] or heard
        fits = self._fits_abbreviation if match.word.isupper() else self._fits_word
        beside = [_plain(each) for each in (before, behind) if each]
        return " ".join(filter(None, (before, match.word, behind))) if fits(match, heard, inside, beside) else ""

    def _fits_abbreviation(self, match: _Match, heard: Sequence[str], inside: Sequence[str], beside: Sequence[str]) -> bool:
        """Whether strange words are an abbreviation; usual ones may stand beside it."""
        if all(map(self._is_usual, heard)) or (beside and match.end - match.begin < _APART):
            return False
        few = len(heard) <= _FEW or max(map(len, inside)) < _WHOLE
        if match.slips and not (few and self._has_unknown(heard) and self._may_differ(inside)):
            return False
        return all(each in _BESIDE or (len(each) >= _STANDS and self._known(each) and self._is_usual(each)) for each in beside)

    def _fits_word(self, match: _Match, heard: Sequence[str], inside: Sequence[str], beside: Sequence[str]) -> bool:
        """Whether an unknown word, or the parts of one, are a word; prepositions may be left."""
        if len(heard) == 1 and (match.slips or beside):
            return False
        cut = len(heard) > 1 and not beside and len(match.word) >= _SURELY and _plain("".join(heard)) == _plain(match.word)
        if cut and not any(_row(each) in self._written for each in heard):  # «загранпаспорт у меня» has both words
            return True
        return self._has_unknown(heard) and (not match.slips or self._may_differ(inside)) and _BESIDE.issuperset(beside) \
            and not (beside and match.end - match.begin < _APART)

    def _has_unknown(self, heard: Iterable[str]) -> bool:
        return any(not self._known(_plain(each)) for each in heard)

    def _may_differ(self, inside: Iterable[str]) -> bool:
        return not any(len(each) >= _WHOLE and self._is_usual(each) for each in inside)


def _plain(word: str) -> str:
    """As dictionaries have it."""
    return word.casefold().replace("ё", "е")


def _row(word: str) -> str:
    """The sounds of a word."""
    return _read(word, [*_WORD.finditer(word)]).row


def _read(text: str, found: Sequence[re.Match[str]]) -> _Sounds:
    """The sounds of the words of a text, each row of equal ones once."""
    row: list[str] = []
    words: list[int] = []
    places: list[int] = []
    ends: list[bool] = []
    for number, each in enumerate(found):
        for at, letter in enumerate(each[0], each.start()):
            sound = letter.translate(_SOUNDS)
            if row and sound == "с" and row[-1] == "т":
                row[-1], places[-1], words[-1] = "ц", at, number
            elif row and sound == row[-1]:
                if words[-1] == number:
                    places[-1] = at
            elif sound:
                row.append(sound)
                words.append(number)
                places.append(at)
                ends.append(False)
        if row and number + 1 < len(found) and text[each.end():found[number + 1].start()].strip():
            ends[-1] = True
    return _Sounds("".join(row), words, places, ends)


def _shorter(row: str) -> set[str]:
    """All rows with one sound less."""
    return {row[:at] + row[at + 1:] for at in range(len(row))}


def _differs_by_one(one: str, other: str) -> bool:
    """Whether a sound is another, is missing, or is too much."""
    if one == other:
        return False
    at = next((at for at, (first, second) in enumerate(zip(one, other, strict=False)) if first != second), min(len(one), len(other)))
    return one[at + (len(one) >= len(other)):] == other[at + (len(other) >= len(one)):]
