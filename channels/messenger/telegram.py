"""Telegram by the Bot API: long polling, or a webhook. Off unless it is allowed explicitly (41-ФЗ)."""

import asyncio
import hmac
import json
import logging
import math
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramRetryAfter
from aiogram.methods import AnswerCallbackQuery, DeleteWebhook, GetMe, GetWebhookInfo, LeaveChat, SendChatAction, SetWebhook, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.utils.token import TokenValidationError
from aiohttp import web
from msgspec import Meta, Struct

from channels.intake import taken
from channels.messenger import DRIVERS
from channels.messenger.telegram_api import BotApiSession, SendText, Updates, of_the_hub
from channels.messenger.telegram_files import RemoteFiles
from channels.messenger.telegram_sender import Sender, choice_of
from channels.messenger.telegram_updates import (
    KINDS,
    ButtonPress,
    ChatClosed,
    GroupChat,
    IncomingMessage,
    UnreadableError,
    UpdateOffset,
    meaning,
    number_of,
    offset,
    place,
    written,
)
from channels.secret import SecretFile, secret
from hub.conversations.address import Address, Citizen
from hub.conversations.conversation import Conversation
from hub.conversations.delivery_status import Bookmark
from hub.conversations.journal import StoredEvent
from hub.conversations.live_signals import LiveSignal, OperatorTyping
from hub.conversations.message import Message
from hub.conversations.ports import Incoming, Store
from hub.intake.ports import Intake
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import StoreError, UnavailableError
from hub.kernel.health import Health
from hub.kernel.ports import Files
from hub.kernel.rate_limits import Buckets, Rate
from hub.kernel.web import bodies
from hub.monitoring.channel_check import CheckFinding, CheckStep, bad, good, odd

log = logging.getLogger(__name__)

NAME = "messenger.telegram"
TRAITS = DRIVERS["telegram"]
FIRST_PAUSE_S, LAST_PAUSE_S = 1.0, 30.0
UPDATE_LIMIT = 1 << 20
"""Bytes; the longest text makes an update of some tens of thousands."""
TYPING = Rate(1, 15)
"""Telegram shows the typing state for five seconds (Bot API, sendChatAction)."""
PRIVATE_ONLY = "Я отвечаю только в личной переписке. Напишите мне напрямую, пожалуйста."
OLD_BUTTON = "Эта кнопка устарела. Напишите вопрос словами, пожалуйста."
THE_LAW = ("allowed: state bodies, local authorities and their organisations may not use foreign messengers with citizens since 01.06.2025 "
           "(Федеральный закон от 01.04.2025 № 41-ФЗ), so Telegram is off; whoever is none of these says `allowed = true`")


class Hook(Struct, frozen=True, forbid_unknown_fields=True):
    """`url` is called by Telegram: https, with a path of its own on the hub's HTTP server."""

    url: Annotated[str, Meta(pattern=r"^https://[^/\s]+/[^\s?#{}]+$")]
    secret_file: str


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    token_file: Annotated[SecretFile, Meta(title="Токен бота")]
    allowed: Annotated[bool, Meta(title="Разрешён (149-ФЗ, статья 10)")] = False
    webhook: Hook | None = None
    api: Annotated[str, Meta(pattern=r"^https?://\S+$")] = "https://api.telegram.org"
    poll_s: Annotated[int, Meta(ge=0, le=50)] = 25
    """Seconds for which Telegram holds an empty poll."""
    timeout_s: Annotated[float, Meta(gt=0, le=600)] = 60
    """Seconds of silence after which the connection counts as lost."""


