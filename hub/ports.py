"""What the hub needs of the world outside, as the hub sees it.

What it needs of those who only think is in reasoning.py; the errors they raise are in errors.py.
"""

from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

from msgspec import Struct

from hub.audit import Deed
from hub.bygones import Bygone
from hub.carriage import Receipt
from hub.consents import Consents, ConsentText, Contact, Given
from hub.contacts import Address, Citizen
from hub.conversation import FIRST, Conversation, Position
from hub.document import Document
from hub.durations import Durations
from hub.entitlements import Person
from hub.erasure import Erasure
from hub.errors import OknoError, StoreError
from hub.factors import Passkey
from hub.hand_overs import About
from hub.journal import Record, Telephoned
from hub.leases import Lease
from hub.message import Attachment, Message
from hub.papers import Paper
from hub.parcels import Parcel
from hub.rights import Demand, Kind
from hub.seals import Seal
from hub.signals import Moved, Signal
from hub.stops import Passed
from hub.territory import Place
from hub.trials import Step
from hub.uploads import Check, Quarantined
from hub.verification import Account
from hub.vitals import Health
from hub.vouchers import Vouched


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


class Talk(Struct, frozen=True):
    """What a channel has recorded of one talk. `key` is the channel's own, the same however often it is told; `type` that of `sound`.

    `sound` has two voices apart: the citizen's, then the operator's. It is the channel's own file, and stays until it is stored.
    """

    conversation: int
    key: str
    began: datetime
    length_s: int
    sound: Path
    type: str


Accepted = Callable[[Stored | OknoError], None]
Promising = Callable[[int, str, str], Coroutine[None, None, None]]
"""Promises an answer later: conversation, the queue that owes it, why."""
Delivered = Callable[[Receipt], Coroutine[None, None, None]]
Recorded = Callable[[Talk], Coroutine[None, None, None]]
Phoned = Callable[[str, str, str], Coroutine[None, None, None]]
"""An operator has dialled at his telephone: his login, the number, the leg."""


class Ask(Struct, frozen=True):
    """An operator asks somebody while his caller waits: a `colleague` by login, or a `number`. `record` tells it from every other one.

    `passed` is how the caller goes to another centre if it is one, and `topic` what for. He goes to the number `at_once`, as soon as
    somebody answers.
    """

    conversation: int
    record: int
    operator: str
    colleague: str = ""
    number: str = ""
    passed: Passed | None = None
    topic: str = ""
    at_once: bool = False


class Company(StrEnum):
    """How those stand to each other who take part in a call."""

    RINGS = "rings"
    """The caller waits while the telephone of whoever is asked rings."""
    ASIDE = "aside"
    """The operator and whoever he asks talk, and the caller waits."""
    TOGETHER = "together"
    """All talk together."""
    BACK = "back"
    """The caller and his operator talk again, or nobody does."""
    PASSED = "passed"
    """The caller talks to whoever was asked; of somebody outside it is told when they do."""


class Consulted(Struct, frozen=True):
    """What became of an Ask. `why` belongs to BACK.

    It is "" as it was wished, else busy, no_answer, unreachable, gone (whoever was asked has hung up), lost (the operator has),
    left (the caller has), or cut (the hub was started anew while it rang).
    """

    ask: Ask
    company: Company
    why: str = ""


class Talks(Protocol):
    """What becomes of a talk in which others take part; see Intake, which passes it on."""

    async def held(self, conversation: int, by: str, *, on: bool) -> None: ...

    async def consulted(self, news: Consulted) -> None: ...


class Proofs(Protocol):
    """How a citizen proves from his own page who he is."""

    secure: bool
    """Whether citizens come by HTTPS alone: then cookies travel by it alone."""

    def provable(self, head: Conversation) -> bool:
        """Whether he can in this conversation."""

    def ticket(self, conversation: int, back: str, lang: str) -> str:
        """What his browser takes along to /verify, and to nobody else; `back` is the page to come back to, "" for none."""


class Challenge(Struct, frozen=True):
    """What a caller hears, and answers by a key. `must` tells that whoever does not answer is let go; others come last."""

    words: str
    must: bool


