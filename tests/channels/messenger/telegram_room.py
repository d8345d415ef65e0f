"""Telegram's driver between a hub's room and the double of the Bot API, by long polling or by webhook."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web

from channels.intake import keep_going
from channels.intake import pump as pump_of
from channels.messenger.telegram import NAME, Telegram, connect
from hub.conversations.address import Address
from hub.conversations.ports import Store
from hub.intake.ports import Intake
from hub.kernel.health import ChannelCounters
from hub.kernel.ports import Files
from okno.stores import now
from tests.channels.room import Room
from tests.peers.telegram import TOKEN, BotApi, Phone

SECRET = "a-secret-that-only-Telegram-knows"
HOOK = "https://hub.example/telegram/hook"


def settings(folder: Path, api: str, *, webhook: bool, **more: Any) -> dict[str, Any]:
    (folder / "token").write_text(f"{TOKEN}\n", encoding="utf8")
    (folder / "secret").write_text(SECRET, encoding="utf8")
    hook = {"webhook": {"url": HOOK, "secret_file": str(folder / "secret")}} if webhook else {}
    return {"allowed": True, "token_file": str(folder / "token"), "api": api, "poll_s": 20} | hook | more


def connected(folder: Path, api: str, intake: Intake, store: Store, files: Files, *, webhook: bool, **more: Any) -> Telegram:
    """The driver, impatient enough for tests."""
    channel = connect(settings(folder, api, webhook=webhook, **more), intake, store, files, limited=False)
    channel._first_pause_s = 0.005
    return channel


class Line:
    """tests.channels.contract.FarEnd: a citizen's phone, and the hub's pump at the other end."""

    def __init__(self, room: Room, api: BotApi, channel: Telegram, counters: ChannelCounters) -> None:
        self.room, self.api, self.channel, self.counters = room, api, channel, counters
        self.phone = Phone(api)
        self.conversation = 0
        self._keys: dict[int, str] = {}
        self._told: set[int] = set()
        self._newest: dict[str, int] = {}

    async def say(self, key: str, text: str) -> None:
        number = await self.phone.writes(text, number=100 + int(key))
        self._keys[number], self._newest[key] = key, number

    async def acknowledged(self, key: str) -> None:
        def found() -> list[int]:
            return [number for number in self.api.confirmed if self._keys.get(number) == key and number not in self._told]

        await self.api.until(found)
        self._told.add(found()[0])
        head = await self.room.intake.find(Address(NAME, str(self.phone.user)))
        assert head is not None
        self.conversation = head.id

    async def refused(self, key: str) -> None:
        """It is asked for again without being confirmed, or the webhook does not take it."""
        number = self._newest[key]
        await self.api.until(lambda: self.api.handed[number] > 1 or any(self.api.refusals[n] for n, k in self._keys.items() if k == key))
        assert number not in self.api.confirmed
        self.api.refusals.clear()

    async def nothing_came(self) -> bool:
        await self.api.ping()
        return not set(self.api.confirmed) - self._told

    async def hears(self, text: str) -> None:
        await self.api.until(lambda: text in self.phone.texts)

    async def leave(self) -> None:
        self.api.offline = True
        await self.api.cut_polls()

    async def come_back(self) -> None:
        self.api.offline = False

    def heard(self) -> list[str]:
        return self.phone.texts

    async def to_anna(self) -> None:
        """A conversation in which the robot has said what it had to, and is silent from now on."""
        await self.say("1", "раз")
        await self.acknowledged("1")
        await self.api.until(lambda: self.phone.shown)
        await self.room.hand_to_anna(self.conversation)

    async def said(self) -> list[str]:
        """The transcript's citizen's part."""
        head = await self.room.intake.find(Address(NAME, str(self.phone.user)))
        return await self.room.said(head.id) if head else []


@asynccontextmanager
async def line(room: Room, api: BotApi) -> AsyncIterator[Line]:
    """The room's channel at work: it is pumped, and its webhook is served if it has one."""
    channel = room.channel
    assert isinstance(channel, Telegram)
    async with pumped(room, api, channel) as counters:
        yield Line(room, api, channel, counters)


@asynccontextmanager
async def pumped(room: Room, api: BotApi, channel: Telegram) -> AsyncIterator[ChannelCounters]:
    async with AsyncExitStack() as stack:
        if routes := channel.routes():
            application = web.Application()
            application.add_routes(routes)
            runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.05)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            api.hub = "http://{}:{}".format(*runner.addresses[0][:2])
        counters = ChannelCounters(now)
        pump = asyncio.create_task(keep_going(channel.name, partial(pump_of, channel, room.intake), counters, first_pause_s=0.001))
        try:
            ready = "setwebhook" if routes else "getupdates"
            await api.until(lambda: any(method == ready for method, _ in api.calls))
            yield counters
        finally:
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)
            await channel.close()
