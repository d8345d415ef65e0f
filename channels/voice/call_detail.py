"""Call details from one exchange for the journal: beginning, connections, cause of the end (CH-12)."""

import logging
from collections.abc import Collection
from datetime import UTC, datetime

from msgspec import Struct

from channels.voice.call_runner import CallRunner
from channels.voice.call_state import Given
from hub.conversations.journal import CallStage, Telephoned
from hub.intake.ports import Intake
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import OknoError

log = logging.getLogger(__name__)


class Talk(Struct, frozen=True):
    conversation: int
    call: str
    operator: str


class CallDetail:
    """What cannot be stored is missing in the journal, and the call continues."""

    def __init__(self, exchange: str, intake: Intake) -> None:
        self._exchange, self._intake = exchange, intake
        self._talks: dict[str, Talk] = {}
        """By the channels of those who have called."""
        self._over: dict[str, int] = {}
        """Conversations of calls that have left the hub, by their uniqueids, until it is told why they ended."""
        self._tasks = BackgroundTasks()

    def began(self, line: CallRunner, dialled: str) -> None:
        self._note(line.conversation, line.key, CallStage.BEGAN, dialled)

    def joined(self, line: CallRunner) -> None:
        operator = line.call.where.operator if isinstance(line.call.where, Given) else ""
        self._talks[line.channel] = Talk(line.conversation, line.key, operator)
        self._note(line.conversation, line.key, CallStage.JOINED, operator)

    def parted(self, channel: str) -> None:
        if (talk := self._talks.pop(channel, None)) is not None:
            self._note(talk.conversation, talk.call, CallStage.PARTED, talk.operator)

    def over(self, uniqueid: str, conversation: int) -> None:
        """It has left the hub, or is known to be gone."""
        if conversation:
            self._over[uniqueid] = conversation

    def ended(self, uniqueid: str, cause: int) -> None:
        if conversation := self._over.pop(uniqueid, 0):
            self._note(conversation, f"{self._exchange}-{uniqueid}", CallStage.ENDED, cause=cause)

    def lost(self, live: Collection[str]) -> None:
        """Nobody will tell any more why those have ended that are not there."""
        for uniqueid in [*self._over]:
            if uniqueid not in live:
                self.ended(uniqueid, 0)

    async def close(self) -> None:
        await self._tasks.cancel()

    def _note(self, conversation: int, call: str, stage: CallStage, party: str = "", cause: int = 0) -> None:
        self._tasks.spawn(self._write(conversation, Telephoned(datetime.now(UTC), call, stage, party, cause)))

    async def _write(self, conversation: int, entry: Telephoned) -> None:
        try:
            await self._intake.telephoned(conversation, entry)
        except OknoError as error:
            log.warning("stage of a call not recorded in the journal", extra={"call": entry.call, "stage": entry.stage, "why": str(error)})
