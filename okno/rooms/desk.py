"""The desk: what its handlers work with, and who hears of what on the desks."""

import asyncio
from contextlib import AbstractAsyncContextManager
from functools import partial
from importlib import import_module
from typing import NamedTuple

from bots.services import knowledge_of
from hub.access.ports import IdentityProvider
from hub.desk.desk import Centre, Desk
from hub.desk.live.notifier import DeskNotifier
from hub.desk.organisation.settings_transfer import SettingsTransfer
from hub.desk.reporting.mailings import composed
from hub.desk.sign_in.sso import SingleSignOn
from hub.federation import file_transfer
from hub.knowledge.article_replication import KIND as KNOWLEDGE
from hub.knowledge.handbook import KnowledgeSnapshot
from hub.knowledge.outdated_flag import doubted
from hub.organisation.settings import Settings
from hub.reporting.replication import KIND as STATISTICS
from okno.rooms.base import Base, Organisation, close_later
from okno.rooms.cases import CaseWork
from okno.rooms.citizens import Citizens
from okno.rooms.conversations import Conversations
from okno.rooms.dispatch import Acting, Dispatching
from okno.rooms.intake import Intake
from okno.rooms.knowledge import Knowledge
from okno.rooms.monitoring import Monitoring
from okno.rooms.privacy import Privacy
from okno.rooms.quality import Judging
from okno.rooms.robot import Robot
from okno.rooms.telephony import Telephony
from okno.settings import configured


class Rooms(NamedTuple):
    """The faces of all rooms of a hub."""

    base: Base
    organisation: Organisation
    knowledge: Knowledge
    conversations: Conversations
    dispatching: Dispatching
    acting: Acting
    monitoring: Monitoring
    telephony: Telephony
    citizens: Citizens
    case_work: CaseWork
    robot: Robot
    privacy: Privacy
    judging: Judging
    intake: Intake


def set_up_desk(rooms: Rooms) -> tuple[Desk, DeskNotifier]:
    desk = desk_of(rooms)
    rooms.monitoring.scheduled_reports.compose = partial(composed, desk)
    close_later(rooms.base.stack, notifier := DeskNotifier(desk, rooms.base.doors.channels))
    show_conversations(rooms, notifier)
    show_work(rooms, notifier)
    show_floor(rooms, notifier)
    renew_settings(rooms, notifier)
    hear_other_centres(rooms)
    return desk, notifier


def desk_of(rooms: Rooms) -> Desk:
    (base, organisation, knowledge, conversations, dispatching, acting, monitoring, telephony, citizens, case_work, robot, privacy,
     judging, intake) = rooms
    config, centres, lines = base.config, organisation.centres, organisation.lines
    centre = Centre(config.centre.name, lines, knowledge.topic_tree, config.listen.https, config.centre.timezone, centres.names,
                    config.oidc.title if config.oidc.issuer else "", config.oidc.rules)
    settings_transfer = SettingsTransfer(base.store, base.now, organisation.settings_versions, config.centre.code,
                                         partial(read_again, rooms))
    return Desk(
        centre, store=base.store, files=base.files, sequencer=base.sequencer, dispatch=dispatching.dispatch, actions=acting.actions,
        sessions=acting.sessions, bot=knowledge.bot, promise_actions=acting.promise_actions, outbound_calls=telephony.outbound_calls,
        wrap_up=acting.wrap_up, consulting=telephony.consulting, supervision=telephony.supervision, passing=acting.passing,
        department_handover=case_work.department_handover, handover_sender=dispatching.handover_sender, linking=citizens.linking,
        quarantine=conversations.quarantine, outbound_attachments=acting.outbound_attachments, places=centres.places,
        federal_policy=centres.federal_policy, contractors=centres.contractors,
        announcement_service=conversations.announcement_service, notification_sender=acting.notification_sender,
        reporting=monitoring.reporting, channels=base.doors.channels, channel_monitor=monitoring.channel_monitor,
        publishing=robot.publishing, drafts=robot.drafts, training_jobs=robot.training_jobs, workshop=robot.workshop,
        robot_days=robot.robot_days, phrase_labelling=robot.phrase_labelling, sifting=intake.sifting, rights=privacy.rights,
        cases=case_work.cases, complaints=case_work.complaints, script_runner=judging.script_runner, systems=citizens.systems,
        editorial=knowledge.editorial, catalogues=knowledge.catalogues, appointments=case_work.appointments, webhooks=case_work.webhooks,
        flagging=case_work.flagging, application_status=citizens.application_status, survey_service=judging.survey_service,
        canned_replies=acting.canned_replies, days_work=acting.days_work, wallboard=dispatching.wallboard,
        remote_queues=dispatching.remote_queues, broadcasts=monitoring.broadcasts,
        temporary_assignments=dispatching.temporary_assignments, scheduled_reports=monitoring.scheduled_reports,
        alarm_monitor=monitoring.alarm_monitor, quality=judging.quality, settings_versions=organisation.settings_versions,
        settings_transfer=settings_transfer, channel_checks=monitoring.channel_checks, now=base.now)


