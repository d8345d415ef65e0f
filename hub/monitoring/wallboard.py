"""The floor as it is at this moment: who waits, who works, what today came to, of each line, centre, region and of the country (MC-01).

A listener of the lanes and of the dispatch. What moves is noted as it moves; once a second what follows from it is put together, and only
if somebody looks. Only sums are told, of nobody: a wall may show them.
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
"""Nothing is told more often."""
SILENCE_S = 10.0
"""Whoever looks is told something so often, so that he knows that what he sees is not old."""
AGAIN_S = 5.0
"""After so long the day is asked for again where it could not be read."""
LISTED = 50
"""So many of today's breaches are told to whoever begins to look; all of them stand in the figures."""


class GroupKind(StrEnum):
    """What a group of lines is."""

    COUNTRY = "country"
    """All centres whose lines this hub has."""
    REGION = "region"
    CENTRE = "centre"
    LINE = "line"


class Group(Struct, frozen=True):
    """Lines that are shown together. `centres` are whose they are: whoever sees all of these may see it."""

    key: str
    kind: GroupKind
    title: str
    lines: tuple[str, ...]
    centres: frozenset[str]


class Work(StrEnum):
    """What an operator does."""

    FREE = "free"
    """Ready, and has nobody."""
    TALKING = "talking"
    """Has somebody, by telephone or in writing."""
    WRAP_UP = "wrap_up"
    PAUSED = "paused"
    """On a break, or at other work."""
    AWAY = "away"


FLOOR_FIELDS = {figure.name: figure.key(Place.FLOOR) for figure in COUNTED[Place.FLOOR]}
"""Figures of today, and what they are called beside those of this moment."""
TodayFields: Any = defstruct("TodayFields", [(field, int) for field in FLOOR_FIELDS.values()], frozen=True, kw_only=True)


class GroupNow(TodayFields, frozen=True, kw_only=True):  # type: ignore[call-arg,misc]  # its fields are those of the table
    """A group at one moment. Sums of today are those of the table of figures, `still` are those of the offered who wait.

    level = in_time / (offered − still), mean wait = wait_s / answered.
    """

    key: str
    kind: GroupKind
    title: str
    lines: tuple[str, ...]
    waiting: int
    oldest: datetime | None
    """Since when the one who waits longest has; null where nobody does."""
    predicted_s: int | None
    """How long whoever joins now will wait, in the slowest of its lines at work; null where nobody serves it."""
    free: int
    talking: int
    wrap_up: int
    paused: int
    away: int
    open: int
    """Promises that are owed, from whatever day."""
    overdue: int


class LineNow(Struct, frozen=True):
    """A line at one moment, as far as alarms go by it."""

    waiting: int
    oldest: datetime | None
    free: int
    at_work: int
    """Signed in, whatever they do."""
    at_risk: int
    """Owed answers that have less than a fifth of their time left."""
    today: TodaySums | None
    """None until the day was read."""


class Late(Struct, frozen=True):
    """A breach of today, as it stands: whoever waits still has waited since `asked`."""

    conversation: str
    asked: datetime
    wait_s: float
    result: str
    cause: str
    queue: str


class Owed(NamedTuple):
    """When an owed answer is due, and from when on it is at risk."""

    due: datetime
    risky: datetime


