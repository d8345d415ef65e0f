"""Visits and letters on paper: an operator registers the contact, and marks when an answer on paper was sent (CH-18, decision 0130).

Refusals are those of actions/conversation_actions.py, and: no line, not a reply on paper.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, tzinfo
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from hub.access.operator import Operator
from hub.actions.attachments import OutboundAttachments
from hub.actions.conversation_actions import Actions
from hub.conversations.address import Address, Citizen
from hub.conversations.callback_promise import promise
from hub.conversations.conversation import Conversation, InQueue, WithBot, WithOperator, hand_over
from hub.conversations.delivery_status import Delivery
from hub.conversations.journal import Carried, ConversationEvent, HandedOver, PromiseEnd, PromiseEnded, PromiseGiven
from hub.conversations.message import Author, Message
from hub.conversations.opener import Opener
from hub.conversations.ports import Incoming, Store, Stored
from hub.conversations.promise_creation import CONTACT, LETTER
from hub.conversations.sequencer import ConversationSequencer, LiveConversation, to_be_sent
from hub.kernel.errors import RefusedError
from hub.kernel.printable import Facts, Heading, PrintableDocument, PrintablePart, Text
from hub.organisation.queue import Lines

POST = "post"
"""The family of letters."""
REGISTERED = "registered"
"""Reason of the hand-overs of a contact that an operator registered."""


class SentBy(StrEnum):
    """How an answer on paper went."""

    POST = "post"
    BY_HAND = "by_hand"
    EMAIL = "email"
    OTHER = "other"


SENT = {SentBy.POST: "почтой", SentBy.BY_HAND: "выдано на руки", SentBy.EMAIL: "по электронной почте", SentBy.OTHER: "другим путём"}


class Contact(Struct, frozen=True):
    """What an operator types of a visit or a letter; `key` is unique to it: a repeated one registers nothing.

    `family` is that of the channel, `arrived` when the citizen came or the letter was delivered, `own_number` the letter's.
    """

    key: str
    family: str
    text: str
    arrived: datetime
    citizen: Citizen = Citizen()
    number: str = ""
    """In E.164 form."""
    mailbox: str = ""
    postal: str = ""
    own_number: str = ""


class ContactRegistration:
    def __init__(self, sequencer: ConversationSequencer, store: Store, opener: Opener, actions: Actions, attachments: OutboundAttachments,
                 lines: Lines, take: Callable[[Incoming], Awaitable[Stored]], zone: tzinfo) -> None:
        """`take` hands a message to the intake, and waits until it is stored; `zone` is the centre's own."""
        self._sequencer, self._store, self._opener, self._actions = sequencer, store, opener, actions
        self._attachments, self._lines, self._take, self._zone = attachments, lines, take, zone

    async def register(self, who: Operator, contact: Contact, queue: str = "") -> int:
        """The conversation: it waits in `queue`, or goes on with the operator. Idempotent by the key."""
        contact = replace(contact, arrived=min(contact.arrived, self._sequencer.now()))
        self._check(who, queue)
        address = _address(contact, f"{who.login}/{contact.key}")
        live = await self._opener.find_or_open(address, contact.citizen, began=contact.arrived)
        if isinstance(live.head.holder, WithBot):
            await self._begin(who, live, contact, queue)
        await self._take(Incoming(address, contact.key, contact.text, citizen=contact.citizen, written=True))
        return live.head.id

    async def enclose(self, who: Operator, conversation: int, key: str, files: Sequence[str]) -> None:
        """Add scans, which were uploaded to the conversation, to what the citizen brought. Idempotent by the key."""
        live, _ = await self._actions.mine(who, conversation)
        if not self._sequencer.traits.of(live.head.address).registered:
            raise RefusedError("not_registered", "Это обращение регистрировали не вручную.")
        enclosed = await self._attachments.named(conversation, "", files, internal=True)
        await self._take(Incoming(live.head.address, f"{who.login}/{key}", "", enclosed, written=True))

    async def reply(self, who: Operator, conversation: int, record: int) -> tuple[Conversation, Message]:
        """A reply that goes on paper, to be printed; the read is audited."""
        live = await self._actions.read(who, conversation, "printed", str(record))
        return live.head, await self._on_paper(live, record)

    async def sent(self, who: Operator, conversation: int, record: int, way: SentBy, note: str = "") -> None:
        """The operator has sent a reply: what was owed is answered."""
        live, _ = await self._actions.mine(who, conversation)
        await self._on_paper(live, record)
        now, owed = self._sequencer.now(), live.head.promise
        words = f"{SENT[way]}{f', {note}' if note else ''} ({who.name})"
        entries: list[ConversationEvent] = [Carried(now, record, Delivery.SENT, words)]
        if owed is not None:
            entries.append(PromiseEnded(now, owed.due, PromiseEnd.KEPT, who.login))
        await self._sequencer.committed_step(
            live, entries, head=replace(live.head, promise=None) if owed else None,
            audit_entries=(self._actions.audit_entry(who, "sent_on_paper", live, f"{record} {way}"),))

    def _check(self, who: Operator, queue: str) -> None:
        """The line exists, and is of the operator's centre; who goes on with it themselves has the line's certificate."""
        authorization, line = self._actions.authorization, queue or next(iter(who.queues), "")
        if line not in self._lines or self._lines[line].successor:
            raise RefusedError("no_such_queue", "Такой очереди нет, или она закрыта.")
        if not (authorization.covers(who, line) and authorization.knows(who, line)):
            raise RefusedError("other_centre", "Это линия другого центра.")
        if not queue and (lacks := authorization.uncertified(who, line)) is not None:
            raise RefusedError(lacks.code, lacks.text)

    async def _begin(self, who: Operator, live: LiveConversation, contact: Contact, queue: str) -> None:
        """The contact waits since it came, where that was today: days that are over are not counted anew.

        A letter is owed an answer from its arrival, and so is a visit of an earlier day, whose visitor is gone.
        """
        now, line = self._sequencer.now(), queue or next(iter(who.queues), "")
        today = contact.arrived.astimezone(self._zone).date() == now.astimezone(self._zone).date()
        letter = self._sequencer.traits.of(live.head.address).letters
        waiting = InQueue(line, contact.arrived if today else now)
        note = Message(Author.SYSTEM, _details(contact, self._zone), now, by=who.login, internal=True)
        entries: list[ConversationEvent] = [note, HandedOver(now, waiting, REGISTERED, who.login)]
        head = hand_over(live.head, waiting)
        if letter or not today:
            owed = promise(contact.arrived, head.address, LETTER if letter else CONTACT)
            head = replace(head, promise=owed)
            entries.append(PromiseGiven(now, owed.due, owed.why, ""))
        if not queue:
            holder = WithOperator(who.login, now, line, waiting.since)
            head = hand_over(head, holder)
            entries.append(HandedOver(now, holder, REGISTERED, who.login))
        await self._sequencer.committed_step(live, entries, head=head,
                                             audit_entries=(self._actions.audit_entry(who, "contact_register", live, contact.family),))

    async def _on_paper(self, live: LiveConversation, record: int) -> Message:
        """A message to the citizen that a person sends. Raises RefusedError("no_such_message")."""
        page = await self._store.records(live.head.id, upto=record, limit=1)
        found = page[0].entry if page and page[0].id == record else None
        by_hand = self._sequencer.traits.of(live.head.address).by_hand
        if not (by_hand and isinstance(found, Message) and to_be_sent(found) and not found.veiled):
            raise RefusedError("no_such_message", "Это не ответ на бумажное письмо.")
        return found


