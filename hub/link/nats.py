"""Link over NATS: this centre's own server, whose leaf connections lead to the servers of others (0083)."""

import asyncio
import logging
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from itertools import chain, repeat
from secrets import token_hex
from typing import ParamSpec, TypeVar

import msgspec
from msgspec import Struct
from nats import connect as connect_to
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import Header

from hub.federation.envelope import Envelope
from hub.kernel.background_tasks import BackgroundTasks, resolve
from hub.kernel.errors import LinkError
from hub.kernel.retry import retry
from hub.kernel.signal import Signal
from hub.link.beats import Beats
from hub.link.envelope import EnvelopeError, pack, unpack
from hub.link.jetstream import AGAIN_S, ANSWER_S, BATCH, IN, LARGEST, OUT, Backlog, Letter, known_by, mark, marked, prepare, put, put_aside

log = logging.getLogger(__name__)

T = TypeVar("T")
P = ParamSpec("P")
CLOSED = "the link is closed"
WAITING_S = 0.8
"""Seconds between attempts while a centre is unavailable: a share of the 3 s in which all messages must arrive once it is back."""


class NatsSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`server` is this centre's own, as "tls://127.0.0.1:4222"; the three files are PEM."""

    server: str
    centres: tuple[str, ...]
    """Codes of the centres on this link."""
    certificate: str = ""
    key: str = ""
    authority: str = ""
    beat_s: float = 5.0
    """Interval of heartbeats."""


SETTINGS = NatsSettings


def connect(own: str, settings: Mapping[str, object]) -> "NatsLink":
    """Starts at once, and retries while the server is unavailable. Raises msgspec.ValidationError, or LinkError for its files."""
    try:
        return NatsLink(own, msgspec.convert(settings, NatsSettings))
    except OSError as error:
        text = f"the certificate of the line, its key or its authority: {error}"
        raise LinkError(text) from error


