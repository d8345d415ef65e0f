"""The driver of Rasa's REST channel: web clients for a Rasa server work with the hub.

A request waits until the robot has answered or the conversation was handed over to an operator. Later messages of operators come with the
next request, or are fetched (GET /webhooks/rest/messages), as Rasa's clients know no other way.
"""

import asyncio
import hmac
import secrets
from collections.abc import Sequence
from functools import partial
from time import monotonic
from typing import Annotated

import msgspec
from aiohttp import web

from channels.secret import secret
from channels.uploads import Uploads
from channels.web import DRIVERS
from channels.web.cors import answer, cors, origin_of, refuse
from channels.web.poll_queue import Coming, PollQueue, PollQueues
from channels.web.rasa_messages import FILES, Answer, answers, asking, to_citizen
from hub.conversations.address import Address
from hub.conversations.attachments import media_type
from hub.conversations.conversation import Conversation
from hub.conversations.journal import StoredEvent
from hub.conversations.live_signals import LiveSignal
from hub.conversations.message import whole
from hub.conversations.ports import Incoming, Store, Stored
from hub.intake.ports import Intake
from hub.kernel.background_tasks import resolve
from hub.kernel.errors import OknoError, RefusedError, StoreError
from hub.kernel.health import Health
from hub.kernel.ports import Files
from hub.kernel.rate_limits import Buckets, Rate, subscriber
from hub.kernel.web import bodies
from hub.kernel.web.download import download_headers

NAME = "web.rasa"
TRAITS = DRIVERS["rasa"]
BODY_LIMIT = 1 << 16
"""Bytes: 8000 characters, each escaped."""
KEY_LIMIT = 100
PAGE = 200
LATER_S = 5
STATUS = {
    "unauthorized": 401, "blocked": 403, "no_such_session": 404, "no_such_file": 404, "quarantined": 409, "too_large": 413, "too_fast": 429,
    "not_stored": 503}
"""Other codes are 400."""
NOT_STORED = RefusedError("not_stored", "Хранилище недоступно: попробуйте чуть позже.", LATER_S)

Seconds = Annotated[float, msgspec.Meta(gt=0, le=120)]


class RasaSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Without a token anyone who knows a `sender` reads and writes in their name, as with Rasa."""

    token_file: str = ""
    """A file with the token that clients send as `Authorization: Bearer …`."""
    origins: tuple[str, ...] = ("*",)
    answer_s: Seconds = 30.0
    """Maximum wait for the robot; later answers come with the next request."""
    poll_s: Seconds = 25.0
    """Maximum wait of a poll."""
    messages: Rate = Rate(20, 60)
    requests: Rate = Rate(200, 3000)


class RasaRest:
    """hub.conversations.ports.AwaitingChannel."""

    name = NAME

    def __init__(self, settings: RasaSettings, token: str, intake: Intake, store: Store, files: Files, *, limited: bool) -> None:
        self._settings, self._token, self._intake, self._store = settings, token, intake, store
        self._uploads, self._queues, self._closing = Uploads(intake, store, files), PollQueues(), False
        self._sender_rates = Buckets(settings.messages if limited else None)
        self._source_rates = Buckets(settings.requests if limited else None)

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/webhooks/rest/", self._well),
            web.post("/webhooks/rest/webhook", self._webhook),
            web.get("/webhooks/rest/messages", self._messages),
            web.get(FILES + r"{file:[0-9a-f]{64}}", self._file),
            web.options("/webhooks/rest/{rest:.*}", self._preflight),
        ]

    def show(self, conversation: Conversation, records: Sequence[StoredEvent]) -> None:
        self._queues.add(conversation.address.value, to_citizen(records))

    def reacted(self, conversation: Conversation, records: Sequence[int]) -> None:
        self._queues.answered(conversation.address.value, records)

    def signal(self, conversation: int, signal: LiveSignal) -> None:
        """Rasa's clients support only messages."""

    def health(self) -> Health:
        return Health(True, "клиенты Rasa")

    async def close(self) -> None:
        self._closing = True
        self._queues.hang_up()

    async def _well(self, _: web.Request) -> web.Response:
        return answer({"status": "ok"}, "")

    async def _webhook(self, request: web.Request) -> web.StreamResponse:
        origin = origin_of(request, self._settings.origins)
        try:
            incoming, after = await self._incoming(request), _after(request)
            said = await self._said_to(request, incoming, after)
        except RefusedError as error:
            return _refusal(error, origin)
        except StoreError:
            return _refusal(NOT_STORED, origin)
        lines = answers(incoming.address.value, said)
        return await _streamed(request, lines, origin) if request.query.get("stream", "").lower() == "true" else answer(lines, origin)

    async def _incoming(self, request: web.Request) -> Incoming:
        """The message of a client; raises RefusedError."""
        self._admit(request)
        body = await bodies.read(request.content.iter_chunked(1 << 16), BODY_LIMIT)
        if body is None:
            raise RefusedError("too_large", f"Больше {BODY_LIMIT >> 10} КБ не принимается.")
        told = asking(body)
        if wait_s := self._sender_rates.spend(told.sender, monotonic()):
            raise RefusedError("too_fast", "Слишком много сообщений подряд: подождите немного.", int(wait_s) + 1)
        self._intake.admit(Address(NAME, told.sender), request.remote or "")
        # Rasa's clients have no message keys; a client with keys may repeat its messages.
        key = request.headers.get("Idempotency-Key", "")[:KEY_LIMIT] or secrets.token_urlsafe(12)
        return Incoming(Address(NAME, told.sender), whole(key), told.message)

    async def _said_to(self, request: web.Request, incoming: Incoming, after: int | None) -> list[StoredEvent]:
        """Hand a message in, and wait until it is stored and answered; raises the error that prevented storing."""
        poll_queue = await self._poll_queue(incoming.address)
        done: asyncio.Future[tuple[Stored, Coming | None]] = asyncio.get_running_loop().create_future()
        self._intake.accept(incoming, partial(_accepted, poll_queue, done))
        stored, coming = await done
        said = await self._in_time(poll_queue, coming) if coming is not None else []
        if coming is None or after is not None:
            return to_citizen(await self._intake.transcript(stored.conversation, stored.id if after is None else after))
        if _gone(request):
            poll_queue.put_back(said)
        return said

    async def _in_time(self, poll_queue: PollQueue, coming: Coming) -> list[StoredEvent]:
        try:
            async with asyncio.timeout(self._settings.answer_s):
                return await coming
        except TimeoutError:
            poll_queue.give_up(coming)
            return []

    async def _messages(self, request: web.Request) -> web.Response:
        """Messages since then; waits for the first one."""
        origin = origin_of(request, self._settings.origins)
        try:
            self._admit(request)
            head, after = await self._found(request), _after(request)
            said = await self._news(request, head, after)
        except RefusedError as error:
            return _refusal(error, origin)
        except StoreError:
            return _refusal(NOT_STORED, origin)
        return answer(answers(head.address.value, said), origin)

    async def _news(self, request: web.Request, head: Conversation, after: int | None) -> list[StoredEvent]:
        poll_queue = await self._poll_queue(head.address)
        for wait_s in (_wait_s(request, self._settings.poll_s), 0.0):
            if after is not None:
                said = to_citizen(await self._intake.transcript(head.id, after))
                poll_queue.known(said[-1].id if said else after)
            else:
                said = [] if poll_queue.awaited or _gone(request) else poll_queue.take()
            if said or not wait_s or self._closing:
                return said
            await poll_queue.news(wait_s)
        return []

    async def _file(self, request: web.Request) -> web.Response:
        origin = origin_of(request, self._settings.origins)
        try:
            self._admit(request)
            head = await self._found(request)
            attachment, content = await self._uploads.read(head.id, request.match_info["file"])
        except RefusedError as error:
            return _refusal(error, origin)
        except (StoreError, OSError):
            return _refusal(NOT_STORED, origin)
        headers = download_headers(attachment.name, attachment.size) | cors(origin)
        return web.Response(body=content, content_type=media_type(attachment.type), headers=headers)

    async def _preflight(self, request: web.Request) -> web.Response:
        return web.Response(status=204, headers=cors(origin_of(request, self._settings.origins)) | {
            "Access-Control-Allow-Methods": "GET, POST", "Access-Control-Max-Age": "86400",
            "Access-Control-Allow-Headers": "Content-Type, Authorization, Idempotency-Key"})

    def _admit(self, request: web.Request) -> None:
        """Raises RefusedError without the token, or above the rate limit."""
        source = request.remote or ""
        if wait_s := self._source_rates.spend(subscriber(source), monotonic()):
            raise RefusedError("too_fast", "Слишком много запросов: подождите немного.", int(wait_s) + 1)
        brought = request.headers.get("Authorization", "").encode("utf8", "surrogateescape")
        if self._token and not hmac.compare_digest(brought, f"Bearer {self._token}".encode()):
            raise RefusedError("unauthorized", "Нужен верный токен.")

    async def _found(self, request: web.Request) -> Conversation:
        """The conversation of a sender; raises RefusedError."""
        head = await self._intake.find(Address(NAME, request.query.get("sender", "")))
        if head is None:
            raise RefusedError("no_such_session", "Такого разговора нет.")
        return head

    async def _poll_queue(self, address: Address) -> PollQueue:
        if (known := self._queues.of(address.value)) is not None:
            return known
        poll_queue = self._queues.keep(address.value)
        if (head := await self._intake.find(address)) is not None:
            poll_queue.recall(await self._store.records(head.id, limit=PAGE))
        return poll_queue


