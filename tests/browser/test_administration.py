"""An administrator tries a channel, and sees what roles and accounts may, by keyboard alone."""

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage
from tests.browser.test_accessibility import Inspector, look
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_channel_is_tried_and_roles_are_looked_up(stage: Stage, axe: str, crowd: People, admin: Clerk) -> None:
    # CH-05, SE-01, GV-14
    who, clerk = await crowd.clerk(admin, "admin"), await crowd.clerk(admin)
    desk = await stage.signed_in(who.login, **look("wide"))
    inspector = Inspector(axe, desk.page, "narrow", "wide")
    await desk.page.goto(f"{stage.house.base}/desk/#/channels")
    chat = desk.page.locator("[data-test=channel][data-id='web.chat']")
    await chat.get_by_test_id("try").press("Enter")
    await expect(desk.at("trial-over")).to_have_text("Работает, есть замечания")
    await expect(desk.at("trial-finding").filter(has_text="чат может встроить любой сайт")).to_contain_text("Что делать: перечислите")
    await inspector.look("a channel that was tried", "channels-trial")

    await desk.page.goto(f"{stage.house.base}/desk/#/operators/roles")
    await expect(desk.at("access-roles")).to_be_visible()
    await inspector.look("the table of roles", "operators-roles")
    await desk.at("access-search").fill("журнал")
    await expect(desk.at("grant")).to_have_count(1)
    await expect(desk.at("grant")).to_contain_text("вести учётные записи, читать журнал действий")
    await desk.at("access-search").fill("")
    await desk.at("access-whose").select_option(clerk.login)
    settle = desk.page.locator("[data-test=grant][data-id=settle]")
    await expect(settle).to_contain_text("Роль «Оператор» этого не даёт. Дают роли: Администратор.")
    await expect(desk.page.locator("[data-test=grant][data-id=serve]")).to_contain_text("Даёт роль «Оператор»")
    await inspector.look("what an account may", "operators-account")
    await admin.does("POST", f"/api/operators/{clerk.login}/deactivate")
    await expect(settle).to_contain_text("Учётная запись отключена")
    await desk.at("access-whose").select_option("role:designer")
    await expect(settle).to_have_count(0)
    assert inspector.faults == []
