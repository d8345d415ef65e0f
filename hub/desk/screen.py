"""One open desk: a queue of frames before a socket that may be slow."""

import asyncio

import msgspec
from aiohttp import web

from hub.desk.frames import ToDesk
from hub.operators import Operator, SignIn

BACKLOG = 1000
"""Frames a slow screen may be behind; then it is cut off, comes back and loads anew."""

_encoder = msgspec.json.Encoder()


class Screen:
    """One open desk."""

    def __init__(self, who: Operator, sign_in: SignIn, response: web.WebSocketResponse) -> None:
        self.who, self.sign_in, self._response = who, sign_in, response
        self.watched = 0
        self._frames: asyncio.Queue[str | None] = asyncio.Queue(BACKLOG)

    def push(self, what: ToDesk) -> None:
        try:
            self._frames.put_nowait(_encoder.encode(what).decode())
        except asyncio.QueueFull:
            self.end()

    def end(self) -> None:
        try:
            self._frames.put_nowait(None)
        except asyncio.QueueFull:
            self._frames = asyncio.Queue(BACKLOG)
            self._frames.put_nowait(None)

    async def write(self) -> None:
        """Send until the end, then close."""
        while (text := await self._frames.get()) is not None:
            await self._response.send_str(text)
        await self._response.close(code=1012)  # IANA registry: service restart, come back