class Guarding(Protocol):
    """What becomes of files that come in; see Intake, which passes it on."""

    async def keep(self, conversation: int, attachment: Attachment) -> None: ...

    def quarantined(self, conversation: int, file: str) -> Quarantined | None: ...


class Subject(Protocol):
    """What a citizen does about his own data by a door that he alone has the key of; the conversation is the one behind it."""

    def text(self, purpose: str, version: int = 0) -> ConsentText | None:
        """A consent that is or was in force; for 0 the one that is."""

    async def agree(self, conversation: int, given: Given, contact: Contact) -> None:
        """He agrees, and says where he wants the answer. Raises StoreError."""

    async def consents(self, conversation: int) -> Consents: ...

    async def withdraw(self, conversation: int) -> None:
        """He takes back what he has agreed to. Twice is once; raises StoreError."""

    def offered(self, head: Conversation) -> bool:
        """Whether his demands are answered here; the federal level forwards and keeps no profile (D19)."""

    async def demand(self, conversation: int, kind: Kind, text: str) -> None:
        """He demands something. The same as one that is open is that one; raises RefusedError, StoreError."""

    def demands(self, conversation: int) -> list[Demand]:
        """His demands in this conversation, the newest first."""

    async def vouched(self, head: Conversation) -> Vouched:
        """His code words, and who asks for whom how an application stands. Raises StoreError."""

    def known(self, head: Conversation) -> bool:
        """Whether he is signed in by ЕСИА, so that he may choose another code word."""

    async def withdraw_word(self, head: Conversation, key: str) -> None:
        """His code word counts no more. Raises RefusedError("no_such_voucher"), StoreError; so do the next two."""

    async def change_word(self, head: Conversation, key: str, word: str) -> None:
        """He has chosen another one. Raises RefusedError as well where he is not `known`, or the word is none."""

    async def end_power(self, head: Conversation, key: str) -> None:
        """He asks for another no more, or another for him."""


class Intake(Proofs, Protocol):
    """The one way in: every channel hands its messages here and acknowledges when told that they are stored."""

    @property
    def subject(self) -> Subject:
        """What a citizen does about his own data."""

    def accept(self, incoming: Incoming, accepted: Accepted) -> None:
        """Store one message. `accepted` is called in the event loop after the commit, or with the reason why not."""

    async def keep(self, conversation: int, attachment: Attachment) -> None:
        """A stored file belongs to a conversation. Telling it twice is telling it once; raises StoreError while it cannot be kept."""

    def quarantined(self, conversation: int, file: str) -> Quarantined | None:
        """What keeps a file from being opened, also by whoever has sent it; None for one that may be."""

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

    async def delivered(self, receipt: Receipt) -> None:
        """A carrier told what became of a message. Telling it twice is telling it once; what nobody knows is passed over."""

    async def recorded(self, talk: Talk) -> None:
        """Keep the recording of a talk. Telling it twice is telling it once; raises OknoError or OSError while it cannot be kept."""

    def stirred(self, conversation: int) -> None:
        """What is shown of a talk has changed: how it is recorded, or who takes part in it."""

    async def held(self, conversation: int, by: str, *, on: bool) -> None:
        """An operator puts the caller on hold, or takes him back. Raises StoreError."""

    async def consulted(self, news: Consulted) -> None:
        """Something has become of an Ask."""

    async def phoned(self, operator: str, number: str, leg: str) -> None:
        """An operator has dialled a number at his telephone: the channel is asked to `dial` it. Raises RefusedError, or StoreError."""

    async def telephoned(self, conversation: int, entry: Telephoned) -> None:
        """Something has become of a call. Raises StoreError while it cannot be kept."""

    async def parted(self, conversation: int) -> bool:
        """A caller's talk with an operator is over; whether he is to be asked how content he was. Raises StoreError."""

    async def graded(self, conversation: int, grade: int) -> None:
        """He has said it. Raises StoreError."""

    async def bygone(self, call: Bygone) -> None:
        """Enter a call that went on without the hub. Telling it twice is telling it once; raises StoreError while it cannot be kept."""

    def admit(self, address: Address, source: str = "") -> None:
        """Raises RefusedError("blocked") for an address, or a network, that is blocked: for channels that can refuse at once.

        What a carrier must be acknowledged for is handed in all the same, and set aside by the hub.
        """

    def challenge(self, caller: Address) -> Challenge | None:
        """Somebody calls: what he must answer by a key before he is let in; None where he need not. Each call is told once."""

    def answered(self, caller: Address, address: Address, *, pressed: bool) -> None:
        """He has pressed a key, or has let it pass twice. `address` is that of the call's conversation: of two calls at once, not his."""

    def called(self, caller: Address, address: Address, lasted_s: float) -> None:
        """His call is over."""

    def typing(self, conversation: int) -> None:
        """The citizen is typing."""

    def seen(self, conversation: int, record: int) -> None:
        """Everything up to a record has been shown to the citizen."""


