"""The driver of VK: messages of a community by Bots Long Poll or by the Callback API."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from hmac import compare_digest
from time import time
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from aiohttp import web
from msgspec.structs import replace

from channels import ssrf_guard
from channels.messenger import DRIVERS, vk_updates
from channels.messenger.fetch import Fetcher
from channels.messenger.update_intake import UpdateIntake
from channels.messenger.updates import ChatClosed, IncomingMessage, ReadUpTo, TypingNow, UnreadableError
from channels.messenger.vk_api import HISTORY_LOST, HISTORY_TOO_OLD, KEY_TOO_OLD, Batch, Server, VkApi
from channels.messenger.vk_outbox import Outbox
from channels.secret import SecretFile, secret
from hub.conversations.conversation import Conversation
from hub.conversations.delivery_status import Bookmark
from hub.conversations.journal import StoredEvent
from hub.conversations.live_signals import LiveSignal, OperatorSaw, OperatorTyping
from hub.conversations.ports import Incoming, Store
from hub.intake.ports import Intake
from hub.kernel.errors import OknoError
from hub.kernel.health import Health
from hub.kernel.ports import Files
from hub.kernel.web import bodies
from hub.monitoring.channel_check import CheckFinding, CheckStep, good

log = logging.getLogger(__name__)

NAME = "messenger.vk"
TRAITS = DRIVERS["vk"]
API = "https://api.vk.ru/method/"
EVENT_LIMIT = 1 << 20
"""Bytes of one event; a text has at most 4096 characters."""
SNACKBAR_LIMIT = 75
"""Characters: VK takes 90 in all (dev.vk.com/api/bots/development/keyboard)."""
NAMES_KEPT, NAME_S = 10_000, 5.0
OVERLAP_S = 300
"""Overlap of the search for missed messages: clocks differ, and known messages are not stored twice."""


class Callback(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`url` is our address for VK, `secret_file` contains the secret of its requests, `confirmation` the reply to its first request."""

    url: str
    secret_file: str
    confirmation: str


class VkSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token_file: Annotated[SecretFile, msgspec.Meta(title="Ключ сообщества")]
    group: Annotated[int, msgspec.Meta(title="Номер сообщества")]
    callback: Callback | None = None
    file_limit: int = 20 << 20
    place_button: Annotated[bool, msgspec.Meta(title="Кнопка «Где я»")] = False
    api: str = API
    inside: tuple[str, ...] = ()
    """Internal networks of file hosts, as 10.0.0.0/24."""


