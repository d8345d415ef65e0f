"""The citizen's card at the desk: own fields defined as data, written from the talk, one timeline, registration and closing with a form."""

import pytest
from playwright.async_api import expect

from tests.browser.screens import draw
from tests.browser.stage import Stage, waiting
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_from_an_own_field_to_a_closed_talk(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:  # CH-16 RQ-01 CH-12
    boss = await stage.signed_in(admin.login, **look("wide"))
    inspector = Inspector(axe, boss.page, *BOTH)
    await boss.page.evaluate("() => { location.hash = '#/settings/forms'; }")
    await boss.at("new-citizen_fields").fill("Льгота")
    await boss.at("add-citizen_fields").click()
    await boss.at("field-kind").select_option("choice")
    await boss.at("field-options").fill("ветеран, инвалид")
    await boss.at("field-options").blur()
    await boss.at("new-closing_fields").fill("Чем кончилось")
    await boss.at("add-closing_fields").click()
    await boss.at("closing_fields").get_by_test_id("field-required").check()
    await inspector.look("forms")
    await draw(boss.page, "settings-forms")
    await boss.at("settle").click()
    await expect(boss.at("changes")).to_have_count(0)
    assert inspector.faults == []

    citizen = (await waiting(crowd, "Не пришло единое пособие на ребёнка"))[0]
    clerk = await crowd.clerk(admin)
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
    desk = await stage.signed_in(clerk.login, **look("wide"))
    await desk.page.evaluate("(to) => { location.hash = to; }", f"#/inbox/mine/{citizen.conversation}")
    await desk.at("citizen-edit").click()
    for field, words in (("name", "Ольга Чижова"), ("phone", "8 (916) 123-45-67"), ("tags", "слабый слух"), ("note", "Просит говорить медленно")):
        await desk.at(f"citizen-{field}").fill(words)
    await desk.page.get_by_label("Льгота").select_option("ветеран")
    form = Inspector(axe, desk.page)
    await form.look("card")
    assert form.faults == []
    await desk.at("citizen-save").click()
    pane = desk.at("citizen")
    await expect(pane.get_by_test_id("tags")).to_contain_text("слабый слух")
    for words in ("Ольга Чижова", "916\u00a0123", "ветеран", "Просит говорить медленно"):
        await expect(pane).to_contain_text(words)

    await desk.at("register-case").click()
    await expect(desk.at("case-text")).to_have_value("Не пришло единое пособие на ребёнка")
    await desk.at("case-topic").select_option("documents")
    await desk.at("confirm-register").click()
    number = await desk.at("case-beside").get_attribute("data-id")
    timeline = pane.get_by_test_id("case").and_(desk.page.locator(f"[data-id='{number}']"))
    await expect(timeline).to_be_visible()
    await draw(desk.page, "citizen-card")
    assert [each["number"] for each in (await clerk.does("GET", "/api/cases"))["cases"]] == [number]

    await desk.send("Пособие придёт третьего числа")
    await desk.page.keyboard.press("Escape")
    await desk.at("close").click()
    await desk.choose("topic", "documents")
    await desk.at("confirm-close").click()
    await expect(desk.at("confirm-close")).to_be_visible()  # the browser asks for the required field
    await desk.page.get_by_label("Чем кончилось").fill("разъяснено")
    await desk.at("confirm-close").click()
    await expect(desk.at("confirm-close")).to_have_count(0)
    notes = [each["text"] for each in (await clerk.does("GET", f"/api/conversations/{citizen.conversation}"))["entries"] if each["kind"] == "note"]
    assert "Чем кончилось: разъяснено" in notes
    now = await admin.does("GET", "/api/settings")  # the talks of other tests are closed without a form
    await admin.does("POST", "/api/settings/revert", {"version": now["version"], "to": now["version"] - 1})
