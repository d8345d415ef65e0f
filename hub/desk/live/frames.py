"""The frames of the desk's live socket. The desk's own types are generated from these, as from http/wire.py.

Each `needs` one of its permissions, of whoever gets or sends it; one without does not open (notifier.py).
"""

from datetime import datetime
from typing import ClassVar, Literal

from msgspec import Struct

from hub.access.operator import Presence
from hub.access.permissions import Permission
from hub.cases.referral import ReferralState
from hub.conversations.attachments import Check
from hub.conversations.talk_clocks import ClockStage
from hub.desk.appointments.forms import AppointmentOut
from hub.desk.cases.forms import CaseOut
from hub.desk.http.wire import ColleagueOut, ConversationOut, EntryOut
from hub.desk.monitoring.channels import ChannelOut
from hub.desk.notifications.announcements import AnnouncementOut
from hub.desk.notifications.notices import NoticeOut
from hub.knowledge.edition import CardKind
from hub.knowledge.outdated_flag import FlagState
from hub.monitoring.remote_floors import RemoteQueue
from hub.monitoring.wallboard import GroupNow, Late
from hub.reporting.figure import FigureUnit
from hub.robot.training_job import TrainingJob

Listed = Literal[
    "alarms", "audit", "canned", "consents", "demands", "exchange", "floor_messages", "floor_people", "handbook", "mailings",
    "operators", "phrases", "quality", "quarantine", "referrals", "scripts", "security", "services", "settings", "sifting", "submissions",
    "subscriptions", "surveys", "systems", "topics"]
"""Lists whose changes are told by name (lists.py)."""

# The live socket, hub → desk


class Hello(Struct, frozen=True, tag="hello"):
    """First after connecting: the desk loads its views anew whenever it sees this."""

    needs: ClassVar = (Permission.ACCOUNT,)
    presence: Presence
    until: datetime | None
    """When the time to wrap up is over; null without one."""


class OfferMade(Struct, frozen=True, tag="offer"):
    """Accept it by POST …/accept before `until`, or reject it."""

    needs: ClassVar = (Permission.SERVE,)
    conversation: ConversationOut
    until: datetime
    seconds: int


class OfferGone(Struct, frozen=True, tag="offer_gone"):
    """how: accepted, rejected, expired, rescinded."""

    needs: ClassVar = (Permission.SERVE,)
    conversation: str
    how: str


class Changed(Struct, frozen=True, tag="conversation"):
    """A conversation in one of the desk's views has changed, entered it, or (`gone`) left what this person may see."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)
    conversation: ConversationOut
    gone: bool = False


class Added(Struct, frozen=True, tag="entry"):
    """An entry was added to a conversation that is open on this desk."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)
    entry: EntryOut


class FileChecked(Struct, frozen=True, tag="file"):
    """What the scanner makes of a file of an open conversation: clean ones can be opened."""

    needs: ClassVar = (Permission.OPEN_FILES,)
    conversation: str
    file: str
    state: Check
    found: str


class Counts(Struct, frozen=True, tag="counts"):
    """How many conversations are in each view."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)
    mine: int
    waiting: int
    offered: int
    snoozed: int
    mentions: int
    promised: int
    risk: int
    """Promises whose day is nearly over, and cases that must be answered soon, or are too late."""


class LookingChanged(Struct, frozen=True, tag="looking"):
    """Who has a conversation open at this moment: told to whoever may see it and has it in a list, or open as well."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)
    conversation: str
    looking: list[ColleagueOut]


class Mentioned(Struct, frozen=True, tag="mentioned"):
    """A note speaks of one, and one has not read it; at desks that open later, too."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)
    conversation: ConversationOut
    by_name: str
    at: datetime


class TypingSeen(Struct, frozen=True, tag="typing"):
    """The citizen (login "") is typing in an open conversation, or its operator types a reply: that is seen in lists, too."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)
    conversation: str
    login: str


class CitizenSaw(Struct, frozen=True, tag="seen"):
    """Everything up to `id` has been shown to the citizen."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)
    conversation: str
    id: str


class PresenceChanged(Struct, frozen=True, tag="presence"):
    """Of this operator himself (after an expired offer the hub sets him on a break) or of a colleague."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)
    login: str
    presence: Presence
    until: datetime | None
    """When the time to wrap up is over; null without one."""


