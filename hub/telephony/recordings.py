"""Recorded talks: each an entry of its conversation that only operators see, with the sound as its file (SE-04, MC-05)."""

import asyncio
from collections.abc import Awaitable, Callable

from hub.conversations.attachments import Upload, key_of
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Attachment, Author, Message
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.kernel.ports import Files
from hub.telephony.ports import RecordedTalk

NAME = "Запись разговора"


class CallRecordings:
    def __init__(self, lanes: ConversationSequencer, store: Store, files: Files, kept: Callable[[StoredEvent], Awaitable[None]]) -> None:
        """`kept` is told of each that is stored, at least once, before its channel lets go of its own file."""
        self._lanes, self._store, self._files, self._kept = lanes, store, files, kept
        self._one = asyncio.Lock()

    async def keep(self, talk: RecordedTalk) -> None:
        """Once, however often it is told: the channel lets go of its own file only afterwards. Raises StoreError, OSError."""
        async with self._one:
            lane = await self._lanes.load(talk.conversation)
            if lane.head.erased is not None:
                return  # its channel lets go of what nobody may keep any more
            key = f"recording:{talk.key}"
            known = lane.keys.get(("", key))
            record = await self._enter(lane, talk, key) if known is None else await self._known(lane, known)
            if isinstance(record.entry, Message):
                await self._kept(record)

    async def _enter(self, lane: LiveConversation, talk: RecordedTalk, key: str) -> StoredEvent:
        name = f"{NAME} {talk.began:%Y-%m-%d %H-%M-%S} UTC.{talk.type.partition('/')[2]}"
        size = (await asyncio.to_thread(talk.sound.stat)).st_size
        attachment = Attachment(await self._files.put(talk.sound), name, talk.type, size)
        # First the right to open it: whoever reads the entry may listen at once.
        await self._store.put(Upload(key_of(talk.conversation, attachment.file), attachment, lane.head.last))
        text = f"{NAME}, {talk.length_s // 60}:{talk.length_s % 60:02d}"
        message = Message(Author.SYSTEM, text, self._lanes.now(), key=key, internal=True, attachments=(attachment,))
        return (await self._lanes.committed_step(lane, (message,)))[0]

    async def _known(self, lane: LiveConversation, record: int) -> StoredEvent:
        await self._lanes.stored(lane, record)
        return (await self._store.records(lane.head.id, upto=record, limit=1))[0]
