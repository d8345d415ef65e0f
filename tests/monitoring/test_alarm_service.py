"""Alarms of the floor are raised once, last as long as it is so, end by themselves, and are the same after a restart."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.access.operator import Presence
from hub.kernel.errors import RefusedError
from hub.kernel.health import Health
from hub.monitoring.alarm import Alarm
from hub.monitoring.alarm_service import KEPT, AlarmMonitor
from hub.monitoring.channel_health import ChannelStatus
from hub.monitoring.first_replies import FirstReplies
from hub.monitoring.rolling_window import SPAN, RollingWindow, TodaySums
from hub.monitoring.trunk import RefusedCall
from hub.organisation.alarm_thresholds import CALM, CHANNEL_DOWN_S, MOST, AlarmKind, Thresholds, is_broken, is_well, worse
from hub.organisation.opening_hours import Calendar
from hub.organisation.queue import Lines
from routing.line_hours import LineHours
from storage.sqlite import SqliteStore
from tests.authorization_rules import authorization_of
from tests.conversations.test_failing_store import failing
from tests.monitoring.test_wallboard import wall_of
from tests.rig import ANNA, BOSS, OLGA, QUEUES, Clock, Rig, eventually

SHUT = Thresholds(*[0] * 10)
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Bells:
    """Alarms of the line «general» by one limit, each second told by the test."""

    def __init__(self, rig: Rig, alarm_monitor: AlarmMonitor, tick: object) -> None:
        self.rig, self.alarm_monitor, self.rung = rig, alarm_monitor, 0
        alarm_monitor.on_change.subscribe(self._ring)
        self._tick = tick

    def _ring(self) -> None:
        self.rung += 1

    async def after(self, seconds: float) -> list[Alarm]:
        """What lasts so many seconds later, with everything stored."""
        for _ in range(int(seconds)):
            self.rig.clock.forward(1)
            self._tick()  # type: ignore[operator]
        await self.stored()
        return self.alarm_monitor.lasting(BOSS)

    async def stored(self) -> None:
        async def done() -> bool:
            return not self.alarm_monitor._unstored
        await eventually(done)


@asynccontextmanager
async def bells(rig: Rig, limits: Thresholds, hours: tuple[Calendar, ...] = ()) -> AsyncIterator[Bells]:
    lines = Lines(replace(each, alarms=limits if each.id == "general" else SHUT) for each in QUEUES)
    async with wall_of(rig) as wall:
        replies = FirstReplies(rig.sequencer, rig.store)
        opening = LineHours(hours, {each.id: "" for each in QUEUES})
        alarm_monitor = AlarmMonitor(rig.store, rig.clock, authorization_of(QUEUES), wall.board, lines, opening, replies)
        await alarm_monitor.start()
        await replies.start(await rig.store.held(""))
        rig.sequencer.on_commit.show.subscribe(replies.committed)
        wall.board.on_tick.subscribe(alarm_monitor.look)
        yield Bells(rig, alarm_monitor, wall.board.tick)
        rig.sequencer.on_commit.show.unsubscribe(replies.committed)
        await alarm_monitor.close()


async def test_it_begins_once_lasts_and_ends_by_itself(rig: Rig) -> None:  # SL-03 MC-01
    async with bells(rig, replace(SHUT, wait_s=20)) as ringer:
        waits = await rig.waiting()
        assert await ringer.after(20) == []  # exactly 20 s are none
        alarm, = await ringer.after(1)
        assert (alarm.trouble, alarm.about, alarm.limit, alarm.value) == (AlarmKind.WAIT, "general", 20, 21)
        assert [each.id for each in await ringer.after(30)] == [alarm.id]
        rig.ready(ANNA)
        await rig.actions.take(ANNA, waits)
        await rig.told()
        assert [each.id for each in await ringer.after(CALM.seconds)] == [alarm.id]
        assert await ringer.after(1) == []
        over, = await rig.store.all(Alarm)
        assert (over.worst, over.ended is not None, ringer.rung >= 2) == (51, True, True)


async def test_what_goes_up_and_down_is_one_alarm(rig: Rig) -> None:  # MC-01
    async with bells(rig, replace(SHUT, waiting=1)) as ringer:
        first, second = await rig.waiting(), await rig.waiting(who="other")
        alarm, = await ringer.after(1)
        rig.ready(ANNA)
        for number in (first, second):
            await rig.actions.take(ANNA, number)
        await rig.told()
        assert len(await ringer.after(CALM.seconds - 5)) == 1
        for who in ("third", "fourth"):
            await rig.waiting(who=who)
        assert [each.id for each in await ringer.after(CALM.seconds * 2)] == [alarm.id]
        assert len(await rig.store.all(Alarm)) == 1


async def test_a_restart_goes_on_with_it_and_doubles_nothing(rig: Rig) -> None:  # MC-01
    async with bells(rig, replace(SHUT, wait_s=20)) as ringer:
        await rig.waiting()
        before, = await ringer.after(25)
        said = await ringer.alarm_monitor.acknowledge(BOSS, before.id, "зову Ольгу")
    async with bells(rig, replace(SHUT, wait_s=20)) as again:
        assert await again.after(0) == [said]
        assert [each.id for each in await again.after(60)] == [before.id]
    async with bells(rig, SHUT) as none:  # its limit was taken away
        assert await none.after(1) == []
        assert len(await rig.store.all(Alarm)) == 1


async def test_somebody_sees_to_it_and_a_silence_holds_for_what_begins_meanwhile(rig: Rig) -> None:  # MC-01 SE-01
    async with bells(rig, replace(SHUT, nobody_free_s=5)) as ringer:
        waits = await rig.waiting()
        alarm, = await ringer.after(7)
        assert (await ringer.alarm_monitor.acknowledge(BOSS, alarm.id, " зову ")).acknowledged is not None
        assert (await ringer.alarm_monitor.acknowledge(BOSS, alarm.id, "ещё раз")).acknowledged.word == "зову"  # type: ignore[union-attr]
        with pytest.raises(RefusedError, match="прав"):
            await ringer.alarm_monitor.acknowledge(ANNA, alarm.id, "")
        quiet = (await ringer.alarm_monitor.silence(BOSS, alarm.id, 60)).quiet
        rig.ready(ANNA)
        await rig.actions.take(ANNA, waits)
        await rig.told()
        assert await ringer.after(CALM.seconds + 1) == []
        with pytest.raises(RefusedError, match="закончилась"):
            await ringer.alarm_monitor.acknowledge(BOSS, alarm.id, "")
        rig.dispatch.set_presence(ANNA, Presence.BREAK)
        await rig.waiting(who="other")
        next_one, = await ringer.after(7)
        assert (next_one.quiet, next_one.acknowledged, next_one.id != alarm.id) == (quiet, None, True)
        assert (await ringer.alarm_monitor.silence(BOSS, next_one.id, 0)).quiet is None
        audit_entries = [audit_entry.what for _, audit_entry in await rig.store.audit_entries() if audit_entry.what.startswith("alarm")]
        assert audit_entries == ["alarm_silenced", "alarm_silenced", "alarm_acknowledged"]


async def test_nobody_is_signed_in_while_the_line_is_open(rig: Rig) -> None:  # SL-01 MC-01
    async with bells(rig, replace(SHUT, staff=2)) as ringer:
        assert await ringer.after(60) == []  # a shift is relieved
        alarm, = await ringer.after(61)
        assert (alarm.trouble, alarm.value) == (AlarmKind.STAFF, 0)
        rig.ready(ANNA, OLGA)
        assert len(await ringer.after(10)) == 1
        assert await ringer.after(CALM.seconds) == []
    async with bells(rig, replace(SHUT, staff=9), (Calendar(zone="UTC", week={}),)) as shut:
        assert await shut.after(180) == []


async def test_answers_that_are_owed_soon(rig: Rig) -> None:  # SL-05 MC-01
    async with bells(rig, replace(SHUT, at_risk=1)) as ringer:
        owed = await rig.waiting()
        rig.ready(ANNA)
        await rig.actions.take(ANNA, owed)
        await rig.promise_actions.promise(ANNA, owed, "надо уточнить")
        await rig.told()
        assert await ringer.after(1) == []
        rig.clock.forward(timedelta(hours=19, minutes=12).total_seconds())
        alarm, = await ringer.after(1)
        assert (alarm.trouble, alarm.value) == (AlarmKind.AT_RISK, 1)


async def test_a_channel_that_is_down_for_long(rig: Rig, clock: Clock) -> None:  # MC-01
    def beat(*, up: bool) -> list[ChannelStatus]:
        return [ChannelStatus("sms.smpp", Health(up), None, None, 0, "", None)]

    async with bells(rig, SHUT) as ringer:
        ringer.alarm_monitor.beats(beat(up=False))
        assert await ringer.after(CHANNEL_DOWN_S) == []
        assert [(each.trouble, each.about) for each in await ringer.after(1)] == [(AlarmKind.CHANNEL, "sms.smpp")]
        ringer.alarm_monitor.beats(beat(up=True))
        assert await ringer.after(CALM.seconds + 1) == []
        assert len(await ringer.alarm_monitor.log(BOSS, clock() - timedelta(days=1), clock())) == 1
    clock.forward(KEPT.total_seconds())
    async with bells(rig, SHUT):
        assert await rig.store.all(Alarm) == []


async def test_callers_whom_the_exchange_did_not_answer(rig: Rig, clock: Clock) -> None:  # CH-19 MC-01
    async with bells(rig, SHUT) as ringer:
        rig.store.on_documents.subscribe(ringer.alarm_monitor.stored)
        for number in range(2):
            await rig.store.put(RefusedCall(f"a1-1.{number}", clock(), "a1/trunk", "88001002030", "+79160000001", 17))
        alarm, = await ringer.after(1)
        assert (alarm.trouble, alarm.about, alarm.value) == (AlarmKind.TRUNK, "a1/trunk", 2)
        assert (await ringer.alarm_monitor.acknowledge(BOSS, alarm.id, "")).acknowledged is not None
        await rig.store.put(RefusedCall("a1-1.1", clock(), "a1/trunk", "88001002030", "+79160000001", 17, "anna", clock()))
        assert len(await ringer.after(SPAN.total_seconds() - 5)) == 1
        assert await ringer.after(CALM.seconds + 5) == []


async def test_it_is_told_although_it_cannot_be_stored(on_disk: Rig, disk: SqliteStore) -> None:  # RL-04 MC-01
    async with bells(on_disk, replace(SHUT, wait_s=20)) as ringer:
        await on_disk.waiting()
        with failing(disk):
            on_disk.clock.forward(21)
            ringer.alarm_monitor.look()
            assert (len(ringer.alarm_monitor.lasting(BOSS)), ringer.rung) == (1, 1)
            await ringer.alarm_monitor._write()
        alarm, = await ringer.after(1)
        assert [each.id for each in await on_disk.store.all(Alarm)] == [alarm.id]


async def test_a_chat_that_was_accepted_and_not_answered_is_an_alarm(rig: Rig) -> None:  # SL-09
    async with bells(rig, replace(SHUT, unanswered_s=60)) as ringer:
        rig.ready(ANNA)
        chat = await rig.waiting()
        await rig.actions.accept(ANNA, chat)
        await rig.told()
        await rig.actions.say(ANNA, chat, "n", "Что ему сказать?", internal=True)  # a note is no reply
        assert await ringer.after(60) == []
        alarm, = await ringer.after(1)
        assert (alarm.trouble, alarm.about) == (AlarmKind.UNANSWERED, "general")
    async with bells(rig, replace(SHUT, unanswered_s=60)) as ringer:  # over a restart
        alarm, = await ringer.after(1)
        assert alarm.trouble is AlarmKind.UNANSWERED
        await rig.actions.say(ANNA, chat, "a", "Добрый день", internal=False)
        await rig.told()
        assert await ringer.after(31) == []
        await rig.stored("Спасибо", "k2")
        assert await ringer.after(100) == []  # it was answered
    async with bells(rig, replace(SHUT, unanswered_s=60)) as ringer:
        assert await ringer.after(61) == []


def today(day: datetime, decided: int, in_time: int, left: int) -> TodaySums:
    return TodaySums(day, {"offered": decided, "waiting": 0, "in_time": in_time, "left": left})


def test_the_last_quarter_of_an_hour_out_of_the_sums_of_a_day() -> None:  # SL-03 MC-01
    lately = RollingWindow()
    assert lately.shares(AT, today(AT, 1000, 990, 5))[:2] == (None, None)
    at = AT
    for minute in range(1, 21):  # each minute ten are decided on: eight in time, one has left
        at = AT + timedelta(minutes=minute)
        found = lately.shares(at, today(AT, 1000 + 10 * minute, 990 + 8 * minute, 5 + minute))
    assert found[:2] == (80, 10)
    assert lately.shares(at + timedelta(minutes=16), today(AT, 1200, 1150, 25))[:2] == (None, None)  # nobody came since
    tomorrow = today(AT + timedelta(days=1), 0, 0, 0)
    assert lately.shares(at + timedelta(days=1), tomorrow)[:2] == (None, None)
    assert lately.shares(at + timedelta(days=1, minutes=1), today(AT + timedelta(days=1), 5, 0, 9))[:2] == (0, 100)


def test_the_targets_of_calls_are_98_percent_and_8_seconds() -> None:  # SL-08 D2
    lately, limits = RollingWindow(), Thresholds()
    nothing = {"offered": 0, "waiting": 0, "in_time": 0, "left": 0, "calls": 0, "calls_waiting": 0, "calls_in_time": 0, "calls_answered": 0,
               "calls_wait_s": 0.0}
    lately.shares(AT, TodaySums(AT, nothing))
    came = nothing | {"calls": 100, "calls_in_time": 97, "calls_answered": 100, "calls_wait_s": 810.0}
    found = lately.shares(AT + timedelta(minutes=5), TodaySums(AT, came))
    assert (found.calls_level, found.calls_wait_s) == (97, 8.1)
    assert is_broken(AlarmKind.CALLS_LEVEL, limits.calls_level_percent, found.calls_level)
    assert is_broken(AlarmKind.CALLS_WAIT, limits.calls_wait_s, found.calls_wait_s)
    assert not is_broken(AlarmKind.CALLS_LEVEL, limits.calls_level_percent, 98)
    assert not is_broken(AlarmKind.CALLS_WAIT, limits.calls_wait_s, 8)


@given(st.sampled_from([*MOST]), st.integers(1, 100), st.one_of(st.none(), st.floats(0, 4000)), st.floats(0, 4000))
def test_nothing_is_broken_and_well_at_once(trouble: AlarmKind, limit: int, value: float | None, other: float) -> None:  # MC-01
    assert not (is_broken(trouble, limit, value) and is_well(trouble, limit, value))
    assert not is_broken(trouble, 0, value)
    if value is not None and is_broken(trouble, limit, value):
        assert is_broken(trouble, limit, worse(trouble, value, other))
