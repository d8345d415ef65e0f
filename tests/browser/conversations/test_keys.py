"""The most frequent acts of an operator, by keys and clicks: as many as docs/desk/README.md says, and each does what it is for."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from tests.browser.stage import Desk, Stage, waiting
from tests.browser.test_accessibility import look
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")
README = Path(__file__).parents[3] / "docs/desk/README.md"
NUMBER = re.compile(r"^\| ([^|]+?) \|[^|]*\| (\d+) \|", re.MULTILINE)


class Hand:
    """Counts what an operator presses: a key or a chord, or a click, is one; words that are typed are none."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._steps, self.counted = desk, 0, dict[str, int]()

    @contextmanager
    def act(self, name: str) -> Iterator[None]:
        self._steps = 0
        yield
        self.counted[name] = self._steps

    async def press(self, key: str) -> None:
        self._steps += 1
        await self._desk.page.keyboard.press(key)

    async def click(self, what: Locator) -> None:
        self._steps += 1
        await what.click()

    async def sign(self, sign: str) -> None:
        """A sign in the composer that opens a list."""
        self._steps += 1
        await self._desk.page.keyboard.type(sign)

    async def type(self, words: str) -> None:
        await self._desk.page.keyboard.type(words)


def documented() -> dict[str, int]:
    table = README.read_text(encoding="utf8").partition("## Keys and clicks")[2].partition("\n## ")[0]
    return {name: int(number) for name, number in NUMBER.findall(table)}


async def written(desk: Desk, hand: Hand) -> None:
    """Words: a reply, a note that names a colleague, a ready reply, an article."""
    with hand.act("answer"):
        await hand.press("r")
        await hand.type("Пособие придёт в пятницу")
        await hand.press("Control+Enter")
    await expect(desk.bubble("operator", "в пятницу")).to_be_visible()
    await desk.page.keyboard.press("Escape")
    with hand.act("note for colleagues"):
        await hand.press("n")
        await hand.type("Звонила дважды")
        await hand.press("Control+Enter")
    await expect(desk.bubble("note", "дважды")).to_be_visible()
    await desk.page.keyboard.press("Escape")
    with hand.act("note that names a colleague"):
        await hand.press("n")
        await hand.sign("@")
        await hand.type("Админ")
        await expect(desk.page.locator("#word-options").get_by_role("option").first).to_be_visible()
        await hand.press("Enter")
        await hand.press("Control+Enter")
    await expect(desk.bubble("note", "@Администратор")).to_be_visible()
    await desk.page.keyboard.press("Escape")
    await desk.page.keyboard.press("r")
    for act, sign, words in (("insert a ready reply", "/", "мфц"), ("insert an article", "#", "паспорт")):
        with hand.act(act):
            await hand.sign(sign)
            await hand.type(words)
            await expect(desk.page.locator("#word-options").get_by_role("option").first).to_be_visible()
            await hand.press("Enter")
        await expect(desk.words).not_to_have_value(f"{sign}{words}")
        await desk.words.fill("")


async def put_off(desk: Desk, hand: Hand) -> None:
    """A reply at its time, a quote, a link, a snooze."""
    await desk.words.fill("Напомню в срок")
    with hand.act("send an answer later"):
        await hand.click(desk.at("send-later"))
        await expect(desk.at("later-text")).to_be_visible()
        await hand.press("Control+Enter")
    await expect(desk.at("later")).to_be_visible()
    await desk.at("later-cancel").click()
    message = desk.bubble("citizen", "пособие")
    await message.hover()
    with hand.act("quote a message"):
        await hand.click(message.get_by_test_id("message-menu"))
        await hand.click(desk.at("quote"))
    await expect(desk.words).to_have_value(re.compile("^> "))
    await desk.words.fill("")
    await desk.page.keyboard.press("Escape")
    await desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    with hand.act("copy a link for a colleague"):
        await hand.click(desk.at("copy-link"))
    assert "#/inbox/mine/" in await desk.page.evaluate("() => navigator.clipboard.readText()")
    with hand.act("snooze for an hour"):
        await hand.press("Shift+M")
        await expect(desk.at("snooze-hour")).to_be_visible()
        await hand.press("Control+Enter")
    await expect(desk.at("conversation-row")).to_have_count(2)


async def ended(desk: Desk, hand: Hand, number: str, login: str) -> None:
    """Finding, the next one, a transfer, the two ends."""
    with hand.act("find a conversation by its number"):
        await hand.press("Control+k")
        await expect(desk.at("command-filter")).to_be_focused()
        await hand.type(number)
        await expect(desk.at("command").first).to_contain_text("паспорт")
        await hand.press("Enter")
    await expect(desk.at("head-number")).to_have_text(number)
    await expect(desk.words).to_be_visible()
    with hand.act("answer and close"):
        await hand.press("r")
        await hand.type("Паспорт готов")
        await hand.press("Control+Shift+Enter")
    await expect(desk.at("reopen")).to_be_visible()  # the archive keeps its row: what is closed can be opened again
    await desk.page.keyboard.press("Escape")
    await desk.page.evaluate("() => { location.hash = '#/inbox/mine'; }")
    await expect(desk.at("head-number")).to_have_count(0)
    await expect(desk.at("conversation-row")).to_have_count(1)
    with hand.act("open the next conversation"):
        await hand.press("j")
    await expect(desk.words).to_be_visible()
    with hand.act("follow a conversation"):
        await hand.click(desk.at("follow"))
    await expect(desk.at("follow")).to_have_attribute("aria-pressed", "true")
    with hand.act("transfer to a colleague"):
        await hand.press("t")
        await expect(desk.at("transfer-note")).to_be_visible()
        await hand.click(desk.page.locator(f"[data-test=transfer-to][data-id='operator:{login}']"))
        await hand.press("Control+Enter")
    await expect(desk.at("conversation-row")).to_have_count(0)


async def test_each_act_takes_as_many_as_the_documentation_says(stage: Stage, crowd: People, admin: Clerk) -> None:  # GV-14, OC-01
    clerk, colleague = await crowd.clerk(admin), await crowd.clerk(admin)
    await waiting(crowd, "Когда придёт пособие?")
    desk = await stage.signed_in(clerk.login, **look("wide"))
    hand = Hand(desk)
    await desk.become("ready")
    await expect(desk.offer.first).to_be_visible()
    with hand.act("take an offer"):
        await hand.press("a")
    await expect(desk.timeline).to_be_visible()
    await desk.become("break")
    passport, school = await waiting(crowd, "Где мой паспорт?", "Как записать ребёнка в сад?")
    for each in (passport, school):
        await clerk.does("POST", f"/api/conversations/{each.conversation}/take")
    number = str((await clerk.does("GET", f"/api/conversations/{passport.conversation}"))["conversation"]["number"])
    await desk.timeline.click()
    await written(desk, hand)
    await put_off(desk, hand)
    await ended(desk, hand, number, colleague.login)
    assert hand.counted == documented()

