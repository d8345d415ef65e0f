"""Time to information in a period: by channel, language, centre and month, against the stored baseline (GV-11, GV-14)."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from msgspec import Struct

from hub.conversations.ports import Store
from hub.programme.assumption import Assumption, AssumptionMeasure, in_force
from hub.programme.effect_day import EffectCounts, EffectDay, moment, total
from hub.programme.ratio import Ratio, ratio
from hub.programme.service_day import month_of
from hub.programme.sheet import SheetName
from hub.programme.sheet_book import SheetBook
from hub.programme.visits import Reached

DAY = timedelta(days=1)
REPORTS = 1_000_000
MOST_MIN = 10.0
"""«В среднем от 1 до 10 минут»: the concept, section XIII."""


class InformationTime(Struct, frozen=True):
    """Minutes from the first attempt to the answer, and the share of all inquiries that had it within 10 minutes; None without any."""

    counts: EffectCounts
    mean_min: Ratio | None
    in_ten: Ratio | None

    @property
    def reached(self) -> Reached:
        """Whether the mean is at most 10 minutes, with its whole interval."""
        mean = self.mean_min
        if mean is None or mean.low is None or mean.high is None:
            return Reached.UNSURE
        return Reached.YES if mean.high <= MOST_MIN else Reached.NO if mean.low > MOST_MIN else Reached.UNSURE


class EffectReport(Struct, frozen=True):
    """`days` are centres' days that were reported, `restated` their later versions; `before` is the baseline in force at the end."""

    total: InformationTime
    channels: dict[str, InformationTime]
    languages: dict[str, InformationTime]
    centres: dict[str, InformationTime]
    months: dict[str, InformationTime]
    days: int
    restated: int
    before: Assumption | None


class EffectReports:
    def __init__(self, store: Store, book: SheetBook) -> None:
        self._store, self._book = store, book

    @property
    def assumptions(self) -> list[Assumption]:
        return self._book[SheetName.ASSUMPTIONS].of(Assumption)

    async def report(self, since: date, until: date) -> EffectReport:
        """Both days are included. Raises StoreError."""
        days = await self._store.marked(EffectDay, "day", since=moment(since), until=moment(until + DAY), limit=REPORTS)
        before = in_force(self.assumptions, AssumptionMeasure.BEFORE, until)
        return await asyncio.to_thread(_report, days, before)


def _report(days: Sequence[EffectDay], before: Assumption | None) -> EffectReport:
    channels, languages, centres, months = (defaultdict[str, list[EffectCounts]](list) for _ in range(4))
    whole = list[EffectCounts]()
    for day in days:
        for key, counts in _together((cell.channel, cell.counts) for cell in day.cells):
            channels[key].append(counts)
        for key, counts in _together((cell.language, cell.counts) for cell in day.cells):
            languages[key].append(counts)
        counted = total(each.counts for each in day.cells)
        for group in (whole, centres[day.centre], months[month_of(day.day)]):
            group.append(counted)
    return EffectReport(measured(whole), _each(channels), _each(languages), _each(centres), _each(months), len(days),
                        sum(each.version - 1 for each in days), before)


def _together(counts: Iterable[tuple[str, EffectCounts]]) -> Iterable[tuple[str, EffectCounts]]:
    """The sum of each key."""
    of: dict[str, list[EffectCounts]] = {}
    for key, each in counts:
        of.setdefault(key, []).append(each)
    return ((key, total(found)) for key, found in of.items())


def _each(groups: Mapping[str, Sequence[EffectCounts]]) -> dict[str, InformationTime]:
    return {key: measured(days) for key, days in sorted(groups.items())}


def measured(days: Iterable[EffectCounts]) -> InformationTime:
    """From the counts of days."""
    known = list(days)
    mean = ratio((each.informed_s / 60, each.informed) for each in known)
    share = ratio((each.in_ten, each.informed + each.unanswered) for each in known)
    return InformationTime(total(known), mean, share)
