"""A year of 83 regions at 50,000 contacts a day each: how long a report on services takes, from sums as centres send them.

A federal hub has received the sums: 100 services on 6 channels, a body each. They are written in bulk as the replication leaves them: the
sums of each month, and the days of January and December, where a period begins or ends within a month. Each report reads them anew.
"""

import resource
import sys
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import uvloop
from tqdm import tqdm

from benchmarks.report import report, rounded
from bots.russian import Russian
from hub.organisation.level import Level
from hub.programme.service_day import Part, ServiceCell, ServiceDay, ServiceMonth, Sums
from hub.programme.service_figures import ServiceCounts
from hub.programme.service_reports import ServiceBy, ServiceFilter, ServiceReports
from okno.territory import subjects
from storage.sqlite import SqliteStore

REGIONS, CONTACTS, SERVICES = 83, 50_000, 100
CHANNELS = ("voice", "web", "email", "sms", "messenger", "fax")
FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
RUNS = 3
GOALS = ["slowest_s <= 2"]


def cells_of(subject: str, days: int) -> dict[Part, tuple[ServiceCell, ...]]:
    """So many days' contacts, evenly over services and channels, with some complaints."""
    each = CONTACTS // SERVICES // len(CHANNELS) * days
    place, channel = Sums(), Sums()
    for service in range(SERVICES):
        for by in CHANNELS:
            bad = days * (service % 7 == 0)
            counts = ServiceCounts(offered=each, decided=each - 3, returned=each // 12, complaints=bad, delays=bad, grades=9, grade_sum=40)
            place.count(f"service-{service:03}", f"body-{service % 20:02}", subject, "", counts)
            channel.count(f"service-{service:03}", "", "", by, counts)
    return {Part.PLACE: place.cells(), Part.CHANNEL: channel.cells()}


async def fill(store: SqliteStore) -> None:
    codes = [each.code for each in subjects().on(date(2010, 1, 1))][:REGIONS]
    ends = [day for ahead in range((LAST - FIRST).days + 1) if (day := FIRST + timedelta(days=ahead)).month in {1, 12}]
    for number, subject in enumerate(tqdm(codes, file=sys.stderr), 1):
        centre, of_day, of_month = f"{number:03}", cells_of(subject, 1), cells_of(subject, 30)
        days = [ServiceDay(f"{centre}/{day}/{part}", centre, day, 1, part, of_day[part]) for day in ends for part in Part]
        months = [f"{FIRST.year}-{month:02}" for month in range(1, 13)]
        sums = [ServiceMonth(f"{centre}/{month}/{part}", centre, month, part, of_month[part], 0) for month in months for part in Part]
        await store.exchange((*days, *sums), ())


async def measure(folder: Path) -> None:
    store = SqliteStore(folder / "okno.db", Russian())
    await fill(store)
    reports = ServiceReports(store, lambda _: Level.REGIONAL)
    periods = {"year": (FIRST, LAST), "month": (date(2025, 1, 1), date(2025, 1, 31)), "odd": (date(2025, 1, 15), date(2025, 12, 14))}
    took: dict[str, float] = {}
    for name, (since, until) in periods.items():
        for by in ServiceBy:
            for only in (ServiceFilter(), ServiceFilter(service="service-007")):
                for _ in range(RUNS):
                    begun = perf_counter()
                    found = await reports.report(since, until, by, only)
                    which = f"{name}_{'one' if only.service else by}_s"
                    took[which] = max(took.get(which, 0.0), perf_counter() - begun)
                    assert found.total.offered > 0
    figures = took | {"slowest_s": max(took.values()), "database_mb": (folder / "okno.db").stat().st_size / 2**20,
                      "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    report("programme", {name: rounded(value) for name, value in figures.items()}, GOALS)
    await store.close()


async def main() -> None:
    with TemporaryDirectory() as folder:
        await measure(Path(folder))


if __name__ == "__main__":
    uvloop.run(main())
