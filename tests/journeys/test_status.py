"""A status request that is refused, verified and answered: in the chat, by the robot, at the desk; and the list of who was told what."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from okno.demo.departments import NAME, Departments
from tests.house import Citizen, Clerk, House, People, house_in

SNILS, NUMBER = "000-000-000 00", "2026-0001"
"""Of the simulated system: invented."""
MORE = """
[[systems]]
id = "ministry"
title = "Министерство"
contract = { version = "1.0", owner = "отдел", limit_s = 2 }
settings = { url = "URL" }
applications = '2026-\\d+'
[[systems]]
id = "town"
title = "Администрация города"
contract = { version = "1.0", owner = "отдел" }
settings = { url = "URL" }
applications = 'M-\\d+'
municipal = true
[status]
even_s = 0.2
"""


@pytest.fixture
async def ministry() -> AsyncIterator[Departments]:
    async with Departments() as running:
        yield running


@pytest.fixture
def house(tmp_path: Path, ministry: Departments) -> Iterator[House]:
    with house_in(tmp_path, asking(tmp_path, ministry.url)) as running:
        yield running


def asking(folder: Path, url: str) -> Path:
    """The demonstration configuration of a centre that asks a system."""
    config = folder / "okno.toml"
    config.write_text(Path("okno/demo/okno.toml").read_text("utf8") + MORE.replace("URL", url), "utf8")
    return config


async def asks(citizen: Citizen, words: str, said: str) -> str:
    """What is answered by whom, with these words in it."""
    await citizen.tell(said)
    while words not in (frame := await citizen.line.hear("message"))["text"] or frame["author"] == "citizen":
        pass
    return str(frame["text"])


def path_of(citizen: Citizen, more: str = "") -> str:
    return f"/api/conversations/{citizen.conversation}/status{more}"


async def disclosed(anna: Clerk, citizen: Citizen) -> list[str]:
    audit_entries = await anna.does("GET", "/api/audit")
    return [audit_entry["detail"] for audit_entry in audit_entries if audit_entry["what"] == "status_told" and audit_entry["about"] == citizen.conversation]


@pytest.mark.smoke
async def test_a_status_request_that_is_refused_verified_and_answered(at: People, ministry: Departments) -> None:
    # ST-01, ST-02, ST-04, ST-05, AL-08, RG-06, MU-03
    admin = await at.admin()
    citizen = await at.citizen(name="Мария")
    # Nothing is proved, something wrong is: that it is there is not confirmed either.
    assert "только заявителю" in await asks(citizen, "заявителю", f"заявление {NUMBER}")
    assert ministry.asked == 0
    wrong = await asks(citizen, "нельзя", f"заявление {NUMBER} {SNILS} Иванова Ольга")
    assert await asks(citizen, "нельзя", f"заявление 2026-9999 {SNILS} {NAME}") == wrong
    # СНИЛС, name and number tell the state and the term.
    told = await asks(citizen, NUMBER, f"Заявление № {NUMBER}, СНИЛС {SNILS}, {NAME}.")
    assert told.startswith("Заявление № 2026-0001 (Заграничный паспорт на 10 лет). Документы проверяются. Срок — до 18 декабря 2026. "
                           "По данным: Министерство, на 20 ноября 2026, 12:00 по московскому времени.")
    # The robot asks for the same, one after the other.
    robot = await at.citizen()
    await asks(robot, "номер заявления", "проверить статус")
    await asks(robot, "СНИЛС", "2026-0002")
    await asks(robot, "кодовое слово", "112-233-445 95")
    assert await asks(robot, "нельзя", NAME) == wrong
    # An operator tells what comes of it, by the code word that she has chosen in person.
    await citizen.tell("оператор")
    await citizen.line.hear("state", holder="queue")
    anna = await at.clerk(admin, role="supervisor")
    await anna.does("POST", f"/api/conversations/{citizen.conversation}/take")
    beside = await anna.does("GET", path_of(citizen))
    assert (beside["systems"], beside["words"]) == (["Министерство", "Администрация города"], [])
    assert {each["part"]: each["needs"] for each in beside["levels"]} == {
        "state": "papers", "term": "papers", "result": "word", "personal": "account"}
    question = {"number": "2026-0002", "snils": SNILS, "name": NAME}
    assert ((found := await anna.does("POST", path_of(citizen), question))["words"], found["result"], found["withheld"]) == ("Готово", "", ["result"])
    assert (await anna.call("POST", path_of(citizen), {"number": "2026-0002"}))[1]["error"] == "no_proof"
    # Where the system is away it is said so; nobody waits, and a call is promised.
    ministry.moods = [503]
    status, away = await anna.call("POST", path_of(citizen), question)
    assert (status, away["error"]) == (503, "system_away")
    assert "перезвонить" in away["text"]
    assert (await anna.call("POST", path_of(citizen), {**question, "number": "M-1"}))[1]["error"] == "municipal_status"
    # Three times wrong: nobody can try any more, and it says where to go.
    await anna.does("POST", path_of(citizen), question)
    codes = [(await anna.call("POST", path_of(citizen), {**question, "name": "Другая Анна"}))[1]["error"] for _ in range(2)]
    assert codes == ["not_told", "locked"]
    assert "с паспортом" in await asks(citizen, "Подтвердить", f"заявление {NUMBER} {SNILS} {NAME}")

    lines = await disclosed(admin, citizen)
    assert sorted(lines) == sorted([
        "состояние, срок; СНИЛС, имя и номер заявления; Министерство", *["состояние; СНИЛС, имя и номер заявления; Министерство"] * 2])
    looks = await anna.does("GET", f"/api/conversations/{citizen.conversation}/rights/looks")
    assert {(each["who"].partition(" ")[0], each["what"], each["ground"]) for each in looks if "ход услуги" in each["what"]} == {
        ("робот", "сообщил ход услуги: состояние, срок; СНИЛС, имя и номер заявления; Министерство", "вы спросили сами"),
        ("супервизор", "сообщил ход услуги: состояние; СНИЛС, имя и номер заявления; Министерство", "вёл ваше обращение")}


async def test_a_lock_survives_a_restart(at: People, house: House) -> None:
    # ST-04
    citizen = await at.citizen()
    for _ in range(3):
        await asks(citizen, "нельзя", f"заявление {NUMBER} {SNILS} Другая Анна")
    house.kill()
    house.start()
    again = await at.citizen()
    again.token = citizen.token
    await again.connect()
    assert "с паспортом" in await asks(again, "Подтвердить", f"заявление {NUMBER} {SNILS} {NAME}")


async def test_what_is_away_is_told_by_whoever_calls_back(at: People, ministry: Departments) -> None:
    # ST-01, SL-05: nobody waits for a system
    admin, citizen = await at.admin(), await at.citizen()
    ministry.moods = [503]
    await asks(citizen, "перезвоните мне", f"заявление {NUMBER} {SNILS} {NAME}")
    for said, question in (("перезвоните мне", "номер"), ("89161234567", "Когда вам удобно"), ("утром", "Верно?")):
        await asks(citizen, question, said)
    await asks(citizen, "в течение суток", "да")
    anna = await at.clerk(admin)
    due = next(each for each in (await anna.does("GET", "/api/promises"))["conversations"] if each["id"] == citizen.conversation)
    assert (due["promise"]["why"], "+79161234567" in due["promise"]["address"]) == ("Просит позвонить: с 6 до 12", True)
    await anna.does("POST", f"/api/conversations/{citizen.conversation}/take")
    found = await anna.does("POST", path_of(citizen), {"number": NUMBER, "snils": SNILS, "name": NAME})
    await anna.does("POST", f"/api/conversations/{citizen.conversation}/keep", {"key": "k", "text": found["words"]})
    while (await citizen.line.hear("message", author="operator"))["text"] != "Документы проверяются":
        pass
    assert [each for each in (await anna.does("GET", "/api/promises"))["conversations"] if each["id"] == citizen.conversation] == []
