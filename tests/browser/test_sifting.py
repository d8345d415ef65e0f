"""A leader blocks a sender, sees what lies aside, gives it on, and takes the block back; the screen under axe (SE-02)."""

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from tests.browser.screens import draw
from tests.browser.stage import Stage
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.gateway_hub import GatewayHub, gateway_hub, quiet_in_moscow
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPAMMER, OTHER = "+79001234567", "+79007654321"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayHub]:
    with gateway_hub(tmp_path_factory.mktemp("carrying"), quiet_in_moscow()) as running:
        yield running


async def test_a_sender_is_blocked_and_nothing_of_his_is_lost(stage: Stage, house: GatewayHub, crowd: People, admin: Clerk) -> None:
    # SE-02
    stage.pardon(re.compile("400 .Bad Request.*/api/blocks"))  # a pattern that fits a whole country
    house.writes("before", SPAMMER, "Купите слона")
    await house.receives(SPAMMER, "робот")
    desk = await stage.signed_in((await crowd.clerk(admin, "supervisor")).login)
    await desk.at("view-sifting").click()
    await desk.at("add-block").click()
    await desk.at("block-pattern").fill("+7900123*")
    await desk.at("block-look").click()
    await expect(desk.at("block-affected")).to_have_text("За 30 дней: отправителей 1, разговоров 1.")
    await desk.at("block-pattern").fill("+7*")
    await desk.at("block-reason").fill("реклама")
    await desk.at("save-block").click()
    await expect(desk.page.get_by_role("alert").filter(has_text="Номер нужен целиком")).to_be_visible()
    await desk.at("block-pattern").fill("+7900123*")
    await desk.at("save-block").click()
    await expect(desk.at("block-state")).to_have_text("действует")
    house.writes("spam", SPAMMER, "Купите двух слонов")
    await house.receives(SPAMMER, "сейчас не принимаются")
    await expect(desk.at("pile")).to_contain_text(SPAMMER)
    await expect(desk.at("pile")).to_have_attribute("data-cause", "blocked")
    await draw(desk.page, "sifting")
    await desk.at("release").click()
    await expect(desk.at("pile")).to_have_count(0)
    await desk.at("view-waiting").click()
    await expect(desk.row("слонов")).to_be_visible()
    await desk.at("view-sifting").click()
    await desk.at("turn-block").click()
    await expect(desk.at("block-state")).to_have_text("снята")
    await desk.at("turn-block").click()
    await expect(desk.at("block-state")).to_have_text("действует")
    await desk.at("turn-block").click()
    await desk.at("view-channels").click()
    await expect(desk.at("channel").filter(has_text="sms.folder").get_by_test_id("channel-held")).to_contain_text("блокировки 1")
    await draw(desk.page, "channels")


async def test_all_of_a_pile_are_answered(stage: Stage, house: GatewayHub, crowd: People, admin: Clerk) -> None:
    # SE-02
    boss = await crowd.clerk(admin, "supervisor")
    await boss.does("POST", "/api/blocks", {"family": "sms", "pattern": OTHER, "reason": "проверка", "effect": "set_aside", "days": 1})
    house.writes("other", OTHER, "Когда вы работаете?")
    desk = await stage.signed_in(boss.login)
    await desk.at("view-sifting").click()
    row = desk.at("pile").filter(has_text=OTHER)
    await row.get_by_test_id("answer").click()
    await desk.at("pile-text").fill("Работаем круглосуточно.")
    await desk.at("pile-go").click()
    await house.receives(OTHER, "Работаем круглосуточно.")
    await expect(row).to_have_count(0)


async def test_operators_do_not_see_it(stage: Stage, crowd: People, admin: Clerk) -> None:  # SE-01
    desk = await stage.signed_in((await crowd.clerk(admin, "senior")).login)
    await expect(desk.at("view-channels")).to_be_visible()
    await expect(desk.at("view-sifting")).to_have_count(0)


@in_both_sizes
async def test_the_screen_under_axe(stage: Stage, axe: str, house: GatewayHub, crowd: People, admin: Clerk, size: str) -> None:  # GV-14
    boss, number = await crowd.clerk(admin, "supervisor"), "+79005550000" if size == "wide" else "+79005550001"
    await boss.does("POST", "/api/blocks", {"family": "sms", "pattern": number, "reason": "реклама по ночам", "days": 7})
    house.writes(f"axe-{size}", number, "Купите слона. " * 20)
    await house.receives(number, "сейчас не принимаются")
    desk = await stage.signed_in(boss.login, **look(size))
    inspector = Inspector(axe, desk.page)
    await desk.page.evaluate("() => { location.hash = '#/sifting'; }")
    await expect(desk.at("pile").first).to_be_visible()
    await inspector.look("sifting")
    await draw(desk.page, f"sifting-{size}")
    await desk.at("add-block").click()
    await expect(desk.at("save-block")).to_be_visible()
    await inspector.look("a block")
    await draw(desk.page, f"block-{size}")
    assert inspector.faults == []
