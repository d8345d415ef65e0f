"""Alarms of the floor: raised once for a line or a channel, active while the condition holds, then ended automatically (SL-03, MC-01).

The wallboard supplies the values once a second; nothing is counted or read for it. Alarms are stored, so a restart continues with
active ones; an alarm that cannot be stored is shown anyway, since it is needed when the disk is full.
"""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from hub.access.authorization import ROLE, Authorization
from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.conversations.conversation import Conversation
from hub.conversations.ports import Commit, Store
from hub.conversations.sequencer import LiveConversation
from hub.dispatch.ports import Opening
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import RefusedError, StoreError
from hub.kernel.signal import Signal
from hub.monitoring.alarm import Acknowledged, Alarm, Place, Quiet, begun, gone_on
from hub.monitoring.channel_health import ChannelStatus
from hub.monitoring.first_replies import FirstReplies
from hub.monitoring.rolling_window import SPAN, RollingWindow, WindowShares
from hub.monitoring.trunk import RefusedCall
from hub.monitoring.wallboard import LineNow, Wallboard
from hub.organisation.alarm_thresholds import CALM, CHANNEL_DOWN_S, OF_HUB, PATIENCE, AlarmKind, is_broken, is_well, limit_of
from hub.organisation.queue import Lines, Queue

log = logging.getLogger(__name__)

KEPT = timedelta(days=90)
"""How long an ended alarm stays in the log."""
FORGETS = timedelta(days=1)
OPEN_FOR = timedelta(minutes=1)
"""How long the open state of a line is cached: hours have minutes."""


