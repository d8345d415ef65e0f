"""A planner's week at the screen: what comes, who is needed, who works when (SL-01, MC-02)."""

from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from tests.browser.screens import draw
from tests.browser.stage import Stage
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.house import Clerk, House, People
from tests.workforce.planned import planned_house

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with planned_house(tmp_path_factory.mktemp("house")) as running:
        yield running


async def test_what_comes_and_how_far_forecasts_were_off(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:
    # MC-02
    boss = await crowd.clerk(admin, "supervisor")
    desk = await stage.signed_in(boss.login, **look("wide"))
    inspector, page = Inspector(axe, desk.page, *BOTH), desk.page
    await page.evaluate("() => { location.hash = '#/workforce'; }")
    await expect(desk.at("forecast-whole")).to_contain_text("обращений")
    await expect(desk.at("forecast-row")).to_have_count(28)
    await expect(desk.at("forecast-errors")).to_contain_text("28 дн.")
    await inspector.look("forecast")
    for colours, name in (("light", "workforce"), ("dark", "workforce-dark")):
        await page.emulate_media(color_scheme=colours)
        await draw(page, name)
    before = await desk.at("forecast-whole").inner_text()
    await desk.at("forecast-channel").select_option("voice")
    await expect(desk.at("forecast-whole")).not_to_have_text(before)
