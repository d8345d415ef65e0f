"""People in a real browser: a citizen's page and an operator's desk, and whoever watches that nothing improper happens there."""

import os
import re
import struct
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, async_playwright, expect

from tests.channels.line import PATIENCE_S
from tests.house import PASSWORD, Citizen, Clerk, House, People

SHELL, CHROMIUM = "chromium-headless-shell", "chromium"
"""Files here that start what Debian has under these names behind the tests that talk by telephone. Without windows it computes a fifth less,
but has neither a telephone's sound nor notifications."""
ARGS = [
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]
PATIENCE_MS = PATIENCE_S * 1000
"""Far longer than anything may take on a busy machine."""
UNSTATED = re.compile(r"status of 403 .*\| \S+/api/conversations/\d+$")
"""The desk learns by asking that a reason must be stated first."""
STRANGER = re.compile(r"status of 401 .*\| \S+/api/me$")
"""The desk asks who is signed in, and nobody is yet."""
AT_ONCE = "try { localStorage.setItem('okno.undo-letters', localStorage.getItem('okno.undo-letters') ?? '0'); } catch {}"
"""Letters are sent when they are sent, unless a test chooses otherwise: nobody waits for his second thoughts. Some pages have no storage."""
CHECKER = re.compile(r"Failed to execute 'postMessage' on 'DOMWindow': .* \('null'\)")
"""The checker of accessibility asks a letter's page, in which nothing runs."""
LINE_DOWN = re.compile(r"net::ERR_(INTERNET_DISCONNECTED|CONNECTION_\w+|NETWORK_\w+|SOCKET_\w+|EMPTY_RESPONSE)|WebSocket connection to")
"""What a browser says by itself while the network or the hub is gone."""


@asynccontextmanager
async def chromium(*more: str, program: str = SHELL) -> AsyncIterator[Browser]:
    """A browser, with `more` switches than all have."""
    async with async_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        playwright.selectors.set_test_id_attribute("data-test")
        browser = await playwright.chromium.launch(
            executable_path=Path(__file__).with_name(program), chromium_sandbox=os.geteuid() != 0, args=[*ARGS, *more])
        yield browser
        await browser.close()


