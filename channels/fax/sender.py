"""Outgoing faxes: drawn, dialled, and retried until delivered or given up.

Each attempt is stored before the number is dialled, and Asterisk writes the result of the call beside the file. A hub that stops during
the call reads that result after its start, and sends nothing twice.
"""

import asyncio
import logging
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from channels.fax import attempts
from channels.fax.attempts import Attempts
from channels.fax.document import FaxError, Head
from channels.fax.machine import Machine
from channels.fax.spool import SendResult, Spool
from channels.menu import all_numbered
from channels.voice import ami
from channels.voice.ami import ActionRefusedError, Ami
from hub.conversations.conversation import Conversation
from hub.conversations.delivery_status import Bookmark, Delivery, Receipt
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Message
from hub.conversations.ports import Store
from hub.intake.ports import Intake
from hub.kernel.background_tasks import resolve
from hub.kernel.errors import UnavailableError, UndeliverableError
from hub.kernel.ports import Files

log = logging.getLogger(__name__)

LONGEST_S = 3600.0
"""Time limit: fifty pages at the lowest rate take less; the dial plan ends a call then."""
HANGUP_S = 2.0
"""Wait for the hang-up event of an unanswered call, which arrives at about the same time."""
KEPT = timedelta(days=7)


class DialSettings(Struct, frozen=True):
    """Dial string, sender identity, number and duration of attempts."""

    dial: str
    station: str
    centre: str
    rings_s: float
    tries: int
    again_s: float
    zone: ZoneInfo


