"""The telephone part of a list row: participants, recording, possible calls."""

from hub.conversations.conversation import Conversation
from hub.desk.conversations.forms import CompanyOut, RecordingOut
from hub.desk.http.parts import Channels
from hub.telephony.consultations import ConsultTransfer
from hub.telephony.outbound_calls import OutboundCalls
from hub.telephony.ports import RecordingChannel
from hub.telephony.supervisor_monitoring import SupervisorMonitoring


class TalkState:
    def __init__(self, outbound_calls: OutboundCalls, consulting: ConsultTransfer, supervision: SupervisorMonitoring,
                 channels: Channels) -> None:
        self._outbound_calls, self._consulting, self._supervision, self._channels = outbound_calls, consulting, supervision, channels
        self._recorders: tuple[RecordingChannel, ...] | None = None
        """Cached once all channels are there."""

    def callable(self, head: Conversation) -> bool:
        return self._outbound_calls.possible(head)

    def talks(self, head: Conversation) -> bool:
        return self._consulting.possible(head)

    def senior_asked(self, head: Conversation) -> bool:
        return self._supervision.asked(head.id)

    def company(self, head: Conversation) -> CompanyOut | None:
        asks = self._consulting.going_on(head.id)
        return CompanyOut(asks.company, self._consulting.whom(asks.ask), asks.ask.colleague) if asks is not None else None

    def recorder(self, conversation: int) -> RecordingChannel | None:
        """The channel that records the current talk; None where none does."""
        if self._recorders is None:
            self._recorders = tuple(each for each in self._channels.values() if isinstance(each, RecordingChannel))
        return next((each for each in self._recorders if each.taping(conversation)), None)

    def recording(self, head: Conversation) -> RecordingOut | None:
        recorder = self.recorder(head.id)
        tape = recorder.taping(head.id) if recorder else None
        return RecordingOut(tape.paused) if tape else None
