"""Erases conversations: files, texts, and identity (152-ФЗ ст. 5 ч. 7, ст. 21; SE-03).

Each erasure is in the register before any change, and the register survives the restore of a backup. A position in the store tells
how far it was applied there: the next start continues an interrupted erasure, and repeats those undone by a restore. Files are
deleted first, each by its data key; then one step leaves what erased_conversation.py keeps.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

from hub.actions.later_reply import LaterReply
from hub.appointments.appointment import Appointment
from hub.cases.retention import OPEN_STILL, cases_of, owing, wipe
from hub.cases.tracking import CaseCode
from hub.citizens.citizen_card import CitizenCard
from hub.citizens.citizen_name import CitizenName
from hub.citizens.consent import Consents
from hub.conversations.attachments import Hold, Quarantined, Upload
from hub.conversations.conversation import Closed, Conversation
from hub.conversations.delivery_status import Bookmark
from hub.conversations.identities import Code, Identity, Membership, plain, without
from hub.conversations.journal import ConversationEvent, ErasureCause, HandedOver, StoredEvent
from hub.conversations.message import Message
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.conversations.verification_level import Misses
from hub.federation.file_transfer import IncomingFile
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.document import Document
from hub.kernel.errors import ConflictError, RefusedError
from hub.kernel.ids import first_id
from hub.kernel.ports import DocumentKey, Files
from hub.monitoring.trunk import RefusedCall
from hub.notifications.notice import KEY, Notice
from hub.privacy.erased_conversation import Erasure, all_redacted, redacted_head
from hub.privacy.ports import ErasureRegister
from hub.quality.erasure import anonymise_reviews
from hub.quality.surveys.retention import detach_all

BATCH = 200
"""Conversations for one pass over the uploads."""
PAGE, TRIES = 500, 5
MARK = "erasures"


class Eraser:
    def __init__(self, sequencer: ConversationSequencer, store: Store, files: Files, register: ErasureRegister,
                 vouched: Callable[[str], Awaitable[Sequence[DocumentKey]]] = lambda _: _nothing()) -> None:
        """`vouched` gives the vouchers of an address."""
        self._sequencer, self._store, self._files, self._register, self._vouched = sequencer, store, files, register, vouched
        self._turn = asyncio.Lock()
        """One at a time, in the register's order."""

    async def start(self) -> int:
        """Apply the register's entries missing in this store; returns their number. Raises StoreError, OSError."""
        async with self._turn:
            return await self._catch_up(lambda _: None)

    async def check(self, conversation: int) -> Conversation:
        """The head of an erasable conversation; RefusedError tells why it is not: held_back, still_open, erased."""
        head = await self._store.conversation(conversation)
        if head is None:
            raise RefusedError("no_such_conversation", "Такого обращения нет.")
        if head.erased is not None:
            raise RefusedError("erased", "Данные этого обращения уже удалены.")
        if not isinstance(head.holder, Closed):
            raise RefusedError("still_open", "Обращение ещё не закрыто: удалить можно только закрытое.")
        if (hold := await self._store.get(Hold, str(conversation))) is not None:
            raise RefusedError("held_back", f"Удаление остановлено: {hold.why}")
        if (case := await owing(self._store, conversation)) is not None:
            raise RefusedError("still_open", OPEN_STILL.format(number=case.number))
        return head

    async def erase(self, conversations: Sequence[int], cause: ErasureCause, by: str = "",
                    told: Callable[[int], None] = lambda _: None) -> int:
        """Erase those that pass `check`, skip the others; returns the number. Waits until it is done.

        `told` is called for each. Idempotent; after a failure the next call or start continues. Raises StoreError, OSError.
        """
        done = 0
        async with self._turn:
            for at in range(0, len(conversations), BATCH):
                now = self._sequencer.now()
                wanted = [Erasure(each, now, cause, by) for each in conversations[at:at + BATCH] if await self._may(each, cause)]
                if wanted:
                    await asyncio.to_thread(self._register.add, wanted)
                done += await self._catch_up(told)
        return done

    async def _may(self, conversation: int, cause: ErasureCause) -> bool:
        try:
            await self.check(conversation)
        except RefusedError as refused:
            # Its registered cases were kept longer.
            return refused.code == "erased" and cause is ErasureCause.DEMAND and bool(await cases_of(self._store, conversation))
        return True

    async def _catch_up(self, told: Callable[[int], None]) -> int:
        mark = await self._store.get(Bookmark, MARK)
        number, done = int(mark.value) if mark else 0, 0
        while wanted := await asyncio.to_thread(self._register.after, number, BATCH):
            done += await self._carry_out(wanted, told)
            number += len(wanted)
            await self._store.put(Bookmark(MARK, str(number)))
        return done

    async def _carry_out(self, wanted: Sequence[Erasure], told: Callable[[int], None]) -> int:
        uploads, shared = await self._uploads({each.conversation for each in wanted})
        done = 0
        for erasure in wanted:
            if erasure.cause is ErasureCause.DEMAND:
                await self._cases(erasure)
            # A backup may be older than the conversation.
            head = await self._store.conversation(erasure.conversation)
            if head is not None and head.erased is None and await self._erase(erasure, uploads[head.id], shared):
                done += 1
                told(head.id)
        return done

    async def _cases(self, erasure: Erasure) -> None:
        """Cases registered in it are erased with it, also if it was erased before; a case changed since stays."""
        for case in await cases_of(self._store, erasure.conversation):
            if case.conversation == erasure.conversation and case.steps[-1].at <= erasure.at:
                await wipe(self._store, case, AuditEntry(self._sequencer.now(), erasure.by, "case_erased", case.number, erasure.cause))

    async def _erase(self, erasure: Erasure, uploads: Sequence[Upload], shared: set[str]) -> bool:
        """Whether it was erased: if the citizen has returned since, the conversation goes on."""
        live = await self._sequencer.load(erasure.conversation)
        if _goes_on(live.head, erasure):
            return False
        await detach_all(self._store, erasure.conversation,
                         AuditEntry(self._sequencer.now(), erasure.by, "survey_detached", str(erasure.conversation), erasure.cause))
        # Files first, while the journal still lists them.
        for upload in uploads:
            coming = await self._store.get(IncomingFile, upload.key)
            for file in filter(None, coming.pieces if coming else ()):
                await self._files.drop(file)
            if upload.attachment.file not in shared:
                await self._files.drop(upload.attachment.file)
        put, dropped = await self._person(live)
        live, records = await self._whole(erasure.conversation)
        if _goes_on(live.head, erasure):
            return False
        dropped += [(kind, upload.key) for upload in uploads for kind in (Upload, Quarantined, IncomingFile)]
        dropped += [(kind, str(live.head.id)) for kind in (Consents, CitizenName, LaterReply)]
        dropped += [(Notice, each.entry.key.removeprefix(KEY)) for each in records
                    if isinstance(each.entry, Message) and each.entry.by and each.entry.key.startswith(KEY)]
        dropped += await self._appointments(live.head.id)
        reviewed, unreviewed = await anonymise_reviews(self._store, live.head.id)
        put, dropped = [*put, *reviewed], [*dropped, *unreviewed]
        before, head = live.head, redacted_head(live.head, erasure.at)
        entries: tuple[ConversationEvent, ...] = (erasure.entry,)
        if not isinstance(before.holder, Closed):  # a backup has it as it was before closing
            entries = (HandedOver(erasure.at, head.holder, "erased"), *entries)
        await self._sequencer.erase(live, entries, tuple(all_redacted(records)), head=head, put=put, dropped=dropped,
                                audit_entry=AuditEntry(self._sequencer.now(), erasure.by, "erased", str(before.id), erasure.cause))
        return True

    async def _appointments(self, conversation: int) -> list[DocumentKey]:
        """Its past appointments, with their codes; future ones stay until then, since the citizen is expected (152-ФЗ ст. 6)."""
        now = self._sequencer.now()
        made = await self._store.marked(Appointment, "conversation", str(conversation), limit=PAGE)
        return [(kind, each.number) for each in made if each.over <= now for kind in (Appointment, CaseCode)]

    async def _whole(self, conversation: int) -> tuple[LiveConversation, list[StoredEvent]]:
        """All its records, with none uncommitted; raises ConflictError otherwise."""
        for _ in range(TRIES):
            live = await self._sequencer.load(conversation)
            found: list[StoredEvent] = []
            while page := await self._store.records(conversation, before=found[0].id if found else 0, limit=PAGE):
                found[:0] = page
            if live.head.last == found[-1].id:
                return live, found
            await self._store.settle(())  # returns when everything submitted before is stored
        message = f"the conversation {conversation} does not come to rest"
        raise ConflictError(message)

    async def _person(self, live: LiveConversation) -> tuple[list[Document], list[DocumentKey]]:
        """Documents about the owner of the address: deleted with the last conversation of the address."""
        address = live.head.address
        if any(head.id != live.head.id for head in await self._store.with_addresses([address], limit=2)):
            return [], []
        whose = plain(address)
        spoken = self._sequencer.traits.of(address).spoken
        refused = await self._store.marked(RefusedCall, "number", address.value, limit=PAGE) if spoken else []
        vouched: list[DocumentKey] = [(CitizenCard, whose), *((RefusedCall, each.key) for each in refused), *await self._vouched(whose)]
        member = await self._store.get(Membership, whose)
        identity = await self._store.get(Identity, member.identity) if member else None
        if identity is None:
            return [], [(Code, whose), (Misses, whose), *vouched]
        rest = without(identity, whose)
        if rest is not None:
            return [rest], [(Code, whose), (Misses, whose), (Membership, whose), *vouched]
        of_all = ((Membership, each) for each in identity.addresses)
        return [], [(Code, whose), (Misses, whose), (Identity, identity.key), *of_all, *vouched]

    async def _uploads(self, conversations: set[int]) -> tuple[dict[int, list[Upload]], set[str]]:
        """Its uploads, and which of these files are used elsewhere."""
        own: dict[int, list[Upload]] = defaultdict(list)
        async for number, upload in self._all_uploads():
            if number in conversations:
                own[number].append(upload)
        files = {upload.attachment.file for uploads in own.values() for upload in uploads}
        shared = set[str]()
        if files:
            shared = {upload.attachment.file async for number, upload in self._all_uploads()
                      if upload.attachment.file in files and number not in conversations}
        return own, shared

    async def _all_uploads(self) -> AsyncGenerator[tuple[int, Upload], None]:
        after = ""
        while page := await self._store.page(Upload, after=after, limit=PAGE):
            after = page[-1].key
            for upload in page:
                yield int(upload.key.partition("/")[0]), upload


async def _nothing() -> Sequence[DocumentKey]:
    """Default without vouchers."""
    return ()


def _goes_on(head: Conversation, erasure: Erasure) -> bool:
    """Whether it is open again; an open state in a backup is older than its erasure."""
    return not isinstance(head.holder, Closed) and head.last >= first_id(erasure.at)
