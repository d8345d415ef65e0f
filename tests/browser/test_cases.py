"""A case from its registration beside the conversation to its answer, and the citizen who follows it; both screens under axe."""

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage, waiting
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_case_is_registered_answered_and_followed(stage: Stage, crowd: People, admin: Clerk) -> None:  # RQ-01, RQ-04, CM-02
    citizen = (await waiting(crowd, "Паспорт не готов второй месяц"))[0]
    clerk = await crowd.clerk(admin)
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
    desk = await stage.signed_in(clerk.login, viewport={"width": 1440, "height": 900})
    await desk.page.goto(f"{stage.house.base}/desk/#/inbox/mine/{citizen.conversation}")
    await desk.at("register-case").click()
    await expect(desk.at("ruling")).to_contain_text("Вне 59-ФЗ и 210-ФЗ")
    await desk.at("kind-complaint").check()
    await desk.at("identified").check()
    await expect(desk.at("ruling")).to_contain_text("59-ФЗ ст. 8")
    await desk.at("case-topic").select_option("documents")
    await desk.at("case-text").fill("Паспорт не готов второй месяц, причину не говорят")
    await desk.at("confirm-register").click()
    await expect(desk.at("case-beside")).to_contain_text("Зарегистрировано")
    number = await desk.at("case-beside").get_attribute("data-id") or ""
    code = ""
    while "Код для просмотра" not in code:
        code = str((await citizen.line.hear("message", author="system"))["text"])
    digits = code.partition(": ")[2][:11]

    await desk.at("case-beside").locator("a").click()
    await expect(desk.at("case")).to_have_attribute("data-id", number)
    await desk.at("act-take").click()
    await expect(desk.at("case-state")).to_have_text("В работе")
    await desk.at("act-answer").click()
    await desk.at("step-why").fill("Паспорт готов, приходите завтра")
    await desk.at("step-go").click()
    await expect(desk.at("case-state")).to_have_text("Дан ответ")
    await expect(desk.at("case-step")).to_have_count(3)

    page = await stage.window()
    await page.goto(f"{stage.house.base}/case")
    await page.get_by_label("Номер обращения").fill(number)
    await page.get_by_label("Код").fill(digits)
    await page.get_by_role("button", name="Показать").click()
    await expect(page.get_by_test_id("case")).to_contain_text("дан ответ")
    assert "Паспорт готов" not in await page.content()


@in_both_sizes
async def test_the_list_of_cases_and_its_terms(stage: Stage, crowd: People, admin: Clerk, axe: str, size: str) -> None:  # RQ-06, GV-14
    citizen = (await waiting(crowd, "Где мой паспорт"))[0]
    clerk = await crowd.clerk(admin)
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
    path = f"/api/conversations/{citizen.conversation}/cases"
    for place, (kind, identified) in enumerate((("complaint", True), ("inquiry", False), ("request", True))):
        draft = {"key": f"k{place}", "kind": kind, "topic": "documents", "text": "Паспорт не готов", "identified": identified}
        await clerk.does("POST", path, draft)
    desk = await stage.signed_in(clerk.login, **look(size))
    inspector = Inspector(axe, desk.page)
    await desk.page.evaluate("() => { location.hash = '#/cases'; }")
    await desk.at("cases-due").click()
    await expect(desk.at("case-row").first).to_be_visible()
    await expect(desk.at("case-row").first).to_contain_text("Вопрос")  # 24 hours come before thirty days
    await desk.at("case-row").first.press("Enter")
    await expect(desk.at("act-take")).to_be_visible()
    await inspector.look("a case")
    await desk.at("act-take").click()
    await expect(desk.at("case-step").last).to_contain_text("Взято в работу")
    await desk.at("act-answer").click()
    await inspector.look("the answer to a case")
    await desk.page.evaluate("(to) => { location.hash = to; }", f"#/inbox/mine/{citizen.conversation}")
    if size == "narrow":
        await desk.at("details").click()
    await desk.at("register-case").click()
    await expect(desk.at("ruling")).to_be_visible()
    await inspector.look("registering")
    assert not inspector.faults, inspector.faults
