"""A citizen ends the chat in his page, is asked once, is told how to come back, and does."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.stage import CitizenPage, Desk, Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUEUED = re.compile(r"^Вы \d+-й в очереди$")


async def in_line(stage: Stage) -> CitizenPage:
    citizen = await (await stage.citizen()).greeted()
    await expect(citizen.page.get_by_test_id("end")).to_be_hidden()  # with the robot there is nothing to end
    await citizen.tell("позовите оператора")
    await expect(citizen.state).to_have_text(QUEUED)
    return citizen


async def leave(citizen: CitizenPage) -> None:
    await citizen.page.get_by_test_id("end").click()
    await citizen.page.get_by_test_id("leave").click()
    await expect(citizen.state).to_have_text("Вы завершили разговор")
    await expect(citizen.page.get_by_test_id("end")).to_be_hidden()


async def test_who_leaves_the_line_is_asked_and_has_his_place_when_he_comes_back(stage: Stage, desk: Desk) -> None:  # CH-14
    citizen = await in_line(stage)
    end, stay = citizen.page.get_by_test_id("end"), citizen.page.get_by_test_id("stay")
    await end.click()
    await expect(citizen.page.get_by_text("Выйти из очереди?")).to_be_visible()
    await expect(stay).to_be_focused()
    await stay.click()
    await expect(stay).to_be_hidden()
    await expect(end).to_be_focused()
    await end.press("Enter")
    await expect(stay).to_be_focused()
    await citizen.page.keyboard.press("Escape")
    await expect(stay).to_be_hidden()
    await expect(citizen.state).to_have_text(QUEUED)
    await leave(citizen)
    await expect(citizen.log).to_be_focused()
    told = citizen.page.locator("okno-chat .closed")
    await expect(told).to_have_text(re.compile(r"^Вы вышли из очереди\. До \d\d:\d\d ваше место сохранится: чтобы вернуться, просто напишите\.$"))
    await citizen.page.reload()
    await expect(told).to_be_visible()
    await citizen.tell("я передумал")
    await expect(citizen.state).to_have_text(QUEUED)
    await expect(citizen.said("ваше место сохранено")).to_be_visible()
    await expect(told).to_be_hidden()
    await desk.at("view-waiting").click()
    await desk.row("я передумал").click()
    lines = desk.at("line-handed_over")
    await expect(lines.filter(has_text="заявитель ушёл")).to_have_count(1)
    await expect(lines.last).to_contain_text("заявитель вернулся")


async def test_who_leaves_a_talk_leaves_it_to_the_operator(stage: Stage, desk: Desk) -> None:  # CH-14
    citizen = await in_line(stage)
    await desk.become("ready")
    await desk.accept()
    await expect(citizen.state).to_have_text(f"Отвечает оператор {desk.name}")
    await citizen.page.get_by_test_id("end").click()
    await expect(citizen.page.get_by_text("Завершить разговор?")).to_be_visible()
    await citizen.page.get_by_test_id("leave").click()
    await expect(desk.bubble("note", "Заявитель завершил разговор.")).to_have_count(1)
    await expect(citizen.state).to_have_text("Вы завершили разговор")
    await expect(citizen.page.get_by_text("Если вопрос остался, просто напишите.")).to_be_visible()
    await expect(citizen.said("Заявитель завершил разговор.")).to_have_count(0)
    await citizen.tell("ещё одно")
    await expect(citizen.state).to_have_text(f"Отвечает оператор {desk.name}")
    await leave(citizen)
    await desk.at("close").click()
    await desk.choose("topic", "other")
    await desk.at("confirm-close").click()
    await expect(citizen.state).to_have_text("Обращение закрыто")


async def test_the_question_goes_with_its_reason(stage: Stage, desk: Desk, site: str) -> None:  # CH-14
    """Somebody else's site, on a phone: Escape takes back the question and leaves the chat open."""
    citizen = await stage.citizen(site, viewport={"width": 360, "height": 640})
    await citizen.page.get_by_test_id("open").click()
    await citizen.greeted()
    await citizen.tell("позовите оператора")
    await expect(citizen.state).to_have_text(QUEUED)
    end, stay = citizen.page.get_by_test_id("end"), citizen.page.get_by_test_id("stay")
    await end.click()
    await citizen.page.keyboard.press("Escape")
    await expect(stay).to_be_hidden()
    await expect(citizen.log).to_be_visible()
    await end.click()
    await desk.become("ready")
    await desk.accept()
    await expect(citizen.page.get_by_text("Завершить разговор?")).to_be_visible()
    await desk.at("close").click()
    await desk.choose("topic", "other")
    await desk.at("confirm-close").click()
    await expect(citizen.state).to_have_text("Обращение закрыто")
    await expect(stay).to_be_hidden()
    await expect(citizen.log).to_be_focused()
