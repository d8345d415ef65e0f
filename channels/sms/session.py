"""One SMPP session with one SMSC: bind, a window of submit_sm, enquire_link, back-off when throttled, and unbind from either side."""

import asyncio
import logging
import ssl
from collections import deque
from collections.abc import Callable
from typing import cast

from msgspec import Struct

from channels.sms import pdu
from channels.sms.pdu import RESPONSE, Command, FramingError, Header, MalformedError, Sm, Status
from hub.kernel.background_tasks import resolve
from hub.kernel.errors import OknoError, UnavailableError

log = logging.getLogger(__name__)

BUSY = frozenset({Status.THROTTLED, Status.QUEUE_FULL})
FIRST_PAUSE_S, LAST_PAUSE_S = 1.0, 30.0
"""Pauses of a throttled session: doubled each time, until a message is accepted."""
MOST_UNANSWERED = 1000
"""Incoming messages in progress; then the hub stops reading from the SMSC until some are answered."""
MOST_EMPTY = 2000
"""Consecutive useless PDUs: no message, and no expected answer. A whole window may be answered late."""
LAST_SEQUENCE = 0x7FFFFFFF  # §5.1.4
_REFUSALS = {0x05: "уже подключён кто-то другой", 0x0D: "подключение отклонено", 0x0E: "неверный пароль", 0x0F: "неизвестный system_id"}
LOST, DEAF = "связь со SMSC прервана", "SMSC не отвечает"


class LinkLostError(UnavailableError):
    """The session has ended; it is unknown whether the SMSC accepted what was under way."""


class BindError(UnavailableError):
    """The SMSC refused the bind."""


class RejectedError(OknoError):
    """The SMSC answered a request with an error."""

    def __init__(self, status: int) -> None:
        super().__init__(f"SMSC ответил ошибкой 0x{status:02X}")
        self.status = status


class SmscEndpoint(Struct, frozen=True):
    """Address and credentials of an SMSC."""

    host: str
    port: int
    system_id: str
    password: str
    system_type: str
    bind: Command
    window: int
    enquire_s: float
    timeout_s: float
    tls: ssl.SSLContext | None


Deliver = Callable[["Session", Header, Sm], None]
"""Processes an incoming message; `answer` is called later."""


class _FloodError(Exception):
    """More than MOST_EMPTY."""


class _Asked:
    """A pending request. `submit` is its body if it may be repeated."""

    __slots__ = ("answer", "due", "submit")

    def __init__(self, answer: "asyncio.Future[bytes]", submit: bytes | None) -> None:
        self.answer, self.submit, self.due = answer, submit, 0.0