def _address(contact: Contact, own: str) -> Address:
    """Letters and visits are subjects of their own; a person is known by the envelope, or by the number that they give."""
    value = contact.number
    if contact.family == POST:
        value = ", ".join(filter(None, (contact.citizen.name, contact.postal))) if contact.postal else contact.number or contact.mailbox
    return Address(contact.family, " ".join(value.split()) or own, own)


def _details(contact: Contact, zone: tzinfo) -> str:
    """The facts for operators besides the text; erased with the conversation."""
    came = f"{contact.arrived.astimezone(zone):%d.%m.%Y %H:%M}"
    lines = (
        f"{'Бумажное письмо, поступило' if contact.family == POST else 'Личный приём'} {came}",
        f"Номер письма: {contact.own_number}" if contact.own_number else "",
        f"Телефон: {contact.number}" if contact.number else "",
        f"Электронная почта: {contact.mailbox}" if contact.mailbox else "",
        f"Почтовый адрес: {contact.postal}" if contact.postal else "",
    )
    return "\n".join(filter(None, lines))


def paper_of(head: Conversation, reply: Message, centre: str, zone: tzinfo) -> PrintableDocument:
    """A reply on paper: to whom, the text, and who answers. Files are listed as enclosures."""
    facts = [("Кому", head.address.value if head.citizen.name and head.citizen.name in head.address.value else head.citizen.name),
             ("Обращение", f"{head.number} от {head.opened.astimezone(zone):%d.%m.%Y}")]
    parts: list[PrintablePart] = [Facts(tuple((name, value) for name, value in facts if value))]
    parts += [Text(line) for line in reply.text.splitlines() if line.strip()]
    if reply.attachments:
        parts += [Heading("Приложения"), Text(", ".join(each.name for each in reply.attachments))]
    parts.append(Text(f"{reply.name} ____________________".strip()))
    return PrintableDocument("Ответ на обращение", reply.at.astimezone(zone).date(), tuple(parts), f"{centre} · № {head.number}", centre)
