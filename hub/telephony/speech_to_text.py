"""Turns what a citizen has spoken into words, where speech recognition is configured."""

import logging
from collections.abc import Callable

from hub.conversations.journal import ConversationEvent
from hub.conversations.message import CITIZEN, Attachment, Message
from hub.kernel.errors import SealedError
from hub.kernel.ports import Files
from hub.kernel.sandbox import Limits, Sandbox, SandboxError

log = logging.getLogger(__name__)

LISTENING = Limits(time_s=600.0, kept_s=None)
"""Five minutes of a recording are listened to (bots/speech.py). Its model is read once, which takes half a second."""
Recognise = Callable[[bytes], str]
"""What is said in a sound; "" where nothing is. Raises ValueError for what is no sound. It goes to another process, so it must pickle."""


class SpeechToText:
    """What citizens say instead of writing."""

    def __init__(self, files: Files, recognise: Recognise | None) -> None:
        self._files, self._recognise = files, recognise
        self._sandbox = Sandbox(LISTENING)

    def concerns(self, entry: ConversationEvent) -> bool:
        """Whether an entry is nothing but a recording, and somebody can listen to it."""
        return self._recognise is not None and isinstance(entry, Message) and entry.author is CITIZEN and spoken(entry) is not None

    async def words(self, message: Message) -> str:
        """What was said; "" when it could not be understood: an operator hears for himself."""
        recording = spoken(message)
        sound = await self._files.get(recording.file) if recording else None
        if sound is None or self._recognise is None:
            return ""
        try:
            return await self._sandbox.run(str, self._recognise, sound)
        except ValueError as error:
            log.warning("a recording cannot be read", extra={"why": str(error)})
        except SandboxError as error:
            log.error("a recording has ended its recogniser", extra={"why": str(error)})  # noqa: TRY400 - its words say all
        return ""

    async def forget(self, message: Message) -> Attachment | None:
        """Delete what was said, once it is heard: the recording that is no more."""
        recording = spoken(message)
        if recording is not None:
            try:
                await self._files.drop(recording.file)
            except (OSError, SealedError):
                log.exception("a spoken proof stays until its term is over", extra={"file": recording.file})
        return recording

    async def close(self) -> None:
        await self._sandbox.close()


def spoken(message: Message) -> Attachment | None:
    """The recording of a message that is nothing else."""
    if message.text or len(message.attachments) != 1:
        return None
    attachment = message.attachments[0]
    return attachment if attachment.type.startswith("audio/") else None
