"""After a conversation is closed the next one of the list opens by itself, unless the operator does not want it."""

import pytest
from playwright.async_api import expect

from tests.browser.stage import Desk, Stage, waiting
from tests.browser.test_accessibility import look
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")
QUESTIONS = ("Где мой паспорт?", "Когда придёт пособие?", "Как записать ребёнка в сад?")


async def end(desk: Desk) -> None:
    await desk.send("Ответ дан")
    await desk.page.keyboard.press("Escape")
    await desk.at("close").click()
    await desk.choose("topic", "documents")
    await desk.at("confirm-close").click()
    await expect(desk.at("confirm-close")).to_have_count(0)


async def test_the_next_one_opens_where_it_is_wanted(stage: Stage, crowd: People, admin: Clerk) -> None:  # OC-01
    first, _, _ = talks = await waiting(crowd, *QUESTIONS)
    clerk = await crowd.clerk(admin)
    for each in talks:
        await clerk.does("POST", f"/api/conversations/{each.conversation}/take")
    desk = await stage.signed_in(clerk.login, **look("wide"))
    await desk.page.evaluate("(to) => { location.hash = to; }", f"#/inbox/mine/{first.conversation}")
    await expect(desk.at("head-question")).to_have_text(QUESTIONS[0])
    await desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await desk.at("copy-link").click()
    link = await desk.page.evaluate("() => navigator.clipboard.readText()")
    assert link == f"{stage.house.base}/desk/#/inbox/mine/{first.conversation}"
    await end(desk)
    await expect(desk.at("head-question")).to_have_text(QUESTIONS[1])
    await desk.at("person-menu").click()
    await desk.at("opens-next").click()
    await end(desk)
    await expect(desk.at("conversation-row")).to_have_count(1)
    await expect(desk.at("head-question")).to_have_count(0)
