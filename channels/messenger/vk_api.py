"""The API of VK through vkbottle's client, with its faults told as the hub's errors."""

import logging
from collections.abc import Mapping
from io import BytesIO
from typing import Any, TypeVar

import aiohttp
import msgspec
from vkbottle.api import API
from vkbottle.api.request_rescheduler import ABCRequestRescheduler
from vkbottle.exception_factory import VKAPIError
from vkbottle.http import AiohttpClient

from channels.messenger.api_errors import DoubtfulError, FileRefusedError, TooManyError, seconds
from hub.kernel.errors import OknoError, UnavailableError, UndeliverableError

T = TypeVar("T")

POLL_S = 25
HISTORY_TOO_OLD, KEY_TOO_OLD, HISTORY_LOST = 1, 2, 3
"""Values of `failed` (dev.vk.com/api/bots/getting-started, Bots Long Poll)."""
TIMEOUT = aiohttp.ClientTimeout(total=POLL_S + 15, sock_connect=10)
UPLOAD_TIMEOUT = aiohttp.ClientTimeout(total=600, sock_connect=10)
FILE_METHODS = ("photos.", "docs.")
NO_RIGHT, BAD_FILE, BAD_KEYBOARD = {7, 15, 20}, {100, 105, 118, 121, 129, 1150, 1152, 1153}, {911, 912}
"""Codes of the key's rights, of a refused file, and of a refused keyboard: its form, or bots are switched off in the community."""
TOO_MANY = {6: 1.0, 9: 10.0, 29: 60.0}
"""Codes of rate limits, and our pauses in seconds, since VK states none: a second's limit, flood, the day's limit."""
LATER = {
    1: "неизвестная ошибка VK", 10: "внутренняя ошибка VK", 14: "VK просит ввести код с картинки",
    5: "VK не принимает ключ сообщества: проверьте token_file", 27: "ключу сообщества чего-то не разрешено: проверьте его права",
}
NEVER = {
    7: "VK не разрешает писать этому гражданину", 15: "VK не разрешает писать этому гражданину",
    18: "Страница гражданина в VK удалена или заблокирована",
    900: "Гражданин в чёрном списке сообщества VK", 901: "Гражданин запретил сообществу VK писать ему",
    902: "Настройки приватности гражданина в VK не дают ему писать", 914: "Сообщение слишком длинное для VK",
}
"""Codes of permanent failures (dev.vk.com/method/messages.send)."""
SENDING = range(900, 1000)
"""All codes of messages: such a refusal is permanent."""


class Server(msgspec.Struct, frozen=True):
    """The event server."""

    server: str
    key: str
    ts: str | int


class Batch(msgspec.Struct, frozen=True):
    """`failed` is the reason of a failed poll, 0 for none."""

    ts: str | int | None = None
    updates: list[Any] = []
    failed: int = 0


class _Group(msgspec.Struct, frozen=True):
    id: int
    name: str = ""


class _Groups(msgspec.Struct, frozen=True):
    groups: list[_Group]


class _User(msgspec.Struct, frozen=True):
    first_name: str = ""
    last_name: str = ""


class _Written(msgspec.Struct, frozen=True):
    peer_id: int
    date: int = 0


class _Dialogue(msgspec.Struct, frozen=True):
    last_message: _Written


class _Dialogues(msgspec.Struct, frozen=True):
    items: list[_Dialogue]


class _History(msgspec.Struct, frozen=True):
    items: list[Any]


class _UploadServer(msgspec.Struct, frozen=True):
    upload_url: str


class _Media(msgspec.Struct, frozen=True):
    id: int
    owner_id: int
    access_key: str = ""

    def named(self, kind: str) -> str:
        """Its name in `attachment` of messages.send."""
        return f"{kind}{self.owner_id}_{self.id}" + (f"_{self.access_key}" if self.access_key else "")


class KeyboardRefusedError(UndeliverableError):
    """VK takes the message without its keyboard alone."""


