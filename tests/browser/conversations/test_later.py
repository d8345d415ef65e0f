"""A reply that goes later: planned, seen, changed, taken back; and the operator is told when the citizen was quicker."""

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage, waiting
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")


@in_both_sizes
async def test_a_reply_goes_later_unless_the_citizen_writes(stage: Stage, crowd: People, admin: Clerk, axe: str, size: str) -> None:  # OC-01, GV-14
    citizen, = await waiting(crowd, "Когда придёт пособие?")
    clerk = await crowd.clerk(admin)
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
    desk = await stage.signed_in(clerk.login, **look(size))
    inspector = Inspector(axe, desk.page)
    await desk.page.evaluate("(to) => { location.hash = to; }", f"#/inbox/mine/{citizen.conversation}")
    await expect(desk.at("send-later")).to_be_disabled()
    await desk.words.fill("Пособие придёт в пятницу")
    await desk.at("send-later").click()
    await expect(desk.at("later-text")).to_have_value("Пособие придёт в пятницу")
    await inspector.look("when a reply goes")
    await desk.at("confirm-later").click()
    planned = desk.at("later")
    await expect(planned).to_contain_text("Пособие придёт в пятницу")
    await expect(planned).to_contain_text("Уйдёт")
    await expect(desk.words).to_have_value("")
    await inspector.look("a reply that waits for its time")
    await planned.get_by_test_id("later-change").click()
    await desk.at("later-text").fill("Пособие придёт в четверг")
    await desk.at("confirm-later").click()
    await expect(planned).to_contain_text("Пособие придёт в четверг")
    await citizen.tell("Уже пришло, спасибо")
    await expect(planned).to_contain_text("Не отправлено: заявитель написал раньше.")
    await expect(desk.at("notice").filter(has_text="не отправлен")).to_be_visible()
    await planned.get_by_test_id("later-back").click()
    await expect(desk.words).to_have_value("Пособие придёт в четверг")
    await expect(planned).to_have_count(0)
    said = (await clerk.does("GET", f"/api/conversations/{citizen.conversation}"))["entries"]
    assert [each["text"] for each in said if each["author"] == "operator"] == []
    assert inspector.faults == []
