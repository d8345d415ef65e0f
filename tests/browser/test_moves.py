"""A supervisor moves people for a time, and those who wait: each sees it at once, and each can be taken back."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.screens import visit
from tests.browser.stage import Desk, Stage, waiting
from tests.browser.test_accessibility import Inspector, look
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def boss(stage: Stage, crowd: People, admin: Clerk) -> AsyncIterator[Desk]:
    yield await stage.signed_in((await crowd.clerk(admin, "supervisor")).login)


async def test_an_operator_is_moved_for_a_time_sees_by_whom_and_is_given_back(boss: Desk, stage: Stage, crowd: People, admin: Clerk) -> None:  # MC-01 SL-03
    desk = await stage.signed_in((await crowd.clerk(admin)).login)
    await desk.become("ready")
    await boss.at("view-floor").click()
    person = boss.page.locator(f"[data-test=floor-person][data-id={desk.login}]")
    await person.get_by_test_id("lend-choose").check()
    await boss.at("lend").click()
    await boss.page.locator("[data-test=lend-line][data-id=social]").check()
    await expect(boss.at("lend-person")).to_contain_text(f"{desk.name}: Общие вопросы →")
    line = boss.page.locator("[data-test=lend-then][data-id=social]")
    await expect(line).to_contain_text("0 → 1")
    await boss.at("lend-two").check()
    await expect(line).to_contain_text("никого → 0:00")
    await boss.at("lend-go").click()
    await expect(person.get_by_test_id("person-loan")).to_contain_text("до ")
    await expect(desk.at("loan")).to_contain_text(boss.name)
    await waiting(crowd, "Как получить СНИЛС?")
    await desk.page.reload()
    await expect(desk.at("loan")).to_be_visible()
    await desk.at("loan-read").click()
    await expect(desk.at("loan")).to_have_count(0)
    await expect(desk.offer).to_have_count(0)  # the general line is not his now
    await person.get_by_test_id("person-back").click()
    await expect(person.get_by_test_id("person-loan")).to_have_count(0)
    await expect(desk.at("notice")).to_contain_text("Временный перевод окончен")
    await expect(desk.offer).to_have_count(1)
    await desk.become("ready")


async def test_undo_right_after_gives_him_back(boss: Desk, stage: Stage, crowd: People, admin: Clerk) -> None:  # MC-01
    desk = await stage.signed_in((await crowd.clerk(admin)).login)
    await desk.become("ready")
    await boss.at("view-floor").click()
    person = boss.page.locator(f"[data-test=floor-person][data-id={desk.login}]")
    await person.get_by_test_id("lend-choose").check()
    await boss.at("lend").click()
    await boss.page.locator("[data-test=lend-line][data-id=social]").check()
    await boss.at("lend-keeps").check()
    await boss.at("lend-go").click()
    await expect(desk.at("loan")).to_contain_text("ещё и на линии")
    await boss.at("undo").click()
    await expect(desk.at("loan")).to_have_count(0)
    await expect(person.get_by_test_id("person-loan")).to_have_count(0)


async def test_those_who_wait_are_chosen_by_keys_moved_and_brought_back(boss: Desk, crowd: People, admin: Clerk) -> None:  # CH-09 SL-03
    clerk, social = await crowd.clerk(admin), await crowd.clerk(admin, queues=("social",))
    first, second, third = await waiting(crowd, "Как получить СНИЛС?", "Как получить паспорт?", "Где МФЦ?")
    await boss.at("view-waiting").click()
    await expect(boss.at("conversation-row")).to_have_count(3)
    await boss.row("Заявитель 1").focus()
    await boss.page.keyboard.press("x")
    await boss.page.keyboard.press("ArrowDown")
    await boss.page.keyboard.press("x")
    await expect(boss.at("chosen")).to_have_text("Выбрано: 2")
    await boss.at("choose").nth(2).check()
    await boss.page.keyboard.press("t")
    await expect(boss.at("rearrange-those")).to_contain_text("Общие вопросы: 3")
    await clerk.does("POST", f"/api/conversations/{third.conversation}/take")  # meanwhile
    await boss.choose("transfer-to", "queue:social")
    await expect(boss.at("rearrange-outlook")).to_contain_text("Можно передать: 2 из 3")
    await boss.at("rearrange-go").click()
    notice = boss.at("notice").filter(has_text="Передано 2 разговора. Осталось 1: Разговор уже взяли или перевели.")
    await expect(notice).to_be_visible()
    rows = (await social.does("GET", "/api/inbox?view=waiting"))["conversations"]
    assert [row["id"] for row in rows] == [first.conversation, second.conversation]
    await notice.get_by_test_id("undo").click()
    await expect(boss.at("conversation-row")).to_have_count(2)
    await expect(boss.at("chosen")).to_have_text("")


async def test_both_are_for_everybody(stage: Stage, axe: str, crowd: People, admin: Clerk) -> None:  # GV-14
    clerk = await crowd.clerk(admin, "supervisor")
    live = await clerk.live()
    await clerk.does("PUT", "/api/presence", {"presence": "break"})
    desk = await stage.signed_in(clerk.login, **look("wide"))
    inspector = Inspector(axe, desk.page, "narrow", "wide")
    await waiting(crowd, "Как получить СНИЛС?", "Как получить паспорт?", "Где МФЦ?")
    await visit(desk.page, "floor")
    await desk.page.locator(f"[data-test=floor-person][data-id={clerk.login}]").get_by_test_id("lend-choose").check()
    await desk.at("lend").click()
    await desk.page.locator("[data-test=lend-line][data-id=social]").check()
    await expect(desk.at("lend-then")).to_have_count(2)
    await inspector.look("lend", "floor-lend")
    await desk.at("lend-go").click()
    await expect(desk.at("loan")).to_be_visible()
    await inspector.look("lent", "floor-lent")
    await visit(desk.page, "inbox/waiting")
    await desk.at("choose").first.check()
    await expect(desk.at("chosen")).to_have_text("Выбрано: 1")
    await inspector.look("chosen")
    await desk.at("choose-all").click()
    await desk.at("rearrange").click()
    await desk.choose("transfer-to", "queue:social")
    await expect(desk.at("rearrange-outlook")).to_contain_text("Можно передать: 3 из 3")
    await inspector.look("rearrange", "inbox-waiting-transfer")
    await live.close()
    await clerk.does("PUT", "/api/presence", {"presence": "offline"})
    assert inspector.faults == []
