"""Reads letters in processes of their own: whatever a stranger has written, the hub goes on, and the letter reaches a person."""

import hashlib
import logging
from functools import partial

from msgspec.structs import replace

from channels.email import mime
from channels.email.headers import HEADERS_LIMIT
from channels.email.mime import File, Letter
from hub.sandbox import Limits, Sandbox, SandboxError

log = logging.getLogger(__name__)

LIMITS = Limits(time_s=20.0, memory=2 << 30, kept_s=60.0)
"""A letter of 40 MB takes a second, and a tenth of this memory."""
PROCESSES = 2
UNREAD = "Письмо не удалось прочесть: {why}. Оно приложено целиком, как пришло: откройте файл."
BOUNCE = "письмо без обратного адреса"
NAME, KIND = "Письмо целиком.eml", "message/rfc822"


class Reader:
    def __init__(self) -> None:
        self._sandbox = Sandbox(LIMITS, PROCESSES)

    async def read(self, raw: bytes, *, bounce: bool = False, sender: str = "") -> Letter:
        """A letter that cannot be read is its head and one file; `sender` is that of the envelope, for one without a readable head."""
        try:
            return await self._sandbox.run(Letter, partial(mime.read, bounce=bounce), raw)
        except (SandboxError, ValueError) as error:
            log.error("a letter cannot be read", extra={"bytes": len(raw), "why": str(error)})  # noqa: TRY400 - its words say all
            why = str(error)
        head = await self._head(raw, bounce=bounce)
        nobody = f"letter:{hashlib.sha256(raw[:HEADERS_LIMIT]).hexdigest()[:16]}"  # he cannot be answered, and is read all the same
        return replace(head, sender=head.sender or sender or nobody, unread=UNREAD.format(why=why), files=(File(NAME, raw, KIND),))

    async def _head(self, raw: bytes, *, bounce: bool) -> Letter:
        try:
            return await self._sandbox.run(Letter, partial(mime.read_head, bounce=bounce), raw[:HEADERS_LIMIT])
        except (SandboxError, ValueError):
            return Letter(automatic=BOUNCE if bounce else "")

    async def close(self) -> None:
        await self._sandbox.close()
