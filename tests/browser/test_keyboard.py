"""The operator's way without a mouse, on either layout (WCAG 2.1.1, 2.1.4)."""

from collections.abc import Awaitable, Callable

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.stage import CitizenPage, Desk, Stage, waiting
from tests.house import PASSWORD, Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")

RUSSIAN = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "фисвуапршолдьтщзйкыегмцчня", strict=True))
"""What the keys of a Russian keyboard write (ЙЦУКЕН)."""
CTRL, SHIFT = 2, 8

Press = Callable[..., Awaitable[None]]


async def write(desk: Desk, text: str) -> None:
    """Into whatever has the focus."""
    await desk.page.keyboard.type(text)


async def press(desk: Desk, *keys: str) -> None:
    for key in keys:
        await desk.page.keyboard.press(key)


async def pick(desk: Desk, filter_: str, words: str, *keys: str) -> None:
    """Narrow a list of choices to what is wanted, and take it."""
    await expect(desk.at(filter_)).to_be_focused()
    await write(desk, words)
    await expect(desk.page.locator("[role=option][data-highlighted]").filter(has_text=words)).to_have_count(1)
    await press(desk, "Enter", *keys)


@pytest_asyncio.fixture(loop_scope="session")
async def russian(desk: Desk) -> Press:
    """Press a key of a keyboard with the Russian layout."""
    devtools = await desk.page.context.new_cdp_session(desk.page)

    async def press(code: str, *, key: str = "", modifiers: int = 0) -> None:
        written = key or RUSSIAN[code.removeprefix("Key")]
        pressed = {"code": code, "key": written, "modifiers": modifiers}
        text = {} if modifiers & CTRL else {"text": written}
        await devtools.send("Input.dispatchKeyEvent", {"type": "keyDown", **pressed, **text})
        await devtools.send("Input.dispatchKeyEvent", {"type": "keyUp", **pressed})

    return press


async def test_whole_conversation(stage: Stage, crowd: People, admin: Clerk) -> None:  # CH-09
    clerk = await crowd.clerk(admin)
    desk = await stage.desk()
    await expect(desk.at("login")).to_be_focused()
    await write(desk, clerk.login)
    await press(desk, "Tab")
    await write(desk, PASSWORD)
    await press(desk, "Enter")
    await expect(desk.at("rail")).to_be_visible()
    await press(desk, "Control+k")
    await pick(desk, "command-filter", "на линии")
    await expect(desk.at("presence")).to_have_attribute("data-presence", "ready")

    citizen, = await waiting(crowd, "Как получить СНИЛС?")
    await expect(desk.offer).to_be_visible()
    await press(desk, "a")
    await expect(desk.words).to_be_focused()
    await write(desk, "Здравствуйте! etr")  # letters of shortcuts are letters here
    await expect(desk.page.get_by_role("dialog")).to_have_count(0)
    await press(desk, "Control+Enter")
    await citizen.line.hear("message", author="operator", text="Здравствуйте! etr")
    await press(desk, "Escape")
    await expect(desk.words).not_to_be_focused()
    await press(desk, "n")
    await expect(desk.at("note-tab")).to_have_attribute("aria-selected", "true")
    await expect(desk.words).to_be_focused()
    await write(desk, "Перезвонить после трёх")
    await press(desk, "Control+Enter")
    await expect(desk.bubble("note", "Перезвонить после трёх")).to_have_count(1)
    await press(desk, "Escape", "r")
    await expect(desk.at("reply-tab")).to_have_attribute("aria-selected", "true")
    await expect(desk.words).to_be_focused()
    await write(desk, "#снилс")
    await expect(desk.at("article-picker").get_by_role("option").first).to_contain_text("СНИЛС")
    await press(desk, "Enter")
    await expect(desk.at("article-picker")).to_have_count(0)
    assert "СНИЛС" in await desk.words.input_value()
    await press(desk, "Control+a", "Delete", "Escape", "e")
    await pick(desk, "topic-filter", "документы", "Control+Enter")
    await citizen.line.hear("state", holder="closed")
    await expect(desk.at("conversation-row")).to_have_count(0)
    await clerk.does("PUT", "/api/presence", {"presence": "offline"})


