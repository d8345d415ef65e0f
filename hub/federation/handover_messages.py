"""Messages between centres on different deployments about a conversation that one handed to the other. Pure.

handed ──► taken ──► ended         said: a message, in either direction
│ ╲       │        ▲            kept: the promised answer was given there
│  ╲──────┴──► returned         wanted ──► stays, or returned: the sender wants it back
▼
withdrawn                          (not taken in time: the sender answers, and informs the receiver)
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from hub.conversations.address import REMOTE, Address, Citizen, call_from, masked
from hub.conversations.attachments import media_type
from hub.conversations.callback_promise import CallbackPromise, promise
from hub.conversations.channel_traits import TraitRegistry
from hub.conversations.conversation import Closed, Conversation, InQueue, Promised, WithRemoteCentre, hand_over
from hub.conversations.journal import ConversationEvent, HandedOver, PromiseEnd, PromiseEnded, StoredEvent
from hub.conversations.message import Attachment, Author, Message
from hub.conversations.promise_creation import open_promise, promise_message
from hub.conversations.transfer_route import RELIEF, TransferHop
from hub.federation.envelope import Envelope
from hub.kernel.trace_context import traceparent
from hub.organisation.level import Level
from hub.organisation.territory import Place

VERSION = 1
"""Version of all messages of this file."""
LONGEST, CUT = 30_000, "… (целиком — в центре, откуда обращение)"
"""Most characters of a message, and of a journal, that are sent: an envelope has 256 KiB."""
HERE, THERE = {Author.CITIZEN: "Заявитель", Author.BOT: "Робот", Author.OPERATOR: "Оператор", Author.SYSTEM: "Система"}, "Заметка"


class Enclosed(Struct, frozen=True):
    """A file that follows its message (file_transfer.py): its announced size and digest are verified."""

    file: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
    name: Annotated[str, Meta(min_length=1, max_length=1000)]
    type: Annotated[str, Meta(max_length=200)]
    size: Annotated[int, Meta(ge=0)]


class Spoken(Struct, frozen=True, omit_defaults=True):
    """A message as it is sent."""

    author: Author
    text: str
    at: datetime
    name: str = ""
    choices: tuple[str, ...] = ()
    internal: bool = False
    files: tuple[str, ...] = ()
    """Names of files that are not sent."""
    enclosed: tuple[Enclosed, ...] = ()

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        return tuple(Attachment(each.file, each.name, media_type(each.type), each.size) for each in self.enclosed)


class Owed(Struct, frozen=True):
    """The promise of the conversation: identified at both ends by the time it was given."""

    given: datetime
    due: datetime
    why: str


class HandedCall(Struct, frozen=True):
    """A call at a centre on another deployment: what its trunk tells there."""

    centre: str
    origin: str
    """By which the other centre finds the conversation (`Address.origin`)."""
    caller: str
    """The caller's number, "" where it is withheld or not for that centre."""


class OfCall(Struct, frozen=True, kw_only=True, omit_defaults=True):
    caller: str | None = None
    """In what the sender tells of a call: the caller's number, "" where it is withheld; None for what is written."""


class RemoteConversation(OfCall, frozen=True):
    """`handing` identifies the hand-over at both ends: the sender's conversation and a number."""

    handing: str
    number: str
    """The sender's number, known to the citizen."""


class HandoverOffered(RemoteConversation, frozen=True, omit_defaults=True):
    channel: str
    """Its family: "web"."""
    citizen: Citizen
    waiting_since: datetime
    passed: tuple[TransferHop, ...]
    journal: tuple[Spoken, ...]
    """The last messages, oldest first."""
    topic: str = ""
    place: Place | None = None
    talked_since: datetime | None = None
    promise: Owed | None = None
    danger: datetime | None = None
    """Since when life is in danger. Older deployments ignore it and treat the conversation like any other."""


class MessageForwarded(RemoteConversation, frozen=True):
    said: Spoken


class HandoverAccepted(RemoteConversation, frozen=True):
    own: str
    """The receiver's number."""


class HandoverReturned(RemoteConversation, frozen=True):
    why: str


class HandoverEnded(RemoteConversation, frozen=True):
    """Closed there: everything owed was answered there."""

    topic: str


class PromiseKept(RemoteConversation, frozen=True):
    """The promise `given` is no longer owed: it was kept there, or the citizen withdrew the question."""

    given: datetime
    how: PromiseEnd


class HandoverWithdrawn(RemoteConversation, frozen=True):
    """The sender answers itself."""


class ReturnRequested(RemoteConversation, frozen=True):
    """The sender wants it back, unless an operator works on it."""


class RecallRefused(RemoteConversation, frozen=True):
    """An operator works on it there, or owes the answer."""


HandoverMessage = (HandoverOffered | MessageForwarded | HandoverAccepted | HandoverReturned | HandoverEnded | PromiseKept
                   | HandoverWithdrawn | ReturnRequested | RecallRefused)
