"""What the clocks of promises and talks put on the screens of those whom they concern."""

import math
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from hub.access.operator import Operator, Role, SignIn
from hub.conversations.talk_clocks import WaitAlarm
from hub.desk.actions.live import LiveWork
from hub.desk.dispatch.live import LiveQueues
from hub.desk.live.open_desks import OpenDesk, OpenDesks
from hub.desk.organisation.centre import Centre
from hub.desk.organisation.scope import CentreScope
from hub.organisation.queue import Lines
from tests.rig import ANNA, BOSS, OLGA, QUEUES, TOPICS, Clock, Rig, eventually

IDLE = Operator("idle", "Ирина", Role.OPERATOR, ("passports",))
NOBODY: Any = None
"""Not asked here."""


class Screens:
    """Open screens, and what was pushed onto each."""

    def __init__(self, rig: Rig, *people: Operator) -> None:
        desks, scope = OpenDesks(), CentreScope(Centre("Центр", Lines(QUEUES), TOPICS, secure=False), rig.actions.authorization, rig.dispatch)
        self.work = LiveWork(desks, rig.sequencer, rig.actions, rig.promises, NOBODY, NOBODY, NOBODY, NOBODY)
        self.queues = LiveQueues(desks, scope, NOBODY)
        rig.sequencer.on_commit.show.subscribe(self.work.committed)
        rig.promises.on_stage.subscribe(self.work.stage)
        self._screens = {}
        for who in people:
            sign_in = SignIn(who.login, who.login, "csrf", rig.clock(), rig.clock() + timedelta(hours=12))
            self._screens[who.login] = screen = OpenDesk(who, sign_in, rig.actions.authorization)
            desks.enter(screen)
        self._seen: dict[str, list[dict[str, Any]]] = {who.login: [] for who in people}

    def seen(self, who: Operator, kind: str) -> list[dict[str, Any]]:
        frames = self._screens[who.login].outgoing._frames
        self._seen[who.login] += [msgspec.json.decode(frame[frame.index(b"{"):]) for frame in frames]
        frames.clear()
        return [frame for frame in self._seen[who.login] if frame.get("type") == kind]


@pytest.fixture
async def screens(rig: Rig) -> Screens:
    return Screens(rig, ANNA, OLGA, IDLE, BOSS)


async def test_an_alarm_is_on_the_screens_of_its_queue_and_of_supervisors(rig: Rig, clock: Clock, screens: Screens) -> None:
    # SL-05
    conversation = await rig.waiting()
    await rig.actions.take(ANNA, conversation)
    await rig.promise_actions.promise(ANNA, conversation, "надо уточнить")
    head = await rig.holds(conversation)
    assert head.promise is not None
    clock.forward(43_200)
    rig.promises.look()

    async def told() -> bool:
        return bool(screens.seen(ANNA, "alarm"))
    await eventually(told)
    alarm = {"type": "alarm", "conversation": str(conversation), "number": head.number, "percent": 50}
    for who in (ANNA, OLGA, BOSS):
        frame, = screens.seen(who, "alarm")
        assert frame.pop("due")
        assert frame == alarm
    assert screens.seen(IDLE, "alarm") == []


async def test_the_stages_of_a_talk_are_on_its_operators_screen_alone(rig: Rig, clock: Clock, screens: Screens) -> None:
    # SL-04, D4
    conversation = await rig.waiting()
    await rig.actions.take(ANNA, conversation)
    for stage, minutes in (("prompt", 8), ("decide", 2)):
        clock.forward(minutes * 60)
        rig.promises.look()

        async def told(stage: str = stage) -> bool:
            return [frame["stage"] for frame in screens.seen(ANNA, "stage")][-1:] == [stage]
        await eventually(told)
    assert [screens.seen(who, "stage") for who in (OLGA, BOSS)] == [[], []]


async def test_a_line_that_will_be_too_slow_is_on_the_screens_of_those_who_see_everything(screens: Screens) -> None:
    # SL-03
    screens.queues.wait("general", WaitAlarm(math.inf, 0, 3))
    screens.queues.wait("passports", WaitAlarm(44.6, 2, 1))
    assert screens.seen(BOSS, "wait") == [
        {"type": "wait", "queue": "general", "predicted_s": None, "waiting": 3},
        {"type": "wait", "queue": "passports", "predicted_s": 45, "waiting": 1}]
    assert screens.seen(ANNA, "wait") == screens.seen(IDLE, "wait") == []