class Told(Struct, frozen=True):
    """What the hub itself says, and what can be done next."""

    text: str
    choices: tuple[str, ...] = ()


class Asks(Protocol):
    """What the hub itself answers in any conversation: a message that is nothing but a number and what is wanted with it."""

    def asked(self, message: Message) -> tuple[str, ...] | None:
        """What a citizen's message without attachments names, at last the code that is not to be stored, or ""; else None."""

    async def answer(self, head: Conversation, *asked: str) -> Told | None:
        """What is said to that; None where it was said already. Raises StoreError."""


class Corresponding(Protocol):
    """Who has written to somebody on the centre's behalf, and awaits what he answers: that is no question to the robot."""

    def awaits(self, address: Address) -> bool:
        """Whether what comes from there answers a letter of ours; its thread tells."""

    async def replied(self, address: Address, record: Record) -> bool:
        """Take a letter to what it answers, the same one once; False where nobody waits for it any more. Raises StoreError."""


class Grades(Protocol):
    """Who has asked a citizen how content he was: what answers that is no question to the robot, and begins nothing anew."""

    def takes(self, head: Conversation, message: Message) -> Message | None:
        """What is stored of a message that answers it; None for any other."""

    def answers(self, record: Record) -> bool:
        """Whether a stored record is such an answer."""

    async def answered(self, head: Conversation, record: Record) -> str:
        """Count it; what is said to that, or "". Raises StoreError."""

    async def parted(self, conversation: int) -> bool:
        """Intake.parted()."""

    async def graded(self, conversation: int, grade: int) -> None:
        """Intake.graded()."""


class Healthy(Protocol):
    """A part that may fail while the hub goes on."""

    def health(self) -> Health:
        """Whether it can do its work now, and what is to be said about it; out of memory."""


class Channel(Healthy, Protocol):
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
class Awaiting(Replaying, Protocol):
    """A channel whose far end waits for the answer to each message."""

    def reacted(self, conversation: Conversation, records: Sequence[int]) -> None:
        """Nothing more is said to these messages of the citizen by the hub itself; what was said has been shown."""


@runtime_checkable
class Carrying(Channel, Protocol):
    """A carrier takes each message once and for all (SMS, e-mail, messengers, fax): sending is owed until it did."""

    def receive(self) -> AsyncGenerator[Incoming, None]:
        """Incoming messages; being asked for the next means that the last one is stored."""

    async def send(self, conversation: Conversation, records: Sequence[Record]) -> None:
        """Carry to the citizen the messages that were said at once; raises UndeliverableError or UnavailableError."""


class Post(Struct, frozen=True):
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
class Posting(Channel, Protocol):
    """A channel that takes letters which are of no conversation."""

    async def post(self, letter: Post) -> None:
        """Returns when the mail server has taken it; raises UndeliverableError or UnavailableError."""


@runtime_checkable
class Working(Protocol):
    """A channel that has something to do as long as the hub runs, and is asked for nothing."""

    async def work(self) -> None:
        """Until cancelled; what fails is told as the channel's error and begun again after a pause."""


class Bid(Protocol):
    """An operator is offered a conversation."""

    conversation: int

    @property
    def operator(self) -> str:
        """His login."""

    async def accept(self) -> None:
        """He has picked up; raises RefusedError when the offer is over."""

    async def refuse(self) -> None:
        """He cannot be reached: the next one is asked."""


@runtime_checkable
class Ringing(Channel, Protocol):
    """A channel whose conversations are talked: what is offered to an operator rings at his telephone."""

    def ring(self, bid: Bid) -> None: ...

    def hush(self, conversation: int, operator: str) -> None:
        """The offer is over, and he has not accepted it; if he has, `signal` tells that he holds the conversation."""


