"""HTTP client of an external system: JSON in, JSON out, with timeout, circuit breaker and Retry-After.

All drivers of this folder share it. Its addresses come from the administrator; redirects are not followed (0036).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

import aiohttp
import msgspec
from msgspec import Meta, Struct

from channels.retry_after import RetryPause
from channels.secret import secret
from channels.systems.breaker import Breaker
from hub.kernel.errors import RefusedError, UnavailableError

ANSWER_LIMIT = 1 << 20
"""Bytes."""
LATER = {408, 425, 429}
"""RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4: temporary refusals."""
OK, NOT_MODIFIED, NOT_FOUND = 200, 304, 404
T = TypeVar("T")


REGISTER_LIMIT = 8 << 20
"""Bytes of a file, as in hub/knowledge/catalogue/formats.py."""


class FetchedDocument(Struct, frozen=True):
    headers: Mapping[str, str]
    content: bytes


class SystemClientSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Address and credentials of a system."""

    url: Annotated[str, Meta(pattern=r"^https?://[^/?#]+[^?#]*$")]
    """The prefix of all paths."""
    token_file: str = ""
    """A file with the token sent as `Authorization: Bearer …`; "" is none."""


class SystemClient:
    """One system over HTTP. Raises UnavailableError for no or invalid answers, RefusedError("system_refused") where it refuses."""

    def __init__(self, settings: SystemClientSettings, limit_s: float, breaker: Breaker | None = None) -> None:
        """Raises msgspec.ValidationError, which names a file that cannot be read. `limit_s` is for a whole exchange."""
        self._base, self._limit_s = settings.url.rstrip("/"), limit_s
        self._headers = {"Accept": "application/json"}
        if settings.token_file:
            self._headers["Authorization"] = f"Bearer {secret(settings.token_file)}"
        self.breaker = breaker or Breaker()
        self._pause = RetryPause()
        self._http: aiohttp.ClientSession | None = None

    @property
    def host(self) -> str:
        return urlsplit(self._base).netloc

    async def ask(self, method: str, path: str, kind: type[T], body: object = None, *, key: str = "", trace: str = "",
                  meant: Mapping[int, RefusedError] = MappingProxyType({})) -> T | None:
        """The answer; None for 404. `key` makes a repetition harmless (Idempotency-Key), `trace` is a traceparent.

        `meant` are refusals with their own meaning, by status.
        """
        self._pause.respect()
        with self.breaker.call():
            headers = self._headers | ({"Idempotency-Key": key} if key else {}) | ({"traceparent": trace} if trace else {})
            status, _, content = await self._exchanged(method, path, headers, body)
            if status == NOT_FOUND:
                return None
            if 400 <= status < 500:  # noqa: PLR2004 - RFC 9110 §15.5
                raise meant.get(status) or RefusedError("system_refused", f"Система не приняла запрос (код {status}).")
            try:
                return msgspec.json.decode(content, type=kind)
            except (msgspec.DecodeError, RecursionError) as error:  # msgspec.ValidationError is one, too
                raise UnavailableError("ответила не так, как договорено") from error

    async def fetch(self, path: str, headers: Mapping[str, str]) -> FetchedDocument | None:
        """A file's current content; None where the `headers` match it (304)."""
        self._pause.respect()
        with self.breaker.call():
            status, said, content = await self._exchanged("GET", path, self._headers | dict(headers), limit=REGISTER_LIMIT)
            if status == NOT_MODIFIED:
                return None
            if status != OK:
                raise RefusedError("system_refused", f"Система не приняла запрос (код {status}).")
            return FetchedDocument(said, content)

    async def _exchanged(self, method: str, path: str, headers: Mapping[str, str], body: object = None, *,
                         limit: int = ANSWER_LIMIT) -> tuple[int, Mapping[str, str], bytes]:
        content = None if body is None else msgspec.json.encode(body)
        if content is not None:
            headers = {**headers, "Content-Type": "application/json"}
        try:
            async with self._session().request(method, self._base + path, data=content, headers=headers, allow_redirects=False) as answer:
                read = await _read(answer, limit)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            message = "не ответила вовремя" if isinstance(error, TimeoutError) else "недоступна"
            raise UnavailableError(message) from error
        moved = 300 <= answer.status < 400 and answer.status != NOT_MODIFIED  # noqa: PLR2004 - RFC 9110 §15.4
        if answer.status in LATER or answer.status >= 500 or moved:  # noqa: PLR2004 - RFC 9110 §15.6
            self._pause.asked(answer.headers)
            message = f"ответила кодом {answer.status}"
            raise UnavailableError(message)
        return answer.status, answer.headers, read

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._limit_s), cookie_jar=aiohttp.DummyCookieJar())
        return self._http

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()


async def _read(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    """Raises UnavailableError above the limit."""
    content = bytearray()
    async for piece in answer.content.iter_chunked(1 << 16):
        content += piece
        if len(content) > limit:
            raise UnavailableError("ответила слишком длинно")
    return bytes(content)
