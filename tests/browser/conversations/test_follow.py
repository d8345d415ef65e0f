"""A supervisor follows a colleague's talk: its new words and its end are told, and the list shows what is new."""

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage, waiting
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_followed_talk_tells_of_words_and_of_its_end(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:  # CH-08, GV-14
    citizen, other = await waiting(crowd, "Когда придёт пособие?", "Где мой паспорт?")
    clerk = await crowd.clerk(admin)
    for each in (citizen, other):
        await clerk.does("POST", f"/api/conversations/{each.conversation}/take")
    desk = await stage.signed_in(admin.login, **look("wide"))
    inspector = Inspector(axe, desk.page, *BOTH)
    for each in (citizen, other):
        await desk.page.evaluate("(to) => { location.hash = to; }", f"#/inbox/held/{each.conversation}")
        await desk.say_why()
        await desk.at("follow").click()
        await expect(desk.at("follow")).to_have_attribute("aria-pressed", "true")
    await desk.at("view-followed").click()
    await expect(desk.at("conversation-row")).to_have_count(2)
    await expect(desk.at("news")).to_have_count(0)
    await citizen.tell("Жду третий месяц")
    await expect(desk.at("notice").filter(has_text="Новое в разговоре, за которым вы следите: Жду третий месяц")).to_be_visible()
    await expect(desk.row("Жду третий месяц").get_by_test_id("news")).to_have_text("новое")
    await clerk.does("POST", f"/api/conversations/{other.conversation}/close", {"topic": "documents"})
    await expect(desk.at("notice").filter(has_text="Завершён разговор, за которым вы следите: Где мой паспорт?")).to_be_visible()
    await inspector.look("what one follows", "inbox-followed")
    await desk.row("Жду третий месяц").click()
    await expect(desk.timeline).to_be_visible()
    await expect(desk.at("news")).to_have_count(1)  # it has been seen
    await desk.at("follow").click()
    await expect(desk.at("conversation-row")).to_have_count(1)
    assert inspector.faults == []
