"""The Bot API over HTTP: aiogram's methods and results over a connection of our own, and its errors as the hub's.

aiogram's own session trusts only the certificates of its bundle, and reads responses of any length.
"""

from collections.abc import AsyncGenerator
from typing import Any, cast

import aiohttp
from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    AiogramError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import InlineKeyboardMarkup, InputFile

from hub.kernel.errors import OknoError, UnavailableError, UndeliverableError
from hub.kernel.web import bodies

ANSWER_LIMIT = 32 << 20
"""Bytes; a hundred updates with the longest texts are far smaller."""
OK, TOO_MANY, FAULTY = 200, 429, 500


class Updates(TelegramMethod[list[Any]]):
    """getUpdates with raw results: an unreadable update must not hide the others."""

    __returning__ = list[Any]
    __api_method__ = "getUpdates"

    offset: int | None
    timeout: int
    allowed_updates: list[str]


class SendText(TelegramMethod[Any]):
    """sendMessage without parsing the result: an unknown form is no reason to send again."""

    __returning__ = Any
    __api_method__ = "sendMessage"

    chat_id: int
    text: str
    reply_markup: InlineKeyboardMarkup | None = None


class SendFile(TelegramMethod[Any]):
    """sendDocument, likewise."""

    __returning__ = Any
    __api_method__ = "sendDocument"

    chat_id: int
    document: InputFile


class BotApiSession(BaseSession):
    """The HTTP connections to one Bot API server."""

    def __init__(self, api: str, timeout_s: float) -> None:
        super().__init__(api=TelegramAPIServer.from_base(api), timeout=timeout_s)
        self._http: aiohttp.ClientSession | None = None
        self._closed = False

    async def make_request(self, bot: Bot, method: TelegramMethod[TelegramType], timeout: float | None = None) -> TelegramType:  # noqa: ASYNC109 - aiogram's
        status, content = await self._exchange(bot, method, timeout or self.timeout)
        if content is None:
            return cast("TelegramType", None)
        return cast("TelegramType", self.check_response(bot, method, status, content).result)

    def check_response(self, bot: Bot, method: TelegramMethod[TelegramType], status_code: int, content: str) -> Response[TelegramType]:
        """The check of aiogram for answers of the Bot API; a proxy in front of it answers with HTML, or nothing."""
        if status_code >= FAULTY:
            raise TelegramServerError(method, f"HTTP {status_code}")
        if status_code == TOO_MANY and '"retry_after"' not in content:
            raise TelegramRetryAfter(method, f"HTTP {status_code}", 5)
        return super().check_response(bot, method, status_code, content)

    async def stream_content(
        self, url: str, headers: dict[str, Any] | None = None, timeout: float = 0, chunk_size: int = 1 << 16,  # noqa: ASYNC109
        raise_for_status: bool = True,  # noqa: FBT001, FBT002 - aiogram's
    ) -> AsyncGenerator[bytes, None]:
        async with self._session().get(url, headers=headers, raise_for_status=raise_for_status, allow_redirects=False,
                                       timeout=aiohttp.ClientTimeout(timeout or self.timeout)) as response:
            async for chunk in response.content.iter_chunked(chunk_size):
                yield chunk

    async def close(self) -> None:
        self._closed = True
        if self._http:
            await self._http.close()

    def _session(self) -> aiohttp.ClientSession:
        if self._closed:
            raise aiohttp.ClientConnectionError("closed")
        if self._http is None:
            self._http = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return self._http

    async def _exchange(self, bot: Bot, method: TelegramMethod[TelegramType], timeout_s: float) -> tuple[int, str | None]:
        """Status and content of an answer; raises TelegramNetworkError, without the address, which contains the token."""
        taken = False
        try:
            async with self._session().post(self.api.api_url(bot.token, method.__api_method__), data=self._form(bot, method),
                                            allow_redirects=False, timeout=aiohttp.ClientTimeout(timeout_s)) as response:
                taken = response.status == OK and method.__returning__ is Any
                content = await bodies.read(response.content.iter_chunked(1 << 16), ANSWER_LIMIT)
                if content is None:
                    raise TelegramNetworkError(method, "the answer is too long")
                return response.status, content.decode("utf8", "replace")
        except aiohttp.ClientConnectorError as error:
            raise TelegramNetworkError(method, f"нет соединения ({error.os_error.strerror or type(error).__name__})") from None
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            if taken:  # the status arrived before the connection broke
                return OK, None
            raise TelegramNetworkError(method, f"связь прервалась ({type(error).__name__})") from None

    def _form(self, bot: Bot, method: TelegramMethod[TelegramType]) -> aiohttp.FormData:
        form, files = aiohttp.FormData(quote_fields=False), dict[str, InputFile]()
        for key, value in method.model_dump(warnings=False).items():
            if prepared := self.prepare_value(value, bot=bot, files=files):
                form.add_field(key, prepared)
        for key, file in files.items():
            form.add_field(key, file.read(bot), filename=(file.filename or key).replace('"', "'"))
        return form


def of_the_hub(error: AiogramError) -> OknoError:
    """A refusal as the hub's error: permanent, or temporary."""
    never = _never(error)
    return UndeliverableError(never) if never else UnavailableError(_later(error))


def _never(error: AiogramError) -> str:
    """Why a retry is useless; "" if it may help."""
    match error:
        case TelegramForbiddenError():
            return "Гражданин заблокировал бота или удалил свою учётную запись."
        case TelegramEntityTooLarge():
            return "Telegram не принимает файл такого размера."
        case TelegramBadRequest(message=message) if "chat not found" in message:
            return "Такого чата нет: гражданин ещё не писал этому боту."
        case TelegramBadRequest(message=message):
            return f"Telegram отказал: {message}"
        case _:
            return ""


def _later(error: AiogramError) -> str:
    match error:
        case TelegramUnauthorizedError() | TelegramNotFound():
            return "Telegram не знает этого бота: проверьте токен."
        case TelegramConflictError():
            return "Обновления этого бота забирает кто-то ещё: другой процесс или webhook."
        case TelegramRetryAfter(retry_after=wait_s):
            return f"Telegram просит подождать {wait_s} с."
        case TelegramServerError() | TelegramNetworkError():
            return f"Telegram недоступен: {error.message}."
        case _:
            # Its own text may quote the answer, and so people's messages.
            return f"Telegram ответил не так, как должен ({type(error).__name__})."
