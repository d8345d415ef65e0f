"""Rings the telephones of operators for what they are offered of a channel that is talked."""

from collections.abc import Mapping

from msgspec import Struct

from hub.actions import Actions
from hub.dispatch import Dispatch, OfferNews
from hub.lanes import Lanes
from hub.operators import Operator
from hub.ports import Channel, Ringing


class Bid(Struct):
    """hub.ports.Bid."""

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


class Bell:
    def __init__(self, lanes: Lanes, dispatch: Dispatch, actions: Actions, channels: Mapping[str, Channel]) -> None:
        self._lanes, self._dispatch, self._actions, self._channels = lanes, dispatch, actions, channels

    def offer(self, news: OfferNews) -> None:
        """A listener of the dispatch."""
        conversation, login = news.offer.conversation, news.offer.operator
        lane = self._lanes.active(conversation)
        channel = self._channels.get(lane.head.address.channel) if lane else None
        if not isinstance(channel, Ringing):
            return
        if news.how == "accepted":
            return
        if news.how:
            channel.hush(conversation, login)
        elif who := self._dispatch.operator(login):
            channel.ring(Bid(conversation, who, self._actions))
