"""A letter on paper is registered at the desk with its scan, answered, printed, and marked as sent."""

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage, png
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")
TEXT, ANSWER = "Прошу выдать копию решения о субсидии.", "Копия решения приложена."


@in_both_sizes
async def test_a_letter_on_paper_from_the_envelope_to_the_post(stage: Stage, crowd: People, admin: Clerk, axe: str, size: str) -> None:
    # CH-18
    anna = await crowd.clerk(admin)
    desk = await stage.signed_in(anna.login, **look(size))
    inspector = Inspector(axe, desk.page)
    await desk.at("new-contact").click()
    await desk.at("contact-post").check()
    await desk.at("contact-name").fill("Иванов Пётр Ильич")
    await desk.at("contact-postal").fill("101000, Москва, ул. Лесная, 5, кв. 12")
    await desk.at("contact-number").fill("вх-17")
    await desk.at("contact-text").fill(TEXT)
    await desk.at("contact-scans").set_input_files({"name": "скан.png", "mimeType": "image/png", "buffer": png()})
    await inspector.look("a letter on paper is registered")
    await desk.at("confirm-contact").click()
    await expect(desk.bubble("citizen", TEXT)).to_be_visible()
    await expect(desk.timeline.get_by_role("link", name="скан.png")).to_be_visible()
    await expect(desk.timeline).to_contain_text("Номер письма: вх-17")
    await expect(desk.timeline).to_contain_text("зарегистрировано оператором")
    await desk.send(ANSWER)
    reply = desk.bubble("operator", ANSWER)
    async with desk.page.context.expect_page() as printed:
        await reply.get_by_test_id("print-reply").click()
    await (await printed.value).close()
    await reply.get_by_test_id("mark-sent").click()
    await desk.at("sent-post").check()
    await desk.at("sent-note").fill("80091234567890")
    await inspector.look("an answer on paper is sent")
    await desk.at("confirm-sent").click()
    await expect(reply.get_by_test_id("paper-reply")).to_have_count(0)
    await expect(reply).to_contain_text("отправлено")
    assert inspector.faults == []
