"""Speech recognition of citizens' voice messages, where it is configured."""

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

LISTENING = Limits(time_s=600.0, nice=5, kept_s=None)
"""At most five minutes of a recording are recognised (bots/speech.py). The model is loaded once, in half a second. The sound of calls, the
hub and Asterisk come first: a frame is due every 20 ms."""


class Recognise(Protocol):
    """The text of a sound; "" where there is none. Raises ValueError for an invalid sound. It must be picklable for another process."""

    def __call__(self, sound: bytes, /, *, prompt: str = "") -> str:
        """`prompt` has words of the centre that are likely to be said."""


class SpeechToText:
    """Recognises voice messages of citizens, and what callers say to the robot."""

    def __init__(self, files: Files, recognise: Recognise | None, queue: RecogniserQueue, domain: Callable[[], str] = str) -> None:
        """`domain` gives words of the centre that are likely to be said."""
        self._files, self._recognise, self.queue, self._domain = files, recognise, queue, domain
        self._sandbox = Sandbox(LISTENING, queue.recognisers)

    def concerns(self, entry: ConversationEvent) -> bool:
        """Whether an entry consists of a recording, and recognition is available."""
        return self._recognise is not None and isinstance(entry, Message) and entry.author is CITIZEN and spoken(entry) is not None

    async def words(self, message: Message, *, on_line: bool = False) -> str | None:
        """The text, "" for noise; None when nothing could be recognised: an operator listens.

        A caller `on_line` does not wait behind many others.
        """
        recording = spoken(message)
        sound = await self._files.get(recording.file) if recording else None
        if sound is None or self._recognise is None:
            return None
        try:
            async with self.queue.turn(on_line=on_line):
                prompt = self._domain()
                return await self._sandbox.run(str, partial(self._recognise, prompt=prompt) if prompt else self._recognise, sound)
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
        await self._sandbox.close()


def spoken(message: Message) -> Attachment | None:
    """The recording of a message that consists of it."""
    if message.text or len(message.attachments) != 1:
        return None
    attachment = message.attachments[0]
    return attachment if attachment.type.startswith("audio/") else None
