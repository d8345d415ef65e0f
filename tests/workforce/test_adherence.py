"""The published roster against presence: who should be on the line and is not, since when (SL-01)."""

import csv
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from hub.organisation.opening_hours import Span
from hub.workforce.adherence import Standing, adherence, outside, share
from hub.workforce.presence_day import Attendance, PresenceDay, PresenceMove
from okno.app import Hub
from okno.stores import now
from tests.house import Clerk, People, people
from tests.paper import near
from tests.workforce.planned import MOSCOW, roster_now

NINE = datetime(2026, 2, 2, 9, tzinfo=UTC)
SHIFT = Span(NINE, NINE + timedelta(hours=9))
HOUR = timedelta(hours=1)


def moves(*told: tuple[float, Attendance]) -> list[PresenceMove]:
    """By hours since nine."""
    return [PresenceMove(NINE + timedelta(hours=hour), state) for hour, state in told]


LINE, BREAK, AWAY = Attendance.LINE, Attendance.BREAK, Attendance.AWAY


@pytest.mark.parametrize(("own", "hour", "standing", "since", "kept_h"), [
    ((), -1, Standing.AHEAD, 0, 0),
    ((), 0.5, Standing.ABSENT, 0, 0),
    (((-0.25, LINE),), 2, Standing.ON_LINE, 0, 2),
    (((0.5, LINE),), 2, Standing.ON_LINE, 0.5, 1.5),
    (((0, LINE), (3, BREAK)), 3.5, Standing.ON_BREAK, 3, 3.5),
    (((0, LINE), (3, BREAK)), 5, Standing.LONG_BREAK, 4, 4),
    (((0, LINE), (3, BREAK), (3.75, LINE), (5, BREAK)), 5.5, Standing.LONG_BREAK, 5.25, 5.25),
    (((0, LINE), (3, AWAY)), 5, Standing.ABSENT, 3, 3),
    (((0, LINE), (8, AWAY)), 12, Standing.OVER, 9, 8),
])
def test_how_somebody_stands(own: tuple[tuple[float, Attendance], ...], hour: float, standing: Standing, since: float, kept_h: float) -> None:
    # SL-01
    found = adherence(SHIFT, HOUR, moves(*own), (), NINE + timedelta(hours=hour))
    assert (found.standing, found.since, found.kept_s) == (standing, NINE + timedelta(hours=since), kept_h * 3600)
    assert found.due_s == min(max(hour, 0), 9) * 3600


def test_what_is_excused_is_neither_owed_nor_kept() -> None:
    # SL-01
    excuses = [Span(NINE + HOUR, NINE + 3 * HOUR)]
    during = adherence(SHIFT, HOUR, moves((0, LINE), (1, AWAY)), excuses, NINE + 2 * HOUR)
    assert (during.standing, during.since, during.changes) == (Standing.EXCUSED, NINE + HOUR, NINE + 3 * HOUR)
    after = adherence(SHIFT, HOUR, moves((0, LINE), (1, AWAY)), excuses, NINE + 4 * HOUR)
    assert (after.standing, after.since, after.due_s, after.kept_s, after.excused_s) == (Standing.ABSENT, NINE + 3 * HOUR, 7200, 3600, 7200)
    assert share([(after.kept_s, after.due_s), (7200, 7200)]) == 0.75
    assert share(()) is None


def test_a_break_runs_out_without_a_move() -> None:
    # SL-01: the desk is told at that moment
    assert adherence(SHIFT, HOUR, moves((0, LINE), (3, BREAK)), (), NINE + 3.5 * HOUR).changes == NINE + 4 * HOUR


def test_work_outside_of_shifts_is_counted() -> None:
    # SL-01
    assert outside([Span(NINE - HOUR, NINE + HOUR), Span(NINE + 10 * HOUR, NINE + 11 * HOUR)], [SHIFT]) == 7200


class Floor(NamedTuple):
    at: People
    hub: Hub
    admin: Clerk
    olga: Clerk
    pavel: Clerk
    senior: Clerk


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    """Olga and Pavel have a shift now, and Ivan has none."""
    config = files("okno.demo").joinpath("okno.toml").read_text(encoding="utf8")
    async with near(tmp_path, config) as (house, hub), people(house) as at:
        admin = await at.admin()
        found = [await at.named(admin, login, role) for login, role in (("olga", "operator"), ("pavel", "operator"), ("senior", "senior"))]
        await hub.store.exchange((), (), new=(roster_now("olga", "pavel"),))
        yield Floor(at, hub, admin, *found)


