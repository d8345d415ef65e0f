"""When the lines of a centre are open in the days to come, and the minutes in which none of them is (SL-01). Pure."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, tzinfo

from msgspec import Struct

from hub.organisation.opening_hours import Hours, Span, between
from hub.organisation.settings import Settings

AHEAD_DAYS = 60
MINUTE = timedelta(minutes=1)


class DayCover(Struct, frozen=True):
    """`spans` are pairs of minutes from midnight by the clock of the centre."""

    day: date
    spans: list[tuple[int, int]]


class LineCover(Struct, frozen=True):
    line: str
    title: str
    days: list[DayCover]


class UncoveredPeriod(Struct, frozen=True):
    """From `begins` until just before `ends` no line of the centre is open."""

    centre: str
    begins: datetime
    ends: datetime


def lines_covered(settings: Settings, today: date, zone: tzinfo) -> list[LineCover]:
    """Each open line, day by day."""
    days = [today + timedelta(days=each) for each in range(AHEAD_DAYS)]
    return [LineCover(line.id, line.title, [_day(Hours(settings.hours, line.centre, line.id), day, zone) for day in days])
            for line in settings.queues if not line.successor]


def gaps(settings: Settings, now: datetime) -> list[UncoveredPeriod]:
    """Of each centre, in the next 60 days, in order."""
    until = now + timedelta(days=AHEAD_DAYS)
    open_lines: dict[str, list[Span]] = {}
    for line in settings.queues:
        spans = open_lines.setdefault(line.centre, [])
        if not line.successor:
            spans += between(Hours(settings.hours, line.centre, line.id), now, until)
    return [UncoveredPeriod(centre, *gap) for centre, spans in open_lines.items() for gap in uncovered(spans, now, until)]


def uncovered(spans: Iterable[Span], begins: datetime, ends: datetime) -> list[Span]:
    """The times between two moments that no span covers, in order."""
    free, at = list[Span](), begins
    for span in sorted(each for each in spans if each.begins < ends):
        if span.begins > at:
            free.append(Span(at, span.begins))
        at = max(at, span.ends)
    return [*free, Span(at, ends)] if at < ends else free


def _day(hours: Hours, day: date, zone: tzinfo) -> DayCover:
    begins = datetime.combine(day, time(), zone)
    spans = between(hours, begins, datetime.combine(day + timedelta(days=1), time(), zone))
    return DayCover(day, [((span.begins - begins) // MINUTE, (span.ends - begins) // MINUTE) for span in spans])
