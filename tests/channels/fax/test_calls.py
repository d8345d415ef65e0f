"""Faxes through a real Asterisk that calls itself (D14): pages take 17 to 20 seconds each, so there are two."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from time import monotonic
from typing import cast

import msgspec
import pytest

from bots.russian import Russian
from channels.fax.asterisk import NAME, FaxLine, connect
from channels.intake import pump
from channels.voice import events
from channels.voice.ami import Call
from hub.carriage import Delivery
from hub.contacts import Address, Citizen
from hub.conversation import Conversation
from hub.errors import UndeliverableError
from hub.journal import Carried
from hub.ports import Carrying, Files, Intake, Store
from tests.channels.fax.paper import LETTER, error_rate, sent, written
from tests.channels.room import Room, ValvedSqlite, room_with
from tests.channels.voice.listening import at
from tests.hub.rig import eventually
from tests.peers.asterisk import Asterisk

OURS, CITIZEN, WRITER = "+74951234567", "+74912551789", "+79161234567"
FAX_S = 90.0
MISREAD = 0.02
"""Share of characters."""
ANSWER = "Здравствуйте! Справка готова.\nПолучить её можно в любом окне с 9 до 18 часов."


@pytest.fixture(scope="module")
def exchange() -> Iterator[Asterisk]:
    """Its city network is itself: whoever is dialled is a fax machine of its own."""
    base = Path(tempfile.mkdtemp(prefix="okno-fax-"))
    ours = Asterisk(base)
    ours.render(TRUNK=f"sip:127.0.0.1:{ours.sip}", FAX_NUMBERS=f"{OURS} {CITIZEN}")
    try:
        yield ours.start()
    finally:
        ours.stop()
        shutil.rmtree(base, ignore_errors=True)


def driver(exchange: Asterisk, intake: Intake, store: Store, files: Files, **more: object) -> FaxLine:
    settings: dict[str, object] = {
        "password_file": str(exchange.base / "password"), "spool": str(exchange.base / "spool/fax"), "port": exchange.ami,
        "centre": "Центр телефонного обслуживания", "number": OURS} | more
    return connect(settings, intake, store, files, limited=True)


@pytest.fixture
async def room(exchange: Asterisk, tmp_path: Path, russian: Russian) -> AsyncIterator[Room]:
    async with room_with(partial(driver, exchange), ValvedSqlite, tmp_path, russian) as ours:
        yield ours


async def at_address(room: Room, number: str, text: str) -> Conversation:
    """The conversation with a number, as soon as a fax of it with such a text is stored."""
    found: list[Conversation] = []

    async def there() -> bool:
        head = await room.store.at_address(Address(NAME, number))
        found[:] = [head] if head is not None and any(text in said for said in await room.said(head.id)) else []
        return bool(found)

    await in_time(there)
    return found[0]


async def in_time(condition: Callable[[], Awaitable[bool]]) -> None:
    """Pages take longer than anything else that is waited for."""
    end = monotonic() + FAX_S
    while monotonic() < end:
        with suppress(AssertionError):
            await eventually(condition)
            return
    pytest.fail("it never came to be so")


async def test_a_fax_comes_while_the_hub_is_away_and_is_answered(exchange: Asterisk, room: Room) -> None:
    folder = exchange.base / "spool/fax"
    (folder / "letter.tif").write_bytes(sent(written(LETTER[:6]), code="group3"))
    # Nobody takes in what comes: the citizen's machine calls with sound (G.711).
    async with at(exchange) as ear:
        outcome = await ear.ami.originate(
            Call(f"Local/{OURS}@from-trunk", "hub-faxout", 20, CITIZEN, "letter-1", {"FAXKEY": "letter", "FAXSTATION": CITIZEN}))
        assert outcome.answered

        async def over() -> bool:
            return any(isinstance(event, events.Hangup) and event.uniqueid == "letter-1" for event in ear.heard)

        await in_time(over)
    assert (folder / "letter.told").read_text(encoding="utf8").startswith("SUCCESS:1:")
    assert isinstance(room.channel, Carrying)
    for number in (CITIZEN, OURS):  # the robot would send faxes of its own
        await room.hand_to_anna((await room.intake.open(Address(NAME, number), Citizen())).id)
    pumping = asyncio.create_task(pump(room.channel, room.intake, room.store))
    try:
        head = await at_address(room, CITIZEN, "Рязани")
        (said,) = await room.said(head.id)
        assert error_rate(said.partition("\n\n")[2], " ".join(LETTER[:6])) <= MISREAD
        # An operator writes. The fax goes out over SIP and comes back to this very exchange, from our number.
        await room.anna_writes(head.id, ANSWER)
        back = await at_address(room, OURS, "Здравствуйте")
        came = (await room.said(back.id))[-1]
        assert error_rate(came[came.index("Здравствуйте"):], ANSWER) <= MISREAD

        async def told() -> bool:
            entries = [record.entry for record in await room.store.records(head.id)]
            return any(isinstance(entry, Carried) and entry.state is Delivery.DELIVERED and "страниц: 1" in entry.why for entry in entries)

        await in_time(told)

        async def emptied() -> bool:
            return not [*folder.glob("*_*.tif"), *folder.glob("okno-fax-*")]

        await in_time(emptied)
    finally:
        pumping.cancel()
        await asyncio.gather(pumping, return_exceptions=True)


async def test_who_hides_his_number_cannot_be_answered(exchange: Asterisk, room: Room) -> None:
    assert isinstance(room.channel, Carrying)
    head = await room.intake.open(Address(NAME, "fax:1795621305.1"), Citizen())
    with pytest.raises(UndeliverableError, match="скрыл свой номер"):
        await room.channel.send(head, await room.store.records(head.id))


def test_wrong_settings_are_named(exchange: Asterisk) -> None:
    for name, value in {"number": "8495", "timezone": "Europe/Nowhere", "tries": 0, "password": "x"}.items():
        with pytest.raises(msgspec.ValidationError, match=name):
            connect({"password_file": str(exchange.base / "password"), "spool": "/", "centre": "Центр"} | {name: value},
                    cast("Intake", None), cast("Store", None), cast("Files", None), limited=True)