class Dial(Struct, frozen=True):
    """A call to a citizen: `operator` is called first, then the `number`. `record` tells it from every other one.

    `leg` is the channel's name of the telephone that the operator has in hand already, because he has dialled there himself;
    `inside` tells that the number is the login of a colleague.
    """

    conversation: Conversation
    number: str
    operator: str
    record: int
    leg: str = ""
    inside: bool = False


class Dialled(StrEnum):
    """What became of a call to a citizen."""

    TALKED = "talked"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    NOT_PICKED_UP = "not_picked_up"
    """The operator did not pick up, so the citizen was not called."""
    GIVEN_UP = "given_up"
    """The operator has put the receiver down before the citizen answered."""
    CUT = "cut"
    """The hub stops."""


@runtime_checkable
class Dialling(Channel, Protocol):
    """A channel that calls citizens."""

    def talks(self, conversation: int) -> bool:
        """Whether a call of this conversation goes on."""

    async def dial(self, dial: Dial, answered: Callable[[], None]) -> Dialled:
        """Call, once, and wait until it is over; `answered` is told when they hear each other. Raises UnavailableError."""


class Tape(Struct, frozen=True):
    """A talk is being recorded; since `paused` what is said is left out."""

    paused: datetime | None = None


@runtime_checkable
class Recording(Channel, Protocol):
    """A channel that records talks."""

    def taping(self, conversation: int) -> Tape | None:
        """How the talk that goes on is recorded; None where it is not."""

    async def pause(self, conversation: int, *, paused: bool) -> None:
        """Leave out what is said now, or go on; raises RefusedError where nothing is recorded."""


@runtime_checkable
class Consulting(Channel, Protocol):
    """A channel in which an operator can ask somebody. Whatever becomes of it is told to `Intake.consulted`, after a restart, too."""

    def consulted(self, conversation: int) -> Consulted | None:
        """What goes on now; only RINGS, ASIDE and TOGETHER do."""

    async def consult(self, ask: Ask) -> None:
        """Let the caller wait, and call; raises RefusedError where nobody talks, and UnavailableError. Dialled once for each Ask."""

    async def arrange(self, conversation: int, company: Company) -> None:
        """Bring them into another company than they are in: raises RefusedError where nobody is asked, or while it rings (but BACK).

        PASSED is for somebody outside; a colleague gets the caller as soon as he has the conversation.
        """


class Ear(StrEnum):
    """How a senior operator takes part in a talk."""

    LISTEN = "listen"
    WHISPER = "whisper"
    """Only the operator hears him."""
    JOIN = "join"
    """All hear him."""


@runtime_checkable
class Listening(Channel, Protocol):
    """A channel whose talks others can listen to, each at his own telephone."""

    def listeners(self, conversation: int) -> dict[str, Ear]:
        """Logins of those who listen."""

    async def listen(self, conversation: int, login: str, ear: Ear | None) -> None:
        """Ring his telephone and let him listen, or otherwise than before; None ends it. Raises RefusedError and UnavailableError."""


@runtime_checkable
class Equipping(Channel, Protocol):
    """A channel that gives operators telephones in their browsers."""

    @property
    def exchanges(self) -> tuple[str, ...]:
        """Where such a telephone signs in, with the operator's login: addresses as wss://…; none where there are no such telephones."""

    def password(self, login: str) -> str:
        """His telephone's; raises UnavailableError where there are none."""


class Measure(Struct, frozen=True):
    """What a text costs: SMS `parts`, signs `left` in the last of them, and the `alphabet` that it needs."""

    parts: int
    left: int
    alphabet: str


@runtime_checkable
class Measuring(Protocol):
    """A channel whose carrier counts what is written."""

    def measure(self, text: str) -> Measure: ...


@runtime_checkable
class Trialling(Protocol):
    """A channel whose far end can be tried; nothing of a citizen is touched by it."""

    def trial(self) -> AsyncGenerator[Step, None]:
        """Step by step, while the hub carries, and before it is opened as well."""


