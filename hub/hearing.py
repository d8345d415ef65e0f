"""Turns what a citizen has spoken into words, where speech recognition is configured."""

import asyncio
import logging
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context
from typing import TypeVar

from hub.errors import SealedError
from hub.journal import Entry
from hub.message import CITIZEN, Attachment, Message
from hub.ports import Files

log = logging.getLogger(__name__)

Recognise = Callable[[bytes], str]
"""What is said in a sound; "" where nothing is. Raises ValueError for what is no sound. It goes to another process, so it must pickle."""


T = TypeVar("T")


class Apart:
    """One sound after the other, in a process of its own: files of strangers are decoded there, and it may die of them."""

    def __init__(self, nice: int = 0) -> None:
        """`nice` is how far it stands back for everything else on the machine (nice(2))."""
        self._nice = nice
        self._process: ProcessPoolExecutor | None = None

    async def run(self, understand: Callable[[bytes], T], sound: bytes) -> T:
        """Raises ValueError for what is no sound, and BrokenProcessPool for what has ended the process; it begins anew."""
        # Started with the first recording, and afresh. A fork would copy the hub's locks as they happen to be.
        process = self._process = self._process or ProcessPoolExecutor(1, get_context("spawn"), os.nice, (self._nice,))
        try:
            return await asyncio.get_running_loop().run_in_executor(process, understand, sound)
        except BrokenProcessPool:
            self._process = None
            raise

    def close(self) -> None:
        if self._process:
            self._process.shutdown(wait=False, cancel_futures=True)
            # It would be waited for at the end of the hub; what it listens to now is owed and heard after the next start.
            for child in active_children():
                child.terminate()


class Hearing:
    """What citizens say instead of writing."""

    def __init__(self, files: Files, recognise: Recognise | None) -> None:
        self._files, self._recognise = files, recognise
        self._process = Apart()

    def concerns(self, entry: Entry) -> bool:
        """Whether an entry is nothing but a recording, and somebody can listen to it."""
        return self._recognise is not None and isinstance(entry, Message) and entry.author is CITIZEN and spoken(entry) is not None

    async def words(self, message: Message) -> str:
        """What was said; "" when it could not be understood: an operator hears for himself."""
        recording = spoken(message)
        sound = await self._files.get(recording.file) if recording else None
        if sound is None or self._recognise is None:
            return ""
        try:
            return await self._process.run(self._recognise, sound)
        except ValueError as error:
            log.warning("a recording cannot be read", extra={"why": str(error)})
        except BrokenProcessPool:
            log.exception("a recording has ended its recogniser")
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

    def close(self) -> None:
        self._process.close()


def spoken(message: Message) -> Attachment | None:
    """The recording of a message that is nothing else."""
    if message.text or len(message.attachments) != 1:
        return None
    attachment = message.attachments[0]
    return attachment if attachment.type.startswith("audio/") else None
