"""Calls that other centres have given back after their callers hung up."""

import logging
from collections.abc import Awaitable, Callable, Mapping

from hub.conversations.address import Address
from hub.conversations.channel_traits import TraitRegistry
from hub.conversations.conversation import Conversation, InQueue
from hub.conversations.ports import Channel
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import StoreError
from hub.telephony.ports import DiallingChannel

log = logging.getLogger(__name__)


class ReturnedCalls:
    """Subscribes to hub.federation.handover_sender.HandoverSender.on_back."""

    def __init__(self, traits: TraitRegistry, channels: Mapping[str, Channel], left: Callable[[Address], Awaitable[None]]) -> None:
        """`left` is hub.intake.ports.Intake.left: a caller without an answer is promised one (SL-07)."""
        self._traits, self._channels, self._left = traits, channels, left
        self._tasks = BackgroundTasks()

    def returned(self, head: Conversation) -> None:
        """The caller of a call that is over does not wait in the queue."""
        channel = self._channels.get(head.address.driver)
        if isinstance(head.holder, InQueue) and isinstance(channel, DiallingChannel) and not channel.talks(head.id) \
                and self._traits.of(head.address).spoken:
            self._tasks.spawn(self._leave(head))

    async def close(self) -> None:
        await self._tasks.cancel()

    async def _leave(self, head: Conversation) -> None:
        try:
            await self._left(head.address)
        except StoreError as error:
            log.warning("store unavailable: a caller who is gone stays in the queue", extra={"conversation": head.id, "why": str(error)})
