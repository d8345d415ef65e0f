"""What the clocks of promises and talks put on the screens of those whom they concern."""

import math
from datetime import UTC, date, timedelta
from typing import Any, cast

import msgspec
import pytest

from bots.actions import NoActions
from bots.russian import Russian
from bots.teaching import Teaching
from hub.access.federal_separation import FederalDataPolicy
from hub.access.operator import Operator, Role, SignIn
from hub.actions.centre_transfer import CentreTransfer
from hub.actions.mention_service import MentionService
from hub.actions.snooze_service import SnoozeService
from hub.cases.due_counts import DueSoonCounters
from hub.citizens.address_linking import AddressLinking
from hub.citizens.verification import VerificationService
from hub.conversations.talk_clocks import WaitAlarm
from hub.desk.desk import Appointments, Centre, DaysWork, Desk, Rights
from hub.desk.live.notifier import DeskNotifier
from hub.desk.live.open_desks import OpenDesk
from hub.desk.organisation.places import Places
from hub.desk.sign_in.sessions import Sessions
from hub.integrations.department_client import DepartmentClients
from hub.kernel.ports import Files
from hub.monitoring.channel_health import ChannelMonitor
from hub.notifications.notice import Hours
from hub.organisation.level import Level
from hub.organisation.queue import Lines
from hub.reporting.centre_reports import Reporting
from hub.reporting.days import Days
from hub.robot.day_figures import RobotDays
from hub.robot.dialogue_draft import Drafts
from hub.robot.learning import PhraseLabelling
from hub.robot.publishing import Publishing
from hub.robot.training_job import TrainingJobs
from hub.telephony.outbound_calls import OutboundCalls
from hub.telephony.supervisor_listening import SupervisorMonitoring
from hub.telephony.wrap_up import WrapUp
from okno.adapters.workshop import Workshop
from okno.territory import subjects
from routing.ladder import Ladder
from tests.cases.case_rig import cases_of
from tests.rig import ANNA, BOSS, OLGA, QUEUES, TOPICS, Clock, Rig, eventually
from tests.rig import Screen as Chat

PLACES = Places(subjects(), None, Lines(QUEUES), lambda _: frozenset(), date.today)
IDLE = Operator("idle", "Ирина", Role.OPERATOR, ("passports",))


def designing(rig: Rig, files: Files) -> dict[str, Any]:
    """What designers work with; nobody does here."""
    workshop, teaching = Workshop(russian := Russian(), NoActions(), lambda _: None), Teaching(russian)
    publishing = Publishing(rig.store, files, rig.clock)
    drafts = Drafts(rig.store, files, publishing, workshop, rig.clock)
    days = RobotDays(rig.store, Days(rig.store, Lines(QUEUES), "077", UTC, rig.clock), teaching.said)
    return {"publishing": publishing, "drafts": drafts, "workshop": workshop, "robot_days": days,
            "training_jobs": TrainingJobs(drafts, publishing, workshop, rig.store, rig.clock),
            "phrase_labelling": PhraseLabelling(rig.store, days, teaching, drafts, publishing, workshop, rig.clock)}


