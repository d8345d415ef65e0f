"""Quarantine of received files: no file is available until a scanner has found it clean (SE-01).

A file is quarantined in the transaction that adds it to a conversation, so a crash loses none; a file that is not in quarantine is
available. Messages do not wait for the scanner.
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
"""Concurrent scans."""
FIRST_RETRY_S, LAST_RETRY_S = 1.0, 60.0
AGAIN_S = 60.0
"""Seconds before a retry after a disk or internal error."""
TRIES = 3
"""Scans of a file that crash the scanner: the first crashes may have another cause."""
GAVE_UP = "Scanner.Interrupted"


class Quarantine:
    """Implements hub.intake.ports.FileGuard and Healthy. `on_change` gets each result, CLEAN for files that became available."""

    def __init__(self, sequencer: ConversationSequencer, store: Store, files: Files, scanner: Scanner | None, counters: ChannelCounters, *,
                 first_retry_s: float = FIRST_RETRY_S, again_s: float = AGAIN_S) -> None:
        """Without a scanner new files are available at once; those in quarantine stay there."""
        self._sequencer, self._store, self._files = sequencer, store, files
        self._scanner, self._counters = scanner, counters
        self._first_retry_s, self._again_s = first_retry_s, again_s
        self.on_change = Signal[[Quarantined]]()
        self.found: Counter[Check] = Counter()
        """Results since the start."""
        self._held: dict[str, Quarantined] = {}
        self._owed: asyncio.Queue[str] = asyncio.Queue()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._interrupted: Counter[str] = Counter()
        self._words, self._why = "", "ещё не отвечал"
        self._pause_s, self._knocking = 0.0, asyncio.Lock()
        self._tasks = BackgroundTasks()

    async def start(self) -> None:
        """Continue with the files that the last run left."""
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
        """hub.intake.ports.Intake.keep. Idempotent."""
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
        """A file expected from another centre belongs to a conversation and is not available yet; `coming` describes it."""
        held = Quarantined(upload.key, since, Check.COMING)
        await self._store.exchange((upload, held, coming), ())
        self._held[held.key] = held

    async def arrived(self, upload: Upload, before: Document, whole: Document) -> None:
        """The file has arrived as `upload` and is scanned like any other. Raises ConflictError where it was erased meanwhile."""
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
        """The file will never arrive: `coming` is finished."""
        held = Quarantined(upload.key, since, Check.MISSING, why)
        await self._tell(upload, held, f"не пришёл из другого центра: {why}")
        await self._store.exchange((held,), (coming,))
        self._held[held.key] = held
        self._changed(held)

    def quarantined(self, conversation: int, file: str) -> Quarantined | None:
        """From memory: why a file is not available; None for an available one."""
        return self._held.get(key_of(conversation, file))

    def all(self) -> list[Quarantined]:
        """Everything in quarantine, the oldest first."""
        return sorted(self._held.values(), key=lambda held: held.at)

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer, before all that show a message: a file is never offered before it is quarantined."""
        del live
        if self._scanner is not None:
            for record in change.records:
                if isinstance(record.entry, Message) and record.entry.files and record.entry.author is CITIZEN:
                    self._expect(change.conversation, record.entry)
        if change.head is not None and change.head.erased is not None:
            self._held = {key: held for key, held in self._held.items() if held.conversation != change.conversation}

    async def release(self, conversation: int, file: str, audit_entry: AuditEntry) -> str:
        """Release an unscannable file, and return its name. Infected files stay; raises RefusedError."""
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
        for attachment in message.files:
            key = key_of(conversation, attachment.file)
            if key not in self._held:
                # One that was found clean before its message was stored is scanned again.
                self._held[key] = Quarantined(key, message.at)
                self._owed.put_nowait(key)

    async def _go_on(self, scanner: Scanner) -> None:
        await self._answered(scanner)
        while True:
            key = await self._owed.get()
            try:
                # A file may be pending twice, before and after it was stored.
                async with self._locks.setdefault(key, asyncio.Lock()):
                    while not await self._looked_at(scanner, key):
                        await self._answered(scanner)
            except Exception as error:
                # Errors of the store, the disk, a missing key, or internal ones: the other files must not wait for this one.
                self._counters.failed(error)
                log.exception("scan of a file failed: retried", extra={"file": key})
                asyncio.get_running_loop().call_later(self._again_s, self._owed.put_nowait, key)

    async def _answered(self, scanner: Scanner) -> None:
        """Wait until the scanner answers."""
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
        """Whether a file is finished; False where the scanner must be waited for."""
        upload = await self._store.get(Upload, key)
        if upload is None:
            return True  # erased; or its message was just stored, and it comes again when it is quarantined
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
            return ScanResult(Check.CLEAN)  # deleted meanwhile, nothing to open
        async with aclosing(content):
            return await scanner.scan(upload.attachment.size, content)

    async def _settle(self, upload: Upload, held: Quarantined, finding: ScanResult) -> None:
        if finding.state is Check.CLEAN:
            await self._store.drop(Quarantined, held.key)
            self._open(held)
        elif await self._store.get(Upload, held.key) is not None:  # otherwise its conversation was erased meanwhile
            infected = finding.state is Check.INFECTED
            words = "заражён и не открывается" if infected else "не удалось проверить"
            log.warning("file stays quarantined: infected or not scannable",
                        extra={"file": held.key, "state": finding.state, "found": finding.found})
            audit_entry = AuditEntry(self._sequencer.now(), "", "file_infected" if infected else "file_unchecked", str(held.conversation),
                        f"{held.file}: {finding.found}")
            await self._tell(upload, held, f"{words}: {finding.found}", audit_entry)
            held = replace(held, state=finding.state, found=finding.found)
            await self._store.put(held)
            self._held[held.key] = held
            self._changed(held)
        self.found[finding.state] += 1

    async def _tell(self, upload: Upload, held: Quarantined, words: str, *audit_entries: AuditEntry) -> None:
        """Write the journal and the audit entry once: an interrupted write is found again. The audit outlives an erasure: no names."""
        live = await self._sequencer.load(held.conversation)
        # The time of arrival is part of the key: a citizen knows the file's digest, and could occupy a key made of it alone.
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
            log.warning("malware scanner unavailable: files stay quarantined until it answers", extra={"why": str(error)})
        self._why = str(error)
        self._counters.failed(error)
