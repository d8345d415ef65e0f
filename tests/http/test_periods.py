"""Figures of a period by the desk's own requests: rows that add up, lists as long as figures, files with the same numbers, and who sees what."""

import csv
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any

import pypdfium2  # type: ignore[import-untyped]  # it is annotated and does not say so
import pytest
from openpyxl import load_workbook

from hub.desk.reporting.period_files import FORMULAS, NAMES
from hub.reporting.columns import PeriodColumn
from tests.house import Clerk, House, People
from tests.past import YESTERDAY, house_with_a_past, today


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_with_a_past(tmp_path_factory.mktemp("house")) as running:
        yield running


async def asked(clerk: Clerk, what: str = "", **query: object) -> Any:
    params = {name: str(value) for name, value in ({"since": YESTERDAY - timedelta(days=2), "until": YESTERDAY} | query).items()}
    return await clerk.does("GET", f"/api/periods{what}", params=params)


async def test_rows_add_up_and_each_figure_opens_as_many_as_it_says(admin: Clerk) -> None:
    # CH-13, MC-01, MC-02, SL-03, SL-04
    day = (await admin.does("GET", f"/api/figures?day={YESTERDAY}"))["total"]
    for by in ("half", "day", "week", "month", "centre", "unit", "line", "channel", "topic", "operator"):
        report = await asked(admin, by=by)
        total = report["total"]
        assert {name: total[name] for name in ("offered", "answered", "in_time", "left", "promised", "given", "kept", "talk_s", "service_level")} == {
            name: day[name] for name in ("offered", "answered", "in_time", "left", "promised", "given", "kept", "talk_s", "service_level")}
        assert (total["ten_minutes"], total["abandonment"], total["decided"], total["fcr"]) == (3 / 4, pytest.approx(1 / 6), 0, None)
        for column in PeriodColumn:
            assert sum(row[column] for row in report["rows"]) == total[column]
    assert len((await asked(admin, by="half"))["rows"]) == 3 * 48
    report = await asked(admin, by="line")
    for row in report["rows"]:
        for column in (each for each in PeriodColumn if row[each]):
            behind = await asked(admin, "/behind", by="line", key=row["key"], column=column)
            assert (len(behind["facts"]), behind["more"]) == (row[column], False)
    whole = await asked(admin, "/behind", by="day", whole="true", skip=2)
    first = whole["facts"][0]
    opened = await admin.does("GET", f"/api/conversations/{first['conversation']}")
    assert (len(whole["facts"]), opened["conversation"]["number"]) == (report["total"]["offered"] - 2, first["number"])
    assert "вовремя" not in str(whole)  # whose it is tells the conversation, to whoever may know


async def test_the_period_before_is_compared(admin: Clerk) -> None:
    # MC-02
    report = await asked(admin, since=YESTERDAY + timedelta(days=1), until=YESTERDAY + timedelta(days=1))
    assert (report["total"]["offered"], report["before"]["offered"]) == (0, 6)


async def test_bottlenecks_lead_to_their_contacts(admin: Clerk) -> None:
    # MC-04: three of five waited too long at the centre's line, none of one at the federal one
    worst, *_ = found = await asked(admin, "/bottlenecks")
    assert {(each["by"], each["key"], each["column"]) for each in found} == {("line", "general", "breaches"), ("unit", "001::", "breaches")}
    assert (worst["count"], worst["of"], worst["more"], worst["before_of"], worst["title"]) == (3, 5, 0.5, 0, "Общая")
    behind = await asked(admin, "/behind", by=worst["by"], key=worst["key"], column=worst["column"])
    assert len(behind["facts"]) == worst["count"]


async def test_figures_are_of_ones_own_centre_and_those_below(at: People, admin: Clerk) -> None:
    # SE-01, MC-01
    regional = await at.clerk(admin, "supervisor")
    report = await asked(regional, by="centre")
    assert ([each["id"] for each in report["centres"]], [each["id"] for each in report["lines"]]) == (["001"], ["general"])
    assert ([row["key"] for row in report["rows"]], report["total"]["offered"]) == (["001"], 5)
    for query, code in (("centre=000", "forbidden"), ("line=federal", "no_such_line"), ("since=2023-12-31", "bad_dates"), ("by=hour", "bad_dates"),
                        (f"until={today() + timedelta(days=2)}", "bad_dates")):
        given = {"since": str(YESTERDAY - timedelta(days=31)), "until": str(YESTERDAY)} | dict([query.split("=")])
        for what in ("", "/behind", "/file", *(() if query == "by=hour" else ("/bottlenecks",))):
            status, answer = await regional.call("GET", f"/api/periods{what}", params=given)
            assert (status, answer["error"]) == (403 if code == "forbidden" else 400, code)
    operator = await at.clerk(admin, "operator")
    assert (await operator.call("GET", f"/api/periods?since={YESTERDAY}&until={YESTERDAY}"))[0] == 403


async def test_files_have_the_numbers_of_the_screen_and_say_how_they_were_counted(admin: Clerk) -> None:
    # RQ-05, MC-02
    report = await asked(admin, by="line")
    content = await asked(admin, "/file", by="line", form="csv")
    head, *rows = csv.reader(StringIO(content.decode("utf-8-sig")), delimiter=";")
    assert head == ["Линия", *NAMES.values()]
    assert [(row[0], row[1]) for row in rows[:4]] == [
        *((each["title"], str(each["offered"])) for each in report["rows"]), ("Всего", "6"), ("Период до этого", "0")]
    assert dict(zip(head, rows[2], strict=True))["За 20 с, %"] == "33,33"
    assert set(FORMULAS) <= {row[0] for row in rows if row}
    assert ["Составил", (await admin.does("GET", "/api/me"))["name"]] in rows
    book = load_workbook(BytesIO(await asked(admin, "/file", by="line", form="xlsx")))
    assert [[cell.value for cell in row][:3] for row in book.worksheets[0].iter_rows(min_row=2, max_row=4)] == [
        *([each["title"], each["offered"], each["answered"]] for each in report["rows"]), ["Всего", 6, 4]]
    assert all(cell.data_type != "f" for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)
    pages = pypdfium2.PdfDocument(await asked(admin, "/file", by="line", form="pdf"))
    printed = "".join(page.get_textpage().get_text_range() for page in pages)
    for words in ("Показатели обслуживания", "33,33", "Составлено", "Решено с первого раза"):
        assert words in printed
