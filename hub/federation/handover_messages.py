"""What centres on different deployments tell each other of a conversation that one has handed to the other. Pure.

handed ──► taken ──► ended         said: a message, in either direction
   │ ╲       │        ▲            kept: the promised answer was given there
   │  ╲──────┴──► returned         wanted ──► stays, or returned: the sender would have it back
   ▼
withdrawn                          (not taken in time: the sender answers, and the receiver is told so)
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from hub.conversations.address import REMOTE, Address, Citizen, masked
from hub.conversations.attachments import media_type
from hub.conversations.callback_promise import CallbackPromise
from hub.conversations.conversation import Conversation, WithRemoteCentre
from hub.conversations.journal import PromiseEnd, StoredEvent
from hub.conversations.message import Attachment, Author, Message
from hub.conversations.transfer_route import TransferHop
from hub.federation.envelope import Envelope
from hub.kernel.trace_context import traceparent
from hub.organisation.level import Level
from hub.organisation.territory import Place

VERSION = 1
"""Of all forms of this file."""
LONGEST, CUT = 30_000, "… (целиком — в центре, откуда обращение)"
"""So many signs of a message travel, and of a journal: a parcel has 256 KiB."""
HERE, THERE = {Author.CITIZEN: "Заявитель", Author.BOT: "Робот", Author.OPERATOR: "Оператор", Author.SYSTEM: "Система"}, "Заметка"


class Enclosed(Struct, frozen=True):
    """A file that follows its message (file_transfer.py): what the other end is told is held to be what it must be."""

    file: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
    name: Annotated[str, Meta(min_length=1, max_length=1000)]
    type: Annotated[str, Meta(max_length=200)]
    size: Annotated[int, Meta(ge=0)]


class Spoken(Struct, frozen=True, omit_defaults=True):
    """A message as it travels."""

    author: Author
    text: str
    at: datetime
    name: str = ""
    choices: tuple[str, ...] = ()
    internal: bool = False
    files: tuple[str, ...] = ()
    """Names of those that stay where they are."""
    enclosed: tuple[Enclosed, ...] = ()

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        return tuple(Attachment(each.file, each.name, media_type(each.type), each.size) for each in self.enclosed)


class Owed(Struct, frozen=True):
    """The promise that goes along: known at both ends by when it was given."""

    given: datetime
    due: datetime
    why: str


class RemoteConversation(Struct, frozen=True):
    """`handing` names the hand-over at both ends: the sender's conversation and a number of its own."""

    handing: str
    number: str
    """The sender's, as the citizen knows it."""


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
    """Since when life is in danger. A deployment of before knows nothing of it, and takes it as any other."""


class MessageForwarded(RemoteConversation, frozen=True):
    said: Spoken


class HandoverAccepted(RemoteConversation, frozen=True):
    own: str
    """The receiver's number."""


class HandoverReturned(RemoteConversation, frozen=True):
    why: str


class HandoverEnded(RemoteConversation, frozen=True):
    """Closed there: whatever was owed was answered there."""

    topic: str


class PromiseKept(RemoteConversation, frozen=True):
    """The promise `given` is owed no more: it was kept there, or the citizen wants it no more."""

    given: datetime
    how: PromiseEnd


class HandoverWithdrawn(RemoteConversation, frozen=True):
    """The sender answers itself."""


class ReturnRequested(RemoteConversation, frozen=True):
    """The sender would have it back, unless somebody is at it."""


class RecallRefused(RemoteConversation, frozen=True):
    """Somebody is at it there, or owes the answer."""


HandoverMessage = (HandoverOffered | MessageForwarded | HandoverAccepted | HandoverReturned | HandoverEnded | PromiseKept
                   | HandoverWithdrawn | ReturnRequested | RecallRefused)
KINDS: dict[str, type[HandoverMessage]] = {
    "conversation.handed": HandoverOffered, "conversation.said": MessageForwarded, "conversation.taken": HandoverAccepted,
    "conversation.returned": HandoverReturned,
    "conversation.ended": HandoverEnded, "conversation.kept": PromiseKept, "conversation.withdrawn": HandoverWithdrawn,
    "conversation.wanted": ReturnRequested, "conversation.stays": RecallRefused}
_KIND_OF = {kind: name for name, kind in KINDS.items()}


def packed(told: HandoverMessage, key: str, source: str, to: str, at: datetime) -> Envelope:
    """`key` tells it from all others of its kind and its hand-over: sent again it is the same parcel."""
    kind = _KIND_OF[type(told)]
    return Envelope(f"{source}/{told.handing}/{kind}/{key}", kind, source, to, at, VERSION, msgspec.json.encode(told),
                  traceparent(told.number))


