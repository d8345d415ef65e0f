"""The way in of a message, from acceptance to the reactions (docs/architecture.md): wired alike in the product and in the tests' rigs."""

import os
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from hub.actions.conversation_actions import Actions
from hub.actions.promise_actions import PromiseActions
from hub.cases.ports import RegisterCase
from hub.conversations.delivery import Deliveries, Leading
from hub.conversations.ports import Correspondence, HubAnswers
from hub.dispatch.dispatcher import Dispatch
from hub.federation.handover_sender import HandoverSender
from hub.intake.acceptance import MessageAcceptance
from hub.intake.calls import CallEvents
from hub.intake.message_intake import MessageIntake
from hub.intake.message_secrets import MessageSecrets
from hub.intake.outlets import Outlets
from hub.intake.pipeline import IntakePipeline
from hub.intake.ports import CitizenProofs, CsatAnswers
from hub.intake.presence import CitizenPresence
from hub.intake.reactions import Reactions
from hub.intake.robot_replies import RobotReplies
from hub.intake.set_aside import HeldReview
from hub.privacy.ports import DataSubject
from hub.robot.answers_by_sms import AnswersBySms
from hub.robot.ports import Bot, DialogueEngine
from hub.robot.voice import RobotVoice
from hub.telephony.ports import OnDialled, OnRecorded, TalkEvents
from hub.telephony.recogniser_queue import RecogniserQueue
from hub.telephony.recordings import CallRecordings
from hub.telephony.refused_calls import RefusedCalls
from hub.telephony.returned_calls import ReturnedCalls
from hub.telephony.speech_to_text import Recognise, SpeechToText
from hub.telephony.transcripts import Transcribe, Transcripts
from okno.rooms.base import ROBOT, Base, close_later
from okno.rooms.conversations import Conversations


class Intake(NamedTuple):
    message_intake: MessageIntake
    reactions: Reactions
    sifting: HeldReview
    refused_calls: RefusedCalls


class RobotParts(NamedTuple):
    """What answers a message without an operator."""

    bot: Bot
    engine: DialogueEngine
    queries: Sequence[HubAnswers]
    """They answer numbers of cases, appointments and applications, in this order."""
    register: RegisterCase
    """Registers a case that the robot has read back."""
    correspondence: Correspondence | None = None
    csat: CsatAnswers | None = None
    by_sms: AnswersBySms | None = None
    """Of the queries, too."""


class OperatorParts(NamedTuple):
    """Where conversations wait for operators."""

    dispatch: Dispatch
    actions: Actions
    promise_actions: PromiseActions
    lead: Leading


class CallParts(NamedTuple):
    """Who hears of calls, and what understands the callers."""

    speech_to_text: SpeechToText
    recorded: OnRecorded
    phoned: OnDialled
    talks: TalkEvents


class OwnDataParts(NamedTuple):
    """What citizens prove, and what they do with their own data."""

    proofs: CitizenProofs
    subject: DataSubject


def wire_intake(base: Base, conversations: Conversations, robot: RobotParts, operators: OperatorParts, calls: CallParts,
                own_data: OwnDataParts, deliveries: Deliveries, handover_sender: HandoverSender) -> Intake:
    """Not started yet."""
    sequencer, store, opener, queue = base.sequencer, base.store, base.opener, base.config.routing.queue
    redeliveries, intake_filter, guard = conversations.redeliveries, conversations.intake_filter, conversations.quarantine
    voice = RobotVoice(robot.bot, robot.engine, conversations.announcement_service, name=ROBOT, queue=queue,
                       by_sms=robot.by_sms.offered if robot.by_sms else lambda _: False)
    secrets = MessageSecrets(robot.queries, robot.engine)
    replies = RobotReplies(sequencer, voice, register=robot.register, lead=operators.lead, yields=intake_filter.yields)
    reactions = Reactions(
        sequencer, store, replies, Outlets(base.doors.showers, base.doors.awaiting, deliveries, handover_sender.tell),
        opt_outs=conversations.opt_outs, speech_to_text=calls.speech_to_text, secrets=secrets, redeliveries=redeliveries,
        correspondence=robot.correspondence, csat=robot.csat)
    pipeline = IntakePipeline(
        sequencer, voice, opt_outs=conversations.opt_outs, intake_filter=intake_filter, secrets=secrets,
        speech_to_text=calls.speech_to_text, correspondence=robot.correspondence, csat=robot.csat)
    message_intake = MessageIntake(
        MessageAcceptance(sequencer, opener, pipeline, voice, redeliveries=redeliveries, files=base.files, guard=guard),
        CitizenPresence(sequencer, store, opener, voice, promise=partial(operators.promise_actions.offer_callback, gone=True),
                        keeps=timedelta(seconds=base.config.routing.queue_place_s), standing=operators.dispatch.standing),
        CallEvents(sequencer, opener, queue=queue, recorded=calls.recorded, phoned=calls.phoned, talks=calls.talks,
                   remote=handover_sender, csat=robot.csat),
        intake_filter=intake_filter, guard=guard, proofs=own_data.proofs, subject=own_data.subject, delivered=deliveries.delivered,
        speech_to_text=calls.speech_to_text)
    sifting = HeldReview(sequencer, store, operators.actions, intake_filter, queue)
    close_later(base.stack, reactions, returned_calls := ReturnedCalls(sequencer.traits, base.doors.channels, message_intake.left))
    handover_sender.on_back.subscribe(returned_calls.returned)
    sequencer.on_commit.react.subscribe(sifting.committed, reactions.committed)
    return Intake(message_intake, reactions, sifting,
                  RefusedCalls(sequencer, store, opener, operators.actions, base.doors.channels, queue=queue))


def wire_speech(base: Base, recognise: Recognise | None, transcribe: Transcribe | None,
                domain: Callable[[], str] = str, corrected: Callable[[str], str] = str) -> tuple[SpeechToText, Transcripts, CallRecordings]:
    """What becomes of speech: words for the robot, recordings, and their transcripts. Not started yet.

    `domain` gives the centre's own words, `corrected` a text where they were heard as others.
    """
    settings = base.config.speech
    queue = RecogniserQueue(settings.processes or max(1, (os.cpu_count() or 1) // settings.threads), settings.callers_waiting)
    speech_to_text = SpeechToText(base.files, recognise, queue, domain, corrected)
    transcripts = Transcripts(base.sequencer, base.store, base.files, transcribe, base.timing.transcript_s)
    close_later(base.stack, speech_to_text, transcripts)
    return speech_to_text, transcripts, CallRecordings(base.sequencer, base.store, base.files, transcripts.owe)
