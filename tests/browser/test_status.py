"""How an application stands, told beside a conversation; representatives and code words at the desk and on the page of own data; under axe."""

import re
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from okno.demo.departments import NAME, Departments
from tests.browser.stage import Stage, waiting
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.browser.test_form import UNKNOWN, opened
from tests.house import Clerk, House, People, house_in
from tests.journeys.test_status import NUMBER, SNILS, asking
from tests.rig import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")
REFUSED = re.compile(r"status of (409|503) .*/status$")
"""What is not told, and a system that is away: the desk says so in words."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ministry() -> AsyncIterator[Departments]:
    async with Departments() as running:
        yield running


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, ministry: Departments) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("status")
    config = asking(folder, ministry.url)
    config.write_text(config.read_text("utf8").replace('driver = "web.chat"', 'driver = "web.chat"\n\n[[channels]]\ndriver = "web.form"'), "utf8")
    with house_in(folder, config) as running:
        yield running


@in_both_sizes
async def test_how_an_application_stands_beside_the_conversation(stage: Stage, crowd: People, admin: Clerk, ministry: Departments,
                                                                axe: str, size: str) -> None:
    # ST-01…ST-04, GV-14
    stage.pardon(REFUSED)
    citizen = (await waiting(crowd, "Как там моё заявление?"))[0]
    clerk = await crowd.clerk(admin)
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
    desk = await stage.signed_in(clerk.login, **look(size))
    inspector = Inspector(axe, desk.page)
    await desk.page.goto(f"{stage.house.base}/desk/#/inbox/mine/{citizen.conversation}")
    if size == "narrow":
        await desk.at("details").click()
    await expect(desk.at("status-proven")).to_have_text("Кодового слова с его номером нет")

    # Nothing without a proof; a wrong one says what a number that is none says.
    await desk.at("ask-status").click()
    await desk.at("status-number").fill(NUMBER)
    await desk.at("status-name").fill("")
    await expect(desk.at("status-go")).to_be_disabled()
    await inspector.look("asking")
    await desk.at("status-snils").fill(SNILS)
    await desk.at("status-name").fill("Другая Анна")
    await desk.at("status-go").click()
    await expect(desk.at("status-problem")).to_contain_text("ничего сообщить нельзя")
    await inspector.look("not told")
    await desk.at("status-name").fill(NAME)
    await desk.at("status-number").fill("2026-0002")
    await desk.at("status-go").click()
    await expect(desk.at("status-told")).to_contain_text("Выписка из ЕГРН")
    await expect(desk.at("status-withheld")).to_contain_text("Результат")
    await inspector.look("told")
    # The system is away: it is said so, and a call can be promised.
    ministry.moods = [503]
    await desk.at("status-go").click()
    await expect(desk.at("status-promise")).to_be_visible()
    await inspector.look("away")
    await desk.page.keyboard.press("Escape")

    # Nothing of the code word can be seen afterwards; who acts for whom can, and is ended.
    await desk.at("code-word").click()
    await desk.at("word-number").fill("+7 916 123-45-67")
    await desk.at("word-snils").fill(SNILS)
    await desk.at("word-word").fill("ромашка")
    await desk.page.locator("#word-shown").fill("паспорт")
    await inspector.look("a code word")
    await desk.at("word-go").click()
    await expect(desk.page.get_by_text("Кодовое слово записано")).to_be_visible()
    await desk.at("power").click()
    await desk.at("power-snils").fill(SNILS)
    await desk.at("power-shown").fill("доверенность")
    await desk.at("power-until").fill("2031-12-31")
    await inspector.look("a power")
    await desk.at("power-go").click()
    await expect(desk.at("voucher")).to_contain_text("доверенность, по 31 дек. 2031")
    await expect(desk.at("voucher")).to_contain_text("Operator")
    await inspector.look("who acts for whom")
    await desk.at("voucher-end").click()
    await inspector.look("ending a power")
    await desk.at("confirm").click()
    await expect(desk.at("voucher")).to_have_count(0)
    assert inspector.faults == []


@in_both_sizes
async def test_on_his_page_a_representative_ends_his_power(stage: Stage, crowd: People, admin: Clerk, axe: str, size: str) -> None:
    # ST-03, SE-03, GV-14
    form = await opened(stage, **look(size))
    page, inspector = form.page, Inspector(axe, form.page)
    await form.fill(UNKNOWN)
    await form.send()
    number, conversation = str(await form.number.text_content()), ""

    async def waits() -> bool:
        nonlocal conversation
        found = (await admin.does("GET", "/api/inbox?view=waiting"))["conversations"]
        conversation = next((each["id"] for each in found if each["number"] in number), "")
        return bool(conversation)

    await eventually(waits)
    clerk = await crowd.clerk(admin)
    await clerk.does("POST", f"/api/conversations/{conversation}/take")
    await clerk.does("POST", f"/api/conversations/{conversation}/status/powers", {"snils": SNILS, "shown": "доверенность", "until": "2031-12-31"})
    await page.get_by_role("link", name="Мои данные").click()
    await expect(page.get_by_test_id("power")).to_contain_text("Вы спрашиваете за другого: доверенность, по 31.12.2031")
    await inspector.look("a power on the page of own data")
    await page.get_by_role("button", name="Прекратить полномочия").click()
    await expect(page.get_by_test_id("power")).to_have_count(0)
    assert [audit_entry["by"] for audit_entry in await admin.does("GET", "/api/audit") if audit_entry["what"] == "power_ended" and audit_entry["about"] == conversation] == [""]
    assert inspector.faults == []
