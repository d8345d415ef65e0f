"""Conversations of an operator who left wait again, first in their line, with the citizen's own clock."""

import asyncio
import logging

from hub.conversations.conversation import InQueue, WithOperator, connected, hand_over, held_by
from hub.conversations.journal import HandedOver
from hub.conversations.sequencer import ConversationSequencer
from hub.dispatch.ports import Router
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import OknoError

log = logging.getLogger(__name__)


class Absences:
    def __init__(self, sequencer: ConversationSequencer, router: Router, reconnect_s: float) -> None:
        self._sequencer, self._router, self._reconnect_s = sequencer, router, reconnect_s
        self._expected: dict[str, asyncio.TimerHandle] = {}
        self._tasks = BackgroundTasks()

    def expect(self, login: str) -> None:
        """An operator held something when the hub stopped: they return soon, or it is given back."""
        if login not in self._expected:
            self._expected[login] = asyncio.get_running_loop().call_later(self._reconnect_s, self.begin, login)

    def end(self, login: str) -> None:
        if timer := self._expected.pop(login, None):
            timer.cancel()

    def begin(self, login: str) -> None:
        self.end(login)
        for conversation in self._router.held(login):
            self._tasks.spawn(self._take_away(conversation, login))

    async def _take_away(self, conversation: int, login: str) -> None:
        try:
            live = await self._sequencer.load(conversation)
            holder = live.head.holder
            if isinstance(holder, WithOperator) and held_by(live.head, login):
                left = holder.left if self._sequencer.traits.of(live.head.address).spoken else None
                after = InQueue(holder.queue, holder.waiting_since, talked_since=connected(holder), left=left)
                await self._sequencer.committed_step(
                    live, (HandedOver(self._sequencer.now(), after, "operator_left"),), head=hand_over(live.head, after))
        except OknoError as error:
            log.warning("conversation not returned to its queue: it stays with an operator who signed out",
                        extra={"conversation": conversation, "why": str(error)})

    def close(self) -> None:
        for timer in self._expected.values():
            timer.cancel()
