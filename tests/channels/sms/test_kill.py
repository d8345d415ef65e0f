"""The power fails while people write SMS: what was acknowledged is there, once, and in its order (CH-06)."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bots.russian import Russian
from channels.sms.smpp import NAME
from hub.conversations.address import Address
from hub.conversations.message import Author, Message
from storage.sqlite import SqliteStore
from tests.channels.sms.phone import smsc_settings, ucs2
from tests.channels.sms.test_incoming import parts
from tests.house import House
from tests.peers.smsc import node_smsc

pytestmark = pytest.mark.peers

ROOT = Path(__file__).parents[3]
PEOPLE, EACH, KILLS = 20, 12, 3
CENTRE = """
queues = [{ id = "general", title = "Общие вопросы" }]
topics = [{ id = "other", title = "Другое" }]
[[channels]]
driver = "sms.smpp"
[[channels.settings.smscs]]
"""


class Reached(House):
    """A hub that an SMSC reaches."""

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "okno", *super().command(*words)[1:]]


@contextmanager
def reached(folder: Path, port: int) -> Iterator[Reached]:
    settings = smsc_settings(folder, port, window=50)
    config = folder / "okno.toml"
    config.write_text(CENTRE + "".join(f'{key} = "{value}"\n' if isinstance(value, str) else f"{key} = {value}\n" for key, value in settings.items()))
    house = Reached(folder, config, {"PYTHONPATH": str(ROOT)})
    try:
        yield house
    finally:
        house.kill()


def long_text(person: int, n: int) -> str:
    return f"Человек {person}, сообщение {n}: " + "и ещё несколько слов о деле, " * 4


async def test_the_power_fails_again_and_again(tmp_path: Path, russian: Russian) -> None:
    said = {f"7916000{person:04d}": [long_text(person, n) if n % 3 == 0 else f"Вопрос {person}/{n}" for n in range(EACH)] for person in range(PEOPLE)}
    lines = {number: [pdu for n, text in enumerate(texts) for pdu in (parts(text, "udh8", n) if n % 3 == 0 else [ucs2(text)])]
             for number, texts in said.items()}
    async with node_smsc("--quiet") as smsc:
        with reached(tmp_path, smsc.port) as house:
            await asyncio.to_thread(house.start)
            await smsc.hear("bound")
            smsc.tell("spool", lines={number: [pdu | {"destination_addr": "7788"} for pdu in pdus] for number, pdus in lines.items()})
            for _ in range(KILLS):
                await smsc.hear("progress")
                house.kill()
                smsc.events = [event for event in smsc.events if event["event"] == "spooled"]
                await asyncio.to_thread(house.start)
            await smsc.hear("spooled")
    store = SqliteStore(tmp_path / "data/okno.db", russian)
    try:
        assert {number: await stored(store, "+" + number) for number in said} == said
    finally:
        await store.close()


async def stored(store: SqliteStore, number: str) -> list[str]:
    head = await store.at_address(Address(NAME, number))
    assert head is not None
    return [record.entry.text for record in await store.records(head.id, limit=1000)
            if isinstance(record.entry, Message) and record.entry.author is Author.CITIZEN]
