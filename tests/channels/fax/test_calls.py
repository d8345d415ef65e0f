"""Faxes between two real Asterisks (CH-02): ours and a citizen's, whose operator speaks T.38, or refuses it.

A page takes some twenty seconds, so both pairs are at work at once.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from PIL import Image

from bots.russian import Russian
from channels.fax.asterisk import NAME, FaxLine, connect
from channels.fax.machine import Machine
from channels.intake import pump
from channels.voice import events
from channels.voice.ami import Call
from hub.conversations.address import Address, Citizen
from hub.conversations.conversation import Conversation
from hub.conversations.delivery_status import Delivery
from hub.conversations.journal import Carried
from hub.conversations.ports import CarryingChannel, Store
from hub.intake.ports import Intake
from hub.kernel.ports import Files
from tests.channels.fax.paper import LETTER, askew, bordered, error_rate, sent, sprinkled, written
from tests.channels.room import Room, ValvedSqlite, room_with
from tests.channels.voice.ami_listener import AmiListener, at
from tests.peers.asterisk import Asterisk
from tests.rig import eventually

pytestmark = [pytest.mark.peers, pytest.mark.usefixtures("reader")]

OURS, CITIZEN = "+74951234567", "+74912551789"
MISREAD = 0.02
"""Share of characters."""
ANSWER = "Здравствуйте! Справка готова.\nПолучить её можно в любом окне с 9 до 18 часов."
NEGOTIATED = "T.38 Negotiated"
STATION = "<script>alert(1)</s>"
"""What the citizen's machine calls itself (T.30's CSID, twenty signs): nobody believes it, and nobody is shown it (SE-02)."""


class Pair:
    """Our hub at our exchange, and what stands at the other end of the line."""

    def __init__(self, ours: Asterisk, theirs: Asterisk, ear: AmiListener, room: Room) -> None:
        self._ours, self._theirs, self._ear, self.room = ours, theirs, ear, room

    async def citizen_sends(self, page: Image.Image) -> None:
        """Until the last page was confirmed to his machine."""
        folder = self._theirs.base / "spool/fax"
        (folder / "letter.tif").write_bytes(sent(page, code="group3"))
        async with at(self._theirs) as ear:
            outcome = await ear.ami.originate(
                Call(f"PJSIP/{OURS}@trunk", "hub-faxout", 20, CITIZEN, "letter-1", {"FAXKEY": "letter", "FAXSTATION": STATION}))
            assert outcome.answered

            async def over() -> bool:
                return any(isinstance(event, events.Hangup) and event.uniqueid == "letter-1" for event in ear.heard)

            await eventually(over)
        assert (folder / "letter.told").read_text(encoding="utf8").startswith("SUCCESS:1:")

    async def citizen_gets(self) -> bytes:
        """The TIFF that his machine has received."""
        async def there() -> bool:
            return bool([*(self._theirs.base / "spool/fax").glob(f"*_{OURS}.tif")])

        await eventually(there)
        (found,) = (self._theirs.base / "spool/fax").glob(f"*_{OURS}.tif")
        return found.read_bytes()

    async def came(self) -> Conversation:
        """The conversation with the citizen, as soon as his fax is stored."""
        async def there() -> bool:
            head = await self.room.store.at_address(Address(NAME, CITIZEN))
            return head is not None and bool(await self.room.said(head.id))

        await eventually(there)
        head = await self.room.store.at_address(Address(NAME, CITIZEN))
        assert head is not None
        return head

    async def arrived(self, conversation: int) -> str:
        """What the operator reads below his answer when it is at the other end."""
        found: list[str] = []

        async def told() -> bool:
            entries = [record.entry for record in await self.room.store.records(conversation)]
            found[:] = [entry.why for entry in entries if isinstance(entry, Carried) and entry.state is Delivery.DELIVERED]
            return bool(found)

        await eventually(told)
        return found[0]

    async def emptied(self) -> None:
        async def empty() -> bool:
            return not [*(self._ours.base / "spool/fax").glob("*.t*")]

        await eventually(empty)

    def by_t38(self) -> set[str]:
        """What our exchange did so: receive, send."""
        return {event.operation for event in self._ear.heard if isinstance(event, events.FAXStatus) and event.status == NEGOTIATED}


@contextmanager
def exchanges(t38: str) -> Iterator[tuple[Asterisk, Asterisk]]:
    """Ours and the citizen's, each the other's city network; his speaks T.38 ("yes") or refuses it ("no")."""
    with ExitStack() as stack:
        # The name of a control socket must stay under 108 bytes, so no folder of pytest.
        ours, theirs = [Asterisk(Path(stack.enter_context(TemporaryDirectory(prefix="okno-fax-")))) for _ in range(2)]
        ours.render(TRUNK=f"sip:127.0.0.1:{theirs.sip}", FAX_NUMBERS=OURS)
        theirs.render(TRUNK=f"sip:127.0.0.1:{ours.sip}", FAX_NUMBERS=CITIZEN, T38=t38)
        for each in (ours, theirs):
            stack.callback(each.stop)
            each.start()
        yield ours, theirs


def driver(exchange: Asterisk, intake: Intake, store: Store, files: Files) -> FaxLine:
    settings: dict[str, object] = {
        "password_file": str(exchange.base / "password"), "spool": str(exchange.base / "spool/fax"), "port": exchange.ami,
        "centre": "Центр телефонного обслуживания", "number": OURS}
    return connect(settings, intake, store, files, limited=True)


@asynccontextmanager
async def pair(t38: str, folder: Path, russian: Russian) -> AsyncIterator[Pair]:
    folder.mkdir()
    async with AsyncExitStack() as stack:
        ours, theirs = stack.enter_context(exchanges(t38))
        ear = await stack.enter_async_context(at(ours))
        yield Pair(ours, theirs, ear, await stack.enter_async_context(room_with(partial(driver, ours), ValvedSqlite, folder, russian)))


async def correspondence(line: Pair, page: Image.Image) -> None:
    """A fax comes while the hub is away, is read, and is answered by an operator; his answer is read at the other end."""
    room = line.room
    head = await room.intake.open(Address(NAME, CITIZEN), Citizen())
    await room.hand_to_anna(head.id)  # the robot would send faxes of its own
    await line.citizen_sends(page)
    assert isinstance(room.channel, CarryingChannel)
    pumping = asyncio.create_task(pump(room.channel, room.intake))
    try:
        head = await line.came()
        (said,) = await room.said(head.id)
        assert "script" not in f"{said} {head.citizen} {head.address} {await room.store.records(head.id)}"
        assert error_rate(said.partition("\n\n")[2] if said.startswith("Факс, ") else said, " ".join(LETTER[:6])) <= MISREAD
        await room.anna_writes(head.id, ANSWER)
        assert await line.arrived(head.id) == "1 стр."
        text = (await Machine().read(await line.citizen_gets())).pages[0].text
        assert error_rate(text[text.index("Здравствуйте"):], ANSWER) <= MISREAD
        await line.emptied()
    finally:
        pumping.cancel()
        await asyncio.gather(pumping, return_exceptions=True)


@pytest.mark.smoke
async def test_faxes_go_both_ways_as_t38_and_as_sound_where_it_is_refused(tmp_path: Path, russian: Russian) -> None:
    # CH-02
    clean = written(LETTER[:6])
    dirty = sprinkled(bordered(askew(clean, 1.5), 30), 0.001)
    async with pair("yes", tmp_path / "t38", russian) as t38, pair("no", tmp_path / "sound", russian) as sound:
        await asyncio.gather(correspondence(t38, dirty), correspondence(sound, clean))
        assert t38.by_t38() == {"receive", "send"}
        assert sound.by_t38() == set()
