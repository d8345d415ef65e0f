"""Decides about a received mail: message of a conversation, report, or unwanted."""

import asyncio
import hashlib
import logging
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

from channels.carrier_ids import CarrierIds
from channels.email import threads
from channels.email.headers import HEADERS_LIMIT, normal
from channels.email.loopback_mail import LoopbackMail
from channels.email.mime import ANSWERS, Letter
from channels.email.mime_builder import REPLIES
from channels.email.reader import Reader
from channels.email.reports import Report
from channels.email.settings import Settings
from channels.intake import taken
from channels.menu import meant
from channels.uploads import kept
from hub.conversations.address import Address, Citizen
from hub.conversations.delivery_status import Delivery, Ticket
from hub.conversations.message import MOST_COPIES, Attachment, Message
from hub.conversations.ports import Incoming, Store
from hub.intake.ports import Intake
from hub.kernel.errors import RefusedError, StoreError
from hub.kernel.ports import Files

log = logging.getLogger(__name__)

NAME = "email.mail"
LOOP_MARK = "X-Loop"
HOPS = 50
"""RFC 5321 6.3: more Received lines are a loop."""
PAGE_NAME, PAGE_TYPE = "Письмо.html", "text/html"
ORIGINAL_NAME, ORIGINAL_TYPE, ORIGINAL_LIMIT = "Исходное письмо.eml", "message/rfc822", 2 << 20
"""The letter as it came. In bytes; the files of a larger one are kept as files."""
SUBJECT_LIMIT = 300

SAME_SUBJECT, RECENT = timedelta(days=14), 5
"""How long a letter without references is matched by its subject, and with how many conversations."""

LOOP = "554 5.4.6 This mail has been here already"
AUTOMATIC = "550 5.7.1 Automatic mail is not read here"
BLOCKED = "550 5.7.1 Mail from this sender is not taken now. Please call the contact centre, or come in person"
"""The refusal in the SMTP dialogue. Fetched mail was accepted already: the hub sets it aside."""
NO_SENDER = "550 5.6.0 There is nobody to answer: no From"
_RECEIVED = re.compile(rb"^received:", re.IGNORECASE | re.MULTILINE)
_END = re.compile(rb"\r?\n\r?\n")