SETTINGS = RasaSettings


def connect(settings: dict[str, object], intake: Intake, store: Store, files: Files, *, limited: bool) -> RasaRest:
    """The driver; raises msgspec.ValidationError that names a bad setting."""
    told = msgspec.convert(settings, RasaSettings)
    return RasaRest(told, secret(told.token_file) if told.token_file else "", intake, store, files, limited=limited)


def _accepted(poll_queue: PollQueue, done: "asyncio.Future[tuple[Stored, Coming | None]]", outcome: Stored | OknoError) -> None:
    """Called before the listeners of the commit, so no answer can be missed."""
    if isinstance(outcome, Stored):
        resolve(done, (outcome, poll_queue.wait(outcome.id) if outcome.id > poll_queue.over else None), None)
    else:
        resolve(done, None, outcome)


async def _streamed(request: web.Request, lines: Sequence[Answer], origin: str) -> web.StreamResponse:
    """One JSON object a line, as with Rasa's `stream=true`."""
    response = web.StreamResponse(headers=cors(origin) | {"Content-Type": "text/event-stream"})
    await response.prepare(request)
    await response.write(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    await response.write_eof()
    return response


def _gone(request: web.Request) -> bool:
    """Whether the client has disconnected."""
    return request.transport is None or request.transport.is_closing()


def _after(request: web.Request) -> int | None:
    """The last message that the client has received; raises RefusedError."""
    told = request.query.get("after", "")
    if not told:
        return None
    if not (told.isascii() and told.isdigit() and len(told) < 20):  # noqa: PLR2004 - 63 bits
        raise RefusedError("bad_after", "after должен быть номером сообщения.")
    return int(told)


def _wait_s(request: web.Request, most_s: float) -> float:
    """The wait requested by the client; raises RefusedError."""
    told = request.query.get("wait_s", "")
    if not told:
        return most_s
    if not (told.isascii() and told.isdigit() and len(told) < 5):  # noqa: PLR2004 - hours are enough
        raise RefusedError("bad_wait", "wait_s должно быть числом секунд.")
    return min(float(told), most_s)


def _refusal(error: RefusedError, origin: str) -> web.Response:
    return refuse(STATUS.get(error.code, 400), error.code, error.text, origin, max(error.wait_s - 1, 0))