class Vk:
    """hub.conversations.ports.CarryingChannel and hub.monitoring.ports.CheckableChannel."""

    name = NAME

    def __init__(self, settings: VkSettings, intake: Intake, store: Store, files: Files, *, limited: bool) -> None:
        self._intake, self._store, self._callback, self._group = intake, store, settings.callback, settings.group
        self._secret = _callback_secret(settings.callback) if settings.callback else b""
        self._api = VkApi(secret(settings.token_file), settings.api, settings.group)
        self._door = UpdateIntake(NAME, "VK", intake, Fetcher(files, settings.file_limit, ssrf_guard.networks(settings.inside)))
        self._outbox = Outbox(NAME, self._api, intake, store, files, place_button=settings.place_button, limited=limited)
        self._names: OrderedDict[int, str] = OrderedDict()
        self._latest = 0
        """Time of the newest message seen, in seconds of the epoch."""

    def routes(self) -> list[web.AbstractRouteDef]:
        return [web.post(urlsplit(self._callback.url).path, self._called)] if self._callback else []

    async def receive(self) -> AsyncGenerator[Incoming, None]:
        community = await self._door.patiently(self._api.community)
        if self._callback is not None:
            self._door.health = Health(up=True, words=f"сообщество «{community}», вызовы на {self._callback.url}")
            await asyncio.Event().wait()
        server, ts = await self._begin()
        while True:
            batch = await self._asked(server, ts)
            self._door.health = Health(up=True, words=f"сообщество «{community}», опрос")
            for raw in batch.updates:
                if (told := await self._told(raw)) is not None:
                    yield await self._door.incoming(told)
                    # The request for the next message means that this one is on the disk.
                    self._answer(told)
            if batch.failed in {KEY_TOO_OLD, HISTORY_LOST}:
                server = await self._door.patiently(self._api.server)
            if batch.failed in {HISTORY_TOO_OLD, HISTORY_LOST}:
                async with aclosing(self._missed()) as missed:
                    async for told in missed:
                        yield await self._door.incoming(told)
            # The next request means that all of these are on the disk; a request with the next ts acknowledges them.
            after = str(server.ts) if batch.failed == HISTORY_LOST else str(batch.ts or ts)
            if after != ts:
                ts = after
                await self._store.put(Bookmark(self._key, f"{ts} {self._latest}"))

    async def send(self, conversation: Conversation, records: Sequence[StoredEvent]) -> None:
        await self._outbox.send(conversation, records)

    def signal(self, conversation: int, signal: LiveSignal) -> None:
        peer = self._outbox.chat(conversation)
        if peer is not None and isinstance(signal, OperatorTyping | OperatorSaw):
            self._door.mention(self._api.typing(peer) if isinstance(signal, OperatorTyping) else self._api.read(peer))

    def health(self) -> Health:
        return self._door.health

    async def trial(self) -> AsyncGenerator[CheckStep, None]:
        """hub.monitoring.ports.CheckableChannel."""
        yield CheckStep("сообщество VK", self._known, "проверьте token_file и group канала, api и доступ к нему из сети узла")
        if self._callback is None:
            yield CheckStep("приём сообщений VK", self._reached,
                       "в управлении сообществом включите Long Poll API и событие «Входящее сообщение», ключу дайте право на сообщения")

    async def _known(self) -> list[CheckFinding]:
        return good(f"сообщество «{await self._api.community()}»: ключ подходит")

    async def _reached(self) -> list[CheckFinding]:
        await self._api.server()
        return good("приём сообщений VK: опрос разрешён")

    async def close(self) -> None:
        await self._door.close()
        await self._api.close()

    @property
    def _key(self) -> str:
        return f"{NAME}/{self._group}"

    async def _begin(self) -> tuple[Server, str]:
        """The event server and the start: where the last run stopped, or from now on."""
        server = await self._door.patiently(self._api.server)
        bookmark = await self._store.get(Bookmark, self._key)
        if bookmark is None:
            self._latest = int(time())
            bookmark = Bookmark(self._key, f"{server.ts} {self._latest}")
            await self._store.put(bookmark)
        ts, _, latest = bookmark.value.partition(" ")
        self._latest = max(self._latest, int(latest))
        return server, ts

    async def _asked(self, server: Server, ts: str) -> Batch:
        return await self._door.patiently(lambda: self._api.events(server, ts))

    async def _missed(self) -> AsyncGenerator[IncomingMessage, None]:
        """Messages whose events VK has dropped, read from the dialogues. Known messages are not stored twice."""
        since = self._latest - OVERLAP_S
        log.warning("VK: events lost: missed messages are read from the dialogues", extra={"since": since})
        for peer in await self._door.patiently(lambda: self._api.spoken_since(since)):
            history = await self._door.patiently(lambda peer=peer: self._api.history(peer))  # type: ignore[misc]
            for raw in reversed(history):
                if (told := await self._written(raw, since)) is not None:
                    yield told

    async def _written(self, raw: object, since: int) -> IncomingMessage | None:
        try:
            said = vk_updates.message(raw)
        except UnreadableError as error:
            self._door.passed_over(error)
            return None
        told = vk_updates.told(said) if said.date >= since else None
        return await self._named(told) if told else None

    async def _called(self, request: web.Request) -> web.Response:
        """A request of the Callback API: answered with "ok" when its message is on the disk; otherwise VK repeats it."""
        body = await bodies.read(request.content.iter_chunked(1 << 16), EVENT_LIMIT)
        try:
            event = vk_updates.event(msgspec.json.decode(body or b""))
        except (UnreadableError, *bodies.UNREADABLE):
            return web.Response(status=400)
        if self._callback is None or event.group_id != self._group or not compare_digest(event.secret.encode(), self._secret):
            return web.Response(status=403)
        if event.type == "confirmation":
            return web.Response(text=self._callback.confirmation)
        try:
            if (told := await self._read(event)) is not None:
                await self._door.take(told)
                self._answer(told)
        except OknoError as error:
            log.info("VK: event not stored: VK is asked to redeliver it", extra={"why": str(error)})
            return web.Response(status=503, headers={"Retry-After": "1"})
        return web.Response(text="ok")

    async def _told(self, raw: object) -> IncomingMessage | None:
        """The message in an event, if any."""
        try:
            event = vk_updates.event(raw)
        except UnreadableError as error:
            self._door.passed_over(error)
            return None
        return await self._read(event)

    async def _read(self, event: vk_updates.Event) -> IncomingMessage | None:
        try:
            update = vk_updates.read(event)
        except UnreadableError as error:
            self._door.passed_over(error)
            return None
        match update:
            case IncomingMessage():
                self._latest = max(self._latest, update.at)
                return await self._named(update)
            case ChatClosed(peer):
                await self._door.gone(peer)
            case TypingNow(peer):
                await self._show_typing(peer)
            case ReadUpTo(peer, message):
                await self._outbox.read(peer, message)
            case _:
                pass
        return None

    def _answer(self, told: IncomingMessage) -> None:
        """Answer the press of a callback button."""
        if told.pressed:
            self._door.mention(self._api.answer(told.pressed, told.chat, f"Вы выбрали: {told.text[:SNACKBAR_LIMIT]}"))

    async def _show_typing(self, peer: int) -> None:
        head = await self._intake.find(self._door.address(peer))
        if head is not None:
            self._intake.typing(head.id)

    async def _named(self, told: IncomingMessage) -> IncomingMessage:
        """With the citizen's name in VK, if available: a failure does not delay the message."""
        if told.chat not in self._names:
            try:
                async with asyncio.timeout(NAME_S):
                    self._names[told.chat] = await self._api.name(told.chat)
            except (OknoError, TimeoutError) as error:
                log.info("VK: name of a sender not available", extra={"why": str(error)})
                return told
            if len(self._names) > NAMES_KEPT:
                self._names.popitem(last=False)
        return replace(told, name=self._names[told.chat])


SETTINGS = VkSettings


def connect(settings: dict[str, object], intake: Intake, store: Store, files: Files, *, limited: bool) -> Vk:
    """The driver; raises msgspec.ValidationError that names a bad setting."""
    return Vk(msgspec.convert(settings, VkSettings), intake, store, files, limited=limited)


def _callback_secret(callback: Callback) -> bytes:
    parts = urlsplit(callback.url)
    if parts.scheme != "https" or not parts.path.strip("/"):
        message = f"callback.url: {callback.url} must be https and have a path"
        raise msgspec.ValidationError(message)
    return secret(callback.secret_file).encode()
