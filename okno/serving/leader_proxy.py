"""Door: forwards all clients to the leading hub (docs/decisions/0081-many-hubs.md).

It answers only whether this process lives and whether it leads. While nobody leads, requests wait.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from ssl import SSLContext
from typing import TypeVar

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ClientWebSocketResponse,
    ConnectionTimeoutError,
    DummyCookieJar,
    StreamReader,
    TCPConnector,
    WSCloseCode,
    WSMsgType,
    WSServerHandshakeError,
    web,
)
from msgspec import Struct
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from channels.tls import Certificate
from okno.config import Listen
from okno.serving.http_server import HEADERS, WAITING, redirecting, serve
from okno.serving.leadership import SHOWN
from okno.serving.slow_clients import SlowClients

T = TypeVar("T")
Socket = web.WebSocketResponse | ClientWebSocketResponse

HELD_S = 20.0
"""Maximum wait of a request while nobody leads: shorter than any carrier's timeout."""
CONNECTS_S = 2.0
AGAIN_S = 0.1
FRAME_LIMIT = 1 << 24
"""Maximum bytes of a frame; the leader has smaller limits for each socket."""
BEAT_S = 20.0
HOP_BY_HOP = frozenset({"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding",
                        "upgrade", SHOWN.lower()})
"""Headers for the next hop only (RFC 9110 §7.6.1), and those that only a hub may send."""
ITS_OWN = frozenset({"sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", "sec-websocket-protocol"})
"""Headers that belong to one connection of a socket (RFC 6455 §4.1)."""
LEADS_NO_MORE = web.HTTPMisdirectedRequest.status_code
SMALL = 1 << 16
"""Maximum bytes of a body kept for a repetition to another leader."""
GONE = "Сейчас никто не отвечает: попробуйте ещё раз через несколько секунд."


class LeadsNoMoreError(Exception):
    """It is not the leader any more, and has not processed the request."""


class Leader(Struct, frozen=True):
    """The leading hub: its address for the others (host:port), and the number of its lease."""

    address: str
    number: str


