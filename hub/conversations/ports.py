"""What the room needs of others."""

from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from msgspec import Struct

from hub.conversations.address import Address, Citizen
from hub.conversations.attachments import Check
from hub.conversations.conversation import FIRST, Conversation, Position
from hub.conversations.delivery_status import Receipt
from hub.conversations.journal import StoredEvent
from hub.conversations.live_signals import LiveSignal
from hub.conversations.message import Attachment, Message
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.document import Document
from hub.kernel.errors import OknoError, StoreError
from hub.kernel.health import Health
from hub.kernel.histogram import LatencyHistogram
from hub.kernel.ports import AuditLog, DocumentKey, Documents, Leases


class Incoming(Struct, frozen=True, gc=False):
    """What a channel received. `key` is the carrier's own unique key: a repeated one is acknowledged and not stored twice."""

    address: Address
    key: str
    text: str
    attachments: tuple[Attachment, ...] = ()
    citizen: Citizen = Citizen()
    folded: str = ""
    """Quotes and the signature of `text`, shown on demand."""
    written: bool = False
    """A letter, beside which nobody waits: it is answered once it is acknowledged, and what the robot does not know goes to a person."""
    note: str = ""
    """What its channel tells operators of it, such as why it could not be read; the citizen is not shown it."""


class Stored(Struct, frozen=True, gc=False):
    """The acknowledgement: the message is on disk under this id."""

    conversation: int
    id: int
OnAccepted = Callable[[Stored | OknoError], None]
PromiseAnswer = Callable[[int, str, str], Coroutine[None, None, None]]
"""Promises an answer later: conversation, the queue that owes it, why."""
OnDelivered = Callable[[Receipt], Coroutine[None, None, None]]


class HubReply(Struct, frozen=True):
    """What the hub itself says, and what can be done next."""

    text: str
    choices: tuple[str, ...] = ()


class HubAnswers(Protocol):
    """What the hub itself answers in any conversation: a message that is nothing but a number and what is wanted with it."""

    def asked(self, message: Message) -> tuple[str, ...] | None:
        """What a citizen's message without attachments names, at last the code that is not to be stored, or ""; else None."""

    async def answer(self, head: Conversation, *asked: str) -> HubReply | None:
        """What is said to that; None where it was said already. Raises StoreError."""


class Correspondence(Protocol):
    """Who has written to somebody on the centre's behalf, and awaits what he answers: that is no question to the robot."""

    def awaits(self, address: Address) -> bool:
        """Whether what comes from there answers a letter of ours; its thread tells."""

    async def replied(self, address: Address, record: StoredEvent) -> bool:
        """Take a letter to what it answers, the same one once; False where nobody waits for it any more. Raises StoreError."""


class HasHealth(Protocol):
    """A part that may fail while the hub goes on."""

    def health(self) -> Health:
        """Whether it can do its work now, and what is to be said about it; out of memory."""


class Channel(HasHealth, Protocol):
    """A door citizens come through: one that replays, or one that carries."""

    name: str

    def signal(self, conversation: int, signal: LiveSignal) -> None:
        """Something of the moment; a channel that cannot show it does nothing."""

    async def close(self) -> None: ...


@runtime_checkable
class ReplayingChannel(Channel, Protocol):
    """The far end asks for whatever it has missed, so no delivery is owed to it (web chat)."""

    def show(self, conversation: Conversation, records: Sequence[StoredEvent]) -> None:
        """Records that were just stored, for whoever is connected."""


@runtime_checkable
class AwaitingChannel(ReplayingChannel, Protocol):
    """A channel whose far end waits for the answer to each message."""

    def reacted(self, conversation: Conversation, records: Sequence[int]) -> None:
        """Nothing more is said to these messages of the citizen by the hub itself; what was said has been shown."""


