"""Telephony beyond the conversation: outbound calls, consultation, supervision, recordings and their transcripts."""

from typing import NamedTuple

from hub.telephony.consultations import ConsultTransfer
from hub.telephony.outbound_calls import OutboundCalls
from hub.telephony.recordings import CallRecordings
from hub.telephony.speech_to_text import SpeechToText
from hub.telephony.supervisor_monitoring import SupervisorMonitoring
from hub.telephony.transcripts import Transcripts
from okno.adapters.loader import speech
from okno.rooms.base import Base, Organisation, close_later
from okno.rooms.dispatch import Acting, Dispatching
from okno.rooms.knowledge import Knowledge
from okno.rooms.way_in import wire_speech


class Telephony(NamedTuple):
    outbound_calls: OutboundCalls
    consulting: ConsultTransfer
    supervision: SupervisorMonitoring
    recordings: CallRecordings
    transcripts: Transcripts
    speech_to_text: SpeechToText


def set_up_telephony(base: Base, organisation: Organisation, knowledge: Knowledge, dispatching: Dispatching, acting: Acting) -> Telephony:
    """Raises ConfigError where the speech model is missing."""
    config, store, sequencer, channels = base.config, base.store, base.sequencer, base.doors.channels
    speech_to_text, transcripts, recordings = wire_speech(
        base, *speech(config.speech), knowledge.domain_words if config.speech.domain_words else str, knowledge.as_said)
    outbound_calls = OutboundCalls(sequencer, store, dispatching.dispatch, acting.actions, acting.promise_actions, channels,
                                   zones=organisation.centres.clocks, hours=config.notices.hours(), met=base.opener.met)
    consulting = ConsultTransfer(sequencer, store, dispatching.dispatch, acting.actions, channels, config.directory, acting.passing,
                                 organisation.centres.outside)
    supervision = SupervisorMonitoring(sequencer, store, acting.actions, channels, shown=config.calls.listeners_shown)
    close_later(base.stack, supervision, outbound_calls)
    sequencer.on_commit.react.subscribe(outbound_calls.committed)
    sequencer.on_commit.show.subscribe(supervision.committed)
    outbound_calls.on_talked.subscribe(acting.wrap_up.begin)
    acting.actions.readings.asked.answer_by(supervision.asked)
    return Telephony(outbound_calls, consulting, supervision, recordings, transcripts, speech_to_text)