async def seen(senior: Clerk) -> dict[str, Any]:
    answer = await senior.does("GET", "/api/workforce/adherence")
    assert len({each["login"] for each in answer["people"]}) == len(answer["people"])
    return {each["login"]: each["standing"] for each in answer["people"]}


async def test_the_senior_sees_at_once_who_came_and_who_did_not(floor: Floor) -> None:
    # SL-01
    assert await seen(floor.senior) == {"olga": "absent", "pavel": "absent"}
    line = await floor.senior.live()
    await floor.olga.does("PUT", "/api/presence", {"presence": "ready"})
    while "adherence" not in (await line.hear("lists"))["names"]:
        pass
    assert await seen(floor.senior) == {"olga": "on_line", "pavel": "absent"}
    ivan = await floor.at.named(floor.admin, "ivan")
    await ivan.does("PUT", "/api/presence", {"presence": "ready"})
    await floor.olga.does("PUT", "/api/presence", {"presence": "break"})
    assert await seen(floor.senior) == {"ivan": "unplanned", "olga": "on_break", "pavel": "absent"}
    assert (await floor.olga.call("GET", "/api/workforce/adherence"))[0] == 403


async def test_an_excuse_has_a_reason_is_audited_and_can_be_withdrawn(floor: Floor) -> None:
    # SL-01, SE-01
    begins, ends = ((now() + timedelta(minutes=minutes)).isoformat() for minutes in (-30, 30))
    body = {"login": "pavel", "begins": begins, "ends": ends, "reason": "training", "words": "Курс по МФЦ"}
    assert (await floor.olga.call("PUT", "/api/workforce/excuses/one", body))[0] == 403
    made = await floor.senior.does("PUT", "/api/workforce/excuses/one", body)
    assert (made["name"], made["by_name"]) == ("Pavel", "Senior")
    assert (await seen(floor.senior))["pavel"] == "excused"
    assert [each["key"] for each in (await floor.senior.does("GET", "/api/workforce/adherence"))["excuses"]] == ["one"]
    status, refused = await floor.senior.call("PUT", "/api/workforce/excuses/two", body | {"ends": begins})
    assert (status, refused["error"]) == (400, "bad_dates")
    assert (await floor.senior.call("PUT", "/api/workforce/excuses/two", body | {"login": "nobody"}))[0] == 404
    await floor.senior.does("DELETE", "/api/workforce/excuses/one")
    assert (await floor.senior.call("DELETE", "/api/workforce/excuses/one"))[1]["error"] == "no_such_excuse"
    assert (await seen(floor.senior))["pavel"] == "absent"
    told = [(each["what"], each["about"]) for each in await floor.admin.does("GET", "/api/audit") if each["what"].startswith("adherence")]
    assert sorted(told) == [("adherence_excuse_withdrawn", "pavel"), ("adherence_excused", "pavel")]


async def test_the_day_as_a_file(floor: Floor) -> None:
    # SL-01
    day = now().astimezone(MOSCOW).date()
    async with floor.senior.http.get(f"/api/workforce/adherence/file?first={day - timedelta(days=1)}&last={day}") as answer:
        rows = list(csv.DictReader(StringIO((await answer.read()).decode("utf-8-sig")), delimiter=";"))
    assert {each["Учётная запись"] for each in rows} == {"olga", "pavel"}
    assert {each["Доля, %"] for each in rows} == {"0"}
    assert (await floor.senior.call("GET", "/api/workforce/adherence/file?first=2026-01-01&last=2026-12-01"))[1]["error"] == "bad_dates"


async def test_presence_outlives_the_hub(tmp_path: Path) -> None:
    # SL-01: a hub that stops says that everybody left; what they had worked is kept
    config = files("okno.demo").joinpath("okno.toml").read_text(encoding="utf8")
    async with near(tmp_path, config) as (house, hub), people(house) as at:
        admin = await at.admin()
        await hub.store.exchange((), (), new=(roster_now("olga"),))
        await (await at.named(admin, "olga")).does("PUT", "/api/presence", {"presence": "ready"})
    moved = await moves_after(tmp_path, config)
    assert [each.state for each in moved] == [LINE, AWAY]


async def moves_after(folder: Path, config: str) -> list[PresenceMove]:
    async with near(folder, config) as (_, hub):
        return [move for each in await hub.store.all(PresenceDay) for move in each.moves]
