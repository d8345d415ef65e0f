"""A telephone call at the desk: whom the operator asks, all together, and the senior who comes (CH-09, OC-05, MC-05)."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.stage import Desk, Stage
from tests.browser.test_accessibility import Inspector
from tests.house import House, house_in, people
from tests.peers.asterisk import Asterisk, asterisk
from tests.peers.scenarios import press, speak, wait
from tests.peers.sipp import Town, town

pytestmark = pytest.mark.asyncio(loop_scope="session")

CENTRE = """registry = "registry.toml"
centre = {{ code = "001", name = "Контакт-центр" }}
queues = [{{ id = "general", title = "Общие" }}]
topics = [{{ id = "other", title = "Другое" }}]
directory = [{{ title = "МФЦ Левобережного района", number = "+74732000000" }}]
[[channels]]
driver = "voice.asterisk"
settings = {{ password_file = "{base}/password", sounds = "{base}/sounds", recordings = "{base}/recordings", port = {ami}, listen_port = {hub} }}
"""


@pytest.fixture(scope="module")
def exchange() -> Iterator[Asterisk]:
    with asterisk() as running:
        for name in ("sounds", "recordings"):
            (running.base / name).mkdir()
        yield running


@pytest.fixture(scope="module")
def house(exchange: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("talks")
    config = folder / "centre.toml"
    (folder / "registry.toml").write_text((files("okno.demo") / "registry.toml").read_text(encoding="utf8"), encoding="utf8")
    config.write_text(CENTRE.format(base=exchange.base, ami=exchange.ami, hub=exchange.hub), encoding="utf8")
    with house_in(folder, config) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def around(exchange: Asterisk, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(exchange, tmp_path) as those:
        yield those


@asynccontextmanager
async def at_work(stage: Stage, house: House) -> AsyncIterator[dict[str, Desk]]:
    """op1 talks, op2 can be asked, op3 is their senior."""
    async with people(house) as crowd:
        admin = await crowd.admin()
        desks = {}
        for login, name, role in (("op1", "Анна", "operator"), ("op2", "Ольга", "operator"), ("op3", "Светлана", "senior")):
            body = {"login": login, "name": name, "role": role, "queues": ["general"]}
            opened = await admin.does("POST", "/api/operators", body)
            await crowd.stranger(login).sign_in(opened["one_time_password"])
            desks[login] = await stage.signed_in(login)
        yield desks


async def test_an_operator_asks_a_colleague_and_calls_a_senior(browser: Browser, house: House, around: Town, axe: str) -> None:
    # CH-09, OC-05, MC-05
    async with Stage(browser, house) as stage, at_work(stage, house) as desks:
        anna, olga, senior = desks.values()
        stage.pardon(re.compile(r"status of 409 .*/consult$"))
        for login in ("op1", "op2", "op3"):
            await around.answers(login)
        await anna.become("ready")
        await around.calls(wait(3), press("0"), speak(around.sound()), wait(120), number="79160000031", hangs_up=True)
        row = anna.row("916")
        await row.click()
        await expect(anna.at("consult")).to_be_visible()
        await expect(anna.at("hand-over")).to_have_count(0)

        await anna.page.keyboard.press("c")
        await expect(anna.page.locator("[data-test=consult-whom][data-id='number:+74732000000']")).to_be_visible()
        await anna.choose("consult-whom", "number:+78001000077")  # LV-08
        await expect(anna.at("consult-topic")).to_be_visible()
        await anna.page.emulate_media(reduced_motion="reduce")
        inspector = Inspector(axe, anna.page)
        await inspector.look("whom to ask")
        assert inspector.faults == []
        await anna.at("consult-at-once").check()
        await anna.at("confirm-consult").click()
        await expect(anna.page.get_by_text("Сначала укажите место")).to_be_visible()
        await anna.choose("consult-whom", "operator:op2")
        await expect(anna.at("consult-at-once")).to_have_count(0)
        await anna.at("confirm-consult").click()
        company = anna.at("company")
        await expect(company).to_have_attribute("data-company", "aside")
        await expect(company).to_contain_text("Ольга")
        await anna.at("together").click()
        await expect(company).to_have_attribute("data-company", "together")
        await expect(anna.timeline).to_contain_text("все говорят вместе")
        await anna.at("aside").click()
        await expect(company).to_have_attribute("data-company", "aside")
        await anna.at("back-to-citizen").click()
        await expect(company).to_have_count(0)
        await expect(anna.timeline).to_contain_text("оператор снова говорит с заявителем")

        await anna.at("senior").click()
        card = senior.at("senior-asked")
        await expect(card).to_contain_text("Анна")
        await expect(olga.at("senior-asked")).to_have_count(0)
        await card.get_by_test_id("come-listen").click()
        await expect(card).to_have_count(0)
        await expect(senior.at("ear-listen")).to_have_attribute("aria-pressed", "true")
        await expect(anna.at("listener")).to_have_text(re.compile("Слушает: Светлана"))
        await expect(anna.at("senior")).to_have_attribute("aria-pressed", "false")
        await senior.at("ear-whisper").click()
        await expect(anna.at("listener")).to_have_attribute("data-mode", "whisper")
        await senior.at("ear-off").click()
        await expect(anna.at("listener")).to_have_count(0)

        await anna.page.keyboard.press("Escape")
        await anna.at("close").click()
        await anna.choose("topic", "other")
        await anna.at("confirm-close").click()
        await expect(anna.row("916")).to_have_count(0)

