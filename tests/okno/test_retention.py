"""Terms and erasures from the command line, and after a restore (SE-03, SE-04, CH-06)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from bots.russian import Russian
from hub.conversations.address import Address, Citizen
from hub.conversations.attachments import Upload, key_of
from hub.conversations.conversation import Closed, Conversation
from hub.conversations.journal import Erased, StoredEvent
from hub.conversations.message import Attachment, Author, Message
from hub.conversations.ports import Commit
from hub.kernel.ids import first_id
from storage.files import FileStore
from storage.sqlite import SqliteStore
from tests.house import House, house_in, people
from tests.storage.contract_archive import caught_up
from tests.storage.data import at, eventually

CENTRE = """queues = [{ id = "general", title = "Общие" }]
topics = [{ id = "other", title = "Другое" }]
retention = { conversations_days = 30 }
"""
PLANTED = ("Константинопольский", "+79165550001", "заречинская", "загранпаспорт", "невыдуманное.pdf", "справка о доходах 4510")
NUMBER = first_id(at(0))


@pytest.fixture
async def old(tmp_path: Path) -> AsyncIterator[House]:
    """The data of a hub that does not run, with a conversation that was closed long ago."""
    config = tmp_path / "centre.toml"
    config.write_text(CENTRE, encoding="utf8")
    house = House(tmp_path, config)
    house.data.mkdir()
    store = SqliteStore(house.data / "okno.db", Russian(), archive_delay_s=0)
    file = Attachment(await FileStore(house.data / "files").put(PLANTED[5].encode()), PLANTED[4], "text/plain", 40)
    head = Conversation(NUMBER, "000-260101-00001-1", Address("sms.smpp", PLANTED[1]), at(0), Closed(at(9), "other", "anna"),
                        citizen=Citizen(PLANTED[0]))
    texts = [Message(Author.CITIZEN, f"{PLANTED[2]} {PLANTED[3]}", at(1), key="k", name=PLANTED[0], attachments=(file,)),
             Message(Author.BOT, f"{PLANTED[0]}, вы записаны " * 8, at(2)), Message(Author.CITIZEN, "маяк", at(3))]
    records = tuple(StoredEvent(NUMBER + place, NUMBER, text) for place, text in enumerate(texts, 1))
    await store.commit(Commit(NUMBER, 0, records, replace(head, last=records[-1].id)))
    await store.put(Upload(key_of(NUMBER, file.file), file))
    await caught_up(store, records[-1].id)
    await store.close()
    yield house
    house.kill()


def planted(folder: Path) -> set[str]:
    """What of it stands in any file below a folder."""
    content = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return {text for text in PLANTED for every in (text, text.lower()) if any(every.encode() in each for each in content)}


async def erased(house: House) -> bool:
    store = SqliteStore(house.data / "okno.db", Russian())
    try:
        (*_, last) = await store.records(NUMBER)
        return isinstance(last.entry, Erased) and await store.find("загранпаспорт") == []
    finally:
        await store.close()


async def test_a_conversation_whose_term_is_over_is_listed_and_erased(old: House) -> None:
    # SE-03: 152-ФЗ ст. 5 ч. 7; nothing of it is left in any file
    assert planted(old.data) == set(PLANTED)
    listed = old.run("retention", "--dry-run")
    assert listed.returncode == 0, listed.stderr
    assert "000-260101-00001-1" in listed.stdout
    assert "1 conversations, the oldest of 2026-01-01, 0.0 MB: would be deleted" in listed.stdout
    assert not await erased(old)
    done = old.run("retention")
    assert done.returncode == 0, done.stderr
    assert "1 conversations, the oldest of 2026-01-01, 0.0 MB: deleted" in done.stdout
    assert await erased(old)
    assert "0 conversations, 0.0 MB" in old.run("retention", "--dry-run").stdout
    wiped = old.run("keys", "wipe")
    assert wiped.returncode == 0, wiped.stderr
    assert planted(old.data) == set()


async def test_what_a_restore_brings_back_is_erased_again(old: House, tmp_path: Path) -> None:
    # SE-03: also on a machine that has the register of the newest backup only
    assert old.run("backup", str(tmp_path / "before.tar")).returncode == 0
    assert old.run("retention").returncode == 0
    assert old.run("backup", str(tmp_path / "after.tar")).returncode == 0
    restored = old.run("restore", str(tmp_path / "before.tar"), "--replace")
    assert restored.returncode == 0, restored.stderr
    assert not await erased(old)
    with house_in(tmp_path, tmp_path / "centre.toml") as house:
        async with people(house) as present:
            admin = await present.admin()
            assert any(audit_entry["what"] == "erased" and audit_entry["about"] == str(NUMBER) for audit_entry in await admin.does("GET", "/api/audit"))
        house.stop()
        assert await erased(house)
        assert not house.complaints()
    other = House(tmp_path / "other", tmp_path / "centre.toml")
    (tmp_path / "other").mkdir()
    assert other.run("restore", str(tmp_path / "after.tar")).returncode == 0
    assert other.run("restore", str(tmp_path / "before.tar"), "--replace").returncode == 0
    assert other.run("retention").returncode == 0
    assert await erased(other)


async def test_a_hub_that_runs_erases_by_itself(old: House, tmp_path: Path) -> None:
    # SE-03
    with house_in(tmp_path, tmp_path / "centre.toml") as house:
        async with people(house) as present:
            admin = await present.admin()
            await admin.does("POST", f"/api/conversations/{NUMBER}/reason", {"why": "проверка"})

            async def gone() -> bool:
                timeline = await admin.does("GET", f"/api/conversations/{NUMBER}")
                shown = timeline["conversation"]
                return timeline["entries"][-1]["kind"] == "erased" and (shown["address"], shown["name"], shown["last_text"]) == ("", "", "")
            await eventually(gone)
        assert not house.complaints()
