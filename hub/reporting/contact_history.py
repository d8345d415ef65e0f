"""Projection of the journal: wishes for an operator, promises, and their results. Pure.

A contact is one wish for an operator: from the moment a citizen began to wait until they were served, left, or were promised a
callback. A conversation may have several.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from hub.conversations.address import FROM
from hub.conversations.conversation import Closed, Holder, InQueue, Promised, SetAside, WithBot, WithOperator, WithRemoteCentre
from hub.conversations.journal import (
    AWAY,
    DIALLED,
    INSIDE,
    CallStage,
    HandedOver,
    Offered,
    OfferEnded,
    PromiseEnd,
    PromiseEnded,
    PromiseGiven,
    PutOnHold,
    StoredEvent,
    Telephoned,
    WrappedUp,
)
from hub.conversations.talk_clocks import ANSWER, answered_in_time
from hub.conversations.transfer_route import TransferReason
from hub.kernel.ids import made_at

REASONS = frozenset(TransferReason) - {TransferReason.SITE_BALANCING}
"""From centre to centre: sites are one centre (RT-01)."""
ROBOT_TALK = timedelta(hours=1)
"""The robot's talk before a wish for an operator begins so long before it at most."""


class Result(StrEnum):
    WAITING = "waiting"
    TALKING = "talking"
    CLOSED = "closed"
    PROMISED = "promised"
    LEFT = "left"
    """Ended without an answer: the citizen disconnected, or the conversation was closed without a talk (CH-14)."""


class DelayCause(StrEnum):
    """Why a wait exceeded 20 s."""

    BEFORE_LINE = "before_line"
    """The robot and announcements took the time: in the line it was at most 20 s."""
    TRANSFERRED = "transferred"
    """It was transferred between queues."""
    NOBODY_FREE = "nobody_free"
    """No operator was free in time."""
    NOT_ACCEPTED = "not_accepted"
    """It was offered in time, and an offer was rejected, expired or withdrawn."""
    ACCEPTED_LATE = "accepted_late"


@dataclass(slots=True)
class Transfer:
    """A contact transferred from one line to another; `taken` is when an operator there accepted it (MC-06).

    Another deployment is FROM with the centre's code, which only the address tells of a sender.
    """

    at: datetime
    sender: str
    receiver: str
    taken: datetime | None = None


@dataclass(slots=True)
class ServiceContact:
    """One wish for an operator. `asked` starts the clock of the line, and for callers `called` that of the call (D3)."""

    conversation: int
    asked: datetime
    queue: str
    """The line of the answer, or the last one of the wait."""
    callback: bool
    """The hub called, for a promise or at an operator's request."""
    answered: datetime | None = None
    ended: datetime | None = None
    result: Result = Result.WAITING
    topic: str = ""
    transfers: int = 0
    passed: int = 0
    """Number of these that went from centre to centre (RT-01)."""
    talk: timedelta = timedelta(0)
    """Duration of all finished talks with operators."""
    wrap_up: timedelta = timedelta(0)
    """Notes of operators after the talks."""
    hold: timedelta = timedelta(0)
    """Part of `talk` during which the citizen waited."""
    offered: datetime | None = None
    """When the first offer was made."""
    refusals: int = 0
    """Offers that ended before the answer."""
    rerouted: bool = False
    operator: str = ""
    """Login of the first operator who answered."""
    handings: tuple[Transfer, ...] = ()
    """Its transfers between lines, in order."""
    called: datetime | None = None
    """When the call was answered: robot and announcements are inside (D3, SL-08). None for text."""
    waits_again: timedelta = timedelta(0)
    """The longest finished wait after a transfer."""
    again_since: datetime | None = None
    """Since when the citizen waits after a transfer."""
    opened: datetime | None = None
    """When the conversation was opened, or opened again: the citizen's first message, or their call (GV-11)."""

    @property
    def began(self) -> datetime:
        """The citizen's first attempt: the robot's talk before is inside, but no older one of a messenger that nobody closes."""
        first = self.called or self.asked
        return self.opened if self.opened is not None and self.asked - ROBOT_TALK <= self.opened < first else first

    def wait(self, now: datetime) -> timedelta:
        """In the line: until an operator answered, it ended unanswered, or now."""
        return (self.answered or self.ended or now) - self.asked

    def call_wait(self, now: datetime) -> timedelta:
        """The same from the answer of the call; nothing for text."""
        return timedelta(0) if self.called is None else self.wait(now) + (self.asked - self.called)

    def wait_again(self, now: datetime) -> timedelta:
        """The longest wait after a transfer (SL-09)."""
        return self.waits_again if self.again_since is None else max(self.waits_again, (self.ended or now) - self.again_since)

    def talked(self, now: datetime) -> timedelta:
        """From the first operator's connection until the end or now."""
        return timedelta(0) if self.answered is None else (self.ended or now) - self.answered

    def cause(self, now: datetime) -> DelayCause:
        """The cause of the wait, if it was too long."""
        if self.wait(now) <= ANSWER:
            return DelayCause.BEFORE_LINE
        if self.rerouted:
            return DelayCause.TRANSFERRED
        if self.offered is None or not answered_in_time(self.asked, self.offered):
            return DelayCause.NOBODY_FREE
        return DelayCause.NOT_ACCEPTED if self.refusals else DelayCause.ACCEPTED_LATE


