"""The rest of today follows what came: the level of the day, and what a planner sees of it (SL-01, MC-02)."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.russian import Russian
from hub.conversations.channel_traits import Cost
from hub.organisation.queue import Lines
from hub.reporting.periods import Periods
from hub.workforce.forecast_service import Choice, ForecastService
from hub.workforce.intraday import corrected, day_level
from hub.workforce.intraday_service import IntradayService
from hub.workforce.volume_history import VolumeHistory
from storage.memory import MemoryStore
from tests.house import House, People
from tests.past import MOSCOW, Past, today
from tests.past import at as moment
from tests.reporting.test_days import QUEUES, days_of
from tests.workforce.planned import planned_house, volume_days

NUMBERS = st.floats(0, 20_000)


@given(expected=NUMBERS, came=st.integers(0, 20_000), deviation=st.floats(0, 0.5))
def test_the_level_lies_between_the_forecast_and_what_came(expected: float, came: int, deviation: float) -> None:  # MC-02
    level = day_level(expected, came, deviation)
    ratio = came / expected if expected else inf
    assert min(1, ratio) - 1e-9 <= level.mean <= max(1, ratio) + 1e-9
    assert 0 <= level.incident <= 1
    assert level.deviation >= 0


def test_nothing_known_leaves_the_forecast_and_much_known_overrules_it() -> None:  # MC-02
    night = day_level(0, 0, 0.08)
    assert night.mean == pytest.approx(1)
    usual, odd = day_level(1000, 1050, 0.08), day_level(1000, 2000, 0.08)
    assert 1 < usual.mean < 1.05
    assert usual.incident < 0.03
    assert odd.mean == pytest.approx(2, abs=0.02)
    assert odd.incident > 0.99
    assert usual.deviation < night.deviation


def test_the_interval_of_the_rest_narrows_as_the_day_goes_on() -> None:  # MC-02
    rest = np.full(10, 50.0)
    widths = [float((high - low).sum()) for known in (0, 100, 2000)
              for _, low, high in (corrected(rest, day_level(known, known, 0.15)),)]
    assert widths == sorted(widths, reverse=True)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with planned_house(tmp_path_factory.mktemp("house")) as running:
        yield running


async def test_a_planner_sees_what_today_still_brings(at: People) -> None:  # SL-01, MC-02
    admin = await at.admin()
    before = datetime.now(MOSCOW)
    told = await admin.does("GET", "/api/workforce/intraday")
    forecast = (await admin.does("GET", "/api/workforce/forecast"))["quarters"]
    over = told["minute"] // 15
    assert told["day"] == today().isoformat()
    assert before.hour * 4 + before.minute // 15 <= over <= before.hour * 4 + before.minute // 15 + 1
    assert [each["expected"] for each in told["quarters"]] == [each["expected"] for each in forecast]
    past, ahead = told["quarters"][:over], told["quarters"][over:]
    # Nobody has come today: the later it is, the less is expected of the rest.
    assert (told["came"], {each["came"] for each in past} <= {0}) == (0, True)
    assert told["expected"] == pytest.approx(sum(each["expected"] for each in past), abs=0.1)
    assert told["level"] <= 1
    assert told["level"] < 0.5 or told["expected"] < 20
    for each in ahead:
        assert each["low"] <= each["corrected"] <= each["high"]
        assert each["corrected"] == pytest.approx(each["expected"] * told["level"], abs=0.05)
    assert sum(each["operators"] for each in ahead) <= sum(each["operators"] for each in forecast[over:])
    assert {each["rostered"] for each in ahead} <= {None}
    calls = await admin.does("GET", "/api/workforce/intraday?channel=voice")
    assert calls["expected"] <= told["expected"]
    anna = await at.clerk(admin)
    assert (await anna.call("GET", "/api/workforce/intraday"))[0] == 403
    assert (await admin.call("GET", "/api/workforce/intraday?centre=999"))[1]["error"] == "no_history"


async def test_what_came_is_counted_by_channel_and_quarter(russian: Russian) -> None:  # MC-02
    store = MemoryStore(russian)
    await store.exchange(volume_days(), ())
    past = Past(store, moment(today(), 9))
    for number in range(40):
        await past.talk(f"гражданин {number}", wait_s=5, talk_s=30)
    past.now = moment(today(), 14) + timedelta(minutes=14, seconds=59.9)
    days = days_of(past)
    periods = Periods(store, days, Lines(QUEUES))
    volumes = VolumeHistory(store, days, periods, MOSCOW)
    forecasts, service = ForecastService(volumes, lambda _: Cost.CHAT), IntradayService(days, periods)
    centres, over = frozenset({"001"}), asyncio.Event()
    service.on_quarter.subscribe(over.set)
    try:
        web, voice = [await service.rest(await forecasts.outlook(choice, centres), choice, centres)
                      for choice in (Choice("001", "web"), Choice("001", "voice"))]
        await asyncio.wait_for(over.wait(), 10)  # whoever looks at it is told at the quarter of an hour
    finally:
        await service.close()
        await volumes.close()
    assert (len(web.came), web.came.sum(), voice.came.sum()) == (56, 40, 0)
    assert web.came[36:38].sum() == web.came.sum()  # from nine on, each took 35 s
    assert voice.level.mean < web.level.mean
    assert len(web.operators) == len(web.mean) == 96 - 56
