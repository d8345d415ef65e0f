"""Nothing runs over its box: every element of a talk and of every screen at 1280 and 1440, in both languages."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.screens import SCREENS, visit
from tests.browser.stage import Stage, waiting
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")
OVERFLOWING = """() => [document.documentElement, ...document.querySelectorAll('body *')].filter((each) => {
    const style = getComputedStyle(each);
    const own = style.overflowX === 'visible' || each === document.documentElement;
    return own && !each.closest('.cut, svg, .unseen') && each.clientWidth > 0 && style.display !== 'inline' && each.scrollWidth > each.clientWidth + 1;
}).map((each) => `${each.tagName}.${each.className} ${each.dataset.test ?? ''} ${each.scrollWidth} > ${each.clientWidth}`)"""
"""What cuts its words with an ellipsis, scrolls by itself, or is meant for ears alone is left out."""


async def overflowing(page: Page, where: str) -> list[str]:
    return [f"{where}: {each}" for each in await page.evaluate(OVERFLOWING)]


@pytest.mark.parametrize("width", [1280, 1440])
@pytest.mark.parametrize("language", ["ru", "en"])
async def test_nothing_runs_over_its_box(stage: Stage, crowd: People, admin: Clerk, width: int, language: str) -> None:  # GV-14
    citizen, _ = await waiting(crowd, "Не пришло единое пособие на второго ребёнка, хотя заявление подано в сентябре", "Где мой паспорт?")
    await admin.does("POST", f"/api/conversations/{citizen.conversation}/take")
    told = {"name": "Аделаида Константиновна Преображенская-Заболоцкая", "language": "ru", "why": "назвалась", "tags": ["слабый слух", "многодетная семья"]}
    await admin.does("PUT", f"/api/conversations/{citizen.conversation}/citizen", told | {"email": "adelaida.preobrazhenskaya-zabolotskaya@example.ru"})
    desk = await stage.signed_in(admin.login, viewport={"width": width, "height": 900})
    if language == "en":
        await desk.at("person-menu").click()
        await desk.at("language-en").click()
        await desk.page.keyboard.press("Escape")
    await desk.page.evaluate("(to) => { location.hash = to; }", f"#/inbox/mine/{citizen.conversation}")
    await expect(desk.at("tags")).to_contain_text("многодетная семья")
    faults = await overflowing(desk.page, "talk")
    for screen in SCREENS:
        await visit(desk.page, screen)
        faults += await overflowing(desk.page, screen)
    assert not faults, "\n".join(faults)
