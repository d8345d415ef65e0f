"""Money of the programme over the API of a running hub: a source for each centre and function, plan and fact, sums (GV-15, GV-18)."""

import csv
import io
from typing import Any

from tests.house import Clerk, People

LIST = "/api/programme/sheets/funding"
LINES: list[dict[str, Any]] = [
    {"title": "Пилотная отработка", "year": 2010, "source": "federal_budget", "plan": 1_000_000, "fact": 900_000},
    {"title": "Центр Татарстана", "year": 2010, "source": "regional_budget", "centre": "016", "plan": 400_000, "fact": 450_000},
    {"title": "Обратные звонки", "year": 2010, "source": "contract", "centre": "016", "function": "callbacks", "plan": 50_000},
    {"title": "Развертывание", "year": 2011, "source": "federal_budget", "plan": 2_000_000, "fact": 2_000_000},
    {"title": "Обучение", "year": 2011, "source": "federal_budget", "plan": 300_000, "fact": 100_000}]


async def put(boss: Clerk, number: int, line: dict[str, Any]) -> tuple[int, Any]:
    version = (await boss.does("GET", LIST))["version"]
    return await boss.call("PUT", f"{LIST}/rows/{number}", {"version": version, "row": {"type": "funding_line", "id": str(number)} | line})


async def test_plan_and_fact_are_summed_by_source_and_year(at: People) -> None:
    # GV-15, GV-18
    admin = await at.admin()
    boss, anna = await at.clerk(admin, "supervisor"), await at.clerk(admin)
    for number, line in enumerate(LINES, 1):
        assert (await put(boss, number, line))[0] == 200
    told = [(each["year"], each["source"], each["plan"], each["fact"]) for each in await boss.does("GET", "/api/programme/funding")]
    assert told == [
        (2010, "federal_budget", 1_000_000, 900_000), (2010, "regional_budget", 400_000, 450_000), (2010, "contract", 50_000, 0), (2010, None, 1_450_000, 1_350_000),
        (2011, "federal_budget", 2_300_000, 2_100_000), (2011, None, 2_300_000, 2_100_000),
        (0, "federal_budget", 3_300_000, 3_000_000), (0, "regional_budget", 400_000, 450_000), (0, "contract", 50_000, 0), (0, None, 3_750_000, 3_450_000)]
    table = list(csv.reader(io.StringIO((await boss.does("GET", f"{LIST}/file")).decode("utf-8-sig")), delimiter=";"))
    assert table[0][:8] == ["Номер", "Содержание", "Год", "Источник", "Центр", "Функция", "План, руб.", "Факт, руб."]
    assert table[3][:8] == ["3", "Обратные звонки", "2010", "внебюджетный договор", "016", "обратные звонки", "50000", "0"]
    assert (await anna.call("GET", "/api/programme/funding"))[0] == 403


async def test_a_line_has_a_source_and_no_negative_money(at: People) -> None:
    # GV-15
    boss = await at.clerk(await at.admin(), "supervisor")
    for wrong in ({"source": "somebody"}, {"plan": -1}, {"year": 1999}, {"centre": "Казань"}, {"function": "cleaning"}, {"type": "plan_item"}):
        assert (await put(boss, 9, LINES[1] | wrong))[0] == 400
    assert "9" not in {each["id"] for each in (await boss.does("GET", LIST))["rows"]}