class Telegram:
    """hub.conversations.ports.CarryingChannel and hub.monitoring.ports.CheckableChannel; an optional webhook on the hub's server."""

    name = NAME

    def __init__(
        self, settings: Settings, bot: Bot, hook_secret: str, intake: Intake, store: Store, files: Files, *, limited: bool,
    ) -> None:
        self._settings, self._bot, self._secret, self._intake, self._store = settings, bot, hook_secret, intake, store
        self._remote_files, self._sender = RemoteFiles(bot, files), Sender(bot, files, limited=limited)
        self._health, self._words = Health(up=False, words="соединения ещё не было"), ""
        self._first_pause_s = FIRST_PAUSE_S
        self._closed = asyncio.Event()
        self._typing, self._crowds, self._tasks = Buckets(TYPING), set[int](), BackgroundTasks()

    def routes(self) -> list[web.AbstractRouteDef]:
        return [web.post(urlsplit(self._settings.webhook.url).path, self._called)] if self._settings.webhook else []

    def health(self) -> Health:
        return self._health

    async def trial(self) -> AsyncGenerator[CheckStep, None]:
        """hub.monitoring.ports.CheckableChannel."""
        yield CheckStep("бот Telegram", self._known, "проверьте token_file канала (его даёт @BotFather), api и доступ к нему из сети узла")
        yield CheckStep("приём сообщений Telegram", self._reached, "проверьте token_file и доступ к api из сети узла")

    async def _known(self) -> list[CheckFinding]:
        return good(f"бот @{(await self._asked(GetMe())).username}: Telegram его узнаёт")

    async def _reached(self) -> list[CheckFinding]:
        """The delivery of updates, as configured at Telegram."""
        hook, info = self._settings.webhook, await self._asked(GetWebhookInfo())
        if info.url != (hook.url if hook else ""):
            where = f"на {urlsplit(info.url).netloc}" if info.url else "только по опросу"
            return bad(f"приём сообщений Telegram: обновления уходят не сюда, а {where}",
                       "узел ещё не запущен с этими настройками, или тот же бот подключён к другой системе: один бот — один узел")
        if info.last_error_message:
            return odd(f"webhook: последний вызов не удался: {info.last_error_message}",
                       "адрес webhook.url должен быть виден из интернета, с сертификатом, которому доверяет Telegram")
        return good(f"приём сообщений Telegram: {'webhook вызывается' if hook else 'опрос'}, ждут приёма: {info.pending_update_count}")

    async def _asked(self, method: TelegramMethod[TelegramType]) -> TelegramType:
        try:
            return await self._bot(method)
        except AiogramError as error:
            raise of_the_hub(error) from None  # its own text may quote the answer

    async def close(self) -> None:
        self._closed.set()
        await self._tasks.cancel()
        await self._bot.session.close()

    async def send(self, conversation: Conversation, records: Sequence[StoredEvent]) -> None:
        await self._sender.send(conversation, records)

    def signal(self, conversation: int, signal: LiveSignal) -> None:
        if isinstance(signal, OperatorTyping) and not self._typing.spend(str(conversation), monotonic()):
            self._tasks.spawn(self._show_typing(conversation))

    async def receive(self) -> AsyncGenerator[Incoming, None]:
        await self._begin()
        if self._settings.webhook:
            await self._closed.wait()  # the webhook processes each update
            return
        mark = f"{NAME}/{self._bot.id}"
        known = await self._store.get(Bookmark, mark)
        at = place(known.value) if known else None
        while True:
            updates = await self._next(offset(at, _now()))
            for raw in updates:
                if (incoming := await self._incoming(raw)) is not None:
                    yield incoming
                    # The request for the next message means that this one is on the disk.
                    self._answer(incoming)
            if numbers := [number for raw in updates if (number := number_of(raw)) is not None]:
                at = UpdateOffset(max(numbers) + 1, _now())
                # Stored before the acknowledgement: the next start does not depend on Telegram's memory.
                await self._store.put(Bookmark(mark, written(at)))

    async def _begin(self) -> None:
        """Configure the delivery of updates at Telegram, with retries."""
        hook = self._settings.webhook
        wanted: TelegramMethod[bool] = DeleteWebhook()
        if hook:
            wanted = SetWebhook(url=hook.url, secret_token=self._secret, allowed_updates=list(KINDS))
        me = await self._patiently(GetMe())
        await self._patiently(wanted)
        self._words = f"бот @{me.username}, {'webhook ' + hook.url if hook else 'опрос'}"
        self._health = Health(up=True, words=self._words)

    async def _next(self, start: int | None) -> list[object]:
        """The updates from `start` on."""
        method = Updates(offset=start, timeout=self._settings.poll_s, allowed_updates=list(KINDS))
        updates = await self._patiently(method, self._settings.poll_s + self._settings.timeout_s)
        if updates and all(number_of(raw) is None for raw in updates):
            log.warning("updates without update_id cannot be acknowledged: polled again", extra={"channel": NAME})
            await asyncio.sleep(LAST_PAUSE_S)
        return list(updates)

    async def _patiently(self, method: TelegramMethod[TelegramType], timeout_s: float | None = None) -> TelegramType:
        """The answer, with retries after growing pauses while Telegram is down."""
        pause_s = self._first_pause_s
        while True:
            try:
                answer = await self._bot(method, request_timeout=math.ceil(timeout_s) if timeout_s else None)
            except AiogramError as error:
                self._health = Health(up=False, words=str(of_the_hub(error)))
                await asyncio.sleep(error.retry_after if isinstance(error, TelegramRetryAfter) else pause_s)
                pause_s = min(pause_s * 2, LAST_PAUSE_S)
                if isinstance(method, Updates):
                    method.timeout = 0  # test the connection at once
            else:
                if self._words:
                    self._health = Health(up=True, words=self._words)
                return answer

    async def _called(self, request: web.Request) -> web.Response:
        """The webhook: 200 only if the update is on the disk."""
        told = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(told.encode("utf8", "surrogateescape"), self._secret.encode()):
            return web.Response(status=401)
        body = await bodies.read(request.content.iter_chunked(1 << 16), UPDATE_LIMIT)
        if body is None:
            return web.Response(status=413)
        try:
            await self._take(json.loads(body))
        except (ValueError, RecursionError):
            log.warning("update is not valid JSON: ignored", extra={"channel": NAME})
        except (StoreError, UnavailableError, OSError) as error:
            log.info("update not stored: the messenger is asked to redeliver it", extra={"channel": NAME, "why": str(error)})
            return web.Response(status=503)
        return web.Response()

    async def _take(self, raw: object) -> None:
        if (incoming := await self._incoming(raw)) is not None:
            await taken(self._intake, incoming)
            self._answer(incoming)

    async def _incoming(self, raw: object) -> Incoming | None:
        """The message to be stored of an update; its other effects are executed here."""
        try:
            found = meaning(raw)
        except UnreadableError as error:
            log.warning("unknown form of update: ignored", extra={"channel": NAME, "update": number_of(raw), "why": str(error)})
            return None
        match found:
            case IncomingMessage():
                return await self._heard(found)
            case ButtonPress():
                return await self._pressed(found)
            case ChatClosed(chat=chat):
                await self._intake.left(Address(NAME, chat))
            case GroupChat() if found.chat not in self._crowds:
                self._crowds.add(found.chat)
                self._tasks.spawn(self._leave(found))
            case _:
                pass
        return None

    async def _heard(self, heard: IncomingMessage) -> Incoming:
        fetched = [await self._remote_files.fetch(file) for file in heard.files]
        text = "\n".join(filter(None, (heard.text, *(each for each in fetched if isinstance(each, str)))))
        attachments = tuple(each for each in fetched if not isinstance(each, str))
        citizen = Citizen(heard.name, language=heard.language)
        return Incoming(Address(NAME, heard.chat), heard.key, text, attachments, citizen, heard.folded)

    async def _pressed(self, pressed: ButtonPress) -> Incoming | None:
        address = Address(NAME, pressed.chat)
        if text := await self._choice(address, pressed.data) or pressed.label:
            return Incoming(address, pressed.key, text, citizen=Citizen(pressed.name, language=pressed.language))
        self._tasks.spawn(self._try(AnswerCallbackQuery(callback_query_id=pressed.query, text=OLD_BUTTON)))
        return None

    async def _choice(self, address: Address, data: str) -> str:
        """The choice that a button names, "" if it was not offered here: button data can be forged."""
        if (named := choice_of(data)) is None:
            return ""
        conversation, record, index = named
        head = await self._store.conversation(conversation)
        if head is None or head.address != address:
            return ""
        found = await self._store.records(conversation, upto=record, limit=1)
        choices = found[0].entry.choices if found and found[0].id == record and isinstance(found[0].entry, Message) else ()
        return choices[index] if index < len(choices) else ""

    def _answer(self, incoming: Incoming) -> None:
        """Answer a button press after it is stored."""
        if query := re.fullmatch(r"callback:(.+)", incoming.key):
            self._tasks.spawn(self._try(AnswerCallbackQuery(callback_query_id=query[1])))

    async def _leave(self, crowd: GroupChat) -> None:
        if crowd.speaks:
            await self._try(SendText(chat_id=crowd.chat, text=PRIVATE_ONLY))
        await self._try(LeaveChat(chat_id=crowd.chat))
        self._crowds.discard(crowd.chat)

    async def _show_typing(self, conversation: int) -> None:
        with suppress(StoreError):
            if (head := await self._store.conversation(conversation)) is not None and head.address.channel == NAME:
                await self._try(SendChatAction(chat_id=head.address.value, action="typing"))

    async def _try(self, method: TelegramMethod[TelegramType]) -> None:
        """An optional request: its failure has no effect."""
        try:
            await self._bot(method)
        except AiogramError as error:
            log.info("optional request to the messenger failed: ignored",
                     extra={"channel": NAME, "method": method.__api_method__, "why": str(of_the_hub(error))})


SETTINGS = Settings


def connect(settings: dict[str, object], intake: Intake, store: Store, files: Files, *, limited: bool) -> Telegram:
    """The driver; raises msgspec.ValidationError that names a bad setting."""
    told = msgspec.convert(settings, Settings)
    if not told.allowed:
        raise msgspec.ValidationError(THE_LAW)
    try:
        bot = Bot(secret(told.token_file), BotApiSession(told.api, told.timeout_s))
    except TokenValidationError as error:
        message = f"token_file: {told.token_file} holds no token of a bot"
        raise msgspec.ValidationError(message) from error
    hook_secret = secret(told.webhook.secret_file) if told.webhook else ""
    if told.webhook and not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", hook_secret):  # Bot API, setWebhook: from 1 sign on
        message = f"webhook.secret_file: {told.webhook.secret_file}: 16 to 256 letters, digits, _ and - are wanted"
        raise msgspec.ValidationError(message)
    return Telegram(told, bot, hook_secret, intake, store, files, limited=limited)


def _now() -> datetime:
    return datetime.now(UTC)
