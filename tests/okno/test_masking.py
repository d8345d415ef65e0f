"""After a busy run neither logs nor metrics nor the audit and its exports hold what people said or who they are (SE-03, SE-01)."""

from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

from bots.russian import Russian
from hub.conversations.delivery_status import Ticket
from storage.sqlite import SqliteStore
from tests.house import Citizen, House, People, house_in, people
from tests.storage.data import at, eventually

CENTRE = """queues = [{ id = "general", title = "Общие" }, { id = "other", title = "Другие" }]
topics = [{ id = "other", title = "Другое" }]
log = { level = "debug" }
"""
NAMES = [f"Неверовская{number}" for number in range(25)]
NUMBERS = [f"+7916555{number:04}" for number in range(25)]
WORDS = [f"Заречинская{number} улица" for number in range(25)]
REPLIES = [f"Выдуманный{number} ответ" for number in range(25)]
PLANTED = [*NAMES, *NUMBERS, *WORDS, *REPLIES]


async def busy(house: House, present: People) -> None:
    """Citizens say it all, in names, messages and names of files; an operator answers, notes, hands over, searches and looks."""
    admin = await present.admin()
    clerk = await present.clerk(admin, queues=("general", "other"))
    for name, number, word, reply in zip(NAMES, NUMBERS, WORDS, REPLIES, strict=True):
        citizen = await Citizen(present.http, house.base).enter(name=name)
        await citizen.connect()
        await citizen.tell(f"{word}, звоните {number}")
        await citizen.tell("оператор")
        await sent(house, present, citizen, f"{word}.txt", number)
        (row,) = (await clerk.does("GET", "/api/inbox?view=waiting"))["conversations"]
        await clerk.act(row["id"], "take")
        await clerk.act(row["id"], "reply", {"key": reply, "text": f"{name}, {reply}"})
        await clerk.act(row["id"], "note", {"key": f"{reply} note", "text": f"{name} {number}"})
        await admin.does("GET", f"/api/search?text={quote(number)}")
        await clerk.act(row["id"], "reply", {"key": number, "text": 7})  # a refusal tells nothing of it either
        assert (await clerk.act(row["id"], "close", {"topic": "other"}))[0] == 200


async def sent(house: House, present: People, citizen: Citizen, name: str, content: str) -> None:
    async with present.http.post(f"{house.base}/chat/files?token={citizen.token}", data=content.encode(),
                                  headers={"X-File-Name": quote(name)}) as answer:
        assert answer.status == HTTPStatus.OK


async def something_over(house: House) -> None:
    """The next start has something to log."""
    store = SqliteStore(house.data / "okno.db", Russian())
    await store.put(Ticket(f"sms.smpp:{NUMBERS[0]}", 1, 2, at(0)))
    await store.close()


def told(texts: Iterable[str]) -> set[str]:
    """What of all that was planted stands in texts."""
    return {planted for planted in PLANTED for every in (planted, planted.lower()) if any(every in each for each in texts)}


async def test_logs_metrics_and_the_audit_hold_nothing_of_it(tmp_path: Path) -> None:
    # SE-03
    config = tmp_path / "centre.toml"
    config.write_text(CENTRE, encoding="utf8")
    with house_in(tmp_path, config) as house:
        async with people(house) as present:
            await busy(house, present)
            admin = await present.admin()

            async def found() -> bool:
                return bool((await admin.does("GET", "/api/search?text=заречинская24"))["hits"])
            await eventually(found)
            async with present.http.get(f"{house.base}/metrics") as answer:
                metrics = await answer.text()
            for form in ("csv", "jsonl"):
                exported = house.run("audit", "export", "--format", form, "--from", "2026-01-01", "--to", "2099-01-01", str(tmp_path / f"audit.{form}"))
                assert exported.returncode == 0, exported.stderr
            house.stop()
            await something_over(house)
            house.start()

            async def logged() -> bool:
                return "expired data deleted" in house.log.read_text("utf8")
            await eventually(logged)
        house.stop()
        texts = {"log": house.log.read_text("utf8"), "metrics": metrics} | {
            path.name: path.read_text("utf8") for path in [*tmp_path.glob("audit.*"), *(house.data / "audit").glob("*")]}
        assert all(texts.values())
        assert {name: told([text]) for name, text in texts.items() if told([text])} == {}
        assert told([text.decode(errors="replace") for text in ((house.data / "okno.db").read_bytes(),)])  # it was all there to be told
