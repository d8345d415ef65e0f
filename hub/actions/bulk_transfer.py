"""Moves many waiting conversations to a line or a colleague, each in its own step, and only from where it was seen (CH-09, D3).

Each is an ordinary transfer; a refusal of one does not affect the others.
"""

import asyncio
from collections.abc import Mapping

from msgspec import Struct

from hub.access.operator import Operator
from hub.actions.conversation_actions import Actions, Planned
from hub.conversations.conversation import InQueue
from hub.conversations.ports import Store
from hub.conversations.sequencer import LiveConversation
from hub.kernel.errors import ConflictError, RefusedError, UnavailableStoreError


class TransferTarget(Struct, frozen=True):
    """A line, for all who serve it or for one colleague. As a target: "" is the current line."""

    queue: str = ""
    operator: str = ""


class Left(Struct, frozen=True):
    """A conversation that stays, and why."""

    conversation: int
    code: str
    text: str


class BulkTransfer:
    """Waiting conversations of one hub."""

    def __init__(self, actions: Actions, store: Store) -> None:
        self._actions, self._store = actions, store

    async def staying(self, who: Operator, seen: Mapping[int, TransferTarget], to: TransferTarget) -> list[Left]:
        """Preview: conversations that could not be moved."""
        return await self._each(who, seen, to, "", moves=False)

    async def move(self, who: Operator, seen: Mapping[int, TransferTarget], to: TransferTarget, why: str) -> list[Left]:
        """Move all that still wait where they were seen; returns those that could not be moved."""
        return await self._each(who, seen, to, why, moves=True)

    async def _each(self, who: Operator, seen: Mapping[int, TransferTarget], to: TransferTarget, why: str, *, moves: bool) -> list[Left]:
        colleague = await self._store.get(Operator, to.operator) if to.operator else None

        async def attempt(conversation: int, spot: TransferTarget) -> Left | None:
            try:
                live = await self._actions.live(conversation)
                plan = self._plan(who, live, spot, to, colleague, why)
                if moves:
                    await self._actions.do(live, plan)
            except RefusedError as error:
                return Left(conversation, error.code, error.text)
            except (ConflictError, UnavailableStoreError):
                return Left(conversation, "conflict", "Обращение только что изменилось, или хранилище недоступно: посмотрите ещё раз.")
            return None
        found = await asyncio.gather(*(attempt(*each) for each in seen.items()))
        return [each for each in found if each is not None]

    def _plan(self, who: Operator, live: LiveConversation, spot: TransferTarget, to: TransferTarget, colleague: Operator | None,
              why: str) -> Planned:
        holder = self._actions.steered(who, live)
        if not isinstance(holder, InQueue) or (holder.queue, holder.wanted) != (spot.queue, spot.operator):
            raise RefusedError("not_waiting", "Разговор уже взяли или перевели.")
        if TransferTarget(to.queue or holder.queue, to.operator) == spot:
            raise RefusedError("nothing_new", "Разговор уже там.")
        return self._actions.transferring(who, live, holder, queue=to.queue, operator=to.operator, colleague=colleague, note=why)
