"""What the hub needs of the world outside, as the hub sees it.

The errors they raise are in errors.py, what they exchange with routing in offers.py.
"""

from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar, runtime_checkable

from msgspec import Struct

from hub.announcements import Announcement
from hub.audit import Deed
from hub.contacts import Address, Citizen
from hub.conversation import Conversation
from hub.deadlines import WaitAlarm
from hub.errors import OknoError, StoreError
from hub.journal import Record
from hub.knowledge import Article
from hub.levels import TopicClass
from hub.message import Attachment, Source
from hub.offers import Lapsed, Offer, Waiting
from hub.opening import Shut
from hub.operators import Operator, SignIn
from hub.signals import Moved, Signal
from hub.skills import Skills
from hub.stops import Denied, Elsewhere, Errand, Later, Owed
from hub.territory import Place
from hub.uploads import Upload


class Incoming(Struct, frozen=True, gc=False):
    """What a channel received. `key` is the carrier's own unique key: a repeated one is acknowledged and not stored twice."""

    address: Address
    key: str
    text: str
    attachments: tuple[Attachment, ...] = ()
    citizen: Citizen = Citizen()


class Stored(Struct, frozen=True, gc=False):
    """The acknowledgement: the message is on disk under this id."""

    conversation: int
    id: int


Accepted = Callable[[Stored | OknoError], None]
Promising = Callable[[int, str, str], Coroutine[None, None, None]]
"""Promises an answer later: conversation, the queue that owes it, why."""


class Intake(Protocol):
    """The one way in: every channel hands its messages here and acknowledges when told that they are stored."""

    def accept(self, incoming: Incoming, accepted: Accepted) -> None:
        """Store one message. `accepted` is called in the event loop after the commit, or with the reason why not."""

    async def open(self, address: Address, citizen: Citizen, place: Place | None = None) -> Conversation:
        """Open a conversation before anything is said; the greeting is its first message. Whoever had left is here again.

        `place` is what the site that he comes from answers for.
        """

    async def left(self, address: Address) -> None:
        """The citizen hung up or ended the chat. Telling it twice is telling it once."""

    async def find(self, address: Address) -> Conversation | None:
        """The newest conversation with an address, as it will be when all that is under way is stored."""

    async def transcript(self, conversation: int, after: int) -> list[Record]:
        """What the citizen may see of a conversation, after a record (0: from its beginning), oldest first."""

    async def standing(self, conversation: int) -> Moved:
        """Who holds a conversation, and its place in line."""

    def typing(self, conversation: int) -> None:
        """The citizen is typing."""

    def seen(self, conversation: int, record: int) -> None:
        """Everything up to a record has been shown to the citizen."""


class Channel(Protocol):
    """A door citizens come through: one that replays, or one that carries."""

    name: str

    def signal(self, conversation: int, signal: Signal) -> None:
        """Something of the moment; a channel that cannot show it does nothing."""

    async def close(self) -> None: ...


@runtime_checkable
class Replaying(Channel, Protocol):
    """The far end asks for whatever it has missed, so no delivery is owed to it (web chat)."""

    def show(self, conversation: Conversation, records: Sequence[Record]) -> None:
        """Records that were just stored, for whoever is connected."""


@runtime_checkable
class Carrying(Channel, Protocol):
    """A carrier takes each message once and for all (SMS, e-mail, messengers, fax): sending is owed until it did."""

    def receive(self) -> AsyncGenerator[Incoming, None]:
        """Incoming messages; being asked for the next means that the last one is stored."""

    async def send(self, conversation: Conversation, record: Record) -> None:
        """Carry a message to the citizen; raises UndeliverableError or UnavailableError."""


class Reply(Struct, frozen=True):
    """The robot's answer."""

    text: str
    choices: tuple[str, ...] = ()
    source: Source | None = None
    topic: str = ""
    miss: bool = False
    """It did not know, and asks back."""


class GiveUp(Struct, frozen=True):
    """The robot hands over to a person. `text` is said to the citizen while he waits."""

    why: str
    text: str
    topic: str = ""


