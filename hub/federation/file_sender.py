"""Sender of files to the centre that their conversation is at, or came from, on request of each piece (0091).

The sender holds no durable state.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from hub.conversations.attachments import Check, Quarantined, Upload, key_of
from hub.conversations.message import Author, Message
from hub.conversations.ports import Store
from hub.conversations.quarantine import Quarantine
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.federation.envelope import Envelope
from hub.federation.envelope_decoder import decode
from hub.federation.file_transfer import AT_ONCE, KINDS, PIECE, FilePiece, FileUnopened, FileWanted, FileWithheld, packed
from hub.federation.handover_messages import conversation_of, remote_address
from hub.federation.ports import Link
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import OknoError
from hub.kernel.ports import Files
from hub.organisation.level import Level

log = logging.getLogger(__name__)

NONE = "в центре, откуда он, такого файла больше нет"
WITHHELD = {Check.INFECTED: "в центре, откуда он, найден заражённым", Check.UNCHECKED: "в центре, откуда он, его не удалось проверить"}


class FileSender:
    def __init__(self, sequencer: ConversationSequencer, store: Store, files: Files, quarantine: Quarantine, code: str, link: Link | None,
                 *,
                 level: Callable[[str], Level], title: Callable[[str], str]) -> None:
        """`code` is this hub's own centre; `level` and `title` look up a centre."""
        self._sequencer, self._store, self._files, self._quarantine = sequencer, store, files, quarantine
        self._code, self._link, self._level, self._title = code, link, level, title
        self._waiting: dict[tuple[str, str], tuple[Envelope, FileWanted]] = {}
        """Requests whose file is being scanned, by file and requesting centre. Lost on a restart: the receiver asks again."""
        self._tasks = BackgroundTasks()

    async def close(self) -> None:
        await self._tasks.cancel()

    async def hear(self, parcel: Envelope) -> None:
        """A request, for which no other message of the link waits; or a report that a file stays unavailable there. Raises StoreError."""
        match decode(parcel, KINDS[parcel.kind]):
            case FileWanted() as it if self._link is not None:
                self._tasks.spawn(self._answer(self._link, parcel, it))
            case FileUnopened() as it:
                await self._note(parcel, it)

    def checked(self, held: Quarantined) -> None:
        """Listener of the quarantine: a request can be answered now."""
        for key in [key for key in self._waiting if key[0] == held.key and not held.state.waits]:
            parcel, it = self._waiting.pop(key)
            if self._link is not None:
                self._tasks.spawn(self._answer(self._link, parcel, it))

    async def _answer(self, link: Link, parcel: Envelope, it: FileWanted) -> None:
        try:
            told = await self._told(parcel, it)
            now = self._sequencer.now()
            await asyncio.gather(*(link.send(packed(each, f"{number}/{parcel.id}", self._code, parcel.source, now))
                                   for number, each in enumerate(told)))
        except (OknoError, OSError) as error:
            log.warning("transfer of a file to a remote centre failed: sent at its next request",
                        extra={"parcel": parcel.id, "why": str(error)})

    async def _told(self, parcel: Envelope, it: FileWanted) -> Sequence[FilePiece | FileWithheld]:
        """The answer: pieces, the reason why there are none, or nothing yet."""
        live = await self._where(parcel.source, it)
        # D19: the federal level gets file names only.
        upload = await self._upload(live, it) if live and self._level(parcel.source) is not Level.FEDERAL else None
        if live is None or upload is None or upload.record:  # recordings are not sent: each listening is logged where they are
            return (FileWithheld(it.key, NONE),)
        if (held := self._quarantine.quarantined(live.head.id, it.file)) is not None:
            if not held.state.waits:
                return (FileWithheld(it.key, WITHHELD.get(held.state, NONE)),)
            self._waiting[held.key, parcel.source] = parcel, it
            return ()
        content = await self._files.pieces(it.file)
        if content is None:
            return (FileWithheld(it.key, NONE),)
        return [FilePiece(it.key, number, data) for number, data in (await _cut(content, it.numbers[:AT_ONCE])).items()]

    async def _note(self, parcel: Envelope, it: FileUnopened) -> None:
        live = await self._where(parcel.source, it)
        if live is None or ("", parcel.id) in live.keys or (upload := await self._upload(live, it)) is None:
            return
        words = f"В центре «{self._title(parcel.source)}» файл «{upload.attachment.name}» не открывается: {it.why}"
        await self._sequencer.committed_step(live, (Message(Author.SYSTEM, words, self._sequencer.now(), key=parcel.id, internal=True),))

    async def _upload(self, live: LiveConversation, it: FileWanted | FileUnopened) -> Upload | None:
        return await self._store.get(Upload, key_of(live.head.id, it.file))

    async def _where(self, source: str, it: FileWanted | FileUnopened) -> LiveConversation | None:
        """The conversation here, if that centre takes part in it and it is not erased."""
        if not it.at_home:
            return await self._sequencer.at(remote_address(source, it))
        try:
            live = await self._sequencer.load(conversation_of(it.handing))
        except KeyError:  # unknown conversation
            return None
        return live if live.head.erased is None and any(each.receiver == source for each in live.head.passed) else None


async def _cut(content: AsyncGenerator[bytes, None], numbers: Sequence[int]) -> dict[int, bytes]:
    """The requested pieces of a content."""
    begin, end, at = min(numbers, default=0) * PIECE, (max(numbers, default=0) + 1) * PIECE, 0
    found = bytearray()
    async with aclosing(content):
        async for part in content:
            found += part[max(begin - at, 0):]
            at += len(part)
            if at >= end:
                break
    return {number: bytes(found[number * PIECE - begin:(number + 1) * PIECE - begin]) for number in numbers}
