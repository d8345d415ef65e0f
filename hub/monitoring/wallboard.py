"""The wallboard: waiting citizens, operators, and today's totals for each line, centre, region and the country (MC-01).

A listener of the sequencer and the dispatcher. Changes are recorded as they happen; once a second the results are computed, if
anybody watches. It contains totals only, without persons: it may be shown on a wall.
"""

import asyncio
import logging
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from typing import Any, NamedTuple

from msgspec import Struct, defstruct

from hub.access.operator import Operator, Presence
from hub.access.permissions import Permission, may
from hub.conversations.callback_promise import REQUEUE_AT_PCT, instant
from hub.conversations.conversation import Conversation, InQueue, WithOperator
from hub.conversations.journal import StoredEvent, Thought
from hub.conversations.message import Message
from hub.conversations.ports import Commit
from hub.conversations.sequencer import LiveConversation
from hub.conversations.talk_clocks import ANSWER
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import StoreError
from hub.kernel.ids import first_id
from hub.kernel.retry import constant_pauses, retry
from hub.kernel.signal import Query, Signal
from hub.monitoring.rolling_window import TodaySums
from hub.reporting.columns import COUNTED
from hub.reporting.contact_history import ContactProjection
from hub.reporting.days import Days
from hub.reporting.figure import Place
from hub.reporting.interval_figures import Breach
from hub.reporting.running_totals import RunningTotals

log = logging.getLogger(__name__)

TICK_S = 1.0
"""Seconds between updates."""
SILENCE_S = 10.0
"""Longest time without an update, so that viewers know that the data is current."""
AGAIN_S = 5.0
"""Pause before reading the day again after a failure."""
LISTED = 50
"""Breaches of today sent to a new viewer; all are in the figures."""


class GroupKind(StrEnum):
    """Kind of a group of lines."""

    COUNTRY = "country"
    """All centres whose lines this hub has."""
    REGION = "region"
    CENTRE = "centre"
    LINE = "line"


class Group(Struct, frozen=True):
    """Lines shown together. `centres` are their owners: visible to those who may see all of them."""

    key: str
    kind: GroupKind
    title: str
    lines: tuple[str, ...]
    centres: frozenset[str]


class Work(StrEnum):
    """What an operator does."""

    FREE = "free"
    """Ready, without a conversation."""
    TALKING = "talking"
    """In a conversation, by telephone or in writing."""
    WRAP_UP = "wrap_up"
    PAUSED = "paused"
    """On a break, or at other work."""
    AWAY = "away"


FLOOR_FIELDS = {figure.name: figure.key(Place.FLOOR) for figure in COUNTED[Place.FLOOR]}
"""Figures of today, with their wallboard names."""
TodayFields: Any = defstruct("TodayFields", [(field, int) for field in FLOOR_FIELDS.values()], frozen=True, kw_only=True)


class GroupNow(TodayFields, frozen=True, kw_only=True):  # type: ignore[call-arg,misc]  # its fields are those of the table
    """The current state of a group. Totals of today are those of the table of figures, `still` are offered ones that wait.

    level = in_time / (offered − still), mean wait = wait_s / answered.
    """

    key: str
    kind: GroupKind
    title: str
    lines: tuple[str, ...]
    waiting: int
    oldest: datetime | None
    """Beginning of the longest current wait; null where nobody waits."""
    predicted_s: int | None
    """The wait of a new citizen in its slowest active line; null where nobody serves it."""
    free: int
    talking: int
    wrap_up: int
    paused: int
    away: int
    open: int
    """Open promises of all days."""
    overdue: int


class LineNow(Struct, frozen=True):
    """The current state of a line, as input of alarms."""

    waiting: int
    oldest: datetime | None
    free: int
    at_work: int
    """Operators signed in."""
    at_risk: int
    """Owed answers with less than a fifth of their time left."""
    today: TodaySums | None
    """None until the day was read."""


class Late(Struct, frozen=True):
    """A breach of today; a citizen who still waits has waited since `asked`."""

    conversation: str
    asked: datetime
    wait_s: float
    result: str
    cause: str
    queue: str
    call_wait_s: float | None = None
    """From the answer of the call; null for text."""


class Owed(NamedTuple):
    """Deadline of an owed answer, and the time from which it is at risk."""

    due: datetime
    risky: datetime


class FloorNews(Struct, frozen=True):
    """Changes within a second."""

    groups: tuple[GroupNow, ...] = ()
    late: tuple[Late, ...] = ()


