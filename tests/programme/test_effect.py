"""The effect over the API of a running hub: time to information, cost by channel, hours saved, each with its formula (GV-11, GV-13, GV-14)."""

import csv
import io
from collections.abc import AsyncIterator, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import pytest_asyncio

from hub.programme.assumption import Assumption, AssumptionMeasure, in_force
from hub.programme.effect_day import EffectCounts
from hub.programme.funding import FundingLine, FundingSource
from hub.programme.ratio import Ratio
from hub.programme.savings import citizens, costs, money, specialists
from tests.house import Clerk, House, People, people
from tests.past import SLOW, YESTERDAY, house_with_effect

EFFECT = "/api/programme/effect"
PERIOD = f"since={YESTERDAY - timedelta(days=29)}&until={YESTERDAY}"
ASSUMPTION = {"type": "assumption", "since": "2025-01-01", "source": "Хронометраж 2025 года", "title": "Допущение"}


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_with_effect(tmp_path_factory.mktemp("effect")) as running:
        yield running


@pytest_asyncio.fixture
async def there(busy: House) -> AsyncIterator[People]:
    async with people(busy) as present:
        yield present


async def put(boss: Clerk, sheet: str, row: dict[str, Any]) -> tuple[int, Any]:
    at = f"/api/programme/sheets/{sheet}"
    return await boss.call("PUT", f"{at}/rows/{row['id']}", {"version": (await boss.does("GET", at))["version"], "row": row})


async def test_time_to_information_is_told_against_the_baseline_with_how_sure_it_is(there: People) -> None:
    # GV-11, GV-14
    admin = await there.admin()
    boss, anna = await there.clerk(admin, "supervisor"), await there.clerk(admin)
    told = await boss.does("GET", f"{EFFECT}?{PERIOD}")
    total = told["total"]
    assert (total["informed"], total["unanswered"], total["reached"]) == (30 * 120, 30 * 6, "yes")
    assert total["mean_min"]["low"] < total["mean_min"]["value"] < total["mean_min"]["high"] <= 10
    assert total["mean_min"]["value"] >= 1
    assert round(total["in_ten"]["value"], 3) == round(108 / 126, 3)
    assert (told["baseline"]["low"], told["baseline"]["high"]) == (15, 180)
    rows = {(each["group"], each["key"]): each for each in told["rows"]}
    assert sum(each["informed"] for (group, _), each in rows.items() if group == "channel") == total["informed"]
    assert rows["centre", "016"]["title"] == "Центр телефонного обслуживания республики"
    # Who cannot hear writes; who speaks no Russian is answered as well.
    seen = told["accessibility"]
    assert (seen["offered"], seen["text"], seen["foreign"], seen["foreign_answered"]) == (30 * 140, 30 * 40, 30 * 10, 30 * 9)
    assert (await boss.call("GET", f"{EFFECT}?since=2026-02-01&until=2026-01-31"))[1]["error"] == "bad_dates"
    assert (await anna.call("GET", f"{EFFECT}?{PERIOD}"))[0] == 403


async def test_costs_and_hours_saved_are_told_with_their_formula(there: People) -> None:
    # GV-13
    boss = await there.clerk(await there.admin(), "supervisor")
    before = await boss.does("GET", f"{EFFECT}?{PERIOD}")
    assert before["specialists"]["missing"] == ["specialist_share_percent", "specialist_time_min"]
    for number, year in enumerate({YESTERDAY.year, (YESTERDAY - timedelta(days=29)).year}, 1):
        assert (await put(boss, "funding", {"type": "funding_line", "id": str(number), "title": "Содержание", "year": year,
                                            "source": "regional_budget", "plan": 9_000_000, "fact": 7_300_000}))[0] == 200
    for number, (measure, channel, low, high) in enumerate((
            ("specialist_share_percent", "", 30, 50), ("specialist_time_min", "", 10, 12), ("minute_rub", "voice", 1.5, 1.5),
            ("contact_rub", "web", 2, 2)), 10):
        row = ASSUMPTION | {"id": str(number), "measure": measure, "channel": channel, "low": low, "high": high}
        assert (await put(boss, "assumptions", row))[0] == 200
    told = await boss.does("GET", f"{EFFECT}?{PERIOD}")
    of = {each["channel"]: each for each in told["costs"]}
    assert round(told["money"]["rubles"], 1) == 600_000
    assert round(sum(each["shared"] for each in told["costs"])) == 600_000
    # Voice: 90 answered a day of 220 s with 20 s of notes; web: 30 of 600 s.
    assert (of["voice"]["aht_s"], of["web"]["aht_s"]) == (220, 600)
    assert round(of["web"]["shared"] / of["voice"]["shared"], 3) == round(30 * 600 / (90 * 220), 3)
    assert round(of["voice"]["tariff"]) == round(1.5 * 30 * 90 * 200 / 60)
    assert round(of["voice"]["each"], 2) == round((of["voice"]["shared"] + of["voice"]["tariff"]) / (30 * 90), 2)
    assert "600 000 ₽" in of["web"]["formula"]
    specialist = told["specialists"]
    assert (specialist["low"], specialist["high"]) == (3600 * 0.3 * 10 / 60, 3600 * 0.5 * 12 / 60)
    assert specialist["formula"] == "3 600 × 30…50 % × 10…12 мин / 60 = 180…360 ч"
    mean = told["total"]["mean_min"]
    assert told["citizens"]["low"] == pytest.approx(3600 * (15 - mean["high"]) / 60)
    assert told["citizens"]["high"] == pytest.approx(3600 * (180 - mean["low"]) / 60)
    table = list(csv.reader(io.StringIO((await boss.does("GET", f"{EFFECT}/file?{PERIOD}")).decode("utf-8-sig")), delimiter=";"))
    assert table[0][0] == "Показатель"
    assert any(each[0] == "Сбережено часов специалистов" and each[6].endswith("180…360 ч") for each in table)
    assert any(each[0] == "Обращение, руб." and each[6] == of["web"]["formula"] for each in table)


