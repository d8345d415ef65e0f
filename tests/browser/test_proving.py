"""The way to Госуслуги and back in a real browser: from the chat in a window of its own, from the form, and the badge on the desk (ST-04)."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.stage import Stage
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.browser.test_form import FormPage, opened
from tests.house import Clerk, House, People
from tests.http.test_proving import Place, place_of
from tests.peers.esia import Person

pytestmark = pytest.mark.asyncio(loop_scope="session")

REFUSED = re.compile(r"status of 403 ")
"""A browser says so of the page that tells of a refusal."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    async with place_of(tmp_path_factory.mktemp("proving"), "regional") as place:
        yield place


@pytest.fixture(scope="module")
def house(place: Place) -> House:
    return place.house


@in_both_sizes
async def test_from_the_chat_and_back(stage: Stage, axe: str, crowd: People, admin: Clerk, size: str) -> None:
    # ST-04, GV-14
    clerk = await crowd.clerk(admin)
    citizen = await (await stage.citizen(**look(size))).greeted()
    await expect(citizen.page.get_by_role("button", name="Подтвердить через Госуслуги")).to_be_hidden()  # a robot tells nobody of his own cases
    await citizen.tell("позовите оператора")
    async with citizen.page.context.expect_page() as opening:
        await citizen.page.get_by_role("button", name="Подтвердить через Госуслуги").click()
    window = await opening.value
    await expect(window.get_by_role("heading", level=1)).to_have_text("Подтверждение личности")
    inspector = Inspector(axe, window)
    await inspector.look("what will be asked")
    await window.get_by_test_id("go-named").click()
    await expect(window.get_by_test_id("outcome")).to_have_text("Личность подтверждена")
    await inspector.look("done")
    await expect(citizen.page.get_by_role("button", name="Подтвердить через Госуслуги")).to_be_hidden()
    desk = await stage.signed_in(clerk.login, **look(size))
    await clerk.does("PUT", "/api/presence", {"presence": "ready"})
    await desk.accept()
    await expect(desk.at("proven")).to_contain_text("Госуслуги")
    await expect(desk.at("line-verified")).to_contain_text("Личность подтверждена через Госуслуги")
    if size == "narrow":
        await desk.at("details").click()
    await expect(desk.at("may-tell")).to_have_text("Можно рассказать: общие сведения, прошлые разговоры, ход и итог услуги, личные данные.")
    await expect(desk.at("address").filter(has_text="Учётная запись Госуслуг")).to_have_count(1)
    beside = Inspector(axe, desk.page)
    await beside.look("desk")
    assert inspector.faults + beside.faults == []
    await clerk.does("PUT", "/api/presence", {"presence": "offline"})


async def test_from_the_form_and_back(stage: Stage, axe: str, place: Place, admin: Clerk) -> None:
    # ST-04
    stage.pardon(REFUSED)
    form: FormPage = await opened(stage, **look("narrow"))
    await form.fill("Готов ли мой паспорт?")
    await form.send()
    inspector = Inspector(axe, form.page)
    await form.page.get_by_role("button", name="Подтвердить через Госуслуги").click()
    place.esia.person = Person(5, trusted=False)
    try:
        await form.page.get_by_test_id("go").click()
        await expect(form.page.get_by_test_id("outcome")).to_have_text("Учётная запись не подтверждена")
        await inspector.look("refused")
    finally:
        place.esia.person = Person(5)
    await form.page.get_by_test_id("back").click()
    await form.page.get_by_role("button", name="Подтвердить через Госуслуги").click()
    await form.page.get_by_test_id("go").click()
    await form.page.get_by_test_id("back").click()
    await expect(form.page.get_by_test_id("proof")).to_contain_text("Личность подтверждена через Госуслуги до")
    await inspector.look("proved")
    assert inspector.faults == []
