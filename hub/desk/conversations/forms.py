"""Data of conversations: list rows, timeline entries, actions."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from hub.actions.follow import News
from hub.actions.later_reply import Stopped
from hub.actions.mention import MOST
from hub.conversations.assignment_reason import PriorityCause
from hub.conversations.attachments import MOST_FILES, Check
from hub.conversations.callback_promise import Outcome
from hub.conversations.channel_traits import Brings
from hub.conversations.message import MOST_COPIES, Author, Source
from hub.conversations.verification_level import DataClass
from hub.desk.http.forms import FileId, Key, Login, NamedOut
from hub.desk.organisation.forms import PlaceOut
from hub.telephony.ports import CallTopology, MonitorMode

Mailbox = Annotated[str, Meta(max_length=254)]
"""RFC 5321 4.5.3.1.3."""
Morning = Callable[[str, datetime], datetime]
"""When work begins in a line on the next working day."""


class HolderOut(Struct, frozen=True):
    """kind is bot, queue, operator, promised, centre, closed or aside; `since` is the beginning.

    For a centre on another deployment `operator` is its code, and `queue` the line that it left.
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
    """The answer owed before `due`. `alarmed` is the per cent of the last alarm; of a `term` nobody was told, and a reply keeps it."""

    given: datetime
    due: datetime
    address: str
    why: str
    by: str
    attempts: list[AttemptOut]
    not_reached: bool
    alarmed: int
    term: bool


class CompanyOut(Struct, frozen=True):
    """The consulted party by name, with the login of a colleague; rings, aside (the citizen waits) or together."""

    company: CallTopology
    whom: str
    colleague: str


class ListenerOut(Struct, frozen=True):
    """A supervisor who takes part in a talk."""

    login: str
    name: str
    mode: MonitorMode


class RecordingOut(Struct, frozen=True):
    """A talk is being recorded; since `paused` the recording is muted."""

    paused: datetime | None = None


class VerificationOut(Struct, frozen=True):
    """Assurance level: nothing, number (a code) or account (Госуслуги), and the data that may be disclosed `until` then."""

    level: Literal["nothing", "number", "account"]
    until: datetime | None
    may_tell: list[DataClass]


class ColleagueOut(Struct, frozen=True):
    """Another operator."""

    login: str
    name: str


class SnoozedOut(Struct, frozen=True):
    """Snoozed by its operator `until` a moment, or (null) until the citizen writes."""

    until: datetime | None
    why: str


class MergedOut(Struct, frozen=True):
    """A conversation merged into another one; its entries are in the timeline of that, under their own `conversation`."""

    id: str
    number: str
    channel: str
    address: str
    at: datetime
    """Time of the merge."""
    files: Brings


class PriorityOut(Struct, frozen=True):
    """Why it goes before others that have waited as long: danger, promise, personal, returned, or rule with its title.

    It counts for `wait_s` seconds of waiting.
    """

    cause: PriorityCause
    title: str
    wait_s: float


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
    """Possible subjects of the caller's number, while no place is stated."""
    address: str = ""
    """The citizen's number or mailbox; "" where the channel has no readable one."""
    measured: bool = False
    """Whether POST …/measure gives the cost of a reply."""
    callable: bool = False
    """Whether its holder may call the citizen: a number is known, and outbound calls are possible."""
    talks: bool = False
    """Whether its holder talks by telephone: consultation and monitoring are possible."""
    company: CompanyOut | None = None
    listeners: list[ListenerOut] = []
    senior_asked: bool = False
    """Whether a supervisor was requested."""
    recording: RecordingOut | None = None
    """State of the current recording."""
    verification: VerificationOut | None = None
    """null at the federal level, which has no personal data."""
    snoozed: SnoozedOut | None = None
    mentioned: bool = False
    """Whether an unread note mentions the recipient of the row."""
    followed: News | None = None
    """What is new to the recipient of the row, who follows it; null where they do not."""
    tags: list[str] = []
    later: "LaterOut | None" = None
    """A reply that waits for its time, or was stopped."""
    looking: list[ColleagueOut] = []
    """Operators who have it open at this moment, oneself included."""
    parts: list[MergedOut] = []
    """Conversations merged into it, in order."""
    language: str = "ru"
    """ISO 639 code of the citizen's language."""
    danger: datetime | None = None
    """Since when life is in danger: it precedes all others."""
    priority: PriorityOut | None = None
    """While it waits."""
    question: str = ""
    """The citizen's last words that ask something, never a mere «оператор»; "" where they have asked nothing yet."""
    served_by: str = ""
    """Login of the operator who closed it last."""
    summary: str = ""
    """The robot's summary for who takes over: what was asked and answered."""
    files: Brings = Brings.ANY
    """Files that its channel can deliver with a reply."""
    subject: str = ""
    """Subject of the citizen's last letter, without «Re:»."""


class LineOut(Struct, frozen=True):
    """One utterance, `at_ms` after the beginning of the talk."""

    at_ms: int
    author: Author
    text: str


class AttachmentOut(Struct, frozen=True):
    """A file. Only a clean one can be opened: others wait for the scanner, are infected, or unscannable.

    `found` is the scanner's text.
    """

    file: str
    name: str
    type: str
    size: int
    state: Check = Check.CLEAN
    found: str = ""