class Bot(Protocol):
    """Answers from knowledge. It is pure, so a question may be answered before or after it is stored."""

    def greeting(self) -> Reply:
        """What is said first: that it is a robot, and how to reach a person."""

    def recall(self, text: str) -> Reply | GiveUp | None:
        """The answer if it is clear and had in far less time than a commit takes, or None: then `answer` is asked later."""

    def answer(self, text: str, misses: int) -> Reply | GiveUp:
        """The answer to a question after `misses` questions in a row that were not understood."""

    def learn(self, articles: Iterable[Article]) -> None:
        """Replace the knowledge."""

    def search(self, text: str, limit: int) -> list[Article]:
        """The articles nearest to a text, best first."""


class Change(Struct, frozen=True, gc=False):
    """One step of one conversation; it commits as a whole or not at all.

    `expects` is the `last` of the head that the step was thought out for (0 opens the conversation). Without records
    nothing has happened, so the newest record's id becomes the new `last`. `head` is left out when only messages came.
    `owed` are records whose reaction must still happen, `settled` those whose reaction this change is.
    """

    conversation: int
    expects: int
    records: tuple[Record, ...]
    head: Conversation | None = None
    owed: tuple[int, ...] = ()
    settled: tuple[int, ...] = ()
    deeds: tuple[Deed, ...] = ()


class Hit(Struct, frozen=True):
    """A message found in the archive."""

    record: Record
    head: Conversation


Done = Callable[[StoreError | None], None]
Document = Operator | SignIn | Article | Upload | Announcement
D = TypeVar("D", Operator, SignIn, Article, Upload, Announcement)


class Store(Protocol):
    """Conversations, their records, and a few documents, on something that survives a power cut."""

    @property
    def broken(self) -> str:
        """Why nothing can be stored now, or ""."""

    @property
    def commits(self) -> int:
        """Transactions committed since the start."""

    def submit(self, change: Change, done: Done) -> None:
        """Commit soon, together with whatever else waits; `done` is called in the event loop, in order of submission."""

    async def commit(self, change: Change) -> None:
        """Commit a change; raises ConflictError or UnavailableStoreError."""

    async def conversation(self, conversation: int) -> Conversation | None: ...

    async def at_address(self, address: Address) -> Conversation | None:
        """The newest conversation with an address."""

    async def records(self, conversation: int, *, before: int = 0, upto: int = 0, limit: int = 50) -> list[Record]:
        """The last records of a conversation (older than `before`, or up to `upto`), oldest first."""

    async def tails(self, conversations: Sequence[Conversation], limit: int = 8) -> dict[int, list[Record]]:
        """The last records of several conversations at once, oldest first."""

    async def waiting(self, queues: Sequence[str], limit: int = 50) -> list[Conversation]:
        """Conversations in the queues (in any, for an empty list), longest waiting first."""

    async def held(self, operator: str) -> list[Conversation]:
        """Conversations an operator holds, oldest first; all that are held, for ""."""

    async def promised(self, *, after: Conversation | None = None, limit: int = 50) -> list[Conversation]:
        """Conversations whose answer is owed, whoever holds them, the earliest due first; `after` is the last of the page before."""

    async def recent(self, *, before: int = 0, limit: int = 50) -> list[Conversation]:
        """All conversations, newest first."""

    async def keys(self, conversation: int) -> dict[tuple[str, str], int]:
        """The keys of all messages of a conversation: (login of the operator or "" for the citizen, key) to record id."""

    async def settle(self, records: Sequence[int]) -> None:
        """Mark reactions as done that need no change."""

    async def owed(self) -> list[Record]:
        """Records whose reaction has not happened yet, oldest first."""

    async def find(self, text: str, *, before: int = 0, limit: int = 50) -> list[Hit]:
        """Messages of the archive that hold all words of a text in any of their forms, newest first."""

    async def put(self, document: Document, deed: Deed | None = None) -> None: ...

    async def drop(self, kind: type[Document], key: str, deed: Deed | None = None) -> None: ...

    async def get(self, kind: type[D], key: str) -> D | None: ...

    async def all(self, kind: type[D]) -> list[D]: ...

    async def note(self, deed: Deed) -> None:
        """Add to the audit."""

    async def deeds(self, *, before: int = 0, limit: int = 50) -> list[tuple[int, Deed]]:
        """The audit, newest first, with the numbers to page by."""

    async def newest(self) -> tuple[int, str]:
        """The highest record id and the highest conversation number, ever given."""

    async def backup(self, target: str, progress: Callable[[float], None]) -> None:
        """Copy everything consistently into a file while work goes on; `progress` gets 0…1."""

    async def close(self) -> None: ...


