"""An administrator writes a rule in plain words, tries it on last week, and sees it act in a conversation; all of it can be undone."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import QUEUES
from tests.browser.stage import Stage, waiting
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.smoke
async def test_a_rule_is_written_tried_and_seen_at_work(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:
    # KB-01, SE-01
    desk = await stage.signed_in((await crowd.clerk(admin, "admin", QUEUES)).login, **look(BOTH[-1]))
    before = (await waiting(crowd, "Хочу написать жалобу на очередь"))[0]
    inspector = Inspector(axe, desk.page)
    await desk.page.evaluate("() => { location.hash = '#/rules/+'; }")
    await desk.at("rule-title").fill("Жалобы — старшим")
    await desk.at("rule-words").fill("жалоба")
    await desk.at("rule-tag").fill("жалоба")
    await desk.at("rule-seniors").check()
    await expect(desk.at("rule-sentence")).to_have_text("Когда заявитель написал, если слова «жалоба», то метка «жалоба», сообщить: старшим")
    await desk.at("try-rules").click()
    await expect(desk.at("trial-done")).to_be_visible()
    await expect(desk.page.locator(f"[data-test=trial-hit][href*='{before.conversation}']")).to_be_visible()
    await inspector.look("a rule that was tried")
    await desk.at("save-rule").click()
    row = desk.at("rule").filter(has_text="Жалобы — старшим")
    await expect(row).to_have_count(1)
    await inspector.look("rules", "rules")

    citizen = (await waiting(crowd, "Примите жалобу"))[0]
    await desk.page.evaluate("(to) => { location.hash = to; }", f"#/inbox/recent/{citizen.conversation}")
    await expect(desk.at("line-rule_acted").first).to_contain_text("Правило «Жалобы — старшим»: метка «жалоба»")
    await expect(desk.at("tag").filter(has_text="жалоба")).to_have_count(1)
    await desk.at("add-tag").click()
    await desk.at("tag-name").fill("проверить")
    await desk.page.keyboard.press("Enter")
    await expect(desk.at("line-tagged").first).to_contain_text("поставлена метка «проверить»")
    await inspector.look("tags of a conversation")

    await desk.page.evaluate("() => { location.hash = '#/rules/='; }")
    await row.get_by_test_id("rule-on").uncheck()
    await expect(row).to_contain_text("выключено")
    await desk.at("undo").last.click()
    await expect(row.get_by_test_id("rule-on")).to_be_checked()
    await row.get_by_test_id("rule-row").click()
    await desk.at("drop-rule").click()
    await expect(row).to_have_count(0)
    await desk.page.evaluate("() => { location.hash = '#/rules/='; }")
    await desk.page.locator("[data-test=rule-version][data-id='1']").get_by_test_id("revert-rules").click()
    await desk.at("confirm").click()
    await expect(row).to_have_count(1)
    await row.get_by_test_id("rule-row").click()
    await desk.at("drop-rule").click()
    await expect(row).to_have_count(0)
    assert not inspector.faults, "\n".join(inspector.faults)
