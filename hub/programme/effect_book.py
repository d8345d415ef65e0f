"""Figures of the effect by day: this hub's, from journal and refused calls, and those that other centres report (GV-11, FD-06)."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from msgspec.structs import astuple, replace

from hub.conversations.address import Address, family_of
from hub.conversations.identities import plain
from hub.conversations.ports import Channel, Store
from hub.monitoring.trunk import RefusedCall
from hub.programme.daily_report import key_of
from hub.programme.effect_day import COUNTS, EffectCell, EffectCounts, EffectDay
from hub.reporting.information_time import WEEK, Attempt, Inquiry
from hub.reporting.measurement import Measurement
from hub.reporting.periods import Periods
from hub.telephony.ports import DiallingChannel

LATE = timedelta(days=3)
"""So long a finished day is counted again: calls that the exchange handled alone are told of later."""
TEN_MINUTES_S = 600
CALLS = 100_000
Key = tuple[str, str]
"""Channel and language."""


class EffectBook:
    kind, holds = "programme.effect", EffectDay

    def __init__(self, store: Store, periods: Periods, channels: Mapping[str, Channel]) -> None:
        self._store, self._periods, self._channels = store, periods, channels
        self._keeping = asyncio.Lock()

    async def own(self, day: date) -> list[EffectDay]:
        """Of a finished day; one whose figures differ gets the next version."""
        days = self._periods.days
        if day >= days.today:
            return []
        known = {centre: await self._store.get(EffectDay, key_of(centre, day)) for centre in days.centres}
        if day < days.today - LATE and all(known.values()):
            return [each for each in known.values() if each]
        facts, begins = await self._periods.facts(day), days.span(day)[0]
        inquiries = await self._periods.inquiries(day, await self._missed(begins - WEEK, days.span(day)[1]))
        return [await self._kept(self._counted(centre, day, facts, inquiries), known[centre]) for centre in days.centres]

    async def take(self, report: EffectDay) -> None:
        async with self._keeping:
            known = await self._store.get(EffectDay, report.key)
            if known is None or known.version < report.version:
                await self._store.put(report)

    async def _kept(self, new: EffectDay, known: EffectDay | None) -> EffectDay:
        if known is not None and known.cells == new.cells:
            return known
        made = replace(new, version=known.version + 1 if known else 1)
        await self._store.put(made)
        return made

    async def _missed(self, since: datetime, until: datetime) -> list[Attempt]:
        """Calls that the exchange refused, all lines busy or not; callers who withhold their number are each a person."""
        telephone = next((name for name, each in self._channels.items() if isinstance(each, DiallingChannel)), "voice")
        calls = await self._store.marked(RefusedCall, "at", since=since, until=until, limit=CALLS)
        return [Attempt(0, plain(Address(telephone, each.number)) if each.number else each.key, "", telephone, each.at) for each in calls]

    def _counted(self, centre: str, day: date, facts: Iterable[Measurement], inquiries: Sequence[Inquiry]) -> EffectDay:
        sums: defaultdict[Key, dict[str, float]] = defaultdict(lambda: dict.fromkeys(COUNTS, 0))
        of = self._periods.days.centre
        for fact in facts:
            if of(fact.line) == centre and "offered" in fact.counts:
                own = sums[family_of(fact.channel), fact.language]
                for name in COUNTS[:COUNTS.index("informed")]:
                    own[name] += fact.counts.get(name, 0)
        for each in inquiries:
            if of(each.first.line) == centre:
                own = sums[family_of(each.first.channel), each.first.language]
                own["informed" if each.given else "unanswered"] += 1
                own["informed_s"] += each.seconds
                own["in_ten"] += each.given is not None and each.seconds <= TEN_MINUTES_S
                own["called_back"] += each.called_back
        cells = (EffectCell(*key, EffectCounts(*(round(own[name]) for name in COUNTS))) for key, own in sorted(sums.items()))
        return EffectDay(key_of(centre, day), centre, day, 0, tuple(each for each in cells if any(astuple(each.counts))))
