"""A simulated portal: a real HTTP server with a register of services (docs/systems.md), for trials and tests."""

import asyncio
from hashlib import sha256
from typing import Self

from aiohttp import web

MODIFIED = "Wed, 25 Nov 2026 09:00:00 GMT"


class PortalServer:
    """Serves on its own port; 0 is any free one. With `marks` it reports that its register is unchanged."""

    def __init__(self, register: bytes, port: int = 0, *, marks: bool = True) -> None:
        self.register, self._port, self._marks = register, port, marks
        self.moods: list[int | str] = []
        """Statuses of the next answers, one for each request; "hang" for no answer at all."""
        self.sent: list[int] = []
        """Statuses of the answers."""
        self._never = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.add_routes([web.get("/services.jsonld", self._services)])
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

    async def _services(self, request: web.Request) -> web.Response:
        mood = self.moods.pop(0) if self.moods else 200
        if mood == "hang":
            await self._never.wait()
        answer = self._answer(request) if mood == 200 else web.Response(status=int(mood))  # noqa: PLR2004 - RFC 9110
        self.sent.append(answer.status)
        return answer

    def _answer(self, request: web.Request) -> web.Response:
        etag = f'"{sha256(self.register).hexdigest()[:16]}"'
        marks = {"ETag": etag, "Last-Modified": MODIFIED} if self._marks else {}
        if self._marks and request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers=marks)
        return web.Response(body=self.register, content_type="application/ld+json", headers=marks)
