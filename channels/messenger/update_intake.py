"""Common code of the drivers of MAX and VK: receiving updates with files, and retries while a messenger is unavailable."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar
from weakref import WeakValueDictionary

from channels.intake import taken
from channels.messenger.api_errors import TooManyError
from channels.messenger.fetch import Fetcher
from channels.messenger.updates import IncomingMessage, words_of
from hub.conversations.address import Address, Citizen
from hub.conversations.ports import Incoming
from hub.intake.ports import Intake
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import OknoError, StoreError
from hub.kernel.health import Health

log = logging.getLogger(__name__)

T = TypeVar("T")

FIRST_PAUSE_S, LAST_PAUSE_S = 0.2, 60.0
NAME_LIMIT = 200


class UpdateIntake:
    """`channel` is the driver's name, `messenger` its name for operators."""

    def __init__(self, channel: str, messenger: str, intake: Intake, fetcher: Fetcher) -> None:
        self._channel, self._messenger, self._intake, self._fetcher = channel, messenger, intake, fetcher
        self._talking: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._tasks = BackgroundTasks()
        self._closed = False
        self.health = Health(up=False, words=f"ещё не соединялся с {messenger}")

    def address(self, chat: int) -> Address:
        return Address(self._channel, str(chat))

    async def incoming(self, told: IncomingMessage) -> Incoming:
        """The message to be stored: with its files, or a text about missing ones."""
        attachments, missing = await self._fetcher.fetched(told.files)
        citizen = Citizen(told.name[:NAME_LIMIT], language=told.language or "ru")
        return Incoming(self.address(told.chat), told.key, words_of((told.text, *missing)), attachments, citizen, told.folded)

    async def take(self, told: IncomingMessage) -> None:
        """Process a pushed message; returns when it is on the disk."""
        # A picture takes longer to download than the next text.
        async with self._talking.setdefault(told.chat, asyncio.Lock()):
            await taken(self._intake, await self.incoming(told))

    async def gone(self, chat: int) -> None:
        await self._intake.left(self.address(chat))

    def passed_over(self, why: Exception) -> None:
        """Acknowledge an unreadable update, which would be redelivered for ever. Texts are not logged."""
        log.warning("unreadable update: ignored", extra={"channel": self._channel, "why": str(why)})

    async def patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Retry until the messenger answers; the health has the reason."""
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                return await ask()
            except StoreError:
                raise
            except OknoError as error:
                if self._closed:
                    await asyncio.Event().wait()  # the caller is about to be cancelled
                self.health = Health(up=False, words=str(error))
                log.info("messenger unavailable: polling is retried", extra={"channel": self._channel, "why": str(error)})
                await asyncio.sleep(error.wait_s if isinstance(error, TooManyError) else pause_s)
                pause_s = min(pause_s * 2, LAST_PAUSE_S)

    def mention(self, doing: Awaitable[object]) -> None:
        """Start an optional request without waiting for it."""
        self._tasks.spawn(self._try(doing))

    async def close(self) -> None:
        self._closed = True
        await self._tasks.cancel()
        await self._fetcher.close()

    async def _try(self, doing: Awaitable[object]) -> None:
        try:
            await doing
        except OknoError as error:
            log.info("optional request to the messenger failed: ignored", extra={"channel": self._channel, "why": str(error)})
