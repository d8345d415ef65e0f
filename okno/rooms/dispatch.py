"""Dispatch: accounts and sessions, offers, overflow to other lines and centres, promises, and operators' actions."""

import tomllib
from contextlib import closing
from functools import partial
from importlib.resources import files
from typing import NamedTuple

import msgspec

from hub.access.operator import Operator
from hub.actions.attachments import OutboundAttachments
from hub.actions.canned_replies import CannedReplies
from hub.actions.canned_reply import CannedWords
from hub.actions.centre_transfer import CentreTransfer
from hub.actions.conversation_actions import Actions
from hub.actions.follow_service import FollowService
from hub.actions.later_replies import LaterReplies
from hub.actions.mention_service import MentionService
from hub.actions.promise_actions import PromiseActions
from hub.actions.promise_watch import PromiseWatch
from hub.actions.snooze_service import SnoozeService
from hub.cases.case import Case
from hub.cases.due_counts import DueSoonCounters
from hub.conversations.delivery import Deliveries
from hub.desk.actions.parts import DaysWork
from hub.desk.sign_in.second_step import SecondStep
from hub.desk.sign_in.sessions import Sessions
from hub.dispatch.dispatcher import Dispatch
from hub.dispatch.line_retirement import LineRetirement
from hub.dispatch.overflow import OverflowRouter
from hub.dispatch.temporary_assignments import TemporaryAssignments
from hub.federation.handover_receiver import HandoverPolicy, HandoverReceiver
from hub.federation.handover_sender import HandoverSender
from hub.federation.remote_centres import RemoteCentres
from hub.monitoring.remote_floors import RemoteQueueStatus
from hub.monitoring.wallboard import Wallboard
from hub.notifications.notifier import NotificationSender
from hub.reporting.days import Days
from hub.robot.voice import endangered_by
from hub.telephony.offer_ringer import OfferRinger
from hub.telephony.wrap_up import WrapUp
from okno.adapters.leaked_passwords import leaked
from okno.adapters.loader import ceremony
from okno.rooms.base import ROBOT, Base, Organisation, close_later
from okno.rooms.conversations import Conversations
from okno.rooms.knowledge import Knowledge
from okno.rooms.way_out import outbound_attachments_of, wire_outbound
from okno.stores import keeper
from routing.assignment import Floor


class Dispatching(NamedTuple):
    """Offers to operators, and overflow when nobody answers in time."""

    dispatch: Dispatch
    overflow: OverflowRouter
    deliveries: Deliveries
    days: Days
    wallboard: Wallboard
    remote_queues: RemoteQueueStatus
    handover_receiver: HandoverReceiver
    handover_sender: HandoverSender
    line_retirement: LineRetirement
    temporary_assignments: TemporaryAssignments


class Acting(NamedTuple):
    """Operators' actions on conversations."""

    sessions: Sessions
    actions: Actions
    promise_actions: PromiseActions
    passing: CentreTransfer
    days_work: DaysWork
    canned_replies: CannedReplies
    outbound_attachments: OutboundAttachments
    notification_sender: NotificationSender
    wrap_up: WrapUp
    ringer: OfferRinger


