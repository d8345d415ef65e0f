"""What other systems and the centre tell each other, at the desk: the catalogue, events, cases that are handed in (KB-03, IN-01, IN-03)."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.async_api import FilePayload, expect

from hub.knowledge.catalogue.formats import write_file
from hub.knowledge.catalogue.toml_format import Catalogue
from okno.demo.departments import Departments
from okno.demo.portals import PortalServer
from tests.browser.conftest import QUEUES
from tests.browser.screens import pictured
from tests.browser.stage import Stage
from tests.browser.test_accessibility import Inspector, look
from tests.channels.test_open311 import Program, key_of
from tests.house import Clerk, House, People, house_in
from tests.knowledge.cards import GIBDD
from tests.peers.listener import Listener

pytestmark = pytest.mark.asyncio(loop_scope="session")

SERVICE = "foreign-passport-10"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


PORTAL, DEPARTMENTS = free_port(), free_port()
OTHERS = f"""
[[portals]]
id = "region"
title = "Портал области"
settings = {{ url = "http://127.0.0.1:{PORTAL}" }}

[[systems]]
id = "roads"
title = "Дорожная служба"
contract = {{ version = "1.0", owner = "Начальник дорожной службы" }}
settings = {{ url = "http://127.0.0.1:{DEPARTMENTS}" }}
"""


@contextmanager
def joined_to(folder: Path, others: str) -> Iterator[House]:
    """The demonstration with other systems, which it may also tell of events, and Open311."""
    config = folder / "okno.toml"
    demo = (files("okno.demo") / "okno.toml").read_text("utf8").replace('registry = "demo"', "")
    config.write_text(f'open311 = {{ on = true }}\nevents = {{ inside = ["127.0.0.0/8"] }}\n{demo}\n{others}', "utf8")
    with house_in(folder, config) as running:
        yield running


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with joined_to(tmp_path_factory.mktemp("exchange"), OTHERS) as running:
        yield running


def csv(text: str) -> FilePayload:
    return {"name": "реестр.csv", "mimeType": "text/csv", "buffer": text.encode()}


async def test_a_file_is_looked_at_chosen_from_taken_and_taken_back(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:
    # KB-03
    reader = await stage.signed_in((await crowd.clerk(admin)).login)
    await reader.page.goto(f"{stage.house.base}/desk/#/handbook/exchange")
    await expect(reader.at("card").first).to_be_visible()
    await expect(reader.at("handbook-exchange")).to_have_count(0)
    stage.pardon(re.compile(r"status of 400 .*/api/catalogue/look$"))
    desk = await stage.signed_in((await crowd.clerk(admin, "designer")).login, **look("wide"))
    inspector = Inspector(axe, desk.page)
    await desk.at("view-handbook").click()
    await desk.at("handbook-exchange").click()
    await expect(desk.at("exchange")).to_be_visible()
    await inspector.look("nothing chosen")
    await desk.at("exchange-source").fill("Реестр области")
    await desk.at("exchange-file").set_input_files(csv("kind,id,fee.rubles\nservice,foreign-passport-10,=1\n"))
    await expect(desk.page.get_by_text("строка 2")).to_be_visible()  # which line, and what is wrong with it
    await desk.at("exchange-file").set_input_files(csv(
        "kind,id,fee.rubles,name,branch\nauthority,fish,,Рыбнадзор,executive\nauthority,wood,,Лесхоз,executive\n"))
    await expect(desk.at("difference")).to_have_count(2)
    await expect(desk.at("summary")).to_contain_text("новых: 2")
    await desk.page.locator('[data-test="difference"][data-id="wood"]').get_by_test_id("choose").uncheck()
    await inspector.look("preview")
    await pictured(desk, "exchange-preview")
    await desk.at("take").click()
    await expect(desk.at("taken")).to_contain_text("Создан 1 черновик")
    await expect(desk.at("import")).to_contain_text("Реестр области")
    await inspector.look("taken")
    await desk.at("handbook-authorities").click()
    await desk.page.get_by_role("searchbox", name="Найти в справочнике").fill("Рыбнадзор")
    await expect(desk.page.locator('[data-test="card"][data-id="fish"]')).to_contain_text("Черновик")
    await desk.at("handbook-exchange").click()
    await desk.at("undo-import").click()
    await desk.at("confirm").click()
    await expect(desk.at("import")).to_contain_text("отменена")
    async with desk.page.expect_download() as brought:
        await desk.at("export-csv").click()
    exported = Path(await (await brought.value).path()).read_text("utf8")
    assert SERVICE in exported
    assert "Рыбнадзор" not in exported
    assert inspector.faults == []


async def test_a_portals_register_is_looked_at_and_taken(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:
    # KB-04, IN-01
    desk = await stage.signed_in((await crowd.clerk(admin, "designer")).login, **look("narrow"))
    inspector = Inspector(axe, desk.page)
    async with PortalServer(write_file(".jsonld", Catalogue((GIBDD,), (), ())), PORTAL):
        await desk.page.goto(f"{stage.house.base}/desk/#/handbook/exchange")
        await desk.at("pull").click()
        await expect(desk.at("difference")).to_have_count(1)
        await inspector.look("register")
        await pictured(desk, "exchange-narrow")
        await desk.at("take").click()
        await expect(desk.at("taken")).to_be_visible()
        await desk.page.get_by_role("link", name="Назад").click()
        await expect(desk.at("portal")).to_contain_text("загружен полностью")
        await desk.at("pull").click()
        await expect(desk.page.get_by_text("не менялся")).to_be_visible()
        await desk.at("pull").click()
        await expect(desk.at("preview")).to_contain_text("Ничего нового")
    assert inspector.faults == []


async def test_a_subscription_from_its_secret_to_the_last_event_that_was_not_taken(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:
    # IN-01
    stage.pardon(re.compile(r"status of 409 .*/api/subscriptions/streets/(test|events/send)$"))
    desk = await stage.signed_in((await crowd.clerk(admin, "admin")).login, **look("wide"))
    inspector = Inspector(axe, desk.page)
    await desk.at("view-systems").click()
    await desk.at("add-subscription").click()
    async with Listener() as listener:
        await desk.at("subscription-key").fill("streets")
        await desk.at("subscription-title").fill("Улицы")
        await desk.at("subscription-url").fill(listener.url)
        await inspector.look("subscribing")
        await desk.at("save-subscription").click()
        listener.secret = await desk.at("secret").input_value()
        await desk.at("secret-done").click()
        await desk.at("test-subscription").click()
        await listener.wait(lambda: listener.types == ["test"])
        listener.moods = [422, 422, 422]
        number = await Program(crowd.http, stage.house.base, await key_of(admin, "streets")).hands_in()
        await desk.at("failed-events").click()
        await expect(desk.at("event")).to_contain_text(number)
        await inspector.look("not taken")
        await desk.at("send-failed").click()
        await expect(desk.page.get_by_text("Не доставлено")).to_be_visible()
        listener.moods.clear()
        await desk.at("send-event").click()
        await expect(desk.at("event")).to_have_count(0)
        await desk.at("events-state").select_option("")
        await expect(desk.at("event")).to_have_attribute("data-state", "taken")
        await inspector.look("log of events")
        await pictured(desk, "events")
        await desk.at("period-since").fill("2026-01-01T00:00")
        await desk.at("period-until").fill("2096-01-01T00:00")
        await desk.at("send-period").click()
        await listener.wait(lambda: len(listener.got) == 3)
        async with desk.page.expect_download() as brought:
            await desk.at("events-csv").click()
        assert number in Path(await (await brought.value).path()).read_text("utf-8-sig")
        await desk.page.keyboard.press("Escape")
        await desk.at("edit-subscription").click()
        await desk.at("subscription-title").fill("Улицы и дворы")
        await desk.at("save-subscription").click()
        await expect(desk.at("subscription")).to_contain_text("Улицы и дворы")
        await inspector.look("subscribed")
        await pictured(desk, "systems")
        await desk.at("replay-subscription").click()
        await desk.at("replay-since").fill("2026-01-01T00:00")
        await desk.at("replay-go").click()
        await listener.wait(lambda: len(listener.got) == 4)
        await desk.at("drop-subscription").click()
        await desk.at("confirm").click()
        await expect(desk.at("subscription")).to_have_count(0)
    assert inspector.faults == []


async def test_a_case_is_handed_in_and_a_system_that_is_away_is_told_of(stage: Stage, crowd: People, admin: Clerk, axe: str) -> None:
    # IN-03, IN-04
    stage.pardon(re.compile(r"status of 503 .*/api/(systems/roads/check|cases/[^/]+/submit)$"))
    number = await Program(crowd.http, stage.house.base, await key_of(admin, "yards")).hands_in()
    desk = await stage.signed_in((await crowd.clerk(admin, "admin", QUEUES)).login, **look("narrow"))
    inspector = Inspector(axe, desk.page)
    await desk.page.goto(f"{stage.house.base}/desk/#/cases/{number}")
    await desk.at("act-take").click()
    await desk.at("hand-in-to").select_option(label="Дорожная служба")
    await desk.at("hand-in").click()
    await expect(desk.page.get_by_text("сейчас не отвечает").first).to_be_visible()
    await expect(desk.at("hand-in")).to_be_visible()  # nothing is changed
    await desk.page.goto(f"{stage.house.base}/desk/#/systems")
    await expect(desk.at("submission")).to_contain_text("не принято")
    await inspector.look("not handed in")
    async with Departments(DEPARTMENTS):
        await desk.at("hand-in-again").click()
        await expect(desk.at("submission")).to_contain_text("Принято под №")
        await desk.at("submission").get_by_role("link").click()
        await expect(desk.at("case-step").last).to_contain_text("Принято под №")
        await desk.page.goto(f"{stage.house.base}/desk/#/systems")
        await desk.at("check-system").click()
        await expect(desk.at("system-state")).to_contain_text("отвечает")
        await expect(desk.at("system-month")).to_contain_text("без ответа: 1")
        await inspector.look("systems")
        await pictured(desk, "systems-narrow")
    await desk.at("check-system").click()
    await expect(desk.at("system-state")).to_contain_text("не отвечает")
    supervisor = await stage.signed_in((await crowd.clerk(admin, "supervisor")).login)
    await supervisor.at("view-systems").click()
    await expect(supervisor.at("system")).to_have_count(1)
    await expect(supervisor.at("subscriptions")).to_have_count(0)
    assert inspector.faults == []
