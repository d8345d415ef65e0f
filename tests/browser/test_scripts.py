"""An operator is led by digits, a leader leaves out what is mandatory with a reason; an editor draws a script, another publishes it."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage, waiting
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")
WIDE = {"viewport": {"width": 1440, "height": 900}}
REFUSED = re.compile(r"status of 409 .*/close$")
"""The hub says which steps lie ahead."""


async def test_digits_lead_through_a_script(stage: Stage, crowd: People, admin: Clerk) -> None:  # KB-01, AL-06, AL-07
    citizen = (await waiting(crowd, "Хочу пожаловаться на чиновника"))[0]
    clerk, boss = await crowd.clerk(admin), await crowd.clerk(admin, "supervisor")
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
    desk = await stage.signed_in(clerk.login, **WIDE)
    stage.pardon(REFUSED)
    await desk.page.goto(f"{stage.house.base}/desk/#/inbox/mine/{citizen.conversation}")
    await expect(desk.at("urgent")).to_have_text("Угроза жизни: передать на 112")
    keys, step = desk.page.keyboard, desk.at("step")
    await desk.timeline.focus()
    await keys.press("KeyI")
    await desk.at("script-choice-filter").fill("жалоба на орган")
    await keys.press("Enter")
    await expect(step).to_have_attribute("data-key", "listen")
    await desk.timeline.focus()
    for digit, at in (("1", "danger"), ("1", "route"), ("1", "rights"), ("1", "take")):
        await keys.press(f"Digit{digit}")
        await expect(step).to_have_attribute("data-key", at)
    await keys.press("KeyZ")
    await expect(step).to_have_attribute("data-key", "rights")
    await keys.press("Numpad1")
    await expect(step).to_have_attribute("data-key", "take")
    await keys.press("KeyV")  # AL-06: one key from any step
    await expect(desk.at("card")).to_contain_text("Преследовать за жалобу нельзя")
    await keys.press("KeyF")  # AL-07
    await expect(desk.at("card")).to_contain_text("прокуратура", ignore_case=True)
    await keys.press("KeyE")
    await expect(desk.at("steps-ahead")).to_contain_text("Записать вашу жалобу")
    await expect(desk.at("close-why")).to_have_count(0)
    await desk.choose("topic", "complaints")
    await desk.at("confirm-close").click()
    await expect(desk.at("notice")).to_contain_text("Сначала пройдите обязательные шаги")
    await keys.press("Escape")

    leader = await stage.signed_in(boss.login, **WIDE)
    await leader.page.goto(f"{stage.house.base}/desk/#/inbox/held/{citizen.conversation}")
    await leader.say_why()
    await expect(leader.at("step")).to_have_attribute("data-key", "take")
    await desk.timeline.focus()
    await keys.press("Digit2")
    await expect(leader.at("step")).to_have_attribute("data-key", "how")  # whoever looks on sees it without a reload
    await keys.press("KeyZ")
    await expect(leader.at("step")).to_have_attribute("data-key", "take")
    await leader.at("show-path").click()
    await expect(leader.at("path").locator("li")).to_have_count(4)
    await leader.timeline.focus()
    await leader.page.keyboard.press("KeyE")
    await leader.choose("topic", "complaints")
    await leader.at("close-why").fill("заявитель спешит")
    await leader.at("confirm-close").click()
    await expect(leader.at("steps-ahead")).to_have_count(0)
    assert any("заявитель спешит" in each["text"] for each in await boss.timeline(citizen.conversation))


async def test_one_draws_a_script_and_another_publishes_it(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:  # KB-01
    editor, boss = await crowd.clerk(admin, "designer"), await crowd.clerk(admin, "supervisor")
    title, key = f"Заём {editor.login}", f"loan-{editor.login}"
    desk = await stage.signed_in(editor.login, **look("wide"))
    inspector = Inspector(axe, desk.page, *BOTH)
    await desk.page.evaluate("() => { location.hash = '#/scripts/+'; }")
    await desk.at("script-title").fill(title)
    await desk.at("script-key").fill(key)
    for name, words in (("rights", "Право на ответ"), ("appeal", "Руководителю"), ("conflict", "Понимаю"), ("hesitation", "Решать вам")):
        await desk.at(f"script-{name}").fill(words)
    await desk.at("tab-steps").click()
    await desk.at("step-text").fill("Для чего нужен заём?")
    await desk.at("step-kind").select_option("ask")
    await desk.at("step-mandatory").check()
    await desk.at("step-key").fill("need")
    await desk.at("step-key").press("Tab")
    await desk.at("add-step").click()
    await desk.at("step-text").fill("Возьмите паспорт.")
    await desk.page.locator("[data-test=node][data-id=need]").click()
    await expect(desk.at("step-key")).to_have_value("need")  # the fields are of this step now
    for place, (words, leads) in enumerate((("Жильё", "step-2"), ("Дело", "end"))):
        await desk.at("add-answer").click()
        await desk.at("answer-text").nth(place).fill(words)
        await desk.at("answer-next").nth(place).select_option(leads)
    await expect(desk.at("flaw")).to_have_text("нет фраз: Молчит")
    await desk.at("save-script").click()
    await expect(desk.at("script-state")).to_have_text("Черновик")
    await expect(desk.at("node")).to_have_count(2)
    await inspector.look("the picture of a script")
    preview = desk.at("preview")
    await expect(preview.get_by_test_id("step")).to_have_attribute("data-key", "need")
    await preview.get_by_test_id("answer").first.click()
    await expect(preview).to_contain_text("Возьмите паспорт")
    await desk.at("flaw").click()
    await desk.at("script-silence").fill("Вы на линии?")
    await desk.at("script-silence").press("Tab")
    await expect(desk.at("flawless")).to_be_visible()
    await inspector.look("what a script is about")
    await desk.at("save-script").click()
    await expect(desk.at("save-script")).to_be_disabled()
    await expect(desk.at("publish-script")).to_have_count(0)

    leader = await stage.signed_in(boss.login, **look("wide"))
    await leader.page.evaluate("(to) => { location.hash = to; }", f"#/scripts/{key}")
    await leader.at("publish-script").click()
    await expect(leader.at("script-state")).to_have_text("Действует")
    await leader.at("tab-figures").click()
    await expect(leader.at("script-figures")).to_contain_text("не проходили")
    found = next(each for each in await boss.does("GET", "/api/scripts") if each["key"] == key)
    assert (found["published"], found["flaws"]) == (2, 0)
    assert inspector.faults == []


async def test_the_strip_is_for_everybody(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:  # KB-01, GV-14
    citizen = (await waiting(crowd, "Никто не отвечает"))[0]
    clerk = await crowd.clerk(admin)
    here = f"/api/conversations/{citizen.conversation}"
    await clerk.does("POST", f"{here}/take")
    desk = await stage.signed_in(clerk.login, **look("wide"))
    inspector = Inspector(axe, desk.page, *BOTH)
    await desk.page.evaluate("(to) => { location.hash = to; }", f"#/inbox/mine/{citizen.conversation}")
    await desk.at("choose-script").click()
    await inspector.look("the choice of a script")
    await desk.choose("script-choice", "callback")
    await expect(desk.at("step")).to_have_attribute("data-key", "looked")
    await desk.at("card-phrases").click()
    await inspector.look("a script with its phrases")
    await desk.at("drop-script").click()
    await expect(desk.at("step")).to_have_count(0)
    assert inspector.faults == []
