"""A centre with three months of contacts behind it, counted by day as the hub counts them."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

from benchmarks.workforce_year import HANDLING_S, generated_year
from bots.russian import Russian
from hub.workforce.shift import KINDS, RosteredShift, ShiftRoster
from hub.workforce.volumes import Series, Volume, VolumeDay
from storage.sqlite import SqliteStore
from tests.house import House, house_in
from tests.past import MOSCOW, today

DAYS = 105
SERIES = (Series("001", "voice", "passports"), Series("001", "web", "passports"), Series("001", "voice", ""))


def volume_days(contacts: float = 150, seed: int = 3) -> list[VolumeDay]:
    """Up to yesterday."""
    year, first = generated_year(SERIES, contacts, seed, DAYS), today() - timedelta(days=DAYS)
    found = []
    for day in range(DAYS):
        volumes = tuple(
            Volume(*name, {quarter: int(number) for quarter, number in enumerate(year.counts[row, day]) if number},
                   int(year.counts[row, day].sum()), float(year.counts[row, day].sum()) * HANDLING_S)
            for row, name in enumerate(SERIES))
        found.append(VolumeDay((first + timedelta(days=day)).isoformat(), volumes))
    return found


async def fill(data: Path) -> None:
    data.mkdir(parents=True, exist_ok=True)
    store = SqliteStore(data / "okno.db", Russian())
    await store.exchange(volume_days(), ())
    await store.close()


@contextmanager
def planned_house(folder: Path) -> Iterator[House]:
    config = folder / "okno.toml"
    config.write_text(files("okno.demo").joinpath("okno.toml").read_text(encoding="utf8"), encoding="utf8")
    asyncio.run(fill(folder / "data"))
    with house_in(folder, config) as running:
        yield running


def roster_now(*logins: str) -> ShiftRoster:
    """A published roster in which these people have a shift now, the one that has longest to go."""
    moment, day = datetime.now(UTC), today()
    spans = {(each, kind): kind.span(each, MOSCOW) for each in (day - timedelta(days=1), day) for kind in KINDS}
    begins, kind = max((each for each, span in spans.items() if span.begins <= moment), key=lambda each: spans[each].ends)
    shifts = tuple(RosteredShift(login, begins, kind.code) for login in sorted(logins))
    return ShiftRoster("now", "001", MOSCOW.key, day - timedelta(days=1), 7, shifts, ((1,) * 48,) * 7, 0, 0, moment, "admin", moment, "admin")
