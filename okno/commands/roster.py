"""`okno roster`: checks that an operator is present at every minute of the next days."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from hub.kernel.errors import OknoError
from hub.organisation.opening_hours import Calendar
from hub.organisation.registry import Registry
from hub.workforce.contract_shifts import without_contract
from hub.workforce.coverage import Gap, Roster, Staff, short, uncovered
from okno.config import read_toml
from okno.stores import now

STAFF = {Staff.OWN: "своих", Staff.POOLED: "общих", Staff.CONTRACTOR: "подрядчика"}


def load(path: Path, hours: Iterable[Calendar] = ()) -> Roster:
    """Read a roster; raises OknoError, which names the file and the key.

    One without opening hours gets those of the configuration for its centres and queues.
    """
    raw = read_toml(path)
    try:
        roster = msgspec.convert(raw, Roster, str_keys=True)
    except msgspec.ValidationError as error:
        message = f"{path}: {error}"
        raise OknoError(message) from error
    centres, queues = {"", *(each.id for each in roster.centres)}, {"", *(queue for each in roster.centres for queue in each.queues)}
    meant = tuple(each for each in hours if each.centre in centres and each.queue in queues)
    return roster if roster.hours else msgspec.structs.replace(roster, hours=meant)


def check(path: Path, days: int, first: date | None = None, hours: Iterable[Calendar] = (), registry: Registry | None = None) -> int:
    """Print every minute without operators, or with too few, from `first` or from now on; 1 when there are any, otherwise 0.

    With a registry it also prints each contractor's shift without a contract (LV-07).
    """
    if days < 1:
        message = "--days must be at least 1"
        raise OknoError(message)
    roster = load(path, hours)
    zones = {centre.id: ZoneInfo(centre.zone) for centre in roster.centres}
    zone = zones[roster.centres[0].id]
    begins = datetime(first.year, first.month, first.day, tzinfo=zone) if first else _this_minute()
    nobody = uncovered(roster, begins, days)
    few = [gap for gap in short(roster, begins, days) if gap.present]
    for gap in nobody:
        print(f"{_where(gap)}: никого {_when(gap, zones[gap.centre])}")
    for gap in few:
        print(f"{_where(gap)}: операторов {gap.present} из {gap.needed} {_when(gap, zones[gap.centre])}")
    unlawful = list(without_contract(roster, registry, begins.date(), days)) if registry else []
    for bare in unlawful:
        print(f"{bare.centre}, смена «{bare.shift}»: с {bare.day:%d.%m.%Y} нет договора с подрядчиком «{bare.contractor}»")
    shifts = Counter(shift.staff for shift in roster.shifts)
    counted = ", ".join(f"{STAFF[staff]} {times}" for staff, times in sorted(shifts.items())) or "нет"
    print(f"С {_this(begins, zone)} на {days} дн.: центров {len(zones)}, смен: {counted}. {_verdict(nobody, few)}")
    return 1 if nobody or few or unlawful else 0


def _verdict(nobody: list[Gap], few: list[Gap]) -> str:
    if not nobody and not few:
        return "Каждая минута обеспечена."
    minutes = [sum((gap.ends - gap.begins for gap in gaps), timedelta()) // timedelta(minutes=1) for gaps in (nobody, few)]
    return f"Никого: {minutes[0]} мин, меньше нужного: {minutes[1]} мин."


def _where(gap: Gap) -> str:
    return f"{gap.centre}, {gap.queue}" if gap.queue else gap.centre


def _when(gap: Gap, zone: ZoneInfo) -> str:
    minutes = (gap.ends - gap.begins) // timedelta(minutes=1)
    return f"с {_this(gap.begins, zone)} до {_this(gap.ends, zone)} ({minutes} мин)"


def _this(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%d.%m.%Y %H:%M}"


def _this_minute() -> datetime:
    return now().astimezone(UTC).replace(second=0, microsecond=0)
