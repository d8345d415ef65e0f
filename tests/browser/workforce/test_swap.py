"""A planner makes and publishes a roster; two colleagues swap shifts; somebody asks for leave (SL-01)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.async_api import expect

from tests.browser.screens import draw
from tests.browser.stage import Stage
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.house import Clerk, House, People
from tests.past import today
from tests.workforce.planned import planned_house
from tests.workforce.test_rosters import asked_swap

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with planned_house(tmp_path_factory.mktemp("house")) as running:
        yield running


async def test_a_planners_week_and_a_swap(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:
    # SL-01
    boss, anna, boris = await crowd.clerk(admin, "supervisor"), await crowd.clerk(admin), await crowd.clerk(admin)
    for _ in range(6):
        await crowd.clerk(admin)
    hers = await stage.signed_in(anna.login, **look("wide"))
    await hers.page.evaluate("() => { location.hash = '#/shifts'; }")
    await hers.at("absence-first").fill((today() + timedelta(days=32)).isoformat())
    await hers.at("absence-last").fill((today() + timedelta(days=32)).isoformat())
    await hers.at("ask-absence").click()
    await expect(hers.at("own-absence")).to_contain_text("на рассмотрении")

    desk = await stage.signed_in(boss.login, **look("wide"))
    await desk.page.evaluate("() => { location.hash = '#/workforce/rosters'; }")
    await expect(desk.at("shortages")).to_contain_text("не будет ни одного оператора")
    await expect(desk.at("shortage-row")).to_have_count(1)
    await desk.at("grant").click()
    await desk.at("roster-first").fill((today() + timedelta(days=31)).isoformat())
    await desk.at("roster-days").select_option("7")
    await desk.at("roster-seconds").fill("10")
    await desk.at("make-roster").click()
    await expect(desk.at("roster-person").first).to_be_visible(timeout=60_000)
    await Inspector(axe, desk.page, *BOTH).look("roster")
    await desk.at("publish-roster").click()
    await expect(desk.at("publish-roster")).to_have_count(0)

    await expect(hers.at("shift-row").first).to_be_visible()
    await asked_swap(anna, boris.login)
    await expect(hers.at("swap")).to_be_visible()
    await Inspector(axe, hers.page, *BOTH).look("shifts")
    for colours, name in (("light", "shifts"), ("dark", "shifts-dark")):
        await hers.page.emulate_media(color_scheme=colours)
        await draw(hers.page, name)
    his = await stage.signed_in(boris.login, **look("wide"))
    await his.page.evaluate("() => { location.hash = '#/shifts'; }")
    await his.at("agree").click()
    await expect(his.at("swap")).to_have_count(0)
    await expect(hers.at("swap")).to_have_count(0)