class Screens:
    """Open screens, and what was pushed onto each."""

    def __init__(self, rig: Rig, files: Files, *people: Operator) -> None:
        days_work = DaysWork(MentionService(rig.sequencer, rig.store, rig.actions), SnoozeService(rig.sequencer, rig.store, rig.actions), rig.promises,
                             DueSoonCounters(rig.store, rig.clock, Lines(QUEUES)), lambda _, at: at)
        desk = Desk(Centre("Центр", Lines(QUEUES), TOPICS, secure=False), store=rig.store, files=files, sequencer=rig.sequencer, dispatch=rig.dispatch,
                    actions=rig.actions, sessions=Sessions(rig.store, rig.clock, limited=False), bot=rig.bot, quarantine=rig.quarantine, outbound_attachments=rig.outbound_attachments, promise_actions=rig.promise_actions,
                    wrap_up=WrapUp(rig.dispatch, {}, rig.clock, 0), outbound_calls=OutboundCalls(rig.sequencer, rig.store, rig.dispatch, rig.actions, rig.promise_actions, {}, zones=lambda _: (), hours=Hours(), met=rig.opener.met),
                    consulting=rig.consulting, supervision=SupervisorMonitoring(rig.sequencer, rig.store, rig.actions, {}, shown=True),
                    passing=CentreTransfer(rig.sequencer, rig.actions, Ladder({}), TOPICS), handover_sender=rig.handover_sender,
                    linking=AddressLinking(rig.sequencer, rig.actions, rig.store, FederalDataPolicy(Level.REGIONAL, {}), VerificationService(rig.sequencer, rig.store), {}, rig.opener.reach), places=PLACES, federal_policy=FederalDataPolicy(Level.REGIONAL, {}), contractors=list,
                    announcement_service=rig.announcement_service, notification_sender=rig.notification_sender, reporting=Reporting(rig.store, Days(rig.store, Lines(QUEUES), "077", UTC, rig.clock)),
                    channels={Chat.name: rig.screen}, channel_monitor=ChannelMonitor({}, {}), sifting=rig.sifting, cases=cases_of(rig), appointments=cast("Appointments", None), webhooks=cast("Any", None), complaints=cast("Any", None), script_runner=cast("Any", None), editorial=cast("Any", None), flagging=cast("Any", None), survey_service=cast("Any", None), canned_replies=cast("Any", None), days_work=days_work, wallboard=cast("Any", None), remote_queues=cast("Any", None), broadcasts=cast("Any", None), temporary_assignments=cast("Any", None), scheduled_reports=cast("Any", None), alarm_monitor=cast("Any", None), quality=cast("Any", None), settings_versions=cast("Any", None), settings_transfer=cast("Any", None), channel_checks=cast("Any", None), department_handover=cast("Any", None), application_status=cast("Any", None), catalogues=cast("Any", None), systems=DepartmentClients({}, rig.store, rig.clock), rights=cast("Rights", None), now=rig.clock, **designing(rig, files))
        self.live = DeskNotifier(desk, {Chat.name: rig.screen})
        rig.sequencer.on_commit.show.subscribe(self.live.committed)
        rig.promises.on_stage.subscribe(self.live.stage)
        self._screens = {}
        for who in people:
            sign_in = SignIn(who.login, who.login, "csrf", rig.clock(), rig.clock() + timedelta(hours=12))
            self._screens[who.login] = screen = OpenDesk(who, sign_in, rig.actions.authorization)
            self.live._enter(screen)
        self._seen: dict[str, list[dict[str, Any]]] = {who.login: [] for who in people}

    def seen(self, who: Operator, kind: str) -> list[dict[str, Any]]:
        frames = self._screens[who.login].outgoing._frames
        self._seen[who.login] += [msgspec.json.decode(frame[frame.index(b"{"):]) for frame in frames]
        frames.clear()
        return [frame for frame in self._seen[who.login] if frame.get("type") == kind]


class NoFiles:
    """hub.kernel.ports.Files: nobody attaches anything here."""

    async def put(self, content: bytes) -> str:
        raise NotImplementedError

    async def get(self, file: str) -> bytes | None:
        raise NotImplementedError


@pytest.fixture
async def screens(rig: Rig) -> Any:
    screens = Screens(rig, NoFiles(), ANNA, OLGA, IDLE, BOSS)
    yield screens
    await screens.live.close()


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
    screens.live.wait("general", WaitAlarm(math.inf, 0, 3))
    screens.live.wait("passports", WaitAlarm(44.6, 2, 1))
    assert screens.seen(BOSS, "wait") == [
        {"type": "wait", "queue": "general", "predicted_s": None, "waiting": 3},
        {"type": "wait", "queue": "passports", "predicted_s": 45, "waiting": 1}]
    assert screens.seen(ANNA, "wait") == screens.seen(IDLE, "wait") == []