class PromiseAlarm(Struct, frozen=True, tag="alarm"):
    """So many per cent of a promise's time are over; at 100 it is broken."""

    needs: ClassVar = (Permission.PROMISE, Permission.SEE_ALL)
    conversation: str
    number: str
    percent: int
    due: datetime


class CaseChanged(Struct, frozen=True, tag="case"):
    """A case was registered, or something was done with it: told to whoever may work on it."""

    needs: ClassVar = (Permission.WORK_CASES,)
    case: CaseOut


class ReferralAlarm(Struct, frozen=True, tag="referral_alarm"):
    """A case was sent to an authority and no receipt has come, or it could not be carried. Told to those who see everything."""

    needs: ClassVar = (Permission.WORK_CASES,)
    case: str
    authority: str
    state: ReferralState
    due: datetime


class FlagChanged(Struct, frozen=True, tag="flag"):
    """A field was told to be out of date, its body has written, or it is right again; `own`: one's own, of which one is to be told."""

    needs: ClassVar = (Permission.READ_KNOWLEDGE,)
    case: str
    sort: CardKind
    card: str
    title: str
    field: str
    state: FlagState
    answer: str
    own: bool


class RecommendationChanged(Struct, frozen=True, tag="recommendation"):
    """A recommendation was drafted, rewritten, or has come further: told to whoever advises on all the lines that it counts."""

    needs: ClassVar = (Permission.ADVISE,)
    id: str


class AppointmentChanged(Struct, frozen=True, tag="appointment"):
    """An appointment was made, or something was done with it: told to whoever books at the centre that keeps it."""

    needs: ClassVar = (Permission.BOOK,)
    appointment: AppointmentOut


class CaseAlarm(Struct, frozen=True, tag="case_alarm"):
    """So many per cent of a case's time are over; at 100 its answer is too late. Told to its worker and to those who see everything."""

    needs: ClassVar = (Permission.WORK_CASES,)
    number: str
    percent: int
    due: datetime


class WalkChanged(Struct, frozen=True, tag="walk"):
    """A script of an open conversation was begun or walked, and has so many moves now; null: it was given up. Ask again for the walks."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)
    conversation: str
    walk: str
    moves: int | None


class LongWait(Struct, frozen=True, tag="wait"):
    """The wait in a queue will be longer than 20 s: `predicted_s` seconds, or without end (null) where nobody serves it."""

    needs: ClassVar = (Permission.SEE_ALL,)
    queue: str
    predicted_s: int | None
    waiting: int


class GlassBroken(Struct, frozen=True, tag="glass"):
    """The break-glass account was opened at `at` from `source`, and is open until `until` at most."""

    needs: ClassVar = (Permission.STEER,)
    at: datetime
    until: datetime
    source: str


class TalkStage(Struct, frozen=True, tag="stage"):
    """`prompt`: 8 minutes of a talk are over; `decide`: 10 are, so close it or promise the answer. Nothing cuts it off."""

    needs: ClassVar = (Permission.SERVE,)
    conversation: str
    stage: ClockStage


class SeniorAsked(Struct, frozen=True, tag="senior_asked"):
    """The operator of a talk of one's own centre asks for a senior: answer by POST …/listen."""

    needs: ClassVar = (Permission.LISTEN,)
    conversation: ConversationOut


class SeniorGone(Struct, frozen=True, tag="senior_gone"):
    """None is needed there any more, or one has come."""

    needs: ClassVar = (Permission.LISTEN,)
    conversation: str


class PersonChanged(Struct, frozen=True, tag="person"):
    """Addresses of this conversation's citizen were joined or parted, or a code is awaited: ask again for them and the history."""

    needs: ClassVar = (Permission.SEE_PERSON,)
    conversation: str


class Announced(Struct, frozen=True, tag="announcement"):
    """An announcement was written, approved or withdrawn."""

    needs: ClassVar = (Permission.READ_KNOWLEDGE,)
    announcement: AnnouncementOut


class Noticed(Struct, frozen=True, tag="notice"):
    """A notice was sent, or something became of it."""

    needs: ClassVar = (Permission.NOTIFY,)
    notice: NoticeOut


class ChannelsChanged(Struct, frozen=True, tag="channels"):
    """All channels as they are now, for those who see everything: at most once in two seconds, and with each step of a trial."""

    needs: ClassVar = (Permission.SEE_ALL,)
    channels: list[ChannelOut]


