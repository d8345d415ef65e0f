"""A list is narrowed down, kept, shared with colleagues, counted live, and widened again."""

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage, waiting
from tests.browser.test_accessibility import look
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")
QUESTIONS = ("Где мой паспорт?", "Когда придёт пособие?", "Как записать ребёнка в сад?")


async def test_a_filtered_list_is_kept_shared_and_dropped(stage: Stage, crowd: People, admin: Clerk) -> None:  # OC-01 CH-12
    first, second, _ = await waiting(crowd, *QUESTIONS)
    await admin.does("POST", f"/api/conversations/{second.conversation}/transfer", {"queue": "social"})
    boss = await crowd.clerk(admin, "supervisor", queues=("general", "social"))
    anna = await crowd.clerk(admin, queues=("general", "social"))
    desk, beside = await stage.signed_in(boss.login, **look("wide")), await stage.signed_in(anna.login, **look("wide"))
    await desk.at("view-waiting").click()
    rows = desk.at("conversation-row")
    await expect(rows).to_have_count(3)
    await desk.at("filter-add").click()
    await desk.at("filter-queue").select_option("social")
    await expect(rows).to_have_count(1)
    await expect(desk.at("list-count")).to_have_text("1 из 3")
    await desk.at("view-title").fill("Пособия")
    await desk.at("view-shared").check()
    await desk.at("view-save").click()
    await expect(desk.at("filter-panel")).to_have_count(0)
    view = desk.at("saved-view").filter(has_text="Пособия")
    await expect(view.get_by_test_id("saved-view-count")).to_have_text("1")

    await desk.at("chip-queue").click()
    await expect(rows).to_have_count(3)
    await desk.at("filter-add").click()
    await desk.at("filter-group").select_option("queue")
    await expect(desk.at("group")).to_have_count(2)
    await desk.at("filter-none").click()
    await expect(desk.at("group")).to_have_count(0)

    await beside.page.reload()
    theirs = beside.at("saved-view").filter(has_text="Пособия")
    await theirs.click()
    await expect(beside.at("conversation-row")).to_have_count(1)
    await expect(beside.at("conversation-row")).to_contain_text("Когда придёт пособие?")
    # Who joins is in the list, and in the count of the view, without a reload.
    await admin.does("POST", f"/api/conversations/{first.conversation}/transfer", {"queue": "social"})
    await expect(beside.at("conversation-row")).to_have_count(2)
    await expect(theirs.get_by_test_id("saved-view-count")).to_have_text("2", timeout=20_000)
    await beside.at("filter-add").click()
    await expect(beside.at("view-drop")).to_have_count(0)  # it is the supervisor's

    await view.click()
    await expect(rows).to_have_count(2)
    await desk.at("view-drop").click()
    await expect(view).to_have_count(0)
    await beside.page.reload()
    await expect(beside.at("view-waiting")).to_be_visible()
    await expect(theirs).to_have_count(0)
