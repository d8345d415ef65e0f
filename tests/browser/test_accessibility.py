"""Every screen under axe: WCAG 2.1 A and AA (as ГОСТ Р 52872-2019 has them) and axe's good practice, light and dark, wide and narrow."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from playwright.async_api import FilePayload, Page, expect

from tests.browser.screens import draw, visit
from tests.browser.stage import LINE_DOWN, CitizenPage, Desk, Stage, newcomer, png, waiting
from tests.house import Clerk, People, talking

pytestmark = pytest.mark.asyncio(loop_scope="session")

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
"""What can differ in the dark."""
BY_NIGHT_AND_DAY: tuple[tuple[Literal["dark", "light"], list[str], str], ...] = (("dark", COLOURS, "-dark"), ("light", RULES, ""))
"""What is looked at, and how the picture's name ends."""
FAULTS = """(runOnly) => axe.run(document, {runOnly, resultTypes: ['violations']}).then(({violations}) => violations.flatMap(
    ({id, help, nodes}) => nodes.slice(0, 3).map(({target, any}) => [id, help, target.join(' '), ...any.map(({message}) => message)].join(' | '))))"""
SIZES = {"narrow": (360, 740), "wide": (1280, 800)}
BOTH = tuple(SIZES)
"""One visit, looked at in both; where each is worked in differently a test comes twice."""
in_both_sizes = pytest.mark.parametrize("size", SIZES)


def look(size: str) -> dict[str, Any]:
    width, height = SIZES[size]
    # What fades in is half transparent meanwhile, and that contrast is nobody's.
    return {"viewport": {"width": width, "height": height}, "reduced_motion": "reduce"}


class Inspector:
    """Looks at one screen after another, by day and by night, and remembers their faults: in the window as it is, or in these sizes, one by one."""

    def __init__(self, axe: str, page: Page, *sizes: str) -> None:
        self._axe, self._page, self._sizes = axe, page, sizes
        self.faults: list[str] = []

    async def look(self, where: str, picture: str = "") -> None:
        """`picture`: its name in the documentation, where it is drawn in the last size."""
        if not await self._page.evaluate("'axe' in window"):  # half a megabyte on its way costs more than the look itself
            await self._page.evaluate(self._axe)
        for size in self._sizes[:-1]:
            await self._resize(size)
            await self._turn("dark")
            await self._run(f"{where}, {size}", RULES)
        if self._sizes:
            await self._resize(self._sizes[-1])
        for colours, rules, ending in BY_NIGHT_AND_DAY:
            await self._turn(colours)
            await self._run(f"{where}, {colours}", rules)
            if picture:
                await draw(self._page, picture + ending)

    async def _turn(self, colours: Literal["dark", "light"]) -> None:
        await self._page.emulate_media(color_scheme=colours)

    async def _resize(self, size: str) -> None:
        width, height = SIZES[size]
        await self._page.set_viewport_size({"width": width, "height": height})
        await self._page.evaluate("() => new Promise(requestAnimationFrame)")

    async def _run(self, where: str, rules: list[str]) -> None:
        self.faults += [f"{where}: {fault}" for fault in await self._page.evaluate(FAULTS, rules)]
        if rules is RULES and await self._page.evaluate("document.documentElement.scrollWidth > innerWidth"):  # WCAG 1.4.10
            self.faults.append(f"{where}: wider than the window")


async def test_a_fault_is_found(stage: Stage, axe: str) -> None:  # GV-14
    """Who finds nothing must be able to find something."""
    page = await stage.window(color_scheme="light")
    await page.set_content("""<html lang='ru'><title>.</title>
        <style>@media (prefers-color-scheme: dark) { p { color: #777; background: #888 } }</style>
        <main><h1>.</h1><p>Едва видно</p><img src='data:,'><div style='width: 200vw'>.</div></main></html>""")
    inspector = Inspector(axe, page)
    await inspector.look("here")
    found = [fault.split(" | ")[0] for fault in inspector.faults]
    assert found == ["here, dark: color-contrast", "here, light: image-alt", "here, light: wider than the window"]


