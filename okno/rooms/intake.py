"""Intake, and the reactions to stored records."""

from contextlib import AsyncExitStack

from channels.web.open311 import Open311, Who
from hub.citizens.verification import NoVerification
from hub.conversations.ports import Channel
from hub.robot.answers_by_sms import AnswersBySms
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
from okno.rooms.way_in import CallParts, Intake, OperatorParts, OwnDataParts, RobotParts, wire_intake


def set_up_intake(base: Base, knowledge: Knowledge, conversations: Conversations, dispatching: Dispatching,
                  acting: Acting, citizens: Citizens, case_work: CaseWork, robot: Robot, telephony: Telephony, privacy: Privacy,
                  judging: Judging) -> Intake:
    """No message comes in before `open_channels`. Raises ConfigError."""
    by_sms = AnswersBySms(base.sequencer, base.store, acting.notification_sender, name=ROBOT)
    return wire_intake(
        base, conversations,
        RobotParts(knowledge.bot, robot.talker, (case_work.statuses, case_work.visits, citizens.status_asking, by_sms),
                   case_work.cases.case_registration.by_robot, case_work.flagging, judging.quality.csat_service, by_sms),
        OperatorParts(dispatching.dispatch, acting.actions, acting.promise_actions, dispatching.overflow.led),
        CallParts(telephony.speech_to_text, telephony.recordings.keep, telephony.outbound_calls.phoned, telephony.consulting),
        OwnDataParts(citizens.esia or NoVerification(), privacy.rights.data), dispatching.deliveries, dispatching.handover_sender)


def open_channels(base: Base, intake: Intake) -> None:
    """Build the configured channels, each by its driver's name. Raises ConfigError with the faults of all of them."""
    made, faults = dict[str, Channel](), list[ConfigFault]()
    for number, each in enumerate(base.config.channels):
        try:
            made[each.driver] = connect(each, intake.message_intake, base.store, base.files, limited=base.config.limited)
        except ConfigError as error:
            faults.append(ConfigFault(("channels", number), str(error)))
    raise_faults(faults)
    base.doors.open(made)


def open311_of_rooms(base: Base, organisation: Organisation, acting: Acting, conversations: Conversations, case_work: CaseWork,
                     who: Who) -> Open311 | None:
    """`who` identifies the calling program."""
    return open311_of(base.config, base.sequencer, base.store, acting.actions, case_work.cases, base.opener.met, who, organisation.lines,
                      base.files, conversations.quarantine.keep)


def trace(stack: AsyncExitStack, base: Base, dispatching: Dispatching) -> None:
    """Send traces to a collector; it closes after every part that commits. Raises ConfigError."""
    if base.config.traces.endpoint:
        close_later(stack, traces := tracing().Traces(base.config.traces, base.config.centre.code, base.now))
        base.sequencer.on_commit.show.subscribe(traces.committed)
        dispatching.deliveries.on_sent.subscribe(traces.sent)
