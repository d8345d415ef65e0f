"""Three linked hubs and a seeded year: what the federal one knows came over the link alone (FD-06, FD-07, MC-04, GV-11)."""

import asyncio
from contextlib import aclosing
from datetime import date
from random import Random

from bots.russian import Russian
from hub.cases.breaches import Breach
from hub.conversations.conversation import Closed
from hub.knowledge.handbook import KnowledgeSnapshot
from hub.knowledge.public_services import PublicService
from hub.link.loopback import Loopback
from hub.organisation.level import Level
from hub.organisation.queue import Lines, Queue
from hub.programme.effect_book import EffectBook
from hub.programme.effect_day import EffectDay, moment, total
from hub.programme.effect_reports import EffectReports
from hub.programme.replication import ProgrammeReplication
from hub.programme.service_book import ServiceBook
from hub.programme.service_figures import NAMES, ServiceTrouble
from hub.programme.service_reports import ServiceBy, ServiceFilter, ServiceReports
from hub.programme.sheet_book import SheetBook
from hub.reporting.days import Days
from hub.reporting.periods import Periods
from okno.rooms.programme import starter
from storage.memory import MemoryStore
from tests.past import Past, at, complaint
from tests.rig import MOSCOW

FEDERAL, CODES = "000", ("000", "016", "077")
SUBJECTS = {"000": "", "016": "16", "077": "77"}
YEAR, QUARTERS, WEEK, CUT = 2026, (1, 4, 7, 10), 7, 4
"""The first seven days of each quarter are worked; in the second one the line of 016 is cut."""
FIRST, LAST = date(YEAR, 1, 1), date(YEAR, 12, 31)
SLOW_SINCE = date(2026, 7, 1)
TOPICS = ("passports", "land", "benefits")
HANDBOOK = KnowledgeSnapshot([PublicService(topic if topic != "passports" else "passport", topic, topic, Level.FEDERAL, topic, "rosreestr")
                              for topic in TOPICS])
EVERYTHING = ServiceFilter()


class LinkedHub:
    """A deployment with one line, its journal and its end of the link."""

    def __init__(self, code: str, lines: Loopback, russian: Russian) -> None:
        self.code, self.store, self.link = code, MemoryStore(russian), lines.link(code)
        self.past = Past(self.store, at(FIRST, 9))
        own = Lines([Queue("general", "Общая", centre=code)])
        days = Days(self.store, own, code, MOSCOW, lambda: self.past.now)
        periods = Periods(self.store, days, own)
        books = (ServiceBook(self.store, periods, own, lambda: HANDBOOK, SUBJECTS.__getitem__), EffectBook(self.store, periods, {}))
        self.replication = ProgrammeReplication(days, books, code, self.link, () if code == FEDERAL else (FEDERAL,))
        self.services = ServiceReports(self.store, lambda centre: Level.FEDERAL if centre == FEDERAL else Level.REGIONAL)
        self.effect = EffectReports(self.store, SheetBook(self.store, days, lambda: self.past.now, starter()))

    async def works(self, day: date, chance: Random) -> None:
        """Three citizens a day, one a service; since July there are complaints about one of them, most of them in one region."""
        for number, topic in enumerate(TOPICS):
            self.past.now, name = at(day, 9 + number), f"{self.code}-{day}-{topic}"
            await self.past.asks(name)
            self.past.forward(chance.randrange(5, 300))
            await self.past.answered(name)
            self.past.forward(chance.randrange(60, 400))
            await self.past.moves(name, Closed(self.past.now, topic, "anna"))
        if day >= SLOW_SINCE and chance.random() < (0.95 if self.code == "016" else 0.2):
            await self.store.put(complaint(f"{self.code}-{day:%y%m%d}-0000001-1", day, Breach.LATE_SERVICE))

    async def hears(self) -> None:
        """Takes what comes, until nothing does."""
        async with aclosing(self.link.receive()) as parcels:
            while True:
                try:
                    parcel = await asyncio.wait_for(anext(parcels), 0.05)
                except (TimeoutError, StopAsyncIteration):
                    return
                await self.replication.kinds[parcel.kind](parcel)


async def test_the_federal_hub_knows_the_sums_of_a_year_and_finds_the_slow_service(russian: Russian) -> None:
    # FD-06, FD-07, MC-04, MC-07, GV-11
    lines, chance = Loopback(CODES), Random(28)
    hubs = {code: LinkedHub(code, lines, russian) for code in CODES}
    federal = hubs[FEDERAL]
    for month in QUARTERS:
        if month == CUT:
            await lines.cut("016", FEDERAL)
        if month == CUT + 3:
            await lines.mend("016", FEDERAL)
        for day in (date(YEAR, month, number + 1) for number in range(WEEK)):
            for each in hubs.values():
                await each.works(day, chance)
        for each in hubs.values():
            each.past.now = at(date(YEAR, month, WEEK + 1), 1.5)
            await each.replication.tell()
        await federal.hears()
    parts = [await each.services.report(FIRST, LAST, ServiceBy.SERVICE, EVERYTHING) for code, each in hubs.items() if code != FEDERAL]
    country = await federal.services.report(FIRST, LAST, ServiceBy.SERVICE, EVERYTHING)
    own = await federal.services.report(FIRST, LAST, ServiceBy.CENTRE, EVERYTHING)
    assert country.centres == CODES
    for name in NAMES:
        assert getattr(country.total, name) == sum(getattr(each.total, name) for each in parts) + getattr(own.rows[FEDERAL], name)
    assert country.total.offered == len(CODES) * len(TOPICS) * len(QUARTERS) * WEEK
    worst = country.worst[0]
    assert (worst.service, worst.figure) in {("land", ServiceTrouble.DELAYS), ("land", ServiceTrouble.COMPLAINTS)}
    assert worst.changed == "2026-07"
    assert worst.worst is not None
    assert worst.worst.subject == "16"
    effects = [(await each.effect.report(FIRST, LAST)).total.counts for code, each in hubs.items() if code != FEDERAL]
    told = await federal.effect.report(FIRST, LAST)
    mine = [cell.counts for day in await federal.store.marked(EffectDay, "day", since=moment(FIRST), limit=10_000) if day.centre == FEDERAL for cell in day.cells]
    assert told.total.counts == total([*effects, total(mine)])
    assert told.total.counts.informed == country.total.offered
    assert told.restated == 0
    for each in hubs.values():
        await each.replication.close()
        await each.store.close()
