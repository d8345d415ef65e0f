"""The sweep against a count of every half-hour, and rosters as centres have them."""

import time
import tomllib
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.organisation.opening_hours import WEEK, Calendar, Hours, Timetable
from hub.workforce.coverage import Centre, Gap, Need, Roster, Shift, covered_centres, short, uncovered

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)  # noon in Moscow, a Tuesday
HALF_HOUR = timedelta(minutes=30)


def read(text: str) -> Roster:
    return msgspec.convert(tomllib.loads(text), Roster, str_keys=True)


def moscow(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=3)


DAY_AND_NIGHT = """
    [[centres]]
    id = "001"
    [[shifts]]
    name = "День"
    centres = ["001"]
    week = { every_day = ["08:00-20:00"] }
    operators = 3
    [[shifts]]
    name = "Ночь"
    staff = "pooled"
    week = { every_day = ["20:00-08:00"] }
"""


def test_two_shifts_cover_day_and_night() -> None:
    # SL-01, GV-01
    roster = read(DAY_AND_NIGHT)
    assert uncovered(roster, NOW) == short(roster, NOW) == []
    assert covered_centres(roster, NOW) == {"001"}


def test_one_minute_is_found_once_and_exactly() -> None:
    # SL-01, D15: the night before a holiday begins a minute late
    roster = read(DAY_AND_NIGHT + 'special = { 2026-12-31 = ["20:01-08:00"] }')
    assert uncovered(roster, NOW) == [Gap("001", "", moscow(31, 20, month=12), moscow(31, 20, 1, month=12), 0, 1)]
    assert covered_centres(roster, NOW) == set()
    assert covered_centres(roster, NOW, days=30) == {"001"}


def test_nobody_at_all_is_one_gap_of_sixty_days() -> None:
    # SL-01
    roster = read('[[centres]]\nid = "001"\n[[centres]]\nid = "002"\n[[shifts]]\nname = "Все"\ncentres = ["002"]\nweek = { every_day = ["круглосуточно"] }')
    assert uncovered(roster, NOW) == [Gap("001", "", NOW, NOW + timedelta(days=60), 0, 1)]
    assert covered_centres(roster, NOW) == {"002"}


def test_a_calendar_closes_a_queue_but_never_the_centre() -> None:
    # D15, CH-11
    closed = """
        [[hours]]
        centre = "001"
        week = { every_day = ["09:00-18:00"] }
    """
    office = """
        [[shifts]]
        name = "День"
        week = { every_day = ["09:00-18:00"] }
        [[centres]]
        id = "001"
        queues = ["мфц"]
    """
    gaps = uncovered(read(office + closed), NOW, days=1)
    assert gaps == [Gap("001", "", moscow(24, 18), moscow(25, 9), 0, 1)]


def test_a_queue_is_covered_only_by_those_who_know_it() -> None:
    # SL-01
    roster = read(DAY_AND_NIGHT.replace('id = "001"', 'id = "001"\nqueues = ["выплаты", "паспорт"]')
                  .replace("operators = 3", 'operators = 3\nqueues = ["выплаты"]'))
    assert uncovered(roster, NOW, days=1) == [
        Gap("001", "паспорт", NOW, moscow(24, 20), 0, 1), Gap("001", "паспорт", moscow(25, 8), moscow(25, 12), 0, 1)]


def test_fewer_than_needed() -> None:
    # SL-01: of two needs at a time the greater one counts
    needs = """
        [[needs]]
        centre = "001"
        operators = 2
        [[needs]]
        centre = "001"
        operators = 5
        week = { tuesday = ["13:00-14:00"] }
    """
    roster = read(DAY_AND_NIGHT + needs)
    assert short(roster, NOW, days=1) == [
        Gap("001", "", moscow(24, 13), moscow(24, 14), 3, 5), Gap("001", "", moscow(24, 20), moscow(25, 8), 1, 2)]
    assert uncovered(roster, NOW, days=1) == []
    nobody = read(needs + '[[centres]]\nid = "001"')
    assert len(short(nobody, NOW, days=1)) == 3
    assert uncovered(nobody, NOW, days=1) == [Gap("001", "", NOW, NOW + timedelta(days=1), 0, 5)]


def test_the_hour_that_comes_twice_is_not_covered_by_a_clock_that_shows_it_once() -> None:
    # SL-01: 25 October 2026 in Berlin, where 02:59 comes twice: the first is meant, and until three nobody comes
    roster = Roster(centres=(Centre(id="b"),), shifts=(
        Shift(name="day", zone="Europe/Berlin", week={"every_day": ("03:00-02:00",)}), Shift(name="two", zone="Europe/Berlin", week={"every_day": ("02:00-02:59",)})))
    begins = datetime(2026, 10, 25, 0, 59, tzinfo=UTC)
    assert uncovered(roster, datetime(2026, 10, 24, 22, tzinfo=UTC), days=1) == [Gap("b", "", begins, begins + timedelta(minutes=61), 0, 1)]


