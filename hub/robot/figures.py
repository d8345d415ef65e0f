"""Statistics of the robot's dialogue: by days, versions and intents. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from hub.robot.dialogue_history import Talk


class RobotSums(Struct, frozen=True):
    """Talks by their beginning. talks = contained + going + handed_over; contained and handed_over are the sums of what follows each."""

    talks: int = 0
    contained: int = 0
    """Ended without an operator."""
    confirmed: int = 0
    """The citizen said that the answer helped."""
    answered: int = 0
    left: int = 0
    """Not understood, not helped, or in the middle of a form."""
    going: int = 0
    handed_over: int = 0
    asked: int = 0
    not_understood: int = 0
    dialogue: int = 0
    callback: int = 0
    emergency: int = 0
    language: int = 0
    files: int = 0
    letter: int = 0
    robot_failed: int = 0
    other: int = 0
    turns: int = 0
    missed: int = 0
    """Turns that were not understood."""
    at_once: int = 0
    """Not talks: an operator was requested before the first turn."""

    def __add__(self, other: "RobotSums") -> "RobotSums":
        return RobotSums(*(getattr(self, name) + getattr(other, name) for name in self.__struct_fields__))


class IntentSums(Struct, frozen=True):
    """`turns` with this intent; `handed_over` are talks in which it was the last before a hand-over."""

    turns: int = 0
    handed_over: int = 0

    def __add__(self, other: "IntentSums") -> "IntentSums":
        return IntentSums(self.turns + other.turns, self.handed_over + other.handed_over)


class DaySums(Struct, frozen=True):
    """A day by versions, and by version and intent, including ARTICLE and UNTOLD, and "" for turns that were not understood.

    `at_once` belongs to no version.
    """

    versions: dict[str, RobotSums]
    intents: dict[tuple[str, str], IntentSums]
    at_once: int = 0


def containment(of: RobotSums) -> float | None:
    """Share of finished talks without an operator: contained / (contained + handed_over)."""
    over = of.contained + of.handed_over
    return of.contained / over if over else None


def misunderstood(of: RobotSums) -> float | None:
    """Share of turns that were not understood: missed / turns."""
    return of.missed / of.turns if of.turns else None


def turns_each(of: RobotSums) -> float | None:
    """Mean length of a talk: turns / talks."""
    return of.turns / of.talks if of.talks else None


def sum_up(talks: Iterable[Talk], at_once: int, now: datetime) -> DaySums:
    versions: defaultdict[str, Counter[str]] = defaultdict(Counter)
    understood: Counter[tuple[str, str]] = Counter()
    handed: Counter[tuple[str, str]] = Counter()
    for talk in talks:
        counts = versions[talk.version]
        counts.update(talks=1, turns=talk.turns, missed=talk.missed)
        for intent, turns in talk.intents.items():
            understood[talk.version, intent] += turns
        if talk.handed is not None:
            counts.update(handed_over=1, **{talk.handed: 1})
            handed[talk.version, talk.intent] += 1
        elif talk.over(now):
            counts.update(contained=1, **{talk.ending: 1})
        else:
            counts["going"] += 1
    return DaySums({version: RobotSums(**counts) for version, counts in versions.items()},
                   {key: IntentSums(understood[key], handed[key]) for key in understood | handed}, at_once)


def whole(day: DaySums, version: str = "") -> RobotSums:
    """Totals of all versions, or of one."""
    if version:
        return day.versions.get(version, RobotSums())
    return sum(day.versions.values(), RobotSums(at_once=day.at_once))


def by_intent(days: Iterable[DaySums], version: str = "") -> list[tuple[str, IntentSums]]:
    """By hand-overs, then by frequency, descending."""
    sums: defaultdict[str, IntentSums] = defaultdict(IntentSums)
    for day in days:
        for (of, intent), counted in day.intents.items():
            if version in ("", of):
                sums[intent] += counted
    return sorted(sums.items(), key=lambda item: (-item[1].handed_over, -item[1].turns, item[0]))
