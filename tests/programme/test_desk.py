"""The programme over the API of a running hub: what is told of its own region and of the others (GV-01, GV-02)."""

import pytest

from hub.programme.service_reports import ServiceBy
from tests.house import People

pytestmark = pytest.mark.demonstration


async def test_coverage_is_measured_when_it_is_asked_for(at: People) -> None:
    # GV-01, GV-02
    admin = await at.admin()
    boss = await at.clerk(admin, "supervisor")
    told = await boss.does("GET", "/api/programme/coverage")
    subjects = {each["code"]: each for each in told["subjects"]}
    assert (told["covered"], told["of"], len(subjects)) == (0, 89, 89)
    own = subjects["50"]
    assert (own["centre"], own["reported"], own["reasons"][0]) == ("001", told["day"], "number")
    assert own["operators"] > 0
    assert own["services"] > 0
    assert subjects["77"]["reasons"] == ["no_centre"]
    assert subjects["16"]["reasons"] == ["link"]
    years = {each["year"]: (each["target"], each["fact"]) for each in told["years"]}
    assert [years[year] for year in range(2009, 2014)] == [(1, None), (3, None), (38, None), (64, None), (83, None)]
    assert (await boss.call("GET", "/api/programme/coverage?day=2013-01-01"))[1]["error"] == "bad_day"
    anna = await at.clerk(admin)
    assert (await anna.call("GET", "/api/programme/coverage"))[0] == 403


async def test_services_are_told_to_those_who_see_figures(at: People) -> None:
    # FD-07, MC-03
    admin = await at.admin()
    boss, anna = await at.clerk(admin, "supervisor"), await at.clerk(admin)
    for by in ServiceBy:
        told = await boss.does("GET", f"/api/programme/services?since=2026-01-01&until=2026-01-31&by={by}")
        assert (told["rows"], told["worst"], told["total"]["offered"], told["centres"]) == ([], [], 0, [])
    assert len(told["missing"]) > 1
    assert (await boss.call("GET", "/api/programme/services?since=2026-02-01&until=2026-01-31"))[1]["error"] == "bad_dates"
    assert (await anna.call("GET", "/api/programme/services?since=2026-01-01&until=2026-01-31"))[0] == 403
