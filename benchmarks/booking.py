"""Appointments: how many are booked a second with durable storage, while many want the same slots; and that none is booked twice.

An office of 40 windows, for two weeks. First everybody has a slot that nobody else wants; then two hundred want each slot, as on the
morning on which a month is opened. All that were acknowledged are looked for on the disk afterwards.
"""

import asyncio
import gc
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from zoneinfo import ZoneInfo

import uvloop

from benchmarks.report import fdatasyncs_per_s, report, rounded
from bots.russian import Russian
from hub.appointments.appointment import Appointment, Slot, Wanted
from hub.appointments.booking import Booking
from hub.appointments.booking_centre import BookingCentreResolver
from hub.appointments.schedule import Counter as Desk
from hub.appointments.schedule import Reception, Receptions, Rules, Window
from hub.kernel.errors import RefusedError
from hub.kernel.ids import CASE_WIDTH, TicketNumbers
from hub.knowledge.authorities import Authority, Branch, Office
from hub.knowledge.public_services import PublicService
from hub.organisation.level import Level
from hub.organisation.opening_hours import Timetable
from hub.organisation.territory import Place
from okno.__main__ import COLLECTOR
from storage.sqlite import SqliteStore

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
WINDOWS, AT_ONCE, BOOKINGS, WANT_ONE, CONTESTED = 40, 256, 6_000, 200, 100
GOALS = ["bookings_per_s >= 1000", "contested_per_s >= 1000", "double <= 0", "lost <= 0"]


def booking_of(store: SqliteStore) -> Booking:
    zone = "Europe/Moscow"
    office = Office("mfc", "net", "МФЦ", "", Place("50"), Timetable(zone=zone, week={"every_day": ("08:00-20:00",)}))
    service = PublicService("passport", "Загранпаспорт", "Загранпаспорт", Level.FEDERAL)
    reception = Reception(office.id, tuple(Window(str(number)) for number in range(WINDOWS)))
    desk = Desk(reception, Rules("mfc"), office, Authority("net", "МФЦ", Branch.MFC, appoints="mfc"), office.hours, (service.id,))
    keepers = BookingCentreResolver(None, "077", Level.REGIONAL, NOW.date, {})
    return Booking(store, Receptions([desk], [service]), keepers, TicketNumbers("077", zone=ZoneInfo(zone), width=CASE_WIDTH), {},
                   lambda: NOW)


class Crowd:
    """People who each want one slot, so many at once."""

    def __init__(self, booking: Booking, first: int, wanted: Sequence[Slot]) -> None:
        self._booking, self._wanted = booking, list(enumerate(wanted, first))
        self.made: list[Appointment] = []
        self.refused = 0
        self.waits_s: list[float] = []

    async def come(self) -> float:
        """How many seconds it took all of them."""
        start = perf_counter()
        await asyncio.gather(*(self._one() for _ in range(AT_ONCE)))
        return perf_counter() - start

    async def _one(self) -> None:
        while self._wanted:
            number, slot = self._wanted.pop()
            start = perf_counter()
            try:
                self.made.append(await self._booking.book(
                    Wanted("key", "mfc", "passport", number, f"web.chat:{number}", "077", slot.at, slot.window, name="Анна"), "anna"))
            except RefusedError as error:
                if error.code != "taken":
                    raise
                self.refused += 1
            self.waits_s.append(perf_counter() - start)


async def measure(path: Path) -> dict[str, float]:
    store = SqliteStore(path, Russian(), archive_delay_s=3600)
    booking = booking_of(store)
    desk = booking.counter("mfc")
    days = [date(2026, 11, 24 + number) for number in range(6)]
    slots = [slot for day in days for slot in desk.slots(day, desk.windows("passport"))]
    own, contested = slots[:BOOKINGS], slots[BOOKINGS:BOOKINGS + CONTESTED]
    apart = Crowd(booking, 1, own)
    begun_s = process_time()
    apart_s = await apart.come()
    took_s = process_time() - begun_s
    # All who want a slot come after each other, so that they are under way at once.
    together = Crowd(booking, 1_000_000, [slot for slot in contested for _ in range(WANT_ONE)])
    together_s = await together.come()
    await store.close()

    again = SqliteStore(path, Russian(), archive_delay_s=3600)
    kept = await again.marked(Appointment, "taken", "mfc", limit=1_000_000)
    await again.close()
    made = {each.number for each in (*apart.made, *together.made)}
    print(f"{len(apart.made)} apart in {apart_s:.1f} s, {together.refused} refused in {together_s:.1f} s", file=sys.stderr)
    return {
        "bookings_per_s": len(apart.made) / apart_s,
        "booking_p50_ms": median(apart.waits_s) * 1000,
        "booking_p99_ms": sorted(apart.waits_s)[len(apart.waits_s) * 99 // 100] * 1000,
        "booking_processor_ms": took_s / len(apart.made) * 1000,
        "contested_per_s": len(together.waits_s) / together_s,
        "contested_won": float(len(together.made)),
        "double": float(sum(count - 1 for count in Counter(each.slot for each in kept).values())),
        "lost": float(len(made - {each.number for each in kept})),
    }


def main() -> None:
    gc.set_threshold(*COLLECTOR)  # as `okno run` does
    with tempfile.TemporaryDirectory(dir="var" if Path("var").is_dir() else None) as name:
        folder = Path(name)
        load, before = os.getloadavg()[0], fdatasyncs_per_s(folder)
        figures = uvloop.run(measure(folder / "okno.db"))
        figures |= {"load_before": load, "fdatasync_per_s": median((before, fdatasyncs_per_s(folder)))}
        report("booking", {key: rounded(value) for key, value in figures.items()}, GOALS)


if __name__ == "__main__":
    main()