async def test_gate(stage: Stage, axe: str, admin: Clerk) -> None:  # GV-14
    stage.pardon(re.compile(r"status of 401 .*/api/session$"))
    password = await newcomer(admin, "gate")
    desk = await stage.desk(**look("wide"))
    inspector = Inspector(axe, desk.page, *BOTH)
    await expect(desk.at("login")).to_be_visible()
    await inspector.look("sign-in")
    await desk.at("login").fill("gate")
    await desk.at("password").fill("wrong")
    await desk.at("sign-in").click()
    await expect(desk.at("problem")).to_be_visible()
    await inspector.look("sign-in refused")
    await desk.at("password").fill(password)
    await desk.at("sign-in").click()
    await expect(desk.at("old-password")).to_be_visible()
    await inspector.look("first password")
    await desk.at("old-password").fill(password)
    await desk.at("new-password").fill("one long password")
    await desk.at("new-password-again").fill("another long password")
    await desk.at("change-password").click()
    await expect(desk.at("problem")).to_be_visible()
    await inspector.look("passwords differ")
    assert inspector.faults == []


@pytest.mark.smoke
@in_both_sizes
async def test_inbox(stage: Stage, axe: str, crowd: People, admin: Clerk, size: str) -> None:  # GV-14
    clerk = await crowd.clerk(admin)
    desk = await stage.signed_in(clerk.login, **look(size))
    inspector = Inspector(axe, desk.page)
    await expect(desk.page.get_by_text("Разговоров нет")).to_be_visible()
    await inspector.look("empty inbox")
    citizen, = await waiting(crowd, "Как получить СНИЛС?")
    await clerk.does("PUT", "/api/presence", {"presence": "ready"})
    await expect(desk.offer).to_be_visible()
    await inspector.look("offer")
    await desk.accept()
    await expect(desk.bubble("bot", "Номер обращения")).to_be_visible()
    await citizen.tell("Подробности здесь: https://example.org/ и ещё раз")
    await desk.send("Здравствуйте!")
    await expect(desk.bubble("operator", "Здравствуйте!")).to_be_visible()
    await citizen.line.send(type="typing")
    await expect(desk.at("citizen-typing")).to_be_visible()
    await inspector.look("conversation")
    await desk.at("note-tab").click()
    await desk.send("Перезвонить")
    await expect(desk.bubble("note", "Перезвонить")).to_be_visible()
    await inspector.look("note")
    await desk.at("reply-tab").click()
    await desk.words.press_sequentially("#паспорт")
    await expect(desk.at("article-picker").get_by_role("option").first).to_be_visible()
    await inspector.look("article picker")
    await desk.words.fill("")
    if size == "narrow":
        await desk.at("details").click()
        await expect(desk.at("citizen")).to_be_visible()
        await inspector.look("citizen")
        await desk.page.keyboard.press("Escape")
        await expect(desk.at("citizen")).to_be_hidden()
        await desk.at("details").click()
        await desk.at("close-details").click()
        await expect(desk.at("citizen")).to_be_hidden()
    await over_it(desk, inspector, "transfer", "confirm-transfer")
    await over_it(desk, inspector, "close", "confirm-close")
    stage.pardon(LINE_DOWN)
    await desk.page.context.set_offline(True)
    await desk.send("Без связи")
    await expect(desk.at("disconnected")).to_be_visible()
    await inspector.look("line down")
    await desk.page.context.set_offline(False)
    await expect(desk.at("unsent")).to_have_count(0)
    await clerk.does("PUT", "/api/presence", {"presence": "offline"})
    assert inspector.faults == []


async def over_it(desk: Desk, inspector: Inspector, opens: str, shows: str) -> None:
    """A dialog, which goes away again."""
    await desk.at(opens).click()
    await expect(desk.at(shows)).to_be_visible()
    await inspector.look(opens)
    await desk.page.keyboard.press("Escape")
    await expect(desk.at(shows)).to_have_count(0)


