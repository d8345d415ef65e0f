"""What an operator does he may take back, see before it is done, or do his own way: replies that were just sent, macros, keys."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from tests.browser.stage import Desk, Stage, waiting
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.house import Citizen, Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def answering(stage: Stage, crowd: People, clerk: Clerk, size: str) -> tuple[Desk, Citizen]:
    """An operator who has chosen ten seconds, with a chat open before him and his clock stopped."""
    citizen, = await waiting(crowd, "Как получить ИНН?")
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
    desk = await stage.signed_in(clerk.login, **look(size))
    await desk.page.evaluate("(to) => { location.hash = to; }", f"#/inbox/mine/{citizen.conversation}")
    await expect(desk.words).to_be_visible()
    await settings(desk)
    await desk.at("unsend-chats-10").check()
    return desk, citizen


async def settings(desk: Desk) -> None:
    await desk.page.keyboard.press("Control+k")
    await desk.at("command-filter").fill("настройки")
    await desk.page.keyboard.press("Enter")
    await expect(desk.at("unsend-chats-10")).to_be_visible()


async def stop_the_clock(desk: Desk) -> None:
    """What waits goes on waiting, however slow this machine is; all else goes on."""
    await desk.page.clock.set_fixed_time(datetime.now(UTC))


async def ten_seconds_later(desk: Desk) -> None:
    await desk.page.clock.set_fixed_time(datetime.now(UTC) + timedelta(seconds=11))
    await desk.page.clock.run_for(10_000)


async def said(clerk: Clerk, citizen: Citizen) -> list[str]:
    entries = (await clerk.does("GET", f"/api/conversations/{citizen.conversation}"))["entries"]
    return [each["text"] for each in entries if each["author"] == "operator"]


@in_both_sizes
async def test_a_reply_waits_and_comes_back_as_it_was(stage: Stage, crowd: People, admin: Clerk, axe: str, size: str) -> None:  # GV-14
    clerk = await crowd.clerk(admin)
    desk, citizen = await answering(stage, crowd, clerk, size)
    inspector = Inspector(axe, desk.page)
    await inspector.look("settings of the desk")
    await desk.page.keyboard.press("Escape")
    await stop_the_clock(desk)
    await desk.words.fill("Приходите в пятницу,\nокно 4")
    await desk.words.press("Control+Enter")
    await expect(desk.at("waits")).to_contain_text("Уйдёт через 10 с")
    await expect(desk.page.locator("[aria-live=polite]").first).to_have_text("Ответ уйдёт через 10 с, его можно вернуть.")
    await inspector.look("a reply that waits")
    await desk.page.keyboard.press("Control+Shift+Z")
    await expect(desk.words).to_have_value("Приходите в пятницу,\nокно 4")
    await expect(desk.words).to_be_focused()
    await expect(desk.at("unsent")).to_have_count(0)
    await desk.words.press("Control+Enter")
    await desk.words.fill("И паспорт")
    await desk.at("unsend").click()
    await expect(desk.words).to_have_value("Приходите в пятницу,\nокно 4\n\nИ паспорт")
    await desk.words.fill("Приходите в четверг")
    await desk.words.press("Control+Enter")
    await ten_seconds_later(desk)
    await citizen.line.hear("message", author="operator", text="Приходите в четверг")
    await expect(desk.at("unsent")).to_have_count(0)
    assert await said(clerk, citizen) == ["Приходите в четверг"]
    assert inspector.faults == []


@pytest.mark.parametrize("leaving", ["closes the page", "closes the conversation", "signs out"])
async def test_whoever_leaves_meanwhile_has_his_reply_sent_once(stage: Stage, crowd: People, admin: Clerk, leaving: str) -> None:  # GV-14
    clerk = await crowd.clerk(admin)
    desk, citizen = await answering(stage, crowd, clerk, "wide")
    await desk.page.keyboard.press("Escape")
    await stop_the_clock(desk)
    await desk.send("Приходите в четверг")
    await expect(desk.at("waits")).to_be_visible()
    match leaving:
        case "closes the page":
            await desk.page.goto("about:blank")
        case "closes the conversation":
            await desk.page.keyboard.press("Escape")
            await desk.words.blur()
            await desk.page.keyboard.press("e")
            await desk.choose("topic", "other")
            await desk.at("confirm-close").click()
        case _:
            await desk.at("person-menu").click()
            await desk.at("sign-out").click()
    await citizen.line.hear("message", author="operator", text="Приходите в четверг")
    if leaving == "closes the page":
        await desk.page.goto(stage.house.base + f"/desk/#/inbox/mine/{citizen.conversation}")
        await expect(desk.bubble("operator", "Приходите в четверг")).to_have_count(1)
        await expect(desk.at("unsent")).to_have_count(0)
    if leaving == "closes the conversation":  # and then it is not his to read any more
        await citizen.line.hear("state", holder="closed")
    else:
        assert await said(clerk, citizen) == ["Приходите в четверг"]


async def test_keys_are_changed_and_switched_off(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:  # GV-14
    clerk = await crowd.clerk(admin)
    await waiting(crowd, "Как получить ИНН?")
    desk = await stage.signed_in(clerk.login, **look("wide"))
    inspector = Inspector(axe, desk.page)
    keys, row = desk.page.keyboard, desk.at("conversation-row")
    await desk.at("view-waiting").click()
    await expect(row).to_be_visible()
    await keys.press("Shift+?")
    await desk.at("change-keys").click()
    await desk.choose("key", "next")
    for taken, why in (("r", "«Ответить»"), ("Control+w", "браузеру"), ("3", "сценария"), ("ArrowDown", "назначить нельзя")):
        await keys.press(taken)
        await expect(desk.at("key-problem")).to_contain_text(why)
    await inspector.look("a key that is taken")
    await keys.press("y")
    await expect(desk.at("key-problem")).to_have_count(0)
    await expect(desk.page.locator("[data-test=key][data-id=next]")).to_contain_text(": Y")
    await expect(desk.page.locator("[data-test=key][data-id=next]")).to_be_focused()
    await desk.choose("key-off", "search")
    await keys.press("Escape")
    await expect(desk.page.get_by_role("dialog")).to_have_count(0)
    await desk.page.reload()
    await expect(row).to_be_visible()
    await keys.press("j")
    await keys.press("/")
    await expect(row).not_to_have_attribute("aria-current", "true")
    await expect(desk.at("list-filter")).not_to_be_focused()
    await keys.press("y")
    await expect(row).to_have_attribute("aria-current", "true")
    await keys.press("Shift+?")
    await expect(desk.at("help").locator(".row").filter(has_text="Следующий разговор")).to_contain_text("Y")
    await expect(desk.at("help")).not_to_contain_text("Поиск на странице")
    await inspector.look("keys of one's own")
    await desk.at("change-keys").click()
    await desk.at("usual-keys").click()
    await expect(desk.page.locator("[data-test=key][data-id=next]")).to_contain_text(": J")
    assert inspector.faults == []


@in_both_sizes
async def test_a_macro_is_seen_before_it_is_run(stage: Stage, crowd: People, admin: Clerk, axe: str, size: str) -> None:  # KB-01, GV-14
    clerk = await crowd.clerk(admin)
    citizen, = await waiting(crowd, "Как получить ИНН?")
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
    desk = await stage.signed_in(clerk.login, **look(size))
    inspector = Inspector(axe, desk.page)
    await desk.page.evaluate("() => { location.hash = '#/canned/+'; }")
    await desk.at("canned-title").fill("Прощание")
    await desk.at("canned-text").fill("До свидания, {имя}!")
    await desk.at("canned-note").fill("Всё решено")
    await desk.at("canned-topic").select_option("other")
    await expect(desk.at("canned-queue")).to_be_disabled()
    await inspector.look("a new macro")
    await desk.page.keyboard.press("Control+Enter")
    await expect(desk.at("canned-row").filter(has_text="Прощание")).to_contain_text("завершить, тема")
    await desk.page.evaluate("(to) => { location.hash = to; }", f"#/inbox/mine/{citizen.conversation}")
    await desk.words.fill("/прощ")
    await expect(desk.at("canned-picker").get_by_role("option")).to_contain_text("завершить, тема")
    await desk.page.keyboard.press("Enter")
    await expect(desk.at("macro-text")).to_have_value("До свидания, Заявитель 1!")
    await expect(desk.words).to_have_value("")
    await desk.page.keyboard.press("Escape")
    await expect(desk.at("macro")).to_have_count(0)
    await desk.page.keyboard.press("Control+k")
    await desk.at("command-filter").fill("прощание")
    await desk.page.keyboard.press("Enter")
    await desk.at("macro-text").fill("Всего доброго!")
    await expect(desk.at("macro-end")).to_contain_text("завершить, тема")
    await inspector.look("a macro before it is run")
    await desk.page.keyboard.press("Control+Enter")
    await citizen.line.hear("message", author="operator", text="Всего доброго!")
    await citizen.line.hear("state", holder="closed")
    await expect(desk.at("conversation-row")).to_have_count(0)
    assert inspector.faults == []
