"""The table of subjects: how many there are on a day, their zones, codes and neighbours."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from hub.organisation.territory import TerritoryError, read_subjects
from okno.territory import subjects

TABLE = subjects()
TODAY = date(2026, 11, 24)
HEAD = "code,name,zone,further_zones,valid_from,phone_codes,neighbours\n"


@pytest.mark.parametrize(("day", "count"), [
    (date(2008, 2, 29), 82), (date(2008, 3, 1), 83), (date(2014, 3, 17), 83), (date(2014, 3, 18), 85),
    (date(2022, 9, 29), 85), (date(2022, 9, 30), 89), (TODAY, 89)])
def test_the_count_by_date(day: date, count: int) -> None:
    # RT-11, D11
    assert len(TABLE.on(day)) == count


def test_eleven_offsets_and_no_summer_time() -> None:
    # RT-11
    def hours(zone: str, month: int) -> float:
        offset = datetime(2026, month, 1, tzinfo=ZoneInfo(zone)).utcoffset()
        assert offset is not None
        return offset.total_seconds() / 3600

    zones = {zone for each in TABLE.on(TODAY) for zone in (each.zone, *each.further_zones)}
    assert {hours(zone, 1) for zone in zones} == set(range(2, 13))
    assert all(hours(zone, 1) == hours(zone, 7) for zone in zones)
    assert TABLE["39"].zone == "Europe/Kaliningrad"
    assert {hours(zone, 1) for zone in (TABLE["14"].zone, *TABLE["14"].further_zones)} == {9, 10, 11}
    assert datetime(2026, 7, 1, tzinfo=UTC).astimezone(ZoneInfo(TABLE["77"].zone)).hour == 3


@pytest.mark.parametrize(("code", "found"), [
    ("495", {"77", "50"}), ("499", {"77"}), ("496", {"50"}), ("498", {"50"}), ("818", {"29", "83"}), ("812", {"78"}),
    ("813", {"47"}), ("336", set()), ("000", set())])
def test_codes_that_other_tables_have_wrong(code: str, found: set[str]) -> None:
    # RT-11
    assert TABLE.of_phone_code(code) == found


def test_neighbours_go_both_ways_and_have_dates() -> None:
    # RT-11
    assert {each.code for each in TABLE.neighbours("77", TODAY)} == {"40", "50"}
    assert TABLE.neighbours("39", TODAY) == ()
    assert "94" in {each.code for each in TABLE.neighbours("61", TODAY)}
    assert "94" not in {each.code for each in TABLE.neighbours("61", date(2021, 1, 1))}
    for each in TABLE.on(TODAY):
        assert all(each.code in TABLE[other].neighbours for other in each.neighbours)


def test_names_and_codes_are_nobody_elses() -> None:
    # D11
    every = TABLE.on(TODAY)
    assert len({each.name for each in every}) == len(every) == len(TABLE.codes)


@pytest.mark.parametrize(("rows", "named"), [
    ("77,Москва,Europe/Moscow,,yesterday,,", "line 2"), ("7,Москва,Europe/Moscow,,1993-12-25,,", "line 2"),
    ("77,,Europe/Moscow,,1993-12-25,,", "line 2"), ("77,Москва", "line 2"),
    ("77,Москва,Europe/Moscow,,1993-12-25,495,50", "subject 77: neighbours"),
    ("77,Москва,Europe/Moscow,,1993-12-25,,\n77,Москва,Europe/Moscow,,1993-12-25,,", "subject 77: code")])
def test_what_is_wrong_with_a_table_is_named(rows: str, named: str) -> None:
    # RT-11
    with pytest.raises(TerritoryError, match=named):
        read_subjects(HEAD + rows)
    with pytest.raises(TerritoryError, match="zone"):
        read_subjects("code,name,valid_from\n77,Москва,1993-12-25")
