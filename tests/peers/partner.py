"""A partner's system: takes signed webhooks on a port of its own, and sends some. Its signatures are its own work, not the hub's."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from typing import Any, Self

import aiohttp
from aiohttp import web

from tests.channels.line import PATIENCE_S

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def sign(secret: str, number: str, at: str, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.new(key, f"{number}.{at}.".encode() + body, hashlib.sha256).digest()).decode()


class Partner:
    """What it is told to answer stands in `moods`: a status, headers, or "hang" and "cut" for a connection that gives no answer."""

    def __init__(self) -> None:
        self.moods: list[int | tuple[int, dict[str, str]] | str] = []
        self.got: list[dict[str, Any]] = []
        """Every letter, each time it came with a good signature."""
        self.headers: list[dict[str, str]] = []
        self.port = 0
        self._news = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        self._never = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        application = web.Application()
        application.router.add_post("/in", self._take)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/in"

    @property
    def texts(self) -> list[str]:
        """What it has, each letter once: by its id, as a partner must."""
        return list({letter["id"]: letter["text"] for letter in self.got}.values())

    async def wait(self, done: Any) -> None:
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(done)

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        number, at = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        good = request.headers["webhook-signature"] == sign(SECRET, number, at, body) and abs(time.time() - int(at)) < 300
        letter = json.loads(body)
        if not good or letter["id"] != number:
            return web.Response(status=401)
        mood = self.moods.pop(0) if self.moods else 200
        async with self._news:
            if mood != "hang":
                self.headers.append(dict(request.headers))
            if mood in (200, "cut"):  # it has the letter, whether its answer comes or not
                self.got.append(letter)
            self._news.notify_all()
        if mood == "cut":
            assert request.transport is not None
            request.transport.abort()
        if mood == "hang":
            await self._never.wait()
        status, headers = mood if isinstance(mood, tuple) else (mood, {})
        return web.Response(status=int(status) if status != "cut" else 500, headers=headers)


async def send(http: aiohttp.ClientSession, url: str, number: str, body: object, *, secret: str = SECRET, at: int | None = None,
               **headers: str) -> tuple[int, Any]:
    """A signed webhook to the hub: status and answer. `headers` go before those of the signature."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    moment = str(int(time.time()) if at is None else at)
    told = {"webhook-id": number, "webhook-timestamp": moment, "webhook-signature": sign(secret, number, moment, content)}
    async with http.post(url, data=content, headers=told | {name.replace("_", "-"): value for name, value in headers.items()}) as answer:
        text = await answer.read()
        return answer.status, json.loads(text) if answer.content_type == "application/json" else text
