"""A leader writes a questionnaire, plans a survey without names and starts it; a citizen answers on a phone without a script; the results."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_from_a_questionnaire_to_its_results(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:  # SV-01, SV-03, FD-08, GV-14
    boss = await crowd.clerk(admin, "supervisor")
    desk = await stage.signed_in(boss.login, **look("wide"))
    inspector, key = Inspector(axe, desk.page, *BOTH), "queue-both"
    await desk.page.evaluate("() => { location.hash = '#/surveys/questionnaire/+'; }")
    await desk.at("questionnaire-key").fill(key)
    await desk.at("questionnaire-title").fill("Очереди в МФЦ")
    await desk.at("question-text").fill("Долго ли вы ждали?")
    for place, words in enumerate(("Нет", "Да")):
        await desk.at("option-text").nth(place).fill(words)
    await desk.at("add-question").click()
    await desk.at("question-kind").nth(1).select_option("scale")
    await desk.at("question-text").nth(1).fill("Как вас встретили?")
    await expect(desk.at("survey-preview")).to_contain_text("Как вас встретили?")
    await inspector.look("questionnaire")
    await desk.at("save-questionnaire").click()
    await expect(desk.at("questionnaire")).to_contain_text("Версия 1")

    await desk.page.evaluate("() => { location.hash = '#/surveys/survey/+'; }")
    await expect(desk.at("survey-personal")).to_be_checked()
    await inspector.look("plan")
    await desk.at("survey-anonymous").check()
    await desk.page.locator("#survey-questionnaire").select_option(key)
    await desk.at("survey-key").fill(key)
    await desk.at("save-survey").click()
    await expect(desk.at("survey-state")).to_have_text("Не начат")
    await desk.at("start-survey").click()
    await desk.at("confirm").click()
    await expect(desk.at("survey-state")).to_have_text("Идёт")
    await expect(desk.at("hidden")).to_be_visible()
    await inspector.look("going")

    citizen = await stage.window(java_script_enabled=False, viewport={"width": 360, "height": 740})
    await citizen.goto(f"{stage.house.base}/survey/{key}")
    await expect(citizen.get_by_test_id("questions")).to_contain_text("Долго ли вы ждали?")
    await citizen.get_by_label("Да", exact=True).check()
    await citizen.get_by_label("4", exact=True).check()
    await citizen.get_by_role("button", name="Отправить ответы").click()
    await expect(citizen.get_by_test_id("thanks")).to_contain_text("Ваши ответы посчитаны")
    await citizen.goto(f"{stage.house.base}/survey/{key}")
    await expect(citizen.get_by_test_id("thanks")).to_be_visible()
    for number in range(5):
        async with crowd.http.post(f"{stage.house.base}/survey/{key}", data={"key": f"{number}", "q0": "0", "q1": "4"}) as answer:
            assert answer.status == 200

    page = await stage.window(**look("wide"))
    await page.goto(f"{stage.house.base}/survey/{key}")
    faults = Inspector(axe, page, *BOTH)
    await faults.look("page of a survey")
    await desk.at("end-survey").click()
    await desk.at("confirm").click()
    await expect(desk.at("survey-state")).to_have_text("Закончен")
    await expect(desk.at("question-sum").first).to_contain_text("скрыто")  # five and one: the one is not told, nor what tells it
    await expect(desk.at("bar").filter(has_text=re.compile(r"\d"))).not_to_have_count(0)
    await inspector.look("results")
    assert inspector.faults + faults.faults == []
