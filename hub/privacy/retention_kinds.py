"""Retention by kind of data: files, transcripts, whole conversations, and other documents."""

from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import datetime, timedelta
from typing import Generic

from msgspec import Struct
from msgspec.structs import replace

from hub.access.federal_separation import FederalDataPolicy
from hub.access.operator import SignIn
from hub.appointments.appointment import Appointment, Claim
from hub.cases.retention import CasesOver, CaseTerms, owing
from hub.cases.tracking import CaseCode
from hub.conversations.attachments import FileLink, Hold, Quarantined, Upload
from hub.conversations.conversation import Closed, Conversation, WithBot, hand_over
from hub.conversations.delivery_status import Bookmark, Ticket
from hub.conversations.identities import HOUR, Code
from hub.conversations.journal import Deleted, ErasureCause, HandedOver, SpeechRecognised, StoredEvent, Transcribed
from hub.conversations.message import Message
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.integrations.webhook_events import DeliveryAttempt, EventState
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.ids import HUB_BITS, SEQUENCE_BITS, first_id
from hub.kernel.ports import D, Files
from hub.kernel.retention_kind import Expired, RetentionPolicy
from hub.knowledge.outdated_flag import OutdatedReport
from hub.monitoring.trunk import RefusedCall, TrunkHour
from hub.notifications.notice import OptOut
from hub.notifications.push import PushSubscription
from hub.privacy.erased_conversation import redacted
from hub.privacy.eraser import Eraser
from hub.privacy.retention_terms import RetentionPeriods
from hub.quality.calibration import Calibration
from hub.quality.csat import Csat
from hub.quality.review import CoachingNote, Review, ReviewSample
from hub.quality.surveys.retention import AnswersOver
from hub.quality.surveys.survey import SurveyPause
from hub.robot.phrase import Sought
from hub.training.coaching_assignment import CoachingAssignment
from hub.workforce.adherence import AdherenceExcuse
from hub.workforce.presence_day import PresenceDay

PAGE = 500
STRIDE = 6 * 3600 * 1000 << HUB_BITS + SEQUENCE_BITS
"""Ids of six hours: the part of the journal that is searched at once for transcripts."""
TICKETS = timedelta(days=30)
"""How long a carrier may report on a message."""
TRUNK_HOURS = timedelta(days=90)
PRESENCE = timedelta(days=400)
"""How long adherence of a day can be looked up, as forecasts' volumes are kept."""
TAKEN = "текст удалён по сроку хранения"


def retention_policies(terms: RetentionPeriods, sequencer: ConversationSequencer, store: Store, files: Files, eraser: Eraser,
                       federal_policy: FederalDataPolicy,
          cases: CaseTerms) -> list[RetentionPolicy]:
    """All kinds in their order."""
    if not federal_policy.has_federal:
        terms = replace(terms, federal=None)
    found = _documents(terms, sequencer, store)
    if terms.surveys is not None:
        found.append(AnswersOver(sequencer, store, terms.surveys))
    if terms.recordings is not None:
        found.append(FileRetention("recordings", sequencer, store, files, terms.recordings))
    if terms.attachments is not None:
        found.append(FileRetention("attachments", sequencer, store, files, terms.attachments))
    if terms.transcripts is not None:
        found.append(TranscriptRetention(sequencer, store, terms.transcripts))
    if terms.quiet is not None:
        found.append(IdleChatRetention(sequencer, store, terms.quiet))
    if cases.years:
        found.append(CasesOver(cases, sequencer, store))
    if terms.conversations is not None or terms.federal is not None:
        found.append(ConversationRetention(terms, sequencer, store, eraser, federal_policy.is_federal))
    return found