class Change(Struct, frozen=True, gc=False):
    """One step of one conversation; it commits as a whole or not at all.

    `expects` is the `last` of the head that the step was thought out for (0 opens the conversation). Without records
    nothing has happened, so the newest record's id becomes the new `last`. `head` is left out when only messages came.
    `owed` are records of it whose reaction must still happen, `settled` those whose reaction this change is.
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
Named = tuple[type[Struct], str]
"""A document by its kind and key."""
Heard = Callable[[Sequence[Struct | type[Struct]]], None]
"""Hears what was committed together: documents, kinds of which one was dropped, and deeds; those of changes are heard by the lanes."""
D = TypeVar("D", bound=Document)


class Printer(Protocol):
    """Makes files of our own papers."""

    async def __call__(self, paper: Paper, form: str) -> bytes:
        """`form` is «docx» or «pdf»; the same paper gives the same bytes."""


class Documents(Protocol):
    """Documents by their kind and key. All of it raises UnavailableStoreError."""

    listeners: list[Heard]
    """Called in the event loop after each commit of documents or deeds."""

    async def put(self, document: Document, deed: Deed | None = None) -> None: ...

    async def drop(self, kind: type[Struct], key: str, deed: Deed | None = None) -> None: ...

    async def exchange(self, put: Sequence[Document], dropped: Sequence[Document], deed: Deed | None = None, *,
                       seen: Sequence[Document] = (), new: Sequence[Document] = ()) -> None:
        """Put some documents and drop others, all of it or nothing.

        `seen` is what this was thought out for, and `new` is put as well: raises ConflictError where one of the former is not as it
        was, or one of the latter is there already. Of those who change the same at once exactly one wins.
        """

    async def get(self, kind: type[D], key: str) -> D | None: ...

    async def all(self, kind: type[D]) -> list[D]: ...

    async def page(self, kind: type[D], *, after: str = "", limit: int = 1000) -> list[D]:
        """Some documents in an order of the store's own, those behind the one with a key."""

    async def marked(self, kind: type[D], name: str, value: str = "", *, since: datetime | None = None, until: datetime | None = None,
                     after: D | None = None, newest: bool = False, limit: int = 50) -> list[D]:
        """Documents with a mark (marks.py), in the order of its moment, or the newest first; `until` is before that moment.

        `after` is the last of the page before.
        """

    async def count(self, kind: type[Struct], name: str, value: str = "", *, since: datetime | None = None,
                    until: datetime | None = None) -> int:
        """How many there are."""


class AuditLog(Protocol):
    """What was done by whom, in a chain that cannot be altered unseen. All of it raises UnavailableStoreError."""

    async def note(self, deed: Deed) -> None:
        """Add to the audit."""

    async def deeds(self, *, before: int = 0, limit: int = 50) -> list[tuple[int, Deed]]:
        """The audit, newest first, with the numbers to page by."""

    async def deeds_about(self, about: Sequence[str], *, before: int = 0, limit: int = 50) -> list[tuple[int, Deed]]:
        """The same of some conversations, articles or logins, found without reading the rest."""

    async def chain(self) -> tuple[int, bytes]:
        """The number and the hash of the audit's last record (chain.py); 0 and START where there is none."""


class Leases(Protocol):
    """Who leads, for a while. All of it raises UnavailableStoreError."""

    async def lease(self, name: str, owner: str, for_s: float) -> Lease:
        """Take it, or prolong it, if it is free, over, or this owner's already; tells who has it then. The clock is the store's."""

    async def leases(self, prefix: str) -> list[Lease]:
        """Those whose name begins so and that are not over, by name."""

    async def release(self, name: str, owner: str) -> None:
        """It is free at once, if it is this owner's."""


