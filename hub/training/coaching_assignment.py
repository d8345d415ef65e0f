"""Lessons proposed for what a review marked low, and what they have changed (MC-05, TR-02). Pure.

A criterion of a scorecard names the lesson that teaches it. The change is the mean mark of the criterion in talks before the lesson
and after it, with the 95 % interval of their difference (Newcombe 1998, method 10). The talk for which the lesson was assigned counts
in neither: it was chosen because it was bad.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from math import sqrt

from msgspec import Struct

from hub.kernel.document import Document
from hub.kernel.indexes import IndexEntry
from hub.quality.review import Review, ReviewState
from hub.quality.scorecard import WORTH, ItemScore, Scorecard, ScoreItem, Verdict

MOST_TALKS, FEWEST_TALKS = 20, 5
"""So many talks are compared on each side of a lesson at most; with fewer than five on one side nothing is said."""
Z = 1.959964
"""Of the normal distribution, for 95 %."""


class LessonRef(Struct, frozen=True, forbid_unknown_fields=True):
    """A lesson of a course; both "" is none."""

    course: str
    lesson: str


class CriterionLesson(Document, frozen=True, tag="criterion_lesson"):
    """Which lesson a centre teaches for a criterion, instead of the shipped one."""

    key: str
    """"centre/card/item"."""
    centre: str
    teaches: LessonRef
    written_by: str
    written: datetime

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("centre", self.centre)


class CoachingAssignment(Document, frozen=True, omit_defaults=True, tag="coaching_assignment"):
    """A lesson that somebody is to do until the end of a day, for a criterion of a review. `percent` is the result of its questions."""

    key: str
    """"review/item"."""
    login: str
    centre: str
    review: str
    card: str
    item: str
    teaches: LessonRef
    by: str
    at: datetime
    until: date
    note: str = ""
    done: datetime | None = None
    percent: float = 0.0
    seen: datetime | None = None
    """When who assigned it has seen that it is done."""

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("login", self.login, self.at)
        yield IndexEntry("centre", self.centre, self.at)
        if self.done and not self.seen:
            yield IndexEntry("unseen", self.by, self.done)


class LessonEffect(Struct, frozen=True):
    """Means are from 0 to 1, None without talks; the others are None with too few talks on a side."""

    talks_before: int
    before: float | None
    talks_after: int
    after: float | None
    change: float | None = None
    low: float | None = None
    high: float | None = None


def low_items(card: Scorecard, scores: Iterable[ItemScore]) -> list[tuple[ScoreItem, Verdict]]:
    """The criteria of a review that were not met, or in part, in the card's order."""
    low = {each.item: each.verdict for each in scores if each.verdict in {Verdict.NO, Verdict.PART}}
    return [(each, low[each.key]) for each in card.items if each.key in low]


def values(reviews: Iterable[Review], assigned: CoachingAssignment) -> tuple[list[float], list[float]]:
    """Marks of the criterion in settled talks before the assignment and after the lesson, the nearest to them, at most twenty of each."""
    marks = sorted((each.closed, worth) for each in reviews if each.state is ReviewState.SETTLED and each.key != assigned.review
                   and each.card.rpartition("/")[0] == assigned.card and (worth := _worth(each, assigned.item)) is not None)
    before = [worth for closed, worth in marks if closed < assigned.at]
    after = [worth for closed, worth in marks if assigned.done and closed > assigned.done]
    return before[-MOST_TALKS:], after[:MOST_TALKS]


def effect(before: Sequence[float], after: Sequence[float]) -> LessonEffect:
    """Marks are in [0, 1]: their variance is at most that of a share with the same mean, so the interval is rather too wide."""
    counted = LessonEffect(len(before), _mean(before), len(after), _mean(after))
    if min(len(before), len(after)) < FEWEST_TALKS:
        return counted
    first, last = sum(before) / len(before), sum(after) / len(after)
    (low_first, high_first), (low_last, high_last) = wilson(first, len(before)), wilson(last, len(after))
    change = last - first
    return LessonEffect(counted.talks_before, first, counted.talks_after, last, change,
                        change - sqrt((last - low_last) ** 2 + (high_first - first) ** 2),
                        change + sqrt((high_last - last) ** 2 + (first - low_first) ** 2))


def together(pairs: Iterable[tuple[Sequence[float], Sequence[float]]]) -> LessonEffect:
    """Of a group. Each person counts with as many talks before as after, so that it is the same people on both sides."""
    before: list[float] = []
    after: list[float] = []
    for first, last in pairs:
        if count := min(len(first), len(last)):
            before += first[-count:]
            after += last[:count]
    return effect(before, after)


def wilson(share: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a share of `count` (Wilson 1927)."""
    middle = share + Z * Z / (2 * count)
    half = Z * sqrt(share * (1 - share) / count + Z * Z / (4 * count * count))
    return (middle - half) / (1 + Z * Z / count), (middle + half) / (1 + Z * Z / count)


def _worth(review: Review, item: str) -> float | None:
    found = next((each.verdict for each in review.scorings[-1].scores if each.item == item), None)
    return WORTH.get(found) if found else None


def _mean(of: Sequence[float]) -> float | None:
    return sum(of) / len(of) if of else None
