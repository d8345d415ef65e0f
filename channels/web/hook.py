"""The generic driver: messages in and out as signed webhooks (Standard Webhooks 1.0), one partner each."""

import time
from collections.abc import AsyncGenerator, Sequence
from typing import Annotated, NoReturn, TypeVar
from urllib.parse import urlsplit

import aiohttp
import msgspec
from aiohttp import web

from channels.carrier_ids import CarrierIds
from channels.intake import taken
from channels.retry_after import RetryPause
from channels.secret import SecretFile, secret
from channels.uploads import kept
from channels.web import DRIVERS, signatures
from channels.web.webhook_messages import Acceptance, DeliveryUpdate, FromPartner, letter
from hub.conversations.address import Address, Citizen
from hub.conversations.conversation import Conversation
from hub.conversations.journal import StoredEvent
from hub.conversations.live_signals import LiveSignal
from hub.conversations.ports import Incoming, Store
from hub.intake.ports import Intake
from hub.kernel.errors import RefusedError, StoreError, UnavailableError, UndeliverableError
from hub.kernel.health import Health
from hub.kernel.ports import Files
from hub.kernel.rate_limits import Buckets, Rate, subscriber
from hub.kernel.web import bodies
from hub.monitoring.channel_check import CheckFinding, CheckStep, good

NAME = "web.hook"
TRAITS = DRIVERS["hook"]
RECEIPT_LIMIT = 1 << 13
NOT_STORED_S = 5
LATER = {408, 425, 429}
"""RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4: temporary refusals."""
STATUS = {"unsigned": 401, "too_large": 413, "too_fast": 429, "not_stored": 503, "blocked": 403}
T = TypeVar("T", FromPartner, DeliveryUpdate)


class HookSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`secrets` are files with one secret each: the first signs, all are accepted, for rotation."""

    url: Annotated[str, msgspec.Meta(title="Куда отправлять ответы")]
    """The target of answers."""
    secrets: Annotated[Annotated[tuple[SecretFile, ...], msgspec.Meta(min_length=1)], msgspec.Meta(title="Секрет подписи")]
    body_limit: Annotated[int, msgspec.Meta(ge=1 << 10, le=100 << 20)] = 16 << 20
    """Bytes of a message with its attachments, which base 64 makes a third longer."""
    timeout_s: Annotated[Annotated[float, msgspec.Meta(gt=0, le=120)], msgspec.Meta(title="Ждать ответа, с")] = 15.0
    messages: Rate = Rate(200, 3000)


class WebHook:
    """hub.conversations.ports.CarryingChannel and hub.monitoring.ports.CheckableChannel."""

    name = NAME

    def __init__(
        self, settings: HookSettings, secrets: Sequence[bytes], intake: Intake, store: Store, files: Files, *, limited: bool,
    ) -> None:
        self._settings, self._secrets = settings, secrets
        self._intake, self._files = intake, files
        self._tickets, self._pause = CarrierIds(NAME, intake, store), RetryPause()
        self._rates = Buckets(settings.messages if limited else None)
        self._http: aiohttp.ClientSession | None = None
        self._wrong = ""

    def routes(self) -> list[web.AbstractRouteDef]:
        return [web.post("/hook/messages", self._message), web.post("/hook/receipts", self._receipt)]

    async def receive(self) -> AsyncGenerator[Incoming, None]:
        """Yields nothing: the partner pushes."""
        await self._tickets.drop_old()
        return
        yield

    async def send(self, conversation: Conversation, records: Sequence[StoredEvent]) -> None:
        self._pause.respect()
        number = str(records[0].id)
        with self._tickets.sending():
            await self._post(number, letter(conversation, records))
            await self._tickets.put(number, records)

    def signal(self, conversation: int, signal: LiveSignal) -> None:
        """There are no live signals."""

    def health(self) -> Health:
        host = urlsplit(self._settings.url).netloc
        return Health(not self._wrong, f"партнёр {host}: {self._wrong}" if self._wrong else f"партнёр {host}")

    async def trial(self) -> AsyncGenerator[CheckStep, None]:
        """CheckableChannel: whether the partner's address answers, with any status to a request without a message."""
        yield CheckStep(f"адрес партнёра {urlsplit(self._settings.url).netloc}", self._asked,
                   "проверьте url канала, сеть и межсетевой экран до партнёра, работает ли его сервер")

    async def _asked(self) -> list[CheckFinding]:
        host = urlsplit(self._settings.url).netloc
        try:
            async with self._session().head(self._settings.url, allow_redirects=False) as answer:
                return good(f"{host} отвечает (код {answer.status})")
        except aiohttp.ClientError as error:
            message = f"нет связи: {type(error).__name__}"
            raise UnavailableError(message) from error

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._settings.timeout_s), cookie_jar=aiohttp.DummyCookieJar())
        return self._http

    async def _post(self, number: str, body: bytes) -> None:
        headers = signatures.signed(self._secrets[0], number, int(time.time()), body) | {"Content-Type": "application/json"}
        try:
            async with self._session().post(self._settings.url, data=body, headers=headers, allow_redirects=False) as answer:
                self._judge(answer)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self._later(f"нет ответа: {str(error) or type(error).__name__}", error)
        self._wrong = ""

    def _judge(self, answer: aiohttp.ClientResponse) -> None:
        status = answer.status
        if status < 300:  # noqa: PLR2004 - RFC 9110 §15.3
            return
        told = f"партнёр ответил кодом {status}"
        if status >= 500 or status in LATER or status < 400:  # noqa: PLR2004 - RFC 9110 §15: redirects are not followed
            self._pause.asked(answer.headers)
            self._later(told, None)
        if status == 410:  # noqa: PLR2004 - RFC 9110 §15.5.11
            raise UndeliverableError("партнёр больше не знает этого адресата")
        raise UndeliverableError(told)

    def _later(self, why: str, error: Exception | None) -> NoReturn:
        self._wrong = why
        raise UnavailableError(why) from error

    async def _message(self, request: web.Request) -> web.Response:
        try:
            number, body = await self._signed(request, self._settings.body_limit)
            return await self._taken(number, _decoded(body, FromPartner))
        except RefusedError as error:
            return _refusal(error)
        except (StoreError, OSError):
            return _refusal(RefusedError("not_stored", "the store is not available", NOT_STORED_S))

    async def _taken(self, number: str, told: FromPartner) -> web.Response:
        if not told.text.strip() and not told.attachments:
            raise RefusedError("empty", "neither text nor attachments")
        address = Address(NAME, told.sender, told.thread)
        self._intake.admit(address)
        attachments = tuple([await kept(self._files, each.name, each.content) for each in told.attachments])
        stored = await taken(self._intake, Incoming(address, number, told.text, attachments, Citizen(told.name)))
        head = await self._intake.find(address)
        return _json(Acceptance(str(stored.conversation), str(stored.id), head.number if head else ""))

    async def _receipt(self, request: web.Request) -> web.Response:
        try:
            _, body = await self._signed(request, RECEIPT_LIMIT)
            fate = _decoded(body, DeliveryUpdate)
            known = await self._tickets.told(fate.id, fate.delivery, fate.why)
        except RefusedError as error:
            return _refusal(error)
        except StoreError:
            return _refusal(RefusedError("not_stored", "the store is not available", NOT_STORED_S))
        return _json({"known": known})

    async def _signed(self, request: web.Request, limit: int) -> tuple[str, bytes]:
        """Id and body of a request signed by one of the secrets; raises RefusedError."""
        source = request.remote or ""
        if wait_s := self._rates.spend(subscriber(source), time.monotonic()):
            raise RefusedError("too_fast", "too many requests", int(wait_s) + 1)
        try:
            number, at, told = signatures.announced(request.headers, time.time())
            body = await bodies.read(request.content.iter_chunked(1 << 16), limit)
            if body is None:
                message = f"over {limit} bytes"
                raise RefusedError("too_large", message)
            signatures.verify(self._secrets, number, at, told, body)
        except signatures.UnsignedError as error:
            raise RefusedError("unsigned", str(error)) from None
        return number, body


SETTINGS = HookSettings


def connect(settings: dict[str, object], intake: Intake, store: Store, files: Files, *, limited: bool) -> WebHook:
    """The driver; raises msgspec.ValidationError that names a bad setting."""
    told = msgspec.convert(settings, HookSettings)
    if urlsplit(told.url).scheme not in {"http", "https"} or not urlsplit(told.url).hostname:
        raise msgspec.ValidationError("url: an address that begins with https:// is needed")
    return WebHook(told, [_key_in(path) for path in told.secrets], intake, store, files, limited=limited)


def _key_in(path: str) -> bytes:
    try:
        return signatures.key(secret(path))
    except ValueError as error:
        message = f"secrets: {path}: {error}"
        raise msgspec.ValidationError(message) from error


def _decoded(body: bytes, kind: type[T]) -> T:
    """Raises RefusedError."""
    try:
        return msgspec.json.decode(body, type=kind)
    except bodies.UNREADABLE as error:
        raise RefusedError("bad_body", str(error)) from None


def _json(body: object, status: int = 200, wait_s: int = 0) -> web.Response:
    headers = {"Retry-After": str(wait_s)} if wait_s else {}
    return web.Response(body=msgspec.json.encode(body), status=status, content_type="application/json", headers=headers)


def _refusal(error: RefusedError) -> web.Response:
    return _json({"error": error.code, "text": error.text}, STATUS.get(error.code, 400), error.wait_s)
