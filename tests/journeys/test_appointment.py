"""An appointment from the chat to the office: booked beside the conversation, told with an invitation, cancelled by a word, and back."""

import asyncio
import re
from collections.abc import Iterator

import pytest
from icalendar import Calendar

from tests.appointment_centre import draft, free, receiving
from tests.house import Citizen, House, People, house_in, talking


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    with house_in(folder, receiving(folder)) as running:
        yield running


async def heard(citizen: Citizen, words: str) -> dict[str, object]:
    while words not in (frame := await citizen.line.hear("message", author="system"))["text"]:
        pass
    return frame


@pytest.mark.smoke
async def test_an_appointment_by_chat(at: People, house: House) -> None:
    # BK-01, BK-03, BK-04, BK-07
    admin = await at.admin()
    anna = await at.clerk(admin)
    offices = (await anna.does("GET", "/api/offices"))["offices"]
    assert [(each["id"], each["ours"]) for each in offices] == [("mfc", True), ("town", False)]
    citizen = await talking(at, anna, name="Пётр")
    slots = await free(anna, citizen.conversation)
    assert len(slots) == 3 * 48
    live = await anna.live()
    await live.hear("hello")
    path = f"/api/conversations/{citizen.conversation}/appointments"
    made = await anna.does("POST", path, draft(slots[0]["at"]))
    number = made["appointment"]["number"]
    assert (made["appointment"]["state"], made["code"]) == ("booked", "")
    assert (await live.hear("appointment" ))["appointment"]["number"] == number
    assert (await anna.does("POST", path, draft(slots[0]["at"])))["appointment"]["number"] == number
    assert slots[0]["at"] not in [each["at"] for each in await free(anna, citizen.conversation)]

    told = await heard(citizen, f"Запись № {number}")
    assert f"в {slots[0]['time']} (по омскому времени)" in str(told["text"])
    assert "Возьмите с собой: Паспорт, Фото (3,5 × 4,5 см)." in str(told["text"])
    (file,) = told["attachments"]  # type: ignore[misc]
    assert (file["name"], file["type"]) == ("invite.ics", "text/calendar")
    async with at.http.get(f"{house.base}/chat/files/{file['file']}?token={citizen.token}") as answer:
        assert answer.status == 200
        calendar = Calendar.from_ical(await answer.read())
    assert calendar["METHOD"] == "REQUEST"
    (event,) = calendar.walk("VEVENT")
    assert event["DTSTART"].dt.isoformat()[-6:] == "+06:00"
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["Asia/Omsk"]
    code = re.findall(r"\d\d \d\d \d\d \d\d", str((await heard(citizen, "Код записи"))["text"]))[0]

    # By a word he takes it back himself, and by another one back again; from elsewhere his code goes with it.
    await citizen.tell(f"отмена {number}")
    cancelled = await heard(citizen, "отменена")
    assert cancelled["attachments"]
    assert slots[0]["at"] in [each["at"] for each in await free(anna, citizen.conversation)]
    await citizen.tell(f"Вернуть № {number}.")
    await heard(citizen, "Вы записаны")
    stranger = await at.citizen()
    await stranger.tell(f"отмена {number}")
    assert "добавьте код" in str((await heard(stranger, "№" if False else "Записи"))["text"])
    await stranger.tell(f"запись {number} {code}")
    assert "(записан)" in str((await heard(stranger, number))["text"])

    # Moved by the operator; another one wants its new time at the same moment.
    moved = await anna.does("POST", f"/api/appointments/{number}/steps", {"act": "move", "at": slots[5]["at"]})
    assert moved["at"] == slots[5]["at"]
    await heard(citizen, "перенесена")
    assert (await anna.call("POST", path, draft(slots[5]["at"], key="other")))[1]["error"] == "taken"
    listed = await anna.does("GET", path)
    assert [(each["number"], each["acts"]) for each in listed] == [(number, ["move", "cancel"])]
    day = await anna.does("GET", "/api/appointments", params={"office": "mfc", "day": slots[5]["day"]})
    assert [each["name"] for each in day] == ["Пётр"]
    async with anna.http.get(f"/api/appointments/{number}/invitation") as answer:
        assert answer.content_type == "text/calendar"
    assert (await anna.call("POST", f"/api/appointments/{number}/steps", {"act": "miss"}))[1]["error"] == "too_early"
    audit_entries = {audit_entry["what"] for audit_entry in await admin.does("GET", "/api/audit") if audit_entry["about"] == number}
    assert {"appointment_book", "appointment_cancel", "appointment_restore", "appointment_move", "case_code"} <= audit_entries