class FaxSender:
    """`name` is the channel's, under which its attempts are stored."""

    def __init__(
            self, name: str, ways: DialSettings, line: Ami, spool: Spool, machine: Machine, intake: Intake, store: Store,
            files: Files) -> None:
        self._name, self._ways, self._ami, self._spool, self._machine = name, ways, line, spool, machine
        self._intake, self._store, self._files = intake, store, files
        self._calls: dict[str, asyncio.Future[int]] = {}
        """Sending calls by their uniqueids, until they end: the cause."""

    async def send(self, conversation: Conversation, records: Sequence[StoredEvent]) -> None:
        """hub.conversations.ports.CarryingChannel."""
        key = f"okno-fax-{records[0].id}"
        before = await self._before(key)
        if before is not None and before.sent:
            return
        if before is not None and (fate := await self._left_behind(key)) is not None and fate.sent:
            await self._arrived(key, before, fate, records)
            return
        self._refuse_until_due(before)
        skipped = await self._drawn(key, conversation, records)
        now = Attempts((before.times if before else 0) + 1, datetime.now(UTC))
        await asyncio.to_thread(self._spool.forget_fate, key)
        # From here on a crashed hub knows that it has dialled.
        await self._store.put(Bookmark(f"{self._name}/{key}", now.written()))
        cause = await self._called(key, conversation.address.value)
        fate = await asyncio.to_thread(self._spool.fate, key)
        if fate is not None and fate.sent:
            await self._arrived(key, now, fate, records, skipped)
        else:
            await self._failed(key, now, records, cause, fate.why if fate else "")

    def ended(self, uniqueid: str, cause: int) -> None:
        """A call has ended, perhaps one of ours."""
        if (over := self._calls.get(uniqueid)) is not None:
            resolve(over, cause, None)

    def reconcile(self, live: Collection[str]) -> None:
        """Asterisk is connected again: calls that it no longer has are over."""
        for key in self._calls.keys() - live:
            resolve(self._calls[key], 0, None)

    async def drop_old(self) -> None:
        """Delete attempts older than a week."""
        marks = [mark for mark in await self._store.all(Bookmark) if mark.key.startswith(f"{self._name}/")]
        oldest = datetime.now(UTC) - KEPT
        if old := [mark for mark in marks if attempts.read(mark.value).at < oldest]:
            await self._store.exchange((), old)

    @property
    def busy(self) -> int:
        """The number of calls in progress."""
        return len(self._calls)

    async def _before(self, key: str) -> Attempts | None:
        mark = await self._store.get(Bookmark, f"{self._name}/{key}")
        return attempts.read(mark.value) if mark else None

    async def _left_behind(self, key: str) -> SendResult | None:
        """The result of an earlier call; it may be in progress."""
        await self._over(key)
        return await asyncio.to_thread(self._spool.fate, key)

    def _refuse_until_due(self, before: Attempts | None) -> None:
        if not self._ami.up:
            raise UnavailableError(self._ami.health().words)
        if before is not None and (due := attempts.due(before, self._ways.again_s)) > datetime.now(UTC):
            message = f"Факс не принят, попыток: {before.times}. Следующая в {due.astimezone(self._ways.zone):%H:%M}"
            raise UnavailableError(message)

    async def _drawn(self, key: str, conversation: Conversation, records: Sequence[StoredEvent]) -> str:
        """Draw the TIFF into the folder; returns the names of files that cannot be sent."""
        messages = [record.entry for record in records if isinstance(record.entry, Message)]
        files = [each for message in messages for each in message.attachments]
        skipped = ", ".join(each.name for each in files if each.type != "application/pdf")
        if await asyncio.to_thread(self._spool.holds, key):
            return skipped
        found = [await self._files.get(each.file) for each in files if each.type == "application/pdf"]
        date = messages[0].at.astimezone(self._ways.zone).strftime("%d.%m.%Y")
        text = "\n\n".join(filter(None, all_numbered(messages)))
        try:
            tiff = await self._machine.render(
                text, Head(self._ways.centre, conversation.number, date), [pdf for pdf in found if pdf is not None])
        except FaxError as error:
            raise UndeliverableError(str(error)) from error
        await asyncio.to_thread(self._spool.put, key, tiff)
        return skipped

    async def _called(self, key: str, number: str) -> int:
        """Dial, and wait for the end of the call: its cause, 0 where Asterisk has reported none."""
        over: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._calls[key] = over
        station = self._ways.station
        call = ami.Call(self._ways.dial.format(number=number), "hub-faxout", self._ways.rings_s, station, key,
                        {"FAXKEY": key, "FAXSTATION": station})
        try:
            outcome = await self._ami.originate(call)
            async with asyncio.timeout(LONGEST_S if outcome.answered else HANGUP_S):
                return await over
        except ActionRefusedError as error:
            log.warning("Asterisk refused to originate a fax call", extra={"fax": key, "why": str(error)})
            return 0
        except TimeoutError:
            return 0
        finally:
            self._calls.pop(key, None)

    async def _over(self, key: str) -> None:
        """Wait for the end of a call in progress; raises UnavailableError while Asterisk is down."""
        over = self._calls[key] = asyncio.get_running_loop().create_future()
        try:
            if key in {channel.uniqueid for channel in await self._ami.live()}:
                async with asyncio.timeout(LONGEST_S):
                    await over
        except TimeoutError as error:
            raise UnavailableError("Факс передаётся дольше часа") from error
        finally:
            self._calls.pop(key, None)

    async def _arrived(self, key: str, tried: Attempts, fate: SendResult, records: Sequence[StoredEvent], skipped: str = "") -> None:
        why = f"{fate.pages} стр." + (f" Не переданы вложения: {skipped}" if skipped else "")
        await self._tell(records, Delivery.DELIVERED, why)
        # The hub may crash before it has stored the delivery, and would send again.
        await self._store.put(Bookmark(f"{self._name}/{key}", replace(tried, sent=True).written()))
        await asyncio.to_thread(self._spool.forget, key)

    async def _failed(self, key: str, tried: Attempts, records: Sequence[StoredEvent], cause: int, why: str) -> None:
        never = attempts.hopeless(cause, why)
        if not never and tried.times < self._ways.tries:
            again = attempts.due(tried, self._ways.again_s).astimezone(self._ways.zone)
            message = f"{attempts.words(cause, why)}, попыток: {tried.times} из {self._ways.tries}, следующая в {again:%H:%M}"
            await self._tell(records, Delivery.WAITING, message)
            raise UnavailableError(message)
        await asyncio.to_thread(self._spool.forget, key)
        message = f"{never or attempts.words(cause, why)}, попыток: {tried.times}"
        raise UndeliverableError(message)

    async def _tell(self, records: Sequence[StoredEvent], state: Delivery, why: str) -> None:
        for record in records:
            await self._intake.delivered(Receipt(record.conversation, record.id, state, why))
