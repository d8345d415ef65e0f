"""A leader draws a talk, scores it with its places, its operator sees that and objects, another one decides; the figures; a card is written."""

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_from_a_draw_to_a_decision(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:  # MC-05, OC-01, OC-02, OC-04, OC-05, SL-06, GV-14
    clerk, senior, boss = await crowd.clerk(admin), await crowd.clerk(admin, "senior"), await crowd.clerk(admin, "supervisor")
    citizen = await crowd.citizen(name="Пётр")
    await citizen.tell("оператор")
    await citizen.line.hear("state", holder="queue")
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/reply", {"key": "k", "text": "Вы не правы: окно работает до шести."})
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/close", {"topic": "other"})

    desk = await stage.signed_in(boss.login, **look("wide"))
    inspector = Inspector(axe, desk.page, *BOTH)
    await desk.page.evaluate("() => { location.hash = '#/quality/plans'; }")
    await inspector.look("plans")
    await desk.page.locator("#plan-card").select_option(label="Стандарт общения с заявителем")
    await desk.at("plan-number").fill("100")
    await desk.at("draw").click()
    await expect(desk.at("draw-row").first).to_contain_text("случайно")
    review = next(each["key"] for each in await senior.does("GET", "/api/reviews") if each["conversation"] == citizen.conversation)
    await desk.page.evaluate("(key) => { location.hash = `#/quality/queue/${key}`; }", review)
    await desk.at("calibrate").click()
    await expect(desk.at("score-item")).to_have_count(12)
    for item in await desk.at("score-item").all():
        await item.get_by_test_id("verdict-yes").check()
    await desk.at("save-scores").click()
    await expect(desk.at("calibration-waits")).to_be_visible()
    (begun,) = [each["key"] for each in await senior.does("GET", "/api/calibrations") if each["conversation"] == citizen.conversation]
    blind = await senior.does("GET", f"/api/calibrations/{begun}")
    assert (blind["sheets"], blind["agreement"]) == ([], None)
    scores = [{"item": each["key"], "verdict": "no" if each.get("critical") else "yes", "comment": "сказано"} for each in blind["card"]["items"]]
    await senior.does("POST", f"/api/calibrations/{begun}/score", {"scores": scores})
    await desk.at("end-calibration").click()
    await expect(desk.at("agreement")).to_contain_text("83")  # ten of twelve
    await inspector.look("calibration")

    await desk.page.evaluate("(key) => { location.hash = `#/quality/queue/${key}`; }", review)
    await desk.at("take-review").click()
    await expect(desk.at("remarks")).to_contain_text("вы не правы")
    await expect(desk.at("score-item")).to_have_count(12)
    for item in await desk.at("score-item").all():
        await item.get_by_test_id("verdict-yes").check()
    remark = desk.at("score-item").filter(has_text="замечаний")
    await remark.get_by_test_id("verdict-no").check()
    await remark.get_by_test_id("score-comment").fill("Так говорить нельзя")
    await remark.get_by_test_id("score-place").select_option(label=(await remark.get_by_test_id("score-place").locator("option").filter(has_text="окно работает").all_text_contents())[0])
    await expect(desk.at("review-talk").locator("[aria-current]")).to_contain_text("окно работает до шести")
    await expect(desk.at("points")).to_have_count(1)
    await expect(desk.at("marks-kept")).to_be_visible()
    await desk.page.evaluate("() => { location.hash = '#/quality/plans'; }")
    await expect(desk.at("draw")).to_be_visible()
    await desk.page.go_back()
    await desk.page.reload()
    await expect(remark.get_by_test_id("verdict-no")).to_be_checked()
    await expect(remark.get_by_test_id("score-comment")).to_have_value("Так говорить нельзя")
    await inspector.look("sheet")
    await desk.at("save-scores").click()
    await expect(desk.at("review-state")).to_have_text("Оценён")
    await expect(desk.at("scoring")).to_contain_text("окно работает до шести")

    await desk.at("note-text").fill("Начните с вопроса")
    await desk.at("send-note").click()
    await expect(desk.at("note")).to_contain_text("ещё не прочитано")

    operator = await stage.signed_in(clerk.login, **look("wide"))
    watched = Inspector(axe, operator.page, *BOTH)
    await operator.page.evaluate("() => { location.hash = '#/quality'; }")
    await operator.at("review-row").click()
    await expect(operator.at("scoring")).to_contain_text("Так говорить нельзя")
    await expect(operator.at("scoring")).to_contain_text("окно работает до шести")
    await operator.at("read-note").click()
    await expect(desk.at("note")).not_to_contain_text("ещё не прочитано")
    await operator.at("object").click()
    await operator.at("objection-words").fill("Это была шутка")
    await watched.look("objection")
    await operator.at("send-objection").click()
    await expect(operator.at("review-state")).to_have_text("Возражение")

    other = await stage.signed_in(senior.login, **look("wide"))
    judged = Inspector(axe, other.page, *BOTH)
    await other.page.evaluate("(key) => { location.hash = `#/quality/queue/${key}`; }", review)
    await other.at("take-review").click()
    await expect(other.at("objection")).to_contain_text("Это была шутка")
    await other.at("decision-words").fill("Шутить можно иначе")
    await judged.look("decision")
    await other.at("uphold").click()
    await expect(other.at("review-state")).to_have_text("Окончательно")
    await expect(operator.at("decision")).to_contain_text("Шутить можно иначе")

    await desk.page.evaluate("() => { location.hash = '#/quality/figures'; }")
    await expect(desk.at("quality-items")).to_contain_text("замечаний")
    await expect(desk.at("quality-operators")).to_contain_text("Всего")
    await inspector.look("figures")
    await desk.page.evaluate("() => { location.hash = '#/quality/cards/standard'; }")
    await expect(desk.at("card-version")).to_contain_text("Версия")
    await inspector.look("card")
    await desk.page.evaluate("() => { location.hash = '#/quality/cards/+'; }")
    await desk.at("card-key").fill("short")
    await desk.at("card-title").fill("Короткий лист")
    await desk.at("item-text").fill("Вежлив")
    await desk.at("save-card").click()
    await expect(desk.at("card-version")).to_have_text("Версия 1")
    assert inspector.faults + watched.faults + judged.faults == []
