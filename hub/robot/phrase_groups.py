"""Groups of unlabelled phrases that mean the same, with the trend against the period before.

Phrases are grouped in a thread; the sentence vectors of many new ones take longer than a request waits, then `on_change` tells how far it
is. The groups of a period stay as they are while phrases are labelled, so that none moves under the designer's hands.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from msgspec import Struct

from hub.kernel.ids import EPOCH
from hub.kernel.signal import Signal
from hub.robot.phrase import Guess
from hub.robot.phrase_labels import SUGGESTED, Phrase, PhraseLabelling
from hub.robot.ports import Grouping, PhraseGrouping

MOST = 10_000
"""Phrases that are grouped: the most frequent ones, then the newest."""
PATIENCE_S = 2.0
"""Longest wait of a request for groups that are being made."""


class PhraseGroup(Struct, frozen=True):
    """Phrases of one meaning, the most central first. `count` is how often they were said, `before` in the period before."""

    phrases: tuple[Phrase, ...]
    count: int
    before: int
    guesses: tuple[Guess, ...]
    """Mean probabilities of intents, weighted by how often the phrases were said."""

    @property
    def key(self) -> str:
        return self.phrases[0].key


class PhraseGroups(Struct, frozen=True):
    """The groups, the most frequent first; None while they are made: then `done` of `total` new phrases are understood."""

    groups: tuple[PhraseGroup, ...] | None
    done: int = 0
    total: int = 0


class _Known(Struct, frozen=True):
    """Groups of a period by keys of phrases, and how often each was said in the period before."""

    first: date
    last: date
    groups: tuple[tuple[str, ...], ...]
    before: tuple[int, ...]
    keys: frozenset[str]


class PhraseGroupService:
    def __init__(self, phrase_labelling: PhraseLabelling, grouping: PhraseGrouping, *, patience_s: float = PATIENCE_S) -> None:
        self._phrase_labelling, self._grouping, self._patience_s = phrase_labelling, grouping, patience_s
        self._known: dict[tuple[date, date], _Known] = {}
        self._work: asyncio.Task[None] | None = None
        self._told = (0, 0)
        self.on_change = Signal[[int, int]]()
        """So many of so many new phrases are understood; (0, 0) once the groups are made."""

    async def groups(self, first: date, last: date) -> PhraseGroups:
        """Those of a period. Raises RefusedError, StoreError as `PhraseLabelling.phrases`."""
        phrases = _most(await self._phrase_labelling.phrases(first, last))
        keys = frozenset(each.key for each in phrases)
        known = self._known.get((first, last))
        if known is None or not keys <= known.keys:
            if self._work is None or self._work.done():
                self._work = asyncio.create_task(self._make(first, last, phrases))
            work = self._work
            await asyncio.wait({work}, timeout=self._patience_s)
            if not work.done():
                return PhraseGroups(None, *self._told)
            work.result()
            known = self._known.get((first, last))
            if known is None or not keys <= known.keys:  # that was the work for another period, or more was said meanwhile
                return await self.groups(first, last)
        return PhraseGroups(_listed(known, phrases))

    async def close(self) -> None:
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)

    async def _make(self, first: date, last: date, phrases: Sequence[Phrase]) -> None:
        days = (last - first).days + 1
        began = max(first - timedelta(days=days), EPOCH.date())
        earlier = _most(await self._phrase_labelling.phrases(began, first - timedelta(days=1))) if began < first else []
        loop = asyncio.get_running_loop()

        def tell(done: int, total: int) -> None:
            loop.call_soon_threadsafe(self._tell, done, total)

        texts, earlier_texts = [each.text for each in phrases], [each.text for each in earlier]
        found: Grouping = await asyncio.to_thread(self._grouping.group, texts, earlier_texts, tell)
        before = [0] * len(found.groups)
        own = {phrases[place].key: number for number, group in enumerate(found.groups) for place in group}
        for each, nearest in zip(earlier, found.before, strict=True):
            if (group := own.get(each.key, nearest)) >= 0:
                before[group] += each.count
        keys = tuple(tuple(phrases[place].key for place in group) for group in found.groups)
        self._known = {(first, last): _Known(first, last, keys, tuple(before), frozenset(each.key for each in phrases))}
        self._tell(0, 0)

    def _tell(self, done: int, total: int) -> None:
        self._told = done, total
        self.on_change(done, total)


def _most(phrases: Sequence[Phrase]) -> list[Phrase]:
    """They are newest first."""
    return sorted(phrases, key=lambda each: -each.count)[:MOST]


def _listed(known: _Known, phrases: Iterable[Phrase]) -> tuple[PhraseGroup, ...]:
    by_key = {each.key: each for each in phrases}
    found = [_group([by_key[key] for key in keys if key in by_key], before) for keys, before in zip(known.groups, known.before, strict=True)
             if any(key in by_key for key in keys)]
    return tuple(sorted(found, key=lambda each: -each.count))


def _group(phrases: Sequence[Phrase], before: int) -> PhraseGroup:
    count, weights = sum(each.count for each in phrases), dict[str, float]()
    for phrase in phrases:
        for guess in phrase.guesses:
            weights[guess.intent] = weights.get(guess.intent, 0.0) + guess.confidence * phrase.count
    likely = sorted(weights.items(), key=lambda item: -item[1])[:SUGGESTED]
    return PhraseGroup(tuple(phrases), count, before, tuple(Guess(intent, weight / count) for intent, weight in likely))