async def read_again(rooms: Rooms) -> None:
    """Settings were taken in from another hub: topics, announcements and ready replies are others."""
    await asyncio.gather(rooms.knowledge.topic_tree.start(), rooms.conversations.announcement_service.start(),
                         rooms.acting.canned_replies.start())
    rooms.acting.canned_replies.on_change("")
    rooms.organisation.settings_versions.on_transfer()


def show_conversations(rooms: Rooms, notifier: DeskNotifier) -> None:
    """Who holds what, what is said in it, who waits and who calls."""
    base, dispatch, intake, acting, telephony = rooms.base, rooms.dispatching.dispatch, rooms.intake, rooms.acting, rooms.telephony
    base.sequencer.on_commit.show.subscribe(notifier.committed, notifier.lists.committed)
    base.store.listeners.append(notifier.lists.stored)
    intake.message_intake.on_typing.subscribe(notifier.citizen_typing)
    intake.message_intake.on_seen.subscribe(notifier.citizen_saw)
    intake.message_intake.on_stir.subscribe(notifier.tell)
    dispatch.on_offer.subscribe(notifier.offer)
    dispatch.on_moved.subscribe(notifier.moved)
    dispatch.on_presence.subscribe(notifier.presence)
    dispatch.on_account.subscribe(notifier.renew)
    dispatch.on_lost.subscribe(notifier.tell)
    acting.sessions.on_end.subscribe(notifier.signed_out)
    acting.sessions.emergency.on_use.subscribe(notifier.glass)
    acting.days_work.promises.on_stage.subscribe(notifier.stage)
    acting.days_work.mention_service.on_mention.subscribe(notifier.mentioned)
    acting.days_work.mention_service.on_read.subscribe(notifier.tell)
    acting.days_work.snooze_service.on_change.subscribe(notifier.tell)
    acting.days_work.near_cases.on_change.subscribe(notifier.count)
    telephony.consulting.on_change.subscribe(notifier.tell)
    telephony.supervision.on_change.subscribe(notifier.tell)
    telephony.supervision.on_ask.subscribe(notifier.senior)
    rooms.conversations.quarantine.on_change.subscribe(notifier.checked)
    rooms.citizens.linking.on_change.subscribe(notifier.joined)
    intake.sifting.on_change.subscribe(partial(notifier.lists.tell, "sifting"))


