"""A supervisor plans a group; a trainee reads, answers, sits the exam; the certificate is issued and proven (TR-01…TR-05)."""

import pytest
from playwright.async_api import Page, expect

from okno.training import shipped_courses
from tests.browser.screens import draw
from tests.browser.stage import Stage
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")

COURSE = next(each for each in shipped_courses() if each.key == "operator")
LESSONS = [lesson for day in COURSE.days for lesson in day.lessons]
RIGHT = {question.key: question for lesson in LESSONS for question in lesson.questions}


async def answer(page: Page) -> None:
    """All questions of the screen that is being opened, rightly."""
    await expect(page.locator("fieldset.question").first).to_be_visible()
    for field in await page.locator("fieldset.question").all():
        question = RIGHT[(await field.get_attribute("data-test") or "").removeprefix("question-")]
        for option in question.right:
            await field.locator("input").nth(option).check()


async def test_from_the_group_to_the_certificate(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:
    # TR-01, TR-02, TR-04: at the screen
    boss, anna = await crowd.clerk(admin, "supervisor"), await crowd.clerk(admin)
    desk = await stage.signed_in(boss.login, **look("wide"))
    inspector, page = Inspector(axe, desk.page, *BOTH), desk.page
    await page.evaluate("() => { location.hash = '#/classes/providers'; }")
    for field, words in (("key", "college"), ("name", "Колледж связи"), ("licence", "Л035-01298"), ("until", "2099-12-31")):
        await page.locator(f"#provider-{field}").fill(words)
    await desk.at("save-provider").click()
    await expect(desk.at("providers")).to_contain_text("Л035-01298")
    await inspector.look("providers")
    await page.evaluate("() => { location.hash = '#/classes/+'; }")
    await page.locator("#group-title").fill("Ноябрьская группа")
    await page.locator("#group-course").select_option("operator")
    await page.locator("#group-provider").select_option("college")
    await page.locator("#group-lecturer").fill("Мария Лебедева")
    await page.locator("#group-begins").fill("2026-11-02")
    await page.locator("#group-trainees").fill(anna.login)
    await inspector.look("plan")
    await desk.at("save-group").click()
    await expect(desk.at("group")).to_contain_text("уроков пройдено 0 из 15")

    hers = await stage.signed_in(anna.login, **look("wide"))
    await hers.page.evaluate("() => { location.hash = '#/training/operator'; }")
    await expect(hers.at("lesson-row")).to_have_count(len(LESSONS))
    for lesson in LESSONS:
        await hers.choose("lesson-row", lesson.key)
        await expect(hers.at("lesson")).to_contain_text(lesson.title)
        await answer(hers.page)
        await hers.at("lesson-send").click()
        await expect(hers.at("lesson-result")).to_have_text("Верно 100 %")
    await Inspector(axe, hers.page, *BOTH).look("lesson")
    await draw(hers.page, "training-lesson")
    await hers.at("lesson-next").click()
    await hers.at("exam-begin").click()
    await expect(hers.page.locator("fieldset.question")).to_have_count(COURSE.exam.questions)
    await answer(hers.page)
    await hers.at("exam-end").click()
    await expect(hers.at("exam-result")).to_contain_text("Экзамен сдан: 100 %")
    await Inspector(axe, hers.page, *BOTH).look("exam")

    await page.reload()
    for day in range(len(COURSE.days)):
        await desk.at(f"day-{day}").get_by_role("checkbox").check()
    await desk.at("issue").click()
    await expect(hers.at("own-certificate")).to_contain_text("Сертификат до")
    await inspector.look("group")
    await draw(page, "classes-group")
    code = (await desk.at("group").locator("td a").inner_text()).strip()
    stranger = await stage.window()
    await stranger.goto(f"{stage.house.base}/certificate/{code}")
    await expect(stranger.get_by_test_id("certificate")).to_contain_text("Сертификат действует.")
    await page.evaluate("() => { location.hash = '#/classes/certificates'; }")
    await desk.at("revoke").click()
    await page.locator("#revoke-why").fill("выдан по ошибке")
    await desk.at("revoke-now").click()
    await expect(desk.at("certificates")).to_contain_text("отозван")
    await stranger.reload()
    await expect(stranger.get_by_test_id("certificate")).to_contain_text("Сертификат отозван.")
