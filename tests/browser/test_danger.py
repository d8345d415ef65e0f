"""Somebody's life is in danger while others wait: what he, the operator and whoever leads see of it (B1 of the acceptance by a citizen)."""

import pytest
from playwright.async_api import expect

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


async def test_an_answer_later_is_offered_to_nobody_who_is_promised_it(stage: Stage) -> None:
    # B3, B14
    page = await (await stage.citizen()).greeted()
    await page.say("оператор")
    later = page.page.get_by_role("button", name="Ответьте мне позже")
    await later.click()
    await expect(page.state).to_have_text("Мы ответим вам в течение суток")
    await expect(later).to_have_count(0)
    await page.say("Как получить СНИЛС?")
    await expect(page.said("лицевого счёта")).to_be_visible()
    await page.page.get_by_test_id("person").click()
    await expect(page.log).to_contain_text("Обещание ответить остаётся в силе")
