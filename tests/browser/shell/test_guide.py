"""Help at the desk is the documentation: the page about the screen that one is at, found by its words, for one's own role (GV-14)."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.screens import visit
from tests.browser.stage import Stage
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")
PAGES = Path(__file__).parents[3] / "docs/ru"


def first_words(path: str) -> str:
    """The first paragraph of a page, as it stands in the file."""
    _, _, text = (PAGES / f"{path}.md").read_text("utf8").partition("\n\n")
    return text.partition("\n")[0].partition("[")[0].partition("`")[0].strip("# ")


async def test_a_screen_has_its_page_and_the_page_is_the_documentations(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:
    clerk = await crowd.clerk(admin, "supervisor")
    desk = await stage.signed_in(clerk.login, **look("wide"))
    inspector, page = Inspector(axe, desk.page, *BOTH), desk.page
    for screen, path in (("reports", "supervisor/tasks/reports"), ("quality/queue", "quality/tasks/review"), ("inbox/waiting", "operator/tasks/line-and-offers")):
        await visit(page, screen)
        await page.keyboard.press("F1")
        await expect(desk.at("guide-page")).to_have_attribute("data-path", path)
        await expect(desk.at("guide-page")).to_contain_text(first_words(path))
        await expect(desk.at("guide").get_by_role("heading", name="Помощь")).to_be_focused()
        if screen == "reports":
            await inspector.look("help")
        await page.keyboard.press("Escape")
        await expect(desk.at("guide")).to_have_count(0)
    assert inspector.faults == []


async def test_help_is_searched_by_any_form_of_a_word_and_its_links_are_followed(stage: Stage, crowd: People, admin: Clerk) -> None:
    clerk = await crowd.clerk(admin, "operator")
    desk = await stage.signed_in(clerk.login, **look("wide"))
    await desk.at("guide-open").click()
    await desk.at("guide-search").fill("передаче колег")
    await expect(desk.at("guide").get_by_role("status")).to_contain_text("Ничего не нашлось")
    await desk.at("guide-search").fill("передаче коллегой")
    await desk.at("guide-hits").get_by_role("link", name="Передача", exact=True).click()
    await expect(desk.at("guide-page")).to_have_attribute("data-path", "operator/tasks/transfer")
    await desk.at("guide").get_by_role("link", name="К содержанию").click()
    await expect(desk.at("guide-contents")).to_contain_text("Опасность для жизни")
    await expect(desk.at("guide-contents")).not_to_contain_text("Второй фактор, сеансы, аварийный вход")
    await desk.at("guide-contents").get_by_role("link", name="Первый день").click()
    await desk.at("guide").get_by_role("link", name="Статус и предложения").click()
    await expect(desk.at("guide-page")).to_have_attribute("data-path", "operator/tasks/line-and-offers")
    assert await desk.at("guide").locator("img").count() == 0


async def test_english_help_says_that_its_pages_are_russian(stage: Stage, crowd: People, admin: Clerk) -> None:
    clerk = await crowd.clerk(admin, "operator")
    desk = await stage.signed_in(clerk.login, **look("wide"))
    await desk.at("person-menu").click()
    await desk.at("language-en").click()
    await desk.page.keyboard.press("Escape")
    await desk.page.keyboard.press("F1")
    await expect(desk.at("guide")).to_contain_text("There are no English pages of help yet")
    await expect(desk.at("guide-page")).to_be_visible()
