"""Status of all channels: the driver's own report and the hub's counters, published on each change."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from hub.conversations.message import CITIZEN, Message
from hub.conversations.ports import Channel, Commit, HasHealth, ReplayingChannel
from hub.conversations.sequencer import LiveConversation
from hub.kernel.health import ChannelCounters, Health
from hub.kernel.signal import Signal

TICK_S = 5.0
TOGETHER_S = 2.0
"""Changes are published at most once in this time: a channel is as busy as its citizens."""


class ChannelStatus(Struct, frozen=True):
    """Status of one channel, or of another monitored component.

    `waiting` are messages not carried yet, `error` is the last error.
    """

    channel: str
    health: Health
    last_in: datetime | None
    last_out: datetime | None
    waiting: int
    error: str
    failed_at: datetime | None


class ChannelMonitor:
    def __init__(self, channels: Mapping[str, Channel], counters: Mapping[str, ChannelCounters], *,
                 others: Mapping[str, HasHealth] | None = None,
                 tick_s: float = TICK_S, together_s: float = TOGETHER_S) -> None:
        """`others` are components that carry nothing and may fail; each has its counters, too."""
        self._channels, self._counters, self._others = channels, counters, {} if others is None else others
        self._tick_s, self._together_s = tick_s, together_s
        self._replaying: frozenset[str] = frozenset()
        self._told: list[ChannelStatus] = []
        self._joined: set[str] = set()
        """Channels whose counters are listened to."""
        self._free_at = 0.0
        """When changes may be published again, by the loop's clock."""
        self._timer: asyncio.TimerHandle | None = None
        self._tick: asyncio.TimerHandle | None = None
        self.on_change = Signal[[list[ChannelStatus]]]()

    def start(self) -> None:
        """To be called once all channels are connected."""
        self._replaying = frozenset(name for name, channel in self._channels.items() if isinstance(channel, ReplayingChannel))
        for name, counters in self._counters.items():
            self._joined.add(name)
            counters.on_change.subscribe(self._stir)
        self._told = self.beats()
        self._wind()

    def joined(self, name: str) -> None:
        """A channel was started while the hub runs."""
        if isinstance(self._channels.get(name), ReplayingChannel):
            self._replaying |= {name}
        if self._tick is not None and name not in self._joined:
            self._joined.add(name)
            self._counters[name].on_change.subscribe(self._stir)
        self.left()

    def left(self) -> None:
        """A channel was stopped while the hub runs."""
        if self._tick is not None:
            self._stir()

    def beats(self) -> list[ChannelStatus]:
        """The current status of all channels."""
        parts: dict[str, HasHealth] = {**self._channels, **self._others}
        return [self._beat(name, part, self._counters[name]) for name, part in parts.items()]

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer: received messages of all channels, and sent ones of channels without delivery."""
        channel = live.head.address.channel
        if (counters := self._counters.get(channel)) is None:
            return
        for record in change.records:
            entry = record.entry
            if not isinstance(entry, Message):
                continue
            if entry.author is CITIZEN:
                counters.last_in, counters.error = entry.at, ""
            elif channel in self._replaying and not entry.internal:
                counters.last_out, counters.error = entry.at, ""
        # Every message passes here; changes are published together.
        if self._timer is None:
            self._stir()

    def close(self) -> None:
        for timer in (self._timer, self._tick):
            if timer:
                timer.cancel()
        if self._tick is not None:  # it was started
            for name in self._joined:
                self._counters[name].on_change.unsubscribe(self._stir)
            self._tick = None

    def _beat(self, name: str, part: HasHealth, counters: ChannelCounters) -> ChannelStatus:
        return ChannelStatus(name, part.health(), counters.last_in, counters.last_out, counters.waiting, counters.error, counters.failed_at)

    def _wind(self) -> None:
        # A driver cannot report a change of its health, and a lost line is often followed by silence, which triggers nothing. So a timer
        # asks all drivers; each answers from memory.
        self._tick = asyncio.get_running_loop().call_later(self._tick_s, self._ticked)

    def _ticked(self) -> None:
        self._wind()
        self._stir()

    def _stir(self) -> None:
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(self._free_at, loop.time()), self._look)

    def _look(self) -> None:
        self._timer = None
        self._free_at = asyncio.get_running_loop().time() + self._together_s
        now = self.beats()
        if now != self._told:
            self._told = now
            self.on_change(now)