def _documents(terms: RetentionPeriods, sequencer: ConversationSequencer, store: Store) -> list[RetentionPolicy]:
    """Kinds with an index of their own."""
    found: list[RetentionPolicy] = [
        DocumentRetention(store, SignIn, lambda each: (each.until, timedelta(0)), sequencer.now),
        DocumentRetention(store, PushSubscription, lambda each: (each.until, timedelta(0)), sequencer.now),
        DocumentRetention(store, Code, lambda each: (each.until, HOUR), sequencer.now),
        DocumentRetention(store, Claim, lambda each: (each.until, timedelta(0)), sequencer.now),
        DocumentRetention(store, SurveyPause, lambda each: (each.until, timedelta(0)), sequencer.now),
        DocumentRetention(store, FileLink, lambda each: (each.until, timedelta(0)), sequencer.now),
        DocumentRetention(store, Ticket, lambda each: (each.at, TICKETS), sequencer.now),
        DocumentRetention(store, TrunkHour, lambda each: (each.hour, TRUNK_HOURS), sequencer.now),
        DocumentRetention(store, PresenceDay, lambda each: (each.moves[0].at, PRESENCE), sequencer.now),
        DocumentRetention(store, AdherenceExcuse, lambda each: (each.begins, PRESENCE), sequencer.now)]
    if (calls := terms.conversations) is not None:
        found.append(DocumentRetention(store, RefusedCall, lambda each: (each.at, calls), sequencer.now))
    if (opt_outs := terms.opt_outs) is not None:
        found.append(DocumentRetention(store, OptOut, lambda each: (each.at, opt_outs), sequencer.now))
    if (appointments := terms.appointments) is not None:
        found.append(DocumentRetention(store, Appointment, lambda each: (each.over, appointments), sequencer.now, along=(CaseCode,)))
    if (quality := terms.quality) is not None:  # an unsettled score never expires
        found += [DocumentRetention(store, Review, lambda each: (each.settled or sequencer.now(), quality), sequencer.now),
                  DocumentRetention(store, Calibration, lambda each: (each.at, quality), sequencer.now),
                  DocumentRetention(store, CoachingNote, lambda each: (each.at, quality), sequencer.now),
                  DocumentRetention(store, CoachingAssignment, lambda each: (each.at, quality), sequencer.now),
                  DocumentRetention(store, Csat, lambda each: (each.at, quality), sequencer.now),
                  DocumentRetention(store, ReviewSample, lambda each: (each.at, quality), sequencer.now)]
    if (flags := terms.flags) is not None:  # an open one never expires
        found.append(DocumentRetention(store, OutdatedReport, lambda each: (each.solved or sequencer.now(), flags), sequencer.now))
    if (sought := terms.sought) is not None:
        found.append(DocumentRetention(store, Sought, lambda each: (each.at, sought), sequencer.now))
    if (events := terms.events) is not None:  # an undelivered one never expires
        found.append(DocumentRetention(store, DeliveryAttempt, lambda each: (_taken(each) or sequencer.now(), events), sequencer.now))
    return found


def _taken(event: DeliveryAttempt) -> datetime | None:
    return event.last if event.state is EventState.TAKEN else None


class DocumentRetention(Generic[D]):
    """Documents past their use."""

    def __init__(self, store: Store, kind: type[D], since: Callable[[D], tuple[datetime, timedelta]], now: Callable[[], datetime],
                 along: Sequence[type[Struct]] = ()) -> None:
        """`since` is the index entry and its age limit; `along` are kinds whose document of the same key is deleted, too."""
        self.name = f"{kind.__struct_config__.tag}"
        self._store, self._now, self._along = store, now, tuple(along)
        self._kind: type[D] = kind
        self._since: Callable[[D], tuple[datetime, timedelta]] = since

    async def over(self) -> AsyncGenerator[Expired, None]:
        after, now = "", self._now()
        while page := await self._store.page(self._kind, after=after, limit=PAGE):
            after = _key(page[-1])
            for document in page:
                at, term = self._since(document)
                if at + term <= now:
                    yield Expired(self.name, at, key=_key(document))

    async def end(self, over: Sequence[Expired]) -> None:
        kinds: tuple[type[Struct], ...] = (self._kind, *self._along)
        for each in over:
            for kind in kinds:
                await self._store.drop(kind, each.key)


