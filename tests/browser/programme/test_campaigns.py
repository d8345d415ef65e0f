"""Campaigns at the screen: written down, and measured by the calls that another centre has reported (GV-10)."""

from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from tests.browser.screens import visit
from tests.browser.stage import Stage
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.house import Clerk, House, People
from tests.past import CAMPAIGN, house_with_calls

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Of this file: it was told of the calls of another centre."""
    with house_with_calls(tmp_path_factory.mktemp("calls")) as running:
        yield running


async def test_a_campaign_is_written_down_and_measured(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:
    # GV-10
    boss = await crowd.clerk(admin, "supervisor")
    desk = await stage.signed_in(boss.login, **look("wide"))
    inspector = Inspector(axe, desk.page, *BOTH)
    await visit(desk.page, "programme/campaigns")
    for title, number, subject in (("Ввод номера центра области", "+78001000001", "50"), ("Ввод номера 122 в республике", "122", "16")):
        await desk.at("add-row").click()
        await desk.at("row-title").fill(title)
        await desk.at("row-number").fill(number)
        await desk.at("row-subject").select_option(subject)
        await desk.at("row-day").fill(str(CAMPAIGN))
        await desk.at("row-medium").fill("телевидение, плакаты в МФЦ")
        await desk.at("save-row").click()
        await expect(desk.at("campaign").filter(has_text=title)).to_be_visible()
    told = desk.at("campaign").filter(has_text="122")
    await expect(told.get_by_test_id("conclusion")).to_contain_text("это не случайность")
    await expect(told.get_by_role("img")).to_be_visible()
    await expect(desk.at("campaign").filter(has_text="области").get_by_test_id("conclusion")).to_contain_text("Вывода нет, данных мало")
    await inspector.look("campaigns", "programme-campaigns")
    assert inspector.faults == []
