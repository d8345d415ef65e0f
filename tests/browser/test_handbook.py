"""The handbook at the desk: an operator reads a card and tells in two clicks that it is outdated; an editor and a leader put it right."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.screens import pictured
from tests.browser.stage import Desk, Stage
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")

SERVICE = "foreign-passport-10"


async def at_the_card(stage: Stage, clerk: Clerk) -> Desk:
    desk = await stage.signed_in(clerk.login)
    await desk.at("view-handbook").click()
    await desk.page.locator(f'[data-test="card"][data-id="{SERVICE}"]').click()
    await expect(desk.at("card-view")).to_be_visible()
    return desk


async def test_two_clicks_tell_that_a_fee_is_outdated_and_others_put_it_right(stage: Stage, crowd: People, admin: Clerk) -> None:
    # KB-07, AL-05, AL-10
    anna = await at_the_card(stage, await crowd.clerk(admin))
    await expect(anna.at("ladder").get_by_role("link")).not_to_have_count(0)
    await expect(anna.at("edit-card")).to_have_count(0)
    await pictured(anna, "handbook-card")
    await anna.at("doubt-fee").click()
    box = await anna.at("evidence").bounding_box()
    assert box is not None and box["width"] > 240, "the form has the width of the card"
    await anna.at("send-doubt").click()
    await expect(anna.at("warning")).to_contain_text("Стоимость")
    await expect(anna.at("accept-flag")).to_have_count(0)

    author, boss = await crowd.clerk(admin, "designer"), await crowd.clerk(admin, "supervisor")
    editor = await stage.signed_in(author.login)
    await editor.at("view-handbook").click()
    await editor.at("handbook-outdated").click()
    await editor.at("flag").click()
    await editor.at("accept-flag").click()
    await editor.at("answer").fill("Пошлина изменилась")
    await editor.at("field-fee.rubles").fill("9100")
    await editor.at("field-fee.note").fill("")
    await pictured(editor, "handbook-answer")
    await editor.at("save-card").click()
    await editor.at("check-card").click()
    await expect(editor.at("draft")).to_contain_text("ждёт публикации")
    await pictured(editor, "handbook-draft")

    leader = await at_the_card(stage, boss)
    await leader.at("publish-card").click()
    await expect(leader.at("warning")).to_have_count(0)
    await expect(leader.at("card-view")).to_contain_text("9 100 ₽")
    await leader.at("edition").first.locator("summary").click()
    await expect(leader.at("edition").first).to_contain_text("fee.rubles")
    await pictured(leader, "handbook-published")


async def test_a_new_service_says_what_it_lacks(stage: Stage, crowd: People, admin: Clerk) -> None:
    # KB-05
    stage.pardon(re.compile("409 .*/check"))
    editor = await stage.signed_in((await crowd.clerk(admin, "designer")).login)
    await editor.at("view-handbook").click()
    await editor.at("add-card").click()
    await editor.at("field-title").fill("Поливочная книжка")
    await editor.at("field-name").fill("Выдача поливочных книжек")
    await editor.at("field-documents").fill("Садовод:\n- Паспорт | оригинал")
    await pictured(editor, "handbook-form")
    await editor.at("save-card").click()
    await expect(editor.at("lacking")).to_contain_text("срока")
    await expect(editor.at("lacking")).not_to_contain_text("документов")
    await editor.at("check-card").click()
    await expect(editor.page.get_by_text("Не хватает: описание")).to_be_visible()
    await pictured(editor, "handbook-lacking")
    await editor.at("handbook-offices").click()
    await editor.at("card").first.click()
    await expect(editor.at("office")).to_be_visible()
    await pictured(editor, "handbook-office")
