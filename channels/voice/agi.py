"""The hub's FastAGI server: Asterisk connects where the dial plan asks the hub to decide.

FastAGI has no password, so only allowed addresses are accepted. A connection that ends before the hub has set the destination
(`Session.go`) leads the call to the fallback of the dial plan (docker/asterisk/etc/extensions.conf): an error here loses no call.
"""

import asyncio
import logging
import socket
from collections import deque
from collections.abc import Callable, Collection, Coroutine, Mapping
from contextlib import suppress
from functools import partial

from channels.voice.answers import DEAD, FAILED, GOOD, Answer, Answers, ForgedError, Hangup, command, headers, joined
from hub.kernel.errors import OknoError

HEADERS_S = 5.0
"""Asterisk sends the headers at once; a slower peer is not Asterisk."""
HEADERS_BYTES = 16 << 10
HEAD_BYTES = 200
"""Bytes of Asterisk's first line, the script."""
ANSWER_S = 10.0
"""Time limit of immediate commands. A stalled Asterisk counts as down."""
BACKLOG = 1000
"""Connections that may arrive while the hub is busy."""
DIGITS = "0123456789*#"
ALIVE = ((socket.TCP_KEEPIDLE, 10), (socket.TCP_KEEPINTVL, 5), (socket.TCP_KEEPCNT, 3))
"""Idle seconds, interval, count: a failed machine sends nothing, and a waiting call sends no commands."""

_log = logging.getLogger(__name__)


class HungUpError(OknoError):
    """The call has ended, or Asterisk has: the session is over."""


class FailedError(OknoError):
    """The command failed, and the caller is still there."""


