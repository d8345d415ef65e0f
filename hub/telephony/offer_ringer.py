"""Rings operators' telephones for offers of voice channels."""

import logging
from collections.abc import Mapping

from msgspec import Struct

from hub.access.operator import Operator
from hub.actions.conversation_actions import Actions
from hub.conversations.ports import Channel
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.dispatch.dispatcher import Dispatch, OfferNews
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import StoreError
from hub.telephony.ports import RingingChannel

log = logging.getLogger(__name__)


class Bid(Struct):
    """hub.telephony.ports.RingingOffer."""

    conversation: int
    who: Operator
    actions: Actions

    @property
    def operator(self) -> str:
        return self.who.login

    async def accept(self) -> None:
        await self.actions.accept(self.who, self.conversation)

    async def refuse(self) -> None:
        await self.actions.reject(self.who, self.conversation)


class OfferRinger:
    def __init__(self, sequencer: ConversationSequencer, dispatch: Dispatch, actions: Actions, channels: Mapping[str, Channel]) -> None:
        self._sequencer, self._dispatch, self._actions, self._channels = sequencer, dispatch, actions, channels
        self._tasks = BackgroundTasks()

    def offer(self, news: OfferNews) -> None:
        """Listener of the dispatcher."""
        if live := self._sequencer.active(news.offer.conversation):
            self._ring(news, live)
        else:
            # After a restart offers come before any entry.
            self._tasks.spawn(self._load_and_ring(news))

    async def close(self) -> None:
        await self._tasks.cancel()

    async def _load_and_ring(self, news: OfferNews) -> None:
        try:
            self._ring(news, await self._sequencer.load(news.offer.conversation))
        except StoreError as error:
            log.warning("store unavailable: the operator's telephone is not rung for an offer",
                        extra={"conversation": news.offer.conversation, "why": str(error)})

    def _ring(self, news: OfferNews, live: LiveConversation) -> None:
        conversation, login = news.offer.conversation, news.offer.operator
        channel = self._channels.get(live.head.address.driver)
        if not isinstance(channel, RingingChannel):
            return
        if news.how == "accepted":
            return
        if news.how:
            channel.hush(conversation, login)
        elif who := self._dispatch.operator(login):
            channel.ring(Bid(conversation, who, self._actions))
