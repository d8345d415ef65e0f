"""The hub's side of one call's sound."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Protocol
from uuid import uuid4

from channels.voice.media.messages import (
    Began,
    Complete,
    Connected,
    Expect,
    FromHub,
    FromMedia,
    Gone,
    Paused,
    Play,
    Played,
    Release,
    Stop,
    Uttered,
)
from hub.kernel.errors import OknoError, UnavailableError

CONNECT_S = 3.0
"""Asterisk is told to connect, and does so at once."""


class MediaLostError(OknoError):
    """The sound of this call goes through the media process no longer."""


class Listener(Protocol):
    """Who talks to the caller."""

    def began(self) -> None:
        """The caller begins to speak."""

    async def complete(self, sound: bytes) -> bool:
        """Whether what was said until a pause is a whole sentence."""


class Stream:
    """`tell` sends to the media process, which has `address`."""

    def __init__(self, address: str, tell: Callable[[FromHub], None], listener: Listener) -> None:
        self.call, self.address = str(uuid4()), address
        self._tell, self._listener = tell, listener
        self._utterances: deque[bytes] = deque()
        self._speaking = self._connected = self._lost = False
        self._changed = asyncio.Event()
        self._judging: asyncio.Task[None] | None = None
        """Whether the caller has finished, while they pause."""
        self._sent = self._played = 0
        """Numbers of the last files."""
        self._why = ""
        self._limit: asyncio.Timeout | None = None
        self._begins_s = 0.0
        tell(Expect(self.call))

    def told(self, event: FromMedia) -> None:
        match event:
            case Connected():
                self._connected = True
            case Played(part=part, why=why):
                self._played, self._why = max(self._played, part), why or self._why
            case Began():
                self._speaking = True
                self._listener.began()
            case Paused(pause=pause, sound=sound):
                self._stop_judging()
                self._judging = asyncio.create_task(self._judge(pause, sound))
            case Uttered(sound=sound):
                self._speaking = False
                self._utterances.append(sound)
            case Gone():
                self._lost = True
            case _:
                return
        self._changed.set()

    async def _judge(self, pause: int, sound: bytes) -> None:
        if await self._listener.complete(sound):
            self._tell(Complete(self.call, pause))

    def _stop_judging(self) -> None:
        if self._judging is not None:
            self._judging.cancel()

    def lose(self) -> None:
        self._lost = True
        self._stop_judging()
        self._changed.set()

    def release(self) -> None:
        """Asterisk gets the call back."""
        self._tell(Release(self.call))

    async def connected(self) -> None:
        """Raises MediaLostError."""
        try:
            async with asyncio.timeout(CONNECT_S):
                await self._until(lambda: self._connected)
        except TimeoutError as error:
            raise MediaLostError("Asterisk did not connect") from error

    async def tell(self, sounds: AsyncGenerator[str, None]) -> None:
        """Play each of these files (without extension) as soon as it is there, to the end; raises UnavailableError, MediaLostError."""
        try:
            async with aclosing(sounds):
                async for sound in sounds:
                    self.play(sound)
            await self.played()
        finally:
            self.stop()

    def play(self, sound: str) -> None:
        """Play a file (without its extension) after those before."""
        self._sent += 1
        self._tell(Play(self.call, self._sent, f"{sound}.wav"))

    async def played(self) -> None:
        """Wait until everything was played; raises UnavailableError where a file could not be, and MediaLostError."""
        await self._until(lambda: self._played >= self._sent)
        if self._why:
            message, self._why = self._why, ""
            raise UnavailableError(message)

    def stop(self) -> None:
        """What was sent is not played further."""
        self._tell(Stop(self.call))
        self._played = self._sent

    async def utterance(self, begins_s: float) -> bytes | None:
        """What the caller says next, a WAV file; None if they begin nothing for so long. Raises MediaLostError."""
        self._begins_s = begins_s
        try:
            async with asyncio.timeout(begins_s) as self._limit:
                await self._until(lambda: self._speaking or bool(self._utterances))
        except TimeoutError:
            return None
        await self._until(lambda: bool(self._utterances))
        return self._utterances.popleft()

    def keyed(self) -> None:
        """The caller presses keys: they have as long to begin as after a prompt."""
        if self._limit is not None and not self._limit.expired():
            self._limit.reschedule(asyncio.get_running_loop().time() + self._begins_s)

    async def ended(self) -> None:
        """Raises MediaLostError when it is lost."""
        await self._until(lambda: False)

    async def _until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            if self._lost:
                raise MediaLostError("the media process or Asterisk has closed it")
            self._changed.clear()
            await self._changed.wait()
