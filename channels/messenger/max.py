"""The driver of MAX, the state messenger: long polling or webhook, and all contents of a dialogue with a bot."""

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, Sequence
from hmac import compare_digest
from time import monotonic
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from aiohttp import web
from maxapi.client.ssl import create_default_ssl_context
from maxapi.enums.sender_action import SenderAction
from msgspec.structs import replace

from channels import ssrf_guard
from channels.messenger import DRIVERS
from channels.messenger.fetch import Fetcher
from channels.messenger.max_api import Batch, MaxApi
from channels.messenger.max_outbox import Buttons, Outbox
from channels.messenger.max_updates import read
from channels.messenger.update_intake import UpdateIntake
from channels.messenger.updates import ChatClosed, GroupChat, IncomingMessage, UnreadableError
from channels.secret import SecretFile, secret
from hub.conversations.conversation import Conversation
from hub.conversations.delivery_status import Bookmark
from hub.conversations.journal import StoredEvent
from hub.conversations.live_signals import LiveSignal, OperatorSaw, OperatorTyping
from hub.conversations.ports import Incoming, Store
from hub.intake.ports import Intake
from hub.kernel.errors import OknoError, UndeliverableError
from hub.kernel.health import Health
from hub.kernel.ports import Files
from hub.kernel.web import bodies
from hub.monitoring.channel_check import CheckFinding, CheckStep, bad, good

log = logging.getLogger(__name__)

NAME = "messenger.max"
TRAITS = DRIVERS["max"]
API = "https://platform-api2.max.ru"
UPDATE_LIMIT = 1 << 20
"""Bytes of one update; a text has at most 4000 characters."""
SECRET = re.compile(r"[A-Za-z0-9_-]{5,256}")
"""Format of a secret of POST /subscriptions."""
POLL_PAUSE_S = 0.5
"""GET /updates is limited to two requests a second."""
SILENT_REMOVAL_S = 8 * 3600
"""MAX silently removes a webhook after eight hours without success."""

TYPING, SEEN = SenderAction.TYPING_ON, SenderAction.MARK_SEEN


class Webhook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`url` is our address for MAX, `secret_file` contains the secret of its requests."""

    url: str
    secret_file: str
    check_s: Annotated[float, msgspec.Meta(gt=0, le=SILENT_REMOVAL_S)] = 600.0
    """Interval of the checks that MAX has kept it."""


Command = Annotated[str, msgspec.Meta(pattern="^[a-z0-9_]{1,64}$")]
Description = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class MaxSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token_file: Annotated[SecretFile, msgspec.Meta(title="Токен бота")]
    webhook: Webhook | None = None
    file_limit: int = 20 << 20
    contact_button: Annotated[str, msgspec.Meta(title="Кнопка «Поделиться контактом»")] = ""
    place_button: Annotated[str, msgspec.Meta(title="Кнопка «Где я»")] = ""
    commands: Annotated[dict[Command, Description], msgspec.Meta(max_length=32)] = {}
    """The bot's menu: what a citizen says by a command."""
    api: str = API
    inside: tuple[str, ...] = ()
    """Internal networks of file hosts, as 10.0.0.0/24."""


