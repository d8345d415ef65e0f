"""Faxes through a real Asterisk that calls itself (D14): pages take 17 to 20 seconds each, so there are two."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import pytest

from bots.russian import Russian
from channels.fax.asterisk import NAME, FaxLine, connect
from channels.intake import pump
from channels.voice.ami import Call
from hub.carriage import Delivery
from hub.contacts import Address
from hub.conversation import Conversation
from hub.journal import Carried
from hub.message import Message
from hub.ports import Files, Incoming, Intake, Store
from storage.files import FileStore
from tests.channels.fax.paper import LETTER, error_rate, sent, written
from tests.channels.room import Room, ValvedSqlite, room_with
from tests.channels.voice.listening import at
from tests.hub.rig import eventually
from tests.peers.asterisk import Asterisk

OURS, CITIZEN, WRITER = "+74951234567", "+74912551789", "+79161234567"
FAX_S = 45.0
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


async def at_address(room: Room, number: str, minimum: int = 1) -> Conversation:
    """The conversation with a number, as soon as so much was said in it."""
    found: list[Conversation] = []

    async def there() -> bool:
        head = await room.store.at_address(Address(NAME, number))
        found[:] = [head] if head is not None and len(await room.said(head.id)) >= minimum else []
        return bool(found)

    async with asyncio.timeout(FAX_S):
        while not found:
            try:
                await eventually(there)
            except AssertionError:
                continue
    return found[0]


async def test_a_fax_comes_while_the_hub_is_away_and_is_answered(exchange: Asterisk, room: Room, tmp_path: Path) -> None:
    folder = exchange.base / "spool/fax"
    (folder / "letter.tif").write_bytes(sent(written(LETTER[:6]), code="group3"))
    # Nobody takes in what comes: the citizen's machine calls with sound (G.711).
    async with at(exchange) as ear, asyncio.timeout(FAX_S):
        # The far leg of a Local channel is what is received on: it has the number of who calls.
        await ear.ami.originate(Call(f"Local/{OURS}@from-trunk", "hub-faxout", 20, CITIZEN, "letter-1", {"FAXKEY": "letter", "FAXSTATION": CITIZEN}))
        while exchange.cli("core show channels count").split()[0] != "0":
            await asyncio.sleep(0.5)
    assert (folder / "letter.told").read_text().startswith("SUCCESS:1:")
    print(sorted(p.name for p in folder.iterdir()))
    pumping = asyncio.create_task(pump(room.channel, room.intake, room.store))  # type: ignore[arg-type]  # it carries
    head = await at_address(room, CITIZEN)
    (said,) = await room.said(head.id)
    assert error_rate(said.partition("\n\n")[2], " ".join(LETTER[:6])) <= 0.02
    print(head, said)
    # An operator writes; who is dialled is our other number, and the fax comes back through the same folder, over SIP and T.38.
    await room.hand_to_anna(head.id)
    await room.anna_writes(head.id, ANSWER)
    back = await at_address(room, OURS)
    (came,) = await room.said(back.id)
    print(came)
    assert error_rate(came[came.index("Здравствуйте"):], ANSWER) <= 0.02
    pumping.cancel()
