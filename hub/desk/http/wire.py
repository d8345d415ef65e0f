"""What travels between the hub and the desk by REST; live/frames.py has the live socket.

The OpenAPI description and the desk's own TypeScript types are generated from these. Ids are strings: they do not fit
into JavaScript's 53 bits.
"""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from hub.access.operator import Presence, Role
from hub.access.password_strength import LONGEST, SHORTEST
from hub.access.permissions import Permission
from hub.actions.mention import MOST
from hub.conversations.attachments import MOST_FILES, Check
from hub.conversations.callback_promise import Outcome
from hub.conversations.channel_traits import Brings
from hub.conversations.message import Author, Source
from hub.conversations.verification_level import DataClass
from hub.organisation.level import Level
from hub.telephony.ports import CallTopology, MonitorMode

Text = Annotated[str, Meta(min_length=1, max_length=8000)]
Key = Annotated[str, Meta(min_length=1, max_length=100)]
Login = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9._-]*$")]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
FileId = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Secret = Annotated[str, Meta(min_length=1, max_length=200)]


class ErrorOut(Struct, frozen=True):
    """Every refusal looks like this: `error` is a code for machines, `text` is for people."""

    error: str
    text: str


class PasswordIn(Struct, frozen=True):
    old: Secret
    new: Annotated[str, Meta(min_length=SHORTEST, max_length=LONGEST)]


class NamedOut(Struct, frozen=True):
    id: str
    title: str


class QueueOut(Struct, frozen=True):
    """`home` is the same for all lines of a centre, of an МФЦ's specialists, of a department."""

    id: str
    title: str
    home: str
    closed: bool
    """Nothing is given to it any more."""


class CentreOut(Struct, frozen=True):
    number: str
    title: str
    level: Level


class LoanOut(Struct, frozen=True):
    """Somebody answers other lines until a moment; `own` are his again then, and with `keeps` he answers them as well."""

    lines: list[str]
    own: list[str]
    keeps: bool
    at: datetime
    until: datetime
    by_name: str


class ChannelTitleOut(Struct, frozen=True):
    """A family of channels (`sms`) or a driver that differs from its family (`web.form`)."""

    channel: str
    title: str
    icon: str
    spoken: bool


class MeOut(Struct, frozen=True):
    """Who is signed in. `csrf` goes back in the header X-CSRF-Token of every change."""

    login: str
    name: str
    role: Role
    permissions: list[Permission]
    queues: list[str]
    presence: Presence
    csrf: str
    must_change_password: bool
    must_enrol: bool
    """Whether a second factor must be set up before anything else."""
    centre: str
    all_queues: list[QueueOut]
    all_topics: list[NamedOut]
    passes: bool
    """Whether there are other centres, specialists or departments to pass a conversation on to."""
    timezone: str
    """The centre's own clock."""
    all_skills: list[str]
    directory: list[NamedOut]
    """Telephones outside, by number, that one may ask and pass citizens to."""
    centres: list[CentreOut]
    """Other centres with telephones of their own that a citizen may be passed to, where question and place lead there."""
    contractors: list[str]
    """Those that work for a centre of this hub today: their employees may be given accounts."""
    histories: bool
    """Whether one may see a citizen's other addresses and earlier contacts: not at the federal level."""
    presence_until: datetime | None
    """When the time to wrap up is over; null without one."""
    loan: LoanOut | None
    """Where he was moved for a time."""
    linked: bool
    """Whether conversations are handed to centres on other deployments."""
    channels: list[ChannelTitleOut]
    """How channels are called and drawn, by family and by driver: a driver says so itself."""


class PresenceIn(Struct, frozen=True):
    presence: Presence


class HolderOut(Struct, frozen=True):
    """kind is bot, queue, operator, promised, centre, closed or aside; `since` is when it came there.

    Of a centre on another deployment `operator` is the code, and `queue` the line that it went from.
    """

    kind: str
    since: datetime | None = None
    queue: str = ""
    operator: str = ""
    operator_name: str = ""
    topic: str = ""


class AttemptOut(Struct, frozen=True):
    at: datetime
    by: str
    outcome: Outcome


class PromiseOut(Struct, frozen=True):
    """The answer that is owed before `due`. `alarmed` is how many per cent of the time were told of."""

    given: datetime
    due: datetime
    address: str
    why: str
    by: str
    attempts: list[AttemptOut]
    not_reached: bool
    alarmed: int