async def test_transfer(desk: Desk, crowd: People) -> None:  # CH-09
    citizen, = await waiting(crowd, "Как получить ИНН?")
    await desk.become("ready")
    await expect(desk.offer).to_be_visible()
    await press(desk, "a")
    await expect(desk.words).to_be_focused()
    await press(desk, "Escape", "t")
    await pick(desk, "transfer-to-filter", "пособия", "Control+Enter")
    await citizen.line.hear("state", holder="queue")
    await expect(desk.page.get_by_role("dialog")).to_have_count(0)
    await citizen.tell("Я ещё здесь")
    await expect(desk.at("conversation-row")).to_have_count(0)


async def test_reject(desk: Desk, crowd: People) -> None:  # CH-08
    citizen, = await waiting(crowd, "Как получить ИНН?")
    await desk.become("ready")
    await expect(desk.offer).to_be_visible()
    await press(desk, "d")
    await expect(desk.offer).to_have_count(0)
    await desk.at("view-waiting").press("Enter")
    await expect(desk.at("conversation-row").filter(has_text="Заявитель 1").first).to_be_visible()
    await citizen.tell("Я ещё здесь")


async def walks(desk: Desk, down: Callable[[], Awaitable[None]], up: Callable[[], Awaitable[None]]) -> None:
    """From conversation to conversation, and not beyond the ends."""
    await desk.at("view-recent").press("Enter")
    rows = desk.at("conversation-row")
    await expect(rows.nth(1)).to_be_visible()
    for step, at in ((down, 0), (down, 1), (up, 0), (up, 0)):
        await step()
        await expect(rows.nth(at)).to_have_attribute("aria-current", "true")
        await expect(desk.timeline).to_be_visible()


async def test_walk(desk: Desk, crowd: People) -> None:  # GV-14
    await waiting(crowd, "Как получить СНИЛС?", "Как получить ИНН?")
    await walks(desk, lambda: press(desk, "j"), lambda: press(desk, "k"))
    await desk.at("conversation-row").first.focus()
    await press(desk, "ArrowDown", "Enter")
    await expect(desk.at("conversation-row").nth(1)).to_have_attribute("aria-current", "true")
    await press(desk, "ArrowUp")
    await expect(desk.at("conversation-row").first).to_be_focused()


async def test_russian_layout(desk: Desk, crowd: People, russian: Press) -> None:  # GV-14
    await waiting(crowd, "Как получить СНИЛС?", "Как получить ИНН?")
    await walks(desk, lambda: russian("KeyJ"), lambda: russian("KeyK"))
    await russian("Digit7", key="?", modifiers=SHIFT)
    await expect(desk.at("help")).to_be_visible()
    await press(desk, "Escape")
    await russian("Slash", key=".")
    await expect(desk.at("list-filter")).to_be_focused()
    await russian("KeyJ")  # now a letter
    await expect(desk.at("list-filter")).to_have_value("о")
    await press(desk, "Escape")
    await expect(desk.at("list-filter")).not_to_be_focused()
    await expect(desk.at("list-filter")).to_have_value("")
    await russian("KeyK", modifiers=CTRL)
    await pick(desk, "command-filter", "на линии")
    await expect(desk.page.get_by_role("dialog")).to_have_count(0)
    await expect(desk.offer.first).to_be_visible()
    await russian("KeyA")
    await expect(desk.words).to_be_focused()
    await russian("KeyN")
    await expect(desk.words).to_have_value("т")
    await press(desk, "Escape")
    await russian("KeyT")
    await expect(desk.at("transfer-to-filter")).to_be_focused()
    await press(desk, "Escape")
    await expect(desk.page.get_by_role("dialog")).to_have_count(0)
    await russian("KeyE")
    await expect(desk.at("topic-filter")).to_be_focused()


