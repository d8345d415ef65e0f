"""E-mail driver: receives by SMTP on our own server, by IMAP, or both, and sends through a relay."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec

from channels.carrier_ids import CarrierIds
from channels.email import DRIVERS
from channels.email.accounts import TIMEOUT_S
from channels.email.auto_reply_limit import AutoReplyLimit
from channels.email.composer import LetterComposer
from channels.email.imap import Watch
from channels.email.loopback_mail import LONGEST_S, SUBJECT, LoopbackMail
from channels.email.mail_intake import NAME, MailIntake
from channels.email.reader import Reader
from channels.email.sender import MailSender
from channels.email.settings import Settings
from channels.email.smtp import SmtpServer
from channels.email.threads import message_id
from channels.secret import secret
from channels.tls import Certificate
from hub.conversations.conversation import Conversation
from hub.conversations.journal import StoredEvent
from hub.conversations.live_signals import LiveSignal
from hub.conversations.message import Author, Message
from hub.conversations.ports import Incoming, OutboundLetter, Store
from hub.intake.ports import Intake
from hub.kernel.errors import UndeliverableError
from hub.kernel.health import Health
from hub.kernel.ports import Files
from hub.monitoring.channel_check import CheckFinding, CheckStep, bad, good, odd

NOTHING: tuple[Incoming, ...] = ()
KEPT, SWEEP_S = timedelta(days=14), 24 * 3600.0
"""How long a letter is matched with its messages, for reports and answers; later only by the signed address."""
NOBODY = "В письме не удалось прочесть, кто его написал: отвечать некому."
TOO_OFTEN = "На этот адрес уже ушло слишком много автоматических писем: похоже на переписку двух автоответчиков."
AUTOMATIC = {Author.BOT, Author.SYSTEM}

TRAITS = DRIVERS["mail"]


class Mail:
    """CarryingChannel and others of hub.conversations.ports, hub.monitoring.ports.CheckableChannel."""

    name = NAME

    def __init__(
        self, settings: Settings, intake: Intake, store: Store, files: Files, now: Callable[[], datetime], *, limited: bool,
    ) -> None:
        """Raises msgspec.ValidationError that names a wrong setting or file."""
        key = secret(settings.key_file).encode()
        self._settings = settings
        self._tickets = CarrierIds(NAME, intake, store, KEPT)
        self._loop, self._receiving = LoopbackMail(settings, key), False
        self._reader = Reader()
        sorting = self._sorting = MailIntake(settings, key, intake, store, files, self._tickets, self._loop, self._reader, now)
        self.door = SmtpServer(settings.listen, settings.domain, sorting.ours, sorting.take) if settings.listen else None
        self._watches = [Watch(mailbox, sorting.take_all, store) for mailbox in settings.mailboxes]
        self._writing, self._outgoing = LetterComposer(settings, key, intake, files), MailSender(settings.relay, settings.domain)
        self._reply_limit = AutoReplyLimit(settings.robot_per_hour, settings.robot_per_day, now) if limited else None

    async def receive(self) -> AsyncGenerator[Incoming, None]:
        """Yields nothing: each mail is handed to `taken()` where it is read, since many arrive at once."""
        self._receiving = True
        try:
            if self.door is not None:
                await self.door.open()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._sweep())
                for watch in self._watches:
                    group.create_task(watch.run())
        finally:
            self._receiving = False
            if self.door is not None:
                self.door.close()
        for nothing in NOTHING:
            yield nothing

    async def _sweep(self) -> None:
        while True:
            await self._tickets.drop_old()
            await asyncio.sleep(SWEEP_S)

    async def send(self, conversation: Conversation, records: Sequence[StoredEvent]) -> None:
        if "@" not in conversation.address.value:
            raise UndeliverableError(NOBODY)
        automatic = all(isinstance(record.entry, Message) and record.entry.author in AUTOMATIC for record in records)
        if automatic and self._reply_limit and not self._reply_limit.release(conversation.address.value, records[0].id):
            raise UndeliverableError(TOO_OFTEN)
        letter = await self._writing.letter(conversation, records)
        await self._tickets.put(message_id(records[0].id, self._settings.domain), records)
        # The hub's own letters have consequences, as a referral or a number: request a delivery report.
        asks = any(isinstance(record.entry, Message) and record.entry.author is Author.SYSTEM for record in records)
        await self._outgoing.send(letter.sender, letter.recipients, letter.content, asks=asks)

    async def post(self, letter: OutboundLetter) -> None:
        """A letter to another body, from the citizens' address: its answer comes in like any letter."""
        written = await self._writing.post(letter)
        await self._outgoing.send(written.sender, written.recipients, written.content)

    def copied(self, mailboxes: Iterable[str], citizen: str) -> tuple[str, ...]:
        return self._sorting.copied(mailboxes, citizen)

    def signal(self, conversation: int, signal: LiveSignal) -> None:
        """Letters have no live signals."""

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """channels.tls.Certified."""
        return (self.door.certificate,) if self.door and self.door.certificate else ()

    def health(self) -> Health:
        up = not self._outgoing.why and all(watch.connected for watch in self._watches) and (self.door is None or self.door.is_good)
        door = [self.door.words] if self.door else []
        return Health(up, "; ".join([*door, *(watch.words for watch in self._watches), self._outgoing.words]))

    async def trial(self) -> AsyncGenerator[CheckStep, None]:
        """hub.monitoring.ports.CheckableChannel: sign-in at relay and mailboxes, and a letter to ourselves."""
        yield CheckStep("сервер отправки", self._sends,
                        "проверьте relay канала: host, port, tls, user, password_file; разрешён ли адрес узла")
        for watch in self._watches:
            yield CheckStep(f"ящик {watch.account.mailbox.words}", partial(self._brings, watch),
                       "проверьте mailboxes канала: host, port, tls, user, password_file или oauth, folder", TIMEOUT_S)
        if self.door is not None and self._receiving:
            yield CheckStep("приём SMTP", self._opens)
        yield CheckStep("письмо самому себе", self._goes_around,
                   "проверьте, куда MX домена и ящик address ведут почту, не задерживают ли её фильтры; письмо можно найти по теме "
                   f"«{SUBJECT}»", LONGEST_S * 2)

    async def _sends(self) -> list[CheckFinding]:
        await self._outgoing.probe()
        return good(self._outgoing.words)

    async def _brings(self, watch: Watch) -> list[CheckFinding]:
        return good(await asyncio.to_thread(watch.account.probe))

    async def _opens(self) -> list[CheckFinding]:
        assert self.door is not None  # noqa: S101 - asked above
        words = self.door.words
        return good(words) if self.door.is_good else bad(words, "освободите порт listen.port, обновите listen.certificate")

    async def _goes_around(self) -> list[CheckFinding]:
        if not self._receiving:
            return odd("письмо самому себе не отправлялось: его примет только работающий узел",
                       "запустите узел и проверьте канал на странице «Каналы»")
        if not (self.door and self.door.is_open) and not any(watch.connected for watch in self._watches):
            return bad("письмо самому себе не отправлялось: почту сейчас никто не принимает", "исправьте сказанное выше")
        return good(f"письмо самому себе вернулось за {await self._loop.around(self._outgoing):.1f} с")

    async def close(self) -> None:
        await self._outgoing.close()
        await self._reader.close()


SETTINGS = Settings


def connect(settings: dict[str, object], intake: Intake, store: Store, files: Files, *, limited: bool) -> Mail:
    """The driver; raises msgspec.ValidationError that names a bad setting."""
    return Mail(msgspec.convert(settings, Settings), intake, store, files, lambda: datetime.now(UTC), limited=limited)
