"""Opening of a promise: the text for the citizen, the journal entry, and the head after it (SL-05). Pure.

A letter, an SMS or a form that waits for an operator has a term without a promise: 24 hours from its arrival (RQ-07, GV-17).
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from hub.conversations import danger
from hub.conversations.address import Address, e164
from hub.conversations.callback_promise import DAY, CallbackPromise, promise
from hub.conversations.channel_traits import ChannelTraits, TraitRegistry
from hub.conversations.conversation import (
    Closed,
    Conversation,
    InQueue,
    Promised,
    SetAside,
    WithOperator,
    WithRemoteCentre,
    hand_over,
    waiting_since,
)
from hub.conversations.journal import ConversationEvent, HandedOver, PromiseEnd, PromiseEnded, PromiseGiven
from hub.conversations.message import CITIZEN, Author, Message
from hub.kernel.ids import made_at

LETTER, CONTACT = "Письмо ждёт ответа", "Обращение ждёт ответа"
"""Why the answer to a letter, or to another contact whose citizen is not connected, is owed."""

HERE = "Ответ придёт сюда же, в этот разговор. Если лучше позвонить, напишите номер телефона."
ASKED = "Оператор попросит назвать номер обращения {number}: так он узнает, что говорит с вами."
UNPROVEN = ("Номер {phone} назвал собеседник, владелец не подтверждён. Позвонив, сначала попросите назвать номер обращения. "
            "Пока он не назван верно, не говорите, кто и о чём писал. Персональные данные, ход дела и коды по этому номеру "
            "не сообщайте: для них нужно подтверждение личности.")
"""For operators, before they call a number that its holder has not proven (decision 0121)."""
MEANWHILE = "Пока можно спрашивать робота; чтобы вернуться в очередь, напишите «оператор»."


def promise_message(head: Conversation, owed: CallbackPromise, traits: TraitRegistry) -> Message:
    """The text for the citizen."""
    if head.danger is not None:
        return Message(Author.SYSTEM, danger.OWED, owed.given)
    how = _how(head, owed, traits)
    deed = "перезвоним" if traits.of(head.address).spoken else "ответим"
    return Message(Author.SYSTEM, f"Мы {deed} вам в течение суток. Номер обращения: {head.number}.{f' {how}' if how else ''}", owed.given)


def _how(head: Conversation, owed: CallbackPromise, traits: TraitRegistry) -> str:
    """How the answer will reach the citizen, and what they can do until then."""
    here, there = (traits.of(address) for address in (head.address, owed.address))
    if there.spoken and not here.spoken:
        words = f"Позвоним на {owed.address.value}. {ASKED.format(number=head.number)}"
        return f"{words} {MEANWHILE}" if here.chats else words
    return f"{HERE} {MEANWHILE}" if here.chats else ""


def to_be_called(head: Conversation, owed: CallbackPromise, words: str, now: datetime,
                 traits: TraitRegistry) -> tuple[tuple[Message, ...], Conversation] | None:
    """The citizen who is promised an answer wrote a telephone number: the answer comes by a call. None for other words."""
    number = e164(words) if traits.of(head.address).chats else ""
    if not number:
        return None
    owed = replace(owed, address=Address("voice", number))
    return (*unproven(head, owed, now), Message(Author.SYSTEM, _how(head, owed, traits), now)), replace(head, promise=owed)


def unproven(head: Conversation, owed: CallbackPromise, now: datetime) -> tuple[Message, ...]:
    """The note for operators where the answer goes to an address that the citizen only named."""
    if owed.address == head.address or owed.address.value == head.address.value:
        return ()
    return (Message(Author.SYSTEM, UNPROVEN.format(phone=owed.address.value), now, internal=True),)


def open_promise(head: Conversation, owed: CallbackPromise, queue: str, now: datetime,
                 how: str = "promised") -> tuple[tuple[ConversationEvent, ...], Conversation]:
    """The hub owes the answer, and it waits in `queue`; `how` is the reason of the hand-over."""
    after = Promised(queue, now)
    entries = PromiseGiven(now, owed.due, owed.why, owed.by), HandedOver(now, after, how)
    return entries, hand_over(replace(head, promise=owed), after)


def open_call_promise(head: Conversation, owed: CallbackPromise, queue: str, now: datetime,
                      how: str) -> tuple[tuple[ConversationEvent, ...], Conversation]:
    """A call is owed to a citizen who disconnected. The holder keeps the conversation; a closed one goes to the promises of `queue`."""
    if not isinstance(head.holder, Closed):
        return (PromiseGiven(now, owed.due, owed.why, owed.by),), replace(head, promise=owed)
    opened = InQueue(queue, now)
    entries, after = open_promise(hand_over(head, opened), owed, queue, now, how)
    return (HandedOver(now, opened, how), *entries), after


def is_term(owed: CallbackPromise) -> bool:
    """Whether it is the term of a contact, without a promise."""
    return owed.why in {LETTER, CONTACT} and not owed.by


def term_of(head: Conversation) -> datetime | None:
    """When the answer is due: the owed one's deadline, else a day from the beginning of the wait. None where nobody waits (GV-17)."""
    match head.holder:
        case _ if head.promise is not None:
            return head.promise.due
        case InQueue() | WithOperator() as holder:
            return waiting_since(holder) + DAY
        case WithRemoteCentre(waiting_since=since) | SetAside(since=since):
            return since + DAY
        case _:
            return None


def with_term(
    before: Conversation, entries: Sequence[ConversationEvent], head: Conversation | None, settled: Sequence[int] = (), *,
    traits: ChannelTraits,
) -> tuple[Sequence[ConversationEvent], Conversation | None]:
    """Adds the effect on a contact's term to a step: it begins when the contact waits for an operator, and an operator's answer ends it.

    `settled` are the records that the step reacts to: the contact came with them. What goes by hand is answered when it is marked as
    sent (hub/intake/contact_registration.py).
    """
    after = head or before
    if (owed := after.promise) is not None:
        said = next((each for each in entries if isinstance(each, Message) and each.author is Author.OPERATOR and not each.internal), None)
        if said is None or not is_term(owed) or traits.by_hand:
            return entries, head
        return (*entries, PromiseEnded(said.at, owed.due, PromiseEnd.KEPT, said.by)), replace(after, promise=None)
    if not ((traits.letters or traits.later) and any(_waits(each, after, letter=traits.letters) for each in entries)):
        return entries, head
    now = entries[0].at
    aside = before.holder.since if isinstance(before.holder, SetAside) else now
    came = min(now, aside, *(made_at(record) for record in settled))
    owed = promise(came, after.address, LETTER if traits.letters else CONTACT)
    return (*entries, PromiseGiven(now, owed.due, owed.why, "")), replace(after, promise=owed)


def _waits(entry: ConversationEvent, after: Conversation, *, letter: bool) -> bool:
    """Whether the citizen waits for an operator from this moment on; the next words in a talk are a contact only in letters."""
    match entry:
        case HandedOver(holder=InQueue()):
            return isinstance(after.holder, InQueue)
        case Message(author=author):
            return author is CITIZEN and isinstance(after.holder, InQueue | WithOperator if letter else InQueue)
        case _:
            return False