class PlaceOut(Struct, frozen=True):
    """Where the service is received: code of the subject, id of the МФЦ, and both in words."""

    subject: str
    mfc: str
    title: str


class CompanyOut(Struct, frozen=True):
    """Whom the operator asks, by name, and his login where he is a colleague; rings, aside (the citizen waits) or together."""

    company: CallTopology
    whom: str
    colleague: str


class ListenerOut(Struct, frozen=True):
    """A senior who takes part in a talk."""

    login: str
    name: str
    mode: MonitorMode


class RecordingOut(Struct, frozen=True):
    """A talk is being recorded; since `paused` what is said is left out."""

    paused: datetime | None = None


class VerificationOut(Struct, frozen=True):
    """How sure the centre is who it talks to: nothing, number (a code) or account (Госуслуги), and what may be told him `until` then."""

    level: Literal["nothing", "number", "account"]
    until: datetime | None
    may_tell: list[DataClass]


class ColleagueOut(Struct, frozen=True):
    """Somebody else at a desk."""

    login: str
    name: str


class SnoozedOut(Struct, frozen=True):
    """Its operator has put it off `until` a moment, or (null) until the citizen writes."""

    until: datetime | None
    why: str


class MergedOut(Struct, frozen=True):
    """A conversation that goes on in another one; its entries stand in the timeline of that, under their own `conversation`."""

    id: str
    number: str
    channel: str
    address: str
    at: datetime
    """When they were merged."""
    files: Brings


class ConversationOut(Struct, frozen=True):
    """A row of the list. `waiting_since` starts the 20 s clock, `held_since` the one of 10 minutes."""

    id: str
    number: str
    channel: str
    name: str
    person: str
    opened: datetime
    holder: HolderOut
    topic: str
    last: str
    last_text: str
    last_author: Author | None
    last_at: datetime | None
    waiting_since: datetime | None
    held_since: datetime | None
    unread: int
    typing: bool
    promise: PromiseOut | None = None
    place: PlaceOut | None = None
    proposed: list[NamedOut] = []
    """Subjects that the caller's number may be from, as long as no place is stated."""
    address: str = ""
    """The citizen's number or mailbox; "" where the channel has none that says something to people."""
    measured: bool = False
    """Whether POST …/measure says what a reply costs."""
    callable: bool = False
    """Whether its holder may call the citizen: a number is known, and calls are placed here."""
    talks: bool = False
    """Whether its holder talks by telephone: he may ask somebody, and seniors may listen."""
    company: CompanyOut | None = None
    listeners: list[ListenerOut] = []
    senior_asked: bool = False
    """Whether a senior is asked to come."""
    recording: RecordingOut | None = None
    """How the talk that goes on is recorded."""
    verification: VerificationOut | None = None
    """null at the federal level, where nothing of a person is told."""
    snoozed: SnoozedOut | None = None
    mentioned: bool = False
    """Whether a note in it speaks of whoever gets the row, and he has not read that."""
    looking: list[ColleagueOut] = []
    """Who has it open at this moment, oneself as well."""
    parts: list[MergedOut] = []
    """Conversations of the same citizen that go on in it, as they were merged."""
    danger: datetime | None = None
    """Since when life is in danger in it: it stands before all others."""
    files: Brings = Brings.ANY
    """Which files of a reply its channel brings."""


class LineOut(Struct, frozen=True):
    """What one of two said, `at_ms` after the beginning of their talk."""

    at_ms: int
    author: Author
    text: str


class AttachmentOut(Struct, frozen=True):
    """A file. Only one that is clean can be opened: else it waits for the scanner, is infected, or could not be looked into.

    `found` is in the scanner's words.
    """

    file: str
    name: str
    type: str
    size: int
    state: Check = Check.CLEAN
    found: str = ""


