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


@pytest.mark.smoke
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


async def test_a_short_answer_is_written_and_a_card_withdrawn(stage: Stage, crowd: People, admin: Clerk) -> None:
    # KB-05, AL-03: what the robot says on one question, and a service that there is no more
    public = f"{stage.house.base}/handbook/services/{SERVICE}"
    editor = await at_the_card(stage, await crowd.clerk(admin, "designer"))
    await expect(editor.at("withdraw-card")).to_have_count(0)
    await editor.at("edit-card").click()
    facts = editor.at("fact")
    before = await facts.count()
    await editor.at("add-fact").click()
    await expect(facts).to_have_count(before + 1)
    await facts.last.get_by_test_id("fact-text").fill("Фотографию сделают на месте, приносить её не нужно.")
    await facts.last.get_by_test_id("fact-questions").fill("нужно ли приносить фотографию\nфото делают на месте")
    await facts.first.get_by_test_id("remove-fact").click()
    await expect(facts).to_have_count(before)
    await editor.at("save-card").click()
    await editor.at("check-card").click()
    leader = await at_the_card(stage, await crowd.clerk(admin, "supervisor"))
    await leader.at("publish-card").click()
    await expect(leader.at("draft")).to_have_count(0)
    citizen = await stage.window()
    await citizen.goto(public)
    await citizen.get_by_text("Нужно ли приносить фотографию?").click()
    await expect(citizen.get_by_text("Фотографию сделают на месте")).to_be_visible()

    stage.pardon(re.compile(f"404 .*|.*404 .*{SERVICE}|status of 404"))
    await leader.at("withdraw-card").click()
    await leader.at("confirm").click()
    await expect(leader.at("withdraw-card")).to_have_count(0)
    another = await stage.window()  # a browser keeps a page for five minutes
    await another.goto(public)
    await expect(another.get_by_role("heading", level=1)).to_have_text("Не найдено")