class VkApi:
    """One community. `url` is the address of the methods."""

    def __init__(self, token: str, url: str, group: int) -> None:
        _quiet()
        self._group = group
        self._http = AiohttpClient(timeout=TIMEOUT, raise_for_status=_checked)  # type: ignore[arg-type]  # aiohttp takes a function, too
        self._api = API(token, http_client=self._http, request_rescheduler=_Never())
        self._api.API_URL = url.rstrip("/") + "/"  # of this instance alone

    async def community(self) -> str:
        """The name of the community whose key this is; raises UnavailableError when it is another."""
        groups = _read(await self._call("groups.getById", {}), _Groups).groups
        name = next((group.name for group in groups if group.id == self._group), None)
        if name is None:
            message = f"ключ VK не от сообщества {self._group}: проверьте token_file и group"
            raise UnavailableError(message)
        return name

    async def server(self) -> Server:
        return _read(await self._call("groups.getLongPollServer", {"group_id": self._group}), Server)

    async def events(self, server: Server, ts: str) -> Batch:
        """Events since `ts`, at once or after the first one; the next call with its ts acknowledges them."""
        params: dict[str, str | int] = {"act": "a_check", "key": server.key, "ts": ts, "wait": POLL_S}
        try:
            raw = await self._http.request_json(server.server, method="GET", params=params)
        except OknoError:
            raise
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _lost(error) from error
        batch = _read(raw, Batch)
        if batch.failed > HISTORY_LOST:
            message = f"VK не даёт событий: failed={batch.failed}"
            raise UnavailableError(message)
        return batch

    async def post(self, peer: int, random_id: int, **said: str) -> int:
        """Post `message`, `keyboard` and `attachment` to a dialogue. Raises KeyboardRefusedError and the errors of the hub.

        Returns the id of the message, the earlier one if `random_id` was used within an hour.
        """
        body = {"peer_id": peer, "random_id": random_id} | {name: value for name, value in said.items() if value}
        return _read(await self._call("messages.send", body), int)

    async def photo(self, peer: int, name: str, content: bytes) -> str:
        """Upload a picture; returns its name for `post`. Raises FileRefusedError."""
        told = await self._uploaded("photos.getMessagesUploadServer", {"peer_id": peer}, "photo", name, content)
        saved = _read(await self._call("photos.saveMessagesPhoto", told), list[_Media])
        if not saved:
            raise FileRefusedError("снимок не сохранён")
        return saved[0].named("photo")

    async def document(self, peer: int, name: str, content: bytes) -> str:
        """Upload a file of any type, likewise."""
        told = await self._uploaded("docs.getMessagesUploadServer", {"peer_id": peer, "type": "doc"}, "file", name, content)
        saved = _read(await self._call("docs.save", told | {"title": name}), dict[str, Any])
        kind = str(saved.get("type"))
        return _read(saved.get(kind), _Media).named(kind)

    async def answer(self, event: str, user: int, words: str) -> None:
        """Answer the press of a callback button; until then it shows progress."""
        shown = msgspec.json.encode({"type": "show_snackbar", "text": words}).decode()
        await self._call("messages.sendMessageEventAnswer", {"event_id": event, "user_id": user, "peer_id": user, "event_data": shown})

    async def name(self, user: int) -> str:
        users = _read(await self._call("users.get", {"user_ids": user}), list[_User])
        return f"{users[0].first_name} {users[0].last_name}".strip() if users else ""

    async def typing(self, peer: int) -> None:
        await self._call("messages.setActivity", {"peer_id": peer, "type": "typing", "group_id": self._group})

    async def read(self, peer: int) -> None:
        await self._call("messages.markAsRead", {"peer_id": peer, "group_id": self._group})

    async def spoken_since(self, date: int) -> list[int]:
        """Dialogues with messages since a time in seconds of the epoch, at most the latest 200."""
        items = _read(await self._call("messages.getConversations", {"count": 200, "group_id": self._group}), _Dialogues).items
        return [each.last_message.peer_id for each in items if each.last_message.date >= date]

    async def history(self, peer: int) -> list[Any]:
        """The last messages of a dialogue, newest first."""
        return _read(await self._call("messages.getHistory", {"peer_id": peer, "count": 200, "group_id": self._group}), _History).items

    async def close(self) -> None:
        await self._http.close()

    async def _call(self, method: str, data: Mapping[str, Any]) -> object:
        try:
            return (await self._api.request(method, dict(data)))["response"]
        except VKAPIError as error:
            raise _refusal(method, error) from error
        except OknoError:
            raise
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _lost(error) from error
        except (KeyError, TypeError, AttributeError) as error:
            # An error that vkbottle cannot read.
            raise DoubtfulError("ответ VK не понят") from error


    async def _uploaded(self, method: str, data: Mapping[str, Any], field: str, name: str, content: bytes) -> dict[str, Any]:
        """The upload server's answer, which the saving method wants unchanged."""
        server = _read(await self._call(method, data), _UploadServer)
        form = aiohttp.FormData(quote_fields=False)
        form.add_field(field, BytesIO(content), filename=name.replace('"', "'"), content_type="application/octet-stream")
        try:
            raw = await self._http.request_json(server.upload_url, method="POST", data=form, timeout=UPLOAD_TIMEOUT)  # type: ignore[arg-type]  # aiohttp's form
        except OknoError:
            raise
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _lost(error) from error
        told = _read(raw, dict[str, Any])
        if "error" in told or told.get(field) in {"", "[]", None}:
            raise FileRefusedError(str(told.get("error_descr") or told.get("error") or "файл не принят")[:200])
        return told


