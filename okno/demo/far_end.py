"""A simulated external system: a real HTTP server, for trials and tests.

Its data is invented. Its behaviour is set by `moods`: one for each exchange.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Self, TypeVar

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from hub.kernel.web import bodies

BODY_LIMIT = 1 << 18
T = TypeVar("T")


class FarEnd(ABC):
    """Serves on its own port; 0 is any free one."""

    def __init__(self, port: int = 0, token: str = "") -> None:
        self._port, self._token = port, token
        self.moods: list[int | str] = []
        """Statuses to answer with, "hang" for no answer at all, "deaf" for none after processing, or "nonsense"."""
        self.asked = 0
        self._never = asyncio.Event()
        self._runner: web.AppRunner | None = None

    @abstractmethod
    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """Its API."""

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=BODY_LIMIT, middlewares=[self._behave])
        application.add_routes(self.routes())
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True).start()
        self._port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @web.middleware
    async def _behave(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.asked += 1
        mood = self.moods.pop(0) if self.moods else 200
        if mood == "deaf":
            await handler(request)
        if mood in {"hang", "deaf"}:
            await self._never.wait()
        if mood == "nonsense":
            return web.Response(text="<html>")
        if isinstance(mood, int) and mood != 200:  # noqa: PLR2004 - RFC 9110
            return web.Response(status=mood)
        if self._token and request.headers.get("Authorization") != f"Bearer {self._token}":
            return web.Response(status=401)
        return await handler(request)


async def decoded(request: web.Request, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(await request.read(), type=kind)
    except bodies.UNREADABLE as error:
        raise web.HTTPBadRequest from error


def as_json(body: object, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(body), status=status, content_type="application/json")
