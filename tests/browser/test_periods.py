"""Reports on how citizens were served, as a supervisor reads them: rows, the picture, what is behind a figure, files."""

import csv
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.stage import Desk, Stage
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.house import Clerk, House, People
from tests.past import YESTERDAY, house_with_a_past

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_with_a_past(tmp_path_factory.mktemp("house")) as running:
        yield running


async def reports(desk: Desk) -> None:
    await desk.page.evaluate("() => { location.hash = '#/reports'; }")
    await desk.at("reports-service").click()
    await expect(desk.at("period-asked")).to_be_visible()


async def test_each_figure_of_a_period_opens_its_conversations(stage: Stage, crowd: People, admin: Clerk, tmp_path: Path) -> None:  # CH-13 MC-01 MC-02
    desk = await stage.signed_in((await crowd.clerk(admin, "supervisor", queues=("general", "federal"))).login)
    await reports(desk)
    row = desk.at("period-asked").locator(f"[data-id='{YESTERDAY}']")
    await expect(row.get_by_test_id("figure-offered")).to_have_text("6")
    await expect(desk.at("period-picture")).to_contain_text("Не дождались 1")
    await expect(desk.at("formulas")).to_contain_text("Отвечено за 20 с / (обратились − ещё ждут)")
    await row.get_by_test_id("figure-breaches").click()
    await expect(desk.at("fact")).to_have_count(3)
    await desk.at("bottleneck").first.get_by_test_id("evidence").click()  # MC-04
    await expect(desk.at("period-behind")).to_contain_text("Общая: ждали дольше 20 с")
    await expect(desk.at("fact")).to_have_count(3)
    await desk.at("period-by").select_option("line")
    await expect(desk.at("period-picture")).to_have_count(0)
    federal = desk.at("period-asked").locator("[data-id='federal']")
    await federal.get_by_test_id("figure-offered").click()
    await expect(desk.at("fact")).to_have_count(1)
    listed = await admin.does("GET", f"/api/periods/behind?since={YESTERDAY}&until={YESTERDAY}&by=line&key=federal")
    await expect(desk.at("fact")).to_contain_text(listed["facts"][0]["number"])
    await desk.at("period-line").select_option("general")
    await expect(desk.at("period-asked").get_by_test_id("period-total").get_by_test_id("figure-offered")).to_have_text("5")
    async with desk.page.expect_download() as download:
        await desk.at("period-pdf").click()
    await (await download.value).save_as(tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


async def test_hours_of_the_week_are_read_without_colour_and_by_keys(stage: Stage, crowd: People, admin: Clerk, tmp_path: Path) -> None:  # MC-01 MC-02 MC-04
    desk = await stage.signed_in((await crowd.clerk(admin, "supervisor", queues=("general", "federal"))).login)
    await reports(desk)
    told = await admin.does("GET", f"/api/periods?since={YESTERDAY - timedelta(days=5)}&until={YESTERDAY}&by=week_hour")
    row = max(told["rows"], key=lambda each: each["offered"])
    heat = desk.at("heat")
    cell = heat.locator(f"[data-id='{row['key']}']")
    await expect(cell).to_have_text(str(row["offered"]))
    assert f"{int(row['key'][2:])}:00: {row['offered']}" in (await cell.get_attribute("title") or "")
    await expect(heat.get_by_test_id("heat-legend").locator("li").last).to_contain_text(str(row["offered"]))
    await heat.locator("td[tabindex='0']").focus()  # one stop, then arrows
    await desk.page.keyboard.press("Home")
    for _ in range(YESTERDAY.isoweekday() - 1):
        await desk.page.keyboard.press("ArrowDown")
    while await desk.page.evaluate("() => document.activeElement.dataset.id") != row["key"]:
        await desk.page.keyboard.press("ArrowRight")
    await desk.page.keyboard.press("Enter")
    await expect(desk.at("fact")).to_have_count(row["offered"])
    await heat.get_by_test_id("heat-figure").select_option("breaches")
    await expect(cell).to_have_text(str(row["breaches"]))
    async with desk.page.expect_download() as download:
        await desk.at("heat-csv").click()
    await (await download.value).save_as(tmp_path / "heat.csv")
    table = list(csv.reader((tmp_path / "heat.csv").read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
    assert table[0][:3] == ["Показатель", "День недели", "0:00"]
    line = next(each for each in table if each[:2] == ["Обратились", "ПнВтСрЧтПтСбВс"[YESTERDAY.weekday() * 2:][:2]])
    assert line[2 + int(row["key"][2:])] == str(row["offered"])
    async with desk.page.expect_download() as download:
        await desk.at("heat-xlsx").click()
    await (await download.value).save_as(tmp_path / "heat.xlsx")
    assert (tmp_path / "heat.xlsx").read_bytes().startswith(b"PK")


async def built(desk: Desk) -> None:
    await desk.page.evaluate("() => { location.hash = '#/reports'; }")
    await desk.at("reports-built").click()
    await expect(desk.at("built-table")).to_be_visible()


async def test_a_report_is_built_saved_shared_and_opened_by_its_link(stage: Stage, crowd: People, admin: Clerk, tmp_path: Path) -> None:  # MC-02 MC-01
    author = await stage.signed_in((await crowd.clerk(admin, "admin", queues=("general", "federal"))).login)
    await built(author)
    await author.at("built-by").select_option("line")
    row = author.at("built-table").locator("[data-id='federal']")
    await expect(row.get_by_test_id("built-offered")).to_contain_text("1")
    await expect(row.get_by_test_id("built-offered")).to_contain_text("было 0")
    await author.at("add-column").select_option("breaches")
    await expect(row.get_by_test_id("built-breaches")).to_be_visible()
    await author.at("built-column").locator("[data-test='column-remove']").nth(3).click()
    await expect(row.get_by_test_id("built-left")).to_have_count(0)
    await author.at("built-columns").locator("[data-id='breaches']").get_by_test_id("column-forward").click()
    await author.at("built-channel").select_option("voice")  # nobody called
    await expect(author.at("built-row")).to_have_count(0)
    await author.at("built-channel").select_option("web")
    await expect(author.at("built-total")).to_contain_text("6")
    await author.at("save-built").click()
    await author.at("built-title").fill("Линии за неделю")
    await author.at("built-shared").check()
    await author.at("built-saved-now").click()
    await expect(author.at("saved-report")).to_contain_text("Линии за неделю")
    link = await author.page.evaluate("() => location.hash")
    reader = await stage.signed_in((await crowd.clerk(admin, "admin", queues=("general", "federal"))).login)
    await reader.page.evaluate("(to) => { location.hash = to; }", link)
    await expect(reader.at("built-by")).to_have_value("line")
    await expect(reader.at("built-channel")).to_have_value("web")
    await expect(reader.at("built-column")).to_contain_text(["Обратились", "За 20 с, %", "Ждали дольше 20 с", "Ожидание (ASA)"])
    await expect(reader.at("remove-built")).to_have_count(0)
    for form in ("csv", "xlsx", "pdf"):
        async with reader.page.expect_download() as download:
            await reader.at(f"built-{form}").click()
        await (await download.value).save_as(tmp_path / f"built.{form}")
    table = list(csv.reader((tmp_path / "built.csv").read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
    assert table[0] == ["Линия", "Обратились", "Обратились: период до этого", "За 20 с, %", "За 20 с, %: период до этого",
                        "Ждали дольше 20 с", "Ждали дольше 20 с: период до этого", "Среднее ожидание, с", "Среднее ожидание, с: период до этого"]
    assert next(each for each in table if each[0] == "Всего")[1:3] == ["6", "0"]
    assert any(each[:1] == ["Канал"] for each in table)  # what it is limited to
    await author.at("remove-built").click()
    await expect(reader.at("saved-report")).to_have_count(0)  # at once, without a refresh
    await author.at("undo").click()
    await expect(reader.at("saved-report")).to_have_count(1)
    foreign = await crowd.clerk(admin, "supervisor", queues=("general",))
    assert await foreign.does("GET", "/api/saved-reports") == []  # it has figures of all centres


@in_both_sizes
async def test_accessibility(stage: Stage, axe: str, crowd: People, admin: Clerk, size: str) -> None:  # GV-14
    desk = await stage.signed_in((await crowd.clerk(admin, "admin", queues=("general", "federal"))).login, **look(size))
    inspector = Inspector(axe, desk.page)
    await reports(desk)
    await inspector.look("a week")
    await desk.at("period-asked").get_by_test_id("period-total").get_by_test_id("figure-offered").click()
    await expect(desk.at("fact")).to_have_count(6)
    await inspector.look("what is behind a figure")
    await desk.at("since").fill(f"{YESTERDAY - timedelta(days=9)}")
    await desk.at("until").fill(f"{YESTERDAY - timedelta(days=8)}")
    await desk.at("until").blur()
    await expect(desk.page.get_by_text("За этот период обращений нет")).to_be_visible()
    await inspector.look("days without anything")
    await built(desk)
    for by, chart in (("topic", "bars"), ("day", "line"), ("week_hour", "heat")):
        await desk.at("built-by").select_option(by)
        await desk.at("built-chart-kind").select_option(chart)
        await expect(desk.at("heat") if chart == "heat" else desk.at("built-chart")).to_be_visible()
        await inspector.look(f"a built report, {chart}")
    await desk.at("save-built").click()
    await expect(desk.at("built-title")).to_be_visible()
    await inspector.look("saving it")
    assert inspector.faults == []
