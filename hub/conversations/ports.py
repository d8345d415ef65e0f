"""Interfaces that the room needs."""

from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Sequence
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
    """A message received by a channel. `key` is the carrier's unique key: a repeated one is acknowledged and not stored twice."""

    address: Address
    key: str
    text: str
    attachments: tuple[Attachment, ...] = ()
    citizen: Citizen = Citizen()
    folded: str = ""
    """Quotes and the signature of `text`, shown on request."""
    written: bool = False
    """A letter, whose sender does not wait: it is answered after the acknowledgement, and questions unknown to the robot go to an
    operator.
    """
    note: str = ""
    """The channel's note for operators, such as why the message could not be read; not shown to the citizen."""
    original: Attachment | None = None
    """The message as the carrier brought it, where `text` is not all of it."""
    subject: str = ""
    """Subject of a letter, without «Re:»."""
    cc: tuple[str, ...] = ()
    """Other mailboxes that a letter names."""
    writer: str = ""
    """Name and mailbox of who wrote it, where it is not the citizen of the address but one whom an operator sent a copy."""


class Stored(Struct, frozen=True, gc=False):
    """The acknowledgement: the message is on disk with this id."""

    conversation: int
    id: int
OnAccepted = Callable[[Stored | OknoError], None]
PromiseAnswer = Callable[[int, str, str], Coroutine[None, None, None]]
"""Promises an answer: conversation, the queue that owes it, reason."""
OnDelivered = Callable[[Receipt], Coroutine[None, None, None]]


class HubReply(Struct, frozen=True):
    """A reply of the hub itself, and the possible next actions."""

    text: str
    choices: tuple[str, ...] = ()


class HubAnswers(Protocol):
    """Replies of the hub in any conversation: to a message that consists of a number and a command."""

    def asked(self, message: Message) -> tuple[str, ...] | None:
        """What a citizen's message without attachments asks, last the code that must not be stored, or ""; else None."""

    async def answer(self, head: Conversation, *asked: str) -> HubReply | None:
        """The reply; None where it was given already. Raises StoreError."""


class Correspondence(Protocol):
    """Correspondence on the centre's behalf: a reply to a letter is no question to the robot."""

    def awaits(self, address: Address) -> bool:
        """Whether a message from the address answers a letter of ours, by its thread."""

    async def replied(self, address: Address, record: StoredEvent) -> bool:
        """Assign a letter to what it answers, once; False where no answer is awaited any more. Raises StoreError."""


class HasHealth(Protocol):
    """A component that may fail while the hub keeps running."""

    def health(self) -> Health:
        """Whether it works now, with a text; from memory."""


class Channel(HasHealth, Protocol):
    """A channel of citizens: a replaying or a carrying one."""

    name: str

    def signal(self, conversation: int, signal: LiveSignal) -> None:
        """A transient signal; a channel that cannot show it ignores it."""

    async def close(self) -> None: ...


@runtime_checkable
class ReplayingChannel(Channel, Protocol):
    """The client requests what it has missed, so there is no pending delivery (web chat)."""

    def show(self, conversation: Conversation, records: Sequence[StoredEvent]) -> None:
        """Newly stored records, for connected clients."""


@runtime_checkable
class SpeakingChannel(ReplayingChannel, Protocol):
    """A channel that speaks the robot's answers."""

    def understood(self, conversation: Conversation, intent: str) -> None:
        """What the robot has understood, before `show` of its answer."""

    def prepare(self, texts: Iterable[str]) -> None:
        """What the robot is likely to say: the knowledge at the start of the hub."""


@runtime_checkable
class AwaitingChannel(ReplayingChannel, Protocol):
    """A channel whose client waits for the answer to each message."""

    def reacted(self, conversation: Conversation, records: Sequence[int]) -> None:
        """The hub's reaction to these messages is complete; its answers were shown."""


@runtime_checkable
class CarryingChannel(Channel, Protocol):
    """A carrier accepts each message permanently (SMS, e-mail, messengers, fax): delivery is pending until it did."""

    def receive(self) -> AsyncGenerator[Incoming, None]:
        """Incoming messages; the request for the next one means that the last one is stored."""

    async def send(self, conversation: Conversation, records: Sequence[StoredEvent]) -> None:
        """Deliver messages that belong together; raises UndeliverableError or UnavailableError."""


@runtime_checkable
class CopyingChannel(Protocol):
    """A channel whose replies may go to further mailboxes (`Message.cc`)."""

    def copied(self, mailboxes: Iterable[str], citizen: str) -> tuple[str, ...]:
        """These mailboxes, each once, without the citizen's and the centre's own."""


class OutboundLetter(Struct, frozen=True):
    """A letter to a colleague, with one file. `id` is the beginning of its Message-ID, the same on each attempt."""

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
    """A channel that sends letters outside of conversations."""

    async def post(self, letter: OutboundLetter) -> None:
        """Returns when the mail server has accepted it; raises UndeliverableError or UnavailableError."""


@runtime_checkable
class BackgroundChannel(Protocol):
    """A channel with a background task."""

    async def work(self) -> None:
        """Runs until cancelled; an exception is shown as the channel's error, and the task is restarted after a pause."""


class ReplySize(Struct, frozen=True):
    """Size of a text: SMS `parts`, characters `left` in the last part, and the `alphabet` that it needs."""

    parts: int
    left: int
    alphabet: str


@runtime_checkable
class MeasuringChannel(Protocol):
    """A channel whose carrier charges by length."""

    def measure(self, text: str, files: int) -> ReplySize:
        """What a text with some files costs."""