class FileRetention:
    """Files of conversations: recordings by their time, others by the closing of their conversation."""

    def __init__(self, name: str, sequencer: ConversationSequencer, store: Store, files: Files, term: timedelta) -> None:
        self.name = name
        self._sequencer, self._store, self._files, self._term, self._talks = sequencer, store, files, term, name == "recordings"

    async def over(self) -> AsyncGenerator[Expired, None]:
        before = self._sequencer.now() - self._term
        oldest = first_id(before)
        async for upload in self._uploads():
            number = int(upload.key.partition("/")[0])
            if bool(upload.record) is self._talks and (upload.record or number) < oldest and not await _held(self._store, number):
                head = await self._store.conversation(number)
                if head is not None and (upload.record or _closed_before(head, before)):
                    since = head.holder.at if isinstance(head.holder, Closed) else head.opened
                    yield Expired(f"{head.number}  {upload.attachment.name}", since, number, upload.key, upload.attachment.size)

    async def end(self, over: Sequence[Expired]) -> None:
        uploads = [(each, upload) for each in over if (upload := await self._store.get(Upload, each.key)) is not None]
        files, keys = {upload.attachment.file for _, upload in uploads}, {upload.key for _, upload in uploads}
        # Another conversation may have the same file: it is only detached from this one.
        shared = {each.attachment.file async for each in self._uploads() if each.attachment.file in files and each.key not in keys}
        for each, upload in uploads:
            await self._tell(each, upload)
            if upload.attachment.file not in shared:
                await self._files.drop(upload.attachment.file)
            await self._store.exchange((), (upload, Quarantined(upload.key, self._sequencer.now())))

    async def _tell(self, over: Expired, upload: Upload) -> None:
        """Written before the deletion; an interrupted run may have written it."""
        file, now = upload.attachment.file, self._sequencer.now()
        live = await self._sequencer.load(over.conversation)
        record = upload.record
        async for each in _back(self._store, over.conversation):
            match each.entry:
                case Deleted(file=known) if known == file:
                    return
                case Message(attachments=attachments) if any(attachment.file == file for attachment in attachments):
                    record = each.id
                case _:
                    pass
            if each.id <= upload.record:
                break
        if live.head.erased is None:
            audit_entry = AuditEntry(now, "", "deleted_by_term", str(over.conversation), self.name)
            await self._sequencer.committed_step(live, (Deleted(now, record, file),), audit_entries=(audit_entry,))

    async def _uploads(self) -> AsyncGenerator[Upload, None]:
        after = ""
        while page := await self._store.page(Upload, after=after, limit=PAGE):
            after = page[-1].key
            for upload in page:
                yield upload


class TranscriptRetention:
    """Machine transcripts of recordings. The position in the journal is stored, and a legal hold stops it."""

    name = "transcripts"
    _MARK = "terms/transcripts"

    def __init__(self, sequencer: ConversationSequencer, store: Store, term: timedelta) -> None:
        self._sequencer, self._store, self._term = sequencer, store, term
        self._upto = 0
        """Everything before it was processed."""

    async def over(self) -> AsyncGenerator[Expired, None]:
        mark = await self._store.get(Bookmark, self._MARK)
        known = int(mark.value) if mark else await self._first()
        last, stop = first_id(self._sequencer.now() - self._term), False
        self._upto = known
        while known < last:
            upto = min(known + STRIDE, last)
            for record in await self._store.moves(known, upto):
                if _says(record):
                    if await _held(self._store, record.conversation):
                        stop = True
                    else:
                        yield Expired(str(record.conversation), record.entry.at, record.conversation, str(record.id))
            known = upto
            if not stop:
                self._upto = known

    async def end(self, over: Sequence[Expired]) -> None:
        wanted: dict[int, set[int]] = defaultdict(set)
        for each in over:
            wanted[each.conversation].add(int(each.key))
        for conversation, numbers in wanted.items():
            live, now = await self._sequencer.load(conversation), self._sequencer.now()
            records = [each async for each in _back(self._store, conversation) if each.id in numbers and _says(each)]
            if records and live.head.erased is None:
                await self._sequencer.erase(
                    live, tuple(Deleted(now, each.id, "") for each in records), tuple(map(_silent, records)),
                    audit_entry=AuditEntry(now, "", "deleted_by_term", str(conversation), self.name))
        await self._store.put(Bookmark(self._MARK, str(self._upto)))

    async def _first(self) -> int:
        oldest = await self._store.over(1 << 62, limit=1)
        return oldest[0].id if oldest else first_id(self._sequencer.now() - self._term)


