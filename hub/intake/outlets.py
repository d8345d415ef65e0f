"""Routes stored records to live screens, to carriers and to other centres."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from hub.conversations.conversation import Conversation
from hub.conversations.delivery import Deliveries
from hub.conversations.journal import StoredEvent, Thought, shown_to_citizen
from hub.conversations.message import Author, Message
from hub.conversations.ports import AwaitingChannel, Commit, ReplayingChannel, SpeakingChannel
from hub.conversations.sequencer import LiveConversation


class Outlets:
    def __init__(self, showers: Mapping[str, ReplayingChannel], awaiting: Mapping[str, AwaitingChannel], deliveries: Deliveries,
                 tell_centre: Callable[[StoredEvent], None] = lambda _: None) -> None:
        """`showers` and `awaiting` by channel; both may still be empty. `tell_centre` notifies the centre that has the conversation."""
        self._showers, self._awaiting, self.deliveries, self.tell_centre = showers, awaiting, deliveries, tell_centre

    def committed(self, live: LiveConversation, change: Commit) -> None:
        shower = self._showers.get(live.head.address.channel)
        for thought in (each.entry for each in change.records if shower is not None and isinstance(each.entry, Thought)):
            if isinstance(shower, SpeakingChannel):
                shower.understood(live.head, thought.intent)
        if shower is not None and (shown := [r for r in change.records if shown_to_citizen(r.entry)]):
            shower.show(live.head, shown)
        if live.head.address.channel in self._awaiting and (over := tuple(_answered(change))):
            self.reacted(live.head, over)

    def reacted(self, head: Conversation, records: Sequence[int]) -> None:
        """The reaction to these messages is complete."""
        if (awaiting := self._awaiting.get(head.address.channel)) is not None:
            awaiting.reacted(head, records)


def _answered(change: Commit) -> Iterator[int]:
    """Ids of the citizen's messages that this commit answers, or that need no answer."""
    yield from change.settled
    for record in change.records:
        if isinstance(record.entry, Message) and record.entry.author is Author.CITIZEN and record.id not in change.owed:
            yield record.id
