"""A citizen's fax machine with an Asterisk between it and the hub: the folder they share, and AMI's bytes by hand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from channels.fax.asterisk import NAME, FaxLine, connect
from channels.fax.machine import Machine
from channels.intake import keep_going, pump
from hub.conversations.address import Address
from hub.conversations.ports import Store
from hub.intake.ports import Intake
from hub.kernel.health import ChannelCounters
from hub.kernel.ports import Files
from okno.stores import now
from tests.channels.fax.paper import FONT, FONTS, SIZE, sent, written
from tests.channels.line import PATIENCE_S
from tests.channels.room import Room
from tests.missing_programs import need, need_file
from tests.peers.manager import Asked, Manager, message, success
from tests.rig import eventually

NUMBER = "+74912551789"


def idle(far: Manager) -> None:
    """An exchange without a call."""
    far.answers["CoreShowChannels"] = lambda asked: success(asked, "EventList: start") + message(
        "Event: CoreShowChannelsComplete", f"ActionID: {asked['ActionID']}", "EventList: Complete", "ListItems: 0")


def driver(folder: Path, port: int, intake: Intake, store: Store, files: Files, **more: object) -> FaxLine:
    need_file(Path(FONT), FONTS)
    (folder / "password").write_text("x", encoding="utf8")
    settings: dict[str, object] = {"password_file": str(folder / "password"), "spool": str(folder), "port": port, "centre": "Центр"}
    return connect(settings | more, intake, store, files, limited=True)


class FaxMachine:
    """tests.channels.contract.FarEnd. Each message is a page; what it gets is read by tesseract as soon as somebody asks."""

    def __init__(self, room: Room, far: Manager, folder: Path, counters: ChannelCounters) -> None:
        need("tesseract")
        self._room, self._far, self._folder, self._counters = room, far, folder, counters
        self._heard: list[str] = []
        self._unread: asyncio.Queue[bytes] = asyncio.Queue()
        self._pages = Machine()
        self.conversation = 0
        far.answers["Originate"] = self._rings

    async def say(self, key: str, text: str) -> None:
        # A short strip: it is cleaned and read in a fifth of the time of a sheet.
        strip = written((text,), size=44).crop((0, 0, SIZE[0], 500))
        page = await asyncio.to_thread(sent, strip, code="group3")
        draft = self._folder / "draft"
        draft.write_bytes(page)
        self._counters.error = ""
        draft.rename(self._file(key))
        self._far.tell(message("Event: ReceiveFAX", f"Uniqueid: {_call(key)}", f"FileName: {self._file(key)}"))

    async def acknowledged(self, key: str) -> None:
        async def gone() -> bool:
            return not self._file(key).exists()

        await eventually(gone)
        head = await self._room.intake.find(Address(NAME, NUMBER))
        assert head is not None
        self.conversation = head.id

    async def refused(self, key: str) -> None:
        async def failed() -> bool:
            return bool(self._counters.error)

        await eventually(failed)
        assert self._file(key).exists()

    async def nothing_came(self) -> bool:
        await self._up()
        return bool([*self._folder.glob(f"*_{NUMBER}.tif")])

    async def hears(self, text: str) -> None:
        while text not in self._heard:
            fax = await self._pages.read(await self._unread.get())
            # Above it stand the centre, the number of the conversation and the day.
            self._heard.append(fax.pages[0].text.rpartition("\n\n")[2])

    async def reads(self) -> str:
        """The next fax that came: its first page."""
        async with asyncio.timeout(PATIENCE_S):
            return (await self._pages.read(await self._unread.get())).pages[0].text

    async def leave(self) -> None:
        await self._far.stop()

        async def down() -> bool:
            return not self._room.channel.health().up

        await eventually(down)

    async def come_back(self) -> None:
        await self._far.start()
        await self._up()

    def heard(self) -> list[str]:
        return self._heard

    def _rings(self, asked: Asked) -> bytes:
        """It takes what is in the folder, and hangs up."""
        key = asked["ChannelId"]
        self._unread.put_nowait((self._folder / f"{key}.tif").read_bytes())
        (self._folder / f"{key}.told").write_text("SUCCESS:1:OK\n", encoding="utf8")
        return (success(asked)
                + message("Event: OriginateResponse", f"ActionID: {asked['ActionID']}", "Response: Success", f"Uniqueid: {key}", "Reason: 4")
                + message("Event: Hangup", f"Uniqueid: {key}", "Cause: 16"))

    async def _up(self) -> None:
        async def up() -> bool:
            return self._room.channel.health().up

        await eventually(up)

    def _file(self, key: str) -> Path:
        return self._folder / f"{_call(key)}_{NUMBER}.tif"


def _call(key: str) -> str:
    return f"1795621305.{key}"


@asynccontextmanager
async def fax_machine(room: Room, far: Manager, folder: Path) -> AsyncIterator[FaxMachine]:
    """The room's channel at work, and a citizen at his machine."""
    channel = room.channel
    assert isinstance(channel, FaxLine)
    counters = ChannelCounters(now)
    pumping = asyncio.create_task(keep_going(NAME, partial(pump, channel, room.intake), counters, first_pause_s=0.001))
    machine = FaxMachine(room, far, folder, counters)
    try:
        await machine._up()
        yield machine
    finally:
        pumping.cancel()
        await asyncio.gather(pumping, return_exceptions=True)
