"""Reloads, a lost network, a hub that restarts or dies: nothing written is lost, nothing comes twice."""

import asyncio
import re

import pytest
from playwright.async_api import expect

from tests.browser.stage import LINE_DOWN, CitizenPage, Desk, Stage
from tests.house import House

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUESTION, LATE = "Как получить СНИЛС?", "Это написано без связи"
LAST = "Где узнать свой ИНН?"
"""The robot knows the answer: of two questions in a row that it does not understand the second goes to a person."""
GONE_AWAY = re.compile(r"status of 50\d ")
"""A hub that is stopping says so."""


async def asked(stage: Stage) -> CitizenPage:
    citizen = await (await stage.citizen()).greeted()
    await citizen.tell(QUESTION)
    await expect(citizen.messages).to_have_count(3)
    return citizen


async def served(stage: Stage, desk: Desk) -> CitizenPage:
    """A citizen whose conversation is open on the desk."""
    citizen = await asked(stage)
    await citizen.tell("позовите оператора")
    await desk.become("ready")
    await desk.accept()
    await expect(citizen.state).to_have_text(f"Отвечает оператор {desk.name}")
    return citizen


async def delivered_once(citizen: CitizenPage, text: str) -> None:
    """On the page as it is, and on one that knows nothing but what the hub has stored."""
    await expect(citizen.said(text).locator(".mark")).to_have_attribute("data-state", re.compile("stored|read"))
    await expect(citizen.said(text)).to_have_count(1)
    shown = await citizen.texts()
    await citizen.page.reload()
    await expect(citizen.messages).to_have_count(len(shown))
    assert await citizen.texts() == shown


async def test_reload_keeps_history(stage: Stage) -> None:  # CH-04 CH-12
    citizen = await asked(stage)
    before, number = await citizen.texts(), await citizen.number.inner_text()
    for _ in range(2):
        await citizen.page.reload()
        await expect(citizen.number).to_have_text(number)
        await expect(citizen.messages).to_have_count(len(before))
    assert await citizen.texts() == before
    await citizen.tell("Спасибо")
    await expect(citizen.messages).to_have_count(len(before) + 2)


async def test_written_without_network(stage: Stage) -> None:  # CH-06
    stage.pardon(LINE_DOWN)
    citizen = await asked(stage)
    await citizen.page.context.set_offline(True)
    await citizen.say(LATE)
    await expect(citizen.said(LATE).locator(".mark")).to_have_attribute("data-state", "waiting")
    await expect(citizen.page.get_by_text("Нет связи. Ваши сообщения сохранены")).to_be_visible()
    await citizen.page.context.set_offline(False)
    await expect(citizen.messages).to_have_count(5)  # and the robot has answered
    await expect(citizen.page.get_by_text("Нет связи")).to_have_count(0)
    await delivered_once(citizen, LATE)


async def test_page_closed_with_a_message_waiting(stage: Stage) -> None:  # CH-06
    stage.pardon(LINE_DOWN)
    citizen = await asked(stage)
    await citizen.page.context.set_offline(True)
    await citizen.say(LATE)
    await expect(citizen.said(LATE).locator(".mark")).to_have_attribute("data-state", "waiting")
    again = CitizenPage(await citizen.page.context.new_page())
    await citizen.page.close()
    await again.page.context.set_offline(False)
    await again.page.goto(f"{stage.house.base}/")
    await expect(again.messages).to_have_count(5)
    await delivered_once(again, LATE)


async def test_two_tabs_of_one_citizen(stage: Stage) -> None:  # CH-16
    citizen = await asked(stage)
    other = CitizenPage(await citizen.page.context.new_page())
    await other.page.goto(f"{stage.house.base}/")
    await expect(other.messages).to_have_count(3)
    await other.tell("Из второй вкладки")
    await expect(citizen.messages).to_have_count(5)
    await expect(other.messages).to_have_count(5)
    assert await citizen.texts() == await other.texts()


@pytest.mark.smoke
@pytest.mark.parametrize("dies", [False, True], ids=["restart", "kill"])
async def test_hub_goes_with_a_message_waiting(stage: Stage, hub: House, *, dies: bool) -> None:  # CH-06
    stage.pardon(LINE_DOWN, GONE_AWAY)
    citizen = await asked(stage)
    if dies:
        await citizen.say(LAST)
        await asyncio.to_thread(hub.kill)
    else:
        assert await asyncio.to_thread(hub.stop) == 0
    await citizen.say(LATE)
    await expect(citizen.said(LATE).locator(".mark")).to_have_attribute("data-state", "waiting")
    await asyncio.to_thread(hub.start)
    await expect(citizen.state).to_have_text("Отвечает робот")
    await expect(citizen.said(LATE).locator(".mark")).to_have_attribute("data-state", "stored")
    await expect(citizen.messages).to_have_count(7 if dies else 5)
    await delivered_once(citizen, LATE)
    if dies:
        await delivered_once(citizen, LAST)