class IdleChatRetention:
    """Idle conversations with the robot, which nobody closes in a messenger. They are closed only."""

    name = "quiet conversations"

    def __init__(self, sequencer: ConversationSequencer, store: Store, term: timedelta) -> None:
        self._sequencer, self._store, self._term = sequencer, store, term

    async def over(self) -> AsyncGenerator[Expired, None]:
        after, since = 0, first_id(self._sequencer.now() - self._term)
        while page := await self._store.unheard(since, after=after, limit=PAGE):
            after = page[-1].id
            for head in page:
                yield Expired(head.number, head.opened, head.id)

    async def end(self, over: Sequence[Expired]) -> None:
        now = self._sequencer.now()
        for each in over:
            live = await self._sequencer.load(each.conversation)
            head = live.head
            if isinstance(head.holder, WithBot) and head.promise is None and head.last < first_id(now - self._term):
                after = Closed(now, head.topic, "")
                await self._sequencer.committed_step(live, (HandedOver(now, after, "quiet"),), head=hand_over(head, after))


class ConversationRetention:
    """Whole conversations, by their closing."""

    name = "conversations"

    def __init__(self, terms: RetentionPeriods, sequencer: ConversationSequencer, store: Store, eraser: Eraser,
                 federal: Callable[[Conversation], bool]) -> None:
        self._terms, self._sequencer, self._store, self._eraser, self._federal = terms, sequencer, store, eraser, federal

    async def over(self) -> AsyncGenerator[Expired, None]:
        now, after = self._sequencer.now(), 0
        newest = first_id(now - min(term for term in (self._terms.conversations, self._terms.federal) if term is not None))
        while page := await self._store.over(newest, after=after, limit=PAGE):
            after = page[-1].id
            for head in page:
                federal = self._federal(head)
                term = self._terms.federal if federal else self._terms.conversations
                if (term is not None and _closed_before(head, now - term) and not await _held(self._store, head.id)
                        and await owing(self._store, head.id) is None):
                    yield Expired(head.number, head.holder.at if isinstance(head.holder, Closed) else head.opened, head.id,
                               ErasureCause.FEDERAL if federal else ErasureCause.TERM)

    async def end(self, over: Sequence[Expired]) -> None:
        for cause in (ErasureCause.TERM, ErasureCause.FEDERAL):
            await self._eraser.erase([each.conversation for each in over if each.key == cause], cause)


def _closed_before(head: Conversation, moment: datetime) -> bool:
    return isinstance(head.holder, Closed) and head.holder.at <= moment


def _says(record: StoredEvent) -> bool:
    return bool((isinstance(record.entry, Transcribed) and record.entry.lines)
                or (isinstance(record.entry, SpeechRecognised) and record.entry.text))


def _silent(record: StoredEvent) -> StoredEvent:
    entry = redacted(record.entry)
    if isinstance(entry, Transcribed):
        entry = replace(entry, why=TAKEN)
    return StoredEvent(record.id, record.conversation, entry)


def _key(document: D) -> str:
    """Its first field, as in the store."""
    return str(getattr(document, document.__struct_fields__[0]))


async def _held(store: Store, conversation: int) -> bool:
    return await store.get(Hold, str(conversation)) is not None


async def _back(store: Store, conversation: int) -> AsyncGenerator[StoredEvent, None]:
    """The records of a conversation, newest first."""
    before = 0
    while page := await store.records(conversation, before=before, limit=PAGE):
        before = page[0].id
        for record in reversed(page):
            yield record
