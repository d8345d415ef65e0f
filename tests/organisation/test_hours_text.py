"""Hours as people write them."""

import pytest

from hub.organisation.hours_text import timetable


@pytest.mark.parametrize(("text", "monday", "saturday"), [
    ("пн–сб с 8 до 20, вс выходной", ("08:00-20:00",), ("08:00-20:00",)),
    ("вт–сб с 9 до 18, перерыв с 13 до 14", (), ("09:00-13:00", "14:00-18:00")),
    ("ежедневно с 10 до 22", ("10:00-22:00",), ("10:00-22:00",)),
    ("Пн-Чт 9:00-18:00, пт 9.00-16.45, обед 13-14", ("09:00-13:00", "14:00-18:00"), ()),
    ("круглосуточно", ("00:00-24:00",), ("00:00-24:00",)),
    ("по будням с 9 до 17", ("09:00-17:00",), ()),
    ("сб, вс с 10 до 14; пн выходной", (), ("10:00-14:00",)),
])
def test_days_and_hours_are_read(text: str, monday: tuple[str, ...], saturday: tuple[str, ...]) -> None:
    # AL-01
    read = timetable(text, "Europe/Moscow")
    assert read is not None
    assert (read.week["monday"], read.week["saturday"]) == (monday, saturday)


@pytest.mark.parametrize("text", ["", "по записи", "пн выходной", "с 9", "пн–пт с 25 до 3", "8 800 100-00-00"])
def test_what_is_not_understood_is_no_timetable(text: str) -> None:
    assert timetable(text, "Europe/Moscow") is None
