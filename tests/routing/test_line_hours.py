"""A week of hours in words, and lines that are closed, against the hours themselves."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.organisation.opening_hours import Calendar, Hours, Timetable
from hub.organisation.opening_words import Shut
from routing.line_hours import LineHours, in_words

MOSCOW = ZoneInfo("Europe/Moscow")
OFFICE = {"working_day": ["09:00-18:00"]}
LINES = {"general": "001", "social": "001", "far": "016"}


def calendar(**keys: Any) -> Calendar:
    return msgspec.convert(keys, Calendar, str_keys=True)


def moscow(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=MOSCOW)


@pytest.mark.parametrize(("week", "words"), [
    (OFFICE, "по будням с 9:00 до 18:00"),
    ({"working_day": ["09:00-13:00", "14:00-18:00"], "saturday": ["10:00-14:00"]}, "по будням с 9:00 до 13:00 и с 14:00 до 18:00, по субботам с 10:00 до 14:00"),
    ({"working_day": ["09:00-18:00"], "friday": ["09:00-16:45"]}, "с понедельника по четверг с 9:00 до 18:00, по пятницам с 9:00 до 16:45"),
    ({"every_day": ["00:00-24:00"]}, "ежедневно с 0:00 до 24:00"), ({"every_day": ["круглосуточно"]}, "круглосуточно"),
    ({"saturday": ["круглосуточно"], "sunday": ["круглосуточно"]}, "по выходным круглосуточно"), ({"every_day": ["08:00-20:00"], "wednesday": []},
     "с понедельника по вторник с 8:00 до 20:00, с четверга по воскресенье с 8:00 до 20:00"), ({}, ""),
])
def test_a_week_is_said_as_people_say_it(week: dict[str, list[str]], words: str) -> None:
    # CH-11
    assert in_words(msgspec.convert({"week": week}, Timetable)) == words


@pytest.mark.parametrize(("week", "words"), [
    (OFFICE, "по будням с 9:00 до 18:00"), ({"every_day": ["08:00-20:00"]}, "ежедневно с 8:00 до 20:00, кроме праздничных дней"),
    ({"every_day": ["08:00-20:00"], "holiday": ["08:00-20:00"]}, "ежедневно с 8:00 до 20:00")])
def test_holidays_are_said_where_they_make_a_difference(week: dict[str, list[str]], words: str) -> None:
    # CH-11
    assert in_words(msgspec.convert({"holidays": "RU", "week": week}, Timetable)) == words


def test_a_closed_line_tells_when_it_opens_and_an_open_one_nothing() -> None:
    # CH-11, SL-01
    opening = LineHours([calendar(queue="social", week=OFFICE, holidays="RU"), calendar(centre="016", zone="Asia/Yekaterinburg", week=OFFICE)], LINES)
    assert opening.shut("social", moscow(11, 25, 17, 59)) is None
    assert opening.shut("social", moscow(11, 25, 18)) == Shut("по будням с 9:00 до 18:00", moscow(11, 26, 9))
    assert opening.shut("social", moscow(11, 26, 9)) is None
    assert opening.shut("social", moscow(11, 3, 18)) == Shut("по будням с 9:00 до 18:00", moscow(11, 5, 9))  # 4 November is a holiday
    far = opening.shut("far", moscow(11, 25, 16))
    assert far == Shut("по будням с 9:00 до 18:00", datetime(2026, 11, 26, 9, tzinfo=ZoneInfo("Asia/Yekaterinburg")))
    for queue in ("general", "unheard of"):
        assert opening.shut(queue, moscow(1, 1, 3)) is None


def test_the_hours_told_are_those_of_the_day_it_opens() -> None:
    # CH-11: from tomorrow on another calendar holds
    old = calendar(queue="social", week=OFFICE, valid_until="2026-11-25")
    new = calendar(queue="social", week={"every_day": ["10:00-20:00"]}, valid_from="2026-11-26")
    opening = LineHours([old, new], LINES)
    assert opening.shut("social", moscow(11, 25, 19)) == Shut("ежедневно с 10:00 до 20:00", moscow(11, 26, 10))
    assert LineHours([calendar(queue="social")], LINES).shut("social", moscow(11, 25, 19)) == Shut("", None)


def test_only_lines_that_are_closed_at_times_are_listed() -> None:
    # CH-11
    opening = LineHours([calendar(queue="social", week=OFFICE), calendar(queue="far", zone="Asia/Omsk", special={"2026-12-31": ["09:00-12:00"]})], LINES)
    assert opening.in_words(moscow(11, 25, 12)) == {
        "social": "по будням с 9:00 до 18:00 (по московскому времени)", "far": "особые дни (по омскому времени)"}


@given(st.integers(0, 60 * 24 * 21), st.sampled_from(["Europe/Moscow", "Asia/Vladivostok", "UTC"]), st.sampled_from(["20:00-08:00", "09:00-18:00", "00:00-24:00"]))
def test_a_line_is_shut_exactly_when_it_is_not_open(minute: int, zone: str, clock: str) -> None:
    # CH-11
    calendars, at = [calendar(zone=zone, week={"working_day": [clock]})], moscow(11, 20, 0) + timedelta(minutes=minute)
    hours, shut = Hours(calendars, "001", "social"), LineHours(calendars, LINES).shut("social", at)
    assert (shut is None) == hours.is_open(at)
    if shut:
        assert shut.opens == hours.next_opening(at)
        assert shut.opens is not None
        assert shut.opens > at
        assert hours.is_open(shut.opens)
