"""What a citizen is told of a line that is closed: when it opens, by its own clock."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from hub.organisation.opening_words import Shut, clock, said

MOSCOW = ZoneInfo("Europe/Moscow")
WEDNESDAY = datetime(2026, 11, 25, 18, 30, tzinfo=UTC)  # 21:30 in Moscow


def opens(month: int, day: int, hour: int, minute: int = 0, *, year: int = 2026, zone: str = "Europe/Moscow") -> Shut:
    return Shut("по будням с 9:00 до 18:00", datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone)))


@pytest.mark.parametrize(("shut", "words"), [
    (opens(11, 25, 22, 5), "сегодня, 25 ноября, 22:05 (по московскому времени)"), (opens(11, 26, 9), "завтра, 26 ноября, 9:00 (по московскому времени)"),
    (opens(11, 27, 9), "в пятницу, 27 ноября, 9:00"), (opens(12, 1, 9), "во вторник, 1 декабря, 9:00"), (opens(12, 2, 9), ": 2 декабря, 9:00"),
    (opens(1, 11, 9, year=2027), "11 января 2027 года, 9:00"),
    (opens(11, 26, 9, zone="Asia/Vladivostok"), "сегодня, 26 ноября, 9:00 (по владивостокскому времени)"),
])
def test_the_next_time_is_told_by_the_lines_own_clock(shut: Shut, words: str) -> None:
    # CH-11
    told = said(shut, WEDNESDAY)
    assert told.startswith("Сейчас нерабочее время: операторы отвечают по будням с 9:00 до 18:00. Ближайшее время: ")
    assert words in told


def test_nothing_is_told_that_is_not_known() -> None:
    # CH-11
    assert said(Shut("", None), WEDNESDAY) == "Сейчас нерабочее время."


@pytest.mark.parametrize(("zone", "words"), [
    ("Europe/Kaliningrad", "по калининградскому времени"), ("Europe/Samara", "по самарскому времени"), ("Asia/Yekaterinburg", "по екатеринбургскому времени"),
    ("Asia/Kamchatka", "по камчатскому времени"), ("Europe/Berlin", "по времени UTC+1"), ("Asia/Kolkata", "по времени UTC+5.5"), ("UTC", "по времени UTC+0")])
def test_every_clock_has_its_name(zone: str, words: str) -> None:
    # CH-11
    assert clock(WEDNESDAY.astimezone(ZoneInfo(zone))) == words
