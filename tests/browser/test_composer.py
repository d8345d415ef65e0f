"""An operator keeps what he often says, and puts it into a reply by a slash, filled with what is known of the conversation."""

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage, waiting
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")


@in_both_sizes
async def test_a_ready_reply_is_written_once_and_put_in_by_a_slash(stage: Stage, crowd: People, admin: Clerk, axe: str, size: str) -> None:
    # KB-01, GV-14
    citizen = (await waiting(crowd, "Сколько стоит паспорт"))[0]
    clerk = await crowd.clerk(admin)
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
    desk = await stage.signed_in(clerk.login, **look(size))
    inspector = Inspector(axe, desk.page)
    keys = desk.page.keyboard
    await desk.page.evaluate("() => { location.hash = '#/canned/+'; }")
    await desk.at("canned-title").fill("Приветствие")
    await desk.at("canned-sign").fill("привет")
    await desk.at("canned-text").fill("Здравствуйте, {имя}! Номер обращения {номер}.")
    await expect(desk.at("canned-preview")).to_have_text("Здравствуйте, Анна Петрова! Номер обращения 077-26-000123.")
    await inspector.look("a new ready reply")
    await keys.press("Control+Enter")
    await expect(desk.at("canned-row")).to_contain_text("/привет")
    await inspector.look("ready replies")
    await desk.page.evaluate("(to) => { location.hash = to; }", f"#/inbox/mine/{citizen.conversation}")
    await desk.at("words").fill("/при")
    await expect(desk.at("canned-picker").get_by_role("option")).to_contain_text("Здравствуйте, Заявитель 1!")
    await inspector.look("ready replies under a slash")
    await keys.press("Enter")
    await expect(desk.at("words")).to_have_value(f"Здравствуйте, Заявитель 1! Номер обращения {await number(clerk, citizen.conversation)}.")
    await keys.press("Control+Enter")
    await citizen.line.hear("message", author="operator")
    await desk.page.evaluate("() => { location.hash = '#/canned'; }")
    await desk.at("canned-row").click()
    await desk.at("drop-canned").click()
    await expect(desk.at("canned-row")).to_have_count(0)
    await desk.at("undo").click()
    await expect(desk.at("canned-row")).to_have_count(1)
    assert inspector.faults == []


async def number(clerk: Clerk, conversation: str) -> str:
    return str((await clerk.does("GET", f"/api/conversations/{conversation}"))["conversation"]["number"])
