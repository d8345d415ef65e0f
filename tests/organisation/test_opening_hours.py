"""Hours against the published production calendars, against a plain reading of the wall clock, and where the clock jumps."""

import tomllib
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from hub.organisation.opening_hours import ALWAYS, WEEK, Calendar, Clock, Hours, Span, Timetable, between
from hub.organisation.production_calendar import is_day_off, is_shortened, worked_as

MOSCOW, BERLIN = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Berlin")
OFFICE: dict[str, list[str]] = {"working_day": ["09:00-13:00", "14:00-18:00"], "shortened_day": ["09:00-13:00", "14:00-17:00"]}


class Book(Struct, frozen=True, forbid_unknown_fields=True):
    hours: tuple[Calendar, ...]


def read(text: str) -> tuple[Calendar, ...]:
    return msgspec.convert(tomllib.loads(text), Book, str_keys=True).hours


def local(*parts: int, zone: ZoneInfo = MOSCOW) -> datetime:
    return datetime(*parts, tzinfo=zone)  # type: ignore[arg-type,misc]  # year, month, day, hour, minute


def office(**more: object) -> Timetable:
    return msgspec.convert({"holidays": "RU", "week": OFFICE, **more}, Timetable)


def hours_on(timetable: Timetable, day: date) -> list[str]:
    zone = ZoneInfo(timetable.zone)
    return [f"{span.begins.astimezone(zone):%H:%M}-{span.ends.astimezone(zone):%H:%M}" for span in timetable.spans(day)]


def year_of(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=n) for n in range(365 + (year % 4 == 0))]


@pytest.mark.parametrize(("year", "working_days", "shortened"), [
    # The production calendars as published: working days of the year, and those an hour shorter.
    (2024, 248, [(2, 22), (3, 7), (5, 8), (6, 11), (11, 2)]),
    (2025, 247, [(3, 7), (4, 30), (6, 11), (11, 1)]),
    (2026, 247, [(4, 30), (5, 8), (6, 11), (11, 3)]),
])
def test_the_production_calendar_is_the_published_one(year: int, working_days: int, shortened: list[tuple[int, int]]) -> None:
    # CH-11
    worked = [day for day in year_of(year) if office().spans(day)]
    assert len(worked) == working_days
    assert [(day.month, day.day) for day in year_of(year) if is_shortened(day)] == shortened
    assert {day for day in worked if is_shortened(day)} == {date(year, *each) for each in shortened}


def test_a_working_saturday_stands_in_for_the_day_off() -> None:
    # CH-11
    assert worked_as(date(2025, 11, 1)) == date(2025, 11, 3)
    assert is_day_off(date(2025, 11, 3))
    mondays = Timetable(holidays="RU", week={"monday": ("10:00-12:00",), "saturday": ("08:00-09:00",)})
    assert hours_on(mondays, date(2025, 11, 1)) == ["10:00-12:00"]
    assert hours_on(mondays, date(2025, 11, 8)) == ["08:00-09:00"]
    assert hours_on(mondays, date(2025, 11, 3)) == []


def test_the_first_that_is_given_counts() -> None:
    # CH-11
    days = office(special={"2026-11-24": ["12:00-24:00"], "2026-11-25": []}, week=OFFICE | {"holiday": ["10:00-11:00"], "friday": ["09:00-15:00"]})
    assert hours_on(days, date(2026, 11, 23)) == ["09:00-13:00", "14:00-18:00"]
    assert hours_on(days, date(2026, 11, 24)) == ["12:00-00:00"]
    assert hours_on(days, date(2026, 11, 25)) == []
    assert hours_on(days, date(2026, 11, 27)) == ["09:00-15:00"]
    assert hours_on(days, date(2026, 11, 28)) == []
    assert hours_on(days, date(2026, 11, 4)) == ["10:00-11:00"]
    assert hours_on(days, date(2026, 11, 3)) == ["09:00-13:00", "14:00-17:00"]


