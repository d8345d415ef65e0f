"""Receiver of files of conversations at other centres, in pieces (0091). The receiver holds all the state.

One file at a time is fetched from a centre, with `AT_ONCE` pieces under way: other messages on the link never wait for more than
these. Each step is idempotent and resumed after a restart.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from msgspec.structs import replace

from hub.conversations.attachments import Check, Quarantined, Upload, key_of
from hub.conversations.conversation import Closed
from hub.conversations.message import Attachment, Author, Message
from hub.conversations.ports import Commit, Store
from hub.conversations.quarantine import Quarantine
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.federation.envelope import Envelope
from hub.federation.envelope_decoder import decode
from hub.federation.file_transfer import KINDS, TERM, FilePiece, FileUnopened, FileWanted, FileWithheld, IncomingFile, coming, packed
from hub.federation.handover_messages import RemoteConversation
from hub.federation.ports import Link
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import ConflictError, OknoError, UnavailableStoreError
from hub.kernel.ports import Files

log = logging.getLogger(__name__)

AGAIN_S, LONGEST_S = 15.0, 600.0
"""Seconds before missing pieces are requested again."""
MEGABYTE = 1 << 20
UNOPENED = {Check.INFECTED: "заражён", Check.UNCHECKED: "не удалось проверить"}
Keep = Callable[[str, bytes], Awaitable[Attachment]]
"""Stores a file by its name, like a received one, and returns its attachment."""


class FileReceiver:
    def __init__(self, sequencer: ConversationSequencer, store: Store, files: Files, quarantine: Quarantine, code: str, link: Link | None,
                 *,
                 keep: Keep, limit: int, again_s: float = AGAIN_S) -> None:
        """`code` is this hub's own centre; files of more than `limit` bytes are rejected."""
        self._sequencer, self._store, self._files, self._quarantine = sequencer, store, files, quarantine
        self._code, self._link, self._keep, self._limit, self._again_s = code, link, keep, limit, again_s
        self._coming: dict[str, IncomingFile] = {}
        self._lines: dict[str, asyncio.Queue[str]] = {centre: asyncio.Queue() for centre in (link.centres if link else ())}
        self._queued: set[str] = set()
        """Files in a queue; the others have their time in `_later`, or wait for pieces."""
        self._later: dict[str, asyncio.TimerHandle] = {}
        self._asked: dict[str, set[int]] = {}
        """Pieces under way."""
        self._moved: dict[str, asyncio.Event] = {}
        """Events of files that wait for pieces before anything else of the centre is requested."""
        self._tasks = BackgroundTasks()

    async def start(self) -> None:
        """Continue with the files that the last run left. Raises StoreError."""
        for each in await self._store.all(IncomingFile):
            self._coming[each.key] = each
            if each.centre in self._lines:
                self._queue(each)
            else:
                await self._give_up(each, "линии к этому центру больше нет")
        if self._link is not None:
            for centre in self._lines:
                self._tasks.spawn(self._fetch(self._link, centre))

    async def close(self) -> None:
        await self._tasks.cancel()

    async def expect(self, conversation: int, centre: str, about: RemoteConversation, files: Sequence[Attachment], *,
                     at_home: bool) -> None:
        """hub.federation.ports.ExpectFiles."""
        for attachment in files:
            upload = Upload(key_of(conversation, attachment.file), attachment)
            held = self._quarantine.quarantined(conversation, attachment.file)
            known = await self._store.get(Upload, upload.key) is not None and not (held and held.state is Check.MISSING)
            if known or upload.key in self._coming:
                continue
            each = coming(upload.key, centre, RemoteConversation(about.handing, about.number), attachment, self._sequencer.now(),
                          at_home=at_home)
            await self._quarantine.expect(upload, each.since, each)
            self._coming[each.key] = each
            self._move(each)

    async def hear(self, parcel: Envelope) -> None:
        """A piece, or the reason why there is none. Raises StoreError."""
        told = decode(parcel, KINDS[parcel.kind])
        each = self._coming.get(told.key) if isinstance(told, FilePiece | FileWithheld) else None
        if each is None or each.whole or each.centre != parcel.source:
            return
        try:
            match told:
                case FileWithheld(why=why):
                    await self._give_up(each, why)
                case FilePiece(number=number, data=data) if each.fits(number, data) and not each.pieces[number]:
                    await self._keep_piece(each, number, data)
        except OSError as error:  # the disk is full: it is requested again
            raise UnavailableStoreError(str(error)) from error

    def checked(self, held: Quarantined) -> None:
        """Listener of the quarantine: the result of a scan."""
        if (each := self._coming.get(held.key)) is not None and each.whole and held.state is not Check.WAITING:
            self._move(each)

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer: a finished conversation needs no more files."""
        if change.head is not None and isinstance(change.head.holder, Closed):
            for each in [each for each in self._coming.values() if each.conversation == live.head.id]:
                if change.head.erased is not None:
                    self._forget(each)
                elif not each.whole:
                    self._move(each)

    async def _fetch(self, link: Link, centre: str) -> None:
        line, loop, tries = self._lines[centre], asyncio.get_running_loop(), Counter[str]()
        while True:
            key = await line.get()
            self._queued.discard(key)
            each = self._coming.get(key)
            try:
                while (each := self._coming.get(key)) is not None and await self._goes_on(link, each):
                    del tries[key]
            except (OknoError, OSError) as error:
                log.warning("transfer of a file from a remote centre failed: retried", extra={"file": key, "why": str(error)})
            except Exception:  # an internal error: the other files must not wait for this one
                log.exception("transfer of a file from a remote centre failed: retried", extra={"file": key})
            if each is not None and not (each.whole and self._unchecked(each)):
                pause_s = min(self._again_s * 2 ** min(tries[key], 10), LONGEST_S) if link.up(centre) else self._again_s
                tries[key] += 1
                self._cancel_later(key)
                self._later[key] = loop.call_later(pause_s, self._queue, each)

    async def _goes_on(self, link: Link, each: IncomingFile) -> bool:
        """One step of a file; whether the next may follow at once."""
        if each.whole:
            return await self._conclude(link, each)
        live = await self._sequencer.load(each.conversation)
        if isinstance(live.head.holder, Closed) and live.head.address.is_remote:
            await self._give_up(each, "обращение здесь закрыто раньше, чем он пришёл")
        elif each.since + TERM <= self._sequencer.now():
            await self._give_up(each, f"его не передали за {TERM.days} дней")
        elif each.attachment.size > self._limit:
            await self._refuse(link, each, f"он больше {self._limit / MEGABYTE:.3g} МБ")
        elif numbers := each.lacking():
            return link.up(each.centre) and await self._ask(link, each, numbers)
        else:
            await self._put_together(link, each)
        return True

    async def _ask(self, link: Link, each: IncomingFile, numbers: tuple[int, ...]) -> bool:
        """Whether all pieces arrived in time."""
        moved = self._moved[each.key] = asyncio.Event()
        self._asked[each.key] = set(numbers)
        try:
            wanted = FileWanted(each.about.handing, each.about.number, each.attachment.file, each.at_home, each.key, numbers)
            await link.send(self._packed(each, wanted, str(self._sequencer.new_id())))
            async with asyncio.timeout(self._again_s):
                await moved.wait()
        except TimeoutError:
            return False
        finally:
            del self._moved[each.key]
        return True

    async def _keep_piece(self, each: IncomingFile, number: int, data: bytes) -> None:
        name = await self._files.put(each.labelled(number, data))
        after = each.with_piece(number, name)
        try:
            await self._store.exchange((after,), (), seen=(each,))
        except ConflictError:  # erased or given up at this moment
            await self._files.drop(name)
            return
        self._coming[each.key] = after
        if asked := self._asked.get(each.key):
            asked.discard(number)
            if not asked:
                self._move(after)

    async def _put_together(self, link: Link, each: IncomingFile) -> None:
        pieces = [await self._files.get(piece) for piece in each.pieces]
        if None in pieces:  # given up, and interrupted
            left = tuple(name if piece is not None else "" for name, piece in zip(each.pieces, pieces, strict=True))
            again = self._coming[each.key] = replace(each, pieces=left)
            await self._store.put(again)
            return
        content = each.joined([piece for piece in pieces if piece is not None])
        if content is None:
            await self._refuse(link, each, "это не тот файл, что был назван")
            return
        upload = Upload(each.key, await self._keep(each.attachment.name, content))
        whole = self._coming[each.key] = replace(each, whole=True)
        try:
            await self._quarantine.arrived(upload, each, whole)
        except BaseException:
            self._coming[each.key] = each
            raise

    async def _conclude(self, link: Link, each: IncomingFile) -> bool:
        """The file is complete: its pieces are deleted, and the sender is informed if the file stays unavailable."""
        for piece in each.pieces:
            await self._files.drop(piece)
        held = self._quarantine.quarantined(each.conversation, each.attachment.file)
        if held is not None and held.state is Check.WAITING:
            return False
        if held is None:
            await self._pass_on(each)
        else:
            await self._tell_unopened(link, each, f"{UNOPENED.get(held.state, '')}: {held.found}")
        await self._store.drop(IncomingFile, each.key)
        self._forget(each)
        return True

    async def _pass_on(self, each: IncomingFile) -> None:
        """Deliver it once to a citizen whose message was sent before its file arrived."""
        live, key = await self._sequencer.load(each.conversation), f"came/{each.about.handing}/{each.attachment.file}"
        upload = await self._store.get(Upload, each.key)
        if each.at_home or upload is None or not self._sequencer.carried(live.head.address) or await self._sequencer.knows(live, key):
            return
        said = Message(Author.OPERATOR, upload.attachment.name, self._sequencer.now(), key=key, attachments=(upload.attachment,))
        await self._sequencer.committed_step(live, (said,))

    async def _refuse(self, link: Link, each: IncomingFile, why: str) -> None:
        await self._tell_unopened(link, each, why)
        await self._give_up(each, why)

    async def _tell_unopened(self, link: Link, each: IncomingFile, why: str) -> None:
        told = FileUnopened(each.about.handing, each.about.number, each.attachment.file, each.at_home, why)
        await link.send(self._packed(each, told, ""))

    async def _give_up(self, each: IncomingFile, why: str) -> None:
        """Pieces first: after an interruption they are requested and given up once more."""
        for piece in filter(None, each.pieces):
            await self._files.drop(piece)
        if (upload := await self._store.get(Upload, each.key)) is None:  # its retention ended
            await self._store.drop(IncomingFile, each.key)
        else:
            await self._quarantine.missing(upload, each.since, each, why)
        self._forget(each)

    def _unchecked(self, each: IncomingFile) -> bool:
        held = self._quarantine.quarantined(each.conversation, each.attachment.file)
        return held is not None and held.state is Check.WAITING

    def _forget(self, each: IncomingFile) -> None:
        self._coming.pop(each.key, None)
        self._asked.pop(each.key, None)
        self._cancel_later(each.key)
        if (moved := self._moved.get(each.key)) is not None:
            moved.set()

    def _move(self, each: IncomingFile) -> None:
        """A file can continue now."""
        if (moved := self._moved.get(each.key)) is not None:
            moved.set()
        elif each.centre in self._lines:
            self._queue(each)

    def _queue(self, each: IncomingFile) -> None:
        self._cancel_later(each.key)
        if each.key not in self._queued:
            self._queued.add(each.key)
            self._lines[each.centre].put_nowait(each.key)

    def _cancel_later(self, key: str) -> None:
        if (timer := self._later.pop(key, None)) is not None:
            timer.cancel()

    def _packed(self, each: IncomingFile, told: FileWanted | FileUnopened, key: str) -> Envelope:
        return packed(told, f"{each.about.handing}/{each.attachment.file}/{key}", self._code, each.centre, self._sequencer.now())
