"""«Открыт ли сейчас»: hours of a day, lunch, holidays, the office's own zone, and when it opens next (AL-01)."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from hub.organisation.open_now import open_now, said, said_on, whose_clock
from hub.organisation.opening_hours import Timetable

OFFICE = Timetable(zone="Asia/Vladivostok", holidays="RU", week={
    "working_day": ("09:00-13:00", "14:00-18:00"), "shortened_day": ("09:00-13:00", "14:00-17:00"), "saturday": ("10:00-14:00",)})
NIGHT = Timetable(week={"every_day": ("20:00-08:00",)})
ALWAYS = Timetable(week={"every_day": ("круглосуточно",)})


def there(day: int, hour: int, minute: int = 0, *, month: int = 11, zone: str = "Asia/Vladivostok") -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(("at", "russian", "english"), [
    (there(26, 9), "Открыто до 18:00, обед 13:00–14:00", "Open until 18:00, lunch 13:00–14:00"),
    (there(26, 12, 59), "Открыто до 18:00, обед 13:00–14:00", "Open until 18:00, lunch 13:00–14:00"),
    (there(26, 13), "Обед до 14:00", "Lunch until 14:00"),
    (there(26, 14), "Открыто до 18:00", "Open until 18:00"),
    (there(26, 8, 59), "Закрыто, откроется сегодня в 9:00", "Closed, opens today at 9:00"),
    (there(26, 18), "Закрыто, откроется завтра в 9:00", "Closed, opens tomorrow at 9:00"),
    (there(28, 15), "Закрыто, откроется в понедельник в 9:00", "Closed, opens on Monday at 9:00"),
    (there(31, 18, month=12), "Закрыто, откроется 9 января в 10:00", "Closed, opens on 2027-01-09 at 10:00"),
])
def test_it_is_told_in_words(at: datetime, russian: str, english: str) -> None:
    # AL-01
    assert (said(open_now(OFFICE, at)), said(open_now(OFFICE, at), "en")) == (russian, english)


def test_the_clock_is_the_offices_own() -> None:
    # AL-01: it is morning in Moscow, and evening there
    state = open_now(OFFICE, there(26, 11, zone="Europe/Moscow"))
    assert not state.open
    assert whose_clock(state) == "по владивостокскому времени"
    assert open_now(OFFICE, there(26, 3, zone="Europe/Moscow")).open


@pytest.mark.parametrize(("day", "hours"), [
    (date(2026, 11, 26), "9:00–13:00, 14:00–18:00"),
    (date(2026, 11, 3), "9:00–13:00, 14:00–17:00"),  # the eve of 4 November
    (date(2026, 11, 4), "закрыто"),
    (date(2026, 11, 28), "10:00–14:00"),
    (date(2026, 11, 29), "закрыто"),
])
def test_hours_of_a_date(day: date, hours: str) -> None:
    # AL-01
    assert said_on(OFFICE, day) == hours


def test_over_midnight_and_round_the_clock() -> None:
    night = there(26, 2, zone="Europe/Moscow")
    assert said(open_now(NIGHT, night)) == "Открыто до 8:00"
    assert said(open_now(NIGHT, there(26, 12, zone="Europe/Moscow"))) == "Закрыто, откроется сегодня в 20:00"
    assert said(open_now(ALWAYS, night)) == "Открыто круглосуточно"
    assert said_on(ALWAYS, date(2026, 11, 26)) == "круглосуточно"
    assert said(open_now(Timetable(week={"every_day": ("09:00-24:00",)}), there(26, 12, zone="Europe/Moscow"))) == "Открыто до 24:00"


def test_an_office_that_never_opens_says_so() -> None:
    assert said(open_now(Timetable(), there(26, 12))) == "Закрыто"
    assert said_on(Timetable(), date(2026, 11, 26), "en") == "closed"
