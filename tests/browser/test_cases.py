"""A case from its registration beside the conversation to its answer, and the citizen who follows it; both screens under axe."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage, waiting
from tests.browser.test_accessibility import BOTH, Inspector, in_both_sizes, look
from tests.house import Citizen, Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.smoke
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
    await expect(desk.at("confirm-register")).to_be_disabled()
    await desk.at("shown").fill("паспорт")
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
    for place, (kind, shown) in enumerate((("complaint", "паспорт"), ("inquiry", ""), ("request", "паспорт"))):
        draft = {"key": f"k{place}", "kind": kind, "topic": "documents", "text": "Паспорт не готов", "shown": shown}
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


async def test_a_figure_of_a_report_leads_to_its_cases(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:  # RQ-05, GV-14
    citizen = (await waiting(crowd, "Где мой паспорт"))[0]
    clerk = await crowd.clerk(admin, "supervisor")
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
    number = await case_of(clerk, citizen, "r", "Паспорт не готов", kind="complaint", matter={"authority": "Отдел выдачи"})
    desk = await stage.signed_in(clerk.login, **look("wide"))
    inspector = Inspector(axe, desk.page, *BOTH)
    await desk.page.evaluate("() => { location.hash = '#/reports'; }")
    await expect(desk.at("report-row").first).to_be_visible()
    await desk.at("report-by").select_option("authority")
    row = desk.page.locator("[data-test=report-row][data-id='Отдел выдачи']")
    await expect(row).to_be_visible()
    await row.get_by_test_id("figure-registered").press("Enter")
    await expect(desk.at("behind").get_by_test_id("case-row")).to_have_attribute("data-id", number)
    await inspector.look("a report")
    async with desk.page.expect_download() as saved:
        await desk.at("report-xlsx").click()
    assert (await saved.value).suggested_filename.endswith(".xlsx")
    await desk.at("behind").get_by_test_id("case-row").press("Enter")
    await expect(desk.at("case")).to_have_attribute("data-id", number)
    assert not inspector.faults, inspector.faults


@in_both_sizes
async def test_likely_cases_are_put_into_a_series_and_a_lost_code_is_renewed(stage: Stage, crowd: People, admin: Clerk, axe: str, size: str) -> None:
    # CM-05, GV-14
    one, other = await waiting(crowd, "Терминал сломан", "Терминал не работает")
    clerk = await crowd.clerk(admin)
    for each in (one, other):
        await clerk.does("POST", f"/api/conversations/{each.conversation}/take")
    first = await case_of(clerk, one, "a", f"В МФЦ третий день не работает терминал, окно {size}")
    second = await case_of(clerk, other, "b", f"Третий день не работает терминал в МФЦ, окно {size}")
    stage.pardon(re.compile(r"status of 400 .*/code$"))
    desk = await stage.signed_in(clerk.login, **look(size))
    inspector = Inspector(axe, desk.page)
    await desk.page.evaluate("(to) => { location.hash = to; }", f"#/cases/{second}")
    await desk.at("act-take").click()
    await desk.at("find-alike").press("Enter")
    alike = desk.page.locator(f"[data-test=alike][data-id='{first}']")
    await expect(alike).to_contain_text("сходство")
    await alike.get_by_test_id("alike-series").press("Enter")
    await expect(desk.at("leave-series")).to_be_visible()
    assert (await clerk.does("GET", f"/api/cases/{second}"))["case"]["series"] == first
    await expect(desk.page.locator(f"[data-test=in-series][data-id='{first}']")).to_be_visible()
    await expect(alike.get_by_test_id("alike-series")).to_have_count(0)
    await inspector.look("what belongs together")
    await desk.at("leave-series").press("Enter")
    await expect(desk.at("leave-series")).to_have_count(0)

    await desk.at("new-code").press("Enter")
    await desk.at("shown").fill("паспорт 4509 123456")
    await desk.at("issue-code").click()
    await expect(desk.at("notice")).to_contain_text("без номера")
    await desk.at("shown").fill("паспорт")
    await inspector.look("a new code")
    await desk.at("issue-code").click()
    await expect(desk.at("case-number")).to_have_text(second)
    await expect(desk.at("case-code")).to_have_text(re.compile(r"^(\d\d ){3}\d\d$"))
    await desk.at("code-said").click()

    await desk.page.evaluate("(to) => { location.hash = to; }", f"#/inbox/mine/{other.conversation}")
    if size == "narrow":
        await desk.at("details").click()
    await desk.at("attach-number").fill(first)
    await desk.at("attach-number").press("Enter")
    await expect(desk.at("case-beside")).to_have_count(2)
    await desk.page.evaluate("(to) => { location.hash = to; }", f"#/cases/{first}")
    await desk.at("act-take").click()
    await desk.at("detach").press("Enter")
    await expect(desk.at("case-conversation")).to_have_count(1)
    assert not inspector.faults, inspector.faults


async def test_an_editor_makes_the_next_version_of_the_topics(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:
    # RQ-02, GV-14
    editor = await crowd.clerk(admin, "designer")
    before = await editor.does("GET", "/api/topics")
    desk = await stage.signed_in(editor.login, **look("wide"))
    inspector = Inspector(axe, desk.page, *BOTH)
    await desk.page.evaluate("() => { location.hash = '#/topics'; }")
    await desk.at("add-topic").click()
    await desk.at("topic-title").fill("Паспорта новые")
    await desk.at("topic-parent").select_option("documents")
    await desk.at("topic-kind").select_option("territorial")
    await inspector.look("a new topic")
    await desk.at("topic-title").press("Enter")
    await expect(desk.page.locator("[data-test=topic][data-id=pasporta-novye]")).to_contain_text("Новая")
    removed = "taxes"
    await desk.page.evaluate("(to) => { location.hash = to; }", f"#/topics/{removed}")
    await desk.at("remove-topic").click()
    await desk.page.evaluate("() => { location.hash = '#/topics/='; }")
    change = desk.page.locator(f"[data-test=topic-change][data-id={removed}]")
    await change.get_by_test_id("topic-heir").select_option("documents")
    await inspector.look("what will change")
    await desk.at("publish-topics").press("Enter")
    await expect(desk.at("notice")).to_contain_text(f"Действует версия {before['version'] + 1}")
    after = await editor.does("GET", "/api/topics")
    kept = {each["id"]: each for each in after["topics"]}
    assert (kept["documents"]["was"], kept["pasporta-novye"]["parent"], removed in kept) == ([removed], "documents", False)
    await desk.page.evaluate("() => { location.hash = '#/topics'; }")
    await desk.at("topics-version").select_option(str(before["version"]))
    await expect(desk.page.locator(f"[data-test=topic][data-id={removed}]")).to_be_visible()
    await desk.page.evaluate("(to) => { location.hash = to; }", f"#/topics/{removed}")
    await expect(desk.at("topic-title")).to_be_disabled()
    await inspector.look("an old version")
    assert not inspector.faults, inspector.faults


async def case_of(clerk: Clerk, citizen: Citizen, key: str, text: str, **more: object) -> str:
    draft = {"key": key, "kind": "request", "topic": "documents", "text": text} | more
    made = await clerk.does("POST", f"/api/conversations/{citizen.conversation}/cases", draft)
    return str(made["case"]["number"])
