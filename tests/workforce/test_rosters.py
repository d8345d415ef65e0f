"""Rosters under the Labour Code, made from the forecast; own shifts, a swap, leave; when too few are there (SL-01)."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Any

import icalendar
import pytest

from hub.workforce.labour_code import LabourFault, breaches, norm_h
from hub.workforce.roster_problem import Person, RosterProblem, cost
from hub.workforce.roster_solver import solve
from hub.workforce.shift import RosteredShift
from tests.house import Clerk, People, people
from tests.paper import near
from tests.past import today
from tests.workforce.planned import fill

FIRST = date(2026, 2, 2)


def shifts(*days: tuple[int, str]) -> list[RosteredShift]:
    return [RosteredShift("anna", FIRST + timedelta(days=day), kind) for day, kind in days]


@pytest.mark.parametrize(("own", "fault"), [
    (shifts((0, "late"), (1, "early")), LabourFault.REST),
    (shifts((0, "early"), (0, "night")), LabourFault.TWO_A_DAY),
    (shifts(*((day, "day") for day in range(6))), LabourFault.DAYS),
    (shifts((0, "day"), (2, "day"), (4, "day"), (6, "day")), LabourFault.WEEKLY_REST),
])
def test_what_the_labour_code_forbids(own: list[RosteredShift], fault: LabourFault) -> None:
    # SL-01: ТК РФ ст. 103, 110, 111
    assert fault in {each.fault for each in breaches(own, FIRST, 7)}


def test_hours_are_those_of_the_year() -> None:
    # SL-01: ТК РФ ст. 91, 95, 104: 1972 hours in 2026, as its production calendar says
    assert norm_h(date(2026, 1, 1), 365) == 1972
    assert breaches(shifts(*((day, "day") for day in (0, 1, 3, 4))), FIRST, 7) == []
    assert LabourFault.HOURS in {each.fault for each in breaches(shifts(*((day, "day") for day in range(5))), FIRST, 7)}
    assert [each.fault for each in breaches(shifts((0, "night")), FIRST, 7, nights=False)] == [LabourFault.NIGHT]


def test_a_made_roster_is_lawful_and_costs_what_it_says() -> None:
    # SL-01
    needs = tuple(tuple(3 if 18 <= slot < 36 and day % 7 < 5 else 1 for slot in range(48)) for day in range(7))
    team = tuple(Person(f"p{number}", nights=number != 0, away=frozenset({FIRST}) if number == 1 else frozenset()) for number in range(10))
    problem = RosterProblem(FIRST, needs, team)
    made = solve(problem, 20)
    for person in team:
        own = [each for each in made.shifts if each.login == person.login]
        assert breaches(own, FIRST, 7, nights=person.nights, away=person.away) == []
    assert made.cost == cost(problem, made.shifts)
    assert made.bound <= made.cost < cost(problem, ())


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[People]:
    await fill(tmp_path / "data")
    config = files("okno.demo").joinpath("okno.toml").read_text(encoding="utf8")
    async with near(tmp_path, config) as (house, _), people(house) as present:
        yield present


async def asked_swap(anna: Clerk, colleague: str) -> tuple[str, dict[str, Any]]:
    """The first pair of shifts that may change places; what the law forbids is refused."""
    seen = await anna.does("GET", "/api/own-shifts")
    theirs = [each for each in seen["colleagues"] if each["login"] == colleague]
    for number, (own, other) in enumerate(product(seen["shifts"], theirs)):
        body = {"day": own["day"], "colleague": colleague, "other_day": other["day"]}
        status, answer = await anna.call("PUT", f"/api/own-swaps/swap-{number}", body)
        if status == 200:
            return answer["key"], body
        assert answer["error"] == "unlawful_swap"
    pytest.fail("no two shifts may change places")


async def test_from_the_forecast_to_a_swap(at: People) -> None:
    # SL-01
    admin = await at.admin()
    anna, boris = await at.clerk(admin), await at.clerk(admin)
    for _ in range(6):
        await at.clerk(admin)
    first = today() + timedelta(days=31)
    nobody, = (await admin.does("GET", "/api/workforce/coverage"))["shortages"]
    assert (nobody["most"], nobody["nobody"], nobody["hours"] > 59 * 24) == (1, True, True)  # sixty days without a roster
    leave = await anna.does("PUT", "/api/own-absences/leave", {"kind": "leave", "first": first.isoformat(), "last": first.isoformat()})
    assert leave["state"] == "asked"
    assert (await admin.does("POST", "/api/workforce/absences/leave", {"grant": True}))["state"] == "granted"
    made = await admin.does("PUT", "/api/workforce/rosters/january", {"first": first.isoformat(), "days": 7, "seconds": 20})
    assert (made["faults"], made["late"], len(made["missing"])) == ([], False, 7)
    assert made["bound"] <= made["cost"]
    assert (await anna.does("GET", "/api/own-shifts"))["shifts"] == []
    assert (await anna.call("GET", "/api/workforce/rosters"))[0] == 403
    published = await admin.does("POST", "/api/workforce/rosters/january/publish")
    assert published["published"] is not None
    assert (await admin.call("PUT", "/api/workforce/rosters/january", {"first": first.isoformat(), "days": 7}))[1]["error"] == "published"
    await admin.does("PUT", "/api/workforce/rosters/second", {"first": (first + timedelta(days=6)).isoformat(), "days": 7, "seconds": 5})
    status, refused = await admin.call("POST", "/api/workforce/rosters/second/publish")
    assert (status, refused["error"]) == (409, "rostered_already")
    own = (await anna.does("GET", "/api/own-shifts"))["shifts"]
    assert own
    assert first.isoformat() not in {each["day"] for each in own}
    swap, swapped = await asked_swap(anna, boris.login)
    await boris.does("POST", f"/api/own-swaps/{swap}", {"agree": True})
    assert {each["day"] for each in (await anna.does("GET", "/api/own-shifts"))["shifts"]} >= {swapped["other_day"]}
    status, calendar = await anna.call("GET", "/api/own-shifts/file")
    assert status == 200
    assert len(icalendar.Calendar.from_ical(calendar).events) == len(own)
