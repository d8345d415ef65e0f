"""Recorded talks: an entry of the conversation visible to operators only, with the sound as its file (SE-04, MC-05)."""

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
    def __init__(self, sequencer: ConversationSequencer, store: Store, files: Files,
                 kept: Callable[[StoredEvent], Awaitable[None]]) -> None:
        """`kept` is called for each stored recording, at least once, before the channel deletes its own file."""
        self._sequencer, self._store, self._files, self._kept = sequencer, store, files, kept
        self._one = asyncio.Lock()

    async def keep(self, talk: RecordedTalk) -> None:
        """Store it, once for all reports: the channel deletes its own file afterwards. Raises StoreError, OSError."""
        async with self._one:
            live = await self._sequencer.load(talk.conversation)
            if live.head.erased is not None:
                return  # the retention is over: the channel deletes its file
            key = f"recording:{talk.key}"
            known = live.keys.get(("", key))
            record = await self._enter(live, talk, key) if known is None else await self._known(live, known)
            if isinstance(record.entry, Message):
                await self._kept(record)

    async def _enter(self, live: LiveConversation, talk: RecordedTalk, key: str) -> StoredEvent:
        name = f"{NAME} {talk.began:%Y-%m-%d %H-%M-%S} UTC.{talk.type.partition('/')[2]}"
        size = (await asyncio.to_thread(talk.sound.stat)).st_size
        attachment = Attachment(await self._files.put(talk.sound), name, talk.type, size)
        # First the permission to open it: a reader of the entry may listen at once.
        await self._store.put(Upload(key_of(talk.conversation, attachment.file), attachment, live.head.last))
        text = f"{NAME}, {talk.length_s // 60}:{talk.length_s % 60:02d}"
        message = Message(Author.SYSTEM, text, self._sequencer.now(), key=key, internal=True, attachments=(attachment,))
        return (await self._sequencer.committed_step(live, (message,)))[0]

    async def _known(self, live: LiveConversation, record: int) -> StoredEvent:
        await self._sequencer.stored(live, record)
        return (await self._store.records(live.head.id, upto=record, limit=1))[0]
