"""Disconnects slow clients: while sending a request's body, or receiving an answer.

aiohttp limits neither; it limits the head of a request and the time between two (`keepalive_timeout`, serve() in http_server.py).
One timer checks all connections, so that a request costs almost nothing more.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import StreamReader, web

LOOKS = 15
"""Checks within the timeout."""
SLOWEST = 64 << 10
"""Minimum bytes transferred within the timeout: a third of GPRS's rate."""


@dataclass(slots=True)
class ResponseProgress:
    """Progress of one connection in receiving an answer."""

    since: float
    left: int = 0
    """Bytes still in the hub's buffer at the last check."""
    taken: int = 0
    """Bytes sent since then."""


@dataclass(slots=True, eq=False)
class RequestBody:
    """A body being received, and the means to abort it."""

    body: StreamReader
    limit: asyncio.Timeout
    since: float
    known: int = 0
    """Bytes received at that time."""


class SlowClients:
    """Connections under observation: at most `patience_s` without `SLOWEST` bytes."""

    def __init__(self, patience_s: float) -> None:
        self.patience_s = patience_s
        self._sending: dict[asyncio.Transport, ResponseProgress] = {}
        self._coming: set[RequestBody] = set()

    @web.middleware
    async def patiently(self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        """Answers 408 to a too slow body (RFC 9110 §15.5.9)."""
        now = asyncio.get_running_loop().time()
        if request.transport is not None:  # after «Connection: close» the server does not list the connection any more
            self._sending.setdefault(request.transport, ResponseProgress(now))
        if request.content.is_eof():
            return await handler(request)
        coming = RequestBody(request.content, asyncio.timeout(None), now)
        self._coming.add(coming)
        try:
            async with coming.limit:
                return await handler(request)
        except TimeoutError:
            if coming.limit.expired():
                raise web.HTTPRequestTimeout from None
            raise
        finally:
            self._coming.discard(coming)

    @asynccontextmanager
    async def watching(self, server: web.Server) -> AsyncIterator[None]:
        """Check the connections of a server within the context."""
        looking = asyncio.create_task(self._look_again(server), name="waiting")
        try:
            yield
        finally:
            looking.cancel()

    async def _look_again(self, server: web.Server) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self.patience_s / LOOKS)
            now = loop.time()
            for coming in self._coming:
                self._look_at_body(coming, now)
            for handler in server.connections:
                if (line := handler.transport) is not None:
                    self._sending.setdefault(line, ResponseProgress(now))
            # A closing connection exists until all is sent: it is still checked.
            self._sending = {line: sending for line, sending in self._sending.items() if self._is_behind(line, sending, now)}

    def _look_at_body(self, coming: RequestBody, now: float) -> None:
        if coming.body.is_eof() or now - coming.since < self.patience_s:
            return
        come = coming.body.total_bytes
        if come - coming.known < SLOWEST:
            coming.limit.reschedule(now)
        else:
            coming.since, coming.known = now, come

    def _is_behind(self, line: asyncio.Transport, sending: ResponseProgress, now: float) -> bool:
        left = line.get_write_buffer_size()
        if not left:
            return False
        sending.taken, sending.left = sending.taken + max(sending.left - left, 0), left
        if now - sending.since < self.patience_s:
            return True
        if sending.taken < SLOWEST:
            line.abort()
            return False
        sending.since, sending.taken = now, 0
        return True
