"""A line longer than a screen and than a page of the hub: each who waits is reached by scrolling, by a filter, and after a reload."""

import pytest
from playwright.async_api import expect

from tests.browser.stage import Desk
from tests.house import Clerk, People
from tests.http.test_long_lists import in_line

pytestmark = pytest.mark.asyncio(loop_scope="session")
MANY = 130
"""More than two pages."""


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
        for _ in range(3):
            await rows.last.scroll_into_view_if_needed()
        await expect(rows).to_have_count(MANY)
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