def png(side: int = 16) -> bytes:
    """A grey square."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\x80" * side) * side
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


async def waiting(crowd: People, *questions: str) -> list[Citizen]:
    """Citizens in line, in this order."""
    citizens = []
    for number, question in enumerate(questions, 1):
        citizen = await crowd.citizen(name=f"Заявитель {number}")
        await citizen.line.hear("message", author="bot")
        await citizen.tell(question)
        await citizen.line.hear("message", author="bot")
        await citizen.tell("позовите оператора")
        await citizen.line.hear("state", holder="queue")
        citizens.append(citizen)
    return citizens


async def newcomer(admin: Clerk, login: str) -> str:
    """The one-time password of a new operator."""
    body = {"login": login, "name": "Новый Сотрудник", "role": "operator", "queues": ["general"]}
    return str((await admin.does("POST", "/api/operators", body))["one_time_password"])


class Stage:
    """The browser windows of one test; whoever leaves says what went wrong in any of them."""

    def __init__(self, browser: Browser, house: House) -> None:
        self.browser, self.house = browser, house
        self.wrong: list[str] = []
        self._pardoned = [STRANGER, UNSTATED, CHECKER]
        self._contexts: list[BrowserContext] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for context in self._contexts:
            await context.close()
        if kind is None:
            wrong = [one for one in self.wrong if not any(fine.search(one) for fine in self._pardoned)]
            assert not wrong, wrong

    def pardon(self, *expected: re.Pattern[str]) -> None:
        """Errors that this test brings about on purpose."""
        self._pardoned += expected

    async def window(self, **options: Any) -> Page:
        """A new browser profile: neither cookies nor memory."""
        context = await self.browser.new_context(locale="ru-RU", timezone_id="Europe/Moscow", **options)
        context.set_default_timeout(PATIENCE_MS)
        self._contexts.append(context)
        await context.add_init_script(AT_ONCE)
        context.on("request", lambda request: self._goes(request.url))
        context.on("console", self._said)
        context.on("weberror", lambda error: self.wrong.append(f"uncaught: {error.error}"))
        await context.add_init_script(
            "addEventListener('securitypolicyviolation', (e) => console.error('policy violated', e.violatedDirective, e.blockedURI))")
        page = await context.new_page()
        page.on("websocket", lambda socket: self._goes(socket.url))
        return page

    async def citizen(self, address: str = "/", **options: Any) -> "CitizenPage":
        page = await self.window(**options)
        await page.goto(self.house.base + address if address.startswith("/") else address)
        return CitizenPage(page)

    async def desk(self, **options: Any) -> "Desk":
        page = await self.window(**options)
        await page.goto(self.house.base + "/desk/")
        return Desk(page)

    async def signed_in(self, login: str, **options: Any) -> "Desk":
        desk = await self.desk(**options)
        await desk.sign_in(login, PASSWORD)
        return desk

    def _goes(self, url: str) -> None:
        parts = urlsplit(url)
        own = ("localhost", urlsplit(self.house.base).port)  # by the name that passkeys are for
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname != "127.0.0.1" and (parts.hostname, parts.port) != own:
            self.wrong.append(f"left the machine: {url}")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.wrong.append(f"{message.type}: {message.text} | {message.location['url']}")


class CitizenPage:
    """What a citizen sees and does; the widget's shadow root is open, so its parts are found like any other."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.state, self.log, self.field = (page.get_by_test_id(name) for name in ("state", "log", "composer"))
        self.messages = self.log.locator(".message")
        self.typing = page.locator("okno-chat .typing")
        self.number = page.locator("okno-chat .number b")

    def said(self, text: str | re.Pattern[str]) -> Locator:
        return self.messages.filter(has_text=text)

    async def greeted(self) -> Self:
        """The robot has the first word."""
        await expect(self.messages.first).to_be_visible()
        return self

    async def say(self, text: str) -> None:
        await self.field.fill(text)
        await self.field.press("Enter")

    async def tell(self, text: str) -> None:
        """Say, and wait until the hub has stored it."""
        await self.say(text)
        await expect(self.said(text).last.locator(".mark")).not_to_have_attribute("data-state", "waiting")

    async def read_all(self) -> None:
        """Until everything on the page counts as seen."""
        last = await self.messages.last.get_attribute("data-id")
        await self.page.wait_for_function("(last) => Object.entries(localStorage).some(([name, id]) => name.endsWith(':seen') && id === last)", arg=last)

    async def texts(self) -> list[str]:
        return await self.messages.locator(".text").all_inner_texts()


class Desk:
    """What an operator sees and does."""

    def __init__(self, page: Page) -> None:
        self.page, self.login = page, ""
        self.offer, self.timeline, self.words = (self.at(name) for name in ("offer", "timeline", "words"))

    @property
    def name(self) -> str:
        """As tests.house.People names them."""
        return self.login.title()

    def at(self, name: str) -> Locator:
        return self.page.get_by_test_id(name)

    def row(self, text: str) -> Locator:
        return self.at("conversation-row").filter(has_text=text)

    def bubble(self, author: str, text: str = "") -> Locator:
        return self.at(f"bubble-{author}").filter(has_text=text)

    async def sign_in(self, login: str, password: str) -> None:
        self.login = login
        await self.at("login").fill(login)
        await self.at("password").fill(password)
        await self.at("sign-in").click()
        await expect(self.at("login")).to_have_count(0)

    async def change_password(self, old: str, new: str) -> None:
        await self.at("old-password").fill(old)
        await self.at("new-password").fill(new)
        await self.at("new-password-again").fill(new)
        await self.at("change-password").click()
        await expect(self.at("rail")).to_be_visible()

    async def become(self, presence: str) -> None:
        await self.at(f"presence-{presence}").click()
        await expect(self.at("presence")).to_have_attribute("data-presence", presence)

    async def accept(self) -> None:
        await self.offer.first.get_by_test_id("accept").click()
        await expect(self.timeline).to_be_visible()

    async def say_why(self) -> None:
        """What is open is not one's own work: a reason is stated first."""
        await self.at("reason-why").select_option("Проверка качества")
        await expect(self.at("notice").filter(has_text="укажите, зачем")).to_have_count(0)  # the form asks: nothing is wrong
        await self.at("reason-go").click()
        await expect(self.timeline).to_be_visible()

    async def send(self, text: str) -> None:
        await self.words.fill(text)
        await self.at("send").click()

    async def choose(self, test: str, id: str) -> None:  # noqa: A002 - the attribute's name
        await self.page.locator(f"[data-test={test}][data-id='{id}']").click()
