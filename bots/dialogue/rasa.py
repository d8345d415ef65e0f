"""Rasa over HTTP: custom actions on an action server (rasa-sdk), and whole dialogues on a Rasa server (its REST channel)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import aiohttp
import msgspec
from msgspec import Struct

from bots.dialogue.actions import ActionFailedError, ActionRefusedError, Answer
from bots.dialogue.events import BotUttered
from hub.kernel.web.bodies import UNREADABLE

_OK = 200
_REJECTED = 400
"""HTTP status with which an action refuses."""
_LARGEST = 1_000_000
"""Maximum bytes of an answer."""


class _Reply(Struct):
    events: tuple[dict[str, Any], ...] | None = ()
    responses: tuple[dict[str, Any], ...] | None = ()


class ActionServer:
    """Implements bots.dialogue.actions.Actions. The caller owns and closes the session."""

    def __init__(self, session: aiohttp.ClientSession, url: str, timeout_s: float = 10.0) -> None:
        """`url` is the whole address, as http://localhost:5055/webhook; an action that takes longer than `timeout_s` has failed."""
        self._session, self._url = session, url
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)

    async def run(self, name: str, call: Mapping[str, Any]) -> Answer:
        headers = {"Content-Type": "application/json"}
        try:
            async with self._session.post(self._url, data=msgspec.json.encode(call), headers=headers, timeout=self._timeout,
                                          allow_redirects=False) as response:
                body, status = await _body(response), response.status
        except (aiohttp.ClientError, TimeoutError) as error:
            message = f"{name}: the action server did not answer: {type(error).__name__} {error}"
            raise ActionFailedError(message) from error
        if status == _REJECTED:
            raise ActionRefusedError(name)
        return _read(name, status, body)


async def _body(response: aiohttp.ClientResponse) -> bytes:
    """The whole answer, or a few bytes more than permitted."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > _LARGEST:
            break
    return bytes(body)


def _read(name: str, status: int, body: bytes) -> Answer:
    if status != _OK or len(body) > _LARGEST:
        message = f"{name}: the action server answered with {status} and {len(body)} bytes"
        raise ActionFailedError(message)
    try:
        reply = msgspec.json.decode(body, type=_Reply)
    except UNREADABLE as error:
        message = f"{name}: the action server's answer is not of the protocol: {error}"
        raise ActionFailedError(message) from error
    return Answer(reply.events or (), reply.responses or ())


class RasaAwayError(Exception):
    """A Rasa server did not answer in time, or gave an invalid answer. The text is for logs."""


class _Line(Struct):
    """A message of Rasa's REST channel (rasa/core/channels/channel.py, CollectingOutputChannel)."""

    text: str = ""
    buttons: list[dict[str, Any]] = []
    image: str = ""
    attachment: Any = None
    custom: dict[str, Any] = {}


class RasaServer:
    """A Rasa server with dialogues. The caller owns and closes the session."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str = "", timeout_s: float = 5.0) -> None:
        """`url` is the server's, as http://localhost:5005; `token` is sent for a proxy in front of it."""
        self._session, self._url = session, url.rstrip("/") + "/webhooks/rest/webhook"
        self._headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)

    async def said_to(self, sender: str, words: str) -> tuple[BotUttered, ...]:
        """The bot's answer; empty where it leaves the dialogue to an operator. Raises RasaAwayError."""
        body = msgspec.json.encode({"sender": sender, "message": words})
        try:
            async with self._session.post(self._url, data=body, headers=self._headers, timeout=self._timeout,
                                          allow_redirects=False) as response:
                answer, status = await _body(response), response.status
        except (aiohttp.ClientError, TimeoutError) as error:
            message = f"no answer: {type(error).__name__} {error}"
            raise RasaAwayError(message) from error
        if status != _OK or len(answer) > _LARGEST:
            message = f"answered with {status} and {len(answer)} bytes"
            raise RasaAwayError(message)
        try:
            return tuple(_utterances(msgspec.json.decode(answer, type=list[_Line])))
        except UNREADABLE as error:
            message = f"the answer is not of the REST channel: {error}"
            raise RasaAwayError(message) from error


def _utterances(lines: Sequence[_Line]) -> Iterator[BotUttered]:
    """Image, attachment and custom arrive as separate messages after their text."""
    text, data = "", dict[str, Any]()
    for line in lines:
        if line.text and (text or data):
            yield BotUttered(text, data)
            text, data = "", {}
        text = text or line.text
        more = {"buttons": line.buttons, "image": line.image, "attachment": line.attachment, "custom": line.custom}
        data |= {name: value for name, value in more.items() if value}
    if text or data:
        yield BotUttered(text, data)
