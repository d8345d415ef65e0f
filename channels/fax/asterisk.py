"""Fax over an Asterisk: it speaks T.38 and T.30, and puts received faxes into a folder shared with the hub."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

from channels.fax import DRIVERS
from channels.fax.document import FaxError
from channels.fax.machine import Machine
from channels.fax.recognition import Tesseract
from channels.fax.sender import DialSettings, FaxSender
from channels.fax.spool import LeftError, ReceivedFax, Spool
from channels.menu import meant
from channels.secret import secret
from channels.uploads import kept
from channels.voice import events
from channels.voice.ami import Ami, AmiEndpoint
from channels.voice.numbers import dear, number_of
from hub.conversations.address import E164, Address
from hub.conversations.conversation import Conversation
from hub.conversations.journal import StoredEvent
from hub.conversations.live_signals import LiveSignal
from hub.conversations.message import Attachment
from hub.conversations.ports import Incoming, Store
from hub.intake.ports import Intake
from hub.kernel.errors import UndeliverableError
from hub.kernel.health import Health
from hub.kernel.ports import Files
from hub.monitoring.channel_check import CheckFinding, CheckStep, bad, good, odd

log = logging.getLogger(__name__)

NAME = "fax.asterisk"
TRAITS = DRIVERS["asterisk"]
START_S = 45.0
"""Start time of an Asterisk, or of a busy machine."""
EMPTY_BYTES = 8
"""A TIFF header without a page: the caller was no fax machine."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`spool` is the folder `fax` of Asterisk's SPOOL, `number` is ours as shown to recipients.

    Without `abroad` only ordinary numbers of `region` are dialled.
    """

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
    abroad: bool = False
    timezone: str = "Europe/Moscow"
    language: str = "rus"


class FaxLine:
    """hub.conversations.ports.CarryingChannel and hub.monitoring.ports.CheckableChannel."""

    name = NAME

    def __init__(self, settings: Settings, zone: ZoneInfo, intake: Intake, store: Store, files: Files) -> None:
        self._settings, self._intake, self._files = settings, intake, files
        self._spool = Spool(Path(settings.spool))
        self._machine = Machine(Tesseract(language=settings.language))
        self._door = AmiEndpoint(settings.host, settings.port, settings.user, secret(settings.password_file))
        self._ami = Ami(self._door, self._told, self._reconcile)
        ways = DialSettings(settings.dial, settings.number, settings.centre, settings.rings_s, settings.tries, settings.again_s, zone)
        self._outgoing = FaxSender(NAME, ways, self._ami, self._spool, self._machine, intake, store, files)
        self._connection: asyncio.Task[None] | None = None
        self._waiting: asyncio.Queue[ReceivedFax] = asyncio.Queue()
        self._in_line: set[ReceivedFax] = set()
        self._left = ""
        """Why the last rejected file stays in the folder; "" after a scan without one."""
        self._lines = asyncio.Semaphore(settings.lines)

    async def receive(self) -> AsyncGenerator[Incoming, None]:
        if self._connection is None or self._connection.done():
            self._connection = asyncio.create_task(self._ami.keep())
        if self._ami.up:
            # Faxes that the last round could not store are still in the folder.
            await self._look()
        while True:
            came = await self._waiting.get()
            self._in_line.discard(came)
            try:
                incoming = await self._read(came)
                if incoming is not None:
                    yield incoming
                    # The request for the next message means that this one is on the disk.
                await asyncio.to_thread(self._spool.remove, came)
            except LeftError as error:
                # Later files are processed.
                self._left = str(error)
                log.error("received fax not processed: its file stays in the spool",  # noqa: TRY400  # its words say all
                          extra={"call": came.call, "why": str(error)})

    async def send(self, conversation: Conversation, records: Sequence[StoredEvent]) -> None:
        """Returns when the pages have arrived, which takes some twenty seconds each."""
        number = conversation.address.value
        if not E164.fullmatch(number):
            raise UndeliverableError("Отправитель скрыл свой номер: ответить ему факсом нельзя")
        if not self._settings.abroad and (why := dear(number, self._settings.region)):
            message = f"{why}: туда факсы не отправляются"
            raise UndeliverableError(message)
        async with self._lines:
            await self._outgoing.send(conversation, records)

    def signal(self, conversation: int, signal: LiveSignal) -> None:
        """Fax has no live signals."""

    def health(self) -> Health:
        health, trouble = self._ami.health(), self._spool.trouble() or self._left
        busy = self._outgoing.busy + self._waiting.qsize()
        return Health(health.up and not trouble, trouble or f"{health.words}, факсов в работе: {busy}")

    async def trial(self) -> AsyncGenerator[CheckStep, None]:
        """hub.monitoring.ports.CheckableChannel; no fax is sent."""
        yield CheckStep("Asterisk", self._asked,
                        "запущен ли Asterisk; host, port, user и password_file канала, [okno] и permit в manager.conf",
                   START_S)
        yield CheckStep("папка факсов", self._shared)
        yield CheckStep("распознавание", self._recognises, longest_s=START_S)

    async def _asked(self) -> list[CheckFinding]:
        trial = Ami(self._door, lambda _: None)
        try:
            await trial.connect()
            module = (await trial.action("Getvar", Variable="IFMODULE(res_fax_spandsp.so)")).get("Value")
        finally:
            trial.close()
        if module != "1":
            return bad("факс: в Asterisk нет модуля res_fax_spandsp",
                       "установите asterisk-modules; load = res_fax_spandsp.so в modules.conf")
        return good(f"Asterisk {self._settings.host}:{self._settings.port}: модуль факса работает")

    async def _shared(self) -> list[CheckFinding]:
        if trouble := self._spool.trouble():
            return bad(trouble, "spool канала — папка fax в SPOOL Asterisk; общая группа и chmod 2770")
        if trouble := self._spool.exposed():
            return odd(trouble, "в факсах имена и номера паспортов: закройте папку для чужих учётных записей")
        return good("папка факсов: узел может в неё писать, чужим она закрыта")

    async def _recognises(self) -> list[CheckFinding]:
        if trouble := await self._machine.probe():
            return bad(trouble, "установите tesseract-ocr и tesseract-ocr-rus; язык задаёт language канала")
        return good("распознавание: tesseract на месте")

    async def close(self) -> None:
        # Calls continue: their results are in the folder for the next run.
        if self._connection is not None:
            self._connection.cancel()
            await asyncio.gather(self._connection, return_exceptions=True)
        self._ami.close()

    async def _read(self, came: ReceivedFax) -> Incoming | None:
        """The message of a fax; None for a call without a page, and for a stored one. Raises LeftError."""
        tiff = await asyncio.to_thread(self._spool.content, came)
        if tiff is None:
            return None
        if len(tiff) <= EMPTY_BYTES:
            log.info("call to a fax number without a page: ignored", extra={"call": came.call})
            return None
        sender = number_of(came.number, self._settings.region) or f"fax:{came.call}"
        original = await kept(self._files, "Факс.tif", tiff)
        text, attachments = await self._recognised(tiff, original)
        address = Address(NAME, sender)
        return Incoming(address, f"{came.call}:{len(tiff)}", await meant(self._intake, address, text), attachments, written=True)

    async def _recognised(self, tiff: bytes, original: Attachment) -> tuple[str, tuple[Attachment, ...]]:
        try:
            fax = await self._machine.read(tiff)
        except FaxError as error:
            return f"Факс. {error}. Сохранён исходный файл.", (original,)
        return fax.message, (await kept(self._files, "Факс.pdf", fax.pdf), original)

    async def _reconcile(self) -> None:
        """Asterisk is connected (again): find faxes received and calls ended meanwhile."""
        self._outgoing.reconcile(await self._look())
        await self._outgoing.drop_old()

    async def _look(self) -> set[str]:
        """Queue complete faxes in the folder, whose call has ended. Returns calls in progress."""
        live = {channel.uniqueid for channel in await self._ami.live()}
        self._left = ""
        for came in await asyncio.to_thread(self._spool.came):
            if came.call not in live:
                self._put_in_line(came)
        return live

    def _put_in_line(self, came: ReceivedFax) -> None:
        """Queues each fax once, however often the folder is scanned."""
        if came not in self._in_line:
            self._in_line.add(came)
            self._waiting.put_nowait(came)

    def _told(self, event: events.Event) -> None:
        match event:
            case events.ReceiveFAX(file=file):
                for name in [file] if isinstance(file, str) else file:
                    if (came := self._spool.at(name)) is not None:
                        self._put_in_line(came)
            case events.FAXStatus(operation=operation, status=status, channel=channel):
                log.info("fax transmission status", extra={"channel": channel, "operation": operation, "status": status})
            case events.Hangup(uniqueid=uniqueid, cause=cause):
                self._outgoing.ended(uniqueid, cause)
            case _:
                pass


SETTINGS = Settings


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
