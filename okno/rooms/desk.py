"""The desk: the dependencies of its handlers, and the subscriptions of its screens."""

import asyncio
from contextlib import AbstractAsyncContextManager
from functools import partial
from importlib import import_module
from typing import NamedTuple

from bots.knowledge.services import knowledge_of
from channels.intake import accepted
from hub.access.ports import IdentityProvider
from hub.actions.bulk_transfer import BulkTransfer
from hub.citizens.conversation_merging import ConversationMerging
from hub.conversations.ports import Store
from hub.desk.conversations.forms import Morning
from hub.desk.conversations.search import WordForms
from hub.desk.http.parts import Channels, Parts
from hub.desk.http.session_cookie import SessionCookie
from hub.desk.live.lists import Lists
from hub.desk.live.notifier import DeskNotifier
from hub.desk.organisation.centre import Centre
from hub.desk.organisation.registry import RegistryEditor
from hub.desk.organisation.settings_transfer import SettingsTransfer
from hub.desk.setup import Desk, desk_of
from hub.desk.sign_in.sso import SingleSignOn
from hub.intake.contact_registration import ContactRegistration
from hub.integrations.case_submission import CaseSubmission
from hub.kernel.ports import Files, Printer
from hub.knowledge.handbook import KnowledgeSnapshot
from hub.knowledge.outdated_flag import doubted
from hub.organisation.settings import Settings
from hub.quality.surveys.national import KIND as SURVEYS
from hub.reporting.replication import KIND as STATISTICS
from hub.robot.ports import Bot, DialogueWorkshop
from okno.rooms.automation import Automation
from okno.rooms.base import Base, Organisation, close_later
from okno.rooms.cases import CaseWork
from okno.rooms.channels import DeskChannels
from okno.rooms.citizens import Citizens
from okno.rooms.conversations import Conversations
from okno.rooms.dispatch import Acting, Dispatching
from okno.rooms.knowledge import Knowledge
from okno.rooms.monitoring import Monitoring
from okno.rooms.privacy import Privacy
from okno.rooms.programme import Programme
from okno.rooms.quality import Judging
from okno.rooms.robot import Robot
from okno.rooms.telephony import Telephony
from okno.rooms.training import Training
from okno.rooms.way_in import Intake
from okno.rooms.workforce import Workforce
from okno.settings import around, configured


class Rooms(NamedTuple):
    """The facades of all rooms of a hub."""

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
    training: Training
    workforce: Workforce
    programme: Programme
    intake: Intake
    automation: Automation
    channels: DeskChannels


def set_up_desk(rooms: Rooms) -> Desk:
    desk = desk_of(parts_of(rooms), rooms.base.now)
    close_later(rooms.base.stack, desk.live)
    rooms.base.store.on_documents.subscribe(desk.services.stored)
    learn_from_flags(rooms)
    tell_lists(rooms, desk.live.lists)
    tell_desks(rooms, desk)
    renew_settings(rooms, desk.live)
    hear_other_centres(rooms)
    return desk


def parts_of(rooms: Rooms) -> Parts:
    """Everything that endpoints and the desk's services may ask for: facades of the rooms, their parts, and ports by their own names."""
    base, organisation, knowledge, acting, case_work = rooms.base, rooms.organisation, rooms.knowledge, rooms.acting, rooms.case_work
    centres, config, store = organisation.centres, base.config, base.store
    parts = Parts()
    parts.provide(Centre(config.centre.name, organisation.lines, knowledge.topic_tree, config.listen.https, config.centre.timezone,
                         centres.names, config.oidc.title if config.oidc.issuer else "", config.oidc.rules, centres.contractors))
    parts.provide(base.sequencer, base.sequencer.traits, centres.places, centres.federal_policy, centres.authorization,
                  organisation.settings_versions, RegistryEditor(organisation.registry_versions, centres.authorization))
    for face in (knowledge, rooms.conversations, rooms.dispatching, acting, rooms.monitoring, rooms.telephony, rooms.citizens,
                 case_work, rooms.robot, rooms.privacy, rooms.judging, rooms.training, rooms.workforce, rooms.programme,
                 rooms.intake, rooms.automation):
        parts.provide(*(part for part in face if part is not None))
    parts.provide(rooms.privacy.rights.consent_service, acting.days_work.mention_service, acting.days_work.follow_service,
                  acting.days_work.snooze_service, acting.days_work.later_replies, acting.days_work.promises, acting.days_work.near_cases)
    parts.provide(rooms.channels.channel_setups)
    parts.provide(BulkTransfer(acting.actions, store),
                  ContactRegistration(base.sequencer, store, base.opener, acting.actions, acting.outbound_attachments, organisation.lines,
                                      partial(accepted, rooms.intake.message_intake), base.zone),
                  CaseSubmission(case_work.cases.work, rooms.citizens.systems, store, base.now),
                  ConversationMerging(base.sequencer, store, acting.actions, rooms.citizens.linking, rooms.dispatching.dispatch),
                  SettingsTransfer(store, base.now, organisation.settings_versions, config.centre.code, partial(read_again, rooms)))
    for port, part in ((Store, store), (Files, base.files), (Channels, base.doors.channels), (Bot, knowledge.bot),
                       (DialogueWorkshop, rooms.robot.workshop), (Printer, case_work.complaints.press),
                       (Morning, acting.days_work.morning), (WordForms, knowledge.russian)):
        parts.provide_as(port, part)
    return parts


