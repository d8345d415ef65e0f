"""SMS over SMPP 3.4 with any number of SMSCs: those of a route replace each other when one is unavailable.

deliver_sm_resp follows after the message, or its part, was stored. A submitted message without a response is submitted again with the
hub's own reference: delivery at least once.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from functools import partial
from zlib import crc32

from aiohttp import web

from channels.menu import written
from channels.sms import DRIVERS
from channels.sms import settings as read_settings
from channels.sms.alphabets import plain
from channels.sms.file_links import FileLinks
from channels.sms.inbox import Inbox
from channels.sms.numbers import Dialled, dialled
from channels.sms.parts import MOST_PARTS, Part, cut, measure
from channels.sms.pdu import Submit, submit_body
from channels.sms.routes import Path, Routes
from channels.sms.session import LinkLostError, RejectedError, Session
from channels.sms.settings import Settings
from channels.sms.smsc import Smsc
from channels.sms.smsc_ids import SmscIds
from hub.conversations.conversation import Conversation
from hub.conversations.journal import StoredEvent
from hub.conversations.live_signals import LiveSignal
from hub.conversations.ports import Incoming, ReplySize, Store
from hub.intake.ports import Intake
from hub.kernel.errors import UnavailableError, UndeliverableError
from hub.kernel.health import Health
from hub.kernel.ports import Files
from hub.monitoring.channel_check import CheckStep

NAME = "sms.smpp"
TRAITS = DRIVERS["smpp"]
# SMPP 3.4 §5.1.3: permanent errors of the message. 0x65 and 0x66: the receiver refuses permanently.
FINAL = frozenset({0x01, 0x0A, 0x0B, 0x43, 0x48, 0x49, 0x50, 0x51, 0x65, 0x66, 0xC0, 0xC1, 0xC2, 0xC3, 0xC4})


class Smpp:
    """CarryingChannel and MeasuringChannel of hub.conversations.ports, hub.monitoring.ports.CheckableChannel."""

    name = NAME

    def __init__(self, settings: Settings, intake: Intake, store: Store, files: Files, *, limited: bool) -> None:
        self._settings = settings
        self._links = FileLinks(settings.file_links, intake, store, files, limited=limited)
        self._tickets = SmscIds(NAME, [each.name for each in settings.smscs], intake, store)
        self._inbox = Inbox(NAME, settings, intake, store, files, self._tickets)
        self._smscs = {each.name: Smsc(each, partial(self._inbox.take, each.name)) for each in settings.smscs}
        self._routes = Routes(settings.routes, self._smscs)

    def routes(self) -> list[web.AbstractRouteDef]:
        return self._links.routes()

    async def receive(self) -> AsyncGenerator[Incoming, None]:
        """Yields only incomplete long messages; all others are handed in directly."""
        await self._inbox.load()
        bound = asyncio.gather(*(smsc.keep_bound() for smsc in self._smscs.values()))
        try:
            while True:
                async for incoming in self._inbox.overdue():
                    yield incoming
                await self._inbox.wait(bound)
        finally:
            bound.cancel()
            await asyncio.gather(bound, return_exceptions=True)
            await self._inbox.leave()

    async def send(self, conversation: Conversation, records: Sequence[StoredEvent]) -> None:
        number = conversation.address.value
        destination, text = dialled(number), self._text(written(records, await self._links.lines(records)))
        if not text:
            message = "В сообщении нет ничего, что можно отправить по SMS."
            raise UndeliverableError(message)
        if (count := measure(text, self._settings.joining).parts) > MOST_PARTS:
            message = f"Текст слишком длинный для SMS: частей {count}, а можно {MOST_PARTS}."
            raise UndeliverableError(message)
        parts = cut(text, self._settings.joining, records[0].id)
        with self._tickets.sending():
            smsc, ids = await self._carry(self._routes.to(number), parts, destination, records[0].id)
            await self._tickets.put(smsc, ids, records)

    def measure(self, text: str, files: int) -> ReplySize:
        return measure(self._text(self._links.with_samples(text, files)), self._settings.joining)

    def signal(self, conversation: int, signal: LiveSignal) -> None:
        """SMS has no live signals."""

    def health(self) -> Health:
        each = [smsc.health() for smsc in self._smscs.values()]
        return Health(any(health.up for health in each), "; ".join(health.words for health in each))

    async def trial(self) -> AsyncGenerator[CheckStep, None]:
        """hub.monitoring.ports.CheckableChannel."""
        for smsc in self._smscs.values():
            async for step in smsc.trial():
                yield step

    async def close(self) -> None:
        await self._inbox.close()

    def _text(self, text: str) -> str:
        return plain(text) if self._settings.plain else text

    async def _carry(self, path: Path, parts: Sequence[Part], destination: Dialled, record: int) -> tuple[str, list[str]]:
        """The first SMSC that accepted all parts, and its ids of them."""
        trouble: list[str] = []
        for smsc in path.smscs:
            if (session := smsc.sending) is None:
                trouble.append(smsc.health().words)
                continue
            try:
                bodies = [_body(smsc, part, destination, record, n) for n, part in enumerate(parts)]
                return smsc.name, await self._submit(path, session, bodies)
            except RejectedError as error:
                if error.status in FINAL | smsc.final_errors:
                    message = f"Сообщение не принято: {error}."
                    raise UndeliverableError(message) from error
                trouble.append(f"{smsc.name}: {error}")
            except LinkLostError as error:
                trouble.append(f"{smsc.name}: {error}")
        raise UnavailableError("; ".join(trouble))

    async def _submit(self, path: Path, session: Session, bodies: Sequence[bytes]) -> list[str]:
        """All parts in the window at once; the first error is raised when each has its outcome."""
        under_way: list[asyncio.Task[str]] = []
        try:
            for body in bodies:
                await path.pace.turn()
                under_way.append(asyncio.create_task(session.submit(body)))
            await asyncio.gather(*under_way, return_exceptions=True)
        finally:
            for each in under_way:
                each.cancel()
        return [each.result() for each in under_way]


def _body(smsc: Smsc, part: Part, destination: Dialled, record: int, n: int) -> bytes:
    # Our reference, the same at every submission of the part: never 0, which many treat as none.
    reference = crc32(f"{record}/{n}".encode()) % 0xFFFF + 1
    return submit_body(Submit(*smsc.source, *destination, part.esm_class, part.data_coding, part.content, reference, part.sar))


SETTINGS = read_settings.read


def connect(settings: dict[str, object], intake: Intake, store: Store, files: Files, *, limited: bool) -> Smpp:
    """The driver; raises msgspec.ValidationError that names a bad setting."""
    return Smpp(read_settings.read(settings), intake, store, files, limited=limited)  # the rate of a route is agreed with its carrier
