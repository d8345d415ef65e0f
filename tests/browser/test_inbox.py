"""The inbox: the question in each row, long lists to their end, filters and views with counts, one search, and what one closed."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.screens import draw
from tests.browser.stage import Desk, waiting
from tests.house import Clerk, People
from tests.http.test_long_lists import in_line

pytestmark = pytest.mark.asyncio(loop_scope="session")
MANY = 130
"""More than two pages."""
QUESTIONS = ("Как сменить прописку ребёнку после развода?", "Единое пособие не пришло второй месяц", "Загран на 10 лет: можно ли в любом МФЦ?")


async def test_a_long_line_is_reached_to_its_end(desk: Desk, crowd: People, admin: Clerk) -> None:  # OC-01
    came = [await in_line(crowd, f"Гражданин {n}") for n in range(MANY)]
    try:
        await desk.at("view-waiting").click()
        await expect(desk.at("list-count")).to_have_text(str(MANY))
        await desk.page.reload()
        rows = desk.page.get_by_test_id("conversation-row")
        await expect(desk.at("list-count")).to_have_text(str(MANY))
        assert await rows.count() < MANY
        # As a reader does who presses «End»: the list goes on until its end.
        for loaded in (100, MANY):
            await rows.last.scroll_into_view_if_needed()
            await expect(rows).to_have_count(loaded)
        assert [await rows.nth(n).get_attribute("data-id") for n in (0, 50, MANY - 1)] == [came[0], came[50], came[-1]]
        await desk.page.reload()
        last = (await admin.does("GET", f"/api/conversations/{came[-1]}"))["conversation"]["number"]
        await desk.at("list-filter").fill(last)
        await expect(rows).to_have_count(1)
        await expect(rows.first).to_have_attribute("data-id", came[-1])
        await expect(desk.at("list-count")).to_have_text(f"1 из {MANY}")
    finally:
        for conversation in came:
            await admin.act(conversation, "close", {"topic": "other"})


async def test_a_row_begins_with_the_question(desk: Desk, crowd: People, admin: Clerk) -> None:  # OC-01
    await waiting(crowd, *QUESTIONS)
    await desk.at("view-waiting").click()
    rows = desk.at("conversation-row")
    await expect(rows.get_by_test_id("question")).to_have_text(list(QUESTIONS))
    await draw(desk.page, "list-compact")
    await desk.at("density").click()
    await expect(rows.first.locator(".brief")).to_contain_text("прописк", ignore_case=True)
    await draw(desk.page, "list-roomy")
    await desk.at("density").click()
    await rows.first.click()
    await expect(desk.at("head-question")).to_have_text(QUESTIONS[0])
    await expect(desk.page).to_have_title(re.compile("Как сменить прописку"))
    overflowing = await desk.page.evaluate("""() => [...document.querySelectorAll('main *, .rail *')].filter((each) =>
        each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).overflowX === 'visible' && each.clientWidth > 0
        && getComputedStyle(each).display !== 'inline').map((each) => each.className)""")
    assert overflowing == []


@pytest.mark.smoke
async def test_everything_is_found_by_one_search_and_opened_again(desk: Desk, crowd: People, admin: Clerk) -> None:  # CH-12 RQ-01
    citizen, = await waiting(crowd, "Где взять справку о сноповязалке?")
    await desk.at("view-waiting").click()
    await desk.at("conversation-row").first.click()
    await desk.at("take").click()
    await expect(desk.at("words")).to_be_focused()
    await desk.page.keyboard.press("Control+Enter")
    number = (await admin.does("GET", f"/api/conversations/{citizen.conversation}"))["conversation"]["number"]
    await admin.does("POST", f"/api/conversations/{citizen.conversation}/close", {"topic": "other"})
    await desk.at("view-done").click()
    await expect(desk.at("conversation-row").get_by_test_id("question")).to_have_text(["Где взять справку о сноповязалке?"])
    await desk.page.keyboard.press("Control+k")
    for text in (number[-7:], number.replace("-", ""), "Заявитель 1", "сноповязалки"):
        await desk.at("command-filter").fill(text)
        await expect(desk.at("command").filter(has_text="сноповязалке").first).to_be_visible()
    await expect(desk.page.locator("mark").first).to_have_text("сноповязалке")
    await draw(desk.page, "command-bar")
    await desk.at("command-filter").fill("закрыть")
    await expect(desk.at("command").filter(has_text="сноповязалке")).to_have_count(0)
    await desk.at("command-filter").fill("сноповязалки")
    await desk.at("command").filter(has_text="Все результаты").click()
    await expect(desk.at("hits").locator("mark").first).to_have_text("сноповязалке")
    await desk.at("facet-state").select_option("open")
    await expect(desk.at("hits")).to_have_count(0)
    await desk.at("facet-state").select_option("closed")
    await desk.at("hits").locator("a").first.click()
    await expect(desk.at("reopen")).to_be_visible()
    await draw(desk.page, "search")
    await desk.at("reopen").click()
    await expect(desk.at("words")).to_be_focused()
    await expect(desk.at("view-mine")).to_have_attribute("aria-current", "page")