class FloorNews(Struct, frozen=True):
    """What has changed within a second."""

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
        """The line in which a conversation waits or is owed, and the operator who has it."""
        self._work: dict[str, tuple[Work, frozenset[str]]] = {}
        """What each operator is counted as, and in which groups."""
        self._people: defaultdict[str, Counter[Work]] = defaultdict(Counter)
        self._stirred: set[str] = set()
        """Operators whose work may be another one."""
        self._late: set[int] = set()
        """Who waits and is known to have waited for too long."""
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
        """Called once a second, whoever looks."""

    def _gather(self, groups: Iterable[Group]) -> None:
        self.groups.clear()
        self._groups_of.clear()
        for group in groups:
            self.groups[group.key] = group
            for line in group.lines:
                self._groups_of[line].add(group.key)

    def renew(self, groups: Iterable[Group]) -> None:
        """Lines are other ones now."""
        self._gather(groups)
        self._stirred |= {operator.login for operator in self._dispatch.operators()}
        self.on_renewal()

    def start(self, heads: Iterable[Conversation]) -> None:
        """Take over what waits, is held and is owed; the day that has gone by is read meanwhile."""
        known = {head.id: head for head in heads}
        for head in known.values():
            self._place(head)
        self._stirred = {operator.login for operator in self._dispatch.operators()}
        self._tasks.spawn(self._read(known))
        self._wind()

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """A listener of the lanes, after the dispatch; most of what it hears is words, and nothing follows from them."""
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
        """A listener of the dispatch."""
        del presence
        self._stirred.add(login)

    def account(self, operator: Operator) -> None:
        self._stirred.add(operator.login)

    def whole(self) -> FloorNews:
        """All as it is now, for whoever begins to look."""
        late = [*self._tally.breaches.values()][-LISTED:] if self._tally else []
        return FloorNews(tuple(self._rows(*GroupKind).values()), tuple(map(late_of, late)))

    def centres_of(self, key: str) -> frozenset[str]:
        """Whose lines a group has."""
        return self.groups[key].centres

    def centres(self) -> dict[str, GroupNow]:
        """Those of this hub, by their codes."""
        return {row.key.removeprefix(f"{GroupKind.CENTRE}:"): row for row in self._rows(GroupKind.CENTRE).values()}

    def line(self, queue: str) -> LineNow:
        """One line at this moment."""
        now, people = self._now(), self._people[f"{GroupKind.LINE}:{queue}"]
        today = TodaySums(self._tally.begins, self._tally.of(queue).copy()) if self._tally else None
        return LineNow(len(self._waiting[queue]), min(self._waiting[queue].values(), default=None), people[Work.FREE],
                       sum(people.values()) - people[Work.AWAY], sum(each.risky <= now for each in self._owed[queue].values()), today)

    def work(self, login: str) -> Work:
        """What somebody does at this moment."""
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

    def tick(self) -> None:
        """What the time brings, and what has changed since it was told last; otherwise its own timer does."""
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
        """The day as it has gone until now; what has come meanwhile is read after it."""
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
        """As soon as the store can be read."""
        def failed(error: Exception, _attempt: int) -> None:
            log.warning("the floor shows nothing of today yet", extra={"why": str(error)})

        return await retry(partial(self._days.stories, day, older), constant_pauses(AGAIN_S), StoreError, failed)

    def _place(self, head: Conversation) -> None:
        """Where a conversation is now."""
        line, operator = self._where.pop(head.id, ("", ""))
        self._waiting[line].pop(head.id, None)
        self._owed[line].pop(head.id, None)
        holder = head.holder
        if isinstance(holder, InQueue):
            self._waiting[holder.queue][head.id] = holder.since
        else:
            self._late.discard(head.id)
        if head.promise is not None:
            self._owed[head.queue][head.id] = Owed(head.promise.due, instant(head.promise, REQUEUE_AT_PCT))
        now_with = holder.operator if isinstance(holder, WithOperator) else ""
        self._stirred |= {operator, now_with} - {""}
        if now_with or head.promise is not None or isinstance(holder, InQueue):
            self._where[head.id] = (head.queue, now_with)

    def _watch_those_who_wait(self, now: datetime) -> None:
        """Whoever has waited too long is a breach, although nothing happens then."""
        if self._tally is None:
            return
        for line in self._waiting.values():
            for conversation in [number for number, since in line.items() if now - since > ANSWER and number not in self._late]:
                self._late.add(conversation)
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
            now = self._work[login] = (self.work(login), frozenset().union(*(self._groups_of[queue] for queue in who.queues)))
            for key in now[1]:
                self._people[key][now[0]] += 1

    def _rows(self, *kinds: GroupKind) -> dict[str, GroupNow]:
        """Of these kinds of groups."""
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
    return Late(str(breach.conversation), breach.asked, breach.wait_s, breach.result, breach.cause, breach.queue)
