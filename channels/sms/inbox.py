"""Incoming SMS: messages of one sender are processed in order, those of different ones concurrently."""

import asyncio
import hashlib
import logging
import time
from collections import deque
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from channels.intake import taken
from channels.menu import meant
from channels.sms.alphabets import binary, decoded
from channels.sms.assembly import Assembly, Whole
from channels.sms.duplicates import KEPT_S, DuplicateDetector
from channels.sms.numbers import number
from channels.sms.parts import piece_of
from channels.sms.pdu import Header, Sm, Status
from channels.sms.receipts import is_receipt, receipt
from channels.sms.session import Session
from channels.sms.settings import Settings
from channels.sms.smsc_ids import SmscIds
from channels.uploads import kept
from hub.conversations.address import Address
from hub.conversations.delivery_status import Bookmark
from hub.conversations.ports import Incoming, Store
from hub.intake.ports import Intake
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import OknoError
from hub.kernel.ports import Files

log = logging.getLogger(__name__)

DAY_S = 86_400.0


class PendingDeliverSm(Struct, frozen=True, gc=False):
    """One deliver_sm, and the session for its response."""

    smsc: str
    session: Session
    header: Header
    sm: Sm
    at: float
    """The loop's time."""


class Inbox:
    def __init__(self, channel: str, settings: Settings, intake: Intake, store: Store, files: Files, tickets: SmscIds) -> None:
        self._left = f"{channel}/left"
        self._channel, self._settings, self._intake, self._store, self._files = channel, settings, intake, store, files
        self._tickets = tickets
        self._assembly = Assembly(store, channel, timedelta(seconds=settings.parts_wait_s))
        self._duplicates, self._tasks = DuplicateDetector(), BackgroundTasks()
        self._lines: dict[str, deque[PendingDeliverSm]] = {}
        self._began_ms = _ms()
        self._crashed = True
        """Whether the last run may have left messages whose answers were not received."""
        self._recalled: set[str] = set()
        """Keys of an earlier run that were redelivered."""
        self._more = asyncio.Event()
        """Set when a part arrives."""

    async def load(self) -> None:
        await self._assembly.load()
        left = await self._store.get(Bookmark, self._left)
        self._crashed = left is None
        if left is not None:
            await self._store.drop(Bookmark, self._left)

    def take(self, smsc: str, session: Session, header: Header, sm: Sm) -> None:
        """Process an incoming message; it is answered when it is stored."""
        came = PendingDeliverSm(smsc, session, header, sm, asyncio.get_running_loop().time())
        if (line := self._lines.get(sm.source)) is not None:
            line.append(came)
            return
        line = self._lines[sm.source] = deque((came,))
        self._tasks.spawn(self._work(sm.source, line))

    async def overdue(self) -> AsyncIterator[Incoming]:
        """Incomplete long messages; each is deleted when the next is requested."""
        for whole in self._assembly.overdue(datetime.now(UTC)):
            yield Incoming(Address(self._channel, whole.source), whole.key, whole.text)
            await self._assembly.forget(whole.group)
        await self._assembly.sweep(datetime.now(UTC))
        await self._tickets.drop_old()

    async def wait(self, sessions: "asyncio.Future[list[None]]") -> None:
        """Wait until a message may be overdue, not too often; raises the unexpected error that ended the sessions."""
        self._more.clear()
        due, more = self._assembly.next_due(), asyncio.ensure_future(self._more.wait())
        try:
            if due is None:
                await asyncio.wait((more, sessions), timeout=DAY_S, return_when=asyncio.FIRST_COMPLETED)
            else:
                left_s, pause_s = (due - datetime.now(UTC)).total_seconds(), self._settings.parts_wait_s / 20
                await asyncio.wait((sessions,), timeout=min(max(left_s, pause_s), DAY_S))
        finally:
            more.cancel()
        if sessions.done():
            sessions.result()

    async def leave(self) -> None:
        """After the end of the sessions: if every answer was certainly received, the next run need not expect redeliveries."""
        sure = not self._lines and not self._duplicates.any(asyncio.get_running_loop().time())
        await self._tasks.cancel()
        if sure:
            await self._store.put(Bookmark(self._left, str(_ms())))

    async def close(self) -> None:
        await self._tasks.cancel()

    async def _work(self, source: str, line: deque[PendingDeliverSm]) -> None:
        try:
            while line:
                await self._answer(line)
        finally:
            del self._lines[source]

    async def _answer(self, line: deque[PendingDeliverSm]) -> None:
        came = line[0]
        try:
            await self._handle(came)
        except OknoError as error:
            log.warning("incoming SMS not stored: retried", extra={"smsc": came.smsc, "why": str(error)})
        except Exception:
            # A bug of the hub: the SMSC keeps the message and redelivers it.
            log.exception("incoming SMS not stored: retried", extra={"smsc": came.smsc})
        else:
            line.popleft()
            came.session.answer(came.header, Status.OK)
            return
        # Later messages are redelivered after it, too.
        while line:
            came = line.popleft()
            came.session.answer(came.header, Status.TEMPORARY)

    async def _handle(self, came: PendingDeliverSm) -> None:
        sm = came.sm
        source = number(sm.source, sm.source_ton, self._settings.region)
        if is_receipt(sm):
            if (told := receipt(sm)) is not None:
                await self._tickets.told(came.smsc, told, source)
            else:
                log.warning("delivery receipt without a message id: ignored", extra={"smsc": came.smsc})
            return
        piece, content = piece_of(sm)
        if piece is None:
            await self._hand_in(came, source, content)
            return
        whole = await self._assembly.add(source, sm.destination, piece, sm.data_coding, datetime.now(UTC))
        if whole is not None:
            await self._hand_in_whole(whole)
        self._more.set()

    async def _hand_in_whole(self, whole: Whole) -> None:
        await taken(self._intake, Incoming(Address(self._channel, whole.source), whole.key, whole.text))

    async def _hand_in(self, came: PendingDeliverSm, source: str, content: bytes) -> None:
        address, digest = Address(self._channel, source), ""
        key = self._told_key(came)
        if not key:
            digest = _digest(came.sm)
            key = (self._duplicates.key(digest, came.session, came.at) or await self._recall(address, digest)
                   or f"{digest}/{_ms()}-{came.header.sequence}")
        await taken(self._intake, await self._incoming(address, key, content, came.sm.data_coding))
        if digest:
            now = asyncio.get_running_loop().time()
            self._duplicates.answered(digest, key, came.session, came.at, now, came.session.answers + 1)

    async def _incoming(self, address: Address, key: str, content: bytes, data_coding: int) -> Incoming:
        if binary(data_coding):
            return Incoming(address, key, "", (await kept(self._files, "sms.bin", content),))
        return Incoming(address, key, await meant(self._intake, address, decoded(content, data_coding)))

    def _told_key(self, came: PendingDeliverSm) -> str:
        """The SMSC's own id of an incoming message, if there is one."""
        told = came.sm.tlvs.get(self._settings.id_tag, b"") if self._settings.id_tag else b""
        return f"{came.smsc}/{told.hex()}" if told else ""

    async def _recall(self, address: Address, digest: str) -> str:
        """Soon after a crash: the key under which the last run stored a redelivered message."""
        if not self._crashed or _ms() > self._began_ms + KEPT_S * 1000:
            return ""
        conversation = await self._intake.find(address)
        if conversation is None:
            return ""
        earlier = [
            key for _, key in await self._store.keys(conversation.id)
            if key.startswith(digest + "/") and key not in self._recalled
            and self._began_ms - KEPT_S * 1000 < int(key.rpartition("/")[2].partition("-")[0]) < self._began_ms]
        if not earlier:
            return ""
        self._recalled.add(earlier[-1])
        return earlier[-1]


def _digest(sm: Sm) -> str:
    """Digest that is equal for a redelivery of the same message."""
    said = (sm.source, sm.destination, sm.esm_class, sm.data_coding, sm.short_message, sorted(sm.tlvs.items()))
    return hashlib.sha256(repr(said).encode()).hexdigest()[:32]


def _ms() -> int:
    return int(time.time() * 1000)