@pytest.mark.parametrize("dies", [False, True], ids=["restart", "kill"])
async def test_desk_with_a_reply_waiting(stage: Stage, hub: House, desk: Desk, *, dies: bool) -> None:  # CH-06 CH-09
    stage.pardon(LINE_DOWN, GONE_AWAY)
    citizen = await served(stage, desk)
    await asyncio.to_thread(hub.kill if dies else hub.stop)
    await desk.send("Отвечаю без связи")
    await expect(desk.at("unsent")).to_contain_text("Отвечаю без связи")
    await expect(desk.at("disconnected")).to_contain_text("1 сообщение уйдёт")
    await asyncio.to_thread(hub.start)
    await expect(desk.bubble("operator", "Отвечаю без связи")).to_have_count(1)
    await expect(desk.at("unsent")).to_have_count(0)
    await expect(desk.at("disconnected")).to_have_count(0)
    await expect(desk.at("presence")).to_have_attribute("data-presence", "ready")  # as the operator left it
    await expect(citizen.said("Отвечаю без связи")).to_have_count(1)
    await expect(citizen.state).to_have_text(f"Отвечает оператор {desk.name}")
    await desk.page.reload()
    await expect(desk.bubble("operator", "Отвечаю без связи")).to_have_count(1)
    await expect(desk.bubble("citizen", QUESTION)).to_have_count(1)


@pytest.mark.smoke
async def test_drafts_survive_reload(stage: Stage, desk: Desk) -> None:  # CH-04
    citizen = await served(stage, desk)
    await desk.words.fill("Недописанный ответ")
    await desk.at("note-tab").click()
    await desk.words.fill("Недописанная заметка")
    await desk.page.reload()
    await expect(desk.words).to_have_value("Недописанный ответ")
    await desk.at("note-tab").click()
    await expect(desk.words).to_have_value("Недописанная заметка")
    await expect(citizen.said("Недописанн")).to_have_count(0)
    await citizen.field.fill("Недописанный вопрос")
    await citizen.page.reload()
    await expect(citizen.field).to_have_value("Недописанный вопрос")
    await expect(citizen.said("Недописанн")).to_have_count(0)


async def test_embedded_in_another_site(stage: Stage, site: str) -> None:  # CH-04
    citizen = await stage.citizen(site)
    launcher = citizen.page.get_by_test_id("open")
    await expect(launcher).to_be_visible()
    await expect(citizen.log).to_be_hidden()
    await launcher.click()
    await citizen.greeted()
    await citizen.tell(QUESTION)
    await expect(citizen.log.locator(".source")).to_be_visible()
    await citizen.page.keyboard.press("Escape")
    await expect(citizen.log).to_be_hidden()
    await citizen.page.reload()
    await launcher.click()
    await expect(citizen.messages).to_have_count(3)
    await citizen.tell("Спасибо")
    await expect(citizen.messages).to_have_count(5)


async def test_answer_finds_a_closed_widget(stage: Stage, site: str, desk: Desk) -> None:  # CH-04
    citizen = await stage.citizen(site)
    launcher = citizen.page.get_by_test_id("open")
    await launcher.click()
    await citizen.greeted()
    await citizen.tell("позовите оператора")
    await expect(citizen.messages.filter(has_text="Номер обращения")).to_be_visible()
    await expect(citizen.messages.last).to_contain_text("Сейчас на линии нет операторов")
    await citizen.read_all()
    await citizen.page.keyboard.press("Escape")
    await desk.become("ready")
    await desk.accept()
    await desk.send("Слушаю вас")
    await expect(launcher.locator(".badge")).to_have_text("1")
    await expect(desk.bubble("operator", "Слушаю вас").get_by_test_id("sent")).to_have_count(1)
    await launcher.click()
    await expect(citizen.messages.last).to_contain_text("Слушаю вас")
    await expect(desk.bubble("operator", "Слушаю вас").get_by_test_id("seen")).to_have_count(1)
