"""Reports on cases by the desk's own requests: figures, the cases behind them, files; and the tree that they are counted by."""

import csv
from collections.abc import AsyncIterator
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest

from hub.access.operator import Role
from hub.cases.figures import By
from tests.house import Clerk, People, house_in, people, plain, talking
from tests.matrix import Account, hub_in
from tests.past import today

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[People]:
    """A centre of its own: nobody else's cases are counted."""
    with house_in(tmp_path, plain(tmp_path)) as running:
        async with people(running) as present:
            yield present


def draft(key: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "kind": "request", "topic": "documents", "text": f"Паспорт не готов {key}"} | more


async def taken(at: People, clerk: Clerk) -> list[str]:
    """Three cases: two under one topic, of which one is answered, and a body whose name is a formula."""
    path = f"/api/conversations/{(await talking(at, clerk)).conversation}/cases"
    drafts = (draft("1"), draft("2"), draft("3", topic="other", kind="inquiry", matter={"authority": "=1+1"}))
    numbers = [(await clerk.does("POST", path, each))["case"]["number"] for each in drafts]
    await clerk.does("POST", f"/api/cases/{numbers[0]}/steps", {"act": "take"})
    await clerk.does("POST", f"/api/cases/{numbers[0]}/steps", {"act": "answer", "why": "Готов"})
    return numbers


def cells(content: bytes) -> list[list[str]]:
    """A sheet as Excel reads it: every cell's own value, strings out of their table."""
    with ZipFile(BytesIO(content)) as book:
        strings = ["".join(each.itertext()) for each in ET.fromstring(book.read("xl/sharedStrings.xml"))]
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert sheet.find(f".//{SHEET}f") is None  # no formula
    return [[strings[int(cell.findtext(f"{SHEET}v", ""))] if cell.get("t") == "s" else cell.findtext(f"{SHEET}v", "") for cell in row]
            for row in sheet.iter(f"{SHEET}row")]


async def test_what_a_figure_says_is_what_stands_behind_it(own: People) -> None:
    # RQ-05: by everything that there is; each figure leads to as many cases, the rows add up
    admin = await own.admin()
    clerk = await own.clerk(admin)
    numbers, year = await taken(own, clerk), today().year
    for by in By:
        period = f"since={year}-01-01&until={year}-12-31&by={by}"
        report = await admin.does("GET", f"/api/case-reports?{period}")
        assert report["total"]["registered"] == sum(row["registered"] for row in report["rows"]) == 3
        for row in report["rows"]:
            for column in ("registered", "open", "answered", "passed", "withdrawn", "late", "extended"):
                behind = await admin.does("GET", f"/api/case-reports/cases?{period}", params={"key": row["key"], "column": column})
                assert len(behind["cases"]) == row[column], (by, row, column)
        whole = await admin.does("GET", f"/api/case-reports/cases?{period}&whole=true&column=registered")
        assert {each["number"] for each in whole["cases"]} == set(numbers)
        rest = await admin.does("GET", f"/api/case-reports/cases?{period}&whole=true&after={whole['cases'][0]['number']}")
        assert [each["number"] for each in rest["cases"]] == [each["number"] for each in whole["cases"][1:]]


async def test_the_same_as_a_file(own: People) -> None:
    # RQ-05: CSV, XLSX and JSON say the same, and no citizen's word becomes a formula
    admin = await own.admin()
    await taken(own, await own.clerk(admin))
    day = today()
    for by, rows in (("topic", [["documents", "Документы", "2", "1", "1"], ["other", "Другое", "1", "1", "0"]]),
                     ("kind", [["inquiry", "Вопрос", "1", "1", "0"], ["request", "Заявление", "2", "1", "1"]])):
        path = f"/api/case-reports/file?since={day.replace(day=1)}&until={day}&by={by}&form="
        head, *table, whole = csv.reader(StringIO((await admin.does("GET", path + "csv")).decode("utf-8-sig")), delimiter=";")
        assert [row[:5] for row in table] == rows
        assert whole[1:5] == ["Всего", "3", "2", "1"]
        assert cells(await admin.does("GET", path + "xlsx")) == [head, *table, whole]
        assert [each["registered"] for each in (await admin.does("GET", path + "json"))["rows"]] == [int(row[2]) for row in rows]
    path = f"/api/case-reports/file?since={day}&until={day}&by=authority&form="
    assert [row[0] for row in csv.reader(StringIO((await admin.does("GET", path + "csv")).decode("utf-8-sig")), delimiter=";")][2] == "'=1+1"
    assert [row[0] for row in cells(await admin.does("GET", path + "xlsx"))][2] == "=1+1"


async def test_likely_cases_are_shown_with_their_likeness(at: People, admin: Clerk) -> None:
    # CM-05: others' as well, where they complain of the same
    clerk = await at.clerk(admin)
    one, other = [(await talking(at, clerk)).conversation for _ in range(2)]
    first = (await clerk.does("POST", f"/api/conversations/{one}/cases", draft("1", text="В МФЦ третий день не работает терминал")))["case"]["number"]
    second = (await clerk.does("POST", f"/api/conversations/{other}/cases", draft("2", text="Третий день не работает терминал в МФЦ")))["case"]["number"]
    await clerk.does("POST", f"/api/conversations/{other}/cases", draft("3", text="Потеряли мои документы на землю"))
    found = await clerk.does("GET", f"/api/cases/{first}/similar")
    assert [each["case"]["number"] for each in found] == [second]
    assert 0.8 < found[0]["likeness"] <= 1
    await clerk.does("POST", f"/api/cases/{second}/steps", {"act": "take"})
    linked = await clerk.does("PUT", f"/api/cases/{second}/series", {"series": first})
    whole = await clerk.does("GET", f"/api/cases/{first}")
    assert ([each["number"] for each in linked["series"]], [each["number"] for each in whole["series"]]) == ([first], [second])
    stranger = await at.clerk(admin, queues=("social",))
    assert (await stranger.call("GET", f"/api/cases/{first}/similar"))[1]["error"] == "no_such_case"


async def test_the_federal_centre_counts_and_looks_behind_nothing(tmp_path: Path) -> None:
    # FD-04, D19
    async with hub_in(tmp_path) as hub, hub.desk(Account(Role.SUPERVISOR, "Ф", "")) as federal:
        query = "since=2026-01-01&until=2026-12-31"
        async with federal.get(f"/api/case-reports?{query}") as answer:
            assert answer.status == 200
        for path in (f"/api/case-reports/cases?{query}&whole=true", "/api/cases/1/similar"):
            async with federal.get(path) as answer:
                assert (answer.status, (await answer.json())["error"]) == (403, "federal"), path
