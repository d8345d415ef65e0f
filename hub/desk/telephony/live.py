"""Live requests for a supervisor."""

from hub.conversations.conversation import Conversation
from hub.conversations.sequencer import ConversationSequencer
from hub.desk.conversations.live_rows import LiveRows
from hub.desk.conversations.redaction import Veil
from hub.desk.conversations.rows import ConversationRows
from hub.desk.live.open_desks import OpenDesk, OpenDesks
from hub.desk.live.room import LiveRoom
from hub.desk.telephony.frames import SeniorAsked, SeniorGone
from hub.kernel.background_tasks import BackgroundTasks
from hub.telephony.consultations import ConsultTransfer
from hub.telephony.supervisor_monitoring import SupervisorMonitoring


class LiveTalks(LiveRoom):
    sends = (SeniorAsked, SeniorGone)

    def __init__(self, desks: OpenDesks, sequencer: ConversationSequencer, consulting: ConsultTransfer, supervision: SupervisorMonitoring,
                 rows: ConversationRows, veil: Veil, live_rows: LiveRows) -> None:
        self._desks, self._sequencer, self._consulting, self._supervision = desks, sequencer, consulting, supervision
        self._rows, self._veil, self._live_rows = rows, veil, live_rows
        self._tasks = BackgroundTasks()

    def subscribe(self) -> None:
        self._consulting.on_change.subscribe(self._live_rows.tell)
        self._supervision.on_change.subscribe(self._live_rows.tell)
        self._supervision.on_ask.subscribe(self.senior)

    def greet(self, desk: OpenDesk) -> None:
        for conversation in self._supervision.asks():
            self._tasks.spawn(self._tell({desk}, conversation))

    def senior(self, head: Conversation) -> None:
        """A supervisor is requested, or not needed any more: sent to those of the centre."""
        asked = self._supervision.asked(head.id)
        if desks := {desk for desk in self._desks.all if not asked or self._supervision.may_listen(desk.who, head)}:
            self._tasks.spawn(self._tell(desks, head.id))

    async def _tell(self, desks: set[OpenDesk], conversation: int) -> None:
        head = (await self._sequencer.load(conversation)).head
        row = (await self._rows.rows([head]))[0]
        asked = self._supervision.asked(conversation)
        for desk in desks:
            if not asked:
                desk.push(SeniorGone(str(conversation)))
            elif self._supervision.may_listen(desk.who, head):
                desk.push(SeniorAsked(self._veil.row(desk.who, row, head)))

    async def close(self) -> None:
        await self._tasks.cancel()