KINDS: dict[str, type[HandoverMessage]] = {
    "conversation.handed": HandoverOffered, "conversation.said": MessageForwarded, "conversation.taken": HandoverAccepted,
    "conversation.returned": HandoverReturned,
    "conversation.ended": HandoverEnded, "conversation.kept": PromiseKept, "conversation.withdrawn": HandoverWithdrawn,
    "conversation.wanted": ReturnRequested, "conversation.stays": RecallRefused}
_KIND_OF = {kind: name for name, kind in KINDS.items()}


def packed(told: HandoverMessage, key: str, source: str, to: str, at: datetime) -> Envelope:
    """`key` distinguishes it from all others of its kind and hand-over: a repeated one has the same id."""
    kind = _KIND_OF[type(told)]
    return Envelope(f"{source}/{told.handing}/{kind}/{key}", kind, source, to, at, VERSION, msgspec.json.encode(told),
                  traceparent(told.number))


def handing_of(conversation: int, own: int) -> str:
    return f"{conversation}-{own}"


def conversation_of(handing: str) -> int:
    """The sender's conversation; 0 where none is named."""
    number = handing.partition("-")[0]
    return int(number) if number.isdecimal() else 0


def remote_address(source: str, told: RemoteConversation, telephone: str = "") -> Address:
    """The address of the receiver's conversation; a call comes by its channel `telephone`."""
    if told.caller is not None:
        return call_from(source, telephone, told.caller, told.handing, told.number)
    return Address(REMOTE + source, told.number, told.handing)


def caller_of(head: Conversation, receiver: Level, traits: TraitRegistry) -> str | None:
    """`OfCall.caller` for a receiver of this level: the federal one gets no numbers (D19)."""
    if not traits.of(head.address).spoken:
        return None
    return "" if receiver is Level.FEDERAL else traits.number_of(head.address)


def promised_here(head: Conversation) -> bool:
    """Whether a remote conversation has a promise of this centre: not one given before the hand-over."""
    return head.promise is not None and head.promise.given >= head.opened


def about(head: Conversation) -> tuple[str, RemoteConversation]:
    """The centre that a remote conversation came from, and its id there."""
    return head.address.sender, RemoteConversation(*head.address.origin)


def handed(head: Conversation, away: WithRemoteCentre, records: Iterable[StoredEvent], receiver: Level,
           traits: TraitRegistry) -> HandoverOffered:
    """The data for a centre of this level: the federal one gets nothing that identifies the citizen (D19)."""
    federal = receiver is Level.FEDERAL
    journal = _lately(spoken(each.entry, hides=federal) for each in records if isinstance(each.entry, Message) and not each.entry.veiled)
    owed = head.promise
    return HandoverOffered(
        away.handing, head.number, head.address.family,
        Citizen(language=head.citizen.language, person=head.citizen.person) if federal else head.citizen,
        away.waiting_since, head.passed, journal, head.topic, head.place, away.talked_since,
        Owed(owed.given, owed.due, owed.why) if owed else None, head.danger, caller=caller_of(head, receiver, traits))


def handed_call(head: Conversation, receiver: Level, traits: TraitRegistry) -> HandedCall | None:
    """For the trunk to the centre that has accepted the call; None where none has."""
    match head.holder:
        case WithRemoteCentre(taken=datetime()) as away if (caller := caller_of(head, receiver, traits)) is not None:
            return HandedCall(away.centre, f"{away.handing}/{head.number}", caller)
        case _:
            return None


def _lately(said: Iterable[Spoken]) -> tuple[Spoken, ...]:
    """The last messages that fit together."""
    found: list[Spoken] = []
    left = LONGEST
    for each in reversed(list(said)):
        left -= len(each.text)
        if left < 0 and found:
            break
        found.append(each)
    return tuple(reversed(found))


def spoken(message: Message, *, hides: bool = False, alone: bool = False) -> Spoken:
    """`hides` removes identifying data; with `alone` files are not sent, since they may identify the citizen, too."""
    text = masked(message.text) if hides else message.text
    text = text if len(text) <= LONGEST else text[:LONGEST] + CUT
    name = "" if hides and message.author is Author.CITIZEN else message.name
    said = Spoken(message.author, text, message.at, name, message.choices, message.internal)
    if hides or alone or (message.internal and message.author is Author.SYSTEM):  # recordings are not sent: each listening is logged
        return replace(said, files=tuple(masked(each.name) if hides or alone else each.name for each in message.attachments))
    return replace(said, enclosed=tuple(Enclosed(each.file, each.name, each.type, each.size) for each in message.attachments))


def heard(said: Spoken, key: str, now: datetime, *, carried: bool = False) -> Message:
    """A message at its other end. One that is `carried` to a citizen goes without its files, which follow, so that it is not late."""
    files = [f"\n[файл в центре, откуда обращение: {name}]" for name in said.files]
    following = [f"\n[файл следует: {each.name}]" for each in said.enclosed] if carried else []
    return Message(said.author, "".join((said.text, *files, *following)), now, key=key, name=said.name, choices=said.choices,
                   attachments=() if carried else said.attachments)


def noted(text: str, now: datetime, key: str = "") -> Message:
    """The note for operators about the hand-over."""
    return Message(Author.SYSTEM, text, now, key=key, internal=True)


