"""Letters at the desk: their subject, who else has them, and who gets a copy of the answer."""

import pytest
from playwright.async_api import expect

from tests.browser.test_accessibility import Inspector, in_both_sizes
from tests.browser.test_text_channels import MAILBOX, Post, post, taken

pytestmark = pytest.mark.asyncio(loop_scope="session")
__all__ = ["post"]

SON, LAWYER, SISTER = "petr@mail.example.ru", "law@office.example", "olga@mail.example.ru"


@in_both_sizes
async def test_a_letter_has_a_subject_and_its_answer_copies(post: Post, axe: str, size: str) -> None:
    # CH-05, OC-01
    desk = await post.desk(size)
    inspector = Inspector(axe, desk.page)
    conversation = await post.asks(post.mail, MAILBOX)
    await post.mail.writes(MAILBOX, "Когда она будет готова?", subject="Справка о составе семьи", cc=(SON, LAWYER))
    await taken(desk, conversation)
    await expect(desk.at("head-subject")).to_have_text("Тема письма: Справка о составе семьи")
    if size == "wide":
        await expect(desk.at("conversation-row").first).to_contain_text("«Справка о составе семьи»")
    await expect(desk.bubble("citizen", "готова").get_by_test_id("copies")).to_have_text(f"Копия: {SON}, {LAWYER}")
    await expect(desk.at("letter-copy")).to_have_text([SON, LAWYER])
    await desk.page.get_by_role("button", name=f"Убрать {LAWYER} из копии").click()
    await desk.at("copy-add").click()
    await desk.at("copy-field").fill("без собаки")
    await desk.at("copy-field").press("Enter")
    await expect(desk.page.get_by_text("Это не адрес почты.")).to_be_visible()
    await desk.at("copy-field").fill(f"{SISTER}, {SON.upper()}")
    await desk.at("copy-field").press("Enter")
    await expect(desk.at("letter-copy")).to_have_text([SON, SISTER])
    await inspector.look("copies of a reply")
    await desk.page.reload()
    await expect(desk.at("letter-copy")).to_have_text([SON, SISTER])
    await desk.send("Готова, приходите.")
    await post.mail.hears("Готова, приходите.")
    await expect(desk.bubble("operator", "Готова").get_by_test_id("copies")).to_have_text(f"Копия: {SON}, {SISTER}")
    await desk.at("note-tab").click()
    await expect(desk.at("letter-copy")).to_have_count(0)
    await desk.at("reply-tab").click()
    await expect(desk.at("letter-copy")).to_have_text([SON, SISTER])  # whom the last letter names
    await post.mail.writes(MAILBOX, "Спасибо, Ольга не нужна", cc=(SON,))
    await expect(desk.at("letter-copy")).to_have_text([SON])
    assert inspector.faults == []


async def test_the_first_answer_to_a_letter_ends_it(post: Post) -> None:
    # OC-01, RQ-07: the term of the letter is kept by that answer, which can still be taken back until the topic is chosen
    desk = await post.desk("wide")
    conversation = await post.asks(post.mail, MAILBOX)
    await taken(desk, conversation)
    await desk.words.fill("Справка готова, приходите.")
    await desk.at("send-and-close").click()
    await desk.choose("topic", "other")
    await desk.at("confirm-close").click()
    await post.mail.hears("Справка готова")
    await expect(desk.at("confirm-close")).to_have_count(0)
    row = (await post.admin.does("GET", f"/api/conversations/{conversation}"))["conversation"]
    assert (row["holder"]["kind"], row["promise"]) == ("closed", None)