def test_without_the_production_calendar_a_holiday_is_a_day_like_any() -> None:
    # SL-01
    day_and_night = Timetable(week={"every_day": (ALWAYS,)})
    assert hours_on(day_and_night, date(2027, 1, 1)) == ["00:00-00:00"]
    assert between(day_and_night, local(2026, 12, 1), local(2027, 2, 1)) == [Span(local(2026, 12, 1), local(2027, 2, 1))]


def test_over_midnight_into_a_closed_day() -> None:
    # CH-11
    nights = Hours([Calendar(week={"friday": ("22:00-06:00",)})], "001")
    assert nights.is_open(local(2026, 11, 27, 22))
    assert nights.is_open(local(2026, 11, 28, 5, 59))
    assert not nights.is_open(local(2026, 11, 28, 6))
    assert nights.next_opening(local(2026, 11, 28, 5)) == local(2026, 11, 28, 5)
    assert nights.next_opening(local(2026, 11, 28, 6)) == local(2026, 12, 4, 22)


def test_a_queue_goes_before_its_centre_and_the_newest_before_older_ones() -> None:
    # CH-11, LV-10
    calendars = read("""
        [[hours]]
        week = { every_day = ["круглосуточно"] }
        [[hours]]
        centre = "077"
        zone = "Asia/Yekaterinburg"
        week = { every_day = ["08:00-20:00"] }
        [[hours]]
        centre = "077"
        zone = "Asia/Yekaterinburg"
        week = { every_day = ["10:00-12:00"] }
        valid_from = 2026-12-01
        valid_until = 2026-12-31
        [[hours]]
        queue = "мфц"
        holidays = "RU"
        week = { working_day = ["09:00-18:00"] }
        [hours.special]
        2026-11-25 = []
    """)
    assert Hours(calendars, "001").is_open(local(2026, 11, 24, 3))
    centre = Hours(calendars, "077")
    assert (centre.is_open(local(2026, 11, 24, 5, 59)), centre.is_open(local(2026, 11, 24, 6))) == (False, True)  # Moscow is two hours behind
    assert centre.next_opening(local(2026, 11, 30, 19)) == local(2026, 12, 1, 8)
    assert centre.next_opening(local(2026, 12, 31, 19)) == local(2027, 1, 1, 6)
    queue = Hours(calendars, "077", "мфц")
    assert queue.next_opening(local(2026, 11, 24, 18)) == local(2026, 11, 26, 9)
    assert queue.next_opening(local(2026, 12, 30, 18)) == local(2027, 1, 11, 9)
    assert Hours((), "005", "любая").is_open(local(2027, 1, 1, 3))


def test_never_open_again() -> None:
    # CH-11
    assert Hours([Calendar(week={"monday": ()})], "001").next_opening(local(2026, 11, 24)) is None


@pytest.mark.parametrize(("text", "named"), [
    ('zone = "Europe/Nowhere"', "Europe/Nowhere"), ('zone = "../passwd"', "../passwd"), ('week = { funday = ["09:00-18:00"] }', "funday"),
    ('week = { monday = ["9-18"] }', "week"), ('week = { monday = ["09:00-25:00"] }', "week"), ('week = { monday = ["24:00-09:00"] }', "week"),
    ('holidays = "DE"', "DE"), ('week = { holiday = ["09:00-18:00"] }', "holiday"), ("special = { 2026-02-30 = [] }", "special"), ('colour = "red"', "colour"),
])
def test_what_cannot_be_used_is_named(text: str, named: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=named):
        read(f"[[hours]]\n{text}")


MINUTES = st.integers(0, 24 * 60 - 1)
CLOCKS = st.builds(lambda begins, ends: f"{begins // 60:02}:{begins % 60:02}-{ends // 60:02}:{ends % 60:02}", MINUTES, MINUTES)
WEEKS = st.dictionaries(st.sampled_from(WEEK), st.lists(CLOCKS, max_size=3).map(tuple), max_size=7)


