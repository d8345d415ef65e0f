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


@pytest.mark.smoke
async def test_what_comes_and_how_far_forecasts_were_off(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:
    # MC-02
    boss = await crowd.clerk(admin, "supervisor")
    desk = await stage.signed_in(boss.login, **look("wide"))
    inspector, page = Inspector(axe, desk.page, *BOTH), desk.page
    await page.evaluate("() => { location.hash = '#/workforce'; }")
    await expect(desk.at("forecast-whole")).to_contain_text("обращений")
    await expect(desk.at("forecast-row")).to_have_count(28)
    await expect(desk.at("forecast-errors")).to_contain_text("28 дн.")
    # Nobody has come today: what is still expected shrinks (SL-01).
    await expect(desk.at("intraday-words")).to_contain_text("пришло 0, ожидалось")
    await expect(desk.at("intraday-row").first).to_contain_text(":")
    await expect(desk.at("forecast-picture")).to_contain_text("Ожидается теперь")
    await inspector.look("forecast")
    for colours, name in (("light", "workforce"), ("dark", "workforce-dark")):
        await page.emulate_media(color_scheme=colours)
        await draw(page, name)
    before = await desk.at("forecast-whole").inner_text()
    await desk.at("forecast-channel").select_option("voice")
    await expect(desk.at("forecast-whole")).not_to_have_text(before)
    await desk.at("forecast-topic").select_option("passports")
    await expect(desk.at("intraday")).to_have_count(0)  # contacts get their topic when they end


async def test_two_are_ill_and_the_phone_is_down(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:
    # SL-03
    boss = await crowd.clerk(admin, "supervisor")
    desk = await stage.signed_in(boss.login, **look("wide"))
    await desk.page.evaluate("() => { location.hash = '#/workforce'; }")
    await expect(desk.at("what-if-lend")).to_contain_text("Перевести 2 чел. из других очередей")
    await expect(desk.at("what-if-call_in")).to_contain_text("Вызвать людей")
    await expect(desk.at("what-if-overflow")).to_contain_text("Передать другому центру")
    await Inspector(axe, desk.page, *BOTH).look("what-if")
    await desk.at("absent").fill("0")
    await desk.at("closed").select_option("voice")
    await desk.at("moved").fill("0")
    await desk.at("moved").blur()
    await expect(desk.at("what-if-enough")).to_be_visible()
    await expect(desk.at("what-if-lend")).to_have_count(0)
