"""Calls around campaigns: of this hub's centres from the totals of days, of others from what they report (GV-10)."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from hub.conversations.ports import Store
from hub.kernel.ids import EPOCH
from hub.organisation.registry import Registry
from hub.programme.campaign import Campaign, CampaignEffect, effect, known
from hub.programme.sheet import SheetName
from hub.programme.sheet_book import SheetBook
from hub.reporting.day_totals import Kind
from hub.reporting.national import Report, key_of
from hub.reporting.periods import Periods

OwnDays = dict[date, Mapping[str, tuple[int, int]]]
"""Contacts and calls of this hub's centres, by day."""


class MeasuredCampaign(Struct, frozen=True):
    """`centres` are those that are called under the number in the territory."""

    campaign: Campaign
    centres: tuple[str, ...]
    effect: CampaignEffect


class CampaignService:
    def __init__(self, store: Store, book: SheetBook, periods: Periods, registry: Registry | None) -> None:
        """Without a registry every number is that of this hub's centres."""
        self._store, self._book, self._periods, self._registry = store, book, periods, registry

    async def campaigns(self) -> list[MeasuredCampaign]:
        """All, the newest first. Raises StoreError."""
        rows, own = self._book[SheetName.CAMPAIGNS].of(Campaign), OwnDays()
        return [await self._measured(each, own) for each in sorted(rows, key=lambda row: (row.day, row.id), reverse=True)]

    async def _measured(self, campaign: Campaign, own: OwnDays) -> MeasuredCampaign:
        centres = self._called(campaign)
        calls = [known([await self._of(centre, day, own) for day in campaign.days]) for centre in centres]
        return MeasuredCampaign(campaign, centres, effect(calls))

    def _called(self, campaign: Campaign) -> tuple[str, ...]:
        if self._registry is None:
            return self._periods.days.centres
        return tuple(each.id for each in self._registry.active(campaign.day)
                     if any(own.number == campaign.number for own in each.numbers)
                     and (not campaign.subject or not each.area.subjects or campaign.subject in each.area.subjects))

    async def _of(self, centre: str, day: date, own: OwnDays) -> tuple[int, int] | None:
        """Contacts and calls of a finished day, None where nobody has told of it."""
        days = self._periods.days
        if not EPOCH.date() <= day < days.today:
            return None
        if centre in days.centres:
            if day not in own:
                own[day] = await self._own(day)
            return own[day].get(centre, (0, 0))
        report = await self._store.get(Report, key_of(centre, days.span(day)[0]))
        return (int(report.figures["offered"]), int(report.figures["calls"])) if report and "calls" in report.figures else None

    async def _own(self, day: date) -> Mapping[str, tuple[int, int]]:
        sums: defaultdict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
        for cell in await self._periods.cells(day, Kind.CHANNEL):
            centre = self._periods.days.centre(cell.line)
            offered, calls = sums[centre]
            sums[centre] = offered + int(cell.counts.get("offered", 0)), calls + int(cell.counts.get("calls", 0))
        return sums
