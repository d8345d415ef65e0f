"""Speech recognition of citizens' voice messages, where it is configured."""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from functools import partial
from typing import Protocol

from hub.conversations.journal import ConversationEvent
from hub.conversations.message import CITIZEN, Attachment, Message
from hub.kernel.errors import SealedError
from hub.kernel.ports import Files
from hub.kernel.sandbox import Limits, Sandbox, SandboxError
from hub.telephony.recogniser_queue import QueueFullError, RecogniserQueue

log = logging.getLogger(__name__)

LISTENING = Limits(time_s=600.0, kept_s=None)
"""At most five minutes of a recording are recognised (bots/speech.py). The model is loaded once, in half a second."""


WARM = 2
"""Recognisers that have loaded their model before the first caller speaks; others load it when they are needed."""
REMEMBERED = 64
"""Pauses of callers whose words are kept until the message comes, or others displace them."""

SILENCE = b"RIFF\x24\x02\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\0\2\0\0" + bytes(512)
"""A WAV file of 32 ms at 8 kHz."""


class Recognise(Protocol):
    """The text of a sound; "" where there is none. Raises ValueError for an invalid sound. It must be picklable for another process."""

    def __call__(self, sound: bytes, /, *, prompt: str = "") -> str:
        """`prompt` has words of the centre that are likely to be said."""


class SpeechToText:
    """Recognises voice messages of citizens, and what callers say to the robot."""

    def __init__(self, files: Files, recognise: Recognise | None, queue: RecogniserQueue, domain: Callable[[], str] = str,
                 corrected: Callable[[str], str] = str) -> None:
        """`domain` gives words of the centre that are likely to be said; `corrected` a text with those that were misheard, in a thread."""
        self._files, self._recognise, self.queue, self._domain, self._corrected = files, recognise, queue, domain, corrected
        self._sandbox = Sandbox(LISTENING, queue.recognisers)
        self._warming: list[asyncio.Task[None]] = []
        self._ahead: dict[bytes, _Ahead] = {}
        """By the digest of the sound."""

    def start(self) -> None:
        """Load the model, so that the first caller does not wait for it."""
        if self._recognise is not None:
            self._warming = [asyncio.create_task(self._warm(self._recognise)) for _ in range(min(WARM, self.queue.recognisers))]

    async def _warm(self, recognise: Recognise) -> None:
        try:
            await self._sandbox.run(str, recognise, SILENCE)
        except (ValueError, SandboxError) as error:
            log.error("speech recogniser not ready", extra={"why": str(error)})  # noqa: TRY400 - its words say all

    def concerns(self, entry: ConversationEvent) -> bool:
        """Whether an entry consists of a recording, and recognition is available."""
        return self._recognise is not None and isinstance(entry, Message) and entry.author is CITIZEN and spoken(entry) is not None

    async def words(self, message: Message, *, on_line: bool = False) -> str | None:
        """The text, "" for noise; None when nothing could be recognised: an operator listens.

        A caller `on_line` does not wait behind many others.
        """
        recording = spoken(message)
        sound = await self._files.get(recording.file) if recording else None
        if sound is None:
            return None
        if (ahead := self._ahead.pop(_digest(sound), None)) is not None:
            return await ahead.words
        return await self._words(sound, on_line=on_line)

    async def overheard(self, sound: bytes) -> str | None:
        """What a caller has said until a pause, for `words` of the same sound, too. None where nobody understands, or all are busy.

        Who cancels it while it waits for a recogniser gives its turn back: the caller has gone on.
        """
        if self._recognise is None or not self.queue.open:
            return None
        key, ahead = _digest(sound), _Ahead()
        if (known := self._ahead.get(key)) is not None:
            return await asyncio.shield(known.words)
        ahead.words = asyncio.create_task(self._words(sound, on_line=True, ahead=ahead))
        while len(self._ahead) >= REMEMBERED:
            del self._ahead[next(iter(self._ahead))]
        self._ahead[key] = ahead
        try:
            return await asyncio.shield(ahead.words)
        except asyncio.CancelledError:
            if not ahead.begun and self._ahead.get(key) is ahead:
                del self._ahead[key]
                ahead.words.cancel()
            raise

    async def _words(self, sound: bytes, *, on_line: bool, ahead: "_Ahead | None" = None) -> str | None:
        if self._recognise is None:
            return None
        try:
            async with self.queue.turn(on_line=on_line):
                if ahead is not None:
                    ahead.begun = True
                prompt = self._domain()
                text = await self._sandbox.run(str, partial(self._recognise, prompt=prompt) if prompt else self._recognise, sound)
            return await asyncio.to_thread(self._corrected, text) if text else text
        except QueueFullError as error:
            log.warning("caller handed over: speech recognition is overloaded", extra={"why": str(error)})
        except ValueError as error:
            log.warning("recording not decodable: left without text", extra={"why": str(error)})
        except SandboxError as error:
            log.error("speech recogniser crashed: the recording is left without text", extra={"why": str(error)})  # noqa: TRY400 - its words say all
        return None

    async def forget(self, message: Message) -> Attachment | None:
        """Delete the recording once it is recognised."""
        recording = spoken(message)
        if recording is not None:
            try:
                await self._files.drop(recording.file)
            except (OSError, SealedError):
                log.exception("recording of a spoken secret not deleted: kept until its retention period ends",
                              extra={"file": recording.file})
        return recording

    async def close(self) -> None:
        tasks = [*self._warming, *(ahead.words for ahead in self._ahead.values())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._sandbox.close()


class _Ahead:
    """The words until a caller's pause; `begun` when a recogniser works at them."""

    words: asyncio.Task[str | None]

    def __init__(self) -> None:
        self.begun = False


def _digest(sound: bytes) -> bytes:
    return hashlib.sha256(sound).digest()


def spoken(message: Message) -> Attachment | None:
    """The recording of a message that consists of it."""
    if message.text or len(message.attachments) != 1:
        return None
    attachment = message.attachments[0]
    return attachment if attachment.type.startswith("audio/") else None