class AlarmMonitor:
    """The alarms of one hub."""

    def __init__(self, store: Store, now: Callable[[], datetime], authorization: Authorization, wallboard: Wallboard, lines: Lines,
                 opening: Opening, first_replies: FirstReplies) -> None:
        self._store, self._now, self._authorization = store, now, authorization
        self._wallboard, self._lines, self._opening, self._first_replies = wallboard, lines, opening, first_replies
        self._active: dict[Place, Alarm] = {}
        self._broken: dict[Place, datetime] = {}
        """Beginning of conditions that do not hold long enough yet."""
        self._well: dict[Place, datetime] = {}
        """When the condition of an active alarm ended."""
        self._quiet: dict[Place, Quiet] = {}
        self._lately: defaultdict[str, RollingWindow] = defaultdict(RollingWindow)
        self._nobody_free: dict[str, datetime] = {}
        """Lines with waiting citizens and no free operator, with the beginning."""
        self._open: dict[str, tuple[datetime, bool]] = {}
        self._down: dict[str, datetime] = {}
        """Channels that cannot carry, with the beginning."""
        self._refused: defaultdict[str, deque[datetime]] = defaultdict(deque)
        """By trunk, when callers were not answered."""
        self._danger: dict[str, str] = {}
        """Conversations with danger to life, with their lines."""
        self._contracts: Mapping[str, tuple[int, str]] = {}
        """Contracts with how many of their numbers were missed this month, and a line of theirs."""
        self._shortages: Mapping[str, tuple[int, int, str]] = {}
        """Times with fewer people in the rosters than are needed: how many are, how many there are, and a line of the centre."""
        self._unstored: dict[str, Alarm] = {}
        self._forgotten = now()
        self._changing = asyncio.Lock()
        """While it is locked nothing begins or ends: the next second does."""
        self._tasks = BackgroundTasks()
        self.on_change = Signal[[]]()

    async def start(self) -> None:
        """Load active alarms and silences."""
        for alarm in await self._store.all(Alarm):
            if alarm.ended is None:
                self._active[alarm.place] = alarm
            if alarm.quiet is not None and alarm.quiet.until > self._now():
                self._quiet[alarm.place] = max(alarm.quiet, self._quiet.get(alarm.place, alarm.quiet), key=lambda each: each.until)
        await self._forget()

    def watch(self, heads: Iterable[Conversation]) -> None:
        """Load open conversations with danger to life."""
        for head in heads:
            if head.danger is not None:
                self._danger[str(head.id)] = head.queue
            else:
                self._danger.pop(str(head.id), None)

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer: danger to life is reported at once."""
        del live  # it may be ahead of what is committed
        head = change.head
        if head is not None and (head.danger is not None) != (str(head.id) in self._danger):
            self.watch((head,))
            self.look()

    def beats(self, beats: list[ChannelStatus]) -> None:
        """Listener of the channel monitor."""
        self._down = {beat.channel: self._down.get(beat.channel, self._now()) for beat in beats if not beat.health.up}

    def stored(self, touched: Iterable[Struct | type[Struct]]) -> None:
        """Listener of the store: callers whom the exchange did not answer."""
        for each in touched:
            if isinstance(each, RefusedCall) and each.decided is None:
                self._refused[each.trunk].append(self._now())

    def contracts(self, missed: Mapping[str, tuple[int, str]]) -> None:
        """Listener of the levels of contracts."""
        self._contracts = missed

    def shortages(self, found: Mapping[str, tuple[int, int, str]]) -> None:
        """Listener of the rosters."""
        self._shortages = found

    def look(self) -> None:
        """Listener of the wallboard's tick."""
        if self._changing.locked():
            return
        now = self._now()
        before, there = dict(self._active), set[Place]()
        for place, limit, value in (*self._of_danger(), *self._of_lines(now), *self._of_channels(now), *self._of_trunks(now),
                                    *self._of_contracts(), *self._of_shortages()):
            there.add(place)
            self._judge(place, limit, value, now)
        # The line is closed or deleted, or its limit was removed.
        for place in (self._active.keys() | self._broken.keys()) - there:
            self._end(place, now)
        if any(place not in before for place in self._active) or any(place not in self._active for place in before):
            self.on_change()
        if self._unstored:
            self._tasks.spawn(self._write())
        if now - self._forgotten >= FORGETS:
            self._forgotten = now
            self._tasks.spawn(self._forget())

    def lasting(self, who: Operator) -> list[Alarm]:
        """Active alarms that the operator may see, the longest first."""
        return sorted((each for each in self._active.values() if self._is_seen(each, who)), key=lambda each: (each.began, each.id))

    async def log(self, who: Operator, since: datetime, until: datetime) -> list[Alarm]:
        """Alarms active between two moments that the operator may see, newest first."""
        lasting = {each.id: each for each in self._active.values()}
        known = {each.id: each for each in await self._store.all(Alarm)} | self._unstored | lasting
        found = [each for each in known.values() if each.began < until and (each.ended is None or each.ended >= since)]
        return sorted((each for each in found if self._is_seen(each, who)), key=lambda each: (each.began, each.id), reverse=True)

    def steers(self, who: Operator, alarm: Alarm) -> bool:
        """Whether the operator may acknowledge it."""
        own = alarm.trouble in OF_HUB or self._authorization.covers_all(who, (alarm.queue,))
        return self._authorization.may(who, Permission.STEER) and own

    async def acknowledge(self, who: Operator, id_: str, word: str) -> Alarm:
        """Acknowledge with a text. Idempotent; the first one counts."""
        async with self._changing:
            alarm = self._find(who, id_)
            if alarm.acknowledged is None:
                said = Acknowledged(who.login, self._now(), word.strip())
                alarm = await self._put(replace(alarm, acknowledged=said),
                                        AuditEntry(said.at, who.login, "alarm_acknowledged", alarm.about, f"{alarm.trouble}: {said.word}"))
        return alarm

    async def silence(self, who: Operator, id_: str, minutes: int) -> Alarm:
        """Silence its place for some minutes; 0 ends the silence."""
        async with self._changing:
            alarm, now = self._find(who, id_), self._now()
            quiet = Quiet(who.login, now + timedelta(minutes=minutes)) if minutes else None
            audit_entry = AuditEntry(now, who.login, "alarm_silenced", alarm.about, f"{alarm.trouble}: {minutes}")
            alarm = await self._put(replace(alarm, quiet=quiet), audit_entry)
            self._quiet.pop(alarm.place, None)
            if quiet:
                self._quiet[alarm.place] = quiet
        return alarm

    async def close(self) -> None:
        await self._tasks.cancel()

    def _of_lines(self, now: datetime) -> Iterator[tuple[Place, int, float | None]]:
        for queue in self._lines.values():
            if not queue.successor:
                for trouble, value in self._values(queue, self._wallboard.line(queue.id), now):
                    if limit := limit_of(queue.alarms, trouble):
                        yield (trouble, queue.id), limit, value

    def _of_danger(self) -> Iterator[tuple[Place, int, float | None]]:
        for conversation in self._danger:
            yield (AlarmKind.DANGER, conversation), 1, 1.0

    def _of_channels(self, now: datetime) -> Iterator[tuple[Place, int, float | None]]:
        active = [name for trouble, name in self._active if trouble is AlarmKind.CHANNEL]
        for name in {*self._down, *active}:
            yield (AlarmKind.CHANNEL, name), CHANNEL_DOWN_S, _seconds(self._down.get(name), now)

    def _of_trunks(self, now: datetime) -> Iterator[tuple[Place, int, float | None]]:
        for trunk, moments in self._refused.items():
            while moments and now - moments[0] >= SPAN:
                moments.popleft()
            yield (AlarmKind.TRUNK, trunk), 1, len(moments)

    def _of_contracts(self) -> Iterator[tuple[Place, int, float | None]]:
        for contract, (missed, _) in self._contracts.items():
            yield (AlarmKind.CONTRACT, contract), 1, missed

    def _of_shortages(self) -> Iterator[tuple[Place, int, float | None]]:
        for shortage, (needed, there, _) in self._shortages.items():
            yield (AlarmKind.SHORTAGE, shortage), needed, there

    def _line_of(self, place: Place) -> str:
        """The line of an alarm that is about something else than a line."""
        match place:
            case AlarmKind.DANGER, conversation:
                return self._danger.get(conversation, "")
            case AlarmKind.CONTRACT, contract:
                return self._contracts.get(contract, (0, ""))[1]
            case AlarmKind.SHORTAGE, shortage:
                return self._shortages.get(shortage, (0, 0, ""))[2]
            case _:
                return ""

    def _values(self, queue: Queue, line: LineNow, now: datetime) -> Iterator[tuple[AlarmKind, float | None]]:
        lately = self._lately[queue.id].shares(now, line.today) if line.today else WindowShares()
        if line.waiting and not line.free:
            self._nobody_free.setdefault(queue.id, now)
        else:
            self._nobody_free.pop(queue.id, None)
        yield AlarmKind.WAIT, _seconds(line.oldest, now)
        yield AlarmKind.WAITING, line.waiting
        yield AlarmKind.UNANSWERED, _seconds(self._first_replies.oldest(queue.id), now)
        yield AlarmKind.LEVEL, lately.level
        yield AlarmKind.CALLS_LEVEL, lately.calls_level
        yield AlarmKind.CALLS_WAIT, lately.calls_wait_s
        yield AlarmKind.LEFT, lately.left
        yield AlarmKind.NOBODY_FREE, _seconds(self._nobody_free.get(queue.id), now)
        if self._is_open(queue.id, now):
            yield AlarmKind.STAFF, line.at_work
        yield AlarmKind.AT_RISK, line.at_risk

    def _is_open(self, queue: str, now: datetime) -> bool:
        asked, is_open = self._open.get(queue, (None, False))
        if asked is None or now - asked >= OPEN_FOR:
            is_open = self._opening.shut(queue, now) is None
            self._open[queue] = now, is_open
        return is_open

    def _judge(self, place: Place, limit: int, value: float | None, now: datetime) -> None:
        trouble, _ = place
        if (alarm := self._active.get(place)) is not None:
            self._active[place] = gone_on(alarm, value)
            if not is_well(trouble, limit, value):
                self._well.pop(place, None)
            elif now - self._well.setdefault(place, now) >= (SPAN if value is None else CALM):
                self._end(place, now)
        elif value is None or not is_broken(trouble, limit, value):
            self._broken.pop(place, None)
        elif now - self._broken.setdefault(place, now) >= PATIENCE.get(trouble, timedelta()):
            del self._broken[place]
            quiet = self._quiet.get(place)
            alarm = begun(place, now, limit, value, quiet if quiet and quiet.until > now else None, self._line_of(place))
            self._active[place] = self._unstored[alarm.id] = alarm

    def _end(self, place: Place, now: datetime) -> None:
        self._broken.pop(place, None)
        self._well.pop(place, None)
        if alarm := self._active.pop(place, None):
            self._unstored[alarm.id] = replace(alarm, ended=now)

    async def _write(self) -> None:
        async with self._changing:
            if not self._unstored:
                return
            try:
                await self._store.exchange(list(self._unstored.values()), [])
            except StoreError as error:
                log.warning("store unavailable: alarms are stored later", extra={"why": str(error)})
                return
            self._unstored.clear()
        self.on_change()  # now they are in the log

    async def _put(self, alarm: Alarm, audit_entry: AuditEntry) -> Alarm:
        await self._store.put(alarm, audit_entry)
        self._unstored.pop(alarm.id, None)
        self._active[alarm.place] = alarm
        self.on_change()
        return alarm

    async def _forget(self) -> None:
        try:
            for alarm in await self._store.all(Alarm):
                if alarm.ended is not None and self._now() - alarm.ended >= KEPT:
                    await self._store.drop(Alarm, alarm.id)
        except StoreError as error:
            log.warning("store unavailable: expired alarms are deleted a day later", extra={"why": str(error)})

    def _is_seen(self, alarm: Alarm, who: Operator) -> bool:
        return alarm.trouble in OF_HUB or self._authorization.line(alarm.queue).centre in self._authorization.below(who)

    def _find(self, who: Operator, id_: str) -> Alarm:
        alarm = next((each for each in self._active.values() if each.id == id_), None)
        if alarm is None or not self._is_seen(alarm, who):
            raise RefusedError("no_such_alarm", "Эта тревога уже закончилась.")
        if not self.steers(who, alarm):
            raise RefusedError("forbidden", ROLE)
        return alarm


def _seconds(since: datetime | None, now: datetime) -> float:
    return 0 if since is None else (now - since).total_seconds()
