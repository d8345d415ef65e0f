"""What an operator who takes over from the robot sees first: what was asked and what was answered."""

import pytest
from playwright.async_api import expect

from tests.browser.screens import pictured
from tests.browser.stage import Stage
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_talk_with_the_robot_stands_in_two_lines(stage: Stage, crowd: People, admin: Clerk) -> None:
    page = await (await stage.citizen()).greeted()
    await page.say("сколько стоит загранпаспорт на 10 лет?")
    await expect(page.said("6 000").first).to_be_visible()
    await page.say("а на ребёнка?")
    await expect(page.said("Повторю").first).to_be_visible()
    await page.say("дайте человека")
    await expect(page.said("Соединяю с оператором")).to_be_visible()
    desk = await stage.signed_in((await crowd.clerk(admin)).login)
    await desk.become("ready")
    await desk.accept()
    summary = desk.at("summary")
    await expect(summary.locator("p").first).to_have_text("Спрашивал: Загранпаспорт на 10 лет (стоимость на ребёнка)")
    await expect(summary.locator("p").nth(1)).to_contain_text("Ответили: Загранпаспорт на 10 лет стоит 6 000 рублей")
    await expect(summary.locator("p").nth(1)).to_be_in_viewport()
    await pictured(desk, "takeover")
    await desk.send("Здравствуйте! Пошлина для ребёнка — 3 000 рублей.")
    await expect(summary).not_to_have_attribute("open", "")
    await expect(summary.locator("summary")).to_contain_text("Спрашивал: Загранпаспорт на 10 лет")


async def test_the_language_of_the_citizen_stands_on_the_offer_and_over_the_talk(stage: Stage, crowd: People, admin: Clerk) -> None:
    clerk = await crowd.clerk(admin)
    desk = await stage.signed_in(clerk.login)
    await admin.does("PUT", f"/api/operators/{clerk.login}", {
        "name": clerk.login.title(), "role": "operator", "queues": ["general"], "skills": {}, "languages": ["ru", "tt"]})
    await desk.become("ready")
    page = await (await stage.citizen()).greeted()
    await page.say("балалар бакчасына чират кирәк")
    await expect(desk.offer.first.get_by_test_id("language")).to_have_text("татарский")
    await desk.accept()
    head = desk.at("language").first
    await expect(head).to_have_text("татарский")
    await expect(head).to_be_in_viewport(ratio=1)
    await pictured(desk, "takeover-language")
