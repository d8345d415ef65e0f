"""The driver for SMS providers with HTTP instead of SMPP: each is a profile in the configuration."""

import hmac
import time
from collections.abc import AsyncGenerator, Sequence
from typing import Annotated, NoReturn
from urllib.parse import urlsplit

import aiohttp
import msgspec
from aiohttp import web

from channels.carrier_ids import CarrierIds
from channels.intake import taken
from channels.menu import meant, written
from channels.retry_after import RetryPause
from channels.secret import SecretFile, secret
from channels.sms import DRIVERS, profile
from channels.sms.file_links import FileLinks, FileLinkSettings
from channels.sms.numbers import dialled, number
from channels.sms.parts import Concatenation
from channels.sms.parts import measure as measured
from hub.conversations.address import Address
from hub.conversations.conversation import Conversation
from hub.conversations.journal import StoredEvent
from hub.conversations.live_signals import LiveSignal
from hub.conversations.ports import Incoming, ReplySize, Store
from hub.intake.ports import Intake
from hub.kernel.errors import RefusedError, StoreError, UnavailableError, UndeliverableError
from hub.kernel.health import Health
from hub.kernel.ports import Files
from hub.kernel.rate_limits import Buckets, Rate, subscriber
from hub.kernel.web import bodies
from hub.monitoring.channel_check import CheckFinding, CheckStep, good

NAME = "sms.http"
TRAITS = DRIVERS["http"]
BODY_LIMIT = 1 << 16
"""More than the longest SMS of 255 parts, percent-encoded."""
ANSWER_LIMIT = 1 << 16
LONGEST = 200
"""Characters of an id or a sender."""
NOT_STORED_S = 5
LATER = {401, 402, 403, 407, 408, 425, 429}
"""Temporary: a wrong token or an empty account gets fixed, and the others pass by themselves."""
STATUS = {"forbidden": 403, "too_large": 413, "too_fast": 429, "not_stored": 503}


class HttpSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    source: Annotated[Annotated[str, msgspec.Meta(min_length=1, max_length=20)], msgspec.Meta(title="Отправитель: номер или имя")]
    """The sender of messages: a number or a name."""
    outgoing: Annotated[profile.Outgoing, msgspec.Meta(title="Отправка")]
    secret_file: Annotated[SecretFile, msgspec.Meta(title="Секрет входящих вызовов")]
    """File with the secret of the provider's webhooks; a webhook without it is refused."""
    secret_header: Annotated[str, msgspec.Meta(title="Заголовок с секретом")] = ""
    secret_query: Annotated[str, msgspec.Meta(title="Параметр адреса с секретом")] = ""
    """The query parameter with the secret; either this or `secret_header`."""
    incoming: Annotated[profile.Incoming, msgspec.Meta(title="Входящие")] = profile.Incoming()
    receipts: profile.Receipts = profile.Receipts()
    answer: Annotated[str, msgspec.Meta(max_length=100)] = "OK"
    """The answer that the provider expects to an accepted webhook."""
    region: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")] = "RU"
    messages: Rate = Rate(200, 6000)
    file_links: FileLinkSettings | None = None


