"""A simulated person's socket: frames are received while the person reads, thinks and types."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from random import Random

import msgspec
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
from msgspec import Struct

from hub.kernel.errors import OknoError

TYPING_S = 3.0
"""Interval of typing signals."""


class Pace:
    """Speed of simulated people: `speed` is a multiple of that at a real centre."""

    def __init__(self, chance: Random, speed: float) -> None:
        self._chance, self._speed = chance, speed

    def about(self, seconds: float) -> float:
        """The duration with a random deviation."""
        return self._chance.uniform(0.7, 1.4) * seconds / self._speed

    def some_time(self, seconds: float) -> float:
        """A random duration with this mean, of any length."""
        return self._chance.expovariate(1 / seconds) / self._speed


class LostError(OknoError):
    """The hub has closed the socket."""


class Line:
    def __init__(self, socket: ClientWebSocketResponse, heard: Callable[[str], None], pace: Pace) -> None:
        self._socket, self._heard, self._pace = socket, heard, pace
        self._news = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            async for message in self._socket:
                if message.type is WSMsgType.TEXT:
                    self._heard(message.data)
                    self._news.set()
        finally:
            self._news.set()

    async def send(self, frame: Struct) -> None:
        await self._socket.send_str(msgspec.json.encode(frame).decode())

    async def until(self, happened: Callable[[], bool], patience_s: float) -> bool:
        """Whether it happened in time; raises LostError when the hub closes the socket."""
        clock = asyncio.get_running_loop().time
        end = clock() + patience_s
        while not happened():
            if self._reading.done():
                message = f"the socket was closed ({self._socket.close_code})"
                raise LostError(message) from self._reading.exception()
            self._news.clear()
            try:
                async with asyncio.timeout_at(end):
                    await self._news.wait()
            except TimeoutError:
                return happened()
        return True

    async def pause(self, seconds: float) -> None:
        """Wait for about this time."""
        await self.until(lambda: False, self._pace.about(seconds))

    async def read(self, text: str) -> None:
        """Wait for the time of reading, with a maximum."""
        await self.pause(min(1.5 + len(text) / 60, 6))

    async def type(self, text: str, typing: Struct) -> None:
        """Wait for the time of typing, with typing signals."""
        left = min(1 + len(text) / 18, 8)
        while left > 0:
            await self.send(typing)
            await self.pause(min(left, TYPING_S))
            left -= TYPING_S

    async def close(self) -> None:
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)


@asynccontextmanager
async def line(
    http: ClientSession, address: str, headers: Mapping[str, str], heard: Callable[[str], None], pace: Pace,
) -> AsyncIterator[Line]:
    async with http.ws_connect(address, headers=headers) as socket:
        open_line = Line(socket, heard, pace)
        try:
            yield open_line
        finally:
            await open_line.close()
