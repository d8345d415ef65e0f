"""Intake, and the reactions to stored records."""

from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from channels.web.open311 import Open311, Who
from hub.citizens.verification import NoVerification
from hub.conversations.ports import Channel
from hub.intake.acceptance import MessageAcceptance
from hub.intake.calls import CallEvents
from hub.intake.message_intake import MessageIntake
from hub.intake.message_secrets import MessageSecrets
from hub.intake.outlets import Outlets
from hub.intake.pipeline import IntakePipeline
from hub.intake.presence import CitizenPresence
from hub.intake.reactions import Reactions
from hub.intake.robot_replies import RobotReplies
from hub.intake.set_aside import HeldReview
from hub.robot.voice import RobotVoice
from okno.adapters.loader import connect, tracing
from okno.faults.config_error import ConfigError, ConfigFault, raise_faults
from okno.open311 import open311_of
from okno.rooms.base import ROBOT, Base, Organisation, close_later
from okno.rooms.cases import CaseWork
from okno.rooms.citizens import Citizens
from okno.rooms.conversations import Conversations
from okno.rooms.dispatch import Acting, Dispatching
from okno.rooms.knowledge import Knowledge
from okno.rooms.privacy import Privacy
from okno.rooms.quality import Judging
from okno.rooms.robot import Robot
from okno.rooms.telephony import Telephony


class Intake(NamedTuple):
    message_intake: MessageIntake
    reactions: Reactions
    sifting: HeldReview


def set_up_intake(base: Base, knowledge: Knowledge, conversations: Conversations, dispatching: Dispatching,
                  acting: Acting, citizens: Citizens, case_work: CaseWork, robot: Robot, telephony: Telephony, privacy: Privacy,
                  judging: Judging) -> Intake:
    """No message comes in before `open_channels`. Raises ConfigError."""
    config, sequencer, store, csat = base.config, base.sequencer, base.store, judging.quality.csat_service
    voice = RobotVoice(knowledge.bot, robot.talker, conversations.announcement_service, name=ROBOT, queue=config.routing.queue)
    secrets = MessageSecrets((case_work.statuses, case_work.visits, citizens.status_asking), robot.talker)
    replies = RobotReplies(sequencer, voice, register=case_work.cases.case_registration.by_robot, lead=dispatching.overflow.led,
                           yields=conversations.intake_filter.yields)
    outlets = Outlets(base.doors.showers, base.doors.awaiting, dispatching.deliveries, dispatching.handover_sender.tell)
    reactions = Reactions(
        sequencer, store, replies, outlets, opt_outs=conversations.opt_outs, speech_to_text=telephony.speech_to_text, secrets=secrets,
        redeliveries=conversations.redeliveries, correspondence=case_work.flagging, csat=csat)
    pipeline = IntakePipeline(
        sequencer, voice, opt_outs=conversations.opt_outs, intake_filter=conversations.intake_filter, secrets=secrets,
        speech_to_text=telephony.speech_to_text, correspondence=case_work.flagging, csat=csat)
    message_intake = MessageIntake(
        MessageAcceptance(sequencer, base.opener, pipeline, voice, redeliveries=conversations.redeliveries, files=base.files,
                          guard=conversations.quarantine),
        CitizenPresence(sequencer, store, base.opener, voice, promise=partial(acting.promise_actions.offer_callback, gone=True),
                        keeps=timedelta(seconds=config.routing.redial_s), standing=dispatching.dispatch.standing),
        CallEvents(sequencer, base.opener, queue=config.routing.queue, recorded=telephony.recordings.keep,
                   phoned=telephony.outbound_calls.phoned, talks=telephony.consulting, csat=csat),
        intake_filter=conversations.intake_filter, guard=conversations.quarantine, proofs=citizens.esia or NoVerification(),
        subject=privacy.rights.data, delivered=dispatching.deliveries.delivered)
    sifting = HeldReview(sequencer, store, acting.actions, conversations.intake_filter, config.routing.queue)
    close_later(base.stack, reactions)
    sequencer.on_commit.react.subscribe(sifting.committed, reactions.committed)
    return Intake(message_intake, reactions, sifting)


def open_channels(base: Base, intake: Intake) -> None:
    """Build the configured channels, each by its driver's name. Raises ConfigError for all that cannot be."""
    made, faults = dict[str, Channel](), list[ConfigFault]()
    for number, each in enumerate(base.config.channels):
        try:
            made[each.driver] = connect(each, intake.message_intake, base.store, base.files, limited=base.config.limited)
        except ConfigError as error:
            faults.append(ConfigFault(("channels", number), str(error)))
    raise_faults(faults)
    base.doors.open(made)


def open311_of_rooms(base: Base, organisation: Organisation, acting: Acting, case_work: CaseWork, who: Who) -> Open311 | None:
    """`who` identifies the calling program."""
    return open311_of(base.config, base.sequencer, base.store, acting.actions, case_work.cases, base.opener.met, who, organisation.lines)


def trace(stack: AsyncExitStack, base: Base, dispatching: Dispatching) -> None:
    """Send traces to a collector; it closes after every part that commits. Raises ConfigError."""
    if base.config.traces.endpoint:
        close_later(stack, traces := tracing().Traces(base.config.traces, base.config.centre.code, base.now))
        base.sequencer.on_commit.show.subscribe(traces.committed)
        dispatching.deliveries.on_sent.subscribe(traces.sent)