async def test_a_slow_service_is_ranked_first_and_becomes_a_recommendation_in_one_step(there: People) -> None:
    # MC-04, MC-07
    boss = await there.clerk(await there.admin(), "supervisor")
    told = await boss.does("GET", f"/api/programme/services?{PERIOD}")
    worst = told["worst"][0]
    assert (worst["service"], worst["count"], worst["of"], worst["authority"]) == (SLOW, 90, 900, "mvd-migration")
    since, until = PERIOD.replace("since=", "").split("&until=")
    advice = {"since": since, "until": until, "service": SLOW, "figure": worst["figure"], "title": "О сроках", "cause": "Долго", "proposal": "Разобрать причины"}
    # All its cases are in another centre: what that one has reported is the evidence.
    made = (await boss.does("POST", "/api/programme/services/recommendations", advice))["recommendation"]
    details = await boss.does("GET", f"/api/recommendations/{made}")
    assert (details["cases"], details["recommendation"]["addressee"]["id"]) == ([], "mvd-migration")
    reported = details["evidence"]["reported"]
    assert (reported["count"], reported["of"], reported["expected"] < 30, len(reported["centres"])) == (90, 900, True, 1)
    paper = await boss.does("GET", f"/api/recommendations/{made}/file?form=docx")
    assert paper.startswith(b"PK")
    assert (await boss.call("POST", "/api/programme/services/recommendations", advice | {"figure": "bad_grades"}))[1]["error"] == "no_bottleneck"
    early = advice | {"since": "0001-01-01"}
    assert (await boss.call("POST", "/api/programme/services/recommendations", early))[1]["error"] == "bad_dates"
    status, told = await boss.call("POST", "/api/recommendations", {
        "selection": {"since": since, "until": until, "service": SLOW}, "title": "О сроках", "cause": "Долго", "proposal": "Разобрать",
        "addressee": worst["authority"]})
    assert (status, told["error"]) == (409, "nothing_selected")


async def test_an_assumption_needs_a_source_a_day_and_an_order(there: People) -> None:
    # GV-11, GV-13
    boss = await there.clerk(await there.admin(), "supervisor")
    row = ASSUMPTION | {"id": "9", "measure": "information_before_min", "low": 15, "high": 180}
    for wrong in ({"source": ""}, {"since": ""}, {"low": 200}, {"low": -1}, {"measure": "guess"}, {"title": ""}):
        assert (await put(boss, "assumptions", row | wrong))[0] == 400
    table = (await boss.does("GET", "/api/programme/sheets/assumptions/file")).decode("utf-8-sig")
    assert "ответ без центра, мин" in table


def line(year: int, plan: int, fact: int = 0) -> FundingLine:
    return FundingLine(id="1", title="Содержание", year=year, source=FundingSource.FEDERAL, plan=plan, fact=fact)


def test_money_of_a_period_is_by_days_the_fact_before_the_plan() -> None:
    # GV-13
    spent = money([line(2026, 900, 365), line(2027, 730), line(2025, 5)], date(2026, 12, 31), date(2027, 1, 2))
    assert (spent.rubles, spent.planned) == (1 + 2 * 2, 2 * 2)
    nothing = costs({"voice": EffectCounts()}, spent, (), date(2026, 1, 1))
    assert [(each.each, each.aht_s) for each in nothing] == [(None, None)]


def test_a_slow_centre_saves_nobody_time() -> None:
    # GV-13
    before = Assumption(id="1", title="База", measure=AssumptionMeasure.BEFORE, low=15, high=180, since=date(2009, 1, 1), source="Концепция")
    slow = citizens(EffectCounts(informed=60), Ratio(200, 190, 210, 60), before)
    assert (slow.low, slow.high) == (15 - 210, 180 - 190)
    assert citizens(EffectCounts(), None, before).low is None
    assert citizens(EffectCounts(), Ratio(5, None, None, 1), None).missing == (AssumptionMeasure.BEFORE,)
    assert specialists(EffectCounts(answered=1), (before,), date(2026, 1, 1)).low is None
    assert in_force((before,), AssumptionMeasure.BEFORE, date(2008, 12, 31)) is None