async def read_again(rooms: Rooms) -> None:
    """Another hub's settings were imported: read topics, announcements and canned replies again."""
    await asyncio.gather(rooms.knowledge.topic_tree.start(), rooms.conversations.announcement_service.start(),
                         rooms.acting.canned_replies.start(), rooms.automation.rule_versions.start())
    rooms.acting.canned_replies.on_change("")
    rooms.organisation.settings_versions.on_transfer()


def learn_from_flags(rooms: Rooms) -> None:
    """The robot does not use flagged articles; a flag is reviewed again when a new edition is in force."""
    knowledge, flagging = rooms.knowledge, rooms.case_work.flagging

    def learn() -> None:
        knowledge.bot.learn(knowledge_of(knowledge.editorial.handbook(), doubted(flagging.open)))
        rooms.robot.talker.prepare()

    def published(_: KnowledgeSnapshot) -> None:
        learn()
        flagging.published()

    flagging.on_change.subscribe(learn)
    knowledge.editorial.on_change.subscribe(published)


def tell_lists(rooms: Rooms, lists: Lists) -> None:
    """Notify screens that their lists have changed."""
    rooms.base.sequencer.on_commit.show.subscribe(lists.committed)
    rooms.base.store.on_documents.subscribe(lists.stored)
    rooms.intake.sifting.on_change.subscribe(partial(lists.tell, "sifting"))
    rooms.acting.canned_replies.on_change.subscribe(partial(lists.tell, "canned"))
    rooms.judging.survey_service.on_count.subscribe(partial(lists.tell, "surveys"))
    rooms.dispatching.temporary_assignments.on_change.subscribe(lambda _: lists.tell("floor_people"))
    rooms.automation.rule_trials.on_change.subscribe(partial(lists.tell, "rule_trial"))
    rooms.channels.channel_setups.on_change.subscribe(partial(lists.tell, "channel_setups"))
    rooms.monitoring.broadcasts.on_change.subscribe(partial(lists.tell, "floor_messages"))
    rooms.monitoring.alarm_monitor.on_change.subscribe(partial(lists.tell, "alarms"))
    rooms.workforce.presence_journal.on_change.subscribe(partial(lists.tell, "adherence"))
    rooms.workforce.adherence_service.on_change.subscribe(partial(lists.tell, "adherence"))
    rooms.workforce.intraday_service.on_quarter.subscribe(partial(lists.tell, "workforce"))


def tell_desks(rooms: Rooms, desk: Desk) -> None:
    """Subscribe the desks to intake and accounts; each room of the desk subscribes to the rest itself."""
    message_intake = rooms.intake.message_intake
    message_intake.presence.on_typing.subscribe(desk.timeline.citizen_typing)
    message_intake.presence.on_seen.subscribe(desk.timeline.citizen_saw)
    message_intake.calls.on_stir.subscribe(desk.rows.tell)
    rooms.dispatching.dispatch.on_account.subscribe(desk.live.renew)
    rooms.acting.sessions.on_end.subscribe(desk.live.signed_out)
    desk.live.subscribe()


def renew_settings(rooms: Rooms, notifier: DeskNotifier) -> None:
    """Lines and hours have changed: notify the parts in order."""
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

    def registered() -> None:
        settings = organisation.settings_versions.current.settings
        organisation.centres.renew(configured(base.config, settings))
        organisation.settings_versions.around = around(base.config, organisation.centres.registry)
        dispatching.wallboard.renew(organisation.centres.groups())
        notifier.lists.tell("registry")
        notifier.settled()

    organisation.settings_versions.on_change.subscribe(changed)
    if organisation.registry_versions:
        organisation.registry_versions.on_change.subscribe(registered)
    organisation.settings_versions.on_transfer.subscribe(notifier.settled)


def hear_other_centres(rooms: Rooms) -> None:
    """Handlers of envelopes of other deployments that do not concern conversations."""
    rooms.dispatching.handover_sender.hand_on({
        STATISTICS: rooms.monitoring.replication.hear, **rooms.knowledge.replication.kinds,
        **rooms.knowledge.topic_replication.kinds, **rooms.judging.script_replication.kinds,
        SURVEYS: rooms.judging.national_surveys.hear, **rooms.programme.programme_replication.kinds,
        **rooms.case_work.cases.entrusting.kinds, **rooms.case_work.appointments.handover.kinds, **rooms.conversations.enclosures.heard,
        **rooms.conversations.announcement_replication.kinds})


async def single_sign_on(rooms: Rooms, desk: Desk) -> SingleSignOn | None:
    """The single sign-on of operators; its libraries are an optional dependency."""
    config = rooms.base.config
    if not config.oidc.issuer:
        return None
    made: AbstractAsyncContextManager[IdentityProvider] = import_module("okno.adapters.oidc").connected(config.oidc, config.desk.origin)
    return SingleSignOn(
        await rooms.base.stack.enter_async_context(made), rooms.acting.sessions, desk.services, rooms.dispatching.dispatch,
        rooms.base.store, desk.parts.of(Centre), desk.parts.of(SessionCookie), rooms.base.now)