def retold(told: HandoverOffered, centre: str) -> str:
    """The note for operators with the earlier messages."""
    lines = [f"{THERE if each.internal else HERE[each.author]}: {' '.join((each.text, *_named(each)))}" for each in told.journal
             if each.text or each.files or each.enclosed]
    return "\n".join((f"Передано: {centre}, № {told.number}. Ждёт с {told.waiting_since:%H:%M} UTC.", *lines))


def _named(said: Spoken) -> Iterable[str]:
    """A message without text is represented by its files."""
    return (f"[файл: {name}]" for name in (*said.files, *(each.name for each in said.enclosed)))


def along(told: HandoverOffered) -> tuple[Attachment, ...]:
    """Files of the earlier messages, each once."""
    return tuple({each.file: each for said in told.journal for each in said.attachments}.values())


def promise_of(told: HandoverOffered, address: Address) -> CallbackPromise | None:
    """The promise at the receiver, with the day that the citizen was told."""
    owed = told.promise
    return CallbackPromise(owed.given, owed.due, address, owed.why, waiting_since=told.waiting_since) if owed else None


class Step(Struct, frozen=True):
    """Entries to add, and the head after them; `back`: the other centre has it no more."""

    entries: tuple[ConversationEvent, ...]
    head: Conversation | None = None
    back: bool = False


def heard_of(  # noqa: PLR0911 - one screen shows every word
    head: Conversation, news: HandoverMessage, parcel: Envelope, title: str, now: datetime, *, carried: bool,
) -> Step | None:
    """None for a message about a withdrawn or finished hand-over.

    `title` is the name of the sending centre; `carried` is as in `heard`.
    """
    key = parcel.id
    away = head.holder if isinstance(head.holder, WithRemoteCentre) and head.holder.handing == news.handing else None
    match news:
        case MessageForwarded(said=said):
            return Step((heard(said, key, now, carried=carried),))
        case HandoverAccepted(own=own) if away is not None:
            return Step((noted(f"Центр «{title}» принял обращение (№ {own}).", now, key),), replace(head, holder=replace(away, taken=now)))
        case RecallRefused() if away is not None:
            return Step((noted(f"Центр «{title}» уже занимается обращением: оно остаётся там.", now, key),))
        case PromiseKept(given=given, how=how) if head.promise and head.promise.given == given and not isinstance(head.holder, Promised):
            words = "дал обещанный ответ" if how is PromiseEnd.KEPT else "сообщил, что ответ больше не нужен"
            ended = PromiseEnded(now, head.promise.due, PromiseEnd.MOVED, "")
            return Step((noted(f"Центр «{title}» {words}.", now, key), ended), replace(head, promise=None))
        case HandoverReturned(why=why) if away is not None or _ended_there(head, parcel.source):
            line = _line(away) if away is not None else InQueue(head.line, now)
            note = noted(f"Центр «{title}» вернул обращение.", now, key)
            return Step((note, HandedOver(now, line, why)), hand_over(head, line), back=True)
        case HandoverEnded() if away is not None:
            entries, after = _ended(head, news, now)
            return Step((noted(f"Центр «{title}» закрыл обращение.", now, key), *entries), after, back=True)
        case _:
            return None


def unanswered(head: Conversation, away: WithRemoteCentre, title: str, now: datetime,
               traits: TraitRegistry) -> Step:
    """Nobody took it in time: after a hand-over that only shortens the wait it waits on, otherwise the answer is promised here.

    A caller who cannot be called back waits on, too.
    """
    if head.passed[-1].reason in RELIEF or not traits.answerable(head.address):
        note = noted(f"Центр «{title}» не ответил: передача отозвана, обращение снова в очереди.", now)
        return Step((note, HandedOver(now, _line(away), "line_down")), hand_over(head, _line(away)))
    note = noted(f"Центр «{title}» не ответил: передача отозвана, ответ обещан заявителю.", now)
    owed = head.promise or promise(now, head.address, "line_down", "", away.waiting_since)
    entries, after = open_promise(head, owed, away.queue, now, "line_down")
    return Step((note, promise_message(head, owed, traits), *(entries if head.promise is None else entries[1:])), after)


def _line(away: WithRemoteCentre) -> InQueue:
    """Its former line, with its own clocks."""
    return InQueue(away.queue, away.waiting_since, talked_since=away.talked_since)


def _ended(head: Conversation, news: HandoverEnded, now: datetime) -> tuple[tuple[ConversationEvent, ...], Conversation]:
    """The answer counts where it was given."""
    kept = (PromiseEnded(now, head.promise.due, PromiseEnd.MOVED, ""),) if head.promise else ()
    after = hand_over(replace(head, promise=None), Closed(now, head.topic or news.topic, ""))
    return (*kept, HandedOver(now, after.holder, "ended_there")), after


def _ended_there(head: Conversation, centre: str) -> bool:
    """Whether it was closed because that centre closed it."""
    return isinstance(head.holder, Closed) and bool(head.line) and not head.holder.by and head.passed[-1].receiver == centre
