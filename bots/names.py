"""Names of people in a text, by the dictionary and by context."""

import re
from collections.abc import Iterator, Sequence

from bots.russian import Russian

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_INITIALS = re.compile(r"\b(?:[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?\s+[А-ЯЁ]\.\s?(?:[А-ЯЁ]\.)?|[А-ЯЁ]\.\s?(?:[А-ЯЁ]\.\s?)?[А-ЯЁ][а-яё]+)")
_SMALL_INITIALS = re.compile(r"\s+[а-яё]\.\s?[а-яё]\.?(?!\w)")
_BETWEEN = re.compile(r"[\s:—–-]{1,4}")
_KINDS = frozenset({"Name", "Surn", "Patr"})
_INTRODUCES = frozenset({"зовут", "фамилия", "фамилию", "фамилии", "отчество", "фио", "звать"})
_NOT_YET = frozenset({"меня", "его", "ее", "мое", "моя", "моего", "это", "имя", "отчество", "фамилия", "и"})
"""Words that may stand between «зовут» and the name."""
_IN = frozenset({"в", "во", "из", "г", "город", "города", "городе", "до", "под"})
_NO_NAMES = frozenset({"инн", "ник", "питер", "питере", "мороз", "морозы", "грин"})
"""Forms of «Инна» and «Ника» in the dictionary, and names that are rarer than the town, the frost and the card."""
_MOST = 3
"""Maximum words of a name."""


class Names:
    """Finds surnames, first names and patronymics, in any grammatical case."""

    def __init__(self, russian: Russian) -> None:
        self._russian = russian

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Beginning and end of each name."""
        yield from ((match.start(), match.end()) for match in _INITIALS.finditer(text))
        words = list(_WORD.finditer(text))
        kinds = [self._kinds(word[0]) for word in words]
        shouted = text.isupper()
        for at, word in enumerate(words):
            capital = word[0][0].isupper() and not shouted
            if _small(word[0]) in _INTRODUCES:
                yield from self._introduced(text, words, kinds, at)
            elif "Patr" in kinds[at]:
                first, last = _joined(text, words, kinds, at, -1, 2), _joined(text, words, kinds, at, 1, 1)
                yield words[first].start(), words[last].end()
            elif kinds[at] and (last := _joined(text, words, kinds, at, 1, 1)) > at and kinds[last] != kinds[at] \
                    and (capital or self._mostly(word[0])):
                yield word.start(), words[last].end()
            elif "Surn" in kinds[at] and (initials := _SMALL_INITIALS.match(text, word.end())):
                yield word.start(), initials.end()
            elif kinds[at] and self._stands_alone(words, at) and (self._mostly(word[0]) or (capital and not _begins(text, word.start()))):
                yield word.start(), word.end()

    def _introduced(self, text: str, words: Sequence[re.Match[str]], kinds: Sequence[frozenset[str]], at: int) -> Iterator[tuple[int, int]]:
        """After «меня зовут …» or «фамилия …» a word is a name if it may be one, or is in no dictionary."""
        next_, taken = at + 1, 0
        while next_ < len(words) and taken < _MOST and _BETWEEN.fullmatch(text, words[next_ - 1].end(), words[next_].start()):
            word = words[next_][0]
            if not taken and _small(word) in _NOT_YET:
                next_ += 1
                continue
            if not (kinds[next_] or word[0].isupper() or not self._russian.known(_small(word))):
                break
            yield words[next_].start(), words[next_].end()
            next_, taken = next_ + 1, taken + 1

    def _kinds(self, word: str) -> frozenset[str]:
        return frozenset().union(*(reading & _KINDS for part in _small(word).split("-") for reading in self._russian.readings(part)))

    def _stands_alone(self, words: Sequence[re.Match[str]], at: int) -> bool:
        """Whether a single word is a name: not «во Владимире», not «ИНН», and no word outside the dictionary."""
        word = _small(words[at][0])
        if words[at][0].isupper() or word in _NO_NAMES or not self._russian.known(word):
            return False
        town = any("Geox" in reading for reading in self._russian.readings(word))
        return not (town and at > 0 and words[at - 1][0].lower() in _IN)

    def _mostly(self, word: str) -> bool:
        """Whether a word is more often a name than anything else."""
        readings = self._russian.readings(_small(word))
        return bool(readings) and bool(readings[0] & _KINDS)


def _small(word: str) -> str:
    return word.lower().replace("ё", "е")


def _joined(text: str, words: Sequence[re.Match[str]], kinds: Sequence[frozenset[str]], at: int, step: int, most: int) -> int:
    """The last of up to `most` adjacent words that may be parts of the same name."""
    last = at
    while most and 0 <= last + step < len(words) and kinds[last + step]:
        before, after = sorted((last, last + step))
        if text[words[before].end():words[after].start()].strip():
            break
        last, most = last + step, most - 1
    return last


def _begins(text: str, at: int) -> bool:
    """Whether a sentence begins there: then a capital letter is no evidence."""
    before = text[:at].rstrip(' \t«"(')
    return not before or before[-1] in ".!?…\n"
