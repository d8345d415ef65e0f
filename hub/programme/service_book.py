"""Figures of services by day: this hub's, from journal, cases and grades, and those that other centres report (MC-03, MC-07, FD-06)."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date

from msgspec.structs import replace

from hub.cases.lists import between
from hub.conversations.address import family_of
from hub.conversations.ports import Store
from hub.knowledge.handbook import KnowledgeSnapshot
from hub.organisation.queue import Lines
from hub.programme.service_day import Part, ServiceDay, ServiceMonth, Sums, month_of, restated
from hub.programme.service_figures import ServiceCounts, of_case, of_contact, of_grade
from hub.quality.csat import Csat
from hub.reporting.measurement import Measurement
from hub.reporting.periods import Periods

TOPIC = "topic/"
GRADES = 100_000


class ServiceBook:
    kind, holds = "programme.services", ServiceDay

    def __init__(self, store: Store, periods: Periods, lines: Lines, handbook: Callable[[], KnowledgeSnapshot],
                 subject: Callable[[str], str]) -> None:
        """`subject` is that of a centre, "" for several or none."""
        self._store, self._periods, self._lines, self._handbook, self._subject = store, periods, lines, handbook, subject
        self._keeping = asyncio.Lock()

    async def own(self, day: date) -> list[ServiceDay]:
        """Counted now; a finished day whose figures differ gets the next version."""
        if day >= self._periods.days.today:
            return []
        facts = [*await self._periods.facts(day), *await self._periods.facts(day, returned=True)]
        counted = [each for centre in self._periods.days.centres for each in await self._counted(centre, day, facts)]
        return [kept for each in counted if (kept := await self._kept(each)) is not None]

    async def take(self, report: ServiceDay) -> None:
        async with self._keeping:
            known = await self._store.get(ServiceDay, report.key)
            if known is None or known.version < report.version:
                await self._put(report, known)

    async def _kept(self, new: ServiceDay) -> ServiceDay | None:
        """None for a day on which nothing was ever counted."""
        async with self._keeping:
            known = await self._store.get(ServiceDay, new.key)
            if new.cells == (known.cells if known else ()):
                return known
            made = replace(new, version=known.version + 1 if known else 1)
            await self._put(made, known)
            return made

    async def _put(self, new: ServiceDay, known: ServiceDay | None) -> None:
        month = await self._store.get(ServiceMonth, f"{new.centre}/{month_of(new.day)}/{new.part}")
        await self._store.exchange((new, restated(month, new, known)), ())

    async def _counted(self, centre: str, day: date, facts: Sequence[Measurement]) -> list[ServiceDay]:
        days, place, channel = self._periods.days, Sums(), Sums()
        handbook, here, own = self._handbook(), self._subject(centre), [each for each in self._lines if days.centre(each) == centre]
        named, topics = services_by_topic(handbook), dict[int, str]()

        def count(service: str, authority: str, subject: str, by: str, counts: ServiceCounts) -> None:
            place.count(service, authority, subject or here, "", counts)
            channel.count(service, "", "", family_of(by), counts)

        def of_topic(topic: str, by: str, counts: ServiceCounts) -> None:
            service = named.get(topic) or (TOPIC + topic if topic else "")
            count(service, handbook.services[service].authority if service in handbook.services else "", "", by, counts)

        for fact in facts:
            if days.centre(fact.line) == centre:
                topics[fact.conversation] = fact.topic or topics.get(fact.conversation, "")
                of_topic(fact.topic, fact.channel, of_contact(fact.counts))
        begins, ends = days.span(day)
        async for case in between(self._store, "home", own, begins, ends):
            matter = case.matter
            count(matter.service, matter.authority, matter.place.subject, case.channel, of_case(case))
        for grade in await self._store.marked(Csat, "centre", centre, since=begins, until=ends, limit=GRADES):
            of_topic(topics.get(grade.conversation, ""), grade.channel, of_grade(grade))
        made = [ServiceDay("", centre, day, 0, part, sums.cells()) for part, sums in ((Part.PLACE, place), (Part.CHANNEL, channel))]
        return [replace(each, key=each.name) for each in made]


def services_by_topic(handbook: KnowledgeSnapshot) -> dict[str, str]:
    """The service of a topic that has exactly one."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for each in handbook.services.values():
        found[each.topic].append(each.id)
    return {topic: ids[0] for topic, ids in found.items() if topic and len(ids) == 1}
