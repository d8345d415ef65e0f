"""A notice from a supervisor's desk to a citizen's telephone, and his refusal; the screen under axe."""

from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.gateway_hub import GatewayHub, gateway_hub, quiet_in_moscow
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")

MOSCOW, VLADIVOSTOK = "+74951234567", "+74232345678"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayHub]:
    with gateway_hub(tmp_path_factory.mktemp("carrying"), quiet_in_moscow()) as running:
        yield running


async def test_a_notice_is_sent_watched_and_refused(stage: Stage, house: GatewayHub, crowd: People, admin: Clerk) -> None:  # CH-15, CH-05
    desk = await stage.signed_in((await crowd.clerk(admin, "supervisor")).login)
    await desk.at("view-notices").click()
    await desk.at("add-notice").click()
    await desk.at("notice-address").fill("89161234567")
    await expect(desk.at("notice-preview")).to_contain_text("+79161234567")  # the hub says how numbers are written
    await desk.at("notice-address").fill("+7 (495) 123-45-67")
    await expect(desk.at("notice-preview")).to_contain_text("тихие часы")
    await desk.at("notice-urgent").check()
    await expect(desk.at("notice-preview")).to_have_text("Уйдёт сразу.")
    await desk.at("notice-urgent").uncheck()
    await desk.at("notice-text").fill("Запись перенесена")
    await desk.at("send-notice").click()
    await expect(desk.at("notice-state").last).to_have_attribute("data-state", "pending")
    await expect(desk.at("notice-due")).to_be_visible()
    await desk.at("add-notice").click()
    await desk.at("notice-address").fill(VLADIVOSTOK)
    await expect(desk.at("notice-preview")).to_have_text("Уйдёт сразу.")
    await desk.at("notice-text").fill("Ваши документы готовы")
    await desk.at("send-notice").click()
    await expect(desk.at("notice-state").last).to_have_attribute("data-state", "sent")  # told by the live line, without a reload
    await house.receives(VLADIVOSTOK, "Ваши документы готовы")
    await expect(desk.at("notice")).to_have_count(2)
    house.writes("stop", VLADIVOSTOK, "стоп")
    await house.receives(VLADIVOSTOK, "СТАРТ")
    await desk.at("add-notice").click()
    await desk.at("notice-address").fill(VLADIVOSTOK)
    await expect(desk.at("notice-preview")).to_contain_text("отказался")
    await desk.at("notice").filter(has_text="готовы").click()
    await desk.at("notice-conversation").click()
    await desk.say_why()
    await expect(desk.bubble("citizen", "стоп")).to_be_visible()
    await expect(desk.bubble("system", "Уведомления сюда больше не придут")).to_be_visible()


async def test_operators_do_not_see_it(stage: Stage, crowd: People, admin: Clerk) -> None:  # SE-01
    desk = await stage.signed_in((await crowd.clerk(admin, "operator")).login)
    await expect(desk.at("view-mine")).to_be_visible()
    await expect(desk.at("view-notices")).to_have_count(0)


@in_both_sizes
async def test_the_screen_under_axe(stage: Stage, axe: str, house: GatewayHub, crowd: People, admin: Clerk, size: str) -> None:  # GV-14
    boss = await crowd.clerk(admin, "supervisor")
    refuser = "+74232000002"
    house.writes(f"stop-{size}", refuser, "СТОП")
    await house.receives(refuser, "СТАРТ")
    for name, number in (("waits", MOSCOW), ("sent", VLADIVOSTOK), ("refused", refuser)):
        body = {"key": f"{size}-{name}", "channel": "sms.folder", "address": number, "text": f"Готово: {name}", "ground": "law"}
        await boss.does("POST", "/api/notices", body)
    desk = await stage.signed_in(boss.login, **look(size))
    inspector = Inspector(axe, desk.page)
    await desk.page.evaluate("() => { location.hash = '#/notices'; }")
    await expect(desk.at("notice").first).to_be_visible()
    await inspector.look("notices")
    for name, there in (("waits", "notice-due"), ("sent", "notice-words"), ("refused", "notice-why")):
        await desk.page.evaluate("(to) => { location.hash = to; }", f"#/notices/{size}-{name}")
        await expect(desk.at(there)).to_be_visible()
        await inspector.look(name)
    await desk.page.evaluate("() => { location.hash = '#/notices/+'; }")
    await desk.at("notice-address").fill(MOSCOW)
    await expect(desk.at("notice-preview")).to_contain_text("тихие часы")
    await inspector.look("form")
    await desk.at("notice-address").fill("8916")
    await expect(desk.at("notice-address")).to_have_attribute("aria-invalid", "true")
    await expect(desk.at("notice-preview")).to_contain_text("международной")
    await inspector.look("wrong number")
    assert inspector.faults == []
