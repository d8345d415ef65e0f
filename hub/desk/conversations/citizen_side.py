"""What a citizen is shown of the moment: who holds the conversation, who types, what was read, whether a file may be opened."""

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
        """Tell the citizen's side who holds the conversation, and its place in line."""
        self.signal(head, moved)
        for part in self._merging.at_hand(head):
            self.signal(part.head, self._dispatch.standing(part.head))

    def signal(self, head: Conversation, signal: LiveSignal) -> None:
        """To the citizen's side, unless its channel is configured no more."""
        if channel := self._channels.get(head.address.channel):
            channel.signal(head.id, signal)

    def signal_all(self, conversation: int, signal: LiveSignal) -> None:
        """On every channel: which of them shows the conversation is theirs to know."""
        for channel in self._channels.values():
            channel.signal(conversation, signal)