class NatsLink:
    """hub.federation.ports.Link."""

    def __init__(self, own: str, settings: NatsSettings) -> None:
        self.centres: Sequence[str] = settings.centres
        self._own, self._number, self._server, self._tls = own, token_hex(4), settings.server, _tls(settings)
        self._waiting: list[tuple[Letter, asyncio.Future[None]]] = []
        self._news = asyncio.Event()
        self._client = Client()
        self._ready = asyncio.get_running_loop().create_future()
        self._beats = Beats(own, self.centres, settings.beat_s)
        self.on_told = Signal[[Envelope]]()
        self._tasks = BackgroundTasks()
        self._tasks.spawn(self._begin())
        self._closed = False

    async def send(self, parcel: Envelope) -> None:
        content = self._packed(parcel)
        stored = asyncio.get_running_loop().create_future()
        self._waiting.append((Letter(f"out.{parcel.to}", known_by(parcel), content), stored))
        self._news.set()
        try:
            async with asyncio.timeout(2 * ANSWER_S):
                await stored
        except TimeoutError as error:
            raise LinkError("the server of the line does not answer") from error

    async def tell(self, parcel: Envelope) -> None:
        """Core NATS without streams; while our own server is unavailable its client would queue it, so it is dropped."""
        content = self._packed(parcel)
        if self._ready.done() and self._client.is_connected:
            with suppress(NatsError):
                await self._client.publish(f"line.{parcel.to}.{self._own}.now", content)

    async def receive(self) -> AsyncGenerator[Envelope, None]:
        await asyncio.shield(self._ready)
        backlog = Backlog(self._client, IN, f"line.{self._own}.*.parcel", f"hub-{self._number}")
        async with aclosing(backlog.batches()) as batches:
            async for batch in batches:
                async with aclosing(self._new(backlog, batch)) as parcels:
                    async for parcel in parcels:
                        yield parcel

    def up(self, centre: str) -> bool:
        return self._beats.up(centre)

    async def close(self) -> None:
        """The connection first: a request answered at this moment would ignore the cancellation of its task (bpo-37658)."""
        self._closed = True
        await self._hang_up()
        await self._tasks.cancel()
        for _, stored in self._waiting:
            resolve(stored, None, LinkError(CLOSED))

    async def _hang_up(self) -> None:
        if self._client.is_connected or self._client.is_reconnecting:
            with suppress(OSError):  # unsent ones are in the store
                await self._client.close()

    async def _begin(self) -> None:
        while not self._ready.done():
            try:
                self._client = await connect_to(
                    self._server, name=f"okno {self._own}", tls=self._tls, error_cb=_told,
                    max_reconnect_attempts=-1, reconnect_time_wait=1)
                await prepare(self._client, self._own)
                await self._beats.begin(self._client)
                await self._client.subscribe(f"line.{self._own}.*.now", cb=self._told_now)
            except (NatsError, OSError) as error:
                log.warning("NATS: server unreachable, reconnecting: %s", error)
                await self._hang_up()
                await asyncio.sleep(AGAIN_S)
            else:
                self._ready.set_result(None)
        self._tasks.spawn(self._store())
        for centre in self.centres:
            self._tasks.spawn(self._forward(centre))
            self._tasks.spawn(self._beats.ask(centre))

    async def _store(self) -> None:
        """All waiting messages share a batch."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                batch = [each for each in self._waiting[:BATCH] if not each[1].done()]
                del self._waiting[:BATCH]
                error = await self._stored([letter for letter, _ in batch])
                for _, stored in batch:
                    resolve(stored, None, error)

    async def _stored(self, letters: Sequence[Letter]) -> LinkError | None:
        try:
            if letters:
                await put(self._client, letters)
        except NatsError as error:
            return LinkError(f"the server of the line has not stored it: {error}")
        return None

    async def _forward(self, centre: str) -> None:
        """Forward messages for a centre from our server to its own, until the link is closed."""
        subject, backlog = f"line.{centre}.{self._own}.parcel", Backlog(self._client, OUT, f"out.{centre}", f"to-{centre}-{self._number}")
        with suppress(LinkError):
            async with aclosing(backlog.batches()) as batches:
                async for batch in batches:
                    await self._insist(put, self._client, [
                        Letter(subject, (message.headers or {})[Header.MSG_ID], message.data) for message in batch])
                    await self._insist(backlog.take_out, batch[-1])

    async def _new(self, backlog: Backlog, batch: Sequence[Msg]) -> AsyncGenerator[Envelope, None]:
        """New ones of a batch, one by one; processed ones are marked, and removed."""
        parcels = [await self._opened(message) for message in batch]
        marks = [mark(parcel) if parcel else "" for parcel in parcels]
        known = await self._insist(marked, self._client, [each for each in marks if each])
        new, last = list[str](), None
        try:
            for message, parcel, mine in zip(batch, parcels, marks, strict=True):
                if parcel and mine not in known:
                    yield parcel
                    known.add(mine)
                    new.append(mine)
                last = message
        except GeneratorExit:
            with suppress(NatsError):
                await self._done(backlog, new, last)
            raise
        await self._insist(self._done, backlog, new, last)

    async def _done(self, backlog: Backlog, marks: Sequence[str], last: Msg | None) -> None:
        if marks:
            await put(self._client, [Letter(each, each) for each in marks])
        if last:
            await backlog.take_out(last)

    def _packed(self, parcel: Envelope) -> bytes:
        content = pack(parcel)
        if self._closed:
            raise LinkError(CLOSED)
        if parcel.to not in self.centres or len(content) > LARGEST:
            text = f"{parcel.kind}, {len(content)} bytes, does not go to {parcel.to}: there is no line, or these are more than {LARGEST}"
            raise LinkError(text)
        return content

    async def _told_now(self, message: Msg) -> None:
        """Invalid envelopes, and those of other centres, are ignored: the next one comes within seconds."""
        try:
            parcel = unpack(message.data)
        except EnvelopeError as error:
            log.warning("NATS: invalid envelope on %s ignored: %s", message.subject, error)
            return
        if (parcel.source, parcel.to) == (message.subject.split(".")[2], self._own):
            self.on_told(parcel)
        else:
            log.warning("NATS: envelope on %s ignored: it claims to be from %s to %s", message.subject, parcel.source, parcel.to)

    async def _opened(self, message: Msg) -> Envelope | None:
        """None for one that is set aside."""
        source = message.subject.split(".")[2]
        try:
            parcel = unpack(message.data)
        except EnvelopeError as error:
            why = str(error)
        else:
            if (parcel.source, parcel.to) == (source, self._own):
                return parcel
            why = f"it says that it is from {parcel.source} to {parcel.to}"
        log.error("NATS: invalid envelope of %s moved to the dead letters: %s", source, why)
        await self._insist(put_aside, self._client, source, message.data, why)
        return None

    async def _insist(self, work: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Retry until the servers accept it. Raises LinkError once the link is closed."""
        async def attempt() -> T:
            if self._closed or self._client.is_closed:
                raise LinkError(CLOSED)
            return await work(*args, **kwargs)

        def failed(error: Exception, attempt: int) -> None:
            if attempt == 1:
                log.info("NATS: request failed, retried: %s", error)

        return await retry(attempt, chain((AGAIN_S,), repeat(WAITING_S)), NatsError, failed)


async def _told(error: Exception) -> None:
    log.info("NATS: error of this centre's connection: %s", error)


def _tls(settings: NatsSettings) -> ssl.SSLContext | None:
    if not settings.certificate:
        return None
    context = ssl.create_default_context(cafile=settings.authority or None)
    context.load_cert_chain(settings.certificate, settings.key)
    return context
