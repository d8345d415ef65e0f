"""A supervisor downloads a course; a learning system of others shows it, and has the learner's result."""

from pathlib import Path

import pytest
from playwright.async_api import FrameLocator, Page, expect

from hub.training.scorm.manifest import ScormEdition
from okno.training import shipped_courses
from tests.browser.stage import Stage
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.house import Clerk, People
from tests.peers.lms import record, shown

pytestmark = pytest.mark.asyncio(loop_scope="session")
COURSE = next(each for each in shipped_courses() if each.key == "operator")
LESSON = next(lesson for day in COURSE.days for lesson in day.lessons)
RIGHT = {question.key: question.right for day in COURSE.days for lesson in day.lessons for question in lesson.questions}


async def answer(page: FrameLocator, *, right: bool) -> None:
    """All questions that are asked; wrongly with an option that is not right."""
    for field in await page.locator("fieldset").all():
        key = await field.get_attribute("data-key") or ""
        options = RIGHT[key] if right else [next(n for n in range(8) if n not in RIGHT[key])]
        for box in await field.locator("input:checked[type=checkbox]").all():
            await box.uncheck()
        for option in options:
            await field.locator("input").nth(option).check()
    await page.get_by_role("button").click()


async def left(page: Page) -> None:
    """The learner has gone to another page, and the system has the time."""
    await page.locator("iframe").evaluate("(frame) => new Promise((done) => { frame.onload = done; frame.src = 'about:blank'; })")


@pytest.mark.parametrize("edition", ScormEdition)
async def test_another_system_shows_a_course_and_has_the_result(stage: Stage, crowd: People, admin: Clerk, axe: str, edition: ScormEdition) -> None:
    # TR-02
    boss = await crowd.clerk(admin, "supervisor")
    desk = await stage.signed_in(boss.login, **look("wide"))
    await desk.page.evaluate("() => { location.hash = '#/classes/courses'; }")
    row = desk.page.locator("[data-test=course-row][data-id=operator]")
    await expect(row).to_be_visible()
    await Inspector(axe, desk.page, *BOTH).look("courses")
    async with desk.page.expect_download() as coming:
        await row.get_by_role("link", name=f"SCORM {edition}").click()
    package = Path(await (await coming.value).path()).read_bytes()

    system = await (await stage.browser.new_context(locale="ru-RU")).new_page()
    await shown(system, package, edition, f"lesson-{LESSON.key}.html")
    page = system.frame_locator("iframe")
    await expect(page.get_by_role("heading", level=1)).to_have_text(LESSON.title)
    await answer(page, right=False)
    await expect(page.get_by_role("status")).to_contain_text("Верно: 0 %")
    await expect(page.locator("fieldset.wrong")).to_have_count(len(LESSON.questions))
    assert told(await record(system, edition), edition) == ("failed", "0")
    await answer(page, right=True)
    await expect(page.get_by_role("status")).to_contain_text("Зачтено")
    assert told(await record(system, edition), edition) == ("passed", "100")
    await left(system)
    assert told(await record(system, edition), edition) == ("passed", "100")

    await shown(system, package, edition, "test.html")
    await expect(page.locator("fieldset")).to_have_count(COURSE.exam.questions)
    await answer(page, right=True)
    await expect(page.get_by_role("status")).to_contain_text("Верно: 100 %. Зачтено")
    assert told(await record(system, edition), edition) == ("passed", "100")
    await system.context.close()


def told(record: dict[str, object], edition: ScormEdition) -> tuple[str, str]:
    """Status and score as the system keeps them."""
    of = record["core"] if edition is ScormEdition.V1_2 else record
    assert isinstance(of, dict)
    score = of["score"]
    return str(of["lesson_status" if edition is ScormEdition.V1_2 else "success_status"]), str(score["raw"])
