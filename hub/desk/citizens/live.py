"""Live updates of a citizen's identity."""

from hub.citizens.address_linking import AddressLinking
from hub.conversations.identities import plain
from hub.conversations.sequencer import ConversationSequencer
from hub.desk.citizens.frames import PersonChanged
from hub.desk.live.open_desks import OpenDesks
from hub.desk.live.room import LiveRoom


class LiveCitizens(LiveRoom):
    sends = (PersonChanged,)

    def __init__(self, desks: OpenDesks, sequencer: ConversationSequencer, linking: AddressLinking) -> None:
        self._desks, self._sequencer, self._linking = desks, sequencer, linking

    def subscribe(self) -> None:
        self._linking.on_change.subscribe(self.joined)

    def joined(self, addresses: frozenset[str]) -> None:
        """The links of these addresses have changed: sent to desks that show a conversation at one of them."""
        for conversation in self._desks.watched():
            if (live := self._sequencer.active(conversation)) and plain(live.head.address) in addresses:
                self.changed(conversation)

    def changed(self, conversation: int) -> None:
        """Identity, consents or requests of a conversation's citizen have changed: sent to desks that show it."""
        for desk in self._desks.watching(conversation):
            desk.push(PersonChanged(str(conversation)))
