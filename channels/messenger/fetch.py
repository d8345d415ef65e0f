"""Downloads files referenced by a messenger; failures are described in words.

A file is requested several times within a time limit, and is stored whole or not at all.
"""

import asyncio
import ssl
from collections.abc import Sequence
from functools import partial

import aiohttp

from channels import ssrf_guard
from channels.messenger.updates import RemoteFile
from channels.uploads import kept
from hub.conversations.message import Attachment
from hub.kernel.ports import Files
from hub.kernel.public_networks import Network
from hub.kernel.retry import retry
from hub.kernel.web import bodies

MEGABYTE = 1 << 20
TRIES, PAUSE_S = 3, 0.2
WHOLE_S = 30.0
"""Time limit of a file with all attempts: by polling all later messages wait for it."""
TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10)


class _LaterError(Exception):
    """The file may arrive in another attempt."""


class Fetcher:
    """A separate session: the messenger's client sends the bot's key with every request, and files are on other hosts."""

    def __init__(self, files: Files, limit: int, inside: Sequence[Network], *, trusted: ssl.SSLContext | bool = True) -> None:
        """`limit` is in bytes; `inside` are internal networks of file hosts."""
        self._files, self._limit, self._inside, self._trusted = files, limit, inside, trusted
        self._session: aiohttp.ClientSession | None = None

    async def fetched(self, remotes: Sequence[RemoteFile]) -> tuple[tuple[Attachment, ...], list[str]]:
        """The downloaded files, and a text for the operator about failed ones."""
        attachments, missing = [], []
        for remote in remotes:
            outcome = await self._one(remote)
            if isinstance(outcome, Attachment):
                attachments.append(outcome)
            else:
                missing.append(f"[{remote.words} «{remote.name}»: файл не получен, {outcome}]")
        return tuple(attachments), missing

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _one(self, remote: RemoteFile) -> Attachment | str:
        if remote.size > self._limit:
            return self._too_large()
        if not remote.url.startswith(("https://", "http://")):
            return "ссылки на него нет"
        try:
            async with asyncio.timeout(WHOLE_S):
                return await self._patiently(remote)
        except TimeoutError:
            return f"его не отдали за {WHOLE_S:.0f} с"

    async def _patiently(self, remote: RemoteFile) -> Attachment | str:
        pauses = [PAUSE_S * attempt for attempt in range(1, TRIES)]
        try:
            return await retry(partial(self._fetch, remote), pauses, _LaterError, lambda _error, _attempt: None)
        except _LaterError as error:
            return str(error)

    async def _fetch(self, remote: RemoteFile) -> Attachment | str:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=ssrf_guard.connector(self._inside, trusted=self._trusted), timeout=TIMEOUT, cookie_jar=aiohttp.DummyCookieJar())
        try:
            async with self._session.get(remote.url, max_redirects=5) as answer:
                if answer.status >= 500 or answer.status == 429:  # noqa: PLR2004 - RFC 9110 §15.6, RFC 6585 §4
                    message = f"HTTP {answer.status}"
                    raise _LaterError(message)
                if answer.status != 200:  # noqa: PLR2004 - RFC 9110 §15.3.1
                    return f"HTTP {answer.status}"
                content = await bodies.read(answer.content.iter_chunked(1 << 16), self._limit)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if ssrf_guard.is_inside(error):
                return "ссылка ведёт во внутреннюю сеть"
            raise _LaterError("связь прервалась") from error
        return self._too_large() if content is None else await kept(self._files, remote.name, content)

    def _too_large(self) -> str:
        return f"он больше {self._limit / MEGABYTE:.3g} МБ"
