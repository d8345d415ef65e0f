"""The driver of the web chat: HTTP routes for sessions, the socket and files, and the widget's own files."""

import asyncio
import hashlib
import re
import secrets
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from importlib.resources import files as package_files
from pathlib import Path
from time import monotonic

import msgspec
from aiohttp import web

from channels.upload_limits import FromAddress, UploadLimits, too_many
from channels.uploads import Uploads
from channels.web import DRIVERS
from channels.web.cors import answer, cors, fresh, origin_of, refuse
from channels.web.frame_cache import FrameCache
from channels.web.posted_form import posted
from channels.web.proof_pages import sent_along
from channels.web.socket import ChatSocket, ChatSocketResponse
from hub.conversations.address import Address, Citizen, Person
from hub.conversations.attachments import FILE_LIMIT, media_type
from hub.conversations.conversation import Conversation
from hub.conversations.journal import StoredEvent
from hub.conversations.live_signals import LiveSignal
from hub.conversations.message import Attachment
from hub.conversations.ports import Store
from hub.intake.ports import Intake
from hub.kernel.errors import RefusedError, StoreError
from hub.kernel.health import Health
from hub.kernel.ports import Files
from hub.kernel.rate_limits import Buckets, Rate, subscriber
from hub.kernel.web import bodies
from hub.kernel.web.download import download_headers
from hub.kernel.web.socket_writer import PING_FRAME
from hub.monitoring.channel_check import CheckFinding, CheckStep, bad, good, odd
from hub.organisation.territory import Place

NAME = "web.chat"
TRAITS = DRIVERS["chat"]
ORIGIN = re.compile(r"https?://[a-z0-9.-]+(?::[0-9]{1,5})?|https?://\[[0-9a-f:]+\](?::[0-9]{1,5})?")
PING_S = 25
FRAME_LIMIT = 1 << 20
"""Bytes; a longer text gets an error frame, a longer frame closes the socket with 1009 after one."""

BODY_LIMIT = 1 << 12
UPLOAD_STATUS = {"empty": 400, "too_large": 413, "blocked": 403, "too_fast": 429}
SOCKETS = 20
"""Sockets of one conversation: more than a person's open tabs."""


class ChatSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`origins` are the sites that may embed the widget; "*" is any."""

    origins: tuple[str, ...] = ("*",)
    file_limit: int = FILE_LIMIT
    sessions: Rate = Rate(20, 30)
    messages: Rate = Rate(20, 60)
    uploads: Rate = Rate(10, 20)
    from_address: FromAddress = FromAddress()
    """Files of all conversations of one network address."""


class OpenIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str = ""
    person: Person = Person.INDIVIDUAL
    lang: str = "ru"
    place: Place = Place()
    """Where the services of the embedding site are received."""


class WebChat:
    """hub.conversations.ports.ReplayingChannel and hub.monitoring.ports.CheckableChannel: every socket requests missed messages."""

    name = NAME

    def __init__(self, settings: ChatSettings, intake: Intake, store: Store, files: Files, *, limited: bool) -> None:
        self._settings, self._intake = settings, intake
        self._uploads, self._frames = Uploads(intake, store, files), FrameCache(intake)
        self._sockets: defaultdict[int, set[ChatSocket]] = defaultdict(set)
        self._closing, self._limited = False, limited
        self._pinging: asyncio.Task[None] | None = None
        self._message_rate = settings.messages if limited else None
        self._session_rates = Buckets(settings.sessions if limited else None)
        self._upload_rates = Buckets(settings.uploads if limited else None)
        self._address_limits = UploadLimits(settings.from_address, limited=limited)

    def routes(self) -> list[web.AbstractRouteDef]:
        static = _static()
        return [
            web.post("/chat/sessions", self._open),
            web.get("/chat/session", self._look),
            web.get("/chat/socket", self._socket),
            web.post("/chat/files", self._upload),
            web.post("/chat/verify", self._verify),
            web.get(r"/chat/files/{file:[0-9a-f]{64}}", self._download),
            web.options("/chat/{rest:sessions|session|files}", self._preflight),
            web.get("/", fresh(static / "index.html")),
            web.get("/chat/widget.js", fresh(static / "widget.js")),
            *([web.static("/chat/", static)] if static.is_dir() else []),
        ]

    def show(self, conversation: Conversation, records: Sequence[StoredEvent]) -> None:
        sockets = self._sockets.get(conversation.id)
        if sockets:
            frames = b"".join([self._frames.message(record) for record in records])
            for socket in sockets:
                socket.show(records, frames)

    def signal(self, conversation: int, signal: LiveSignal) -> None:
        for socket in self._sockets.get(conversation, ()):
            socket.signal(signal)

    def health(self) -> Health:
        return Health(True, f"открыто страниц: {self.connected}")

    async def trial(self) -> AsyncGenerator[CheckStep, None]:
        """hub.monitoring.ports.CheckableChannel."""
        yield CheckStep("файлы чата", self._built)
        yield CheckStep("сайты, где чат встроен", self._embedded)

    async def _built(self) -> list[CheckFinding]:
        if not (_static() / "widget.js").is_file():
            return bad("файлы чата: widget.js нет, чат нигде не откроется", "установите узел заново: файлы чата собираются при установке")
        return good("файлы чата на месте: /chat/widget.js отдаётся")

    async def _embedded(self) -> list[CheckFinding]:
        """Browsers send an origin exactly as scheme, host and port (RFC 6454 §6.1)."""
        sites = self._settings.origins
        if wrong := [each for each in sites if each != "*" and not ORIGIN.fullmatch(each)]:
            return bad(f"сайты: так браузер сайт не называет: {', '.join(wrong)}",
                       "в origins пишите https://имя или https://имя:порт, без косой черты и пути, строчными буквами")
        if "*" in sites:
            return odd("сайты: чат может встроить любой сайт", "перечислите в origins канала свои сайты")
        return good(f"сайты, где чат можно встроить: {', '.join(sites) or 'только страница самого узла'}")

    @property
    def connected(self) -> int:
        return sum(map(len, self._sockets.values()))

    async def close(self) -> None:
        """Ask every client to reconnect later."""
        self._closing = True
        if self._pinging is not None:
            self._pinging.cancel()
        await asyncio.gather(*(socket.hang_up() for sockets in self._sockets.values() for socket in sockets))

    async def _ping(self) -> None:
        """Keep sockets alive through proxies. One timer for all: aiohttp's own would be reset by every message."""
        while True:
            await asyncio.sleep(PING_S)
            for socket in [socket for sockets in self._sockets.values() for socket in sockets]:
                socket.push(PING_FRAME)

    async def _open(self, request: web.Request) -> web.Response:
        origin = self._origin(request)
        source = self._source(request)
        try:
            self._intake.admit(Address(NAME, ""), source)
        except RefusedError as error:
            return refuse(403, error.code, error.text, origin)
        if wait_s := self._session_rates.spend(subscriber(source), monotonic()):
            return refuse(429, "too_fast", "Слишком много новых разговоров: подождите немного.", origin, wait_s)
        try:
            body = await _read(request, BODY_LIMIT)
            told = msgspec.json.decode(body, type=OpenIn) if body else OpenIn()
        except RefusedError as error:
            return refuse(413, error.code, error.text, origin)
        except bodies.UNREADABLE as error:
            return refuse(400, "bad_body", f"Тело запроса не понято: {error}", origin)
        token = secrets.token_urlsafe(24)
        try:
            citizen = Citizen(told.name[:200], told.person, told.lang[:8])
            head = await self._intake.open(_address(token), citizen, told.place if told.place != Place() else None)
        except StoreError:
            return refuse(503, "not_stored", "Хранилище недоступно: попробуйте чуть позже.", origin, 5)
        return answer({"token": token, "conversation": str(head.id)}, origin)

    async def _look(self, request: web.Request) -> web.Response:
        """Whether a token is valid: browsers do not show why a socket was refused."""
        origin = self._origin(request)
        head = await self._intake.find(_address(request.query.get("token", "")))
        if head is None:
            return refuse(404, "no_such_session", "Такого разговора нет.", origin)
        return answer({"conversation": str(head.id), "number": head.number}, origin)

    async def _verify(self, request: web.Request) -> web.Response:
        """Redirect to Госуслуги, in a new window. Only from a trusted page: another could send a person with its own token."""
        origin = self._origin(request)
        if not request.headers.get("Origin") or not self._trusted(origin):
            return refuse(403, "forbidden_origin", "Этому сайту это не разрешено.", "")
        try:
            form = await posted(request, 0, 0)  # the sender's charset is ignored: some codecs take quadratic time
        except RefusedError as error:
            return refuse(400, error.code, "Форма не понята.", "")
        head = await self._intake.find(_address(form.fields.get("token", "")))
        if head is None or not self._intake.provable(head):
            return refuse(404, "no_such_session", "Такого разговора нет.", "")
        return sent_along(self._intake.ticket(head.id, "", head.citizen.language), secure=self._intake.secure)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        origin = self._origin(request)
        head = await self._intake.find(_address(request.query.get("token", "")))
        if head is None:
            return refuse(404, "no_such_session", "Такого разговора нет.", origin)
        after = request.query.get("after", "") or "0"
        if (unfit := self._unfit(head.id, after, origin)) is not None:
            return unfit
        response = ChatSocketResponse(FRAME_LIMIT)
        if not response.can_prepare(request).ok:
            return refuse(426, "not_a_socket", "Здесь ожидается WebSocket.", origin)
        await response.prepare(request)
        if request.transport is not None:
            await self._talk(response, request, request.transport, head, int(after))
        return response

    async def _talk(self, response: ChatSocketResponse, request: web.Request, transport: asyncio.Transport, head: Conversation,
                    after: int) -> None:
        socket = ChatSocket(response, transport, head, self._intake, self._frames, self._message_rate, self._source(request),
                            trusted=self._trusted(self._origin(request)))
        if self._closing:
            await socket.hang_up()
            return
        self._sockets[head.id].add(socket)
        if self._pinging is None:
            self._pinging = asyncio.get_running_loop().create_task(self._ping(), name="pings")
        try:
            await socket.serve(after, self._uploads)
        except StoreError:
            await response.close(code=1013, message=b"store")  # IANA registry: try again later
        finally:
            self._sockets[head.id].discard(socket)
            if not self._sockets[head.id]:
                del self._sockets[head.id]

    def _unfit(self, conversation: int, after: str, origin: str) -> web.Response | None:
        """The reason for refusing a socket to a conversation."""
        if not (after.isascii() and after.isdigit() and len(after) < 20):  # noqa: PLR2004 - 63 bits
            return refuse(400, "bad_after", "after должен быть номером сообщения.", origin)
        if self._limited and len(self._sockets.get(conversation, ())) >= SOCKETS:
            return refuse(429, "too_fast", "Этот разговор открыт слишком много раз: закройте лишние страницы.", origin, PING_S)
        return None

    async def _upload(self, request: web.Request) -> web.Response:
        origin = self._origin(request)
        head = await self._intake.find(_address(request.query.get("token", "")))
        if head is None:
            return refuse(404, "no_such_session", "Такого разговора нет.", origin)
        if wait_s := self._upload_rates.spend(str(head.id), monotonic()):
            return refuse(429, "too_fast", "Слишком много файлов подряд: подождите немного.", origin, wait_s)
        try:
            attachment = await self._kept(request, head)
        except RefusedError as error:
            return refuse(UPLOAD_STATUS.get(error.code, 415), error.code, error.text, origin, error.wait_s)
        except (StoreError, OSError):
            return refuse(503, "not_stored", "Файл не сохранён: попробуйте чуть позже.", origin, 5)
        return answer(msgspec.to_builtins(attachment), origin)

    async def _kept(self, request: web.Request, head: Conversation) -> Attachment:
        """Raises RefusedError, StoreError, OSError."""
        source = self._source(request)
        self._intake.admit(head.address, source)
        with self._address_limits.going(source):
            most = self._settings.file_limit
            if wait_s := self._address_limits.spend(source, 1, min(request.content_length or most, most)):
                raise too_many(wait_s)
            content = await _read(request, most)
            if not content:
                raise RefusedError("empty", "Файл пуст.")
            return await self._uploads.keep(head.id, request.headers.get("X-File-Name", ""), content)

    async def _download(self, request: web.Request) -> web.Response:
        origin = self._origin(request)
        head = await self._intake.find(_address(request.query.get("token", "")))
        if head is None:
            return refuse(404, "no_such_session", "Такого разговора нет.", origin)
        try:
            attachment, content = await self._uploads.read(head.id, request.match_info["file"])
        except RefusedError as error:
            return refuse(409 if error.code == "quarantined" else 404, error.code, error.text, origin)
        except (StoreError, OSError):
            return refuse(503, "not_stored", "Файл сейчас не открыть: попробуйте чуть позже.", origin, 5)
        headers = download_headers(attachment.name, attachment.size) | cors(origin)
        return web.Response(body=content, content_type=media_type(attachment.type), headers=headers)

    async def _preflight(self, request: web.Request) -> web.Response:
        return web.Response(status=204, headers=cors(self._origin(request)) | {
            "Access-Control-Allow-Methods": "GET, POST", "Access-Control-Allow-Headers": "Content-Type, X-File-Name",
            "Access-Control-Max-Age": "86400"})

    def _trusted(self, origin: str) -> bool:
        """Whether a page is the hub's own, or of a configured site."""
        return not origin or origin in self._settings.origins

    def _source(self, request: web.Request) -> str:
        return request.remote or ""

    def _origin(self, request: web.Request) -> str:
        return origin_of(request, self._settings.origins)


SETTINGS = ChatSettings


def connect(settings: dict[str, object], intake: Intake, store: Store, files: Files, *, limited: bool) -> WebChat:
    """The driver; raises msgspec.ValidationError that names a bad setting."""
    return WebChat(msgspec.convert(settings, ChatSettings), intake, store, files, limited=limited)


def _static() -> Path:
    return Path(str(package_files("channels.web") / "static"))


def _address(token: str) -> Address:
    """Only the token's digest is stored: a reader of the store cannot take over a conversation."""
    return Address(NAME, hashlib.sha256(token.encode()).hexdigest())


async def _read(request: web.Request, limit: int) -> bytes:
    """The body; raises RefusedError when it is longer than `limit` bytes."""
    body = await bodies.read(request.content.iter_chunked(1 << 16), limit)
    if body is None:
        raise RefusedError("too_large", f"Больше {limit / (1 << 20):.3g} МБ не принимается.")
    return body
