"""Custom actions on an action server, over the protocol of rasa-sdk (POST /webhook)."""

from collections.abc import Mapping
from typing import Any

import aiohttp
import msgspec
from msgspec import Struct

from bots.actions import ActionFailedError, ActionRefusedError, Answer

_REJECTED = 400
"""HTTP status with which an action refuses."""
_LARGEST = 1_000_000
"""Bytes of an answer."""


class _Reply(Struct):
    events: tuple[dict[str, Any], ...] | None = ()
    responses: tuple[dict[str, Any], ...] | None = ()


class ActionServer:
    """Implements bots.actions.Actions. The session is its owner's, who closes it."""

    def __init__(self, session: aiohttp.ClientSession, url: str, timeout_s: float = 10.0) -> None:
        """`url` is all of it, as http://localhost:5055/webhook; an action that takes longer than `timeout_s` has failed."""
        self._session, self._url = session, url
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)

    async def run(self, name: str, call: Mapping[str, Any]) -> Answer:
        headers = {"Content-Type": "application/json"}
        try:
            async with self._session.post(self._url, data=msgspec.json.encode(call), headers=headers, timeout=self._timeout,
                                          allow_redirects=False) as response:
                body = await response.content.read(_LARGEST + 1)
                status = response.status
        except (aiohttp.ClientError, TimeoutError) as error:
            message = f"{name}: the action server did not answer: {type(error).__name__} {error}"
            raise ActionFailedError(message) from error
        if status == _REJECTED:
            raise ActionRefusedError(name)
        return _read(name, status, body)


def _read(name: str, status: int, body: bytes) -> Answer:
    ok = 200
    if status != ok or len(body) > _LARGEST:
        message = f"{name}: the action server answered with {status} and {len(body)} bytes"
        raise ActionFailedError(message)
    try:
        reply = msgspec.json.decode(body, type=_Reply)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        message = f"{name}: the action server's answer is not of the protocol: {error}"
        raise ActionFailedError(message) from error
    return Answer(reply.events or (), reply.responses or ())
