"""Reports on how citizens were served, as a supervisor reads them: rows, the picture, what is behind a figure, files."""

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
    assert inspector.faults == []
