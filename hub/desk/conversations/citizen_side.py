"""Transient signals to the citizen: holder, typing, read marks, availability of files."""

from hub.citizens.conversation_merging import ConversationMerging
from hub.conversations.conversation import Conversation
from hub.conversations.live_signals import LiveSignal, Moved
from hub.desk.http.parts import Channels
from hub.dispatch.dispatcher import Dispatch


class CitizenSide:
    def __init__(self, channels: Channels, merging: ConversationMerging, dispatch: Dispatch) -> None:
        self._channels, self._merging, self._dispatch = channels, merging, dispatch

    def subscribe(self) -> None:
        self._dispatch.on_moved.subscribe(self.moved)

    def moved(self, head: Conversation, moved: Moved) -> None:
        """Send the holder and the place in the queue."""
        self.signal(head, moved)
        for part in self._merging.at_hand(head):
            self.signal(part.head, self._dispatch.standing(part.head))

    def signal(self, head: Conversation, signal: LiveSignal) -> None:
        """To the citizen's channel, unless it is not configured any more."""
        if channel := self._channels.get(head.address.driver):
            channel.signal(head.id, signal)

    def signal_all(self, conversation: int, signal: LiveSignal) -> None:
        """On every channel: each knows which of them shows the conversation."""
        for channel in self._channels.values():
            channel.signal(conversation, signal)
