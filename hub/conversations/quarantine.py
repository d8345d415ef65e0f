"""Files of strangers: each is kept, and opened to nobody until a scanner has found it clean (SE-01).

A file is in quarantine from the very transaction in which it becomes a conversation's, so a crash forgets none; what is not said
to be in quarantine may be opened. Nobody waits for the scanner: the message is there at once.
"""

import asyncio
import logging
from collections import Counter
from contextlib import aclosing
from datetime import datetime
from weakref import WeakValueDictionary

from msgspec.structs import replace

from hub.conversations.attachments import Check, Quarantined, Upload, key_of
from hub.conversations.message import CITIZEN, Attachment, Author, Message
from hub.conversations.ports import Commit, Scanner, ScanResult, Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.document import Document
from hub.kernel.errors import InterruptedScanError, RefusedError, UnavailableError
from hub.kernel.health import ChannelCounters, Health
from hub.kernel.ports import Files
from hub.kernel.signal import Signal

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Files that are looked at beside each other."""
FIRST_RETRY_S, LAST_RETRY_S = 1.0, 60.0
AGAIN_S = 60.0
"""After a fault of the disk, or of ours."""
TRIES = 3
"""So often a file may end the scanner: the first times something else may have ended it."""
GAVE_UP = "Scanner.Interrupted"


class Quarantine:
    """hub.intake.ports.FileGuard and Healthy. `on_change` is told what was found of each file, CLEAN for those that may be opened now."""

    def __init__(self, sequencer: ConversationSequencer, store: Store, files: Files, scanner: Scanner | None, counters: ChannelCounters, *,
                 first_retry_s: float = FIRST_RETRY_S, again_s: float = AGAIN_S) -> None:
        """Without a scanner files are opened as they come; what is in quarantine stays there."""
        self._sequencer, self._store, self._files = sequencer, store, files
        self._scanner, self._counters = scanner, counters
        self._first_retry_s, self._again_s = first_retry_s, again_s
        self.on_change = Signal[[Quarantined]]()
        self.found: Counter[Check] = Counter()
        """What was found since the start."""
        self._held: dict[str, Quarantined] = {}
        self._owed: asyncio.Queue[str] = asyncio.Queue()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._interrupted: Counter[str] = Counter()
        self._words, self._why = "", "ещё не отвечал"
        self._pause_s, self._knocking = 0.0, asyncio.Lock()
        self._tasks = BackgroundTasks()

    async def start(self) -> None:
        """Go on with what the last run of the hub has left."""
        for held in await self._store.all(Quarantined):
            self._held[held.key] = held
            self._owed.put_nowait(held.key)
        if self._scanner is not None:
            for _ in range(AT_ONCE):
                self._tasks.spawn(self._go_on(self._scanner))

    async def close(self) -> None:
        await self._tasks.cancel()
        if self._scanner is not None:
            await self._scanner.close()

    async def keep(self, conversation: int, attachment: Attachment) -> None:
        """hub.intake.ports.Intake.keep. Told again, a file stays what it is."""
        upload = Upload(key_of(conversation, attachment.file), attachment)
        if await self._store.get(Upload, upload.key) is not None:
            return
        if self._scanner is None:
            await self._store.put(upload)
            return
        held = self._held[upload.key] = Quarantined(upload.key, self._sequencer.now())
        await self._store.exchange((upload, held), ())
        self._owed.put_nowait(held.key)

    async def expect(self, upload: Upload, since: datetime, coming: Document) -> None:
        """A file that another centre brings belongs to a conversation, and is opened to nobody; `coming` says what is brought."""
        held = Quarantined(upload.key, since, Check.COMING)
        await self._store.exchange((upload, held, coming), ())
        self._held[held.key] = held

    async def arrived(self, upload: Upload, before: Document, whole: Document) -> None:
        """It is here, as `upload` says what it is, and is looked at as any other. Raises ConflictError where it was erased meanwhile."""
        held = Quarantined(upload.key, self._sequencer.now())
        if self._scanner is None:
            await self._store.exchange((upload, whole), (held,), seen=(before,))
            self._open(held)
            return
        await self._store.exchange((upload, whole, held), (), seen=(before,))
        self._held[held.key] = held
        self._owed.put_nowait(held.key)
        self._changed(held)

    async def missing(self, upload: Upload, since: datetime, coming: Document, why: str) -> None:
        """It will never be here: `coming` is done with."""
        held = Quarantined(upload.key, since, Check.MISSING, why)
        await self._tell(upload, held, f"не пришёл из другого центра: {why}")
        await self._store.exchange((held,), (coming,))
        self._held[held.key] = held
        self._changed(held)

    def quarantined(self, conversation: int, file: str) -> Quarantined | None:
        """Out of memory: what keeps a file from being opened; None for one that may be."""
        return self._held.get(key_of(conversation, file))

    def all(self) -> list[Quarantined]:
        """Everything that is in quarantine, the oldest first."""
        return sorted(self._held.values(), key=lambda held: held.at)

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """A listener of the lanes, before all that show a message: a file is not offered in the moment before it is kept."""
        del live
        if self._scanner is not None:
            for record in change.records:
                if isinstance(record.entry, Message) and record.entry.attachments and record.entry.author is CITIZEN:
                    self._expect(change.conversation, record.entry)
        if change.head is not None and change.head.erased is not None:
            self._held = {key: held for key, held in self._held.items() if held.conversation != change.conversation}

    async def release(self, conversation: int, file: str, audit_entry: AuditEntry) -> str:
        """Open what could not be looked into, and give its name. What is infected stays; raises RefusedError."""
        key = key_of(conversation, file)
        held, upload = self._held.get(key), await self._store.get(Upload, key)
        unchecked = held is not None and (held.state is Check.UNCHECKED or (held.state is Check.WAITING and self._scanner is None))
        if held is None or upload is None or not unchecked:
            raise RefusedError("not_releasable", "Открыть без проверки можно только файл, который не удалось проверить.")
        await self._store.drop(Quarantined, key, audit_entry)
        self._open(held)
        return upload.attachment.name

    def health(self) -> Health:
        counts = self.counts()
        waiting, infected, unchecked = (counts[state] for state in (Check.WAITING, Check.INFECTED, Check.UNCHECKED))
        if self._why:
            return Health(up=False, words=f"{self._why}; ждут проверки: {waiting}")
        return Health(up=True, words=f"{self._words}; ждут проверки: {waiting}, заражено: {infected}, не проверено: {unchecked}")

    def counts(self) -> Counter[Check]:
        """How many files are in quarantine, by state."""
        return Counter(held.state for held in self._held.values())

    def _expect(self, conversation: int, message: Message) -> None:
        for attachment in message.attachments:
            key = key_of(conversation, attachment.file)
            if key not in self._held:
                # One that was sent and found clean before its message is opened again by whoever looks at it next.
                self._held[key] = Quarantined(key, message.at)
                self._owed.put_nowait(key)

    async def _go_on(self, scanner: Scanner) -> None:
        await self._answered(scanner)
        while True:
            key = await self._owed.get()
            try:
                # A file may be owed twice, before and after it was kept.
                async with self._locks.setdefault(key, asyncio.Lock()):
                    while not await self._looked_at(scanner, key):
                        await self._answered(scanner)
            except Exception as error:
                # Of the store, the disk, a key that is not there, or a fault of ours: all other files must not wait for this one.
                self._counters.failed(error)
                log.exception("a file is not checked yet", extra={"file": key})
                asyncio.get_running_loop().call_later(self._again_s, self._owed.put_nowait, key)

    async def _answered(self, scanner: Scanner) -> None:
        """Wait until the scanner answers, or answers again."""
        async with self._knocking:
            while self._why:
                await asyncio.sleep(self._pause_s)
                self._pause_s = min(max(self._pause_s * 2, self._first_retry_s), LAST_RETRY_S)
                try:
                    self._words, self._why = await scanner.probe(), ""
                except UnavailableError as error:
                    self._lost(error)
                else:
                    self._counters.recovered()

    async def _looked_at(self, scanner: Scanner, key: str) -> bool:
        """Whether nothing is left to be done for a file; False where the scanner must be waited for."""
        upload = await self._store.get(Upload, key)
        if upload is None:
            return True  # it was erased; or its message is just stored, and it comes again when it is kept
        held = await self._store.get(Quarantined, key)
        if held is None:
            self._open(Quarantined(key, self._sequencer.now()))
            return True
        if held.state is not Check.WAITING:
            return True
        try:
            finding = await self._scan(scanner, upload)
        except InterruptedScanError as error:
            self._interrupted[key] += 1
            if self._interrupted[key] < TRIES:
                self._lost(error)
                return False
            finding = ScanResult(Check.UNCHECKED, GAVE_UP)
        except UnavailableError as error:
            self._lost(error)
            return False
        del self._interrupted[key]
        self._pause_s = self._first_retry_s
        await self._settle(upload, held, finding)
        return True

    async def _scan(self, scanner: Scanner, upload: Upload) -> ScanResult:
        content = await self._files.pieces(upload.attachment.file)
        if content is None:
            return ScanResult(Check.CLEAN)  # it was deleted meanwhile, and there is nothing to be opened
        async with aclosing(content):
            return await scanner.scan(upload.attachment.size, content)

    async def _settle(self, upload: Upload, held: Quarantined, finding: ScanResult) -> None:
        if finding.state is Check.CLEAN:
            await self._store.drop(Quarantined, held.key)
            self._open(held)
        elif await self._store.get(Upload, held.key) is not None:  # else its conversation was erased meanwhile
            infected = finding.state is Check.INFECTED
            words = "заражён и не открывается" if infected else "не удалось проверить"
            log.warning("a file is not opened", extra={"file": held.key, "state": finding.state, "found": finding.found})
            audit_entry = AuditEntry(self._sequencer.now(), "", "file_infected" if infected else "file_unchecked", str(held.conversation),
                        f"{held.file}: {finding.found}")
            await self._tell(upload, held, f"{words}: {finding.found}", audit_entry)
            held = replace(held, state=finding.state, found=finding.found)
            await self._store.put(held)
            self._held[held.key] = held
            self._changed(held)
        self.found[finding.state] += 1

    async def _tell(self, upload: Upload, held: Quarantined, words: str, *audit_entries: AuditEntry) -> None:
        """The journal and the audit, once: what was cut off before it was noted is found again. The audit outlives an erasure: no names."""
        live = await self._sequencer.load(held.conversation)
        # By the moment of its coming, too: a citizen knows the file's digest, and might use up a key made of that alone.
        key = f"checked:{held.at.isoformat()}:{held.file}"
        if ("", key) not in live.keys:
            said = Message(Author.SYSTEM, f"Файл «{upload.attachment.name}» {words}", self._sequencer.now(), key=key, internal=True)
            await self._sequencer.committed_step(live, (said,), audit_entries=audit_entries)

    def _open(self, held: Quarantined) -> None:
        if self._held.pop(held.key, None) is not None:
            self._changed(replace(held, state=Check.CLEAN))

    def _changed(self, held: Quarantined) -> None:
        self._counters.on_change()
        self.on_change(held)

    def _lost(self, error: UnavailableError) -> None:
        if not self._why:
            log.warning("the scanner does not answer, files wait for it", extra={"why": str(error)})
        self._why = str(error)
        self._counters.failed(error)
