"""What the desk shows of a conversation whose data were erased (SE-03)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from bots.russian import Russian
from hub.conversations.address import Address, Citizen
from hub.conversations.conversation import Closed, Conversation, InQueue
from hub.conversations.journal import HandedOver, StoredEvent
from hub.conversations.message import Author, Message
from hub.conversations.ports import Commit
from hub.kernel.ids import first_id
from storage.sqlite import SqliteStore
from tests.browser.stage import Stage
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.house import House, house_in, people
from tests.storage.data import at

pytestmark = pytest.mark.asyncio(loop_scope="session")

CENTRE = """queues = [{ id = "general", title = "Общие" }]
topics = [{ id = "other", title = "Другое" }]
retention = { conversations_days = 30 }
"""
NUMBER, NAME = first_id(at(0)), "Константинопольский"


async def fill(house: House) -> None:
    """A conversation that was closed long ago."""
    house.data.mkdir()
    store = SqliteStore(house.data / "okno.db", Russian())
    closed = Closed(at(90), "other", "anna")
    head = Conversation(NUMBER, "000-260101-00001-1", Address("sms.smpp", "+79161234567"), at(0), closed, citizen=Citizen(NAME), line="general")
    entries = (Message(Author.CITIZEN, f"Это {NAME}, где мой паспорт?", at(1), key="k"), HandedOver(at(2), InQueue("general", at(2)), "asked"),
               Message(Author.OPERATOR, "Готов, приходите", at(60), by="anna", name="Анна"), HandedOver(at(90), closed, "closed", "anna"))
    records = tuple(StoredEvent(NUMBER + place, NUMBER, entry) for place, entry in enumerate(entries, 1))
    await store.commit(Commit(NUMBER, 0, records, head))
    await store.close()


@pytest_asyncio.fixture(loop_scope="session")
async def erased(pages: None, browser: Browser, tmp_path: Path) -> AsyncIterator[Stage]:
    config = tmp_path / "centre.toml"
    config.write_text(CENTRE, encoding="utf8")
    await fill(House(tmp_path, config))
    with house_in(tmp_path, config) as house:
        async with Stage(browser, house) as stage:
            yield stage


@in_both_sizes
async def test_what_was_erased_is_told_and_nothing_of_it_is_shown(erased: Stage, axe: str, size: str) -> None:
    # SE-03
    async with people(erased.house) as crowd:
        boss = await crowd.clerk(await crowd.admin(), "supervisor")
        desk = await erased.signed_in(boss.login, **look(size))
        await desk.page.evaluate("(id) => { location.hash = `#/inbox/recent/${id}`; }", str(NUMBER))
        await desk.say_why()
        await expect(desk.at("line-erased")).to_contain_text("по сроку")
        await expect(desk.at("line-handed_over").last).to_be_visible()
        await expect(desk.at("bubble-citizen")).to_have_count(0)
        await expect(desk.at("note-tab")).to_have_count(0)
        await expect(desk.page.get_by_text(NAME)).to_have_count(0)
        inspector = Inspector(axe, desk.page)
        await inspector.look("erased")
        assert inspector.faults == []
