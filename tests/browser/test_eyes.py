"""Citizens' pages for other eyes: more contrast, colours of one's own, large type, a telephone's width, English; by day and by night (CH-04)."""

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.screens import draw
from tests.browser.stage import CitizenPage, Stage
from tests.browser.test_accessibility import COLOURS, FAULTS, RULES
from tests.house import Clerk, People, talking

pytestmark = pytest.mark.asyncio(loop_scope="session")

ENHANCED = ["color-contrast-enhanced"]
"""WCAG 1.4.6: 7 to 1. Whoever asks for more contrast gets it."""
CUT = """() => {
  const cut = [];
  const walk = (root) => root.querySelectorAll('*').forEach((each) => {
    if (each.shadowRoot) walk(each.shadowRoot);
    const { overflowX, overflowY, clipPath, textOverflow } = getComputedStyle(each);
    if (!each.checkVisibility() || clipPath !== 'none' || textOverflow === 'ellipsis' || !each.clientWidth) return;
    if (overflowX === 'hidden' && each.scrollWidth > each.clientWidth + 1 || overflowY === 'hidden' && each.scrollHeight > each.clientHeight + 1)
      cut.push(`cut off: ${each.tagName} ${each.className}`);
  });
  walk(document);
  for (const each of document.querySelectorAll('body *')) {
    const range = document.createRange();
    for (const text of [...each.childNodes].filter((node) => node.nodeType === 3 && node.data.trim())) {
      range.selectNodeContents(text);
      for (const { right, top, height } of range.getClientRects()) {
        const over = document.elementFromPoint(right - 2, top + height / 2);
        if (over && !over.contains(each) && !each.contains(over) && !over.matches('okno-chat:not([inline])')) cut.push(`covered: ${text.data}`);
      }
    }
  }
  if (document.documentElement.scrollWidth > innerWidth) cut.push('wider than the window');
  return cut;
}"""
"""WCAG 1.4.4, 1.4.10: text of twice its size, and in 320 by 256 pixels, which is 1280 by 1024 at 400 %."""
LARGE = "() => { document.documentElement.style.fontSize = '200%'; }"
ENGLISH = """
- strong: Ask public services
- status: A robot is answering
- button "Call an operator"
- status
- log "Messages":
  - time: /.+/
  - button /.+/
- button "Attach a file"
- textbox "Message":
  - /placeholder: Your question…
- button "Send" [disabled]
"""
"""What a screen reader tells of the widget before anything is asked."""


class Eyes:
    """One page as it looks to some, one after another; its pictures have this name."""

    def __init__(self, axe: str, page: Page, name: str = "") -> None:
        self._axe, self._page, self._name = axe, page, name
        self.faults: list[str] = []

    async def look(self) -> None:
        await self._page.evaluate(self._axe)
        for colours in ("dark", "light"):
            await self._page.emulate_media(color_scheme=colours, contrast="more")
            await self._run(f"more contrast, {colours}", ENHANCED)
            await self._draw(f"contrast-{colours}")
        await self._page.emulate_media(contrast="no-preference", forced_colors="active")
        await self._run("colours of one's own", COLOURS)
        await self._draw("forced")
        await self._page.emulate_media(forced_colors="none")
        await self._page.set_viewport_size({"width": 320, "height": 256})
        await self._run("at 400 %", RULES)
        await self._fits("at 400 %")
        await self._draw("400")
        await self._page.set_viewport_size({"width": 1280, "height": 800})
        await self._page.evaluate(LARGE)
        await self._run("large type", RULES)
        await self._fits("large type")
        await self._draw("large")

    async def _run(self, how: str, rules: list[str]) -> None:
        self.faults += [f"{how}: {fault}" for fault in await self._page.evaluate(FAULTS, rules)]

    async def _draw(self, how: str) -> None:
        if self._name:
            await draw(self._page, f"{self._name}-{how}")

    async def _fits(self, how: str) -> None:
        self.faults += [f"{how}: {fault}" for fault in await self._page.evaluate(CUT)]


def look() -> dict[str, Any]:
    return {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light", "reduced_motion": "reduce"}


async def told(citizen: CitizenPage) -> None:
    """A conversation with what there is in one: an answer and its source, choices, a place in line."""
    await citizen.greeted()
    await citizen.tell("Как получить СНИЛС?")
    await expect(citizen.log.locator(".source")).to_be_visible()
    await citizen.tell("позовите оператора")
    await expect(citizen.state).to_have_text("Вы 1-й в очереди")


@pytest.mark.usefixtures("admin")
async def test_the_citizens_page(stage: Stage, axe: str) -> None:  # CH-04, GV-14
    citizen = await stage.citizen(**look())
    await told(citizen)
    eyes = Eyes(axe, citizen.page, "citizen-page")
    await eyes.look()
    assert eyes.faults == []


@pytest.mark.usefixtures("admin")
async def test_the_widget_on_another_site(stage: Stage, axe: str, site: str) -> None:  # CH-04, GV-14
    citizen = await stage.citizen(site, **look())
    await citizen.page.get_by_test_id("open").click()
    await told(citizen)
    eyes = Eyes(axe, citizen.page, "citizen-widget")
    await eyes.look()
    assert eyes.faults == []
    # All of it is still within reach of a key, at twice the size.
    await citizen.field.press("Shift+Tab")
    await citizen.page.keyboard.press("Tab")
    await expect(citizen.field).to_be_focused()
    await expect(citizen.field).to_be_in_viewport()


async def test_the_page_of_a_case(stage: Stage, axe: str, crowd: People, admin: Clerk) -> None:  # RQ-04, CH-04, GV-14
    stage.pardon(re.compile(r"status of 4\d\d .*/case"))
    clerk = await crowd.clerk(admin)
    citizen = await talking(crowd, clerk)
    draft = {"key": "eyes", "kind": "request", "topic": "documents", "text": "Паспорт не готов"}
    number = (await clerk.does("POST", f"/api/conversations/{citizen.conversation}/cases", draft))["case"]["number"]
    code = ""
    while "Код для просмотра" not in code:
        code = str((await citizen.line.hear("message", author="system"))["text"])
    for lang, (shows, field, button) in {"ru": ("Номер обращения", "Код", "Показать"), "en": (re.compile("number", re.IGNORECASE), "Code", "Show")}.items():
        page = await stage.window(**look())
        await page.goto(f"{stage.house.base}/case?lang={lang}")
        await page.get_by_label(shows).fill(number)
        await page.get_by_label(field).fill("000000")
        await page.get_by_role("button", name=button).click()
        await expect(page.get_by_test_id("fault")).to_be_visible()
        eyes = Eyes(axe, page)
        await eyes.look()
        await page.get_by_label(field).fill(code.partition(": ")[2][:11])
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("case")).to_contain_text(number)
        shown = Eyes(axe, page, "citizen-case" if lang == "ru" else "")
        await shown.look()
        assert eyes.faults + shown.faults == []


async def test_the_widget_in_english(stage: Stage) -> None:  # CH-04
    """Its own words and names are English; what is said is said in the citizen's language."""
    citizen = await (await stage.citizen(**look())).greeted()
    await citizen.page.evaluate("() => document.querySelector('okno-chat').setAttribute('lang', 'en')")
    await expect(citizen.page.get_by_role("log", name="Messages")).to_be_visible()
    await expect(citizen.page.locator("okno-chat")).to_match_aria_snapshot(ENGLISH)