class _Never(ABCRequestRescheduler):
    """Disables vkbottle's endless retries of answers that are no JSON."""

    async def reschedule(self, ctx_api: object, method: str, data: object, recent_response: object) -> dict[str, Any]:
        del ctx_api, method, data, recent_response
        raise DoubtfulError("ответ VK оборвался")


async def _checked(response: aiohttp.ClientResponse) -> None:
    if response.status == 429:  # noqa: PLR2004 - RFC 6585 §4
        raise TooManyError("VK", seconds(response.headers.get("Retry-After", "")))
    if response.status == 413:  # noqa: PLR2004 - RFC 9110 §15.5.14
        raise FileRefusedError("он слишком велик")
    if response.status >= 400:  # noqa: PLR2004 - RFC 9110 §15.5
        message = f"VK временно недоступен: HTTP {response.status}"
        raise DoubtfulError(message)


def _refusal(method: str, error: VKAPIError) -> OknoError:
    code = error.code
    if code in TOO_MANY:
        return TooManyError("VK", TOO_MANY[code])
    if method.startswith(FILE_METHODS) and code in NO_RIGHT | BAD_FILE:
        return _no_file(error)
    if code in BAD_KEYBOARD:
        return KeyboardRefusedError(f"VK не принял кнопки, код {code}: {error.error_msg[:200]}")
    if code in NEVER:
        return UndeliverableError(NEVER[code])
    if code in SENDING or code == 100:  # noqa: PLR2004 - one of the parameters is wrong
        return UndeliverableError(f"VK не принял сообщение, код {code}: {error.error_msg[:200]}")
    return UnavailableError(LATER.get(code, f"VK отвечает ошибкой {code}: {error.error_msg[:200]}"))


def _no_file(error: VKAPIError) -> OknoError:
    if error.code in NO_RIGHT:
        return UnavailableError("ключу сообщества VK не разрешены файлы: дайте ему права на фотографии и документы")
    return FileRefusedError(f"код {error.code}, {error.error_msg[:200]}")


def _lost(error: Exception) -> DoubtfulError:
    """Only the kind of error: aiohttp's text contains the address, and so the key."""
    return DoubtfulError(f"с VK нет связи: {type(error).__name__}")


def _read(raw: object, kind: type[T]) -> T:
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        message = f"ответ VK не понят: {error}"
        raise DoubtfulError(message) from error


def _quiet() -> None:
    """Silences vkbottle's log, which contains messages, and its own terminal handler."""
    logger = logging.getLogger("vkbottle")
    logger.setLevel(logging.WARNING)
    logger.handlers.clear()