class LaterOut(Struct, frozen=True):
    """A reply that its author sends at a moment; `stopped` says why it is not sent, "" while it waits."""

    at: datetime
    text: str
    files: list[AttachmentOut]
    operator: str
    operator_name: str
    stopped: Stopped
    cc: list[str]


class EntryOut(Struct, frozen=True):
    """One entry of the timeline.

    kind is message, note, handed_over, offered (`text` is the reason of the assignment), offer_ended, placed (`text` is the place),
    carried (`why` is the delivery status of the message `record`: waiting, sent by a person, delivered, read or failed, and `text` the
    details), heard (`text` is the recognised text of the recording `record`), transcribed (`lines` are those of the recorded talk
    `record`, or `why` tells why there are none), deleted (the retention of the recorded talk `record` ended), verified (the citizen was
    verified: `text` is the level, `why` the method), telephoned (`why` is the stage of the call `key`: began, and `text` the number
    dialled; joined or parted with `by`; ended, and `text` the cause by Q.850), corrected (`why` is the corrected field, by `by`, or
    with `key` back reverted; message is a remark `text` on the message `record`), held (`why` is on while the citizen waits in the
    middle of a talk, else off), wrapped_up (`by` wrote for `text` seconds after the talk), erased (personal data was removed from all
    entries before; `why` is term, demand or federal), tagged (the tag `text` was set, or with `why` off taken off), rule_acted (the
    rule `name` did what `text` says), promise_given, attempted, alarmed or promise_ended.
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
    """Quotes and the signature of a message, shown on request."""
    record: str = ""
    lines: list[LineOut] = []
    mentions: list[ColleagueOut] = []
    """Colleagues mentioned in a note."""
    original: AttachmentOut | None = None
    """The letter as it came, where its text was converted."""
    cc: list[str] = []
    """Other mailboxes that have the letter, too."""


class TimelineOut(Struct, frozen=True):
    """A conversation with its last entries, oldest first. `seen_by_citizen` is the id of the last message shown to the citizen."""

    conversation: ConversationOut
    entries: list[EntryOut]
    more: bool
    seen_by_citizen: str


class InboxOut(Struct, frozen=True):
    """A page of a list; `next` is the cursor of the following one, "" where there is none."""

    conversations: list[ConversationOut]
    next: str


class ReplyIn(Struct, frozen=True):
    """`key` is the desk's own unique key: a repeated one stores nothing."""

    key: Key
    text: Annotated[str, Meta(max_length=8000)]
    """May be "" with files."""
    files: Annotated[list[FileId], Meta(max_length=MOST_FILES)] = []
    """Uploaded files."""
    cc: Annotated[list[Mailbox], Meta(max_length=MOST_COPIES)] = []
    """Mailboxes that get a copy."""


class NoteIn(Struct, frozen=True):
    """As a reply; `mentions` are logins of mentioned colleagues."""

    key: Key
    text: Annotated[str, Meta(max_length=8000)]
    mentions: Annotated[list[Login], Meta(max_length=MOST)] = []
    files: Annotated[list[FileId], Meta(max_length=MOST_FILES)] = []


class SnoozeIn(Struct, frozen=True):
    """`until` a moment; without one until the citizen writes. A message of the citizen always ends it."""

    until: Annotated[datetime, Meta(tz=True)] | None = None
    why: Annotated[str, Meta(max_length=500)] = ""


class MorningOut(Struct, frozen=True):
    """When work begins in the conversation's line on the next working day."""

    at: datetime


class RecordingIn(Struct, frozen=True):
    paused: bool


class ReasonIn(Struct, frozen=True):
    """Reason for opening another's conversation: a complaint, a quality check, a question of the citizen."""

    why: Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\S")]


class HoldIn(Struct, frozen=True):
    """Whether there is a legal hold, which prevents any deletion, and its ground."""

    held: bool
    why: Annotated[str, Meta(min_length=1, max_length=1000)]


class TransferIn(Struct, frozen=True):
    """To a queue, or to a colleague, with a note for the receiver."""

    queue: str = ""
    operator: str = ""
    note: Annotated[str, Meta(max_length=8000)] = ""


class CloseIn(Struct, frozen=True):
    """`why` is a supervisor's reason for waiving mandatory script steps.

    `answers` fill in the form of the topic, by the ids of its fields.
    """

    topic: Annotated[str, Meta(min_length=1, max_length=100)]
    why: Annotated[str, Meta(max_length=500)] = ""
    answers: Annotated[dict[Annotated[str, Meta(max_length=80)], Annotated[str, Meta(max_length=500)]], Meta(max_length=50)] = {}


class HitOut(Struct, frozen=True):
    """A message; `marks` are the beginnings and ends of the found words in its text."""

    entry: EntryOut
    conversation: ConversationOut
    marks: list[tuple[int, int]] = []


class HitsOut(Struct, frozen=True):
    """What was found: on the first page also conversations by their number, or the citizen's name, number or mailbox."""

    hits: list[HitOut]
    more: bool
    conversations: list[ConversationOut] = []