@in_both_sizes
async def test_what_lies_over_a_screen(stage: Stage, axe: str, crowd: People, admin: Clerk, size: str) -> None:  # GV-14
    desk = await stage.signed_in((await crowd.clerk(admin, "admin")).login, **look(size))
    inspector = Inspector(axe, desk.page)
    await waiting(crowd, "Как получить СНИЛС?")

    await visit(desk.page, "archive")
    await desk.at("archive-text").fill("снилс")
    await desk.at("archive-go").press("Enter")
    await expect(desk.at("hits")).to_be_visible()
    await inspector.look("hits")
    await visit(desk.page, "operators")
    await over_it(desk, inspector, "add-operator", "save-operator")
    await desk.page.locator(f"[data-test=operator][data-id={desk.login}]").get_by_test_id("reset").click()
    await expect(desk.at("confirm")).to_be_visible()
    await inspector.look("confirm")
    await desk.page.keyboard.press("Escape")
    await expect(desk.at("confirm")).to_have_count(0)
    await desk.page.locator("h1:visible").first.click()
    for keys, name in (("Shift+?", "help"), ("Control+k", "command-filter")):
        await desk.page.keyboard.press(keys)
        await expect(desk.at(name)).to_be_visible()
        await inspector.look(name)
        await desk.page.keyboard.press("Escape")
        await expect(desk.at(name)).to_have_count(0)
    await menus(desk, inspector, size)
    assert inspector.faults == []


async def test_what_lies_over_a_conversation(stage: Stage, axe: str, crowd: People, admin: Clerk) -> None:  # GV-14 SL-04
    clerk = await crowd.clerk(admin, "admin")
    citizen = await talking(crowd, clerk)
    desk = await stage.signed_in(clerk.login, **look("wide"))
    inspector = Inspector(axe, desk.page, *BOTH)
    await desk.page.evaluate("(to) => { location.hash = to; }", f"#/inbox/mine/{citizen.conversation}")
    await over_it(desk, inspector, "promise", "confirm-promise")
    for audit_entry, body in (("promise", {"why": "надо уточнить", "number": "+74950000000"}), ("take", None)):
        assert (await clerk.act(citizen.conversation, audit_entry, body))[0] == 200
    await desk.at("keep").click()
    await expect(desk.at("confirm-keep")).to_be_visible()
    await inspector.look("keep")
    await desk.at("keep-text").fill("Паспорт готов")
    await desk.at("confirm-keep").click()
    await citizen.line.hear("message", author="operator", text="Паспорт готов")
    assert inspector.faults == []


async def test_announcements(stage: Stage, axe: str, crowd: People, admin: Clerk) -> None:  # GV-14 CH-11
    author, boss = await crowd.clerk(admin, "designer"), await crowd.clerk(admin, "supervisor")
    now = datetime.now(UTC)
    for name, begins, ends in (("heard", -1, 1), ("soon", 1, 2), ("draft", -1, 1), ("over", -2, -1), ("gone", -1, 1)):
        dates = {"valid_from": (now + timedelta(hours=begins)).isoformat(), "valid_until": (now + timedelta(hours=ends)).isoformat()}
        body = {"version": 0, "text": f"Объявление {name}", "occasion": "joining", "queues": ["general"], **dates}
        await author.does("PUT", f"/api/announcements/{name}", body)
    for name in ("heard", "soon"):
        await boss.does("POST", f"/api/announcements/{name}/approve", {"version": 1})
    await boss.does("POST", "/api/announcements/gone/withdraw")
    for clerk, there in ((author, "announcement-text"), (boss, "announcement-words")):
        desk = await stage.signed_in(clerk.login, **look("wide"))
        inspector = Inspector(axe, desk.page, *BOTH)
        await desk.page.evaluate("() => { location.hash = '#/announcements'; }")
        await expect(desk.at("announcement").first).to_be_visible()
        await inspector.look("announcements")
        for name in ("heard", "draft", *(("+",) if clerk is author else ())):
            await desk.page.evaluate("(to) => { location.hash = to; }", f"#/announcements/{name if name == '+' else f'{name}'}")
            await expect(desk.at(there)).to_be_visible()
            await inspector.look(name)
        assert inspector.faults == []
    for name in ("heard", "soon"):
        await boss.does("POST", f"/api/announcements/{name}/withdraw")