@dataclass(slots=True)
class PromiseOutcome:
    """A promise and its result."""

    conversation: int
    given: datetime
    due: datetime
    queue: str = ""
    """Its last line."""
    ended: datetime | None = None
    how: PromiseEnd | None = None


class ContactProjection:
    """Projection of conversations. Records are read in the order of their ids; a repeated one changes nothing."""

    def __init__(self) -> None:
        self._stories: dict[int, _Story] = {}

    def __contains__(self, conversation: int) -> bool:
        return conversation in self._stories

    def read(self, records: Iterable[StoredEvent]) -> None:
        for record in records:
            if isinstance(record.entry, HandedOver) and (isinstance(record.entry.holder, WithBot | SetAside) or record.entry.why == INSIDE):
                if record.conversation in self._stories:  # most conversations have no operator, and nothing is counted in them
                    self._stories[record.conversation].reopen(record)
                continue
            if (story := self._stories.get(record.conversation)) is None:
                story = self._stories[record.conversation] = _Story(record.conversation)
            story.read(record)

    @property
    def contacts(self) -> list[ServiceContact]:
        """In the order in which they began, by conversation."""
        return [contact for story in self._stories.values() for contact in story.contacts]

    @property
    def pledges(self) -> list[PromiseOutcome]:
        """In the order in which they were given, by conversation."""
        return [pledge for story in self._stories.values() for pledge in story.pledges]

    @property
    def known(self) -> list[int]:
        """All conversations with any record read."""
        return list(self._stories)

    @property
    def unfinished(self) -> list[int]:
        """Conversations with a waiting, talking or owed citizen."""
        return [number for number, story in self._stories.items() if story.goes_on]

    def contacts_of(self, conversation: int) -> list[ServiceContact]:
        """The contacts of a conversation, which may be unknown."""
        return self._stories[conversation].contacts if conversation in self._stories else []

    def goes_on(self, conversation: int) -> bool:
        return conversation in self._stories and self._stories[conversation].goes_on

    def drop(self, conversation: int) -> None:
        """Forget finished ones: later entries start from scratch."""
        self._stories.pop(conversation, None)


