"""Built reports are saved questions: shared ones are opened by those who may see their figures, and changed by their author alone."""

from datetime import UTC, timedelta

import pytest
from msgspec.structs import replace

from hub.access.operator import Operator, Role
from hub.kernel.errors import RefusedError
from hub.organisation.queue import Lines, Queue
from hub.reporting.breakdown import PeriodBy
from hub.reporting.days import Days
from hub.reporting.saved_report import ChartKind, ReportWords, SavedReport, checked
from hub.reporting.saved_reports import FORGOTTEN, SavedReports
from tests.authorization_rules import authorization_of
from tests.rig import BOSS, Rig

QUEUES = (Queue("passports", "Паспорта", centre="001"), Queue("general", "Общая", centre="002"))
WORDS = ReportWords("Темы недели", PeriodBy.TOPIC, ("offered", "service_level"), 7, ChartKind.BARS, compare=True, centre="001")
OTHER = replace(BOSS, login="other")


@pytest.fixture
def saved(rig: Rig) -> SavedReports:
    return SavedReports(rig.store, rig.clock, authorization_of(QUEUES), Days(rig.store, Lines(QUEUES), "001", UTC, rig.clock))


def of_centre(login: str, queue: str) -> Operator:
    return Operator(login, login, Role.SUPERVISOR, (queue,))


async def test_a_report_is_ones_own_until_it_is_shared(saved: SavedReports) -> None:
    # MC-02
    first = await saved.write(BOSS, "a", 0, WORDS, shared=False)
    assert await saved.write(BOSS, "a", 0, WORDS, shared=False) == first  # again after a lost answer
    assert (await saved.of(BOSS), await saved.of(OTHER)) == ([first], [])
    with pytest.raises(RefusedError) as refused:
        await saved.one(OTHER, "a")
    assert refused.value.code == "no_such_report"
    shared = await saved.write(BOSS, "a", 1, WORDS, shared=True)
    assert (await saved.of(OTHER), await saved.one(OTHER, "a")) == ([shared], shared)
    for attempt in (saved.write(OTHER, "a", 2, replace(WORDS, days=31), shared=True), saved.remove(OTHER, "a", 2)):
        with pytest.raises(RefusedError) as refused:
            await attempt
        assert refused.value.code == "not_yours"
    with pytest.raises(RefusedError) as refused:
        await saved.write(BOSS, "a", 1, replace(WORDS, days=31), shared=True)
    assert refused.value.code == "other_version"


async def test_a_shared_report_on_another_centre_is_not_seen(saved: SavedReports) -> None:
    # MC-02, LV-01: by default nobody sees it
    await saved.write(of_centre("second", "general"), "a", 0, replace(WORDS, centre="002"), shared=True)
    await saved.write(BOSS, "b", 0, replace(WORDS, centre="001"), shared=True)
    assert [each.id for each in await saved.of(of_centre("first", "passports"))] == ["b"]
    with pytest.raises(RefusedError) as refused:
        await saved.write(of_centre("first", "passports"), "c", 0, replace(WORDS, centre="002"), shared=False)
    assert refused.value.code == "forbidden"


async def test_a_removed_report_is_restored_for_a_while(rig: Rig, saved: SavedReports) -> None:
    await saved.write(BOSS, "a", 0, WORDS, shared=True)
    await saved.remove(BOSS, "a", 1)
    await saved.remove(BOSS, "a", 1)
    assert await saved.of(BOSS) == []
    assert (await saved.write(BOSS, "a", 2, WORDS, shared=True)).version == 3
    await saved.remove(BOSS, "a", 3)
    rig.clock.now += FORGOTTEN + timedelta(days=1)
    await saved.write(BOSS, "b", 0, WORDS, shared=False)
    assert [each.id for each in await rig.store.all(SavedReport)] == ["b"]


@pytest.mark.parametrize(("words", "code"), [
    (replace(WORDS, title="  "), "empty"), (replace(WORDS, columns=()), "empty"), (replace(WORDS, columns=("salary",)), "bad_columns"),
    (replace(WORDS, by=PeriodBy.HOUR, days=32), "bad_dates"), (replace(WORDS, days=367), "bad_dates"),
    (replace(WORDS, by=PeriodBy.OPERATOR, topic="other"), "bad_condition")])
def test_impossible_reports_are_refused(words: ReportWords, code: str) -> None:
    with pytest.raises(RefusedError) as refused:
        checked(words)
    assert refused.value.code == code


def test_a_chart_fits_its_rows() -> None:
    assert checked(replace(WORDS, chart=ChartKind.HEAT)).chart is ChartKind.BARS
    assert checked(replace(WORDS, chart=ChartKind.LINE)).chart is ChartKind.BARS
    assert checked(replace(WORDS, by=PeriodBy.DAY, chart=ChartKind.LINE)).chart is ChartKind.LINE
    assert checked(replace(WORDS, by=PeriodBy.WEEK_HOUR, chart=ChartKind.HEAT)).chart is ChartKind.HEAT