class Commit(Struct, frozen=True, gc=False):
    """One step of one conversation; it is committed atomically.

    `expects` is the `last` of the head that the step is based on (0 opens the conversation). Without records there is no change, so
    the newest record's id becomes the new `last`. `head` is left out when only messages were added. `owed` are its records with a
    pending reaction, `settled` those whose reaction is this change.
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
    """Durable store of conversations, their records, and a few documents."""

    @property
    def broken(self) -> str:
        """Why nothing can be stored now, or ""."""

    @property
    def commits(self) -> int:
        """Transactions committed since the start."""

    @property
    def took(self) -> LatencyHistogram:
        """Durations of commits until they were on disk."""

    @property
    def repeats(self) -> int:
        """Number of retried commits, after another hub's commit or the loss of a primary."""

    def submit(self, change: Commit, done: OnCommitted, *, patient: bool = False) -> None:
        """Commit soon, together with other waiting changes; `done` is called in the event loop, in order of submission.

        A `patient` change may wait some hundredths of a second for others when commits follow each other.
        """

    async def commit(self, change: Commit) -> None:
        """Commit a change; raises ConflictError or UnavailableStoreError."""

    async def conversation(self, conversation: int) -> Conversation | None: ...

    async def conversations(self, numbers: Sequence[int]) -> list[Conversation]:
        """Conversations by id, unordered; missing ones are left out."""

    async def at_address(self, address: Address) -> Conversation | None:
        """The newest conversation with an address."""

    async def with_addresses(self, addresses: Sequence[Address], *, before: int = 0, limit: int = 50) -> list[Conversation]:
        """Conversations with any of these addresses, whatever their threads, newest first, older than `before`."""

    async def records(self, conversation: int, *, before: int = 0, upto: int = 0, limit: int = 50) -> list[StoredEvent]:
        """The last records of a conversation (older than `before`, or up to `upto`), oldest first."""

    async def tails(self, conversations: Sequence[Conversation], limit: int = 8) -> dict[int, list[StoredEvent]]:
        """The last records of several conversations at once, oldest first."""

    async def waiting(self, queues: Sequence[str], limit: int = 50, *, after: Position = FIRST) -> list[Conversation]:
        """Conversations in the queues (in any, for an empty list) after `after`, longest waiting first."""

    async def aside(self, limit: int = 50) -> list[Conversation]:
        """Conversations set aside, the oldest first."""

    async def held(self, operator: str) -> list[Conversation]:
        """Conversations held by an operator, oldest first; all held ones for ""."""

    async def promised(self, *, after: Position = FIRST, limit: int = 50) -> list[Conversation]:
        """Conversations with an owed answer, whoever holds them, the earliest due first, after `after`."""

    async def recent(self, *, before: int = 0, limit: int = 50) -> list[Conversation]:
        """All conversations, newest first."""

    async def numbered(self, digits: str, *, limit: int = 50) -> list[Conversation]:
        """Conversations with these digits, at least three, in a row somewhere in their number, the newest first."""

    async def served(self, operator: str, *, before: Position = FIRST, limit: int = 50) -> list[Conversation]:
        """Closed conversations that this operator closed last, the last closed first, from `before` on."""

    async def moves(self, first: int, last: int) -> list[StoredEvent]:
        """Entries of all conversations except messages and robot records: ids from `first` to `last` (exclusive), in order."""

    async def moves_of(self, conversations: Sequence[int]) -> list[StoredEvent]:
        """The same for some conversations, from their beginning."""

    async def thoughts(self, first: int, last: int) -> list[StoredEvent]:
        """Robot records with ids from `first` to `last` (exclusive), in order."""

    async def keys(self, conversation: int) -> dict[tuple[str, str], int]:
        """The keys of all messages of a conversation: (login of the operator or "" for the citizen, key) to record id."""

    async def settle(self, records: Sequence[int]) -> None:
        """Mark reactions as done without a change."""

    async def owed(self) -> list[StoredEvent]:
        """Records with a pending reaction, oldest first."""

    async def find(self, text: str, *, before: int = 0, limit: int = 50) -> list[SearchHit]:
        """Messages of the archive that contain all words of a text in any form, newest first."""

    async def erase(self, change: Commit, left: Sequence[StoredEvent], put: Sequence[Document] = (), dropped: Sequence[DocumentKey] = (),
                    audit_entry: AuditEntry | None = None) -> None:
        """Commit a step without audit entries, and replace earlier records of its conversation by what is `left` of them.

        In the same transaction the former words leave the search index, pending reactions are dropped, and documents are put and
        dropped. An erased head gets its new address. Raises ConflictError, UnavailableStoreError.
        """

    async def over(self, before: int, *, after: int = 0, limit: int = 50) -> list[Conversation]:
        """Closed conversations with nothing erased, with ids between `after` and `before`, oldest first."""

    async def unheard(self, since: int, *, after: int = 0, limit: int = 50) -> list[Conversation]:
        """Conversations held by the robot without any entry since a record id, with ids after `after`, oldest first."""

    async def newest(self) -> tuple[int, str]:
        """The highest record id and the highest conversation number ever issued."""

    async def backup(self, target: str, progress: Callable[[float], None]) -> None:
        """Consistent online copy into a file; `progress` gets 0…1."""

    async def close(self) -> None: ...


class ScanResult(Struct, frozen=True):
    """A scanner's result: CLEAN, INFECTED or UNCHECKED, and its text in `found`."""

    state: Check
    found: str = ""


class Scanner(Protocol):
    """Malware scanner. Raises UnavailableError while it does not answer."""

    async def scan(self, size: int, content: AsyncGenerator[bytes, None]) -> ScanResult:
        """Scan a file of `size` bytes; raises InterruptedScanError where the scanner was lost during the scan."""

    async def probe(self) -> str:
        """Test whether it is reachable and detects a test file; returns its name and version."""

    async def close(self) -> None: ...
