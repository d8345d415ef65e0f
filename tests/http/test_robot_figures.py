"""What the robot's dialogue came to, by the desk's own requests, out of the journal as a hub has left it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from hub.desk.robot.figures import HEADINGS, RobotSumsOut
from tests.house import Clerk, House, People
from tests.http.test_figures import table
from tests.past import NEW, OLD, YESTERDAY, house_that_talked, today

BEFORE = YESTERDAY - timedelta(days=1)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_that_talked(tmp_path_factory.mktemp("house")) as running:
        yield running


async def figures(clerk: Clerk, what: str = "", **query: object) -> Any:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return await clerk.does("GET", f"/api/robot/figures{what}?{asked}")


async def test_a_week_of_the_robot(at: People, admin: Clerk) -> None:
    # MC-02, OC-05
    out = await figures(await at.clerk(admin, "supervisor"))
    assert (out["last"], out["today"], len(out["days"])) == (today().isoformat(), today().isoformat(), 7)
    by_day = {each["day"]: each for each in out["days"]}
    assert by_day[BEFORE.isoformat()] | {"talks": 3, "contained": 2, "handed_over": 1, "dialogue": 1} == by_day[BEFORE.isoformat()]
    yesterday = {"talks": 7, "contained": 5, "handed_over": 2, "asked": 1, "not_understood": 1, "turns": 9, "missed": 2, "at_once": 1, "going": 0}
    assert by_day[YESTERDAY.isoformat()] | yesterday == by_day[YESTERDAY.isoformat()]
    total = out["total"]
    assert (total["containment"], total["misunderstood"], total["turns_each"]) == (pytest.approx(7 / 10), pytest.approx(2 / 12), pytest.approx(1.2))
    assert out["days"][0]["containment"] is None
    assert out["intents"][:4] == [
        {"intent": "ask_mfc", "turns": 5, "handed_over": 1}, {"intent": "check_status", "turns": 2, "handed_over": 1},
        {"intent": "", "turns": 0, "handed_over": 1}, {"intent": "ask_snils", "turns": 2, "handed_over": 0}]
    assert {each["version"]: each["talks"] for each in out["versions"]} == {OLD: 5, NEW: 5}


async def test_one_version_alone(admin: Clerk) -> None:
    # MC-02
    out = await figures(admin, version=NEW, first=YESTERDAY, last=YESTERDAY)
    assert (out["total"]["talks"], out["total"]["asked"], out["total"]["at_once"]) == (5, 1, 0)
    assert [each["intent"] for each in out["intents"]] == ["check_status", "ask_mfc", "*", "ask_snils"]
    assert {each["version"] for each in out["versions"]} == {OLD, NEW}


async def test_tables_for_a_spreadsheet(admin: Clerk) -> None:
    # RQ-05, MC-02
    head, *rows = table(await figures(admin, ".csv", first=BEFORE, last=YESTERDAY))
    assert head == ["День", *HEADINGS.values()]
    assert set(HEADINGS) == set(RobotSumsOut.__struct_fields__)
    assert [row[0] for row in rows] == [f"{BEFORE:%d.%m.%Y}", f"{YESTERDAY:%d.%m.%Y}", "За период"]
    total = dict(zip(head, rows[-1], strict=True))
    assert (total["Диалогов"], total["Без человека, %"], total["Не понято реплик, %"], total["Реплик на диалог"]) == ("10", "70,0", "16,66", "1,2")
    head, *rows = table(await admin.does("GET", f"/api/robot/intents.csv?first={BEFORE}&last={YESTERDAY}"))
    assert rows[2] == ["Ничего не понято", "0", "1"]
    assert ["Статья базы знаний", "1", "0"] in rows


@pytest.mark.parametrize(("query", "days", "code"), [
    ("first={0}&last=2024-01-01", 0, "bad_day"), ("last={0}", 1, "bad_day"), ("first=2023-12-31", 0, "bad_day"),
    ("first={0}", -31, "too_long"), ("first=soon", 0, "bad_request"), ("version=X", 0, "bad_request")])
async def test_a_period_that_is_none(admin: Clerk, query: str, days: int, code: str) -> None:
    asked = query.format(today() + timedelta(days=days))
    assert (await admin.call("GET", f"/api/robot/figures?{asked}"))[1]["error"] == code


@pytest.mark.parametrize(("role", "status"), [("operator", 403), ("senior", 403), ("supervisor", 200), ("designer", 200)])
async def test_who_may_see_them(at: People, admin: Clerk, role: str, status: int) -> None:
    # SE-01
    clerk = await at.clerk(admin, role)
    for what in ("figures", "figures.csv", "intents.csv"):
        assert (await clerk.call("GET", f"/api/robot/{what}"))[0] == status