def handing_of(conversation: int, own: int) -> str:
    return f"{conversation}-{own}"


def conversation_of(handing: str) -> int:
    """The sender's; 0 where it names none."""
    number = handing.partition("-")[0]
    return int(number) if number.isdecimal() else 0


def remote_address(source: str, told: RemoteConversation) -> Address:
    """Where the receiver's conversation is."""
    return Address(REMOTE + source, told.number, told.handing)


def promised_here(head: Conversation) -> bool:
    """Whether a guest is owed an answer that nobody but this centre knows of: not one that was promised before it came."""
    return head.promise is not None and head.promise.given >= head.opened


def about(head: Conversation) -> tuple[str, RemoteConversation]:
    """The centre that a guest came from, and what it is there."""
    return head.address.channel.removeprefix(REMOTE), RemoteConversation(head.address.thread, head.address.value)


def handed(head: Conversation, away: WithRemoteCentre, records: Iterable[StoredEvent], receiver: Level) -> HandoverOffered:
    """All that goes along to a centre of this level: the federal one gets nothing that says who it is (D19)."""
    federal = receiver is Level.FEDERAL
    journal = _lately(spoken(each.entry, hides=federal) for each in records if isinstance(each.entry, Message) and not each.entry.veiled)
    owed = head.promise
    return HandoverOffered(
        away.handing, head.number, head.address.family,
        Citizen(language=head.citizen.language, person=head.citizen.person) if federal else head.citizen,
        away.waiting_since, head.passed, journal, head.topic, head.place, away.talked_since,
        Owed(owed.given, owed.due, owed.why) if owed else None, head.danger)


def _lately(said: Iterable[Spoken]) -> tuple[Spoken, ...]:
    """As many of the last as travel together."""
    found: list[Spoken] = []
    left = LONGEST
    for each in reversed(list(said)):
        left -= len(each.text)
        if left < 0 and found:
            break
        found.append(each)
    return tuple(reversed(found))


def spoken(message: Message, *, hides: bool = False, alone: bool = False) -> Spoken:
    """`hides` what tells who somebody is; `alone` its files stay where they are, for they may tell that, too."""
    text = masked(message.text) if hides else message.text
    text = text if len(text) <= LONGEST else text[:LONGEST] + CUT
    name = "" if hides and message.author is Author.CITIZEN else message.name
    said = Spoken(message.author, text, message.at, name, message.choices, message.internal)
    if hides or alone or (message.internal and message.author is Author.SYSTEM):  # recordings: each listening is noted where they are
        return replace(said, files=tuple(masked(each.name) if hides or alone else each.name for each in message.attachments))
    return replace(said, enclosed=tuple(Enclosed(each.file, each.name, each.type, each.size) for each in message.attachments))


def heard(said: Spoken, key: str, now: datetime, *, carried: bool = False) -> Message:
    """A message at its other end. What is `carried` to a citizen goes without its files: they follow by themselves, and it is not late."""
    files = [f"\n[файл в центре, откуда обращение: {name}]" for name in said.files]
    following = [f"\n[файл следует: {each.name}]" for each in said.enclosed] if carried else []
    return Message(said.author, "".join((said.text, *files, *following)), now, key=key, name=said.name, choices=said.choices,
                   attachments=() if carried else said.attachments)


def noted(text: str, now: datetime, key: str = "") -> Message:
    """What operators read of the hand-over itself."""
    return Message(Author.SYSTEM, text, now, key=key, internal=True)


def retold(told: HandoverOffered, centre: str) -> str:
    """What operators read of what went before."""
    lines = [f"{THERE if each.internal else HERE[each.author]}: {' '.join((each.text, *_named(each)))}" for each in told.journal
             if each.text or each.files or each.enclosed]
    return "\n".join((f"Передано: {centre}, № {told.number}. Ждёт с {told.waiting_since:%H:%M} UTC.", *lines))


def _named(said: Spoken) -> Iterable[str]:
    """A message without words is its files."""
    return (f"[файл: {name}]" for name in (*said.files, *(each.name for each in said.enclosed)))


def along(told: HandoverOffered) -> tuple[Attachment, ...]:
    """The files of what went before, each once."""
    return tuple({each.file: each for said in told.journal for each in said.attachments}.values())


def promise_of(told: HandoverOffered, address: Address) -> CallbackPromise | None:
    """The promise at the receiver's end: with the day that was told to the citizen."""
    owed = told.promise
    return CallbackPromise(owed.given, owed.due, address, owed.why, waiting_since=told.waiting_since) if owed else None
