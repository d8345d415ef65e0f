"""A planner asks for the forecast; contacts are counted from the journal (MC-02)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bots.russian import Russian
from hub.organisation.queue import Lines
from hub.reporting.periods import Periods
from hub.workforce.volume_history import VolumeHistory
from hub.workforce.volumes import Series, VolumeDay
from storage.memory import MemoryStore
from tests.house import Clerk, House, People
from tests.past import MOSCOW, Past, today
from tests.reporting.test_days import MIDNIGHT, QUEUES, TODAY, days_of
from tests.workforce.planned import planned_house


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with planned_house(tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.fixture
async def admin(at: People) -> Clerk:
    return await at.admin()


async def test_a_planner_sees_what_comes_and_how_far_such_forecasts_were_off(at: People, admin: Clerk) -> None:
    # MC-02, SL-03
    choices = await admin.does("GET", "/api/workforce/choices")
    assert {each["id"] for each in choices["channels"]} == {"voice", "web"}
    assert {"id": "-", "title": ""} in choices["topics"]
    told = await admin.does("GET", "/api/workforce/forecast")
    assert (told["day"], len(told["quarters"]), len(told["days"])) == (today().isoformat(), 96, 28)
    assert all(each["low"] <= each["expected"] <= each["high"] for each in told["quarters"])
    busiest = max(told["quarters"], key=lambda each: each["expected"])
    assert busiest["operators"] > busiest["expected"] * 300 / 900 / 4
    assert [each["lead"] for each in told["errors"]] == [1, 7, 28]
    assert all(0 < each["day_wape"] < 1 and each["days"] == 10 for each in told["errors"])
    assert sum(told["methods"].values()) == 3
    calls = await admin.does("GET", "/api/workforce/forecast?channel=voice&topic=passports")
    assert sum(each["expected"] for each in calls["days"]) < sum(each["expected"] for each in told["days"])
    tomorrow = await admin.does("GET", f"/api/workforce/forecast?day={today() + timedelta(days=1)}")
    assert tomorrow["day"] != told["day"]
    status, refused = await admin.call("GET", f"/api/workforce/forecast?day={today() - timedelta(days=1)}")
    assert (status, refused["error"]) == (400, "bad_day")


async def test_what_if_two_are_ill_and_a_channel_is_closed(at: People, admin: Clerk) -> None:
    # SL-03: each help is told with what it achieves
    well, ill, closed, more = [await admin.does("GET", f"/api/workforce/what-if?{change}")
                               for change in ("absent=0", "absent=2", "closed=voice&moved=0", "more=20&absent=2")]
    assert (well["proposals"], well["missing_hours"], well["outcome"], well["rostered"]) == ([], 0, well["usual"], False)
    assert ill["outcome"]["answered"] < 0.9 < ill["usual"]["answered"]
    assert 0 <= ill["outcome"]["worst_answered"] <= ill["outcome"]["answered"]
    assert [each["kind"] for each in ill["proposals"]] == ["call_in", "lend", "overflow"]
    for each in ill["proposals"]:
        assert each["outcome"]["answered"] > ill["outcome"]["answered"]
        assert each["outcome"]["mean_wait_s"] < ill["outcome"]["mean_wait_s"]
    called_in, lent, _ = ill["proposals"]
    assert (lent["number"], lent["outcome"]["answered"] > 0.97) == (2, True)
    assert called_in["number"] == sum(each["people"] for each in called_in["shifts"])
    assert called_in["outcome"]["answered"] > 0.97
    assert closed["outcome"]["answered"] >= closed["usual"]["answered"] - 0.01
    assert more["outcome"]["answered"] < ill["outcome"]["answered"]
    assert more["missing_hours"] > ill["missing_hours"]


async def test_nobody_plans_without_the_right_or_another_centre(at: People, admin: Clerk) -> None:
    # SE-01
    anna = await at.clerk(admin)
    assert (await anna.call("GET", "/api/workforce/forecast"))[0] == 403
    status, refused = await admin.call("GET", "/api/workforce/forecast?centre=999")
    assert (status, refused["error"]) == (409, "no_history")


async def test_a_day_is_counted_from_the_journal_once(russian: Russian) -> None:
    # CH-13, MC-02: what is counted stays when the journal is deleted
    past = Past(MemoryStore(russian), MIDNIGHT + timedelta(hours=9, minutes=20))
    await past.talk("пётр", wait_s=5)
    await past.talk("анна", wait_s=5)
    days = days_of(past)
    volumes = VolumeHistory(past.store, days, Periods(past.store, days, Lines(QUEUES)), MOSCOW)
    past.now = MIDNIGHT + timedelta(days=1, hours=3)
    history = await volumes.history()
    assert history is not None
    assert (history.first, history.days, history.counts.sum()) == (TODAY, 1, 2)
    assert {name.channel for name in history.names} == {"web"}
    assert [quarter for quarter in range(96) if history.counts[:, 0, quarter].sum()] == [37]
    kept = await past.store.get(VolumeDay, TODAY.isoformat())
    assert kept is not None
    assert Series(kept.volumes[0].centre, kept.volumes[0].channel, kept.volumes[0].topic) in history.names
    await volumes.close()
