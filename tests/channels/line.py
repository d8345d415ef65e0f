"""One WebSocket, of a citizen or of a desk, as a test listens to it."""

import asyncio
import json
from typing import Any

import aiohttp

PATIENCE_S = 200.0
"""Far longer than anything may take, also on a machine that has much else to do; who waits longer has failed, before the suite says so."""

Frame = dict[str, Any]


class HungUpError(ConnectionError):
    """The other end closed the socket; `code` is that of the WebSocket's close frame, or 1006."""

    def __init__(self, code: int) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class Line:
    """One WebSocket: what comes is kept until somebody asks for it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.unheard: list[Frame] = []

    async def hear(self, kind: str, **wanted: object) -> Frame:
        """The next frame of a kind that carries the wanted values. Raises HungUpError, or TimeoutError with what came instead."""
        def fits(frame: Frame) -> bool:
            return bool(frame["type"] == kind) and all(frame.get(name) == value for name, value in wanted.items())

        for frame in self.unheard:
            if fits(frame):
                self.unheard.remove(frame)
                return frame
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not fits(frame := await self.receive()):
                    self.unheard.append(frame)
        except TimeoutError:
            message = f"no {kind} {wanted}; came: {self.unheard[-20:]}"
            raise TimeoutError(message) from None
        return frame

    async def receive(self) -> Frame:
        message = await self.socket.receive()
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise HungUpError(message.data if message.type is aiohttp.WSMsgType.CLOSE else self.socket.close_code or 1006)
        frame: Frame = json.loads(message.data)
        return frame

    async def hung_up(self) -> int:
        """Wait until the other end closes: the code of its close frame."""
        try:
            while True:
                self.unheard.append(await self.receive())
        except HungUpError as error:
            return error.code

    async def send(self, **frame: object) -> None:
        await self.socket.send_json(frame)

    async def close(self) -> None:
        await self.socket.close()