class Max:
    """hub.conversations.ports.CarryingChannel and hub.monitoring.ports.CheckableChannel."""

    name = NAME

    def __init__(self, settings: MaxSettings, intake: Intake, store: Store, files: Files, *, limited: bool) -> None:
        self._store, self._webhook, self._limited = store, settings.webhook, limited
        self._secret = _webhook_secret(settings.webhook) if settings.webhook else b""
        self._api = MaxApi(secret(settings.token_file), settings.api)
        self._door = UpdateIntake(NAME, "MAX", intake, Fetcher(
            files, settings.file_limit, ssrf_guard.networks(settings.inside), trusted=create_default_ssl_context()))
        buttons = Buttons(settings.contact_button, settings.place_button)
        self._outbox = Outbox(NAME, self._api, store, files, buttons, limited=limited)
        self._commands = settings.commands
        self._asked_at_s = 0.0

    def routes(self) -> list[web.AbstractRouteDef]:
        return [web.post(urlsplit(self._webhook.url).path, self._pushed)] if self._webhook else []

    async def receive(self) -> AsyncGenerator[Incoming, None]:
        bot = await self._door.patiently(self._api.me)
        if self._commands:
            self._door.mention(self._api.publish(self._commands))
        if self._webhook is not None:
            await self._stay_subscribed(self._webhook, bot.name)
        await self._door.patiently(self._unsubscribe)
        key = f"{NAME}/{bot.user_id}"
        marker = await self._marked(key)
        while True:
            batch = await self._polled(marker)
            self._door.health = Health(up=True, words=f"бот «{bot.name}», опрос")
            for raw in batch.updates:
                if (told := await self._told(raw)) is not None:
                    yield await self._door.incoming(told)
                    # The request for the next message means that this one is on the disk.
                    self._answer(told)
            if batch.marker is not None and batch.marker != marker:
                # A request with the next marker acknowledges all updates before it.
                await self._store.put(Bookmark(key, str(batch.marker)))
                marker = batch.marker

    async def send(self, conversation: Conversation, records: Sequence[StoredEvent]) -> None:
        await self._outbox.send(conversation, records)

    def signal(self, conversation: int, signal: LiveSignal) -> None:
        chat = self._outbox.chat(conversation)
        if chat is not None and isinstance(signal, OperatorTyping | OperatorSaw):
            self._door.mention(self._api.act(chat, TYPING if isinstance(signal, OperatorTyping) else SEEN))

    def health(self) -> Health:
        return self._door.health

    async def trial(self) -> AsyncGenerator[CheckStep, None]:
        """hub.monitoring.ports.CheckableChannel."""
        yield CheckStep("бот MAX", self._known, "проверьте token_file канала, api и доступ к нему из сети узла")
        yield CheckStep("приём сообщений MAX", self._reached, "проверьте token_file и доступ к api из сети узла")

    async def _known(self) -> list[CheckFinding]:
        return good(f"бот «{(await self._api.me()).name}»: MAX его узнаёт")

    async def _reached(self) -> list[CheckFinding]:
        """The delivery of updates, as configured at MAX."""
        subscribed, ours = await self._api.subscribed(), self._webhook.url if self._webhook else ""
        if ours and ours not in subscribed:
            return bad("приём сообщений MAX: webhook не подписан",
                       "узел подпишет его сам, если запущен; иначе проверьте, что webhook.url начинается с https и виден из интернета")
        if others := [urlsplit(url).netloc for url in subscribed if url != ours]:
            return bad(f"приём сообщений MAX: обновления уходят и на {', '.join(others)}",
                       "тот же бот подключён к другой системе: один бот — один узел")
        return good(f"приём сообщений MAX: {'webhook подписан' if ours else 'опрос'}")

    async def close(self) -> None:
        await self._door.close()
        await self._api.close()

    async def _polled(self, marker: int | None) -> Batch:
        if self._limited:
            await asyncio.sleep(self._asked_at_s + POLL_PAUSE_S - monotonic())
        self._asked_at_s = monotonic()
        return await self._door.patiently(lambda: self._since(marker))

    async def _since(self, marker: int | None) -> Batch:
        """A rejected marker must not block the queue: without one MAX returns all pending updates."""
        try:
            return await self._api.updates(marker)
        except UndeliverableError as error:
            if marker is None:
                raise
            log.warning("MAX: update marker refused: polling restarts without it", extra={"why": str(error)})
            return await self._api.updates(None)

    async def _marked(self, key: str) -> int | None:
        bookmark = await self._store.get(Bookmark, key)
        return int(bookmark.value) if bookmark else None

    async def _stay_subscribed(self, webhook: Webhook, bot: str) -> None:
        """Never returns: updates are pushed."""
        first = True
        while True:
            if first or webhook.url not in await self._door.patiently(self._api.subscribed):
                await self._door.patiently(lambda: self._api.subscribe(webhook.url, self._secret.decode()))
            self._door.health, first = Health(up=True, words=f"бот «{bot}», вебхук {webhook.url}"), False
            await asyncio.sleep(webhook.check_s)

    async def _unsubscribe(self) -> None:
        """Remove webhooks: while one exists, polling gets no updates."""
        for url in await self._api.subscribed():
            log.warning("MAX: webhook of the bot removed because the hub uses long polling", extra={"url": url})
            await self._api.unsubscribe(url)

    async def _pushed(self, request: web.Request) -> web.Response:
        """A webhook request: answered with 200 when its message is on the disk; otherwise MAX repeats it."""
        if not compare_digest(request.headers.get("X-Max-Bot-Api-Secret", "").encode(), self._secret):
            return web.Response(status=403)
        body = await bodies.read(request.content.iter_chunked(1 << 16), UPDATE_LIMIT)
        try:
            told = await self._told(msgspec.json.decode(body or b""))
            if told is not None:
                await self._door.take(told)
                self._answer(told)
        except bodies.UNREADABLE as error:
            self._door.passed_over(error)
        except OknoError as error:
            log.info("MAX: update not stored: MAX is asked to redeliver it", extra={"why": str(error)})
            return web.Response(status=503, headers={"Retry-After": "1"})
        return web.Response()

    async def _told(self, raw: object) -> IncomingMessage | None:
        """The message in an update, if any."""
        try:
            update = read(raw)
        except UnreadableError as error:
            self._door.passed_over(error)
            return None
        match update:
            case ChatClosed(chat):
                await self._door.gone(chat)
            case GroupChat(chat):
                log.warning("MAX: bot added to a group chat: it leaves")
                self._door.mention(self._api.leave(chat))
            case IncomingMessage():
                command = update.text.removeprefix("/")
                return replace(update, text=self._commands[command]) if update.text != command and command in self._commands else update
            case _:
                pass
        return None

    def _answer(self, told: IncomingMessage) -> None:
        """Answer a button press; until then the button shows progress."""
        if told.pressed:
            self._door.mention(self._api.answer(told.pressed, f"Вы выбрали: {told.text[:100]}"))


SETTINGS = MaxSettings


def connect(settings: dict[str, object], intake: Intake, store: Store, files: Files, *, limited: bool) -> Max:
    """The driver; raises msgspec.ValidationError that names a bad setting."""
    return Max(msgspec.convert(settings, MaxSettings), intake, store, files, limited=limited)


def _webhook_secret(webhook: Webhook) -> bytes:
    parts = urlsplit(webhook.url)
    if parts.scheme != "https" or not parts.path.strip("/"):
        message = f"webhook.url: {webhook.url} must be https and have a path"
        raise msgspec.ValidationError(message)
    said = secret(webhook.secret_file)
    if not SECRET.fullmatch(said):
        message = f"{webhook.secret_file}: MAX takes 5 to 256 of A-Z, a-z, 0-9, - and _"
        raise msgspec.ValidationError(message)
    return said.encode()
