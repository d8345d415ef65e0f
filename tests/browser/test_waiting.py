"""Screens while nothing has come yet: what lasts only for a moment can be met by axe, and by people, too."""

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage
from tests.browser.test_accessibility import Inspector, look
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")

PLACES = (
    "inbox/recent/1", "archive/1", "cases/1", "appointments", "complaints", "complaints/recommendations/1", "figures", "reports", "sifting", "audit",
    "surveys/survey/1", "systems", "handbook/services/1", "handbook/exchange", "articles/1", "scripts/1", "topics/1", "robot/draft/1", "robot/phrases",
    "notices/1", "consents/1", "operators", "security",
)


async def test_nothing_has_come_yet(stage: Stage, axe: str, crowd: People, admin: Clerk) -> None:  # GV-14
    desk = await stage.signed_in((await crowd.clerk(admin, "admin")).login, **look("narrow"))
    await expect(desk.page.get_by_text("Разговоров нет")).to_be_visible()
    inspector = Inspector(axe, desk.page)
    await desk.page.route("**/api/**", lambda _: None)  # never answered
    for place in PLACES:
        await desk.page.evaluate("(to) => { location.hash = to; }", f"#/{place}")
        await expect(desk.page.locator("main")).to_be_visible()
        await inspector.look(place)
    assert inspector.faults == []
