"""An announcement from its author's desk over another's to a citizen's page, without a reload anywhere."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from tests.browser.stage import Desk, Stage
from tests.house import PASSWORD, Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXT = "Портал не работает до вечера"


async def at_the_board(stage: Stage, clerk: Clerk) -> Desk:
    desk = await stage.signed_in(clerk.login)
    await desk.at("view-announcements").click()
    await expect(desk.at("announcements")).to_be_visible()
    return desk


def clock(hours: float) -> str:
    """As a field for date and time takes it, by the centre's clock: the window's zone is another."""
    return f"{datetime.now(UTC) + timedelta(hours=hours + 3):%Y-%m-%dT%H:%M}"


async def write(desk: Desk, text: str) -> None:
    await desk.at("add-announcement").click()
    await desk.at("announcement-text").fill(text)
    await desk.at("valid-from").fill(clock(-1))
    await desk.at("valid-until").fill(clock(1))
    await desk.at("save-announcement").click()


@pytest.mark.smoke
async def test_written_by_one_approved_by_another_heard_by_citizens(stage: Stage, crowd: People, admin: Clerk) -> None:  # CH-11
    author, boss = await at_the_board(stage, await crowd.clerk(admin, "designer")), await at_the_board(stage, await crowd.clerk(admin, "supervisor"))
    state = author.at("announcement-state").last  # the one beside its text
    await write(author, TEXT)
    await expect(state).to_have_attribute("data-state", "draft")
    await expect(author.at("approve")).to_have_count(0)
    quiet = await (await stage.citizen()).greeted()
    await expect(boss.at("add-announcement")).to_have_count(0)
    await boss.at("announcement").filter(has_text=TEXT).click()
    await expect(boss.at("announcement-words")).to_have_text(TEXT)
    await boss.at("approve").click()
    await expect(state).to_have_attribute("data-state", "in_force")
    citizen = await (await stage.citizen()).greeted()
    await expect(citizen.messages.last).to_contain_text(f"Объявление. {TEXT}")
    await expect(citizen.page.get_by_role("button", name="Мои права")).to_be_visible()  # what the greeting offers stays
    await citizen.page.get_by_test_id("person").click()
    await expect(citizen.state).to_have_text(re.compile("в очереди"))
    await expect(quiet.said("Объявление")).to_have_count(0)
    await boss.at("withdraw-announcement").click()
    await expect(state).to_have_attribute("data-state", "withdrawn")
    silent = await (await stage.citizen()).greeted()
    await silent.tell("Как дела?")
    await expect(silent.said("Объявление")).to_have_count(0)


async def test_two_authors_do_not_overwrite_each_other(stage: Stage, crowd: People, admin: Clerk) -> None:  # CH-11
    one, other = [await at_the_board(stage, await crowd.clerk(admin, "designer")) for _ in range(2)]
    await write(one, "Первая редакция")
    await other.at("announcement").filter(has_text="Первая редакция").click()
    await other.at("announcement-text").fill("Вторая редакция")
    await other.at("save-announcement").click()
    await expect(one.page.get_by_role("alert").filter(has_text="уже изменил другой сотрудник")).to_be_visible()
    await expect(one.at("save-announcement")).to_be_disabled()
    await expect(one.at("announcement-text")).to_have_value("Первая редакция")
    await one.page.get_by_role("button", name="Показать новую редакцию").click()
    await expect(one.at("announcement-text")).to_have_value("Вторая редакция")
    await one.at("announcement-text").fill("Третья редакция")
    await one.at("save-announcement").click()
    await expect(other.at("announcement").filter(has_text="Третья редакция")).to_be_visible()


async def test_dates_are_those_of_the_centres_clock(stage: Stage, crowd: People, admin: Clerk) -> None:  # CH-11
    """The desk's own clock is ten hours ahead of the centre's."""
    clerk = await crowd.clerk(admin, "designer")
    body = {"version": 0, "text": "По часам центра", "occasion": "closed", "queues": [], "valid_from": "2026-01-01T06:00:00Z", "valid_until": "2026-01-01T18:30:00Z"}
    await clerk.does("PUT", "/api/announcements/clock", body)
    context = await stage.browser.new_context(locale="ru-RU", timezone_id="Pacific/Kiritimati")
    page = await context.new_page()
    await page.goto(f"{stage.house.base}/desk/#/announcements/clock")
    desk = Desk(page)
    await desk.sign_in(clerk.login, PASSWORD)
    await expect(desk.at("valid-from")).to_have_value("2026-01-01T09:00")
    await expect(desk.at("valid-until")).to_have_value("2026-01-01T21:30")
    await expect(page.get_by_text("Время центра: Москва")).to_be_visible()
    await desk.at("announcement-text").fill("По часам центра, ещё раз")
    await desk.at("save-announcement").click()
    await expect(desk.at("announcement").filter(has_text="ещё раз")).to_be_visible()
    found = next(each for each in await clerk.does("GET", "/api/announcements") if each["id"] == "clock")
    assert (found["valid_from"], found["valid_until"]) == ("2026-01-01T06:00:00Z", "2026-01-01T18:30:00Z")
    await context.close()