class Files(Protocol):
    """Attachments, kept by the SHA-256 of their content."""

    async def put(self, content: bytes) -> str:
        """Store durably and give the SHA-256 in hex."""

    async def get(self, file: str) -> bytes | None: ...


class Ladder(Protocol):
    """How long one will wait in each line, and which centre takes what another cannot answer in time. Pure, like the router."""

    def staffed(self, queue: str, busy: int, ready: int, now_s: float) -> None:
        """Places at operators of this line that are taken and free."""

    def joined(self, conversation: int, queue: str, now_s: float) -> None: ...

    def served(self, conversation: int, now_s: float) -> None: ...

    def left(self, conversation: int, now_s: float, *, gave_up: bool) -> None: ...

    def finished(self, queue: str, handling_s: float, now_s: float) -> None: ...

    def predicted_s(self, queue: str, now_s: float) -> float:
        """The wait of whoever comes now; infinite where nobody serves."""

    def alarm(self, queue: str, now_s: float) -> WaitAlarm | None:
        """Whether that wait will be too long."""

    def elsewhere(self, head: Conversation, topic: TopicClass, now: datetime) -> Elsewhere | Later | Owed | None:
        """Who takes a conversation that waits; None when it had better stay."""

    def way(self, head: Conversation, topic: TopicClass, errand: Errand, matter: str, now: datetime) -> Elsewhere | Denied:
        """Where an operator may hand it to for an errand; `matter` names the department of Errand.DEPARTMENT."""


class Opening(Protocol):
    """When the lines are open. Pure."""

    def shut(self, queue: str, at: datetime) -> Shut | None:
        """When somebody is bound to answer in a line that is closed now; None while it is open."""


class Router(Protocol):
    """Chooses the next operator for what waits. Pure: time is an argument (seconds since 1970), decisions are returned."""

    def wait(self, waiting: Waiting, now: float) -> list[Offer]: ...

    def withdraw(self, conversation: int, now: float) -> list[Offer]:
        """It waits no more: closed or left."""

    def take(self, conversation: int, operator: str, cost: int, now: float) -> list[Offer]:
        """An operator now holds it."""

    def release(self, conversation: int, now: float) -> list[Offer]:
        """Its operator no longer holds it."""

    def present(self, operator: str, has: Skills, now: float) -> list[Offer]:
        """An operator with these skills is ready for conversations; with none he is not."""

    def reject(self, conversation: int, operator: str, now: float) -> list[Offer]: ...

    def advance(self, now: float) -> tuple[list[Lapsed], list[Offer]]:
        """What the time brings: offers that ran out, and wider requirements."""

    def next_event(self) -> float | None:
        """When `advance` has something to do next."""

    def offered(self, conversation: int) -> Offer | None: ...

    def offers_of(self, operator: str) -> list[Offer]: ...

    def load(self, operator: str) -> int:
        """Cost units in use, offers included."""

    def held(self, operator: str) -> list[int]:
        """The conversations that an operator holds, without offers."""

    def holder(self, conversation: int) -> str:
        """Login of the operator who holds a conversation, or ""."""

    def place(self, conversation: int) -> int:
        """The place in its line, from 1; 0 when it does not wait."""

    def length(self, queue: str) -> int:
        """How many wait in a queue."""

    def line(self, queue: str) -> list[int]:
        """Who waits in a queue, in order."""
