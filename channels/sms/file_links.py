"""Files by SMS: a link to each, which whoever has it may open for some days.

A link is secret: 72 random bits, beside the message that it belongs to. A retry sends the same one, since telephones join its parts with
earlier ones.
"""

import base64
import hmac
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from aiohttp import web
from msgspec import Meta

from channels.uploads import Uploads
from hub.conversations.attachments import FileLink
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Message
from hub.conversations.ports import Store
from hub.intake.ports import Intake
from hub.kernel.errors import RefusedError, StoreError
from hub.kernel.ports import Files
from hub.kernel.rate_limits import Buckets, Rate, subscriber
from hub.kernel.web.download import download_headers

RATE = Rate(20, 20)
"""For each source: links are not to be guessed."""
PLACE = "{token:[0-9A-Za-z_-]{24}}"
RECORD_BYTES, SECRET_BYTES = 8, 9
SAMPLE = "Файл: {url}/" + "x" * 24
OVER = "Ссылка не действует. Попросите прислать файл ещё раз."
LATER = "Файл сейчас не открыть: попробуйте чуть позже."
TOO_FAST = "Слишком много запросов. Попробуйте через минуту."


class FileLinkSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`url` is our address for citizens, with a path of its own; a link is valid for `days`."""

    url: Annotated[str, Meta(pattern=r"^https://[^/?#\s]+(/[\w.-]+)+$", max_length=100)]
    days: Annotated[int, Meta(ge=1, le=30)] = 7


class FileLinks:
    def __init__(self, settings: FileLinkSettings | None, intake: Intake, store: Store, files: Files, *, limited: bool) -> None:
        """Without settings no file has a link."""
        self._settings, self._store = settings, store
        self._uploads = Uploads(intake, store, files)
        self._rate = Buckets(RATE if limited else None)

    def routes(self) -> list[web.AbstractRouteDef]:
        return [web.get(f"{urlsplit(self._settings.url).path}/{PLACE}", self._open)] if self._settings else []

    def with_samples(self, text: str, count: int) -> str:
        """A text with lines as long as those of some files."""
        return "\n".join(filter(None, (text, *([SAMPLE.format(url=self._settings.url)] * count if self._settings else ()))))

    async def lines(self, records: Sequence[StoredEvent]) -> list[str]:
        """A line for each file of a message: its link, or its name, so that the citizen can request it another way."""
        found: list[str] = []
        for record in records:
            for number, file in enumerate(record.entry.attachments if isinstance(record.entry, Message) else ()):
                found.append(f"Файл: {await self._link(self._settings, record, number)}" if self._settings else f"[{file.name}]")
        return found

    async def _link(self, settings: FileLinkSettings, record: StoredEvent, number: int) -> str:
        assert isinstance(record.entry, Message)  # noqa: S101 - only messages have files
        key = f"{record.id}/{number}"
        link = await self._store.get(FileLink, key)
        if link is None:
            link = FileLink(key, record.conversation, record.entry.attachments[number].file, secrets.token_hex(SECRET_BYTES),
                            datetime.now(UTC) + timedelta(days=settings.days))
            await self._store.put(link)
        token = record.id.to_bytes(RECORD_BYTES, "big") + bytes([number]) + bytes.fromhex(link.secret)
        return f"{settings.url}/{base64.urlsafe_b64encode(token).decode()}"

    async def _open(self, request: web.Request) -> web.Response:
        if self._rate.spend(subscriber(request.remote or ""), monotonic()):
            return _told(429, TOO_FAST)
        try:
            link = await self._named(request.match_info["token"])
            if link is None:
                return _told(404, OVER)
            attachment, content = await self._uploads.read(link.conversation, link.file)
        except RefusedError as error:
            return _told(409 if error.code == "quarantined" else 404, error.text)
        except (StoreError, OSError):
            return _told(503, LATER)
        headers = download_headers(attachment.name, attachment.size) | {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
        return web.Response(body=content, content_type=attachment.type, headers=headers)

    async def _named(self, token: str) -> FileLink | None:
        told = base64.urlsafe_b64decode(token)
        record, number, secret = int.from_bytes(told[:RECORD_BYTES], "big"), told[RECORD_BYTES], told[RECORD_BYTES + 1:]
        link = await self._store.get(FileLink, f"{record}/{number}")
        valid = link is not None and hmac.compare_digest(bytes.fromhex(link.secret), secret) and link.until > datetime.now(UTC)
        return link if valid else None


def _told(status: int, words: str) -> web.Response:
    return web.Response(status=status, text=words, headers={"Cache-Control": "no-store"})