class EntryOut(Struct, frozen=True):
    """One line of the timeline.

    kind is message, note, handed_over, offered (`text` says why to him), offer_ended, placed (`text` says where), carried (`why` tells
    what became of the message `record`: waiting, delivered, read or failed, and `text` more), heard (`text` are the words of the recording
    `record`), transcribed (`lines` are those of the recorded talk `record`, or `why` tells why there are none), deleted (the term of the
    recorded talk `record` was over), verified (who he is was proved: `text` is the level, `why` how), telephoned (`why` is the stage of the
    call `key`: began, and `text` the number dialled; joined or parted with `by`; ended, and `text` the cause by Q.850),
    corrected (`why` is what of him was put right, by `by`, or for `key` back taken back; message is a remark `text` beside the message
    `record`), held (`why` is on while the
    citizen waits in the middle of a talk, else off), erased (what is personal was taken out of all lines before; `why` is term, demand or
    federal), promise_given, attempted, alarmed or promise_ended.
    """

    id: str
    conversation: str
    kind: str
    at: datetime
    author: Author | None = None
    name: str = ""
    text: str = ""
    key: str = ""
    choices: list[str] = []
    source: Source | None = None
    attachments: list[AttachmentOut] = []
    holder: HolderOut | None = None
    why: str = ""
    by: str = ""
    folded: str = ""
    """Quotes and the signature of a message, shown on demand."""
    record: str = ""
    lines: list[LineOut] = []
    mentions: list[ColleagueOut] = []
    """Colleagues that a note speaks of."""


class TimelineOut(Struct, frozen=True):
    """A conversation with its last entries, oldest first. `seen_by_citizen` is the id of the last message shown to him."""

    conversation: ConversationOut
    entries: list[EntryOut]
    more: bool
    seen_by_citizen: str


class InboxOut(Struct, frozen=True):
    """A page of a list; `next` is where the one behind it begins, "" where there is none."""

    conversations: list[ConversationOut]
    next: str


class ReplyIn(Struct, frozen=True):
    """`key` is the desk's own unique key: sending it again stores nothing twice."""

    key: Key
    text: Annotated[str, Meta(max_length=8000)]
    """May be "" with files."""
    files: Annotated[list[FileId], Meta(max_length=MOST_FILES)] = []
    """What was uploaded before."""


class KeptIn(Struct, frozen=True):
    """The answer that was promised; `key` as of a reply."""

    key: Key
    text: Text


class NoteIn(Struct, frozen=True):
    """As a reply; `mentions` are the logins of colleagues that it speaks of."""

    key: Key
    text: Annotated[str, Meta(max_length=8000)]
    mentions: Annotated[list[Login], Meta(max_length=MOST)] = []
    files: Annotated[list[FileId], Meta(max_length=MOST_FILES)] = []


class SnoozeIn(Struct, frozen=True):
    """`until` a moment; without one until the citizen writes, which always ends it."""

    until: Annotated[datetime, Meta(tz=True)] | None = None
    why: Annotated[str, Meta(max_length=500)] = ""


class MorningOut(Struct, frozen=True):
    """When work begins in the conversation's line on the next day that is worked."""

    at: datetime


class RecordingIn(Struct, frozen=True):
    paused: bool


class ReasonIn(Struct, frozen=True):
    """Why one opens a conversation that somebody else works on, or nobody: a complaint, a check of quality, a question of the citizen."""

    why: Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\S")]


class HoldIn(Struct, frozen=True):
    """Whether nothing of a conversation is deleted, whatever the terms say, and on what ground."""

    held: bool
    why: Annotated[str, Meta(min_length=1, max_length=1000)]


class TransferIn(Struct, frozen=True):
    """To a queue, or to a colleague, with a note for whoever takes it."""

    queue: str = ""
    operator: str = ""
    note: Annotated[str, Meta(max_length=8000)] = ""


class PromiseIn(Struct, frozen=True):
    """`number` is to be called in E.164 form; without one the answer comes where the conversation is."""

    why: Annotated[str, Meta(min_length=1, max_length=1000)]
    number: Annotated[str, Meta(max_length=16, pattern=r"^(\+[1-9][0-9]{6,14})?$")] = ""


class AttemptIn(Struct, frozen=True):
    outcome: Outcome


class CallIn(Struct, frozen=True):
    """`key` is a unique one of this call: sending it again calls nobody twice. `urgent` passes the quiet hours."""

    key: Key
    urgent: bool = False


class WithdrawIn(Struct, frozen=True):
    note: Text


class CloseIn(Struct, frozen=True):
    """`why` is a leader's reason for leaving out mandatory steps of a script that lie ahead."""

    topic: Annotated[str, Meta(min_length=1, max_length=100)]
    why: Annotated[str, Meta(max_length=500)] = ""


class HitOut(Struct, frozen=True):
    entry: EntryOut
    conversation: ConversationOut


class HitsOut(Struct, frozen=True):
    hits: list[HitOut]
    more: bool
