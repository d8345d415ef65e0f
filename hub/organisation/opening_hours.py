"""Working hours: when a centre, or one of its queues, is open, and when shifts are worked (CH-11). Pure.

The first entry that exists gives a day's hours: the special date, the holiday, the shortened day, the day of the week, the working
day, every day. A span belongs to the date on which it begins, and may end on the next: "20:00-08:00".
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from hub.organisation.production_calendar import SATURDAY, is_day_off, is_shortened, worked_as

ALWAYS = "круглосуточно"
DAY_MIN = 24 * 60
LOOK_AHEAD_DAYS = 400
NINE = time(9)
"""Default beginning of the morning."""
REACH = timedelta(days=2)
"""A span ends at most a day after its date, and a zone is at most 14 hours from UTC."""

Clock = Annotated[str, Meta(pattern=rf"^({ALWAYS}|([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00))$")]
"""«09:00-18:00»; a span whose end is not later than its begin ends on the next day, so «08:00-08:00» is 24 hours."""
DayName = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
                  "working_day", "every_day", "shortened_day", "holiday"]
WEEK: tuple[DayName, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Span(NamedTuple):
    """From `begins` up to `ends` (exclusive), both in UTC."""

    begins: datetime
    ends: datetime


class Timetable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours by weekday and date, in the clock of `zone`; raises ValueError for an unknown zone.

    With `holidays` public holidays and moved days off are closed, unless `week.holiday` says otherwise, and working Saturdays have
    the hours of the day that they replace. Without it they are ordinary days.
    """

    zone: str = "Europe/Moscow"
    holidays: Literal["", "RU"] = ""
    week: dict[DayName, tuple[Clock, ...]] = {}
    special: dict[date, tuple[Clock, ...]] = {}
    """Dates with their own hours; an empty list is closed."""
    valid_from: date = date.min
    valid_until: date = date.max
    """The last day on which it is valid."""

    def __post_init__(self) -> None:
        _existing(self.zone)
        if not self.holidays and (idle := {"holiday", "shortened_day"} & set(self.week)):
            message = f'week.{min(idle)} means nothing without holidays = "RU"'
            raise ValueError(message)

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day <= self.valid_until

    def spans(self, day: date) -> list[Span]:
        """The spans that begin on `day`, earliest first.

        A clock time that the zone skips is moved by the length of the gap; of a time that occurs twice the first is meant.
        """
        clocks = self._clocks(day) if self.holds_on(day) else ()
        if not clocks:
            return []
        zone = ZoneInfo(self.zone)
        spans = (Span(*(_instant(day, minutes, zone) for minutes in _minutes(clock))) for clock in clocks)
        return sorted(span for span in spans if span.begins < span.ends)

    def _clocks(self, day: date) -> tuple[Clock, ...]:
        if day in self.special:
            return self.special[day]
        if self.holidays:
            if is_day_off(day):
                return self.week.get("holiday", ())
            if is_shortened(day) and "shortened_day" in self.week:
                return self.week["shortened_day"]
            day = worked_as(day)
        return self.usual(day.weekday())

    def usual(self, weekday: int) -> tuple[Clock, ...]:
        """The hours of a weekday (Monday is 0) that is neither special nor a holiday."""
        names: tuple[DayName, ...] = (WEEK[weekday], *(("working_day",) if weekday < SATURDAY else ()), "every_day")
        return next((self.week[name] for name in names if name in self.week), ())


class Calendar(Timetable, frozen=True, kw_only=True):
    """Opening hours of one centre ("" is any) and one queue ("" is any)."""

    centre: str = ""
    queue: str = ""


class Hours:
    """Opening hours of a centre's queues. Without a calendar a queue is open round the clock, as the law requires (SL-01)."""

    def __init__(self, calendars: Iterable[Calendar], centre: str, queue: str = "") -> None:
        """A queue's calendar has priority over the centre's, the centre's over the common one, a newer one over an older."""
        named = [each for each in calendars if each.centre in {"", centre} and each.queue in {"", queue}]
        self._calendars = sorted(named, key=lambda each: (not each.queue, not each.centre, -each.valid_from.toordinal()))
        # In the same clock as the others, so that there is no gap where one of them begins or ends.
        zone = self._calendars[0].zone if self._calendars else "UTC"
        self._otherwise = Timetable(zone=zone, week={"every_day": (ALWAYS,)})

    def spans(self, day: date) -> list[Span]:
        """The spans that begin on `day`, earliest first."""
        return next((each for each in self._calendars if each.holds_on(day)), self._otherwise).spans(day)

    def timetable(self, at: datetime) -> Timetable:
        """The timetable that is valid at a moment."""
        held = (each for each in self._calendars if each.holds_on(at.astimezone(ZoneInfo(each.zone)).date()))
        return next(held, self._otherwise)

    def is_open(self, at: datetime) -> bool:
        return self._first(at, REACH) == at

    def next_opening(self, at: datetime) -> datetime | None:
        """The first opening from `at` on, in UTC; None when there is none in the next 400 days."""
        return self._first(at, timedelta(days=LOOK_AHEAD_DAYS))

    def _first(self, at: datetime, ahead: timedelta) -> datetime | None:
        at = at.astimezone(UTC)
        days = _days(at - REACH, at + ahead)
        return next((max(span.begins, at) for day in days for span in self.spans(day) if span.ends > at), None)


def morning(hours: Hours, at: datetime, zone: ZoneInfo) -> datetime:
    """When work begins on the next working day by the clock of `zone`: at nine where it continues over midnight."""
    today = at.astimezone(zone).date()
    for day in (today + timedelta(days=ahead) for ahead in range(1, LOOK_AHEAD_DAYS)):
        if spans := hours.spans(day):
            begins = spans[0].begins
            own = begins.astimezone(ZoneInfo(hours.timetable(begins).zone)).time()
            return datetime.combine(day, NINE, zone) if own == time() else begins.astimezone(zone)
    return datetime.combine(today + timedelta(days=1), NINE, zone)


def between(hours: Timetable | Hours, begins: datetime, ends: datetime) -> list[Span]:
    """The open spans between two moments; adjoining and overlapping spans are joined."""
    begins, ends = begins.astimezone(UTC), ends.astimezone(UTC)
    spans = (span for day in _days(begins - REACH, ends + REACH) for span in hours.spans(day))
    return _merged([Span(max(span.begins, begins), min(span.ends, ends)) for span in spans if span.begins < ends and span.ends > begins])


def _merged(spans: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.begins <= merged[-1].ends:
            merged[-1] = Span(merged[-1].begins, max(merged[-1].ends, span.ends))
        else:
            merged.append(span)
    return merged


def _days(begins: datetime, ends: datetime) -> Iterator[date]:
    first = begins.toordinal()
    return (date.fromordinal(first + days) for days in range((ends.date() - begins.date()).days + 1))


def _existing(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        message = f"there is no zone {zone!r}"
        raise ValueError(message) from None


@lru_cache(1024)
def _minutes(clock: Clock) -> tuple[int, int]:
    """Minutes since the previous midnight."""
    if clock == ALWAYS:
        return 0, DAY_MIN
    begins, ends = (int(hours) * 60 + int(minutes) for hours, minutes in (each.split(":") for each in clock.split("-")))
    return begins, ends if ends > begins else ends + DAY_MIN


def _instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    return (datetime.combine(day, time()) + timedelta(minutes=minutes)).replace(tzinfo=zone).astimezone(UTC)
