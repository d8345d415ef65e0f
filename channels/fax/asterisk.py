"""Fax over an Asterisk: it speaks T.38 and T.30, and lays what it has received into a folder that it shares with the hub."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from channels.fax import attempts
from channels.fax.attempts import Attempts
from channels.fax.document import FaxError, Head
from channels.fax.machine import Machine
from channels.fax.recognition import Tesseract
from channels.fax.spool import Came, Fate, Spool
from channels.secret import secret
from channels.uploads import kept
from channels.voice import ami, events
from channels.voice.ami import ActionRefusedError, Ami, Door
from channels.voice.numbers import number_of
from hub.carriage import Bookmark, Delivery, Receipt
from hub.contacts import E164, Address
from hub.conversation import Conversation
from hub.errors import UnavailableError, UndeliverableError
from hub.journal import Record
from hub.message import Attachment, Message
from hub.ports import Files, Incoming, Intake, Store
from hub.signals import Signal
from hub.tasks import resolve
from hub.vitals import Health

log = logging.getLogger(__name__)

NAME = "fax.asterisk"
LONGEST_S = 3600.0
"""Fifty pages at the lowest rate take less."""
HANGUP_S = 2.0
"""The end of a call that was not answered is told at about the same time as that it was not."""
EMPTY_BYTES = 8
"""The head of a TIFF without a page: somebody called who was no fax machine."""
KEPT = timedelta(days=7)


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`spool` is the folder `fax` of Asterisk's SPOOL, `number` ours as those see it whom we send to."""

    password_file: str
    spool: str
    centre: str
    number: str = ""
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 5038
    user: str = "okno"
    dial: str = "PJSIP/{number}@trunk"
    rings_s: Annotated[float, Meta(gt=0)] = 60.0
    tries: Annotated[int, Meta(ge=1)] = 6
    again_s: Annotated[float, Meta(ge=0)] = 600.0
    lines: Annotated[int, Meta(ge=1)] = 2
    region: str = "RU"
    timezone: str = "Europe/Moscow"
    language: str = "rus"


