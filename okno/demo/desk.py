"""The REST side of a simulated operator's desk: the requests of the desk in the browser, with its cookie and csrf token."""

from typing import TypeVar

import msgspec
from aiohttp import ClientSession
from msgspec import Struct

from hub.desk.http.forms import ErrorOut
from hub.desk.http.session_cookie import COOKIE
from hub.desk.sign_in.forms import CredentialsIn, MeOut
from hub.kernel.errors import RefusedError

T = TypeVar("T")


class DeskClient:
    """`me` is known after signing in."""

    def __init__(self, http: ClientSession, hub: str) -> None:
        self._http, self._hub = http, hub
        self.headers = {"Origin": hub, "Content-Type": "application/json"}
        self.me: MeOut

    async def sign_in(self, login: str, password: str) -> None:
        body = msgspec.json.encode(CredentialsIn(login, password))
        async with self._http.post(f"{self._hub}/api/session", data=body, headers=self.headers) as response:
            self.me = _outcome(response.status, await response.read(), MeOut)
            # By hand: a cookie jar would not send a Secure cookie over plain http, and one jar serves all simulated people.
            self.headers |= {"Cookie": f"{COOKIE}={response.cookies[COOKIE].value}", "X-CSRF-Token": self.me.csrf}

    async def get(self, path: str, kind: type[T]) -> T:
        async with self._http.get(f"{self._hub}{path}", headers=self.headers) as response:
            return _outcome(response.status, await response.read(), kind)

    async def post(self, path: str, body: Struct | None = None) -> bytes:
        return await self._change("POST", path, body)

    async def put(self, path: str, body: Struct) -> bytes:
        return await self._change("PUT", path, body)

    async def _change(self, method: str, path: str, body: Struct | None) -> bytes:
        data = msgspec.json.encode(body) if body else b"{}"
        async with self._http.request(method, f"{self._hub}{path}", data=data, headers=self.headers) as response:
            content = await response.read()
            _outcome(response.status, content, msgspec.Raw)
            return content


def _outcome(status: int, content: bytes, kind: type[T]) -> T:
    """The answer; raises a refusal as the hub's original error."""
    if status >= 400:  # noqa: PLR2004 - RFC 9110 §15.5: client errors
        error = msgspec.json.decode(content, type=ErrorOut)
        raise RefusedError(error.error, error.text)
    return msgspec.json.decode(content, type=kind)
