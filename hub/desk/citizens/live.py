"""Who a citizen is, on open desks."""

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
        """Tell the desks that show a conversation at one of these addresses that its citizen is known otherwise now."""
        for conversation in self._desks.watched():
            if (live := self._sequencer.active(conversation)) and plain(live.head.address) in addresses:
                self.changed(conversation)

    def changed(self, conversation: int) -> None:
        """Tell the desks that show a conversation that its citizen is known otherwise, or his consents or demands are others now."""
        for desk in self._desks.watching(conversation):
            desk.push(PersonChanged(str(conversation)))