class MailIntake:
    def __init__(self, settings: Settings, key: bytes, intake: Intake, store: Store, files: Files, tickets: CarrierIds, loop: LoopbackMail,
                 reader: Reader, now: Callable[[], datetime]) -> None:
        self._reader, self._now = reader, now
        self._settings, self._key, self._tickets, self._loop = settings, key, tickets, loop
        self._intake, self._store, self._files = intake, store, files
        self._local, _, self._host = settings.address.lower().rpartition("@")
        self._loop_mark = re.compile(rb"^%s:[ \t]*%s[ \t]*\r?$" % (LOOP_MARK.encode(), re.escape(settings.address.encode())),
                                     re.IGNORECASE | re.MULTILINE)
        self._fetched = asyncio.Lock()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def ours(self, address: str) -> bool:
        """Whether an address is ours: the main one, or a signed one."""
        local, _, host = address.lower().rpartition("@")
        return host == self._host and (local == self._local or self._signed(address) is not None)

    def copied(self, mailboxes: Iterable[str], citizen: str) -> tuple[str, ...]:
        """hub.conversations.ports.CopyingChannel."""
        kept = {box.lower(): box for each in reversed(list(mailboxes)) if not self._is_own(box := normal(each))}
        kept.pop(citizen.lower(), None)
        return tuple(reversed(kept.values()))[:MOST_COPIES]

    def _is_own(self, address: str) -> bool:
        """Whether an address leads to us: also one signed with a former key, and the account of a mailbox."""
        local, _, host = address.lower().rpartition("@")
        own = {self._settings.address.lower(), *(mailbox.user.lower() for mailbox in self._settings.mailboxes)}
        return f"{local.partition('+')[0]}@{host}" in own

    async def take(self, raw: bytes, sender: str, recipients: Sequence[str]) -> str:
        """The SMTP line of a permanent refusal, or "" when it is on the disk; raises StoreError. `sender` is the envelope's ("": a bounce).

        A blocked sender is refused before the letter is read.
        """
        if sender and self._is_blocked(sender):
            return BLOCKED
        letter = await self._reader.read(raw, bounce=not sender, sender=sender)
        if letter.report is None and letter.sender.lower() not in {"", sender.lower()} and self._is_blocked(letter.sender):
            return BLOCKED
        return await self._sort(letter, raw, recipients)

    def _is_blocked(self, sender: str) -> bool:
        try:
            self._intake.admit(Address(NAME, sender.lower()))
        except RefusedError:
            return True
        return False

    async def take_all(self, mails: Sequence[bytes]) -> list[bool]:
        """Store fetched mails, several at once; returns which of them are done."""
        work: list[asyncio.Task[str]] = []
        async with self._fetched:  # later ones wait for these
            readings = [asyncio.create_task(self._reader.read(raw)) for raw in mails]
            for reading, raw in zip(readings, mails, strict=True):
                await asyncio.wait([reading])  # in order; unreadable ones are reported below
                work.append(asyncio.create_task(self._sort_read(reading, raw)))
        return [_done(outcome) for outcome in await asyncio.gather(*work, return_exceptions=True)]

    async def _sort_read(self, reading: asyncio.Task[Letter], raw: bytes) -> str:
        return await self._sort(await reading, raw, ())

    async def _sort(self, letter: Letter, raw: bytes, recipients: Sequence[str]) -> str:
        if self._loop.takes(letter.message_id, letter.report):
            return ""
        if letter.report is not None:
            await self._receipt(letter.report, (*recipients, *letter.to))
            return ""
        if self._looped(letter, raw):
            return LOOP
        if letter.automatic:
            return AUTOMATIC
        if not letter.sender:
            return NO_SENDER
        # Mails of one person are stored in order of arrival.
        async with self._turns.setdefault(letter.sender.lower(), asyncio.Lock()):
            incoming = await self._incoming(letter, raw, (*recipients, *letter.to))
            storing = asyncio.create_task(taken(self._intake, incoming))
        await storing
        await self._remember_thread(letter, incoming.address)
        return ""

    def _looped(self, letter: Letter, raw: bytes) -> bool:
        end = _END.search(raw, 0, HEADERS_LIMIT)
        head = raw[:end.start()] if end else raw[:HEADERS_LIMIT]
        ours = letter.sender.lower() == self._settings.address.lower() or threads.record_of(letter.message_id, self._settings.domain)
        return bool(ours or self._loop_mark.search(head) or len(_RECEIVED.findall(head)) > HOPS)

    async def _receipt(self, report: Report, recipients: Sequence[str]) -> None:
        """A report counts only at an address signed for the conversation: others can be forged."""
        if report.state is None or (ticket := await self._tickets.find(report.original)) is None:
            return
        head = await self._store.conversation(ticket.conversation)
        signed = {self._signed(address) for address in recipients}
        if head is None or (self._settings.signed and head.address.thread not in signed):
            log.warning("delivery report sent to an unsigned address: ignored", extra={"record": ticket.record})
            return
        if report.recipient.lower() not in map(str.lower, await self._copies(ticket)):
            await self._tickets.told(report.original, report.state, report.why)
        elif report.state is Delivery.FAILED:
            await self._tickets.told(report.original, report.state, f"копия для {report.recipient}: {report.why}")

    async def _incoming(self, letter: Letter, raw: bytes, recipients: Sequence[str]) -> Incoming:
        key = letter.message_id or await asyncio.to_thread(lambda: hashlib.sha256(raw).hexdigest())
        address, first = await self._address(letter, recipients, key)
        text = "" if letter.unread else _with_subject(letter) if first else await meant(self._intake, address, letter.text)
        attachments = [await kept(self._files, file.name, file.content) for file in letter.files]
        if letter.html:
            page = letter.html.encode("utf8")
            attachments.append(Attachment(await self._files.put(page), PAGE_NAME, PAGE_TYPE, len(page)))
        sender = letter.sender.lower()
        writer = "" if sender == address.value.lower() else f"{letter.name} <{sender}>".strip()
        cc = self.copied([*([sender] if writer else []), *letter.addressees], address.value)
        return Incoming(address, key, text, tuple(attachments), Citizen(name=letter.name), folded=letter.folded, written=True,
                        note=letter.unread, original=await self._original(letter, raw), subject=_own_subject(letter.subject),
                        cc=cc, writer=writer)

    async def _original(self, letter: Letter, raw: bytes) -> Attachment | None:
        if letter.exact or letter.unread or len(raw) > ORIGINAL_LIMIT:
            return None
        return Attachment(await self._files.put(raw), ORIGINAL_NAME, ORIGINAL_TYPE, len(raw))

    async def _address(self, letter: Letter, recipients: Sequence[str], key: str) -> tuple[Address, bool]:
        """The citizen's conversation, and whether the mail begins it. A redelivered mail always gets the same one."""
        sender, answered = letter.sender.lower(), await self._answered(letter)
        signed = next((thread for each in recipients if (thread := self._signed(each)) is not None), None)
        if answered and signed in {None, answered.thread}:
            return answered, False
        if signed is not None:
            return Address(NAME, sender, signed), False
        if not letter.references and (known := await self._by_thread(letter) or await self._by_subject(letter, sender)) is not None:
            return known, False
        # The first mail of the citizen names the conversation; answers to it do, too.
        root = letter.references[-1] if letter.references else key
        return Address(NAME, sender, hashlib.sha256(root.encode()).hexdigest()[:16]), not letter.references

    async def _answered(self, letter: Letter) -> Address | None:
        """The conversation of our newest mail that its own recipient answers, or who got a copy of it."""
        for reference in letter.references:
            if threads.record_of(reference, self._settings.domain) is None or (ticket := await self._tickets.find(reference)) is None:
                continue
            head = await self._store.conversation(ticket.conversation)
            sender = letter.sender.lower()
            if head and (head.address.value.lower() == sender or sender in map(str.lower, await self._copies(ticket))):
                return head.address
        return None

    async def _copies(self, ticket: Ticket) -> tuple[str, ...]:
        """Who got a copy of a letter of ours."""
        records = await self._store.records(ticket.conversation, upto=ticket.record, limit=1)
        return next((record.entry.cc for record in records if record.id == ticket.record and isinstance(record.entry, Message)), ())

    async def _remember_thread(self, letter: Letter, address: Address) -> None:
        """Until the ticket expires, answers of the same sender in Outlook's thread belong to this conversation."""
        thread, _ = threads.outlook_thread(letter.thread_index)
        if thread and (head := await self._intake.find(address)) is not None:
            await self._store.put(Ticket(f"{NAME}:{_thread_of(letter, thread)}", head.id, head.last, self._now()))

    async def _by_thread(self, letter: Letter) -> Address | None:
        thread, answers = threads.outlook_thread(letter.thread_index)
        ticket = await self._tickets.find(_thread_of(letter, thread)) if thread and answers else None
        head = await self._store.conversation(ticket.conversation) if ticket and ticket.at > self._now() - SAME_SUBJECT else None
        return head.address if head else None

    async def _by_subject(self, letter: Letter, sender: str) -> Address | None:
        """The citizen's recent conversation under the subject that a letter without references answers."""
        subject = _topic(letter.subject)
        if not subject or not ANSWERS.match(letter.subject):
            return None
        for head in await self._store.with_addresses([Address(NAME, sender)], limit=RECENT):
            records = await self._intake.transcript(head.id, 0)
            said = next((record.entry.text for record in records if isinstance(record.entry, Message)), "")
            if _topic(said.partition("\n")[0]) == subject and records[-1].entry.at > self._now() - SAME_SUBJECT:
                return head.address
        return None

    def _signed(self, address: str) -> str | None:
        local, _, host = address.lower().rpartition("@")
        name, plus, _ = local.partition("+")
        return threads.thread_of(self._key, address) if plus and name == self._local and host == self._host else None


