"""POST to addresses that others have named: external hosts only (0036), no redirects, no cookies; of the answer only the status is read."""

from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

import aiohttp

from channels import ssrf_guard
from hub.kernel.errors import UnavailableError, UndeliverableError
from hub.kernel.public_networks import Network

HEADER_LIMIT = 8190
LATER = frozenset({408, 425, 429})
"""RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4: temporary refusals."""


class OutboundHttp:
    def __init__(self, inside: Sequence[Network], limit_s: float, needed: str) -> None:
        """`inside` are internal networks that are permitted as well, there also without TLS; `needed` is what an address must be."""
        self._inside, self._limit_s, self._needed = tuple(inside), limit_s, needed
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        """Plain HTTP (True) reaches only the internal networks."""

    def check(self, url: str) -> str:
        """Why an address is unusable; "" when it can be tried."""
        try:
            told = urlsplit(url)
            good = told.scheme in {"http", "https"} and bool(told.hostname) and not told.fragment and told.port != 0
        except ValueError:
            return self._needed
        if not good or not (told.scheme == "https" or self._may_be_inside(told.hostname or "")):
            return self._needed
        return ""

    def _may_be_inside(self, host: str) -> bool:
        """The address of a name is checked at each connection."""
        try:
            address = ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in self._inside)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer. Raises UnavailableError without one, UndeliverableError for a forbidden address."""
        plain = urlsplit(url).scheme != "https"
        try:
            async with self._session(plain=plain).post(url, data=body, headers=headers, allow_redirects=False) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            if ssrf_guard.is_inside(error):
                raise UndeliverableError(self._needed if plain else "адрес ведёт во внутреннюю сеть") from error
            message = "нет ответа вовремя" if isinstance(error, TimeoutError) else f"нет связи: {type(error).__name__}"
            raise UnavailableError(message) from error

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()

    def _session(self, *, plain: bool) -> aiohttp.ClientSession:
        if plain not in self._sessions:
            self._sessions[plain] = aiohttp.ClientSession(
                connector=ssrf_guard.connector(self._inside, public=not plain), timeout=aiohttp.ClientTimeout(total=self._limit_s),
                cookie_jar=aiohttp.DummyCookieJar(), max_line_size=HEADER_LIMIT, max_field_size=HEADER_LIMIT)
        return self._sessions[plain]
