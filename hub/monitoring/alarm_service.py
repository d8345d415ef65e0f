"""Alarms of the floor: what is wrong with a line or a channel is raised once, lasts as long as it is so, and ends by itself (SL-03, MC-01).

Once a second the wallboard has what is to be judged; nothing is counted for it and nothing read. Each is stored, so a restart goes on with
what lasts; one that cannot be stored is told all the same, since a hub whose disk is full has need of it.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

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
from hub.monitoring.rolling_window import SPAN, RollingWindow
from hub.monitoring.wallboard import LineNow, Wallboard
from hub.organisation.alarm_thresholds import CALM, CHANNEL_DOWN_S, PATIENCE, AlarmKind, is_broken, is_well, limit_of
from hub.organisation.queue import Lines, Queue

log = logging.getLogger(__name__)

KEPT = timedelta(days=90)
"""So long after its end an alarm stands in the log."""
FORGETS = timedelta(days=1)
OPEN_FOR = timedelta(minutes=1)
"""So long it is believed that a line is open, or is not: hours are told in minutes."""


class AlarmMonitor:
    """Those of one hub."""

    def __init__(self, store: Store, now: Callable[[], datetime], authorization: Authorization, wallboard: Wallboard, lines: Lines,
                 opening: Opening) -> None:
        self._store, self._now, self._authorization = store, now, authorization
        self._wallboard, self._lines, self._opening = wallboard, lines, opening
        self._active: dict[Place, Alarm] = {}
        self._broken: dict[Place, datetime] = {}
        """Since when it is so, but not yet for long enough."""
        self._well: dict[Place, datetime] = {}
        """Since when an alarm that lasts is well again."""
        self._quiet: dict[Place, Quiet] = {}
        self._lately: defaultdict[str, RollingWindow] = defaultdict(RollingWindow)
        self._nobody_free: dict[str, datetime] = {}
        """Lines in which somebody waits and nobody is free, since then."""
        self._open: dict[str, tuple[datetime, bool]] = {}
        self._down: dict[str, datetime] = {}
        """Channels that cannot carry, since then."""
        self._danger: dict[str, str] = {}
        """Conversations in which life is in danger, with their lines."""
        self._unstored: dict[str, Alarm] = {}
        self._forgotten = now()
        self._changing = asyncio.Lock()
        """While it is held nothing begins or ends: the next second will do."""
        self._tasks = BackgroundTasks()
        self.on_change = Signal[[]]()

    async def start(self) -> None:
        """What lasted when the hub stopped, and where it is to be quiet."""
        for alarm in await self._store.all(Alarm):
            if alarm.ended is None:
                self._active[alarm.place] = alarm
            if alarm.quiet is not None and alarm.quiet.until > self._now():
                self._quiet[alarm.place] = max(alarm.quiet, self._quiet.get(alarm.place, alarm.quiet), key=lambda each: each.until)
        await self._forget()

    def watch(self, heads: Iterable[Conversation]) -> None:
        """Of conversations that go on: those in which life is in danger."""
        for head in heads:
            if head.danger is not None:
                self._danger[str(head.id)] = head.queue
            else:
                self._danger.pop(str(head.id), None)

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """A listener of the lanes: danger is told at once."""
        del live  # it may be ahead of what is committed
        head = change.head
        if head is not None and (head.danger is not None) != (str(head.id) in self._danger):
            self.watch((head,))
            self.look()

    def beats(self, beats: list[ChannelStatus]) -> None:
        """A listener of the pulse."""
        self._down = {beat.channel: self._down.get(beat.channel, self._now()) for beat in beats if not beat.health.up}

    def look(self) -> None:
        """A listener of the wallboard's second."""
        if self._changing.locked():
            return
        now = self._now()
        before, there = dict(self._active), set[Place]()
        for place, limit, value in (*self._of_danger(), *self._of_lines(now), *self._of_channels(now)):
            there.add(place)
            self._judge(place, limit, value, now)
        # A line that is closed or no more, or whose limit was taken away.
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
        """Those that somebody may see, the longest first."""
        return sorted((each for each in self._active.values() if self._is_seen(each, who)), key=lambda each: (each.began, each.id))

    async def log(self, who: Operator, since: datetime, until: datetime) -> list[Alarm]:
        """Those that lasted between two moments, as far as he may see them, the newest first."""
        lasting = {each.id: each for each in self._active.values()}
        known = {each.id: each for each in await self._store.all(Alarm)} | self._unstored | lasting
        found = [each for each in known.values() if each.began < until and (each.ended is None or each.ended >= since)]
        return sorted((each for each in found if self._is_seen(each, who)), key=lambda each: (each.began, each.id), reverse=True)

    def steers(self, who: Operator, alarm: Alarm) -> bool:
        """Whether it is his to acknowledge."""
        own = alarm.trouble is AlarmKind.CHANNEL or self._authorization.covers_all(who, (alarm.queue,))
        return self._authorization.may(who, Permission.STEER) and own

    async def acknowledge(self, who: Operator, id_: str, word: str) -> Alarm:
        """He sees to it, and says how. Twice is once; who comes second sees who was first."""
        async with self._changing:
            alarm = self._find(who, id_)
            if alarm.acknowledged is None:
                said = Acknowledged(who.login, self._now(), word.strip())
                alarm = await self._put(replace(alarm, acknowledged=said),
                                        AuditEntry(said.at, who.login, "alarm_acknowledged", alarm.about, f"{alarm.trouble}: {said.word}"))
        return alarm

    async def silence(self, who: Operator, id_: str, minutes: int) -> Alarm:
        """It is quiet for so many minutes, and whatever begins at its place meanwhile; 0 lets it be heard again."""
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

    def _values(self, queue: Queue, line: LineNow, now: datetime) -> Iterator[tuple[AlarmKind, float | None]]:
        level, left = self._lately[queue.id].shares(now, line.today) if line.today else (None, None)
        if line.waiting and not line.free:
            self._nobody_free.setdefault(queue.id, now)
        else:
            self._nobody_free.pop(queue.id, None)
        yield AlarmKind.WAIT, _seconds(line.oldest, now)
        yield AlarmKind.WAITING, line.waiting
        yield AlarmKind.LEVEL, level
        yield AlarmKind.LEFT, left
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
            alarm = begun(place, now, limit, value, quiet if quiet and quiet.until > now else None,
                          self._danger.get(place[1], "") if trouble is AlarmKind.DANGER else "")
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
                log.warning("alarms of the floor are not stored yet", extra={"why": str(error)})
                return
            self._unstored.clear()
        self.on_change()  # the log has them now

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
            log.warning("old alarms of the floor stay for a day", extra={"why": str(error)})

    def _is_seen(self, alarm: Alarm, who: Operator) -> bool:
        return alarm.trouble is AlarmKind.CHANNEL or self._authorization.line(alarm.queue).centre in self._authorization.below(who)

    def _find(self, who: Operator, id_: str) -> Alarm:
        alarm = next((each for each in self._active.values() if each.id == id_), None)
        if alarm is None or not self._is_seen(alarm, who):
            raise RefusedError("no_such_alarm", "Эта тревога уже закончилась.")
        if not self.steers(who, alarm):
            raise RefusedError("forbidden", ROLE)
        return alarm


def _seconds(since: datetime | None, now: datetime) -> float:
    return 0 if since is None else (now - since).total_seconds()
