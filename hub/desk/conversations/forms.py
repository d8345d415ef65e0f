"""What travels of conversations: rows of the lists, lines of the timeline, and what is done with them."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from hub.actions.mention import MOST
from hub.conversations.attachments import MOST_FILES, Check
from hub.conversations.callback_promise import Outcome
from hub.conversations.channel_traits import Brings
from hub.conversations.message import Author, Source
from hub.conversations.verification_level import DataClass
from hub.desk.http.forms import FileId, Key, Login, NamedOut
from hub.desk.organisation.forms import PlaceOut
from hub.telephony.ports import CallTopology, MonitorMode

Morning = Callable[[str, datetime], datetime]
"""When work begins in a line on the next day that is worked."""


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