def open_by_the_wall_clock(week: dict[str, tuple[Clock, ...]], wall: datetime) -> bool:
    """Today's spans, and yesterday's that go over midnight: read as a person reads a sign on a door."""
    def holds(day: datetime, minute: int) -> bool:
        for clock in week.get(WEEK[day.weekday()], ()):
            begins, ends = (int(each[:2]) * 60 + int(each[3:]) for each in clock.split("-"))
            if begins <= minute < (ends if ends > begins else ends + 1440):
                return True
        return False
    minute = wall.hour * 60 + wall.minute
    return holds(wall, minute) or holds(wall - timedelta(days=1), minute + 1440)


@given(WEEKS, st.sampled_from(["Europe/Moscow", "Asia/Kamchatka", "Europe/Kaliningrad", "Pacific/Kiritimati", "Etc/GMT+12"]), st.integers(0, 14 * 1440))
def test_open_is_what_the_sign_on_the_door_says(week: dict[str, tuple[Clock, ...]], zone: str, minute: int) -> None:
    # CH-11
    calendar = msgspec.convert({"zone": zone, "week": week}, Calendar)
    hours, at = Hours([calendar], "001"), datetime(2026, 11, 24, tzinfo=UTC) + timedelta(minutes=minute)
    wall = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    expected = open_by_the_wall_clock(week, wall)
    assert hours.is_open(at) == expected
    following = (n for n in range(8 * 1440) if open_by_the_wall_clock(week, wall + timedelta(minutes=n)))
    first = next(following, None) if expected or any(week.values()) else None
    assert hours.next_opening(at) == (None if first is None else at + timedelta(minutes=first))


@given(WEEKS, st.sampled_from(["Europe/Moscow", "Europe/Berlin", "America/New_York", "Africa/Cairo", "Australia/Lord_Howe"]),
       st.integers(0, 365 * 1440), st.integers(1, 5 * 1440))
def test_between_agrees_with_open_where_the_clock_jumps_too(week: dict[str, tuple[Clock, ...]], zone: str, minute: int, length: int) -> None:
    # CH-11
    calendar = msgspec.convert({"zone": zone, "week": week}, Calendar)
    begins = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    ends = begins + timedelta(minutes=length)
    spans, hours = between(calendar, begins, ends), Hours([calendar], "001")
    edges = [begins, *(moment for span in spans for moment in span), ends]
    assert edges == sorted(edges)
    assert all(before.ends < after.begins for before, after in pairwise(spans))
    for span in spans:
        assert (hours.is_open(span.begins), hours.is_open(span.ends - timedelta(minutes=1))) == (True, True)
        assert span.ends == ends or not hours.is_open(span.ends)
        assert span.begins == begins or not hours.is_open(span.begins - timedelta(minutes=1))


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Africa/Cairo", "Australia/Lord_Howe", "Europe/Moscow"])
def test_shifts_that_follow_each_other_leave_no_gap_in_a_year(zone: str) -> None:
    # SL-01: whatever the clock does at 2, 3 or at midnight
    shifts = Timetable(zone=zone, week={"every_day": ("08:00-20:00", "20:00-02:30", "02:30-08:00")})
    year = Span(datetime(2026, 1, 2, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    assert between(shifts, *year) == [year]


def test_days_of_23_and_25_hours() -> None:
    # CH-11
    always = Timetable(zone="Europe/Berlin", week={"every_day": (ALWAYS,)})
    for day, length in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 24), 24)):
        span, = always.spans(day)
        assert span.ends - span.begins == timedelta(hours=length)
    skipped = Timetable(zone="Europe/Berlin", week={"every_day": ("02:00-03:00", "02:15-03:05")})
    assert skipped.spans(date(2026, 3, 29)) == []
    assert Hours([Calendar(zone="Europe/Berlin", week={"sunday": ("01:00-04:00",)})], "001").is_open(local(2026, 3, 29, 3, 30, zone=BERLIN))
