"""Machine transcripts of recorded talks for operators, with speaker and time (SE-04, MC-05).

A transcript is pending from the moment a recording is stored until its result is. Recordings are processed one after the other with
low priority: nobody waits for them.
"""

import asyncio
import logging
from collections.abc import Callable
from itertools import count

from hub.conversations.delivery_status import Bookmark
from hub.conversations.journal import StoredEvent, Transcribed, TranscriptLine
from hub.conversations.message import Message
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.kernel.errors import StoreError
from hub.kernel.ports import Files
from hub.kernel.sandbox import Limits, Sandbox, SandboxError

log = logging.getLogger(__name__)

Transcribe = Callable[[bytes], list[TranscriptLine]]
"""The lines of a talk on two channels. Raises ValueError for an invalid sound. It must be picklable for another process."""

_MARK = "transcript/"
TRIES = 2
"""Crashes of the recognition process by one sound before it is given up: the first may have another cause."""
AGAIN_S = 60.0
NICE = 15
PAGE = 200
NO_SOUND, NOT_UNDERSTOOD, NOTHING = "запись не читается", "распознавание не справилось с этой записью", "слов не слышно"


class Transcripts:
    def __init__(self, sequencer: ConversationSequencer, store: Store, files: Files, transcribe: Transcribe | None,
                 again_s: float = AGAIN_S) -> None:
        self._sequencer, self._store, self._files, self._transcribe, self._again_s = sequencer, store, files, transcribe, again_s
        self._sandbox = Sandbox(Limits(nice=NICE, kept_s=None))
        self._owed: asyncio.Queue[tuple[int, int]] = asyncio.Queue()
        """Conversation and record of the talk."""
        self._work: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Continue with the recordings that the last run left."""
        if self._transcribe is None:
            return
        for mark in await self._store.all(Bookmark):
            if mark.key.startswith(_MARK):
                self._owed.put_nowait((int(mark.value), int(mark.key.removeprefix(_MARK))))
        self._work = asyncio.create_task(self._go_on())

    async def owe(self, record: StoredEvent) -> None:
        """Queue a stored recording, once for all reports. Raises StoreError."""
        if self._transcribe is not None:
            await self._store.put(Bookmark(f"{_MARK}{record.id}", str(record.conversation)))
            self._owed.put_nowait((record.conversation, record.id))

    async def close(self) -> None:
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)
        await self._sandbox.close()

    async def _go_on(self) -> None:
        while True:
            conversation, record = await self._owed.get()
            try:
                await self._write_down(conversation, record)
            except (StoreError, OSError) as error:
                # SealedError: its key may come back.
                log.warning("transcription of a call failed: retried", extra={"conversation": conversation, "why": str(error)})
                asyncio.get_running_loop().call_later(self._again_s, self._owed.put_nowait, (conversation, record))

    async def _write_down(self, conversation: int, record: int) -> None:
        if not await self._written(conversation, record) and (sound := await self._sound(conversation, record)) is not None:
            lines, why = await self._listen(sound)
            live = await self._sequencer.load(conversation)
            if live.head.erased is None:
                await self._sequencer.committed_step(live, (Transcribed(self._sequencer.now(), record, tuple(lines), why),))
        await self._store.drop(Bookmark, f"{_MARK}{record}")

    async def _listen(self, sound: bytes) -> tuple[list[TranscriptLine], str]:
        assert self._transcribe is not None  # noqa: S101 - nothing is owed otherwise
        for tried in count(1):
            try:
                lines = await self._sandbox.run(list[TranscriptLine], self._transcribe, sound)
            except ValueError as error:
                log.warning("recording of a call not decodable: left without a transcript", extra={"why": str(error)})
                return [], NO_SOUND
            except SandboxError as error:
                log.error("speech recogniser crashed on a call: retried, then left without a transcript", extra={"why": str(error)})  # noqa: TRY400 - its words say all
                if tried == TRIES:
                    return [], NOT_UNDERSTOOD
            else:
                return lines, "" if lines else NOTHING
        raise AssertionError  # the loop returns

    async def _sound(self, conversation: int, record: int) -> bytes | None:
        """None where it was deleted since."""
        (found,) = await self._store.records(conversation, upto=record, limit=1)
        attachments = found.entry.attachments if isinstance(found.entry, Message) else ()
        return await self._files.get(attachments[0].file) if attachments else None

    async def _written(self, conversation: int, record: int) -> bool:
        before = 0
        while page := await self._store.records(conversation, before=before, limit=PAGE):
            if any(isinstance(each.entry, Transcribed) and each.entry.record == record for each in page):
                return True
            before = page[0].id
            if before <= record:
                break
        return False
