"""The API of MAX through maxapi's client, with its errors as the hub's errors."""

import logging
from collections.abc import Awaitable, Mapping, Sequence
from io import BytesIO
from typing import Any, TypeVar

import aiohttp
import msgspec
from maxapi import Bot
from maxapi.client import DefaultConnectionProperties
from maxapi.client.ssl import create_default_connector
from maxapi.enums.api_path import ApiPath
from maxapi.enums.http_method import HTTPMethod
from maxapi.enums.sender_action import SenderAction
from maxapi.enums.upload_type import UploadType
from maxapi.exceptions import InvalidToken, MaxApiError, MaxError
from maxapi.types.command import BotCommand
from pydantic import BaseModel

from channels.messenger.api_errors import FIRST_WAIT_S, DoubtfulError, FileRefusedError, TooManyError, seconds
from channels.messenger.max_updates import User
from hub.kernel.errors import OknoError, UnavailableError, UndeliverableError

T = TypeVar("T")

POLL_S = 30
"""The maximum wait of GET /updates since 11.05.2026."""
TIMEOUT_S, CONNECT_S = POLL_S + 15.0, 10
UPLOAD_TIMEOUT = aiohttp.ClientTimeout(total=600, sock_connect=CONNECT_S)
ANSWER_LIMIT = 1 << 16
BATCH = 100
TYPES = ("message_created", "message_edited", "message_callback", "bot_started", "bot_stopped", "dialog_removed", "bot_added")
"""Requested update types: MAX sends no others."""
GONE = {
    403: "Гражданин остановил бота в MAX или запретил ему писать",
    404: "Такого диалога в MAX нет: гражданин его удалил или не начинал",
}


class Batch(msgspec.Struct, frozen=True):
    updates: list[Any] = []
    marker: int | None = None


class NotReadyError(UnavailableError):
    """MAX is still working on an uploaded file."""

    def __init__(self) -> None:
        super().__init__("MAX ещё обрабатывает файл")


class Posted(msgspec.Struct, frozen=True):
    """An attachment of a message of ours. MAX tells the size of files alone, in bytes."""

    type: str
    size: int = 0


class Body(msgspec.Struct, frozen=True):
    mid: str
    text: str | None = None
    attachments: list[Posted] | None = None


class Written(msgspec.Struct, frozen=True):
    """The used part of a message in a dialogue. `timestamp` is in milliseconds."""

    timestamp: int
    sender: User | None = None
    body: Body | None = None


class _History(msgspec.Struct, frozen=True):
    messages: list[Written]


class _Posted(msgspec.Struct, frozen=True):
    message: Written


class _Address(msgspec.Struct, frozen=True):
    """Where to upload; the token of a sound or a film comes with it, that of a picture or a file with the answer there."""

    url: str
    token: str = ""


class _Token(msgspec.Struct, frozen=True):
    token: str


class _Uploaded(msgspec.Struct, frozen=True):
    token: str = ""
    photos: dict[str, _Token] = {}


class _Subscription(msgspec.Struct, frozen=True):
    url: str


class _Subscriptions(msgspec.Struct, frozen=True):
    subscriptions: list[_Subscription]