@pytest.mark.parametrize(("addition", "named"), [
    ('[[shifts]]\nname = "a"\ncentres = ["003"]', "003"), ('[[shifts]]\nname = "a"\nqueues = ["нет"]', "нет"), ('[[shifts]]\nname = ""', "name"),
    ('[[shifts]]\nname = "a"\noperators = 0', "operators"), ('[[shifts]]\nname = "a"\nstaff = "robot"', "robot"), ('[[shifts]]\nname = "a"\nzone = "X/Y"', "X/Y"),
    ('[[needs]]\ncentre = "003"\noperators = 1', "003"), ('[[hours]]\nqueue = "нет"', "нет"), ('[[centres]]\nid = "001"', "001"), ('[[centres]]\nid = "2"\nzone = "X/Y"', "X/Y"),
    ('[[shifts]]\nname = "a"\ncontractor = "Подряд"', "contractor"), ("colour = 1", "colour"),
])
def test_what_cannot_be_used_is_named(addition: str, named: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=named):
        read(f'{addition if addition.startswith("colour") else ""}\n[[centres]]\nid = "001"\n{"" if addition.startswith("colour") else addition}')


SPANS = st.tuples(st.integers(0, 47), st.integers(0, 48)).map(lambda pair: f"{pair[0] // 2:02}:{pair[0] % 2 * 30:02}-{pair[1] // 2:02}:{pair[1] % 2 * 30:02}")
WEEKS = st.dictionaries(st.sampled_from(WEEK[:4]), st.lists(SPANS, max_size=2).map(tuple), max_size=4)
ZONES = st.sampled_from(["Europe/Moscow", "Asia/Vladivostok"])
QUEUES, IDS = ("x", "y"), ("1", "2")
ANY_QUEUES, ANY_IDS = st.lists(st.sampled_from(QUEUES), unique=True).map(tuple), st.lists(st.sampled_from(IDS), unique=True).map(tuple)
SHIFTS = st.builds(lambda zone, week, centres, queues, operators: Shift(name="s", zone=zone, week=week, centres=centres, queues=queues, operators=operators),
                   ZONES, WEEKS, ANY_IDS, ANY_QUEUES, st.integers(1, 3))
NEEDS = st.builds(lambda zone, week, centre, queue, operators: Need(zone=zone, week=week, centre=centre, queue=queue, operators=operators),
                  ZONES, WEEKS, st.sampled_from(IDS), st.sampled_from(("", *QUEUES)), st.integers(1, 4))
CALENDARS = st.builds(lambda zone, week, queue: Calendar(zone=zone, week=week, queue=queue), ZONES, WEEKS, st.sampled_from(("", *QUEUES)))


def at_work(of: Timetable, moment: datetime) -> bool:
    days = (moment.date() + timedelta(days=n) for n in (-2, -1, 0, 1))
    return any(span.begins <= moment < span.ends for day in days for span in of.spans(day))


def counted(roster: Roster, centre: str, queue: str, moment: datetime) -> tuple[int, int]:
    """How many are there and needed, by asking everybody."""
    present = sum(each.operators for each in roster.shifts if at_work(each, moment) and (not each.centres or centre in each.centres)
                  and (not queue or not each.queues or queue in each.queues))
    duty = not queue or Hours(roster.hours, centre, queue).is_open(moment)
    needs = [each.operators for each in roster.needs if (each.centre, each.queue) == (centre, queue) and at_work(each, moment)]
    return present, max([int(duty), *needs])


@settings(max_examples=40)
@given(st.lists(SHIFTS, max_size=6).map(tuple), st.lists(NEEDS, max_size=3).map(tuple), st.lists(CALENDARS, max_size=2).map(tuple))
def test_the_sweep_finds_what_counting_finds(shifts: tuple[Shift, ...], needs: tuple[Need, ...], calendars: tuple[Calendar, ...]) -> None:
    # SL-01
    roster = Roster(centres=tuple(Centre(id=each, queues=QUEUES) for each in IDS), shifts=shifts, needs=needs, hours=calendars)
    found, nobody = short(roster, NOW, days=1), uncovered(roster, NOW, days=1)
    for centre in IDS:
        for queue in ("", *QUEUES):
            own, empty = those_of(found, centre, queue), those_of(nobody, centre, queue)
            assert all(a.ends < b.begins or (a.ends == b.begins and (a.present, a.needed) != (b.present, b.needed)) for a, b in pairwise(own))
            assert all(a.ends < b.begins for a, b in pairwise(empty))
            for moment in (NOW + n * HALF_HOUR for n in range(48)):
                present, needed = counted(roster, centre, queue, moment)
                over = [(gap.present, gap.needed) for gap in own if gap.begins <= moment < gap.ends]
                assert over == ([(present, needed)] if present < needed else [])
                assert any(gap.begins <= moment < gap.ends for gap in empty) == (present == 0 < needed)


def those_of(gaps: Iterable[Gap], centre: str, queue: str) -> list[Gap]:
    return [gap for gap in gaps if (gap.centre, gap.queue) == (centre, queue)]


def test_a_country_in_a_moment() -> None:
    # SL-01: 60 days, 100 centres, 200 shifts a day of their own date each; a loop over 8,640,000 minutes would take far longer
    dates = [date(2026, 11, 23) + timedelta(days=day) for day in range(63)]
    shifts = tuple(Shift(name="s", centres=(f"{n % 100:03}",), special={day: ("08:00-20:00" if n < 100 else "20:00-08:00",)}) for day in dates for n in range(200))
    roster = Roster(centres=tuple(Centre(id=f"{n:03}") for n in range(100)), shifts=shifts[1:])
    began = time.process_time()
    gaps = uncovered(roster, moscow(23, 8))
    assert time.process_time() - began < 4  # 0.2 s on a quiet machine
    assert gaps == [Gap("000", "", moscow(23, 8), moscow(23, 20), 0, 1)]
