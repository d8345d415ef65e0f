"""Two conversations of one citizen as one, at the desk: suggested, looked at before, done by keyboard, answered by either way, taken back."""

from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.gateway import Gateway, house_with_gateway
from tests.house import Clerk, House, People
from tests.http.test_identity import CONFIG, joined, telephone

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Gateway]]:
    with house_with_gateway(tmp_path_factory.mktemp("merging"), CONFIG.replace("LEVEL", "regional")) as running:
        yield running


@pytest.fixture(scope="module")
def house(both: tuple[House, Gateway]) -> House:
    return both[0]


@in_both_sizes
async def test_merged_answered_by_sms_and_taken_back(
    stage: Stage, axe: str, crowd: People, admin: Clerk, both: tuple[House, Gateway], size: str,
) -> None:
    # CH-05, CH-12, CH-16, GV-14
    gateway, number = both[1], telephone()
    clerk = await crowd.clerk(admin)
    citizen = await crowd.citizen(name="Анна Волкова")
    await citizen.tell("Хочу узнать, готов ли паспорт")
    await citizen.tell("позовите оператора")
    await citizen.line.hear("state", holder="queue")
    desk = await stage.signed_in(clerk.login, **look(size))
    inspector = Inspector(axe, desk.page)
    await clerk.does("PUT", "/api/presence", {"presence": "ready"})
    await desk.accept()
    await clerk.does("PUT", "/api/presence", {"presence": "break"})
    gateway.send(number, "позовите оператора")
    await gateway.answered(number)

    # Nothing to merge yet: he is told why, and what to do.
    await desk.page.keyboard.press("Escape")
    await desk.page.keyboard.press("u")
    await expect(desk.at("merge-none")).to_be_visible()
    await inspector.look("nothing to merge")
    await desk.page.keyboard.press("Escape")
    await joined(clerk, citizen, gateway, number)
    if size == "narrow":
        await desk.at("details").click()
    await expect(desk.at("also-open")).to_be_visible()
    await inspector.look("suggested")
    await desk.at("merge-suggested").focus()
    await desk.page.keyboard.press("Enter")
    await expect(desk.at("merge-kept")).to_contain_text("Чат на сайте")
    await expect(desk.at("merge-other")).to_contain_text("СМС")
    await expect(desk.at("merge-comes")).to_contain_text("Заявителю ничего не сообщается")
    await expect(desk.at("merged-lines")).to_contain_text("готов ли паспорт")
    await inspector.look("merge")
    await desk.at("confirm-merge").focus()
    await desk.page.keyboard.press("Enter")
    await expect(desk.at("merge-kept")).to_have_count(0)
    await expect(desk.at("merged")).to_contain_text("СМС")
    if size == "narrow":
        await desk.at("close-details").click()
    await expect(desk.at("whence").first).to_be_visible()

    # What he sends by the other way stands here at once, and the answer goes there.
    gateway.send(number, "Я ещё и по SMS")
    await expect(desk.at("timeline")).to_contain_text("Я ещё и по SMS")
    await desk.at("reply-via").select_option(index=1)
    await desk.at("words").fill("Паспорт готов")
    await desk.page.keyboard.press("Control+Enter")
    assert "Паспорт готов" in await gateway.seen(number, "Паспорт готов")
    await inspector.look("merged")

    if size == "narrow":
        await desk.at("details").click()
    await desk.at("part").click()
    await expect(desk.at("merged")).to_have_count(0)
    await expect(desk.at("timeline")).not_to_contain_text("Я ещё и по SMS")
    assert inspector.faults == []
    await clerk.does("PUT", "/api/presence", {"presence": "offline"})