async def test_help_lists_keys_and_gives_the_focus_back(desk: Desk) -> None:  # GV-14
    await desk.at("view-mine").focus()
    await press(desk, "Shift+?")
    help_, dialog = desk.at("help"), desk.page.get_by_role("dialog")
    for words in ("Следующий разговор", "Принять предложение", "Передать", "Завершить", "Все команды", "Отправить"):
        await expect(help_.get_by_text(words, exact=True)).to_be_visible()
    assert await dialog.evaluate("(dialog) => dialog.contains(document.activeElement)")
    for _ in range(12):
        await press(desk, "Tab")
        assert await dialog.evaluate("(dialog) => dialog.contains(document.activeElement)")
    await press(desk, "Escape")
    await expect(dialog).to_have_count(0)
    await expect(desk.at("view-mine")).to_be_focused()


async def test_command_bar(desk: Desk) -> None:  # GV-14
    for words, screen in (("операт", "operators"), ("журнал", "audit"), ("база", "articles"), ("архив", "archive")):
        await press(desk, "Control+k")
        await pick(desk, "command-filter", words)
        await expect(desk.at(screen)).to_be_visible()
        await expect(desk.at(f"view-{screen}")).to_have_attribute("aria-current", "page")
    await press(desk, "Control+k")
    await expect(desk.at("command-filter")).to_be_focused()
    await write(desk, "такого нет")
    await expect(desk.page.get_by_text("Ничего не нашлось")).to_be_visible()
    await press(desk, "Control+k")
    await expect(desk.at("command-filter")).to_have_count(0)


async def test_single_keys_switched_off(desk: Desk, crowd: People) -> None:  # GV-14
    await waiting(crowd, "Как получить СНИЛС?")
    await desk.become("ready")
    await expect(desk.offer.first.locator("kbd")).to_have_count(2)
    await press(desk, "Shift+?")
    await desk.at("single-keys").focus()
    await press(desk, "Space")
    await expect(desk.at("single-keys")).not_to_be_checked()
    await press(desk, "Escape")
    await expect(desk.page.get_by_role("dialog")).to_have_count(0)
    await expect(desk.offer.first.locator("kbd")).to_have_count(0)
    await desk.page.reload()
    await expect(desk.offer.first).to_be_visible()
    await press(desk, "a", "d", "j", "Shift+?", "Control+k")  # only the last one does anything
    await expect(desk.at("command-filter")).to_be_focused()
    await press(desk, "Escape")
    await expect(desk.at("help")).to_have_count(0)
    await expect(desk.offer.first).to_be_visible()
    await expect(desk.at("conversation-row")).to_have_count(0)
    await desk.offer.first.get_by_test_id("reject").press("Enter")


async def test_citizen_without_a_mouse(stage: Stage) -> None:  # CH-04 AL-06
    citizen = await stage.citizen()
    keyboard = citizen.page.keyboard
    await citizen.greeted()
    await keyboard.press("Tab")
    await expect(citizen.page.get_by_role("link", name="Сразу к чату")).to_be_focused()
    await keyboard.press("Enter")
    await reaches(citizen, "composer")
    await keyboard.type("Как получить СНИЛС?")
    await keyboard.press("Shift+Enter")
    await keyboard.type("И где?")
    await keyboard.press("Enter")
    await expect(citizen.messages.nth(1).locator(".text")).to_have_text("Как получить СНИЛС?\nИ где?")
    rights = citizen.log.get_by_role("button", name="Мои права")
    await rights.focus()
    await keyboard.press("Enter")
    await expect(citizen.messages.last).to_contain_text("210-ФЗ")
    await citizen.page.get_by_test_id("person").press("Enter")
    await expect(citizen.state).to_have_text("Вы 1-й в очереди")


async def reaches(citizen: CitizenPage, name: str) -> None:
    """By Tab alone, in a few steps."""
    for _ in range(12):
        await citizen.page.keyboard.press("Tab")
        if await citizen.page.get_by_test_id(name).evaluate("(field) => field.matches(':focus')"):
            return
    await expect(citizen.page.get_by_test_id(name)).to_be_focused()
