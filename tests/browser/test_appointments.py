"""An appointment booked beside the conversation, moved, cancelled and brought back; who comes to an office on a day; under axe."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage, waiting
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")


@in_both_sizes
async def test_an_appointment_beside_the_conversation(stage: Stage, crowd: People, admin: Clerk, axe: str, size: str) -> None:  # BK-01, BK-07, GV-14
    citizen = (await waiting(crowd, "Хочу записаться на приём"))[0]
    clerk = await crowd.clerk(admin)
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
    desk = await stage.signed_in(clerk.login, **look(size))
    inspector = Inspector(axe, desk.page)
    await desk.page.goto(f"{stage.house.base}/desk/#/inbox/mine/{citizen.conversation}")
    if size == "narrow":
        await desk.at("details").click()
    await desk.at("book").click()
    await expect(desk.at("book-office")).to_have_value("city-social-reception")
    await expect(desk.at("slots").locator("label").first).to_be_visible()
    await inspector.look("booking")

    # The town's own centre books to its МФЦ: the region's is told so, and cannot.
    await desk.at("book-office").select_option("city-mfc-hall")
    await expect(desk.at("other-keeper")).to_contain_text("Центр телефонного обслуживания города")
    await expect(desk.at("confirm-book")).to_be_disabled()
    await inspector.look("an office of another centre")
    await desk.at("book-office").select_option("city-social-reception")
    await desk.at("slots").locator("label").first.click()
    await desk.at("book-name").fill("Пётр")
    await desk.at("confirm-book").click()
    await expect(desk.at("appointment-state")).to_have_text("Записан")
    number = await desk.at("appointment").get_attribute("data-id") or ""
    told = ""
    while number not in told:
        told = str((await citizen.line.hear("message", author="system"))["text"])
    assert "по московскому времени" in told
    await inspector.look("an appointment")

    before = await desk.at("appointment-when").inner_text()
    await desk.at("appointment-move").click()
    await desk.at("slots").get_by_role("button").last.click()  # today may have one time left
    await desk.at("slots").locator("label").last.click()
    await inspector.look("moving")
    await desk.at("confirm-move").click()
    await expect(desk.at("appointment-when")).not_to_have_text(before)

    await desk.at("appointment-cancel").click()
    await expect(desk.at("appointment-state")).to_have_text("Отменена")
    await desk.at("undo").click()
    await expect(desk.at("appointment-state")).to_have_text("Записан")

    listed = await clerk.does("GET", f"/api/conversations/{citizen.conversation}/appointments")
    await desk.page.evaluate("() => { location.hash = '#/appointments'; }")
    await expect(desk.at("day-office")).to_have_value("city-social-reception")
    await desk.at("day").fill(listed[0]["day"])
    await expect(desk.page.locator(f"[data-id='{number}']")).to_contain_text("Пётр")
    await inspector.look("a day of an office")

    # Its week has its days off; who waits is there with his place, and is taken back after a slip.
    await desk.at("visitors-week").click()
    await expect(desk.at(f"office-day-{listed[0]['day']}")).to_contain_text(re.compile(r"занято \d+ из \d+"))
    await inspector.look("a week of an office")
    now = datetime.now(UTC)
    wish = {"since": now.isoformat(), "until": (now + timedelta(minutes=1)).isoformat()}
    waits = await clerk.does("POST", f"/api/conversations/{citizen.conversation}/appointments", {
        "key": size, "office": "city-social-reception", "service": listed[0]["service"], "wish": wish, "name": "Анна"})
    await desk.at("visitors-waiting").click()
    place = desk.page.locator(f"[data-id='{waits['appointment']['number']}']")
    await expect(place).to_contain_text("-й в листе · Анна")
    await inspector.look("the waiting list")
    await place.get_by_test_id("appointment-cancel").click()
    await desk.at("undo").click()
    await expect(place.get_by_test_id("appointment-state")).to_have_text("Ждёт места")
    assert not inspector.faults, inspector.faults