@dataclass(slots=True)
class _Story:
    """One conversation, read entry by entry."""

    conversation: int
    last: int = 0
    """Id of the last record read."""
    contacts: list[ServiceContact] = field(default_factory=list)
    pledges: list[PromiseOutcome] = field(default_factory=list)
    now: ServiceContact | None = None
    talking_since: datetime | None = None
    held_since: datetime | None = None
    line: str = ""
    """The line of `now`."""
    call: str = ""
    """Id of the current call."""
    asking_since: datetime | None = None
    """When the last wait during a talk began: the operator asks whom the citizen is passed to."""
    called: datetime | None = None
    """When the current call was answered."""
    opened: datetime | None = None
    """When the conversation was opened, or opened again after its last contact; None since that one began."""

    def __post_init__(self) -> None:
        self.opened = made_at(self.conversation)

    @property
    def goes_on(self) -> bool:
        """Whether the citizen waits, talks, is owed an answer, or is on the telephone."""
        return self.now is not None or self.called is not None or bool(self.pledges and self.pledges[-1].ended is None)

    def reopen(self, record: StoredEvent) -> None:
        """The robot has it again, after the last contact."""
        if record.id > self.last and self.now is None and isinstance(record.entry, HandedOver):
            self.opened = self.opened or record.entry.at

    def read(self, record: StoredEvent) -> None:  # noqa: C901, PLR0912 - one screen shows everything that is counted
        if record.id <= self.last:
            return
        self.last = record.id
        match record.entry:
            case HandedOver(at=at, holder=Promised() as holder, why="left"):
                self._end(at, Result.LEFT)  # the call promised to a citizen who disconnected is no answer (D2)
                self._handed(at, holder)
            case HandedOver(at=at, holder=holder, why="parted") if self.now is None and self.contacts:
                self._taken_back(at, holder)
            case HandedOver(holder=Closed(), why="ended_there") if self.now and self.now.answered is None:
                self.contacts.remove(self.now)  # the wait is answered and counted in the other conversation
                self.now = None
            case HandedOver(at=at, holder=InQueue(queue=queue), why=why) if why == DIALLED and self.now is None:
                self._begin(at, queue).callback = True
            case Telephoned(at=at, call=call, stage=CallStage.BEGAN):
                self._called(at, call)
            case Telephoned(call=call, stage=CallStage.ENDED) if call == self.call:
                self.call, self.called = "", None
            case HandedOver(at=at, holder=InQueue() as holder, why=why) if why == AWAY:
                self._called(at)
                self._handed(at, holder)
            case HandedOver(at=at, holder=holder, why=why):
                before = self.now
                self._handed(at, holder)
                if contact := self.now or before:
                    contact.handings = (*contact.handings, *self._between_deployments(at, holder, why))
                    contact.passed += why in REASONS
                    contact.transfers += why in REASONS and isinstance(holder, Closed)  # to a centre with its own telephones
            case Offered(at=at) if self.now and self.now.offered is None:
                self.now.offered = at
            case OfferEnded() if self.now and self.now.answered is None:
                self.now.refusals += 1
            case WrappedUp(at=at, since=since) if self.contacts:
                self.contacts[-1].wrap_up += at - since
            case PutOnHold(at=at, on=on) if self.talking_since:
                self._held(at, on=on)
            case PromiseGiven(at=at, due=due):
                self.pledges.append(PromiseOutcome(self.conversation, at, due))
            case PromiseEnded(how=PromiseEnd.MOVED):
                self.pledges.pop()
            case PromiseEnded(at=at, how=how):
                self.pledges[-1].ended, self.pledges[-1].how = at, how
            case _:
                pass

    def _called(self, at: datetime, call: str = "") -> None:
        """A call was answered, and may be in its line already."""
        self.call, self.called = call, at
        if self.now and self.now.answered is None and self.now.called is None:
            self.now.called = min(at, self.now.asked)

    def _handed(self, at: datetime, holder: Holder) -> None:
        handed_on = self.talking_since is not None and isinstance(holder, WithOperator)
        if self.now and self.talking_since:
            self._held(at, on=False)
            self.now.talk += at - self.talking_since
        self.talking_since = None
        match holder:
            case InQueue(queue=queue, since=since):
                self._queued(at, queue, since)
            case WithOperator(queue=queue, operator=login):
                contact = self._answered(at, queue)
                contact.transfers += handed_on
                contact.operator = contact.operator or login
            case Promised(queue=queue):
                self.pledges[-1].queue = queue
                self._end(at, Result.PROMISED)
            case Closed(topic=topic):
                self._end(at, Result.CLOSED, topic)
                self.call, self.called = "", None
            case WithBot() | WithRemoteCentre() | SetAside():
                pass

    def _between_deployments(self, at: datetime, holder: Holder, why: str) -> Iterator[Transfer]:
        """What came here from another one, or was connected to a centre that has telephones alone."""
        if isinstance(holder, Closed) and holder.passed:
            yield Transfer(self.asking_since or at, self.line, FROM + holder.passed.receiver, at)
        elif isinstance(holder, InQueue) and why == "handed_here":
            yield Transfer(at, FROM, holder.queue)

    def _taken_back(self, at: datetime, holder: Holder) -> None:
        """Merged and unmerged: the citizen waits on, and is counted once."""
        contact = self.contacts.pop()
        if isinstance(holder, Promised):  # it was taken only for the merge
            self._handed(at, holder)
            return
        self.contacts.append(contact)
        self.now, self.line, contact.ended, contact.result = contact, contact.queue, None, Result.TALKING
        if isinstance(holder, InQueue) and holder.talked_since is None:
            contact.answered, contact.operator, contact.result = None, "", Result.WAITING
        elif isinstance(holder, WithOperator):
            self.talking_since = at

    def _queued(self, at: datetime, queue: str, since: datetime) -> None:
        if self.now is None:
            self._begin(since, queue)
        elif self.now.answered is not None:
            self.now.transfers += 1
            self.now.result = Result.TALKING
            self.now.again_since = self.now.again_since or at
        elif queue != self.now.queue:
            self.now.queue, self.now.rerouted = queue, True
            self.now.transfers += 1
        self._moved(at, queue)

    def _moved(self, at: datetime, queue: str) -> None:
        if self.now and queue != self.line:
            self.now.handings = (*self.now.handings, Transfer(at, self.line, queue))
            self.line = queue

    def _held(self, at: datetime, *, on: bool) -> None:
        if self.now and self.held_since and not on:
            self.now.hold += at - self.held_since
        self.held_since = (self.held_since or at) if on else None
        self.asking_since = self.held_since or self.asking_since

    def _answered(self, at: datetime, queue: str) -> ServiceContact:
        contact = self.now or self._begin(at, queue)
        self._moved(at, queue)
        if contact.handings and contact.handings[-1].taken is None:
            contact.handings[-1].taken = at
        contact.waits_again, contact.again_since = contact.wait_again(at), None
        contact.answered = contact.answered or at
        contact.result = Result.TALKING
        self.talking_since = at
        return contact

    def _begin(self, asked: datetime, queue: str) -> ServiceContact:
        owed = bool(self.pledges) and self.pledges[-1].ended is None
        called = None if self.called is None else min(self.called, asked)
        self.now = ServiceContact(self.conversation, asked, queue, owed, called=called, opened=self.opened)
        self.opened = self.asking_since = None
        self.contacts.append(self.now)
        self.line = queue
        return self.now

    def _end(self, at: datetime, result: Result, topic: str = "") -> None:
        if self.now is not None:
            if self.called is not None and self.now.answered is not None:
                self.called = at  # the call goes on with another wish, whose clock has no talk inside
            self.now.ended, self.now.topic = at, topic
            self.now.result = Result.LEFT if result is Result.CLOSED and self.now.answered is None else result
        self.now = None
