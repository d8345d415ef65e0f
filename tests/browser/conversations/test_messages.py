"""One message of a talk: it is quoted, copied, and given to a colleague as a link that opens the talk at it."""

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage, waiting
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")
MANY = 60
"""More than a page of the timeline."""


@in_both_sizes
async def test_a_message_is_quoted_copied_and_linked(stage: Stage, crowd: People, admin: Clerk, axe: str, size: str) -> None:  # CH-12, GV-14
    citizen, = await waiting(crowd, "Когда придёт пособие?")
    for number in range(MANY):
        await citizen.tell(f"Ещё одно слово {number}")
    clerk = await crowd.clerk(admin)
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
    desk = await stage.signed_in(clerk.login, **look(size))
    await desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await desk.page.evaluate("(to) => { location.hash = to; }", f"#/inbox/mine/{citizen.conversation}")
    last = desk.bubble("citizen", f"слово {MANY - 1}")
    await last.hover()
    await last.get_by_test_id("message-menu").click()
    inspector = Inspector(axe, desk.page)
    await inspector.look("what is done with a message")
    await desk.at("quote").click()
    await expect(desk.words).to_have_value(f"> Ещё одно слово {MANY - 1}\n\n")
    await expect(desk.words).to_be_focused()
    await last.get_by_test_id("message-menu").focus()  # by keys alone
    await desk.page.keyboard.press("Enter")
    await expect(desk.at("copy-text")).to_be_visible()
    await desk.page.keyboard.press("ArrowDown")
    await desk.page.keyboard.press("Enter")
    assert await desk.page.evaluate("() => navigator.clipboard.readText()") == f"Ещё одно слово {MANY - 1}"
    first = (await clerk.does("GET", f"/api/conversations/{citizen.conversation}?before={await oldest(clerk, citizen.conversation)}"))["entries"]
    asked = next(each for each in first if each["text"] == "Когда придёт пособие?")
    await desk.page.goto("about:blank")
    await desk.page.goto(f"{stage.house.base}/desk/#/inbox/mine/{citizen.conversation}/{asked['id']}")
    linked = desk.bubble("citizen", "Когда придёт пособие?")
    await expect(linked).to_be_in_viewport()
    await expect(linked).to_be_focused()
    await linked.hover()
    await linked.get_by_test_id("message-menu").click()
    await desk.at("copy-message-link").click()
    assert await desk.page.evaluate("() => navigator.clipboard.readText()") == desk.page.url
    await desk.page.evaluate("(to) => { location.hash = to; }", f"#/inbox/mine/{citizen.conversation}/1")
    await expect(desk.at("notice").filter(has_text="Этого сообщения в разговоре нет")).to_be_visible()
    assert inspector.faults == []


async def oldest(clerk: Clerk, conversation: int) -> str:
    """The first entry of the newest page."""
    return str((await clerk.does("GET", f"/api/conversations/{conversation}"))["entries"][0]["id"])
