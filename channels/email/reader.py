"""Parses letters in subprocesses: an untrusted letter cannot stop the hub, and always reaches an operator."""

import asyncio
import hashlib
import logging
from collections import deque
from collections.abc import Sequence
from functools import partial

from msgspec.structs import replace

from channels.email import mime
from channels.email.headers import HEADERS_LIMIT
from channels.email.mime import File, Letter
from hub.kernel.background_tasks import BackgroundTasks, resolve
from hub.kernel.sandbox import Limits, Sandbox, SandboxError

log = logging.getLogger(__name__)

LIMITS = Limits(time_s=20.0, memory=2 << 30, kept_s=60.0)
"""A letter of 40 MB takes a second, and a tenth of this memory."""
PROCESSES = 2
BATCH, BATCH_BYTES = 50, 2 << 20
UNREAD = "Письмо не удалось прочесть: {why}. Оно приложено целиком, как пришло: откройте файл."
BOUNCE = "письмо без обратного адреса"
NAME, KIND = "Письмо целиком.eml", "message/rfc822"


class Reader:
    """Letters that arrive together are parsed together, up to BATCH and BATCH_BYTES, to save round trips to the process."""

    def __init__(self) -> None:
        self._sandbox = Sandbox(LIMITS, PROCESSES)
        self._waiting: deque[tuple[bytes, bool, asyncio.Future[Letter]]] = deque()
        self._tasks, self._busy = BackgroundTasks(), 0

    async def read(self, raw: bytes, *, bounce: bool = False, sender: str = "") -> Letter:
        """An unreadable letter becomes its headers and one file; `sender` is that of the envelope, for one without readable headers.

        Raises OSError where no process can be started: then the letter was not parsed.
        """
        letter: asyncio.Future[Letter] = asyncio.get_running_loop().create_future()
        self._waiting.append((raw, bounce, letter))
        if self._busy < PROCESSES:
            self._busy += 1
            self._tasks.spawn(self._work())
        try:
            return await letter
        except (SandboxError, ValueError) as error:
            log.error("mail not parsable: stored by its headers", extra={"bytes": len(raw), "why": str(error)})  # noqa: TRY400 - its words say all
            why = str(error)
        head = await self._head(raw, bounce=bounce)
        nobody = f"letter:{hashlib.sha256(raw[:HEADERS_LIMIT]).hexdigest()[:16]}"  # unanswerable, but read all the same
        return replace(head, sender=head.sender or sender or nobody, unread=UNREAD.format(why=why), files=(File(NAME, raw, KIND),))

    async def close(self) -> None:
        await self._tasks.cancel()
        await self._sandbox.close()

    async def _work(self) -> None:
        try:
            while self._waiting:
                batch = [self._waiting.popleft()]
                size = len(batch[0][0])
                while self._waiting and len(batch) < BATCH and (size := size + len(self._waiting[0][0])) <= BATCH_BYTES:
                    batch.append(self._waiting.popleft())
                await self._read(batch)
        finally:
            self._busy -= 1

    async def _read(self, batch: Sequence[tuple[bytes, bool, "asyncio.Future[Letter]"]]) -> None:
        """A letter that exceeds a limit does not affect the others: they are parsed again, each separately."""
        try:
            letters = await self._sandbox.run(list[Letter], mime.read_all, [(raw, bounce) for raw, bounce, _ in batch])
        except (SandboxError, ValueError, OSError) as error:
            if len(batch) == 1:
                resolve(batch[0][2], None, error)
                return
            for each in batch:
                await self._read([each])
        else:
            for (_, _, waiter), letter in zip(batch, letters, strict=True):
                resolve(waiter, letter, None)

    async def _head(self, raw: bytes, *, bounce: bool) -> Letter:
        try:
            return await self._sandbox.run(Letter, partial(mime.read_head, bounce=bounce), raw[:HEADERS_LIMIT])
        except (SandboxError, ValueError):
            return Letter(automatic=BOUNCE if bounce else "")
