"""Citizens who cannot wait for the robot: what they, the operator who takes over and whoever leads see of danger to life (B1 of the
acceptance by a citizen), of what was asked before, and of another language."""

import pytest
from playwright.async_api import expect

from tests.browser.screens import pictured
from tests.browser.stage import Stage, waiting
from tests.browser.test_alarms import COUNTS, rang
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")
CRY = "хочу покончить с собой, таблетки уже выпила"


async def test_danger_is_first_red_and_heard(stage: Stage, crowd: People, admin: Clerk) -> None:
    boss = await stage.signed_in((await crowd.clerk(admin, "supervisor")).login)
    await boss.page.evaluate(f"({COUNTS})()")
    await boss.page.locator("main").click()
    await waiting(crowd, *["Позовите оператора"] * 5)
    page = await (await stage.citizen()).greeted()
    await page.say(CRY)
    await expect(page.page.locator("a[href='tel:112']").first).to_be_visible()
    await expect(page.log).not_to_contain_text("24 час")
    await expect(page.log).not_to_contain_text("Ответьте мне позже")
    await expect(page.state).to_have_text("Ждём оператора")

    await expect(boss.at("alarm-bar")).to_contain_text("опасность для жизни")
    assert await rang(boss) >= 1
    await boss.at("alarm-open").click()
    await expect(boss.timeline).to_be_visible()
    row = boss.at("conversation-row").first
    await expect(row.get_by_test_id("danger")).to_have_text("Опасность для жизни")
    await expect(row).to_contain_text(CRY)

    desk = await stage.signed_in((await crowd.clerk(admin)).login)
    await desk.become("ready")
    offer = desk.at("offer").first
    await expect(offer.get_by_test_id("danger")).to_have_text("Опасность для жизни")
    await expect(offer).to_contain_text(CRY)
    await desk.accept()
    await expect(desk.at("walk")).to_be_visible()  # the urgent script is begun by itself
    await desk.at("drop-script").click()
    await expect(desk.at("walk")).to_have_count(0)


async def test_who_takes_over_reads_the_talk_with_the_robot_in_two_lines(stage: Stage, crowd: People, admin: Clerk) -> None:
    desk = await stage.signed_in((await crowd.clerk(admin)).login)
    await desk.become("ready")
    page = await (await stage.citizen()).greeted()
    await page.say("сколько стоит загранпаспорт на 10 лет?")
    await expect(page.said("6 000").first).to_be_visible()
    await page.say("а на ребёнка?")
    await expect(page.said("Повторю").first).to_be_visible()
    await page.say("дайте человека")
    await expect(page.said("Соединяю с оператором")).to_be_visible()
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


async def test_an_answer_later_is_offered_to_nobody_who_is_promised_it(stage: Stage) -> None:
    # B3, B14
    page = await (await stage.citizen()).greeted()
    await page.say("оператор")
    later = page.page.get_by_role("button", name="Ответьте мне позже")
    await later.click()
    await expect(page.state).to_have_text("Мы ответим вам в течение суток")
    await expect(later).to_have_count(0)
    await page.say("Как получить СНИЛС?")
    await expect(page.said("Социальный фонд")).to_be_visible()
    await page.page.get_by_test_id("person").click()
    await expect(page.log).to_contain_text("Обещание ответить остаётся в силе")