class FaxLine:
    """hub.ports.Carrying and Probing."""

    name = NAME

    def __init__(self, settings: Settings, zone: ZoneInfo, intake: Intake, store: Store, files: Files) -> None:
        self._settings, self._zone, self._intake, self._store, self._files = settings, zone, intake, store, files
        self._spool = Spool(Path(settings.spool))
        self._machine = Machine(Tesseract(language=settings.language))
        self._door = Door(settings.host, settings.port, settings.user, secret(settings.password_file))
        self._ami = Ami(self._door, self._told, self._reconcile)
        self._keeping: asyncio.Task[None] | None = None
        self._waiting: asyncio.Queue[Came] = asyncio.Queue()
        self._calls: dict[str, asyncio.Future[int]] = {}
        """Calls that send, by their uniqueids, until they are over: the cause."""
        self._lines = asyncio.Semaphore(settings.lines)

    async def receive(self) -> AsyncGenerator[Incoming, None]:
        if self._keeping is None or self._keeping.done():
            self._keeping = asyncio.create_task(self._ami.keep())
        if self._ami.up:
            # What the last round took out of the line and could not store lies in the folder still.
            await self._look()
        while True:
            came = await self._waiting.get()
            incoming = await self._read(came)
            if incoming is not None:
                yield incoming
                # We were asked for the next, so this one is on the disk.
            await asyncio.to_thread(came.path.unlink, missing_ok=True)

    async def send(self, conversation: Conversation, records: Sequence[Record]) -> None:
        """Returns when the pages are at the other end, which takes some twenty seconds each."""
        number = conversation.address.value
        if not E164.fullmatch(number):
            raise UndeliverableError("Отправитель скрыл свой номер: ответить ему факсом нельзя")
        key = f"okno-fax-{records[0].id}"
        async with self._lines:
            await self._carry(key, number, conversation, records)

    def signal(self, conversation: int, signal: Signal) -> None:
        """Nothing of the moment can be shown on paper."""

    def health(self) -> Health:
        health, trouble = self._ami.health(), self._spool.trouble()
        return Health(health.up and not trouble, trouble or f"{health.words}, факсов в работе: {len(self._calls) + self._waiting.qsize()}")

    async def probe(self) -> Health:
        """hub.ports.Probing."""
        words = (await ami.probed(self._door)).words
        trouble = self._spool.trouble() or await self._machine.probe()
        return Health(not trouble, trouble or words)

    async def close(self) -> None:
        # Calls go on: what becomes of them lies in the folder for the next run.
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        self._ami.close()

    async def _read(self, came: Came) -> Incoming | None:
        """The message that a fax is; None for a call that brought no page, and for one that was taken already."""
        try:
            tiff = await asyncio.to_thread(came.path.read_bytes)
        except FileNotFoundError:
            return None
        if len(tiff) <= EMPTY_BYTES:
            log.info("a call to a fax number brought no page", extra={"call": came.call})
            return None
        sender = number_of(came.number, self._settings.region) or f"fax:{came.call}"
        original = await kept(self._files, "Факс.tif", tiff)
        text, attachments = await self._recognised(tiff, original)
        return Incoming(Address(NAME, sender), f"{came.call}:{len(tiff)}", text, attachments, written=True)

    async def _recognised(self, tiff: bytes, original: Attachment) -> tuple[str, tuple[Attachment, ...]]:
        try:
            fax = await self._machine.read(tiff)
        except FaxError as error:
            return f"Факс. {error}. Сохранён исходный файл.", (original,)
        return fax.message, (await kept(self._files, "Факс.pdf", fax.pdf), original)

    async def _carry(self, key: str, number: str, conversation: Conversation, records: Sequence[Record]) -> None:
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
        # From here on a hub that dies knows that it has dialled.
        await self._store.put(Bookmark(f"{NAME}/{key}", now.written()))
        cause = await self._called(key, number)
        fate = await asyncio.to_thread(self._spool.fate, key)
        if fate is not None and fate.sent:
            await self._arrived(key, now, fate, records, skipped)
        else:
            await self._failed(key, now, cause, fate.why if fate else "")

    async def _before(self, key: str) -> Attempts | None:
        mark = await self._store.get(Bookmark, f"{NAME}/{key}")
        return attempts.read(mark.value) if mark else None

    async def _left_behind(self, key: str) -> Fate | None:
        """What became of a call that was placed before; it may go on."""
        await self._over(key)
        return await asyncio.to_thread(self._spool.fate, key)

    def _refuse_until_due(self, before: Attempts | None) -> None:
        if not self._ami.up:
            raise UnavailableError(self._ami.health().words)
        if before is not None and (due := attempts.due(before, self._settings.again_s)) > datetime.now(UTC):
            message = f"Факс не принят, попыток: {before.times}. Следующая в {due.astimezone(self._zone):%H:%M}"
            raise UnavailableError(message)

    async def _drawn(self, key: str, conversation: Conversation, records: Sequence[Record]) -> str:
        """The TIFF lies in the folder afterwards; gives the names of the files that cannot be sent."""
        messages = [record.entry for record in records if isinstance(record.entry, Message)]
        files = [each for message in messages for each in message.attachments]
        skipped = ", ".join(each.name for each in files if each.type != "application/pdf")
        if await asyncio.to_thread(self._spool.holds, key):
            return skipped
        found = [await self._files.get(each.file) for each in files if each.type == "application/pdf"]
        date = messages[0].at.astimezone(self._zone).strftime("%d.%m.%Y")
        text = "\n\n".join(message.text for message in messages if message.text)
        try:
            tiff = await self._machine.render(
                text, Head(self._settings.centre, conversation.number, date), [pdf for pdf in found if pdf is not None])
        except FaxError as error:
            raise UndeliverableError(str(error)) from error
        await asyncio.to_thread(self._spool.put, key, tiff)
        return skipped

    async def _called(self, key: str, number: str) -> int:
        """Dial, and wait until the call is over: its cause, 0 where Asterisk has told none."""
        over: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._calls[key] = over
        station = self._settings.number
        call = ami.Call(self._settings.dial.format(number=number), "hub-faxout", self._settings.rings_s, station, key,
                        {"FAXKEY": key, "FAXSTATION": station})
        try:
            outcome = await self._ami.originate(call)
            async with asyncio.timeout(LONGEST_S if outcome.answered else HANGUP_S):
                return await over
        except ActionRefusedError as error:
            message = f"Asterisk не набрал номер: {error}"
            raise UnavailableError(message) from error
        except TimeoutError:
            return 0
        finally:
            self._calls.pop(key, None)

    async def _over(self, key: str) -> None:
        """Wait for the end of a call, if it goes on; raises UnavailableError while Asterisk is away."""
        over = self._calls[key] = asyncio.get_running_loop().create_future()
        try:
            if key in {channel.uniqueid for channel in await self._ami.live()}:
                async with asyncio.timeout(LONGEST_S):
                    await over
        except TimeoutError as error:
            raise UnavailableError("Факс передаётся дольше часа") from error
        finally:
            self._calls.pop(key, None)

    async def _arrived(self, key: str, tried: Attempts, fate: Fate, records: Sequence[Record], skipped: str = "") -> None:
        why = f"Факс принят, страниц: {fate.pages}" + (f". Не переданы вложения: {skipped}" if skipped else "")
        for record in records:
            await self._intake.delivered(Receipt(record.conversation, record.id, Delivery.DELIVERED, why))
        # The hub may die before it has stored that nothing is owed any more, and would ask again.
        await self._store.put(Bookmark(f"{NAME}/{key}", replace(tried, sent=True).written()))
        await asyncio.to_thread(self._spool.forget, key)

    async def _failed(self, key: str, tried: Attempts, cause: int, why: str) -> None:
        never = attempts.hopeless(cause, why)
        if not never and tried.times < self._settings.tries:
            message = f"Факс не принят: {attempts.words(cause, why)}, попыток: {tried.times}"
            raise UnavailableError(message)
        await asyncio.to_thread(self._spool.forget, key)
        message = f"Факс не принят: {never or attempts.words(cause, why)}, попыток: {tried.times}"
        raise UndeliverableError(message)

    async def _reconcile(self) -> None:
        """Asterisk is there (again): what it has received meanwhile, and which calls it has ended."""
        live = await self._look()
        for key in self._calls.keys() - live:
            resolve(self._calls[key], 0, None)
        await self._drop_old()

    async def _look(self) -> set[str]:
        """Put in line what lies in the folder and is whole: its call is over. Gives the calls that go on."""
        live = {channel.uniqueid for channel in await self._ami.live()}
        for came in await asyncio.to_thread(self._spool.came):
            if came.call not in live:
                self._waiting.put_nowait(came)
        return live

    async def _drop_old(self) -> None:
        """What was dialled a week ago is owed to nobody."""
        marks = [mark for mark in await self._store.all(Bookmark) if mark.key.startswith(f"{NAME}/")]
        oldest = datetime.now(UTC) - KEPT
        if old := [mark for mark in marks if attempts.read(mark.value).at < oldest]:
            await self._store.exchange((), old)

    def _told(self, event: events.Event) -> None:
        match event:
            case events.ReceiveFAX(file=file):
                for name in [file] if isinstance(file, str) else file:
                    if (came := self._spool.at(name)) is not None:
                        self._waiting.put_nowait(came)
            case events.Hangup(uniqueid=uniqueid, cause=cause) if (over := self._calls.get(uniqueid)) is not None:
                resolve(over, cause, None)
            case _:
                pass


def connect(settings: dict[str, object], intake: Intake, store: Store, files: Files, *, limited: bool) -> FaxLine:
    """The driver; raises msgspec.ValidationError that names a bad setting."""
    del limited
    told = msgspec.convert(settings, Settings)
    if told.number and not E164.fullmatch(told.number):
        raise msgspec.ValidationError("number: must be like +74951234567")
    try:
        zone = ZoneInfo(told.timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        message = f"timezone: there is no {told.timezone}"
        raise msgspec.ValidationError(message) from error
    return FaxLine(told, zone, intake, store, files)
