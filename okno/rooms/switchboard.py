"""Channels that start and stop while the hub runs, beside those of the configuration file."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from channels.intake import keep_going, pump
from hub.conversations.conversation import Conversation
from hub.conversations.journal import StoredEvent
from hub.conversations.live_signals import LiveSignal
from hub.conversations.ports import BackgroundChannel, CarryingChannel, Channel, Incoming, Store
from hub.intake.ports import Intake
from hub.kernel.health import ChannelCounters, Health
from hub.monitoring.channel_health import ChannelMonitor
from okno.adapters.channel_drivers import DeskDrivers
from okno.commands.access import outside
from okno.drivers import channel_traits
from okno.rooms.base import Base, Doors
from okno.serving.channel_routes import ChannelRoutes, Mounted

FINISH_S = 10.0
"""Time for a message that is being carried when its channel is switched off; then it waits, and is carried again."""
OFF = Health(up=False, words="канал выключен")
NOTHING: tuple[Incoming, ...] = ()


class SwitchedCarrier:
    """hub.conversations.ports.CarryingChannel: messages wait here while the channel behind it is off."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._behind: CarryingChannel | None = None
        self._on = asyncio.Event()
        self._under_way = set[asyncio.Task[None]]()

    async def receive(self) -> AsyncGenerator[Incoming, None]:
        """Yields nothing: the channel behind is asked itself."""
        for nothing in NOTHING:
            yield nothing

    async def send(self, conversation: Conversation, records: Sequence[StoredEvent]) -> None:
        while True:
            while not self._on.is_set():  # it may be off again before this task goes on
                await self._on.wait()
            assert self._behind is not None  # noqa: S101 - it is on
            sending = asyncio.create_task(self._behind.send(conversation, records))
            self._under_way.add(sending)
            try:
                await asyncio.wait([sending])
            finally:
                self._under_way.discard(sending)
                sending.cancel()
            if not sending.cancelled():
                return sending.result()

    def put_on(self, behind: CarryingChannel) -> None:
        self._behind = behind
        self._on.set()

    async def put_off(self) -> None:
        """What is under way is finished within `FINISH_S`, or begins anew when the channel is on again."""
        self._on.clear()
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=FINISH_S)
            for each in late:
                each.cancel()
            if late:
                await asyncio.wait(late)
        self._behind = None

    def signal(self, conversation: int, signal: LiveSignal) -> None:
        if self._behind is not None:
            self._behind.signal(conversation, signal)

    def health(self) -> Health:
        return OFF if self._behind is None else self._behind.health()

    async def close(self) -> None:
        """The channel behind is closed itself."""


class Switchboard:
    """hub.monitoring.ports.ChannelSwitch."""

    def __init__(self, base: Base, intake: Intake, drivers: DeskDrivers, monitor: ChannelMonitor, routes: ChannelRoutes) -> None:
        self._store: Store = base.store
        self._now, self._intake, self._drivers, self._monitor, self._routes = base.now, intake, drivers, monitor, routes
        self._doors: Doors = base.doors
        self._carriers: dict[str, SwitchedCarrier] = {}
        self._tasks: dict[str, list[asyncio.Task[None]]] = {}
        self._on: dict[str, Channel] = {}
        self._working = False

    def reserve(self, driver: str) -> None:
        if driver not in self._carriers:
            self._doors.counters.setdefault(driver, ChannelCounters(self._now))
            self._doors.carriers[driver] = self._carriers[driver] = SwitchedCarrier(driver)

    def on(self, driver: str, settings: dict[str, Any]) -> bool:
        channel = self._drivers.connected(driver, settings, self._intake, self._store)
        if isinstance(channel, Mounted):
            self._routes.mount(driver, outside(channel.routes()))
        self._doors.counters.setdefault(driver, ChannelCounters(self._now))
        self._doors.traits.declare(driver, channel_traits({driver: settings}).named(driver))
        carries = isinstance(channel, CarryingChannel)
        self._doors.open({driver: channel})
        if isinstance(channel, CarryingChannel):
            self.reserve(driver)
            self._doors.carriers[driver] = self._carriers[driver]
            self._carriers[driver].put_on(channel)
        self._on[driver] = channel
        self._monitor.joined(driver)
        if self._working:
            self._work(driver, channel)
        return carries

    async def off(self, driver: str) -> None:
        if (channel := self._on.pop(driver, None)) is None:
            return
        self._routes.unmount(driver)
        for task in (tasks := self._tasks.pop(driver, [])):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if driver in self._carriers:
            await self._carriers[driver].put_off()
        self._doors.shut(driver)
        await channel.close()
        self._monitor.left()

    def waiting(self, driver: str) -> int:
        return self._doors.counters[driver].waiting if driver in self._doors.counters else 0

    def begin(self) -> None:
        """Receive: everything is loaded."""
        self._working = True
        for driver, channel in self._on.items():
            self._work(driver, channel)

    async def rest(self) -> None:
        """Stop receiving: the hub stops, and closes the channels with the others."""
        self._working = False
        tasks = [task for each in self._tasks.values() for task in each]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _work(self, driver: str, channel: Channel) -> None:
        works: list[Callable[[], Awaitable[None]]] = []
        if isinstance(channel, CarryingChannel):
            works.append(partial(pump, channel, self._intake))
        if isinstance(channel, BackgroundChannel):
            works.append(channel.work)
        counters = self._doors.counters[driver]
        self._tasks[driver] = [asyncio.create_task(keep_going(driver, work, counters)) for work in works]
