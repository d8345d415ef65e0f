"""Cues: a few words near each other with one meaning, in any order and inflection.

A cue is written as «не_хотеть|неохота жить|существовать !отдельно»: one word of each group within a few words of each other, in one
sentence. A word stands for its forms, `=дайте` for itself alone, `суицид*` for all that begin so; `не_хотеть` for the word right after
«не», and `хотеть` never for that. None of the words after `!` may be in between or right behind. The time is linear in the text.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from msgspec import Struct

from bots.russian import Russian

_SPAN = 3
"""Maximum number of other words between those of a cue."""
_BEHIND = 2
"""Words after a cue that may invalidate it."""
LONGEST = 8_000
"""Characters of a text that are matched: an uncached word takes 0.15 ms to lemmatise."""
_REMEMBERED = 5_000
"""Cached words."""
_NOT = "не"
_ENDS = ".!?;\n…"


class Cue(Struct, frozen=True, eq=False):
    groups: tuple[frozenset[str], ...]
    spoilt_by: frozenset[str] = frozenset()


Word = frozenset[str]
"""All names of a text's word in cues."""


def cue(written: str) -> Cue:
    groups = [frozenset(part.split("|")) for part in written.split() if not part.startswith("!")]
    spoilt = [part[1:].split("|") for part in written.split() if part.startswith("!")]
    return Cue(tuple(groups), frozenset(chain.from_iterable(spoilt)))


class _Heads(dict[Word, tuple[Cue, ...]]):
    """The cues whose first group has a word. Cached: most words begin none."""

    def __init__(self, by_word: Mapping[str, Sequence[Cue]]) -> None:
        super().__init__()
        self._by_word, self._first = by_word, frozenset(by_word)

    def __missing__(self, word: Word) -> tuple[Cue, ...]:
        if len(self) >= _REMEMBERED:
            self.clear()
        heads = self[word] = tuple(each for name in word & self._first for each in self._by_word[name])
        return heads


class Cues:
    """Several cues with one meaning. `silenced` are words that invalidate them anywhere in the sentence.

    Sentences can be looked at by other cues as well, if all that these ask for is `besides`.
    """

    def __init__(self, russian: Russian, written: Iterable[str], silenced: Iterable[str] = (), besides: Iterable[str] = ()) -> None:
        self._russian, self._silenced = russian, frozenset(silenced)
        self._by_word: dict[str, list[Cue]] = {}
        cues = [cue(each) for each in written]
        for each in cues:
            for word in each.groups[0]:
                self._by_word.setdefault(word, []).append(each)
        known = chain(self._silenced, *(chain(each.spoilt_by, *each.groups) for each in (*cues, *map(cue, besides))))
        self._asks = frozenset(chain.from_iterable(group for each in cues for group in each.groups))
        self._stars = frozenset(word[:-1] for word in known if word.endswith("*"))
        self._names: dict[tuple[str, bool], Word] = {}
        self._star_sizes = sorted({len(star) for star in self._stars})
        self._heads = _Heads(self._by_word)

    def found(self, text: str) -> bool:
        return self.found_among(self.sentences(text))

    def found_among(self, sentences: Iterable[list[Word]]) -> bool:
        """Whether one of the cues is in sentences, which other cues may have read (`besides`)."""
        return any(map(self.found_in, sentences))

    def besides(self, text: str, also: frozenset[str]) -> str:
        """The words outside cues, and the silenced ones."""
        return " ".join(word for word in self._russian.every(text[:LONGEST]) if not self.has(word, also))

    def has(self, word: str, also: frozenset[str] = frozenset()) -> bool:
        """Whether a word is in a cue, or one of `also`."""
        named = self._named(word, negated=False)
        return not (named.isdisjoint(self._asks) and named.isdisjoint(also))

    def sentences(self, text: str) -> Iterator[list[Word]]:
        """Each sentence as its words, and each word as all its names in cues."""
        text = text[:LONGEST]
        for end in _ENDS:
            text = text.replace(end, "\n")
        for sentence in text.split("\n"):
            if words := self._words(sentence):
                yield words

    def _words(self, sentence: str) -> list[Word]:
        found: list[Word] = []
        negated = False
        for word in self._russian.every(sentence):
            if word == _NOT:
                negated = True
                continue
            found.append(self._named(word, negated=negated))
            negated = False
        return found

    def _named(self, word: str, *, negated: bool) -> Word:
        """Cached: most words of all texts repeat; numbers are unlimited and have no forms."""
        if word.isdecimal():
            return frozenset((word, f"={word}"))
        if (names := self._names.get((word, negated))) is None:
            if len(self._names) >= _REMEMBERED:
                self._names.clear()
            names = self._names[word, negated] = self._called(word, negated=negated)
        return names

    def _called(self, word: str, *, negated: bool) -> Word:
        names = {form[1:] for form in self._russian.forms(word) if form[0] != "s"} | {f"={word}"}
        names |= {f"{word[:size]}*" for size in self._star_sizes if word[:size] in self._stars}
        return frozenset(f"{_NOT}_{name}" for name in names) if negated else frozenset(names)

    def found_in(self, words: list[Word]) -> bool:
        """Whether one of the cues is in a sentence."""
        heads = [(at, each) for at, word in enumerate(words) for each in self._heads[word]]
        if not heads or any(not word.isdisjoint(self._silenced) for word in words):
            return False
        return any(_stands(each, words, at) for at, each in heads)


def _stands(each: Cue, words: list[Word], at: int) -> bool:
    """Whether the other groups are near the first one, which is at this position."""
    reach = len(each.groups) - 1 + _SPAN
    near = range(max(0, at - reach), min(len(words), at + reach + 1))
    places = [at]
    for group in each.groups[1:]:
        place = min((n for n in near if n not in places and not words[n].isdisjoint(group)), key=lambda n: abs(n - at), default=None)
        if place is None:
            return False
        places.append(place)
    first, last = min(places), max(places)
    return not any(not words[n].isdisjoint(each.spoilt_by) for n in range(first, min(len(words), last + 1 + _BEHIND)))
