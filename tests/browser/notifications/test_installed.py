"""The desk as an installed application: what Chromium says of it, what its worker keeps, a day without network, a telephone in the hand."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.screens import pictured
from tests.browser.stage import LINE_DOWN, Stage, waiting
from tests.browser.test_accessibility import Inspector
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")

TELEPHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "reduced_motion": "reduce"}
KEPT = """async () => (await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys())
          .map(({ url }) => new URL(url).pathname)))).flat().sort()"""


async def worked(page: Page) -> None:
    """Until its worker has taken the page over."""
    await page.wait_for_function("() => navigator.serviceWorker.controller?.state === 'activated'")


async def test_chromium_would_install_it(stage: Stage) -> None:  # GV-14
    desk = await stage.desk()
    await worked(desk.page)
    browser = await desk.page.context.new_cdp_session(desk.page)
    found = await browser.send("Page.getAppManifest")
    assert (found["errors"], found["url"]) == ([], f"{stage.house.base}/desk/manifest.webmanifest")
    wrong = (await browser.send("Page.getInstallabilityErrors"))["installabilityErrors"]
    assert [each["errorId"] for each in wrong if each["errorId"] != "in-incognito"] == []  # as each window of a test is


async def test_a_telephone_takes_an_offer_answers_and_keeps_nothing(stage: Stage, axe: str, crowd: People, admin: Clerk) -> None:  # GV-14, SE-02
    clerk = await crowd.clerk(admin)
    citizen, = await waiting(crowd, "Когда придёт пособие?")
    desk = await stage.signed_in(clerk.login, **TELEPHONE)
    await worked(desk.page)
    inspector = Inspector(axe, desk.page)
    await desk.at("menu").tap()
    await desk.page.get_by_role("dialog").get_by_test_id("presence-ready").tap()
    await desk.page.keyboard.press("Escape")
    await expect(desk.offer.first).to_be_visible()
    await inspector.look("offer")
    await pictured(desk, "telephone-offer")
    await desk.offer.first.get_by_test_id("accept").tap()
    await expect(desk.timeline).to_be_visible()
    await desk.words.tap()
    await desk.words.fill("В пятницу, до полудня")
    await desk.at("send").tap()
    await citizen.line.hear("message", author="operator")
    await expect(desk.bubble("operator", "В пятницу")).to_be_visible()
    await inspector.look("answered")
    await pictured(desk, "telephone-answer")
    assert await desk.page.evaluate(KEPT) == ["/desk/offline.css", "/desk/offline.html"]
    assert inspector.faults == []


async def test_without_a_network_it_says_so_in_words(stage: Stage, axe: str) -> None:  # CH-06
    stage.pardon(LINE_DOWN)
    desk = await stage.desk(**TELEPHONE)
    await worked(desk.page)
    await desk.page.context.set_offline(True)
    await desk.page.reload()
    await expect(desk.page.get_by_role("heading")).to_have_text("Нет связи с центром")
    inspector = Inspector(axe, desk.page)
    await inspector.look("without network")
    await pictured(desk, "telephone-offline")
    await desk.page.context.set_offline(False)
    await desk.page.get_by_role("link", name="Открыть ещё раз").tap()
    await expect(desk.at("login")).to_be_visible()
    assert inspector.faults == []