class LeaderProxy:
    """Forwards requests and sockets to the leader."""

    def __init__(self, listen: Listen, between: SSLContext | None, held_s: float = HELD_S) -> None:
        """`between` has this hub's certificate for the leader; None is plain HTTP between them."""
        self._listen, self._between, self._held_s = listen, between, held_s
        self._leader: Leader | None = None
        self._known = asyncio.Event()
        self.leads = False
        """Whether this process is the leader."""

    def follow(self, leader: Leader | None) -> None:
        """A new leader; None while there is none."""
        self._leader = leader
        (self._known.set if leader else self._known.clear)()

    @asynccontextmanager
    async def open(self, certificate: Certificate | None, origin: str) -> AsyncIterator[str]:
        """Listen within the context; yields the address. Raises ConfigError where a port is taken."""
        async with AsyncExitStack() as stack:
            calls = await stack.enter_async_context(ClientSession(
                connector=TCPConnector(limit=0, ssl=self._between or False), auto_decompress=False, cookie_jar=DummyCookieJar(),
                timeout=ClientTimeout(total=None, sock_connect=CONNECTS_S), skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding")))

            async def carry(request: web.Request) -> web.StreamResponse:
                return await self._carry(calls, request)

            application = web.Application(middlewares=[(waiting := SlowClients(self._listen.client_timeout_s)).patiently])
            application[WAITING] = waiting
            application.add_routes([*self.routes(), web.route("*", "/{path:.*}", carry)])
            address = await stack.enter_async_context(serve(application, self._listen, certificate.context if certificate else None))
            await stack.enter_async_context(redirecting(self._listen, origin))
            yield address

    def routes(self) -> list[web.RouteDef]:
        """Routes answered by a door itself."""
        return [web.get("/healthz", _lives), web.get("/leads", self._leading)]

    async def _leading(self, _: web.Request) -> web.Response:
        """For a balancer that sends clients directly to the leader."""
        return web.json_response({"leads": self.leads}, status=200 if self.leads else 503, headers=HEADERS)

    async def _carry(self, calls: ClientSession, request: web.Request) -> web.StreamResponse:
        carry = self._carry_socket if request.headers.get("Upgrade", "").lower() == "websocket" else self._carry_request
        try:
            return await carry(calls, request)
        except (TimeoutError, ClientError):
            return web.json_response({"error": "unavailable", "text": GONE}, status=503, headers=HEADERS | {"Retry-After": "2"})

    async def _carry_request(self, calls: ClientSession, request: web.Request) -> web.StreamResponse:
        body = await _body(request)

        async def ask(leader: Leader) -> ClientResponse:
            answer = await calls.request(request.method, self._url(leader, request), headers=self._headers(leader, request),
                                         allow_redirects=False, data=body)
            if answer.status == LEADS_NO_MORE and not isinstance(body, StreamReader):
                answer.release()
                raise LeadsNoMoreError
            return answer

        async with await self._reach(ask) as answer:
            response = web.StreamResponse(status=answer.status, reason=answer.reason, headers=_passed_on(answer.headers))
            await response.prepare(request)
            try:
                async for piece in answer.content.iter_any():
                    await response.write(piece)
                await response.write_eof()
            except (ClientError, ConnectionError):  # a partial answer must not look complete
                if request.transport is not None:
                    request.transport.abort()
            return response

    async def _carry_socket(self, calls: ClientSession, request: web.Request) -> web.StreamResponse:
        asked = [each.strip() for each in request.headers.get("Sec-WebSocket-Protocol", "").split(",") if each.strip()]

        async def ask(leader: Leader) -> ClientWebSocketResponse:
            headers = self._headers(leader, request)
            for name in ITS_OWN:
                headers.popall(name, None)
            try:
                return await calls.ws_connect(self._url(leader, request), headers=headers, protocols=asked, max_msg_size=FRAME_LIMIT,
                                              heartbeat=BEAT_S, compress=0)
            except WSServerHandshakeError as refused:
                if refused.status == LEADS_NO_MORE:
                    raise LeadsNoMoreError from refused
                raise

        try:
            theirs = await self._reach(ask)
        except WSServerHandshakeError as refused:
            return web.Response(status=refused.status, headers=HEADERS)
        async with theirs:
            ours = web.WebSocketResponse(compress=False, max_msg_size=FRAME_LIMIT, heartbeat=BEAT_S,
                                         protocols=[theirs.protocol] if theirs.protocol else ())
            await ours.prepare(request)
            ways = [asyncio.create_task(_pass_on(ours, theirs)), asyncio.create_task(_pass_on(theirs, ours))]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)  # the first end closes the other one
            finally:
                for way in ways:
                    way.cancel()
            code = theirs.close_code
            await ours.close(code=code if code and code != WSCloseCode.ABNORMAL_CLOSURE else WSCloseCode.SERVICE_RESTART)
            return ours

    async def _reach(self, ask: Callable[[Leader], Awaitable[T]]) -> T:
        """The leader's response, as soon as there is one: a request is repeated only if no leader has processed it.

        Raises TimeoutError, ClientError.
        """
        until = asyncio.get_running_loop().time() + self._held_s
        while True:
            async with asyncio.timeout_at(until):
                await self._known.wait()
            assert self._leader is not None  # noqa: S101 - it is known
            try:
                return await ask(self._leader)
            except (ClientConnectorError, ConnectionTimeoutError, LeadsNoMoreError):
                async with asyncio.timeout_at(until):
                    await asyncio.sleep(AGAIN_S)  # it has just ended, or is still starting: the lease will show

    def _url(self, leader: Leader, request: web.Request) -> URL:
        return URL(f"{'https' if self._between else 'http'}://{leader.address}{request.raw_path}", encoded=True)

    def _headers(self, leader: Leader, request: web.Request) -> CIMultiDict[str]:
        headers = _passed_on(request.headers)
        headers[SHOWN] = f"{leader.number} {request.scheme} {request.remote or ''}"
        return headers


async def _lives(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"}, headers=HEADERS)


async def _body(request: web.Request) -> bytes | StreamReader | None:
    """A small body as a whole, a larger one as a stream."""
    if not request.body_exists:
        return None
    small = request.content_length is not None and request.content_length <= SMALL
    return await request.read() if small else request.content


def _passed_on(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in HOP_BY_HOP)


async def _pass_on(source: Socket, target: Socket) -> None:
    """Forward frames from one end to the other, until one is closed."""
    async for frame in source:
        try:
            if frame.type is WSMsgType.TEXT:
                await target.send_str(frame.data)
            elif frame.type is WSMsgType.BINARY:
                await target.send_bytes(frame.data)
        except ConnectionError:
            return