def _thread_of(letter: Letter, thread: str) -> str:
    """The key of a thread of one sender: another one who knows its index gets nowhere."""
    return "thread-" + hashlib.sha256(f"{letter.sender.lower()} {thread}".encode()).hexdigest()[:32]


def _own_subject(subject: str) -> str:
    return REPLIES.sub("", " ".join(subject.split())[:SUBJECT_LIMIT], count=1)


def _topic(subject: str) -> str:
    return _own_subject(subject).lower()


def _with_subject(letter: Letter) -> str:
    """The subject becomes the first line of a new conversation: some citizens write only a subject."""
    subject = " ".join(letter.subject.split())[:SUBJECT_LIMIT]
    if not subject or letter.text.split("\n", 1)[0].strip() == subject:
        return letter.text
    return f"{subject}\n\n{letter.text}" if letter.text else subject


def _done(outcome: str | BaseException) -> bool:
    """Whether a mail is done; unwanted mail stays in the mailbox and is not fetched again."""
    if isinstance(outcome, str):
        if outcome:
            log.info("fetched mail refused: left in the mailbox", extra={"why": outcome})
        return True
    if isinstance(outcome, StoreError):
        log.warning("store unavailable: incoming mail is retried", extra={"why": str(outcome)})
    else:
        log.error("unexpected error with a fetched mail: retried", exc_info=outcome)
    return False