class Session(asyncio.Protocol):
    def __init__(self, way: SmscEndpoint, deliver: Deliver) -> None:
        self._way, self._deliver = way, deliver
        self._loop = asyncio.get_running_loop()
        self._frames = pdu.Frames()
        self._keep_alives: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport | None = None
        self._out: list[bytes] = []
        self._sequence = 0
        self._asked: dict[int, _Asked] = {}
        self._due: deque[tuple[float, int]] = deque()
        """Requests with their deadlines; the time limit is the same for all, so they are in order."""
        self._timer: asyncio.TimerHandle | None = None
        self._parting: asyncio.TimerHandle | None = None
        self._queue: deque[_Asked] = deque()
        """Requests that wait for the window."""
        self._refused: list[_Asked] = []
        """Throttled requests, in order."""
        self._under_way, self._pause_s, self._paused = 0, 0.0, False
        self._unanswered, self._held, self._clogged = 0, False, False
        self._empty = 0
        """The number of useless PDUs since the last useful one."""
        self._quiet = asyncio.Event()
        """Set while no incoming message waits for its answer."""
        self._quiet.set()
        self._ending = False
        self.ended: asyncio.Future[str] = self._loop.create_future()
        """The reason of the end, in words."""
        self.answers = 0
        """The number of answers sent."""
        self.confirmed = 0
        """The number of answers certainly received: the SMSC answered a later request."""

    # Requests of the driver.

    async def bind(self) -> None:
        """Raises BindError, or LinkLostError."""
        way = self._way
        frame = await self._ask(way.bind, pdu.bind_body(way.bind, way.system_id, way.password, way.system_type))
        if status := pdu.header(frame).status:
            why = _REFUSALS.get(status, f"ошибка 0x{status:02X}")
            self.end(why)
            raise BindError(why)
        self._keep_alives = self._loop.create_task(self._keep_alive())

    async def submit(self, body: bytes) -> str:
        """The SMSC's id of a message; raises RejectedError, or LinkLostError when the outcome is unknown."""
        if self._ending or self._transport is None:
            raise LinkLostError(LOST)
        asked = _Asked(self._loop.create_future(), body)
        self._queue.append(asked)
        self._fill()
        frame = await asked.answer
        if status := pdu.header(frame).status:
            raise RejectedError(status)
        return pdu.message_id(frame)

    async def enquire(self) -> float:
        """The seconds that the SMSC took to answer enquire_link; raises LinkLostError."""
        asked = self._loop.time()
        await self._ask(Command.ENQUIRE_LINK)
        return self._loop.time() - asked

    def answer(self, header: Header, status: int) -> None:
        """Acknowledge an incoming message, or refuse it."""
        self._unanswered -= 1
        if not self._unanswered:
            self._quiet.set()
        if self._held and self._unanswered <= MOST_UNANSWERED // 2:
            self._held = False
            self._read_or_wait()
        self.answers += 1
        self._write(pdu.packed(header.command | RESPONSE, header.sequence, b"\0", status))

    async def unbind(self) -> None:
        """Wait for requests in progress, and unbind. It never fails."""
        self._ending = True
        try:
            async with asyncio.timeout(self._way.timeout_s):
                if under_way := [asked.answer for asked in (*self._asked.values(), *self._queue, *self._refused)]:
                    await asyncio.wait(under_way)
                await self._quiet.wait()
                given = self.answers
                await self._ask(Command.UNBIND)
                self.confirmed = given
        except (TimeoutError, LinkLostError):
            log.info("SMSC did not answer unbind: connection closed", extra={"smsc": self._way.host})
        self.end("отключено")

    def end(self, why: str) -> None:
        """Disconnect, without a wait for unsent data."""
        if not self.ended.done():
            self.ended.set_result(why)
        self._ending = True
        self._flush()
        if self._transport is not None:
            self._transport.close()
            self._parting = self._parting or self._loop.call_later(self._way.timeout_s, self._transport.abort)

    # Events of the transport.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self.ended.done():
            return
        try:
            for frame in self._frames.feed(data):
                self._take(frame)
        except FramingError as error:
            # §4.3: the only possible answer; the beginning of the next PDU is unknown.
            log.warning("SMSC sent an invalid PDU: session ended", extra={"smsc": self._way.host, "why": str(error)})
            self._write(pdu.packed(Command.GENERIC_NACK, 0, status=Status.INVALID_LENGTH))
            self.end("SMSC прислал то, что не является PDU")
        except _FloodError:
            log.warning("SMSC floods with PDUs without content: session ended", extra={"smsc": self._way.host})
            self.end("SMSC без конца присылает пустое")

    def pause_writing(self) -> None:
        """The SMSC accepts no answers: stop reading messages that need one."""
        self._clogged = True
        self._read_or_wait()

    def resume_writing(self) -> None:
        self._clogged = False
        self._read_or_wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport, self._ending = None, True
        why = self.ended.result() if self.ended.done() else LOST
        if not self.ended.done():
            self.ended.set_result(str(exc) if exc else LOST)
        for running in (self._timer, self._parting, self._keep_alives):
            if running is not None:
                running.cancel()
        for asked in (*self._asked.values(), *self._queue, *self._refused):
            resolve(asked.answer, None, LinkLostError(why))
        self._asked.clear()
        self._queue.clear()
        self._refused.clear()

    # Incoming PDUs.

    def _take(self, frame: bytes) -> None:
        self._empty += 1
        if self._empty > MOST_EMPTY:
            raise _FloodError
        header = pdu.header(frame)
        if header.command & RESPONSE:
            self._answered(header, frame)
            return
        match header.command:
            case Command.DELIVER_SM | Command.DATA_SM:
                self._incoming(header, frame)
            case Command.ENQUIRE_LINK:
                self._write(pdu.packed(header.command | RESPONSE, header.sequence))
            case Command.UNBIND:
                self._write(pdu.packed(header.command | RESPONSE, header.sequence))
                self._ending = True
                self.end("SMSC завершил сеанс")
            case Command.ALERT_NOTIFICATION:
                pass  # §4.12.1: it has no answer
            case _:
                self._write(pdu.packed(Command.GENERIC_NACK, header.sequence, status=Status.INVALID_COMMAND))

    def _incoming(self, header: Header, frame: bytes) -> None:
        self._unanswered += 1
        self._quiet.clear()
        if self._unanswered >= MOST_UNANSWERED and not self._held:
            self._held = True
            self._read_or_wait()
        try:
            sm = pdu.sm(frame)
        except MalformedError as error:
            log.warning("SMSC sent a malformed message: refused", extra={"smsc": self._way.host, "why": str(error)})
            self.answer(header, Status.PERMANENT)
        else:
            self._empty = 0
            self._deliver(self, header, sm)

    def _read_or_wait(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if self._held or self._clogged:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _answered(self, header: Header, frame: bytes) -> None:
        asked = self._asked.pop(header.sequence, None)
        while self._due and self._due[0][1] not in self._asked:
            self._due.popleft()
        if asked is None:
            return
        self._empty = 0
        if asked.submit is not None:
            self._under_way -= 1
            if header.status in BUSY and not self._ending:
                self._throttle(asked)
                return
            if not header.status:
                self._pause_s = 0.0
        resolve(asked.answer, frame, None)
        self._fill()

    # Outgoing PDUs.

    async def _ask(self, command: Command, body: bytes = b"") -> bytes:
        if self._transport is None:
            raise LinkLostError(LOST)
        asked = _Asked(self._loop.create_future(), None)
        self._put(command, asked, body)
        return await asked.answer

    def _put(self, command: Command, asked: _Asked, body: bytes) -> None:
        self._sequence = self._sequence % LAST_SEQUENCE + 1
        asked.due = self._loop.time() + self._way.timeout_s
        self._asked[self._sequence] = asked
        self._due.append((asked.due, self._sequence))
        if self._timer is None:
            self._timer = self._loop.call_at(asked.due, self._look)
        self._write(pdu.packed(command, self._sequence, body))

    def _fill(self) -> None:
        """Submit requests up to the window."""
        while self._queue and self._under_way < self._way.window and not self._paused:
            asked = self._queue.popleft()
            if not asked.answer.done() and asked.submit is not None:
                self._under_way += 1
                self._put(Command.SUBMIT_SM, asked, asked.submit)

    def _throttle(self, asked: _Asked) -> None:
        self._refused.append(asked)
        if not self._paused:
            self._paused = True
            self._pause_s = min(max(self._pause_s * 2, FIRST_PAUSE_S), LAST_PAUSE_S)
            self._loop.call_later(self._pause_s, self._go_on)

    def _go_on(self) -> None:
        self._paused = False
        self._queue.extendleft(reversed(self._refused))
        self._refused.clear()
        if self._transport is not None:
            self._fill()

    def _look(self) -> None:
        """Give up expired requests; a late answer is ignored."""
        now, self._timer = self._loop.time(), None
        while self._due and self._due[0][0] <= now:
            _, sequence = self._due.popleft()
            if asked := self._asked.pop(sequence, None):
                self._under_way -= asked.submit is not None
                resolve(asked.answer, None, LinkLostError(DEAF))
        if self._due:
            self._timer = self._loop.call_at(self._due[0][0], self._look)
        self._fill()

    async def _keep_alive(self) -> None:
        while not self._ending:
            await asyncio.sleep(self._way.enquire_s)
            given = self.answers
            try:
                await self._ask(Command.ENQUIRE_LINK)
            except LinkLostError as error:
                self.end(str(error))
                return
            self.confirmed = given

    def _write(self, frame: bytes) -> None:
        """Writes of one loop iteration are sent together."""
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(frame)

    def _flush(self) -> None:
        if self._out and self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(self._out))
        self._out.clear()


async def bound(way: SmscEndpoint, deliver: Deliver) -> Session:
    """A bound session; raises BindError, LinkLostError, or OSError, which includes TimeoutError."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(way.timeout_s):
        _, session = await loop.create_connection(
            lambda: Session(way, deliver), way.host, way.port, ssl=way.tls, server_hostname=way.host if way.tls else None)
    try:
        await session.bind()
    except BaseException:
        session.end("не подключено")
        raise
    return session