@runtime_checkable
class CarryingChannel(Channel, Protocol):
    """A carrier takes each message once and for all (SMS, e-mail, messengers, fax): sending is owed until it did."""

    def receive(self) -> AsyncGenerator[Incoming, None]:
        """Incoming messages; being asked for the next means that the last one is stored."""

    async def send(self, conversation: Conversation, records: Sequence[StoredEvent]) -> None:
        """Carry to the citizen the messages that were said at once; raises UndeliverableError or UnavailableError."""


class OutboundLetter(Struct, frozen=True):
    """A letter to a colleague, with one file. `id` is the beginning of its Message-ID: the same letter is always called the same."""

    id: str
    to: str
    at: datetime
    subject: str
    text: str
    name: str
    type: str
    content: bytes


@runtime_checkable
class MailingChannel(Channel, Protocol):
    """A channel that takes letters which are of no conversation."""

    async def post(self, letter: OutboundLetter) -> None:
        """Returns when the mail server has taken it; raises UndeliverableError or UnavailableError."""


@runtime_checkable
class BackgroundChannel(Protocol):
    """A channel that has something to do as long as the hub runs, and is asked for nothing."""

    async def work(self) -> None:
        """Until cancelled; what fails is told as the channel's error and begun again after a pause."""


class ReplySize(Struct, frozen=True):
    """What a text costs: SMS `parts`, signs `left` in the last of them, and the `alphabet` that it needs."""

    parts: int
    left: int
    alphabet: str


@runtime_checkable
class MeasuringChannel(Protocol):
    """A channel whose carrier counts what is written."""

    def measure(self, text: str) -> ReplySize: ...


class Commit(Struct, frozen=True, gc=False):
    """One step of one conversation; it commits as a whole or not at all.

    `expects` is the `last` of the head that the step was thought out for (0 opens the conversation). Without records
    nothing has happened, so the newest record's id becomes the new `last`. `head` is left out when only messages came.
    `owed` are records of it whose reaction must still happen, `settled` those whose reaction this change is.
    """

    conversation: int
    expects: int
    records: tuple[StoredEvent, ...]
    head: Conversation | None = None
    owed: tuple[int, ...] = ()
    settled: tuple[int, ...] = ()
    audit_entries: tuple[AuditEntry, ...] = ()


class SearchHit(Struct, frozen=True):
    """A message found in the archive."""

    record: StoredEvent
    head: Conversation
OnCommitted = Callable[[StoreError | None], None]


