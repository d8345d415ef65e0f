"""What is wrong on the floor is seen on every screen of whoever leads and heard once, until somebody has seen to it."""

import pytest
from playwright.async_api import expect

from tests.browser.screens import pictured
from tests.browser.stage import Desk, Stage, waiting
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.browser.test_floor import visit
from tests.house import Clerk, People
from tests.http.test_alarms import limits

pytestmark = pytest.mark.asyncio(loop_scope="session")
COUNTS = """() => { const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...at) { localStorage.setItem('rang', Number(localStorage.getItem('rang')) + 1); start.apply(this, at); }; }"""


async def rang(desk: Desk) -> int:
    """How often this browser has made a sound."""
    return int(await desk.page.evaluate("Number(localStorage.getItem('rang'))"))


async def test_it_is_heard_once_seen_to_by_keys_and_stands_in_the_log(stage: Stage, crowd: People, admin: Clerk) -> None:
    # MC-01 SL-03 GV-14
    await limits(admin, waiting=1)
    desk = await stage.signed_in((await crowd.clerk(admin, "supervisor")).login)
    wall = await stage.signed_in((await crowd.clerk(admin, "wall")).login, viewport={"width": 1920, "height": 1080})
    await desk.page.evaluate(f"({COUNTS})()")
    await desk.page.locator("main").click()  # a page that nobody has touched may make no sound
    await waiting(crowd, "Как получить СНИЛС?", "Где МФЦ?")
    bar = desk.at("alarm-bar")
    await expect(bar).to_contain_text("Общие вопросы: ждут 2, порог 1")
    await expect(desk.at("count-floor")).to_have_text("1")
    await expect(wall.at("wall-alarm")).to_contain_text("ждут 2")
    assert await rang(desk) == 1
    await desk.page.reload()
    await expect(bar).to_be_visible()
    assert await rang(desk) == 1
    await visit(desk, "floor")
    await expect(desk.at("floor-alarm")).to_have_count(1)
    await pictured(desk, "alarms")
    await desk.at("alarm-word").fill("зову смену из документов")
    await desk.at("alarm-word").press("Enter")
    await expect(bar).to_have_count(0)
    await expect(desk.at("alarm-taken")).to_contain_text("зову смену из документов")
    await expect(wall.at("wall-alarm")).to_contain_text("занимаются")
    assert await wall.page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert "зову смену" not in await wall.page.content()
    await pictured(wall, "wall-alarms")
    await desk.at("alarm-silence").press("Enter")
    await expect(desk.at("alarm-quiet")).to_be_visible()
    await desk.at("alarm-unsilence").press("Enter")
    await expect(desk.at("alarm-quiet")).to_have_count(0)
    await desk.at("floor").focus()
    await desk.page.keyboard.press("Shift+L")
    await expect(desk.at("alarm-row")).to_contain_text("зову смену из документов")
    await limits(admin)
    await expect(desk.at("count-floor")).to_have_count(0)
    await desk.at("person-menu").click()
    await desk.at("open-settings").click()
    await desk.at("alarm-sound").uncheck()
    await desk.page.keyboard.press("Escape")
    await expect(desk.at("alarm-row").locator(".badge")).to_have_count(0)
    await limits(admin, waiting=1)
    await expect(bar).to_be_visible()
    assert await rang(desk) == 1  # it was switched off
    await desk.page.keyboard.press("Shift+A")
    await expect(bar).to_have_count(0)
    await expect(desk.at("alarm-row")).to_have_count(2)
    await limits(admin)


@in_both_sizes
async def test_alarms_are_for_everybody(stage: Stage, axe: str, crowd: People, admin: Clerk, size: str) -> None:  # GV-14
    await waiting(crowd, "Как получить СНИЛС?", "Где МФЦ?")
    await limits(admin, waiting=1)
    desk = await stage.signed_in((await crowd.clerk(admin, "admin")).login, **look(size))
    inspector = Inspector(axe, desk.page)
    await visit(desk, "floor")
    await expect(desk.at("floor-alarm")).to_have_count(1)
    await expect(desk.at("alarm-bar")).to_be_visible()
    await inspector.look("alarms")
    await desk.at("alarm-acknowledge").click()
    await desk.at("alarm-silence").click()
    await expect(desk.at("alarm-quiet")).to_be_visible()
    await inspector.look("an alarm that is seen to")
    await desk.at("alarm-unsilence").click()
    await expect(desk.at("alarm-quiet")).to_have_count(0)
    await visit(desk, "floor/alarms")
    await expect(desk.at("alarm-row").first).to_be_visible()
    await pictured(desk, f"alarm-log-{size}")
    await inspector.look("log of alarms")
    await visit(desk, "floor/wall")
    await expect(desk.at("wall-alarm")).to_be_visible()
    await inspector.look("alarms on the wall")
    await visit(desk, "settings")
    await desk.page.locator("[data-test=line][data-id=general] summary").click()
    limit = desk.page.locator("[data-test=line][data-id=general]").get_by_test_id("limit-level_percent")
    await limit.fill("101")
    await expect(desk.at("limits").locator(".problem")).to_contain_text("до 100")
    await desk.at("limits").first.scroll_into_view_if_needed()
    await pictured(desk, f"limits-{size}")
    await inspector.look("limits of a line")
    await limit.fill("75")
    await expect(desk.at("change").filter(has_text="за 20 с отвечено меньше, %")).to_be_visible()
    await limits(admin)
    assert inspector.faults == []
