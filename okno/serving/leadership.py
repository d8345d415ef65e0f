"""State of the leading hub: its lease, and its address for the other hubs."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from hmac import compare_digest

from aiohttp import web
from msgspec import Struct

from bots.russian import Russian
from hub.kernel.leases import Lease
from okno.config import HubsSettings
from okno.faults.config_error import ConfigError

SHOWN = "Okno-Door"
"""Header by which hubs authenticate to each other, with the forwarded client: «number scheme address»."""
ANSWERED_S = 5.0
"""Time for current requests of a former leader: carriers repeat late ones."""


class PeerAccess:
    """Admission where a hub leads others: only these, on behalf of their clients (okno/serving/leader_proxy.py)."""

    def __init__(self, number: str) -> None:
        """`number` is required of the other hubs."""
        self._number = number
        self._closed, self._under_way = False, 0
        self._done = asyncio.Event()

    @web.middleware
    async def admit(self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        shown, _, asked_for = request.headers.get(SHOWN, "").partition(" ")
        if not compare_digest(shown.encode(errors="surrogateescape"), self._number.encode()):
            raise web.HTTPForbidden
        if self._closed:
            raise web.HTTPMisdirectedRequest  # not processed: any request may be repeated elsewhere (RFC 9110 §15.5.20)
        scheme, _, remote = asked_for.partition(" ")
        if "Upgrade" in request.headers:  # sockets are closed separately
            return await handler(request.clone(scheme=scheme, remote=remote))
        self._under_way += 1
        try:
            return await handler(request.clone(scheme=scheme, remote=remote))
        finally:
            self._under_way -= 1
            if self._closed and not self._under_way:
                self._done.set()

    async def close(self) -> None:
        """Refuse new requests, and wait for the answers to current ones."""
        self._closed = True
        if self._under_way:
            with suppress(TimeoutError):
                async with asyncio.timeout(ANSWERED_S):
                    await self._done.wait()


class Leadership(Struct, frozen=True):
    """`key` has the certificate of its address for the others; None for plain HTTP."""

    lease: Lease
    inside: PeerAccess
    host: str
    port: int
    key: ssl.SSLContext | None
    russian: Russian
    """With a cache of the words looked up while it waited."""
    outlasting: AsyncExitStack
    """Closed some time after the hub: its address, which refuses all requests then."""


def keys_between(hubs: HubsSettings) -> tuple[ssl.SSLContext | None, ssl.SSLContext | None]:
    """TLS contexts for incoming and for outgoing connections between hubs, with mutual authentication. Raises ConfigError."""
    if not hubs.certificate:
        return None, None
    contexts = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        for context in contexts:
            context.minimum_version = ssl.TLSVersion.TLSv1_3
            context.check_hostname = False  # the authority signs only hubs, and their addresses change
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(hubs.authority)
            context.load_cert_chain(hubs.certificate, hubs.key or None)
    except OSError as error:  # ssl.SSLError is one
        message = f"hubs: certificate, key or authority cannot be used: {error.strerror or error}"
        raise ConfigError(message) from error
    return contexts