class Store(Documents, AuditLog, Leases, Protocol):
    """Conversations, their records, and a few documents, on something that survives a power cut."""

    @property
    def broken(self) -> str:
        """Why nothing can be stored now, or ""."""

    @property
    def commits(self) -> int:
        """Transactions committed since the start."""

    @property
    def took(self) -> Durations:
        """How long each of them took until it was on the disk."""

    @property
    def repeats(self) -> int:
        """How often one was begun anew, since another hub came first or a primary was lost."""

    def submit(self, change: Change, done: Done, *, patient: bool = False) -> None:
        """Commit soon, together with whatever else waits; `done` is called in the event loop, in order of submission.

        What is `patient` may wait some hundredths of a second for others, where commits follow each other.
        """

    async def commit(self, change: Change) -> None:
        """Commit a change; raises ConflictError or UnavailableStoreError."""

    async def conversation(self, conversation: int) -> Conversation | None: ...

    async def conversations(self, numbers: Sequence[int]) -> list[Conversation]:
        """Some of them, in no order; what is not there is left out."""

    async def at_address(self, address: Address) -> Conversation | None:
        """The newest conversation with an address."""

    async def with_addresses(self, addresses: Sequence[Address], *, before: int = 0, limit: int = 50) -> list[Conversation]:
        """Conversations with any of these addresses, whatever their threads, newest first, older than `before`."""

    async def records(self, conversation: int, *, before: int = 0, upto: int = 0, limit: int = 50) -> list[Record]:
        """The last records of a conversation (older than `before`, or up to `upto`), oldest first."""

    async def tails(self, conversations: Sequence[Conversation], limit: int = 8) -> dict[int, list[Record]]:
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

    async def moves(self, first: int, last: int) -> list[Record]:
        """What happened to all conversations, but neither what was said nor thought: ids from `first` to before `last`, in order."""

    async def moves_of(self, conversations: Sequence[int]) -> list[Record]:
        """The same of some conversations, from their beginning."""

    async def thoughts(self, first: int, last: int) -> list[Record]:
        """What the robot thought: records with ids from `first` to before `last`, in order."""

    async def keys(self, conversation: int) -> dict[tuple[str, str], int]:
        """The keys of all messages of a conversation: (login of the operator or "" for the citizen, key) to record id."""

    async def settle(self, records: Sequence[int]) -> None:
        """Mark reactions as done that need no change."""

    async def owed(self) -> list[Record]:
        """Records whose reaction has not happened yet, oldest first."""

    async def find(self, text: str, *, before: int = 0, limit: int = 50) -> list[Hit]:
        """Messages of the archive that hold all words of a text in any of their forms, newest first."""

    async def erase(self, change: Change, left: Sequence[Record], put: Sequence[Document] = (), dropped: Sequence[Named] = (),
                    deed: Deed | None = None) -> None:
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


class Files(Protocol):
    """Attachments, kept by the SHA-256 of their content. Raises SealedError where the keys are not there, OSError where the disk is not."""

    async def put(self, content: bytes | Path) -> str:
        """Store durably and give the SHA-256 in hex. What lies in a file is not read into memory as a whole, and stays there."""

    async def get(self, file: str) -> bytes | None: ...

    async def pieces(self, file: str) -> AsyncGenerator[bytes, None] | None:
        """The same, piece by piece; what was altered raises SealedError at the latest at its end."""

    async def drop(self, file: str) -> None:
        """Delete for ever, its key first."""


class Register(Protocol):
    """What was, and is to be, erased: kept apart from the store, so that a backup that is brought back brings nothing back of it.

    Blocks; raises OSError.
    """

    def add(self, erasures: Sequence[Erasure]) -> None:
        """Durably, behind all others."""

    def after(self, number: int, limit: int | None = None) -> list[Erasure]:
        """All but the first so many, in their order, or `limit` of these."""


class Link(Protocol):
    """The line to other centres, which may be down.

    What is sent arrives once, in the order of its sender, as soon as the line is there.
    """

    centres: Sequence[str]
    """Codes of those at its other ends."""
    on_told: Callable[[Parcel], None]
    """Hears what others tell of this moment."""

    async def send(self, parcel: Parcel) -> None:
        """Returns when it is durable on this side. Raises LinkError: nothing is known to be sent; the same one may be sent again."""

    def receive(self) -> AsyncGenerator[Parcel, None]:
        """What came for this centre. Being asked for the next means that the last one is stored."""

    async def tell(self, parcel: Parcel) -> None:
        """At once or never: for what is worth nothing later. Nothing is kept of it, and nobody knows whether it has come.

        Raises LinkError where there is no such line, and for what is too long.
        """

    def up(self, centre: str) -> bool:
        """Whether it has been heard of lately."""

    async def close(self) -> None: ...


