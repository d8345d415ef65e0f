"""Whoever comes next to a desk finds nothing of the one before: neither on the screen nor in what the browser keeps (ASVS 5.0 14.3.1)."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.stage import Stage, waiting
from tests.house import PASSWORD, Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")

SECRET = "зеленоград-семнадцать"
"""Only the first one may read it."""
KEPT = "() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.title, document.documentElement.outerHTML])"


async def found(page: Page) -> bool:
    return SECRET in str(await page.evaluate(KEPT))


async def test_who_comes_next_finds_nothing_of_the_one_before(stage: Stage, crowd: People, admin: Clerk) -> None:
    first, second = await crowd.clerk(admin, "supervisor"), await crowd.clerk(admin, queues=())
    await waiting(crowd, f"Мой адрес: {SECRET}")
    desk = await stage.signed_in(first.login)
    await desk.at("view-archive").click()
    await desk.at("archive-text").fill(SECRET)
    await desk.at("archive-go").press("Enter")
    await desk.at("hits").get_by_role("link").first.click()
    await expect(desk.bubble("citizen", SECRET)).to_be_visible()
    assert await found(desk.page)
    await desk.at("person-menu").click()
    await desk.at("sign-out").click()
    await expect(desk.at("login")).to_be_visible()
    assert not await found(desk.page)
    await desk.sign_in(second.login, PASSWORD)
    for view in ("mine", "waiting", "snoozed", "promised"):
        await desk.at(f"view-{view}").click()
        await expect(desk.at("conversation-row")).to_have_count(0)
        assert not await found(desk.page)