async def menus(desk: Desk, inspector: Inspector, size: str) -> None:
    if size == "narrow":
        await desk.at("menu").click()
        await expect(desk.page.get_by_role("dialog")).to_be_visible()
        await inspector.look("menu")
    for menu in ("presence", "person-menu"):
        button = desk.page.locator(f"[data-test={menu}]:visible")
        await button.click()
        await expect(desk.page.get_by_role("menu")).to_be_visible()
        await inspector.look(menu)
        await desk.page.keyboard.press("Escape")
        await expect(desk.page.get_by_role("menu")).to_have_count(0)


@pytest.mark.smoke
async def test_citizens_page(stage: Stage, axe: str, desk: Desk) -> None:  # CH-04
    citizen = await (await stage.citizen(**look("wide"))).greeted()
    inspector = Inspector(axe, citizen.page, *BOTH)
    await inspector.look("greeting")
    await conversation(citizen, desk, inspector)
    assert inspector.faults == []


async def test_widget_on_another_site(stage: Stage, axe: str, desk: Desk, site: str) -> None:  # CH-04
    citizen = await stage.citizen(site, **look("wide"))
    inspector = Inspector(axe, citizen.page, *BOTH)
    await expect(citizen.page.get_by_test_id("open")).to_be_visible()
    await inspector.look("closed widget")
    await citizen.page.get_by_test_id("open").click()
    await citizen.greeted()
    await inspector.look("greeting")
    await conversation(citizen, desk, inspector)
    assert inspector.faults == []


async def conversation(citizen: CitizenPage, desk: Desk, inspector: Inspector) -> None:
    await citizen.tell("Как получить СНИЛС?")
    await expect(citizen.log.locator(".source")).to_be_visible()
    await inspector.look("answer")
    await citizen.tell("позовите оператора")
    await expect(citizen.state).to_have_text("Вы 1-й в очереди")
    await inspector.look("in line")
    await citizen.page.get_by_test_id("end").click()
    await inspector.look("leaving?")
    await citizen.page.get_by_test_id("leave").click()
    await expect(citizen.state).to_have_text("Вы завершили разговор")
    await inspector.look("left")
    await citizen.tell("я вернулся")
    await expect(citizen.state).to_have_text("Вы 1-й в очереди")
    await desk.become("ready")
    await desk.accept()
    await desk.send("Здравствуйте! Пришлите снимок: https://example.org/photo")
    await expect(citizen.messages.last).to_contain_text("Пришлите снимок")
    async with citizen.page.expect_file_chooser() as chooser:
        await citizen.page.get_by_test_id("attach").click()
    files = [FilePayload(name=name, mimeType=type_, buffer=content) for name, type_, content in (
        ("Снимок.png", "image/png", png()), ("Список.txt", "text/plain", "Паспорт".encode()), ("Пусто.txt", "text/plain", b""))]
    await (await chooser.value).set_files(files)
    await expect(citizen.page.get_by_text("Прикреплён")).to_have_count(2)
    await inspector.look("files")
    await citizen.tell("Вот он")
    await expect(citizen.messages.last.get_by_role("img", name="Снимок.png")).to_be_visible()
    await desk.words.press_sequentially("Спас")
    await expect(citizen.typing).to_be_visible()
    await inspector.look("operator types")
    await desk.at("close").click()
    await desk.choose("topic", "documents")
    await desk.at("confirm-close").click()
    await expect(citizen.state).to_have_text("Обращение закрыто")
    await inspector.look("closed")
