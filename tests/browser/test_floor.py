"""The supervisor's floor and the display on the wall: both move by themselves, and say so where they cannot."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.stage import LINE_DOWN, Desk, Stage, waiting
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.house import Clerk, House, People

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def visit(desk: Desk, screen: str) -> None:
    await desk.page.evaluate("(to) => { location.hash = to; }", f"#/{screen}")


@pytest_asyncio.fixture(loop_scope="session")
async def boss(stage: Stage, crowd: People, admin: Clerk) -> AsyncIterator[Desk]:
    desk = await stage.signed_in((await crowd.clerk(admin, "supervisor")).login)
    await desk.at("view-floor").click()
    await expect(desk.at("numbers")).to_be_visible()
    yield desk


@pytest.mark.smoke
async def test_the_floor_moves_by_itself_and_leads_to_what_it_counts(boss: Desk, crowd: People, admin: Clerk) -> None:  # MC-01 SL-03
    await expect(boss.at("floor-waiting")).to_contain_text("0")
    clerk = await crowd.clerk(admin)
    line = await clerk.live()
    await clerk.does("PUT", "/api/presence", {"presence": "break"})
    await expect(boss.at("floor-paused")).to_contain_text("1")
    await waiting(crowd, "Как получить СНИЛС?")
    await expect(boss.at("floor-waiting")).to_contain_text("1")
    await expect(boss.page.locator("[data-id='line:general']").get_by_test_id("group-waiting")).to_have_text("1")
    await expect(boss.at("floor-channel").first).to_contain_text("Работает")
    person = boss.page.locator(f"[data-test=floor-person][data-id={clerk.login}]")
    await expect(person.get_by_test_id("person-work")).to_have_text("перерыв")
    await person.get_by_test_id("person-pause").click()
    await expect(person.get_by_test_id("person-work")).to_have_text("свободен")
    await expect(boss.at("floor-free")).to_contain_text("1")
    await line.hear("presence", login=clerk.login, presence="ready")
    await line.close()
    await clerk.does("PUT", "/api/presence", {"presence": "offline"})
    await expect(person).to_have_count(0)
    await boss.at("floor-waiting").get_by_role("link").click()
    await expect(boss.at("conversation-row")).to_have_count(1)


async def test_who_was_accepted_and_hears_nothing_is_seen_and_taken_over(boss: Desk, crowd: People, admin: Clerk) -> None:  # MC-01 MC-04
    clerk = await crowd.clerk(admin)
    line = await clerk.live()
    await clerk.does("PUT", "/api/presence", {"presence": "break"})
    citizen, = await waiting(crowd, "Как восстановить СНИЛС?")
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
    row = boss.page.locator(f"[data-test=floor-person][data-id={clerk.login}]")
    await expect(row.get_by_test_id("person-waits")).to_contain_text(":")
    await expect(row.get_by_test_id("person-talk")).to_have_count(1)
    await boss.at("people-find").fill("никого такого нет")
    await expect(row).to_have_count(0)
    await boss.at("people-find").fill("")
    await row.get_by_test_id("person-take").click()
    await expect(boss.at("bubble-citizen").first).to_be_visible()
    assert (await boss.page.evaluate("location.hash")) == f"#/inbox/mine/{citizen.conversation}"
    await line.close()
    await clerk.does("PUT", "/api/presence", {"presence": "offline"})


async def test_a_wall_shows_nobody_and_outlives_the_network_and_the_hub(stage: Stage, hub: House, crowd: People, admin: Clerk) -> None:  # MC-01 SE-01
    stage.pardon(LINE_DOWN, re.compile(r"status of 50\d"))
    wall = await stage.signed_in((await crowd.clerk(admin, "wall")).login, viewport={"width": 1920, "height": 1080})
    await expect(wall.at("wall-waiting")).to_contain_text("0")
    await expect(wall.at("rail")).to_have_count(0)
    citizen, = await waiting(crowd, "Как получить СНИЛС?")
    await expect(wall.at("wall-waiting")).to_contain_text("1")
    assert "Заявитель" not in await wall.at("wall").inner_text()
    assert citizen.conversation not in await wall.page.content()
    await wall.page.context.set_offline(True)
    await expect(wall.at("wall-old")).to_be_visible()
    await wall.page.context.set_offline(False)
    await expect(wall.at("wall-old")).to_have_count(0)
    hub.stop()
    hub.start()
    await expect(wall.at("wall-old")).to_have_count(0)
    await expect(wall.at("wall-waiting")).to_contain_text("1")
    # Nobody scrolls a wall.
    assert await wall.page.evaluate("document.documentElement.scrollHeight <= innerHeight")


async def test_a_message_stays_until_it_is_read_and_its_sender_sees_who_has(boss: Desk, stage: Stage, crowd: People, admin: Clerk) -> None:  # OC-05
    desk = await stage.signed_in((await crowd.clerk(admin)).login)
    await boss.at("floor-group").select_option("line:general")
    await boss.at("floor-text").fill("Портал не работает до 15:00")
    await boss.at("floor-urgent").check()
    await boss.at("floor-send").click()
    message = desk.at("floor-message").filter(has_text="Портал не работает")
    await expect(message).to_be_visible()
    await expect(desk.page.locator("[aria-live=assertive]")).to_contain_text("Портал не работает")
    await desk.page.reload()
    await expect(message).to_be_visible()
    await expect(boss.at("floor-readers").first).to_contain_text("Прочли 0 из")
    await message.get_by_test_id("floor-message-read").click()
    await expect(message).to_have_count(0)
    await expect(boss.at("floor-readers").first).to_contain_text("Прочли 1 из")
    await boss.at("floor-withdraw").first.click()
    await expect(boss.at("floor-withdraw")).to_have_count(0)


@pytest.mark.smoke
async def test_both_are_for_everybody(stage: Stage, axe: str, crowd: People, admin: Clerk) -> None:  # GV-14
    desk = await stage.signed_in((await crowd.clerk(admin, "supervisor")).login, **look("wide"))
    inspector = Inspector(axe, desk.page, *BOTH)
    await waiting(crowd, "Как получить СНИЛС?")
    for number, urgent in enumerate((False, True)):
        await admin.does("PUT", f"/api/floor/messages/both{number}", {"text": f"Сообщение {number}", "to": "line:general", "urgent": urgent})
    await visit(desk, "floor")
    await expect(desk.at("floor-waiting")).to_contain_text("1")
    await expect(desk.at("floor-message")).to_have_count(2)
    await expect(desk.at("floor-sent-one").first).to_be_visible()
    await inspector.look("floor")
    await visit(desk, "floor/wall")
    await expect(desk.at("wall-waiting")).to_contain_text("1")
    await inspector.look("wall")
    for number in range(2):
        await admin.does("DELETE", f"/api/floor/messages/both{number}")
    assert inspector.faults == []
