"""The plan of ten rows over the API of a running hub: terms, states, what is overdue, who has changed it (GV-08)."""

import csv
import io
import re
from typing import Any

from tests.house import Clerk, People

PLAN = "/api/programme/sheets/plan"


async def change(boss: Clerk, row: dict[str, Any]) -> dict[str, Any]:
    now = await boss.does("GET", PLAN)
    return await boss.does("PUT", f"{PLAN}/rows/{row['id']}", {"version": now["version"], "row": row})


async def table(boss: Clerk) -> list[list[str]]:
    told = await boss.does("GET", f"{PLAN}/file")
    return list(csv.reader(io.StringIO(told.decode("utf-8-sig")), delimiter=";"))


async def test_the_plan_has_the_concepts_rows_and_tells_what_is_overdue(at: People) -> None:
    # GV-08
    admin = await at.admin()
    boss, anna = await at.clerk(admin, "supervisor"), await at.clerk(admin)
    plan = await boss.does("GET", PLAN)
    rows = {each["id"]: each for each in plan["rows"]}
    assert [each["id"] for each in plan["rows"]] == [str(number) for number in range(1, 11)]
    assert (rows["8"]["document"], rows["8"]["term"], rows["8"]["due"]) == ("совместный приказ Минэкономразвития России, Минкомсвязи России", "IV квартал 2009 г.", "2009-12-31")
    assert all(each["responsible"].startswith(("Минэкономразвития", "Минкомсвязь")) for each in plan["rows"])
    assert await overdue(admin) == 0  # nobody has taken the plan on yet
    plan = await change(boss, rows["1"] | {"state": "done", "done": "2009-09-01"})
    assert plan["overdue"] == [str(number) for number in range(2, 11)]
    plan = await change(boss, rows["2"] | {"due": plan["today"], "state": "in_work"})
    plan = await change(boss, rows["3"] | {"state": "dropped"})
    assert plan["overdue"] == [str(number) for number in range(4, 11)]
    assert await overdue(admin) == 7
    assert (await anna.call("GET", PLAN))[0] == 403
    assert (await anna.call("PUT", f"{PLAN}/rows/1", {"version": 3, "row": rows["1"]}))[0] == 403

    found = await table(boss)
    assert found[0] == ["Номер", "Содержание", "Срок", "Ответственные", "Состояние", "Исполнено", "Примечание", "Вид документа", "Срок по плану", "Просрочено"]
    assert [(each[0], each[2], each[4], each[5], each[-1]) for each in found[1:5]] == [
        ("1", "30.09.2009", "исполнено", "01.09.2009", ""), ("2", found[2][2], "в работе", "", ""),
        ("3", "31.03.2009", "снято", "", ""), ("4", "31.03.2009", "запланировано", "", "да")]


async def test_each_change_of_the_plan_is_kept_with_who_made_it(at: People) -> None:
    # GV-08
    admin = await at.admin()
    boss = await at.clerk(admin, "supervisor")
    row = {"type": "plan_item", "id": "11", "title": "Отчёт в Правительство", "due": "2030-01-31", "responsible": "Минцифры России"}
    before = await boss.does("GET", PLAN)
    made = await change(boss, row)
    assert (made["version"], made["rows"][-1]["title"]) == (before["version"] + 1, "Отчёт в Правительство")
    late = {"version": before["version"], "row": row | {"title": "Другое"}}
    assert (await boss.call("PUT", f"{PLAN}/rows/11", late))[1]["error"] == "outdated"
    for wrong in ({"state": "done"}, {"done": "2020-01-01"}, {"state": "done", "done": "2100-01-01"}, {"id": "12"}):
        assert (await boss.call("PUT", f"{PLAN}/rows/11", {"version": made["version"], "row": row | wrong}))[1]["error"] == "bad_row"
    await change(boss, row | {"state": "in_work"})
    await boss.does("DELETE", f"{PLAN}/rows/11?version={made['version'] + 1}")
    assert (await boss.call("DELETE", f"{PLAN}/rows/11?version={made['version'] + 2}"))[1]["error"] == "no_such_row"
    told = (await boss.does("GET", f"{PLAN}/changes"))[:3]
    assert [(each["by"], bool(each["before"]), bool(each["after"])) for each in told] == [(boss.login, True, False), (boss.login, True, True), (boss.login, False, True)]
    assert (told[1]["before"].get("state", "planned"), told[1]["after"]["state"]) == ("planned", "in_work")
    deeds = [each["what"] for each in await admin.does("GET", "/api/audit") if each["about"] == "plan/11"]
    assert deeds == ["programme_row_deleted", "programme_row", "programme_row"]


async def overdue(who: Clerk) -> int:
    found = re.search(r'^okno_programme_overdue{list="plan"} (\d+)', (await who.does("GET", "/metrics")).decode(), re.MULTILINE)
    assert found
    return int(found[1])
