"""The desk is set in the font that comes with it, and nothing that a citizen reads is smaller than 14 px."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")
DESK = Path(__file__).parents[3] / "hub/desk"
SMALL = """() => {
    const all = (root) => [...root.querySelectorAll('*')].flatMap((each) => [each, ...(each.shadowRoot ? all(each.shadowRoot) : [])]);
    const own = (each) => [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    return all(document.body).filter((each) => own(each) && each.checkVisibility() && each.clientWidth > 1 && !['STYLE', 'SCRIPT'].includes(each.tagName))
        .filter((each) => parseFloat(getComputedStyle(each).fontSize) < 14)
        .map((each) => `${each.tagName}.${each.className} ${getComputedStyle(each).fontSize} ${each.textContent.trim().slice(0, 40)}`);
}"""


async def test_the_desk_brings_its_font(stage: Stage, crowd: People, admin: Clerk) -> None:  # GV-14
    desk = await stage.signed_in((await crowd.clerk(admin)).login)
    await expect(desk.at("rail")).to_be_visible()
    loaded = "() => document.fonts.ready.then((all) => [...all].filter((face) => face.status === 'loaded').map((face) => face.family.replaceAll('\"', '')))"
    assert set(await desk.page.evaluate(loaded)) == {"Golos Text Variable"}
    assert await desk.page.evaluate("() => getComputedStyle(document.body).fontFamily.startsWith('\"Golos Text Variable\"')")


async def test_the_licence_of_the_font_goes_along() -> None:  # GV-14
    licence = (DESK / "ui/node_modules/@fontsource-variable/golos-text/LICENSE").read_text(encoding="utf8")
    assert "SIL Open Font License, Version 1.1" in licence
    assert (DESK / "static/golos-text-OFL.txt").read_text(encoding="utf8") == licence


async def test_citizens_read_14_px_at_least(stage: Stage) -> None:  # GV-14
    page = await (await stage.citizen()).greeted()
    await page.tell("Как получить загранпаспорт?")
    await expect(page.said("паспорт").last).to_be_visible()
    await page.tell("позовите оператора")
    await expect(page.state).to_be_visible()
    assert await page.page.evaluate(SMALL) == []
    other = await stage.citizen("/case")
    await expect(other.page.locator("h1")).to_be_visible()
    assert await other.page.evaluate(SMALL) == []
