"""The table of figures, walked: whatever is shown somewhere is counted there, has words in both languages, and is explained."""

import re
from datetime import timedelta
from itertools import chain
from pathlib import Path

import msgspec
import pytest

from bots.russian import Russian
from hub.conversations.conversation import InQueue
from hub.desk.monitoring.floor import COLUMNS as FLOOR_COLUMNS
from hub.desk.reporting.mailings import TOLD
from hub.desk.reporting.period_files import NAMES
from hub.desk.reporting.sums import HEADINGS, PeriodRowOut, SumsOut, columns_out, row_out, sums_out
from hub.monitoring.wallboard import GroupNow
from hub.organisation.queue import Lines
from hub.reporting.bottlenecks import TROUBLES
from hub.reporting.columns import COUNTED, FIGURES, NAMED, SHOWN, PeriodColumn, values
from hub.reporting.day_totals import DayTotals, Kind
from hub.reporting.figure import Counting, Figure, FigureUnit, Formula, Place
from hub.reporting.periods import Periods
from storage.memory import MemoryStore
from tests.past import Past
from tests.reporting.test_days import MIDNIGHT, QUEUES, TODAY, days_of

ROOT = Path(__file__).parents[2]
DESK = ROOT / "hub/desk/ui/src"
SCREENS = {Place.DAY_SCREEN: Place.DAY, Place.COUNTRY_SCREEN: Place.DAY, Place.PERIOD_SCREEN: Place.PERIOD}
FILES = {Place.DAY_FILE: Place.DAY, Place.PERIOD_FILE: Place.PERIOD, Place.LETTER: Place.PERIOD}
"""What is shown there is taken from what is told there."""
SUMS_OF = SCREENS | FILES | {Place.METRIC: Place.FLOOR, Place.FLOOR_SCREEN: Place.FLOOR}


def words(language: str) -> set[str]:
    """All keys of the desk's words, with the way to them."""
    files = [*DESK.rglob(f"{language}.ts"), *DESK.rglob(f"words.{language}.ts")]
    return set(chain.from_iterable(map(keys, files)))


def keys(file: Path) -> list[str]:
    way, found = list[str](), list[str]()
    for key, opens, closes in re.findall(r'(?:"(?:\\.|[^"\\])*"|`[^`]*`|//[^\n]*)|([\w$]+)\s*:(?=\s*[{"`])|({)|(})', file.read_text()):
        if key:
            found.append(".".join([*way[1:], key]))
            last = key
        elif opens:
            way.append(last if way else "")
        elif closes:
            way.pop()
    return found


RUSSIAN, ENGLISH = words("ru"), words("en")
DOCUMENTED = set(re.findall(r"`(\w+)`", (ROOT / "docs/figures.md").read_text()))


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_a_figure_is_whole(figure: Figure) -> None:
    # CH-13, MC-02
    assert figure.title
    assert figure.shown
    assert NAMED[figure.name] is figure  # no other has its name
    for place in figure.shown:
        needed = _needs(figure)
        counted = {each.name for each in COUNTED[SUMS_OF.get(place, place)]}
        assert needed <= counted, (place, needed - counted)
    if Place.METRIC not in figure.shown:
        assert figure.name in DOCUMENTED
    assert not figure.bad_of or NAMED[figure.bad_of].lists


def _needs(figure: Figure) -> set[str]:
    """Names of the sums that it is made of."""
    source = figure.source
    return {name.removeprefix("-") for name in (*source.part, *source.whole)} if isinstance(source, Formula) else {figure.name}


@pytest.mark.parametrize("place", SCREENS)
def test_screens_have_words_in_both_languages_and_values_for_their_columns(place: Place) -> None:
    # MC-01, MC-02
    told = SumsOut if SCREENS[place] is Place.DAY else PeriodRowOut
    for column in columns_out(place):
        needed = {column.title} | ({column.formula} if place is Place.PERIOD_SCREEN and column.formula else set())
        assert needed <= RUSSIAN, needed - RUSSIAN
        assert needed <= ENGLISH, needed - ENGLISH
        assert {column.name, column.beside} - {""} <= set(told.__struct_fields__)


def test_the_table_of_groups_has_words_in_both_languages_and_its_sums() -> None:
    # MC-01
    for column in FLOOR_COLUMNS:
        assert column.title in RUSSIAN & ENGLISH
        assert {name.removeprefix("-") for name in (*column.part, *column.whole)} <= set(GroupNow.__struct_fields__)
    level = next(each for each in FLOOR_COLUMNS if each.title == "floor.level")
    assert (level.unit, level.part, level.whole) == (FigureUnit.SHARE, ["in_time"], ["offered", "-still"])