def show_work(rooms: Rooms, notifier: DeskNotifier) -> None:
    """Cases, appointments, knowledge, dialogues, demands of citizens."""
    knowledge, case_work, robot, judging = rooms.knowledge, rooms.case_work, rooms.robot, rooms.judging

    def learn() -> None:
        knowledge.bot.learn(knowledge_of(knowledge.editorial.handbook(), doubted(case_work.flagging.open)))

    def published(_: KnowledgeSnapshot) -> None:
        learn()
        case_work.flagging.published()

    rooms.conversations.announcement_service.on_change.subscribe(notifier.announced)
    rooms.acting.notification_sender.on_change.subscribe(notifier.noticed)
    rooms.acting.canned_replies.on_change.subscribe(partial(notifier.lists.tell, "canned"))
    rooms.privacy.rights.demands.on_change.subscribe(notifier.demanded)
    case_work.cases.case_registration.on_change.subscribe(notifier.case)
    case_work.cases.work.on_change.subscribe(notifier.case)
    case_work.cases.clocks.on_alarm.subscribe(notifier.case_alarm)
    case_work.complaints.referring.on_alarm.subscribe(notifier.referral_alarm)
    case_work.complaints.referring.on_change.subscribe(notifier.case)
    case_work.complaints.advising.on_change.subscribe(notifier.advised)
    case_work.booking.on_change.subscribe(notifier.appointment)
    case_work.flagging.on_change.subscribe(learn)
    case_work.flagging.on_flag.subscribe(notifier.flag)
    knowledge.editorial.on_change.subscribe(published)
    robot.publishing.on_publish.subscribe(notifier.robot)
    robot.drafts.on_change.subscribe(notifier.robot)
    robot.training_jobs.on_change.subscribe(notifier.robot)
    judging.script_runner.on_change.subscribe(notifier.walk)
    judging.script_runner.on_gone.subscribe(partial(notifier.walk, gone=True))
    judging.survey_service.on_count.subscribe(partial(notifier.lists.tell, "surveys"))


def show_floor(rooms: Rooms, notifier: DeskNotifier) -> None:
    """The floor, its alarms, the channels."""
    dispatching, monitoring, wallboard = rooms.dispatching, rooms.monitoring, rooms.dispatching.wallboard
    wallboard.looked_at.answer_by(notifier.floor.looked_at)
    wallboard.on_change.subscribe(notifier.floor.changed)
    wallboard.on_renewal.subscribe(notifier.floor.renew)
    dispatching.overflow.on_wait.subscribe(notifier.wait)
    dispatching.remote_queues.on_change.subscribe(notifier.floor.linked)
    dispatching.temporary_assignments.on_change.subscribe(lambda _: notifier.lists.tell("floor_people"))
    monitoring.broadcasts.on_change.subscribe(partial(notifier.lists.tell, "floor_messages"))
    monitoring.alarm_monitor.on_change.subscribe(partial(notifier.lists.tell, "alarms"))
    monitoring.channel_monitor.on_change.subscribe(notifier.beats)
    monitoring.channel_checks.on_change.subscribe(notifier.channels)


def renew_settings(rooms: Rooms, notifier: DeskNotifier) -> None:
    """Lines and hours are other ones: who is told, in which order."""
    base, organisation, dispatching = rooms.base, rooms.organisation, rooms.dispatching

    def changed(before: Settings, after: Settings) -> None:
        now_so = configured(base.config, after)
        organisation.centres.renew(now_so)
        organisation.opening.renew(now_so.hours, now_so.centres())
        old = {each.id: each for each in before.queues}
        dispatching.dispatch.renew_lines(each.id for each in after.queues if old.get(each.id) != each)
        dispatching.line_retirement.look_soon()
        dispatching.wallboard.renew(organisation.centres.groups())
        notifier.lists.tell("settings")
        notifier.settled()

    organisation.settings_versions.on_change.subscribe(changed)
    organisation.settings_versions.on_transfer.subscribe(notifier.settled)


def hear_other_centres(rooms: Rooms) -> None:
    """Who takes in what other deployments send that is no matter of conversations."""
    enclosures, others = rooms.conversations.enclosures, rooms.dispatching.handover_sender.others
    others |= {STATISTICS: rooms.monitoring.replication.hear, KNOWLEDGE: rooms.knowledge.replication.hear,
               **rooms.case_work.cases.entrusting.kinds}
    for kind, told in file_transfer.KINDS.items():
        others[kind] = enclosures.fetching.hear if told in file_transfer.ANSWERS else enclosures.serving.hear


async def single_sign_on(rooms: Rooms, desk: Desk) -> SingleSignOn | None:
    """Where operators come from; its libraries are for whoever has one."""
    config = rooms.base.config
    if not config.oidc.issuer:
        return None
    made: AbstractAsyncContextManager[IdentityProvider] = import_module("okno.adapters.oidc").connected(config.oidc, config.desk.origin)
    return SingleSignOn(desk, await rooms.base.stack.enter_async_context(made))
