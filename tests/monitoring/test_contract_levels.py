"""What a contractor promised in numbers against what came yesterday, as a planner reads it (LV-07)."""

import asyncio
import csv
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from bots.russian import Russian
from storage.sqlite import SqliteStore
from tests.house import House, People, house_in
from tests.past import YESTERDAY, Past, at

MONTH = YESTERDAY.replace(day=1)
VOICE, OTHER = "ООО «Голос»", "ООО «Иное»"
CONFIG = """registry = "centres.toml"
centre = { code = "001", name = "Центр области", level = "regional" }
queues = [{ id = "general", title = "Общая", function = "information" }, { id = "status", title = "Статус", function = "status" }]
topics = [{ id = "other", title = "Другое" }]
"""
CONTRACTS = f"""[[centre.contracts]]
contractor = "{VOICE}"
function = "information"
valid_from = {MONTH}
targets = {{ answered_percent = 90, left_percent = 10, handling_s = 100 }}

[[centre.contracts]]
contractor = "{OTHER}"
function = "status"
valid_from = {MONTH}
targets = {{ answered_percent = 90 }}

"""
NEXT_CENTRE = '[[centre]]\nid = "016"'


async def fill(folder: Path) -> None:
    """Of 25 on the line of information 20 were answered in time, 2 late, 3 left; each talk took two minutes. One asked for his status."""
    folder.mkdir(mode=0o700)
    store = SqliteStore(folder / "okno.db", Russian())
    past = Past(store, at(YESTERDAY, 9))
    for number in range(22):
        await past.talk(f"ответили {number}", wait_s=5 if number < 20 else 60, talk_s=120)
    for number in range(3):
        await past.asks(f"ушёл {number}")
        past.forward(40)
        await past.closed(f"ушёл {number}")
    await past.talk("статус", wait_s=60, queue="status")
    await store.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    (folder / "okno.toml").write_text(CONFIG, encoding="utf8")
    registry = files("okno.demo").joinpath("registry.toml").read_text(encoding="utf8")
    (folder / "centres.toml").write_text(registry.replace(NEXT_CENTRE, CONTRACTS + NEXT_CENTRE), encoding="utf8")
    asyncio.run(fill(folder / "data"))
    with house_in(folder, folder / "okno.toml") as running:
        yield running


async def test_what_was_promised_stands_beside_what_was_measured(at: People) -> None:
    # LV-07
    admin = await at.admin()
    await admin.does("POST", "/api/operators", {"login": "anna", "name": "Анна", "role": "operator", "queues": ["general"],
                                                "contractor": VOICE, "functions": ["information"]})
    boss, anna = await at.clerk(admin, "supervisor"), await at.clerk(admin)
    told = {each["contract"]["contractor"]: each for each in await boss.does("GET", f"/api/workforce/contracts?month={MONTH}")}
    figures = told[VOICE]["figures"]
    assert (figures["offered"], figures["answered"]) == (25, 22)
    assert (figures["answered_percent"], figures["left_percent"], figures["handling_s"]) == (80, 12, 120)
    assert told[VOICE]["missed"] == ["answered_percent", "left_percent", "handling_s"]
    assert (told[OTHER]["figures"]["offered"], told[OTHER]["missed"]) == (1, [])  # too few to judge by
    status, table = await boss.call("GET", f"/api/workforce/contracts/file?month={MONTH}")
    assert status == 200
    rows = {row["Подрядчик"]: row for row in csv.DictReader(table.decode("utf-8-sig").splitlines(), delimiter=";")}
    assert (rows[VOICE]["За 20 с, %"], rows[VOICE]["Обработка, с"]) == ("80", "120")
    assert rows[VOICE]["Итог"] == "нарушено: за 20 с, не дождались, обработка"
    assert rows[OTHER]["Итог"] == "мало обращений"
    assert (await anna.call("GET", f"/api/workforce/contracts?month={MONTH}"))[0] == 403
    assert (await boss.call("GET", "/api/workforce/contracts?month=2026-01-02"))[1]["error"] == "bad_dates"