async def set_up_dispatch(base: Base, organisation: Organisation, knowledge: Knowledge,
                          conversations: Conversations) -> tuple[Dispatching, Acting]:
    """Raises ConfigError, StoreError."""
    config, store, sequencer, now = base.config, base.store, base.sequencer, base.now
    centres, lines, authorization = organisation.centres, organisation.lines, organisation.centres.authorization
    sessions = sessions_of(base, organisation)
    dispatch = Dispatch(sequencer, store, Floor(), lines, config.routing.patience(), works=authorization.works,
                        expects=lambda queue: overflow.predicted_s(queue))  # noqa: PLW0108 - made below, of this
    base.stack.callback(dispatch.close)
    promises = PromiseWatch(sequencer, store, dispatch)
    actions = Actions(sequencer, dispatch, store, lines, knowledge.topic_tree, authorization, knowledge.teaching.ordinary)
    actions.closing_fields.answer_by(lambda: organisation.settings_versions.current.settings.closing_fields)
    promise_actions = PromiseActions(sequencer, actions)
    days = Days(store, lines, config.centre.code, base.zone, now)
    wallboard = Wallboard(dispatch, days, centres.groups(), now)
    remote_queues = RemoteQueueStatus(wallboard, config.centre.code, base.link, now, over=centres.over, title=centres.called)
    remote = RemoteCentres(sequencer, base.link, centres.called, remote_queues.expected_s, base.doors.connects)
    overflow = OverflowRouter(sequencer, dispatch, centres.ladder, knowledge.topic_tree, promise_actions.offer_callback,
                              opening=organisation.opening, announcement_service=conversations.announcement_service, remote=remote)
    policy = HandoverPolicy(centres.door, centres.level, centres.called, overflow.forbids, overflow.refuses,
                            base.doors.telephone)
    deliveries, notification_sender, handover_receiver, handover_sender = wire_outbound(
        base, conversations, remote, policy, knowledge.topic_tree, endangered=partial(endangered_by, knowledge.bot, ROBOT),
        lead=overflow.led, zones=centres.clocks)
    wrap_up = base.stack.enter_context(closing(WrapUp(dispatch, sequencer, base.doors.channels, now, config.routing.wrap_up_s)))
    ringer = OfferRinger(sequencer, dispatch, actions, base.doors.channels)
    line_retirement = LineRetirement(sequencer, store, lines, partial(store.count, Case, "home"))
    organisation.settings_versions.in_use.answer_by(line_retirement.in_use)
    canned_replies = CannedReplies(store, now, authorization, lines, knowledge.topic_tree, first_replies())
    await canned_replies.start()
    temporary_assignments = TemporaryAssignments(store, now, authorization, dispatch, lines, sessions.amending, overflow.predicted_s)
    outbound_attachments = outbound_attachments_of(base, conversations, actions, centres.level)
    days_work = DaysWork(MentionService(sequencer, store, actions), FollowService(sequencer, store, actions),
                         SnoozeService(sequencer, store, actions), LaterReplies(sequencer, store, actions, outbound_attachments),
                         promises, DueSoonCounters(store, now, lines), partial(organisation.opening.morning, zone=base.zone))
    close_later(base.stack, promises, overflow, ringer, line_retirement, days_work.snooze_service, days_work.later_replies,
                days_work.near_cases, wallboard, remote_queues, temporary_assignments)
    return (Dispatching(dispatch, overflow, deliveries, days, wallboard, remote_queues, handover_receiver, handover_sender, line_retirement,
                        temporary_assignments),
            Acting(sessions, actions, promise_actions, CentreTransfer(sequencer, actions, centres.ladder, knowledge.topic_tree,
                                                                      handover_sender),
                   days_work, canned_replies, outbound_attachments, notification_sender, wrap_up, ringer))


def first_replies() -> tuple[CannedWords, ...]:
    """The ready replies that a hub begins with."""
    told = tomllib.loads((files("okno") / "demo" / "replies.toml").read_text(encoding="utf8"))
    return tuple(msgspec.convert(told["replies"], list[CannedWords]))


def sessions_of(base: Base, organisation: Organisation) -> Sessions:
    config = base.config
    second = SecondStep(base.store, keeper(config.keys), config.centre.code, config.desk.policy(), base.now, ceremony(config))
    sessions = Sessions(base.store, base.now, limited=config.limited, second=second, queues=organisation.lines, centre=config.centre.name,
                        leaked=leaked(config.desk.leaked_passwords), idle=config.desk.idle())
    close_later(base.stack, sessions.failures)
    return sessions


def hear_of_commits(base: Base, dispatching: Dispatching, acting: Acting) -> None:
    """Subscriptions of these rooms: commits, presence, offers."""
    dispatch, overflow, on_commit = dispatching.dispatch, dispatching.overflow, base.sequencer.on_commit
    work = acting.days_work
    on_commit.project.subscribe(work.snooze_service.committed, work.later_replies.committed, work.mention_service.committed,
                                work.follow_service.committed)
    on_commit.react.subscribe(acting.wrap_up.committed, dispatch.committed, overflow.committed, work.promises.committed,
                              acting.notification_sender.committed, dispatching.line_retirement.committed)
    base.store.on_documents.subscribe(work.near_cases.stored)
    dispatch.on_offer.subscribe(acting.ringer.offer, overflow.offer)
    dispatch.on_presence.subscribe(acting.wrap_up.presence, work.promises.presence, overflow.presence, dispatching.wallboard.presence)
    dispatch.on_account.subscribe(dispatching.wallboard.account)
    acting.actions.readings.mentioned.answer_by(work.mention_service.waits)

    def reassigned(operator: Operator) -> None:
        acting.sessions.forget(operator.login)
        dispatch.renew(operator)
    dispatching.temporary_assignments.on_change.subscribe(reassigned)
