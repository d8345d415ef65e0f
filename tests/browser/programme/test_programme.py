"""The programme at the screen: from the map to a subject, and what to do there next (GV-01, GV-02)."""

import pytest
from playwright.async_api import expect

from tests.browser.screens import visit
from tests.browser.stage import Stage
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_from_the_map_to_what_is_to_be_done(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:
    # GV-01, GV-02
    boss = await crowd.clerk(admin, "supervisor")
    desk = await stage.signed_in(boss.login, **look("wide"))
    inspector = Inspector(axe, desk.page, *BOTH)
    await visit(desk.page, "programme")
    await expect(desk.at("tile")).to_have_count(89)
    await expect(desk.at("subject-row")).to_have_count(89)
    await inspector.look("coverage", "programme")
    await desk.choose("tile", "77")
    await expect(desk.at("next")).to_contain_text("создать региональный центр")
    await desk.choose("tile", "50")
    await expect(desk.at("lacks-number")).to_be_visible()
    await expect(desk.at("lacks-no_centre")).to_have_count(0)
    await inspector.look("subject")
    await expect(desk.page.locator("[data-test=year][data-id='2013']")).to_contain_text("83")
    await visit(desk.page, "programme/services")
    await expect(desk.at("no-bottlenecks")).to_be_visible()
    await inspector.look("services", "programme-services")
    for by in ("authority", "subject", "level", "channel", "centre"):
        await desk.at("services-by").select_option(by)
        await expect(desk.at("service-total")).to_be_visible()
    assert inspector.faults == []
