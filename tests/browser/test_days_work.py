"""Two at their desks: one puts a conversation off and asks the other by name; each sees that the other looks."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage, waiting
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")


@in_both_sizes
async def test_a_day_of_two(stage: Stage, crowd: People, admin: Clerk, axe: str, size: str) -> None:  # SL-04, CH-08, GV-14
    citizen = (await waiting(crowd, "Сколько стоит паспорт"))[0]
    clerk, lead = await crowd.clerk(admin), await crowd.clerk(admin, "senior")
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
    desk, other = await stage.signed_in(clerk.login, **look(size)), await stage.signed_in(lead.login, **look(size))
    inspectors = [Inspector(axe, each.page) for each in (desk, other)]
    await desk.page.evaluate("(to) => { location.hash = to; }", f"#/inbox/mine/{citizen.conversation}")

    # Mentioned by name, found in his own view, and read: nobody asks him for a reason.
    await expect(desk.timeline).to_be_visible()
    await desk.page.keyboard.press("n")
    await desk.words.fill("@Sen")
    await expect(desk.at("colleague-picker").get_by_role("option").filter(has_text=other.name)).to_be_visible()
    await inspectors[0].look("colleagues behind an @")
    await desk.words.fill(f"@{other.name}")
    await desk.page.keyboard.press("Enter")
    await expect(desk.words).to_have_value(f"@{other.name} ")
    await desk.page.keyboard.type("посмотрите, пожалуйста")
    await desk.page.keyboard.press("Control+Enter")
    await expect(desk.bubble("note", f"@{other.name} посмотрите")).to_be_visible()
    await expect(other.page.locator("[aria-live=polite].unseen")).to_contain_text("упоминает вас")
    await other.page.evaluate("() => { location.hash = '#/inbox/mentions'; }")
    await inspectors[1].look("mentions")
    await other.row("Заявитель 1").click()
    await expect(other.bubble("note", "посмотрите")).to_be_visible()
    await expect(other.row("Заявитель 1")).to_have_count(0)

    # Each sees the other, and who writes.
    await expect(desk.page.locator(".head").get_by_test_id("looking")).to_contain_text(other.name)
    await expect(other.page.locator(".head").get_by_test_id("looking")).to_contain_text(desk.name)
    await desk.page.keyboard.press("Escape")
    await desk.page.keyboard.press("r")
    await desk.page.keyboard.type("Пошлина")
    await expect(other.page.locator(".head").get_by_test_id("looking")).to_contain_text(f"{desk.name} пишет ответ")
    await inspectors[1].look("a colleague writes")
    await other.page.evaluate("() => { location.hash = '#/inbox/held'; }")
    await expect(desk.page.locator(".head").get_by_test_id("looking")).to_have_count(0)
    await expect(other.row("Заявитель 1").get_by_test_id("looking")).to_contain_text(desk.name)

    # Put off by a key, taken back at once, put off again, and back with the citizen.
    await desk.page.keyboard.press("Control+Enter")
    await citizen.line.hear("message", author="operator")
    await desk.page.keyboard.press("Escape")
    await desk.page.keyboard.press("Shift+M")
    await desk.at("snooze-why").fill("ждёт справку")
    await inspectors[0].look("putting off")
    await desk.page.keyboard.press("Control+Enter")
    await expect(desk.row("Заявитель 1")).to_have_count(0)
    await desk.at("undo").click()
    await expect(desk.row("Заявитель 1")).to_have_count(1)
    await desk.row("Заявитель 1").click()
    await desk.at("snooze").click()
    await desk.at("snooze-morning").check()
    await expect(desk.at("confirm-snooze")).to_be_enabled()
    await desk.at("confirm-snooze").click()
    await desk.page.evaluate("() => { location.hash = '#/inbox/snoozed'; }")
    await expect(desk.row("Заявитель 1").get_by_test_id("snoozed")).to_have_text(re.compile("Отложено до .*9:00"))
    await expect(desk.row("Заявитель 1").locator(".badge")).to_be_visible()  # its clock goes on
    await inspectors[0].look("put off")
    await citizen.tell("Вот справка")
    await expect(desk.page.locator("[aria-live=polite].unseen")).to_contain_text("снова в «Моих»")
    await expect(desk.row("Заявитель 1")).to_have_count(0)
    await desk.page.evaluate("() => { location.hash = '#/inbox/mine'; }")
    await expect(desk.row("Вот справка")).to_have_count(1)

    # What is due soon: cases and promises in one view.
    case = {"key": "k", "kind": "inquiry", "topic": "documents", "text": "Сколько стоит паспорт"}
    made = await clerk.does("POST", f"/api/conversations/{citizen.conversation}/cases", case)
    await desk.page.evaluate("() => { location.hash = '#/inbox/risk'; }")
    await expect(desk.at("near-cases").get_by_test_id("case-row").filter(has_text=made["case"]["number"])).to_be_visible()
    await inspectors[0].look("deadlines")
    await desk.page.keyboard.press("?")
    await expect(desk.at("help")).to_contain_text("Отложить или вернуть")
    await expect(desk.at("help")).to_contain_text("Упомянуть коллегу")
    assert [fault for each in inspectors for fault in each.faults] == []
