"""Another system that is told of events: a real HTTP server that reads them with libraries of others (cloudevents, standardwebhooks)."""

import asyncio
from typing import Any, Self

from aiohttp import web
from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings.http import HTTPMessage, from_structured_event
from standardwebhooks import Webhook

from tests.channels.line import PATIENCE_S


class Listener:
    """What it answers stands in `moods`: a status, "hang", or "cut"; with none left it takes everything."""

    def __init__(self, secret: str = "") -> None:
        self.secret = secret
        self.moods: list[int | str] = []
        self.got: list[BaseCloudEvent] = []
        """Each that was taken, each time."""
        self.tried: list[str] = []
        self.port = 0
        self._news = asyncio.Condition()
        self._never = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        application = web.Application()
        application.router.add_post("/events", self._take)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/events"

    @property
    def types(self) -> list[str]:
        return [event.get_type().rpartition(".")[2] for event in self.got]

    async def wait(self, done: Any) -> None:
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(done)

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        mood = self.moods.pop(0) if self.moods else 204
        async with self._news:
            self.tried.append(request.headers["webhook-id"])
            if mood == 204:
                Webhook(self.secret).verify(body, dict(request.headers))
                event = from_structured_event(HTTPMessage(headers=dict(request.headers), body=body))
                assert event.get_id() == request.headers["webhook-id"]
                self.got.append(event)
            self._news.notify_all()
        if mood == "hang":
            await self._never.wait()
        if mood == "cut":
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=mood if isinstance(mood, int) else 204, headers={"Location": "/events"})