async def test_an_office_of_another_centre_is_its_own_to_book(at: People) -> None:
    # RG-05, MU-02, BK-05
    admin = await at.admin()
    anna = await at.clerk(admin)
    citizen = await talking(at, anna)
    slots = await free(anna, citizen.conversation, office="town")
    status, refused = await anna.call("POST", f"/api/conversations/{citizen.conversation}/appointments",
                                      draft(slots[0]["at"], office="town"))
    assert (status, refused["error"]) == (403, "other_keeper")
    assert "Центр телефонного обслуживания города" in refused["text"]
    status, refused = await anna.call("GET", "/api/appointments", params={"office": "town", "day": "2026-12-01"})
    assert (status, refused["error"]) == (403, "other_keeper")


async def test_two_hundred_citizens_want_one_slot(at: People) -> None:
    # BK-03
    admin = await at.admin()
    anna = await at.clerk(admin, role="supervisor")
    citizens = [await talking(at, anna) for _ in range(4)]
    slots = await free(anna, citizens[0].conversation, days=6)
    paths = [f"/api/conversations/{citizen.conversation}/appointments" for citizen in citizens]
    answers = await asyncio.gather(*(anna.call("POST", paths[n % 4], draft(slots[-1]["at"], key=f"{n}")) for n in range(200)))
    assert sorted(status for status, _ in answers) == [200, *[409] * 199]


async def test_a_restart_loses_none(at: People, house: House) -> None:
    # BK-03, BK-05
    admin = await at.admin()
    anna = await at.clerk(admin)
    citizen = await talking(at, anna)
    slots = await free(anna, citizen.conversation, days=9)
    number = (await anna.does("POST", f"/api/conversations/{citizen.conversation}/appointments", draft(slots[-1]["at"])))["appointment"]["number"]
    house.kill()
    house.start()
    async with People(house).http as _:
        pass
    again = at.stranger(anna.login)
    await again.sign_in()
    assert (await again.does("GET", f"/api/appointments/{number}"))["state"] == "booked"
    assert slots[-1]["at"] not in [each["at"] for each in await free(again, citizen.conversation, days=9)]


async def test_the_robot_books_by_itself(at: People) -> None:
    # BK-01, BK-03: by buttons alone, as a caller does by digits
    citizen = await at.citizen(name="Мария")

    async def asks(words: str, said: str) -> dict[str, object]:
        await citizen.tell(said)
        while words not in (frame := await citizen.line.hear("message", author="bot"))["text"]:
            pass
        return frame

    await asks("Для какой услуги", "запись в мфц")
    await asks("В каком городе", "Загранпаспорт")
    await asks("На какой день", "Клин")
    await asks("В какое время", "Послезавтра")
    await asks("номер", "Утром")
    await asks("Всё верно", "89161234567")
    offered = await asks("Свободно: МФЦ района", "Да")
    times = [str(each) for each in offered["choices"]]  # type: ignore[attr-defined]
    assert len(times) == 4  # and a person
    hour = int(times[0].rpartition(", ")[2].partition(":")[0])
    assert 5 <= hour < 12
    await asks("Готово, вы записаны", times[0])
    told = await heard(citizen, "Вы записаны: Загранпаспорт")
    assert times[0].rpartition(", ")[2] in str(told["text"])
    number = re.findall(r"Запись № (\S+?)\.", str(told["text"]))[0]
    # A person finds it beside the conversation, with nobody's name but the robot's.
    admin = await at.admin()
    anna = await at.clerk(admin)
    await citizen.tell("оператор")
    await citizen.line.hear("state", holder="queue")
    await anna.does("POST", f"/api/conversations/{citizen.conversation}/take")
    (made,) = await anna.does("GET", f"/api/conversations/{citizen.conversation}/appointments")
    assert (made["number"], made["name"], made["steps"][0]["by"]) == (number, "Мария", "")