class Store(Documents, AuditLog, Leases, Protocol):
    """Conversations, their records, and a few documents, on something that survives a power cut."""

    @property
    def broken(self) -> str:
        """Why nothing can be stored now, or ""."""

    @property
    def commits(self) -> int:
        """Transactions committed since the start."""

    @property
    def took(self) -> LatencyHistogram:
        """How long each of them took until it was on the disk."""

    @property
    def repeats(self) -> int:
        """How often one was begun anew, since another hub came first or a primary was lost."""

    def submit(self, change: Commit, done: OnCommitted, *, patient: bool = False) -> None:
        """Commit soon, together with whatever else waits; `done` is called in the event loop, in order of submission.

        What is `patient` may wait some hundredths of a second for others, where commits follow each other.
        """

    async def commit(self, change: Commit) -> None:
        """Commit a change; raises ConflictError or UnavailableStoreError."""

    async def conversation(self, conversation: int) -> Conversation | None: ...

    async def conversations(self, numbers: Sequence[int]) -> list[Conversation]:
        """Some of them, in no order; what is not there is left out."""

    async def at_address(self, address: Address) -> Conversation | None:
        """The newest conversation with an address."""

    async def with_addresses(self, addresses: Sequence[Address], *, before: int = 0, limit: int = 50) -> list[Conversation]:
        """Conversations with any of these addresses, whatever their threads, newest first, older than `before`."""

    async def records(self, conversation: int, *, before: int = 0, upto: int = 0, limit: int = 50) -> list[StoredEvent]:
        """The last records of a conversation (older than `before`, or up to `upto`), oldest first."""

    async def tails(self, conversations: Sequence[Conversation], limit: int = 8) -> dict[int, list[StoredEvent]]:
        """The last records of several conversations at once, oldest first."""

    async def waiting(self, queues: Sequence[str], limit: int = 50, *, after: Position = FIRST) -> list[Conversation]:
        """Conversations in the queues (in any, for an empty list), longest waiting first: those behind `after`."""

    async def aside(self, limit: int = 50) -> list[Conversation]:
        """Conversations that are set aside, the oldest first."""

    async def held(self, operator: str) -> list[Conversation]:
        """Conversations an operator holds, oldest first; all that are held, for ""."""

    async def promised(self, *, after: Position = FIRST, limit: int = 50) -> list[Conversation]:
        """Conversations whose answer is owed, whoever holds them, the earliest due first: those behind `after`."""

    async def recent(self, *, before: int = 0, limit: int = 50) -> list[Conversation]:
        """All conversations, newest first."""

    async def moves(self, first: int, last: int) -> list[StoredEvent]:
        """What happened to all conversations, but neither what was said nor thought: ids from `first` to before `last`, in order."""

    async def moves_of(self, conversations: Sequence[int]) -> list[StoredEvent]:
        """The same of some conversations, from their beginning."""

    async def thoughts(self, first: int, last: int) -> list[StoredEvent]:
        """What the robot thought: records with ids from `first` to before `last`, in order."""

    async def keys(self, conversation: int) -> dict[tuple[str, str], int]:
        """The keys of all messages of a conversation: (login of the operator or "" for the citizen, key) to record id."""

    async def settle(self, records: Sequence[int]) -> None:
        """Mark reactions as done that need no change."""

    async def owed(self) -> list[StoredEvent]:
        """Records whose reaction has not happened yet, oldest first."""

    async def find(self, text: str, *, before: int = 0, limit: int = 50) -> list[SearchHit]:
        """Messages of the archive that hold all words of a text in any of their forms, newest first."""

    async def erase(self, change: Commit, left: Sequence[StoredEvent], put: Sequence[Document] = (), dropped: Sequence[DocumentKey] = (),
                    audit_entry: AuditEntry | None = None) -> None:
        """Commit a step that has no deeds of its own, and what is `left` of earlier records of its conversation in their place.

        With it the words of what they were leave the archive, nothing is owed of them any more, and documents are put and dropped: all of
        it or nothing. A head that is erased gets its new address. Raises ConflictError, UnavailableStoreError.
        """

    async def over(self, before: int, *, after: int = 0, limit: int = 50) -> list[Conversation]:
        """Closed conversations of which nothing was erased, with ids between `after` and `before`, oldest first."""

    async def unheard(self, since: int, *, after: int = 0, limit: int = 50) -> list[Conversation]:
        """Conversations that the robot has and in which nothing happened from a record id on, with ids behind `after`, oldest first."""

    async def newest(self) -> tuple[int, str]:
        """The highest record id and the highest conversation number, ever given."""

    async def backup(self, target: str, progress: Callable[[float], None]) -> None:
        """Copy everything consistently into a file while work goes on; `progress` gets 0…1."""

    async def close(self) -> None: ...


class ScanResult(Struct, frozen=True):
    """What a scanner says of a file: CLEAN, INFECTED or UNCHECKED, and what it has `found` in its own words."""

    state: Check
    found: str = ""


class Scanner(Protocol):
    """Looks for what harms in files. Raises UnavailableError while it does not answer."""

    async def scan(self, size: int, content: AsyncGenerator[bytes, None]) -> ScanResult:
        """Look into a file of `size` bytes; raises InterruptedScanError where it was lost in the middle of it."""

    async def probe(self) -> str:
        """Try whether it is there, and finds what it must; gives what it is, in words."""

    async def close(self) -> None: ...
