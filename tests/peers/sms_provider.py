"""A double of a provider of SMS by HTTP, in the style of one profile of docs/configuration.md: real requests, both ways."""

import asyncio
import json
import re
import tomllib
from itertools import count
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

import aiohttp
from aiohttp import web

from tests.channels.line import PATIENCE_S

DOCS = Path(__file__).parents[2] / "docs/configuration.md"
SECRET, TOKEN = "a secret of webhooks", "token-1"
NUMBER = "+79160000001"


def documented(host: str) -> dict[str, Any]:
    """The settings of the profile for a host, as an administrator would copy them."""
    blocks = re.findall(r"^```toml\n(.*?)^```", DOCS.read_text(encoding="utf8"), re.MULTILINE | re.DOTALL)
    block = next(block for block in blocks if host in block)
    settings: dict[str, Any] = tomllib.loads(block)["channels"][0]["settings"]
    return settings


class Provider:
    """`moods` are what it does with the next messages: a status, a body of JSON, "hang", or "cut" after it has taken one."""

    def __init__(self, host: str, folder: Path) -> None:
        self.settings = documented(host)
        self.outgoing = self.settings["outgoing"]
        self.moods: list[int | dict[str, Any] | str] = []
        self.got: list[dict[str, str]] = []
        self.tries = 0
        self.port = 0
        self._ids = count(1000)
        self._news = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        self._never = asyncio.Event()
        for name, content in ((self.settings, SECRET), (self.outgoing, TOKEN)):
            path = folder / f"{content.split()[0]}.secret"
            path.write_text(content, encoding="utf8")
            name["secret_file" if name is self.settings else "token_file"] = str(path)

    async def __aenter__(self) -> Self:
        await self.start()
        self.outgoing["url"] = f"http://127.0.0.1:{self.port}/send"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        application = web.Application()
        application.router.add_post("/send", self._take)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def texts(self) -> list[str]:
        return [sms["text"] for sms in self.got]

    async def wait(self, done: Any) -> None:
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(done)

    async def _take(self, request: web.Request) -> web.Response:
        forms = self.outgoing.get("form") == "form"
        raw = await request.read()
        told: dict[str, Any] = dict(parse_qsl(raw.decode())) if forms else json.loads(raw)
        assert (told.get("apikey") if forms else request.headers["Authorization"].removeprefix("Bearer ")) == TOKEN
        sms = ({"to": told["phones"], "text": told["mes"], "from": told["sender"], "own": told["id"]} if forms
               else {"to": told["destination"], "text": told["text"], "from": told["number"], "own": ""})
        mood = self.moods.pop(0) if self.moods else 200
        sms["id"] = str(next(self._ids))
        async with self._news:
            self.tries += 1
            if mood in (200, "cut"):
                self.got.append(sms)
            self._news.notify_all()
        if mood == "hang":
            await self._never.wait()
        if mood == "cut":
            assert request.transport is not None
            request.transport.abort()
        if isinstance(mood, dict):
            return web.json_response(mood)
        if mood != 200:
            return web.Response(status=mood if isinstance(mood, int) else 500)
        return web.json_response({"id": int(sms["id"]), "cnt": 1} if forms else {"message_id": sms["id"]})

    async def _hook(self, http: aiohttp.ClientSession, url: str, told: dict[str, str], secret: str) -> tuple[int, str]:
        headers = {"Content-Type": "application/x-www-form-urlencoded" if self.outgoing.get("form") == "form" else "application/json"}
        body = urlencode(told) if self.outgoing.get("form") == "form" else json.dumps(told)
        if name := self.settings.get("secret_header"):
            headers[name] = secret
        else:
            url += "?" + urlencode({self.settings["secret_query"]: secret})
        async with http.post(url, data=body.encode(), headers=headers) as answer:
            return answer.status, await answer.text()

    async def bring(self, http: aiohttp.ClientSession, url: str, key: str, text: str, *, number: str = NUMBER, secret: str = SECRET) -> tuple[int, str]:
        """A message of a citizen."""
        where = {"sender": "from", "text": "text", "id": "id"} | self.settings["incoming"]
        return await self._hook(http, url, {where["sender"]: number.removeprefix("+"), where["text"]: text, where["id"]: key, "to": "79160000000"}, secret)

    async def receipt(self, http: aiohttp.ClientSession, url: str, number: str, state: str, *, secret: str = SECRET) -> tuple[int, str]:
        where = {"id": "id", "state": "status"} | self.settings["receipts"]
        return await self._hook(http, url, {where["id"]: number, where["state"]: state, "phone": NUMBER.removeprefix("+")}, secret)