class ChannelNow(Struct, frozen=True):
    """`up` is a channel's own word; `failing`: what was sent last was not carried."""

    channel: str
    up: bool
    failing: bool


class FloorColumn(Struct, frozen=True):
    """A column of the table of groups, as sums of their fields, those after «-» subtracted: `part`, divided by `whole` where there is any.

    `title` is the key of its heading among the desk's words; whatever there is of a `bad` one should not be.
    """

    title: str
    unit: FigureUnit
    part: list[str]
    whole: list[str]
    bad: bool


class FloorChanged(Struct, frozen=True, tag="floor"):
    """The floor as far as it has changed, to desks that show it: at most once a second, and at least every ten. `whole` replaces all."""

    needs: ClassVar = (Permission.SEE_WALLBOARD,)
    at: datetime
    whole: bool
    groups: list[GroupNow]
    late: list[Late]
    """Breaches that are new or have come to another end; `conversation` is "" for whoever may not see it."""
    channels: list[ChannelNow] | None
    """All of them, where one has changed."""
    linked: list[RemoteQueue] | None
    """All centres below that have deployments of their own, where one has changed."""
    columns: list[FloorColumn] | None = None
    """Where it is the `whole`."""


class RobotChanged(Struct, frozen=True, tag="robot"):
    """Another version speaks, the draft is another one ("" for none) or `approved` by somebody, or the work on it has come further.

    For designers, and for those who approve.
    """

    needs: ClassVar = (Permission.EDIT_DIALOGUES, Permission.APPROVE)
    speaks: str
    draft: str
    approved: str
    job: TrainingJob | None


class ListsChanged(Struct, frozen=True, tag="lists"):
    """Lists that one may ask for have changed: whoever shows one of them asks again."""

    needs: ClassVar = (Permission.ACCOUNT,)
    names: list[Listed]


class AccountChanged(Struct, frozen=True, tag="account"):
    """One may or serves something else from now on: ask again who one is, and load the views anew."""

    needs: ClassVar = (Permission.ACCOUNT,)

class SignedOut(Struct, frozen=True, tag="signed_out"):
    """The session has ended; the socket closes."""

    needs: ClassVar = (Permission.ACCOUNT,)

class Wrong(Struct, frozen=True, tag="error"):
    needs: ClassVar = (Permission.ACCOUNT,)
    code: str
    text: str


# The live socket, desk → hub


class Watch(Struct, frozen=True, tag="watch", forbid_unknown_fields=True):
    """The conversation open on this desk ("" for none): its entries arrive live."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)
    conversation: str


class Typing(Struct, frozen=True, tag="typing", forbid_unknown_fields=True):
    needs: ClassVar = (Permission.SERVE,)
    conversation: str


class Saw(Struct, frozen=True, tag="seen", forbid_unknown_fields=True):
    """The operator has read everything up to `id`."""

    needs: ClassVar = (Permission.SERVE,)
    conversation: str
    id: str


class ShowFloor(Struct, frozen=True, tag="floor", forbid_unknown_fields=True):
    """The desk that sends it shows the floor from now on, or does no more."""

    needs: ClassVar = (Permission.SEE_WALLBOARD,)
    on: bool


ToDesk = (
    Hello | OfferMade | OfferGone | Changed | Added | FileChecked | Counts | LookingChanged | Mentioned
    | TypingSeen | CitizenSaw | PresenceChanged | PromiseAlarm
    | CaseChanged | CaseAlarm | ReferralAlarm | FlagChanged | RecommendationChanged | AppointmentChanged | WalkChanged
    | LongWait | GlassBroken | FloorChanged
    | TalkStage | SeniorAsked | SeniorGone | PersonChanged | Announced | Noticed | ChannelsChanged | RobotChanged
    | ListsChanged | AccountChanged | SignedOut | Wrong)
FromDesk = Watch | Typing | Saw | ShowFloor


def id_of(text: str) -> int:
    """Ids are strings on the way, since JavaScript cannot count so far; raises ValueError for what is none."""
    if text.isascii() and text.isdigit() and len(text) < 20 and (number := int(text)) >> 63 == 0:  # noqa: PLR2004 - 63 bits
        return number
    message = f"not an id: {text[:50]}"
    raise ValueError(message)
