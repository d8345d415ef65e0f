"""One person at several addresses in the desk: a code asked for and typed in, the earlier contacts, the split, another desk beside."""

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.gateway import Gateway, house_with_gateway
from tests.house import Clerk, House, People
from tests.http.test_identity import CONFIG, telephone

WRONG = re.compile(r"status of 4(00|09) .*/identity/(code|confirm)$")
"""An address that is none and a wrong code, on purpose."""
pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Gateway]]:
    with house_with_gateway(tmp_path_factory.mktemp("identity"), CONFIG.replace("LEVEL", "regional")) as running:
        yield running


@pytest.fixture(scope="module")
def house(both: tuple[House, Gateway]) -> House:
    return both[0]


@in_both_sizes
async def test_joined_by_a_code_and_parted(
    stage: Stage, axe: str, crowd: People, admin: Clerk, both: tuple[House, Gateway], size: str,
) -> None:
    # CH-16, GV-14
    stage.pardon(WRONG)
    gateway, number = both[1], telephone()
    gateway.send(number, "Когда готов паспорт?")
    await gateway.answered(number)
    clerk, senior = await crowd.clerk(admin), await crowd.clerk(admin, "senior", ("other",))
    citizen = await crowd.citizen(name="Анна Волкова")
    await citizen.tell("Хочу узнать, готов ли паспорт")
    await citizen.tell("позовите оператора")
    await citizen.line.hear("state", holder="queue")
    desk = await stage.signed_in(clerk.login, **look(size))
    inspector = Inspector(axe, desk.page)
    await clerk.does("PUT", "/api/presence", {"presence": "ready"})
    await desk.accept()
    if size == "narrow":
        await desk.at("details").click()
    beside = await stage.signed_in(senior.login, **look("wide"))
    await beside.page.evaluate("(to) => { location.hash = to; }", f"#/inbox/held/{citizen.conversation}")
    await expect(beside.at("reason")).to_be_visible()
    asked = Inspector(axe, beside.page)
    await asked.look("reason")
    assert asked.faults == []
    await beside.say_why()
    await expect(beside.at("person")).to_contain_text("Других разговоров нет")
    await expect(beside.at("join")).to_have_count(0)

    # Asked for by keyboard alone; a wrong code is refused in words.
    await desk.at("join").focus()
    await desk.page.keyboard.press("Enter")
    await expect(desk.at("join-channel")).to_be_visible()
    await inspector.look("join")
    await desk.at("join-address").fill("почта")
    await desk.page.keyboard.press("Enter")
    await expect(desk.at("join-problem")).to_contain_text("Такого адреса в этом канале не бывает")
    await desk.at("join-address").fill(f"8 {number[2:5]} {number[5:]}")
    await desk.page.keyboard.press("Enter")
    await expect(desk.at("code-sent")).to_contain_text(number)
    await expect(desk.at("code")).to_be_focused()
    await expect(beside.at("awaited")).to_contain_text(number)
    digits = await gateway.code(number)
    await desk.at("code").fill("000000" if digits != "000000" else "111111")
    await desk.page.keyboard.press("Enter")
    await expect(desk.at("join-problem")).to_contain_text("Осталось попыток: 2")
    await inspector.look("wrong code")
    await desk.at("code").fill(digits)
    await desk.page.keyboard.press("Enter")
    await expect(desk.at("code")).to_have_count(0)
    for each in (desk, beside):
        await expect(each.at("address")).to_have_count(2)
        await expect(each.at("address").last).to_contain_text("код назван оператору")
        await expect(each.at("contact")).to_have_count(1)
    await inspector.look("joined")

    # The earlier contact is read, and nothing can be done there.
    await desk.at("contact").click()
    past = desk.at("past")
    await expect(past).to_contain_text("Когда готов паспорт?")
    await expect(past).to_contain_text("это видит только получатель")
    await expect(past).not_to_contain_text(digits)
    await expect(past.get_by_role("textbox")).to_have_count(0)
    await inspector.look("past")
    await desk.page.keyboard.press("Escape")
    await expect(past).to_have_count(0)

    await desk.at("split").click()
    await expect(desk.at("confirm-split")).to_be_disabled()
    await desk.at("split-why").fill("Номер сменил владельца")
    await inspector.look("split")
    await desk.at("confirm-split").click()
    for each in (desk, beside):
        await expect(each.at("address")).to_have_count(1)
        await expect(each.at("contact")).to_have_count(0)
    assert inspector.faults == []
    await clerk.does("PUT", "/api/presence", {"presence": "offline"})


async def test_the_citizen_writes_the_code_himself(stage: Stage, crowd: People, admin: Clerk, both: tuple[House, Gateway]) -> None:
    # CH-16
    gateway, number = both[1], telephone()
    clerk = await crowd.clerk(admin)
    citizen = await crowd.citizen(name="Анна Волкова")
    await citizen.tell("позовите оператора")
    await citizen.line.hear("state", holder="queue")
    desk = await stage.signed_in(clerk.login)
    await clerk.does("PUT", "/api/presence", {"presence": "ready"})
    await desk.accept()
    await desk.at("join").click()
    await desk.at("join-address").fill(number)
    await desk.at("send-code").click()
    await expect(desk.at("code")).to_be_visible()
    await citizen.tell(await gateway.code(number))
    await expect(desk.at("code")).to_have_count(0)
    await expect(desk.at("address").last).to_contain_text("код написал сам")
    await clerk.does("PUT", "/api/presence", {"presence": "offline"})
