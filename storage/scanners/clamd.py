"""ClamAV's daemon (clamd(8)): a file is sent over its socket by INSTREAM, in pieces, and is never stored in clear."""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from io import BytesIO
from struct import pack
from typing import Annotated
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec

from hub.conversations.attachments import Check
from hub.conversations.ports import ScanResult
from hub.kernel.errors import InterruptedScanError, UnavailableError

REACH_S = 10.0
"""To connect, and for simple commands."""
NOT_SEEN_THROUGH = ("Heuristics.Encrypted.", "Heuristics.Limits.Exceeded.")
"""Alerts of AlertEncrypted and AlertExceedsMax: no finding, but an unscannable file."""
TOO_LARGE = "Limits.Exceeded.FileSize"
DEEP = 25
"""Archives in one another; clamd's MaxRecursion is 17."""
ANSWER = re.compile(r"^stream: (?:(?P<ok>OK)|(?P<found>.+) FOUND)$")


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    socket: str = "/run/clamav/clamd.ctl"
    """LocalSocket of clamd.conf; "" where it is reached by `host` and `port`."""
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65_535)] = 3310
    """TCPSocket: nobody else may be on the way, it is in clear."""
    limit: Annotated[int, msgspec.Meta(ge=1)] = 25_000_000
    """Bytes of a file that are scanned; at most StreamMaxLength and MaxFileSize."""
    timeout_s: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 150.0
    """For one file; more than MaxScanTime."""


class Clamd:
    """hub.conversations.ports.Scanner. A connection for each file: clamd ends a session whenever it reloads its signatures."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def scan(self, size: int, content: AsyncGenerator[bytes, None]) -> ScanResult:
        if size > self._settings.limit:
            return ScanResult(Check.UNCHECKED, TOO_LARGE)
        async with self._line() as (reader, writer):
            with _whole():
                writer.write(b"zINSTREAM\0")
            async for piece in content:
                with _whole():
                    writer.write(pack(">I", len(piece)) + piece)
                    async with asyncio.timeout(self._settings.timeout_s):
                        await writer.drain()
            with _whole():
                writer.write(pack(">I", 0))
                async with asyncio.timeout(self._settings.timeout_s):
                    answer = (await reader.readuntil(b"\0"))[:-1].decode("utf8", "replace")
        return _finding(answer)

    async def probe(self) -> str:
        """Raises UnavailableError also where it misses the test file, and says what to do."""
        version = await self._said("VERSION")
        if (await self._tried(eicar())).state is not Check.INFECTED:
            raise UnavailableError("ClamAV не находит проверочный файл EICAR: загрузите базы сигнатур (freshclam)")
        if (await self._tried(locked())).state is Check.CLEAN:
            raise UnavailableError("ClamAV пропускает зашифрованные архивы: добавьте в clamd.conf «AlertEncrypted yes»")
        if (await self._tried(_nested())).state is Check.CLEAN:
            raise UnavailableError("ClamAV пропускает то, что проверил не до конца: добавьте в clamd.conf «AlertExceedsMax yes»")
        name, _, signatures = version.partition("/")
        return f"{name}, базы {signatures.replace('/', ' от ')}" if signatures else f"{name}, базы свои"

    async def close(self) -> None:
        """No line is held open."""

    async def _said(self, command: str) -> str:
        async with self._line() as (reader, writer):
            with _whole():
                writer.write(f"z{command}\0".encode())
                async with asyncio.timeout(REACH_S):
                    return (await reader.readuntil(b"\0"))[:-1].decode("utf8", "replace")

    async def _tried(self, content: bytes) -> ScanResult:
        async def once() -> AsyncGenerator[bytes, None]:
            yield content
        return await self.scan(len(content), once())

    @asynccontextmanager
    async def _line(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        told = self._settings
        try:
            async with asyncio.timeout(REACH_S):
                reader, writer = await (
                    asyncio.open_unix_connection(told.socket) if told.socket else asyncio.open_connection(told.host, told.port))
        except (OSError, TimeoutError) as error:
            message = f"clamd не отвечает: {told.socket or f'{told.host}:{told.port}'}: {_words(error)}"
            raise UnavailableError(message) from error
        try:
            yield reader, writer
        finally:
            writer.close()


@contextmanager
def _whole() -> Iterator[None]:
    """What goes wrong on the line while a file is on it."""
    try:
        yield
    except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        message = f"связь с clamd прервалась: {_words(error)}"
        raise InterruptedScanError(message) from error


def _words(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else "") or str(error) or "время вышло"


def _finding(answer: str) -> ScanResult:
    told = ANSWER.match(answer)
    if told is None:
        message = f"clamd: {answer}"
        raise InterruptedScanError(message)
    if told["ok"]:
        return ScanResult(Check.CLEAN)
    unseen = told["found"].startswith(NOT_SEEN_THROUGH)
    return ScanResult(Check.UNCHECKED if unseen else Check.INFECTED, told["found"])


def eicar() -> bytes:
    """The file that every scanner must find (eicar.org); turned round here, lest one finds this module."""
    return rb"*H+H$!ELIF-TSET-SURIVITNA-DRADNATS-RACIE$}7)CC7)^P(45XZP\4[PA@%P!O5X"[::-1]


def _packed(content: bytes, name: str = "a.zip") -> bytes:
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def locked() -> bytes:
    """An archive that says it is encrypted (APPNOTE 4.4.4, bit 0), in both of its headers."""
    content = bytearray(_packed(b"0123456789" * 10, "a.txt"))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def _nested() -> bytes:
    content = b"a"
    for _ in range(DEEP):
        content = _packed(content)
    return content


SETTINGS = Settings


def connect(settings: dict[str, object]) -> Clamd:
    """The driver; raises msgspec.ValidationError that names a bad setting."""
    return Clamd(msgspec.convert(settings, Settings))