class Wallboard:
    def __init__(self, dispatch: Dispatch, days: Days, groups: Sequence[Group], now: Callable[[], datetime]) -> None:
        self._dispatch, self._days, self._now = dispatch, days, now
        self.groups: dict[str, Group] = {}
        self._groups_of: defaultdict[str, set[str]] = defaultdict(set)
        self._gather(groups)
        self._waiting: defaultdict[str, dict[int, datetime]] = defaultdict(dict)
        self._owed: defaultdict[str, dict[int, Owed]] = defaultdict(dict)
        """Open promises by line."""
        self._where: dict[int, tuple[str, str]] = {}
        """The line of a waiting or owed conversation, and its operator."""
        self._work: dict[str, tuple[Work, frozenset[str]]] = {}
        """The counted state of each operator, with the groups."""
        self._people: defaultdict[str, Counter[Work]] = defaultdict(Counter)
        self._since: dict[str, tuple[Work, datetime]] = {}
        """The state of each operator, with its beginning."""
        self._stirred: set[str] = set()
        """Operators whose state may have changed."""
        self._late: Counter[int] = Counter()
        """Of waiting conversations, how many of their clocks (the line's, the call's) were counted as breaches."""
        self._tally: RunningTotals | None = None
        """None until the day was read."""
        self._unread: list[StoredEvent] = []
        self._caught_up = asyncio.Event()
        self._news: dict[tuple[int, datetime], Breach] = {}
        self._told: dict[str, GroupNow] = {}
        self._told_at = now()
        self._timer: asyncio.TimerHandle | None = None
        self._tasks = BackgroundTasks()
        self.looked_at = Query[[], bool](lambda: False)
        self.on_change = Signal[[FloorNews]]()
        self.on_renewal = Signal[[]]()
        self.on_tick = Signal[[]]()
        """Called once a second, also without viewers."""

    def _gather(self, groups: Iterable[Group]) -> None:
        self.groups.clear()
        self._groups_of.clear()
        for group in groups:
            self.groups[group.key] = group
            for line in group.lines:
                self._groups_of[line].add(group.key)

    def renew(self, groups: Iterable[Group]) -> None:
        """Lines have changed."""
        self._gather(groups)
        self._stirred |= {operator.login for operator in self._dispatch.operators()}
        self.on_renewal()

    def start(self, heads: Iterable[Conversation]) -> None:
        """Load waiting, held and owed conversations; the past of the day is read in the background."""
        known = {head.id: head for head in heads}
        for head in known.values():
            self._place(head)
        self._stirred = {operator.login for operator in self._dispatch.operators()}
        self._tasks.spawn(self._read(known))
        self._wind()

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer, after the dispatcher; most commits are messages and have no effect."""
        del live  # it may be ahead of what is committed
        moves = [record for record in change.records if not isinstance(record.entry, Message | Thought)]
        if not moves:
            return
        if self._tally is None:
            self._unread += moves
        else:
            self._note(self._tally.read(moves, self._now()))
        if change.head is not None:
            self._place(change.head)

    def presence(self, login: str, presence: Presence) -> None:
        """Listener of the dispatcher."""
        del presence
        self._stirred.add(login)

    def account(self, operator: Operator) -> None:
        self._stirred.add(operator.login)

    def whole(self) -> FloorNews:
        """The complete current state, for a new viewer."""
        late = [*self._tally.breaches.values()][-LISTED:] if self._tally else []
        return FloorNews(tuple(self._rows(*GroupKind).values()), tuple(map(late_of, late)))

    def centres_of(self, key: str) -> frozenset[str]:
        """Owners of a group's lines."""
        return self.groups[key].centres

    def centres(self) -> dict[str, GroupNow]:
        """Those of this hub, by code."""
        return {row.key.removeprefix(f"{GroupKind.CENTRE}:"): row for row in self._rows(GroupKind.CENTRE).values()}

    def line(self, queue: str) -> LineNow:
        """One line at this moment."""
        now, people = self._now(), self._people[f"{GroupKind.LINE}:{queue}"]
        today = TodaySums(self._tally.begins, self._tally.of(queue).copy()) if self._tally else None
        return LineNow(len(self._waiting[queue]), min(self._waiting[queue].values(), default=None), people[Work.FREE],
                       sum(people.values()) - people[Work.AWAY], sum(each.risky <= now for each in self._owed[queue].values()), today)

    def work(self, login: str) -> Work:
        """An operator's current state."""
        presence, busy = self._dispatch.presence(login), self._dispatch.held(login) > 0
        match presence:
            case Presence.OFFLINE:
                return Work.AWAY
            case Presence.WRAP_UP:
                return Work.WRAP_UP
            case Presence.READY | Presence.BUSY if busy:
                return Work.TALKING
            case Presence.READY:
                return Work.FREE
            case _:
                return Work.PAUSED

    def since(self, login: str) -> datetime:
        """The beginning of an operator's current state, or when this hub saw it first."""
        self._note_state(login)
        return self._since[login][1]

    def _note_state(self, login: str) -> None:
        work = self.work(login)
        if self._since.get(login, (None,))[0] is not work:
            self._since[login] = work, self._now()

    def tick(self) -> None:
        """Effects of time, and changes since the last update; otherwise called by the timer."""
        now = self._now()
        if self._tally and now >= self._tally.ends:
            self._tally = self._tally.turned(*self._days.span(self._days.today), now)
        self._watch_those_who_wait(now)
        self._count_people()
        self.on_tick()
        if not self.looked_at():
            self._told, self._news = {}, {}
            return
        rows = self._rows(*GroupKind)
        changed = tuple(row for key, row in rows.items() if self._told.get(key) != row)
        late, self._told, self._news = tuple(map(late_of, self._news.values())), rows, {}
        if changed or late or (now - self._told_at).total_seconds() >= SILENCE_S:
            self._told_at = now
            self.on_change(FloorNews(changed, late))

    async def caught_up(self) -> None:
        """Wait until the day was read."""
        await self._caught_up.wait()

    async def close(self) -> None:
        if self._timer:
            self._timer.cancel()
        await self._tasks.cancel()

    def _wind(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(TICK_S, self._ticked)

    def _ticked(self) -> None:
        self._wind()
        self.tick()

    async def _read(self, open_: Mapping[int, Conversation]) -> None:
        """The past of the day; later commits are read after it."""
        day = self._days.today
        begins, ends = self._days.span(day)
        stories = await self._stories(day, [number for number in open_ if number < first_id(begins)])
        tally = RunningTotals(begins, ends, stories)
        stories.read(self._unread)
        unread = len(self._unread)
        await asyncio.to_thread(tally.count_all, self._now())
        tally.read(self._unread[unread:], self._now())
        self._tally, self._unread = tally, []
        self._caught_up.set()

    async def _stories(self, day: date, older: list[int]) -> ContactProjection:
        """Retried until the store can be read."""
        def failed(error: Exception, _attempt: int) -> None:
            log.warning("store unavailable: today's figures of the wallboard are loaded later", extra={"why": str(error)})

        return await retry(partial(self._days.stories, day, older), constant_pauses(AGAIN_S), StoreError, failed)

    def _place(self, head: Conversation) -> None:
        """Update the place of a conversation."""
        line, operator = self._where.pop(head.id, ("", ""))
        self._waiting[line].pop(head.id, None)
        self._owed[line].pop(head.id, None)
        holder = head.holder
        if isinstance(holder, InQueue):
            self._waiting[holder.queue][head.id] = holder.since
        else:
            self._late.pop(head.id, None)
        if head.promise is not None:
            self._owed[head.queue][head.id] = Owed(head.promise.due, instant(head.promise, REQUEUE_AT_PCT))
        now_with = holder.operator if isinstance(holder, WithOperator) else ""
        self._stirred |= {operator, now_with} - {""}
        if now_with or head.promise is not None or isinstance(holder, InQueue):
            self._where[head.id] = (head.queue, now_with)

    def _watch_those_who_wait(self, now: datetime) -> None:
        """A wait that becomes too long is a breach, without any event."""
        if self._tally is None:
            return
        for line in self._waiting.values():
            for conversation, since in line.items():
                late = sum(now - start > ANSWER for start in (since, self._tally.called(conversation)) if start is not None)
                if late > self._late[conversation]:
                    self._late[conversation] = late
                    self._note(self._tally.count(conversation, now))

    def _note(self, breaches: Iterable[Breach]) -> None:
        self._news |= {(breach.conversation, breach.asked): breach for breach in breaches}

    def _count_people(self) -> None:
        stirred, self._stirred = self._stirred, set()
        for login in stirred:
            work, groups = self._work.pop(login, (Work.AWAY, frozenset()))
            for key in groups:
                self._people[key][work] -= 1
            who = self._dispatch.operator(login)
            if who is None or not may(who, Permission.SERVE):
                continue
            self._note_state(login)
            now = self._work[login] = (self.work(login), frozenset().union(*(self._groups_of[queue] for queue in who.queues)))
            for key in now[1]:
                self._people[key][now[0]] += 1

    def _rows(self, *kinds: GroupKind) -> dict[str, GroupNow]:
        """Rows of these kinds of groups."""
        now = self._now()
        predicted = {queue: self._dispatch.expects(queue) for queue in self._groups_of}
        return {key: self._row(group, predicted, now) for key, group in self.groups.items() if group.kind in kinds}

    def _row(self, group: Group, predicted: Mapping[str, float], now: datetime) -> GroupNow:
        waiting = [since for line in group.lines for since in self._waiting[line].values()]
        owed = [each.due for line in group.lines for each in self._owed[line].values()]
        people, sums = self._people[group.key], Counter[str]()
        for line in group.lines if self._tally else ():
            sums.update(self._tally.of(line) if self._tally else {})
        at_work = [predicted[line] for line in group.lines if self._waiting[line] or not math.isinf(predicted[line])]
        slowest = max(at_work, default=math.inf)
        return GroupNow(
            key=group.key, kind=group.kind, title=group.title, lines=group.lines, waiting=len(waiting), oldest=min(waiting, default=None),
            predicted_s=None if math.isinf(slowest) else round(slowest),
            free=people[Work.FREE], talking=people[Work.TALKING], wrap_up=people[Work.WRAP_UP], paused=people[Work.PAUSED],
            away=people[Work.AWAY], open=len(owed), overdue=sum(due < now for due in owed),
            **{field: round(sums[name]) for name, field in FLOOR_FIELDS.items()})


def late_of(breach: Breach) -> Late:
    return Late(str(breach.conversation), breach.asked, breach.wait_s, breach.result, breach.cause, breach.queue, breach.call_wait_s)