class Session:
    """One call at one place of the dial plan. After the caller's hangup every method raises HungUpError.

    A caller whom EXEC Bridge of another session takes over is lost to this session too, without a hangup: AMI tells the cases apart.
    Asterisk keeps a channel that has hung up, and its Hangup event, until the handler of its session returns.
    """

    def __init__(self, env: Mapping[str, str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter,
                 answer_s: float = ANSWER_S, *, answered: bool = False) -> None:
        """`answered`: Asterisk was already told to answer."""
        self.env, self._answer_s = env, answer_s
        self._reader, self._writer = reader, writer
        self._answers = Answers()
        self._asked: deque[asyncio.Future[Answer | None]] = deque()
        self._idle = asyncio.Event()
        """Set while no command is pending."""
        self._idle.set()
        self._answered = self._expected() if answered else None
        self._over = asyncio.Event()

    @property
    def channel(self) -> str:
        return self.env.get("agi_channel", "")

    @property
    def uniqueid(self) -> str:
        return self.env.get("agi_uniqueid", "")

    async def hung_up(self) -> None:
        """Wait until the caller has hung up, with music."""
        await self._over.wait()

    @property
    def over(self) -> bool:
        return self._over.is_set()

    async def command(self, verb: str, *arguments: str | int) -> Answer:
        """Run a command to its end. Asterisk runs one at a time and cannot be interrupted here."""
        return await self._command(None, verb, *arguments)

    async def answer(self) -> None:
        if self._answered is None:
            await self._done(self._answer_s, "ANSWER")
        else:
            _good("ANSWER", await self._certain(await self._come(self._answer_s, self._answered)))

    async def stream_file(self, path: str, escape: str = DIGITS) -> str:
        """Play a file (its path without an extension) until one of the `escape` keys; "" if it was played to the end."""
        return (await self._done(None, "STREAM FILE", path, escape)).digit

    async def wait_for_digit(self, wait_s: float) -> str:
        """The next key, "" if none comes."""
        return (await self._done(wait_s + self._answer_s, "WAIT FOR DIGIT", round(wait_s * 1000))).digit

    async def get_data(self, path: str, wait_s: float, most: int) -> str:
        """Play a file and collect up to `most` digits, with at most `wait_s` before each; # ends them."""
        return (await self._done(None, "GET DATA", path, round(wait_s * 1000), most)).result

    async def set_variable(self, name: str, value: str) -> None:
        await self._done(self._answer_s, "SET VARIABLE", name, value)

    async def get_variable(self, name: str) -> str | None:
        answer = await self._done(self._answer_s, "GET VARIABLE", name)
        return answer.data if answer.result == "1" else None

    async def music(self, *, on: bool, kind: str = "default") -> None:
        """Start music without blocking the session: later commands run during it, a file replaces it."""
        await (self._done(self._answer_s, "SET MUSIC", "on", kind) if on else self._done(self._answer_s, "SET MUSIC", "off"))

    async def exec(self, application: str, *arguments: str) -> Answer:
        """Run an application of the dial plan to its end; result "-2" means that it does not exist."""
        answer = await self.command("EXEC", application, joined(arguments))
        if answer.result != FAILED:
            # EXEC answers success when the caller hung up in it; the hang-up is reported before the next answer.
            await self._ask(self._answer_s, command("NOOP"))
        return answer

    async def go(self, context: str) -> None:
        """Set the call's destination after this session."""
        await self.set_variable("HUB_NEXT", context)

    async def hang_up(self) -> None:
        """Ends at once for the hub; the telephone is notified when the handler of this session returns."""
        with suppress(HungUpError):
            await self._command(self._answer_s, "HANGUP")
        self._over.set()

    async def listen(self) -> None:
        """Read lines until Asterisk closes."""
        try:
            while line := await self._reader.readline():
                self._take(line.decode("utf8", "replace").rstrip("\r\n"))
        except (OSError, ValueError, ForgedError) as error:
            # ValueError: a line without an end.
            _log.warning("AGI: connection of %s ended: %s", self.channel, error)
        finally:
            self._end()

    def _take(self, line: str) -> None:
        told = self._answers.take(line)
        if isinstance(told, Hangup):
            self._over.set()
        elif isinstance(told, Answer) and self._asked:
            asked = self._asked.popleft()
            if not self._asked:
                self._idle.set()
            if not asked.done():
                asked.set_result(told)

    def _end(self) -> None:
        self._over.set()
        for asked in self._asked:
            if not asked.done():
                asked.set_result(None)
        self._asked.clear()
        self._idle.set()

    async def _done(self, limit_s: float | None, verb: str, *arguments: str | int) -> Answer:
        return _good(verb, await self._command(limit_s, verb, *arguments))

    async def _command(self, limit_s: float | None, verb: str, *arguments: str | int) -> Answer:
        return await self._certain(await self._ask(limit_s, command(verb, arguments)))

    async def _certain(self, answer: Answer) -> Answer:
        if answer.result == FAILED:
            # A failure, or a hang-up, which is reported only before the next answer.
            await self._ask(self._answer_s, command("NOOP"))
        return answer

    async def _ask(self, limit_s: float | None, line: bytes) -> Answer:
        try:
            async with asyncio.timeout(limit_s):
                # Asterisk sees two commands in one packet as one (res_agi.c polls, and then reads through a buffer):
                # the second waits for a third. So a cancelled command's answer is awaited first.
                while self._asked:
                    await self._idle.wait()
        except TimeoutError:
            self._over.set()
        if self.over:
            raise HungUpError(self.channel)
        asked = self._expected()
        self._writer.write(line)
        return await self._come(limit_s, asked)

    def _expected(self) -> "asyncio.Future[Answer | None]":
        asked: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        # A cancelled command keeps its place: its answer still arrives, and belongs to no other.
        self._asked.append(asked)
        self._idle.clear()
        return asked

    async def _come(self, limit_s: float | None, asked: "asyncio.Future[Answer | None]") -> Answer:
        try:
            async with asyncio.timeout(limit_s):
                answer = await asked
        except TimeoutError:
            answer = None
        if answer is None or answer.code == DEAD or self._over.is_set():
            self._over.set()
            raise HungUpError(self.channel)
        return answer


def _good(verb: str, answer: Answer) -> Answer:
    if answer.code != GOOD or answer.result == FAILED:
        message = f"{verb}: {answer.code} {answer.data}"
        raise FailedError(message)
    return answer


class Receiver(asyncio.StreamReaderProtocol):
    """Answers calls of some scripts on Asterisk's first line, before anything else.

    Otherwise a caller would wait for the answer until a busy hub has read the headers.
    """

    def __init__(self, connected: Callable[[asyncio.StreamReader, asyncio.StreamWriter], None], scripts: Collection[str],
                 allowed: Collection[str]) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(asyncio.StreamReader(HEADERS_BYTES, loop), connected, loop)
        self._wanted, self._allowed = [f"agi_network_script: {script}\n".encode() for script in scripts], allowed
        self._line: asyncio.Transport | None = None
        self._head = b""
        self.answered = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        if isinstance(transport, asyncio.Transport) and peer is not None and peer[0] in self._allowed:
            self._line = transport

    def data_received(self, data: bytes) -> None:
        if self._line is not None:
            self._head += data
            if any(each in self._head for each in self._wanted):
                self._line.write(command("ANSWER"))
                self.answered = True
            if self.answered or len(self._head) > HEAD_BYTES:
                self._line = None
        super().data_received(data)


Handler = Callable[[Session], Coroutine[None, None, None]]


class Agi:
    """`routes` maps the dial plan's scripts (agi://HUB/<script>) to handlers.

    `at_once` are scripts whose calls are answered in any case, on Asterisk's first line.
    """

    def __init__(self, routes: Mapping[str, Handler], allowed: Collection[str] = ("127.0.0.1", "::1"), *,
                 at_once: Collection[str] = (), headers_s: float = HEADERS_S, answer_s: float = ANSWER_S) -> None:
        self._routes, self._allowed, self._at_once = routes, allowed, at_once
        self._headers_s, self._answer_s = headers_s, answer_s
        self._server: asyncio.Server | None = None
        self._closed = False
        self._calls: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> None:
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Receiver(self._connected, self._at_once, self._allowed), host, port, backlog=BACKLOG)

    @property
    def listens(self) -> bool:
        return self._server is not None

    async def close(self) -> None:
        """Release every call: the dial plan takes over."""
        self._closed = True
        if self._server is not None:
            await _shut(self._server)
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._closed:  # it was accepted before the server closed
            writer.close()
            return
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._calls.add(task)
        task.add_done_callback(partial(self._ended, writer))

    def _ended(self, writer: asyncio.StreamWriter, call: asyncio.Task[None]) -> None:
        """After any error in one call, also before its begin, the dial plan takes over and others continue."""
        self._calls.discard(call)
        writer.close()
        if not call.cancelled() and (error := call.exception()) is not None:
            _log.error("AGI: unexpected error in a call: the dial plan takes over", exc_info=error)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        env = await self._greeted(reader, writer)
        if env is not None:
            await self._handle(env, reader, writer)

    async def _greeted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> dict[str, str] | None:
        """The call's headers; None if the peer is not Asterisk."""
        peer = writer.get_extra_info("peername")
        if peer is None or peer[0] not in self._allowed:
            _log.warning("AGI: connection of %s refused: not an allowed address", peer)
            return None
        _watch(writer.get_extra_info("socket"))
        try:
            async with asyncio.timeout(self._headers_s):
                return headers(await reader.readuntil(b"\n\n"))
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, OSError, ForgedError) as error:
            _log.info("AGI: connection of %s without valid headers: %s", peer, type(error).__name__)
            return None

    async def _handle(self, env: dict[str, str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        script = env.get("agi_network_script", "")
        handler = self._routes.get(script)
        if handler is None:
            _log.error("AGI: no handler for script %r", script)
            return
        protocol = writer.transport.get_protocol()
        session = Session(env, reader, writer, self._answer_s, answered=isinstance(protocol, Receiver) and protocol.answered)
        listening = asyncio.create_task(session.listen())
        try:
            await handler(session)
        except HungUpError:
            _log.debug("AGI: %s hung up", session.channel)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


async def _shut(server: asyncio.Server) -> None:
    """Stop accepting. A connection being accepted is completed first: asyncio would leave it open otherwise."""
    for door in server.sockets:
        asyncio.get_running_loop().remove_reader(door.fileno())
    await asyncio.sleep(0)
    server.close()


def _watch(line: socket.socket) -> None:
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in ALIVE:
        line.setsockopt(socket.IPPROTO_TCP, option, value)
