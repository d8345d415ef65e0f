"""Drains a closed line into its successor: waiting, new and owed conversations keep their clocks (D3).

And why a line cannot be deleted: it has waiting, held or owed conversations, a registered case, or an account or a key that serves
it.
"""

import logging
from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from hub.access.operator import Operator
from hub.access.service_accounts import ServiceKey
from hub.conversations.conversation import FIRST, Conversation, InQueue, Promised, WithOperator, due_position, hand_over
from hub.conversations.journal import HandedOver
from hub.conversations.ports import Commit, Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import OknoError
from hub.organisation.queue import Lines

log = logging.getLogger(__name__)

PAGE = 500
WHY = "line_closed"


class LineRetirement:
    def __init__(self, sequencer: ConversationSequencer, store: Store, lines: Lines, registered: Callable[[str], Awaitable[int]]) -> None:
        """`registered` counts the cases registered in a line."""
        self._sequencer, self._store, self._lines, self._registered = sequencer, store, lines, registered
        self._tasks = BackgroundTasks()

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer: conversations that enter a closed line are moved."""
        if change.head is not None and self._leads(live.head):
            self._tasks.spawn(self._go_on(live.head.id))

    async def look(self) -> None:
        """Move all conversations in closed lines."""
        closed = [key for key, line in self._lines.items() if line.successor]
        if not closed:
            return
        waiting = await self._store.waiting(closed, limit=1_000_000)
        for head in [*waiting, *await self._promised()]:
            if self._leads(head):
                await self._go_on(head.id)

    def look_soon(self) -> None:
        self._tasks.spawn(self.look())

    async def in_use(self, line: str) -> str:
        """Why it cannot be deleted, in Russian; "" when it can."""
        waiting = len(await self._store.waiting([line], limit=PAGE))
        if waiting:
            return f"В линии ждут ({waiting}): закройте её, указав, в какую перейдут обращения."
        heads = [*await self._store.held(""), *await self._promised()]
        if busy := sum(_of(head) == line for head in heads):
            return f"В линии ведут обращения или обещали ответ ({busy}): сначала закройте её и дождитесь их завершения."
        if cases := await self._registered(line):
            return f"В линии зарегистрированы обращения ({cases}): её можно только закрыть."
        names = [each.name for each in await self._store.all(Operator) if line in (*each.queues, *each.own_queues)]
        names += [each.name for each in await self._store.all(ServiceKey) if line in each.queues]
        return f"Линию обслуживают: {', '.join(sorted(names)[:5])}. Сначала уберите её у них." if names else ""

    async def close(self) -> None:
        await self._tasks.cancel()

    def _leads(self, head: Conversation) -> str:
        """The successor; "" for none."""
        line = self._lines.get(_of(head)) if isinstance(head.holder, InQueue | Promised) else None
        return line.successor if line and line.successor in self._lines else ""

    async def _promised(self) -> list[Conversation]:
        found: list[Conversation] = []
        while page := await self._store.promised(after=due_position(found[-1]) if found else FIRST, limit=PAGE):
            found += page
        return found

    async def _go_on(self, conversation: int) -> None:
        try:
            live = await self._sequencer.load(conversation)
            successor, holder = self._leads(live.head), live.head.holder
            if successor and isinstance(holder, InQueue | Promised):
                after = replace(holder, queue=successor)
                await self._sequencer.committed_step(
                    live, (HandedOver(self._sequencer.now(), after, WHY),), head=hand_over(live.head, after))
        except OknoError as error:
            log.warning("conversation not moved to the successor line: it stays in the closed line",
                        extra={"conversation": conversation, "why": str(error)})


def _of(head: Conversation) -> str:
    """Its current line."""
    holder = head.holder
    return holder.queue if isinstance(holder, InQueue | Promised | WithOperator) else ""