def test_whatever_tells_figures_has_those_of_the_table() -> None:
    # RQ-05, MC-01, MC-02
    assert set(SumsOut.__struct_fields__) - {"start"} == {each.name for each in SHOWN[Place.DAY]}
    assert set(PeriodRowOut.__struct_fields__) - {"key", "title"} == {each.name for each in SHOWN[Place.PERIOD]}
    assert {each.key(Place.FLOOR) for each in SHOWN[Place.FLOOR]} <= set(GroupNow.__struct_fields__)
    assert [*HEADINGS] == [each.name for each in SHOWN[Place.DAY_FILE]]
    assert [*NAMES] == [each.name for each in SHOWN[Place.PERIOD_FILE]]
    assert [*TOLD] == [each.name for each in SHOWN[Place.LETTER]]
    assert {*PeriodColumn} == {each.name for each in COUNTED[Place.PERIOD] if each.unit is FigureUnit.NUMBER}
    assert {*TROUBLES, *TROUBLES.values()} <= {*PeriodColumn}
    assert all(each.meaning for each in SHOWN[Place.METRIC])  # Prometheus asks for it


def test_every_figure_that_is_counted_is_told_as_it_was_counted() -> None:
    # CH-13: out of sums that are all different
    for place, told in ((Place.DAY, sums_out(MIDNIGHT, numbered(Place.DAY))), (Place.PERIOD, row_out("", "", numbered(Place.PERIOD)))):
        for number, figure in enumerate(COUNTED[place], 1):
            assert getattr(told, figure.name) == number
    assert (row_out("", "", {}).fcr, row_out("", "", {"decided": 4, "returned": 1}).fcr) == (None, 3 / 4)
    assert values(Place.DAY, {"kept_late": 2, "overdue": 3, "wait_s": 0.12345})["promises_late"] == 5
    assert values(Place.DAY, {"wait_s": 0.12345})["wait_s"] == 0.123


def test_transfers_to_other_centres_are_told_of_a_hundred_contacts() -> None:
    # RT-01
    assert row_out("", "", {"offered": 5, "passed_on": 2}).passed_share == 2 / 5
    assert row_out("", "", {}).passed_share is None


def numbered(place: Place) -> dict[str, float]:
    return {figure.name: number for number, figure in enumerate(COUNTED[place], 1) if isinstance(figure.source, Counting)}


BEFORE = (
    b'{"type":"day_totals","key":"2026-11-23/topic","cells":[["federal","other",{"offered":1,"breaches":1,"answered":1,"wait_s":33.0,'
    b'"talk_s":5.0,"hold_s":0.0,"talks_ended":1,"handled_s":5.0,"talks_in_time":1,"transferred":1,"handed":1,"handed_taken":1,'
    b'"handed_s":30.0,"decided":1}],["general","other",{"offered":2,"answered":2,"wait_s":30.5,"talk_s":710.0,"hold_s":0.0,"in_time":1,'
    b'"talks_ended":2,"handled_s":710.0,"talks_in_time":1,"breaches":1,"talks_long":1,"decided":2}]],"open":[OPEN],"decided":true}')
"""As it was stored before there was the table."""


async def test_sums_of_days_that_were_stored_before_are_read_and_would_be_the_same_today(russian: Russian) -> None:
    # CH-13, MC-02
    past = Past(MemoryStore(russian), MIDNIGHT - timedelta(hours=3))
    await past.talk("анна", wait_s=5, talk_s=10)
    await past.talk("пётр", wait_s=25.5, talk_s=700)
    await past.asks("иван")
    past.forward(3)
    await past.moves("иван", InQueue("federal", past.now))
    past.forward(30)
    await past.answered("иван", "federal")
    past.forward(5)
    await past.closed("иван")
    await past.asks("ольга")
    past.forward(9)
    await past.promised("ольга")
    past.now = MIDNIGHT + timedelta(days=9)
    yesterday = TODAY - timedelta(days=1)
    periods = Periods(past.store, days_of(past), Lines(QUEUES))
    cells = await periods.cells(yesterday, Kind.TOPIC)
    before = msgspec.json.decode(BEFORE.replace(b"OPEN", str(past.heads["ольга"].id).encode()), type=DayTotals)
    assert await past.store.get(DayTotals, before.key) == before
    await past.store.put(before)
    again = Periods(past.store, days_of(past), Lines(QUEUES))
    assert await again.cells(yesterday, Kind.TOPIC) == cells
    total = row_out("", "", before.cells[1].counts)
    assert (total.offered, total.service_level, total.mean_wait_s, total.mean_talk_s, total.fcr) == (2, 1 / 2, 15.25, 355, 1)