class MaxApi:
    """One bot. maxapi's own retries are disabled: they repeat requests with an unknown result, and ignore Retry-After."""

    def __init__(self, token: str, url: str) -> None:
        # The HTTP library of maxapi logs every connection loss as an error; health and our own log report it.
        logging.getLogger("backoff").setLevel(logging.CRITICAL)
        self._asked_to_wait_s = FIRST_WAIT_S
        trace = aiohttp.TraceConfig()
        trace.on_request_end.append(self._looked_at)
        connection = DefaultConnectionProperties(timeout=TIMEOUT_S, sock_connect=CONNECT_S, max_retries=0, trace_configs=[trace])
        self._bot = Bot(token, auto_requests=False, default_connection=connection)
        self._bot.set_api_url(url)
        self._uploads: aiohttp.ClientSession | None = None
        """A session of its own: hosts of files do not get the bot's key."""

    async def me(self) -> User:
        raw = await self._asked(self._bot.request(HTTPMethod.GET, ApiPath.ME, is_return_raw=True))
        return _read(raw, User)

    async def updates(self, marker: int | None) -> Batch:
        """Updates since `marker`, at once or after the first one; the next call with its marker acknowledges them."""
        params: dict[str, Any] = {"limit": BATCH, "timeout": POLL_S, "types": ",".join(TYPES)}
        if marker is not None:
            params["marker"] = marker
        return _read(await self._asked(self._bot.request(HTTPMethod.GET, ApiPath.UPDATES, params=params, is_return_raw=True)), Batch)

    async def publish(self, commands: Mapping[str, str]) -> None:
        """The bot's menu: names of commands with their descriptions."""
        await self._asked(self._bot.set_commands(*(BotCommand(name=name, description=words) for name, words in commands.items())))

    async def upload(self, kind: UploadType, name: str, content: bytes) -> str:
        """Upload a file; returns its token for `post`. Raises FileRefusedError."""
        raw = await self._asked(self._bot.request(HTTPMethod.POST, ApiPath.UPLOADS, params={"type": kind.value}, is_return_raw=True))
        address = _read(raw, _Address)
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("data", BytesIO(content), filename=name.replace('"', "'"), content_type="application/octet-stream")
        if self._uploads is None:
            self._uploads = aiohttp.ClientSession(
                connector=create_default_connector(), timeout=UPLOAD_TIMEOUT, cookie_jar=aiohttp.DummyCookieJar())
        try:
            async with self._uploads.post(address.url, data=form) as answer:
                body = await answer.content.read(ANSWER_LIMIT)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            message = f"с сервером файлов MAX нет связи: {type(error).__name__}"
            raise UnavailableError(message) from error
        return address.token if address.token and answer.ok else _token(answer.status, body)

    async def post(self, chat: int, text: str, attachments: Sequence[BaseModel]) -> str:
        """Post to a dialogue; returns the id of the message. Raises NotReadyError and the errors of the hub."""
        body = {"text": text, "attachments": [each.model_dump() for each in attachments]}
        raw = await self._asked(self._bot.request(
            HTTPMethod.POST, ApiPath.MESSAGES, params={"chat_id": chat}, json=body, is_return_raw=True))
        written = _read(raw, _Posted).message
        return written.body.mid if written.body else ""

    async def last(self, chat: int, count: int) -> list[Written]:
        """The last messages of a dialogue."""
        params = {"chat_id": chat, "count": count}
        raw = await self._asked(self._bot.request(HTTPMethod.GET, ApiPath.MESSAGES, params=params, is_return_raw=True))
        return _read(raw, _History).messages

    async def answer(self, callback: str, notification: str) -> None:
        await self._asked(self._bot.send_callback(callback, notification=notification))

    async def act(self, chat: int, action: SenderAction) -> None:
        await self._asked(self._bot.send_action(chat, action))

    async def leave(self, chat: int) -> None:
        await self._asked(self._bot.delete_me_from_chat(chat))

    async def subscribed(self) -> list[str]:
        """The addresses that MAX pushes updates to."""
        raw = await self._asked(self._bot.request(HTTPMethod.GET, ApiPath.SUBSCRIPTIONS, is_return_raw=True))
        return [each.url for each in _read(raw, _Subscriptions).subscriptions]

    async def subscribe(self, url: str, secret: str) -> None:
        body = {"url": url, "secret": secret, "update_types": list(TYPES)}
        await self._asked(self._bot.request(HTTPMethod.POST, ApiPath.SUBSCRIPTIONS, json=body, is_return_raw=True))

    async def unsubscribe(self, url: str) -> None:
        await self._asked(self._bot.unsubscribe_webhook(url))

    async def close(self) -> None:
        await self._bot.close_session()
        if self._uploads is not None:
            await self._uploads.close()

    async def _looked_at(self, session: aiohttp.ClientSession, context: object, ended: aiohttp.TraceRequestEndParams) -> None:
        """Reads Retry-After of every answer: maxapi discards headers (RFC 9110 §10.2.3)."""
        del session, context
        if ended.response.status == 429:  # noqa: PLR2004 - RFC 6585 §4
            self._asked_to_wait_s = seconds(ended.response.headers.get("Retry-After", ""))

    async def _asked(self, request: Awaitable[T]) -> T:
        try:
            return await request
        except InvalidToken as error:
            raise UnavailableError("MAX не принимает ключ бота: проверьте token_file") from error
        except MaxApiError as error:
            raise self._refusal(error) from error
        except (MaxError, aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            # A ValueError is an answer that maxapi cannot read.
            message = f"с MAX нет связи: {type(error).__name__}"
            raise DoubtfulError(message) from error

    def _refusal(self, error: MaxApiError) -> OknoError:
        if error.code == 429:  # noqa: PLR2004 - RFC 6585 §4
            return TooManyError("MAX", self._asked_to_wait_s)
        if _code(error.raw) == "attachment.not.ready":
            return NotReadyError()
        if error.code in GONE:
            return UndeliverableError(GONE[error.code])
        if 400 <= error.code < 500 and error.code != 408:  # noqa: PLR2004 - RFC 9110 §15.5
            return UndeliverableError(f"MAX не принял сообщение: {_why(error.raw)}")
        # maxapi returns a torn answer as one without a body.
        return DoubtfulError(f"MAX временно недоступен: HTTP {error.code}" if error.code >= 400 else "ответ MAX оборвался")  # noqa: PLR2004


def _read(raw: object, kind: type[T]) -> T:
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        message = f"ответ MAX не понят: {error}"
        raise DoubtfulError(message) from error


def _token(status: int, body: bytes) -> str:
    """The token in the answer of a file server."""
    if status >= 500 or status == 429:  # noqa: PLR2004 - RFC 9110 §15.6, RFC 6585 §4
        message = f"сервер файлов MAX временно недоступен: HTTP {status}"
        raise UnavailableError(message)
    if status >= 400:  # noqa: PLR2004 - RFC 9110 §15.5
        message = f"HTTP {status}"
        raise FileRefusedError(message)
    try:
        uploaded = msgspec.json.decode(body, type=_Uploaded)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise UnavailableError("ответ сервера файлов MAX не понят") from error
    token = uploaded.token or next((photo.token for photo in uploaded.photos.values()), "")
    if not token:
        raise FileRefusedError("сервер файлов его не принял")
    return token


def _code(raw: object) -> object:
    return raw.get("code") if isinstance(raw, dict) else None


def _why(raw: object) -> str:
    words = raw.get("message") or raw.get("code") if isinstance(raw, dict) else raw
    return str(words or "без объяснений")[:200]
