"""What doubles of a carrier's HTTP API share: they speak on a free port, and fail as real ones do, when they are told to."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable

from aiohttp import web
from msgspec import Struct

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Fault(Struct, frozen=True):
    """What happens to one request. It is acted upon if `acts`; then the answer is `status`, or cut off, or torn in its middle."""

    acts: bool = False
    status: int = 0
    body: bytes = b""
    retry_after: str = ""
    torn: bool = False


CUT, LOST, TORN = Fault(), Fault(acts=True), Fault(acts=True, torn=True)
"""Not heard; done, but the answer is lost; done, and half of the answer comes."""


def refuses(status: int, body: bytes = b"", retry_after: str = "") -> Fault:
    return Fault(status=status, body=body, retry_after=retry_after)


class Double:
    """One server. Whoever waits for something that it sees waits on `news`."""

    def __init__(self) -> None:
        self.news = asyncio.Condition()
        self.asked: list[str] = []
        """Every request, as "METHOD path"."""
        self.base = ""
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._away = False
        self._runner: web.AppRunner | None = None

    def routes(self) -> list[web.AbstractRouteDef]:
        raise NotImplementedError

    async def start(self) -> None:
        application = web.Application(middlewares=[self._staged])
        application.add_routes(self.routes())
        # Whoever hangs up while he waits is not waited for: what comes next is for the next who asks.
        self._runner = web.AppRunner(application, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.base = "http://{}:{}".format(*self._runner.addresses[0][:2])

    async def stop(self) -> None:
        await self.go_away()
        if self._runner is not None:
            await self._runner.cleanup()

    def fails(self, what: str, *faults: Fault) -> None:
        """The next requests "METHOD path" end so, one after another."""
        self._faults[what].extend(faults)

    @property
    def unspent(self) -> int:
        """Faults that have not happened yet."""
        return sum(map(len, self._faults.values()))

    @property
    def away(self) -> bool:
        return self._away

    async def go_away(self) -> None:
        """Every connection breaks off, those that wait too."""
        await self._tell(lambda: setattr(self, "_away", True))

    async def come_back(self) -> None:
        await self._tell(lambda: setattr(self, "_away", False))

    async def until(self, seen: Callable[[], object]) -> None:
        async with asyncio.timeout(20), self.news:
            await self.news.wait_for(lambda: bool(seen()))

    async def _tell(self, change: Callable[[], object]) -> None:
        async with self.news:
            change()
            self.news.notify_all()

    @web.middleware
    async def _staged(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        what = f"{request.method} {request.path}"
        if self._away:
            return _cut(request)
        await self._tell(lambda: self.asked.append(what))
        faults = self._faults[what]
        if not faults:
            answer = await handler(request)
            return _cut(request) if self._away else answer
        fault = faults.popleft()
        if fault.status:
            headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
            return web.Response(status=fault.status, body=fault.body, headers=headers, content_type="application/json")
        if not fault.acts:
            return _cut(request)
        answer = await handler(request)
        if fault.torn and isinstance(answer, web.Response) and isinstance(answer.body, bytes):
            return await _torn(request, answer.body)
        return _cut(request)


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _torn(request: web.Request, body: bytes) -> web.StreamResponse:
    half = web.StreamResponse(headers={"Content-Length": str(len(body)), "Content-Type": "application/json"})
    await half.prepare(request)
    await half.write(body[:len(body) // 2])
    return _cut(request)