class HttpSms:
    """CarryingChannel and MeasuringChannel of hub.conversations.ports, hub.monitoring.ports.CheckableChannel."""

    name = NAME

    def __init__(self, settings: HttpSettings, key: str, token: str, intake: Intake, store: Store, files: Files, *, limited: bool) -> None:
        self._settings, self._key, self._token = settings, key, token
        self._intake = intake
        self._links = FileLinks(settings.file_links, intake, store, files, limited=limited)
        self._tickets, self._pause = CarrierIds(NAME, intake, store), RetryPause()
        self._rates = Buckets(settings.messages if limited else None)
        self._http: aiohttp.ClientSession | None = None
        self._host = urlsplit(settings.outgoing.url).netloc
        self._wrong = ""

    def routes(self) -> list[web.AbstractRouteDef]:
        return [web.post("/sms/http", self._webhook), *self._links.routes()]

    async def receive(self) -> AsyncGenerator[Incoming, None]:
        """Yields nothing: the provider pushes."""
        await self._tickets.drop_old()
        return
        yield

    async def send(self, conversation: Conversation, records: Sequence[StoredEvent]) -> None:
        self._pause.respect()
        destination = dialled(conversation.address.value)[0]
        text = written(records, await self._links.lines(records))
        values = {
            "to": conversation.address.value, "digits": destination, "text": text, "from": self._settings.source,
            "id": str(records[0].id), "token": self._token}
        with self._tickets.sending():
            theirs = await self._post(profile.request(self._settings.outgoing, values))
            if theirs:
                await self._tickets.put(theirs, records)

    def measure(self, text: str, files: int) -> ReplySize:
        """The parts that the provider will make of it."""
        return measured(self._links.with_samples(text, files), Concatenation.UDH8)

    def signal(self, conversation: int, signal: LiveSignal) -> None:
        """SMS has no live signals."""

    def health(self) -> Health:
        return Health(not self._wrong, f"шлюз {self._host}: {self._wrong}" if self._wrong else f"шлюз {self._host}")

    async def trial(self) -> AsyncGenerator[CheckStep, None]:
        """CheckableChannel: whether the provider's address answers; nothing is sent, so the token is not tested."""
        yield CheckStep(f"шлюз {self._host}", self._asked,
                   "проверьте outgoing.url канала, сеть и межсетевой экран до шлюза; работает ли он, скажет оператор связи")

    async def _asked(self) -> list[CheckFinding]:
        try:
            async with self._session().head(self._settings.outgoing.url, allow_redirects=False) as answer:
                return good(f"{self._host} отвечает (код {answer.status}); ключ проверит первое SMS")
        except aiohttp.ClientError as error:
            message = f"нет связи: {type(error).__name__}"
            raise UnavailableError(message) from error

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            timeout = aiohttp.ClientTimeout(total=self._settings.outgoing.timeout_s)
            self._http = aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
        return self._http

    async def _post(self, request: profile.Request) -> str:
        """The provider's id of the message, "" for none."""
        url = self._settings.outgoing.url
        try:
            async with self._session().post(url, data=request.body, headers=request.headers, allow_redirects=False) as answer:
                body = await bodies.read(answer.content.iter_chunked(1 << 12), ANSWER_LIMIT)
                told = profile.answered(body or b"")
                self._judge(answer, profile.value(told, self._settings.outgoing.error))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self._later(f"нет ответа: {str(error) or type(error).__name__}", error)
        self._wrong = ""
        return profile.value(told, self._settings.outgoing.id)[:LONGEST]

    def _judge(self, answer: aiohttp.ClientResponse, fault: str) -> None:
        status = answer.status
        bad = fault not in {"", "0"}
        if status < 300 and not bad:  # noqa: PLR2004 - RFC 9110 §15.3
            return
        told = f"шлюз ответил кодом {status}" + (f" и ошибкой {fault}" if bad else "")
        passes = fault in self._settings.outgoing.later or status >= 500 or status in LATER or 300 <= status < 400  # noqa: PLR2004 - §15.4, §15.6
        if passes:
            self._pause.asked(answer.headers)
            self._later(told, None)
        raise UndeliverableError(told)

    def _later(self, why: str, error: Exception | None) -> NoReturn:
        self._wrong = why
        raise UnavailableError(why) from error

    async def _webhook(self, request: web.Request) -> web.Response:
        """A message or a receipt: a message has a text."""
        try:
            told = await self._read(request)
            if text := profile.value(told, self._settings.incoming.text):
                await self._message(told, text)
            else:
                await self._receipt(told)
        except RefusedError as error:
            return _refusal(error)
        except StoreError:
            return _refusal(RefusedError("not_stored", "the store is not available", NOT_STORED_S))
        return web.Response(text=self._settings.answer)

    async def _message(self, told: object, text: str) -> None:
        where = self._settings.incoming
        sender, key = profile.value(told, where.sender), profile.value(told, where.id)
        if not (0 < len(sender) <= LONGEST and 0 < len(key) <= LONGEST):
            message = f"{where.sender} or {where.id} is missing or too long"
            raise RefusedError("bad_body", message)
        address = Address(NAME, number(sender, 0, self._settings.region))
        said = await meant(self._intake, address, text)
        await taken(self._intake, Incoming(address, key, said))

    async def _receipt(self, told: object) -> None:
        where = self._settings.receipts
        theirs, state = profile.value(told, where.id), profile.value(told, where.state)
        if not (theirs and state):
            message = f"neither {self._settings.incoming.text} nor {where.id} and {where.state} are there"
            raise RefusedError("bad_body", message)
        fate = where.fate(state)
        if fate is not None:
            await self._tickets.told(theirs[:LONGEST], fate, profile.value(told, where.why)[:LONGEST])

    async def _read(self, request: web.Request) -> object:
        """The content of a provider's webhook; raises RefusedError."""
        source = request.remote or ""
        if wait_s := self._rates.spend(subscriber(source), time.monotonic()):
            raise RefusedError("too_fast", "too many requests", int(wait_s) + 1)
        header, query = self._settings.secret_header, self._settings.secret_query
        brought = request.headers.get(header, "") if header else request.query.get(query, "")
        if not hmac.compare_digest(brought.encode("utf8", "replace"), self._key.encode()):
            raise RefusedError("forbidden", "the secret is missing or wrong")
        body = await bodies.read(request.content.iter_chunked(1 << 14), BODY_LIMIT)
        if body is None:
            message = f"over {BODY_LIMIT} bytes"
            raise RefusedError("too_large", message)
        return profile.received(body, request.content_type)


SETTINGS = HttpSettings


def connect(
    settings: dict[str, object], intake: Intake, store: Store, files: Files, *, limited: bool,
) -> HttpSms:
    """The driver; raises msgspec.ValidationError that names a bad setting."""
    told = msgspec.convert(settings, HttpSettings)
    profile.check(told.outgoing)
    if bool(told.secret_header) is bool(told.secret_query):
        raise msgspec.ValidationError("secret_header, secret_query: exactly one of both is needed")
    token = secret(told.outgoing.token_file) if told.outgoing.token_file else ""
    profile.request(told.outgoing, dict.fromkeys(profile.PLACES, "1"))
    return HttpSms(told, secret(told.secret_file), token, intake, store, files, limited=limited)


def _refusal(error: RefusedError) -> web.Response:
    headers = {"Retry-After": str(error.wait_s)} if error.wait_s else {}
    return web.Response(body=msgspec.json.encode({"error": error.code, "text": error.text}), status=STATUS.get(error.code, 400),
                        content_type="application/json", headers=headers)