class Expecting(Protocol):
    """Brings the files that a message of another centre speaks of, once that is stored; raises StoreError."""

    async def __call__(self, conversation: int, centre: str, about: About, files: Sequence[Attachment], *, at_home: bool) -> None:
        """`at_home`: that centre has handed the conversation over; else it was handed to it."""


class Finding(Struct, frozen=True):
    """What a scanner says of a file: CLEAN, INFECTED or UNCHECKED, and what it has `found` in its own words."""

    state: Check
    found: str = ""


class Scanner(Protocol):
    """Looks for what harms in files. Raises UnavailableError while it does not answer."""

    async def scan(self, size: int, content: AsyncGenerator[bytes, None]) -> Finding:
        """Look into a file of `size` bytes; raises InterruptedScanError where it was lost in the middle of it."""

    async def probe(self) -> str:
        """Try whether it is there, and finds what it must; gives what it is, in words."""

    async def close(self) -> None: ...


class Seals(Protocol):
    """Where the audit's seals are kept. Blocks; raises SealedError, OSError."""

    def last(self) -> Seal | None: ...

    def add(self, seal: Seal) -> None:
        """Sign and keep it, once for ever."""

    def copy(self) -> None:
        """Bring what is new to whoever else keeps it, too."""


class Ceremony(Protocol):
    """Passkeys as browsers know them: what they are asked, and what their answers (PublicKeyCredential.toJSON) are worth.

    Whoever judges raises RefusedError for an answer that is worth nothing.
    """

    def creation(self, challenge: bytes, login: str, name: str, known: Sequence[Passkey]) -> dict[str, Any]:
        """What navigator.credentials.create() takes; none of the `known` is made again."""

    def created(self, answer: dict[str, Any], challenge: bytes) -> tuple[str, bytes, int]:
        """Id, public key and counter of a new one."""

    def request(self, challenge: bytes, known: Sequence[Passkey]) -> dict[str, Any]:
        """What navigator.credentials.get() takes; where none is known, whoever shows one must prove that he is its owner."""

    def shown(self, answer: dict[str, Any], challenge: bytes, passkey: Passkey, *, alone: bool) -> int:
        """The counter of a passkey that was shown; `alone` its owner must have been verified by it."""


class Directory(Protocol):
    """A provider of identities that operators sign in at. Raises RefusedError, whose text is for people."""

    title: str
    """What its button says."""

    async def begin(self) -> tuple[str, bytes]:
        """Where the browser is sent, and what it must bring back."""

    async def finish(self, query: Mapping[str, str], brought: bytes) -> Person:
        """Who has come back with this query."""

    async def ended(self, token: str) -> tuple[str, str]:
        """Whose session, and which ("" is all), a provider's own logout token ends."""


class Accounts(Protocol):
    """Where citizens prove who they are: ЕСИА.

    Raises RefusedError: `denied`, `unconfirmed` and `failed` (forged, or another's) are the citizen's; `away` is theirs, `misconfigured`
    is ours.
    """

    leave: str
    """Where a browser ends its session there."""

    async def begin(self, *, named: bool) -> tuple[str, bytes]:
        """Where the browser is sent, and what it must bring back; `named` asks for the name, too."""

    async def finish(self, query: Mapping[str, str], brought: bytes) -> Account:
        """Who has come back with this query."""


class Wrapped(Struct, frozen=True):
    """A data key as it may lie anywhere: sealed by the key-encryption key that is named `key`."""

    key: str
    content: bytes


class Keys(Protocol):
    """Key-encryption keys, which never leave whoever keeps them: a file, the environment, a token.

    `of` says whose and what a data key is ("077/files/…"): what is wrapped for one is not unwrapped for another, and a keeper may have
    a key for each centre. Called from any thread, also while another process adds a key; may block. Raises SealedError.
    """

    def newest(self, of: str) -> str:
        """The name of the key that wraps from now on."""

    def wrap(self, secret: bytes, of: str) -> Wrapped:
        """By the newest key."""

    def unwrap(self, wrapped: Wrapped, of: str) -> bytes: ...


@runtime_checkable
class KeyMaking(Keys, Protocol):
    """A keeper that makes its keys itself; of another they are printed, for whoever gives it some."""

    def add(self) -> str:
        """Make a key that wraps from now on, and give its name."""
