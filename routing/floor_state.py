"""State of the floor: who waits, offers, held conversations."""

from bisect import bisect_left
from collections import defaultdict

from hub.dispatch.offer import Offer, Waiting, personal
from routing.lines import Entry, Place, Seat, Seats, put_in, take_out


class FloorState:
    """Written by the floor only."""

    def __init__(self) -> None:
        self._entries: dict[int, Entry] = {}
        self._queues: defaultdict[str, list[Place]] = defaultdict(list)
        """Waiting conversations of each queue, offers included: the place told to citizens."""
        self._seats = Seats()
        self._holders: dict[int, Seat] = {}

    def offered(self, conversation: int) -> Offer | None:
        entry = self._entries.get(conversation)
        return entry.offer if entry else None

    def offers_of(self, operator: str) -> list[Offer]:
        return [offer for c in self._offered_to(operator) if (offer := self._entries[c].offer)]

    def held(self, operator: str) -> list[int]:
        return [conversation for conversation in self._seats[operator].held if conversation not in self._entries]

    def holder(self, conversation: int) -> str:
        seat = self._holders.get(conversation)
        return seat.operator if seat else ""

    def place(self, conversation: int) -> int:
        entry = self._entries.get(conversation)
        return bisect_left(entry.queue, entry.place) + 1 if entry else 0

    def length(self, queue: str) -> int:
        return len(self._queues[queue])

    def line(self, queue: str) -> list[int]:
        return [conversation for _, conversation in self._queues[queue]]

    def load(self, operator: str) -> int:
        """Cost units in use."""
        return self._seats[operator].used

    def written(self, operator: str) -> tuple[int, int]:
        """Chats and letters together, and the chats, offers included."""
        return self._seats[operator].written

    def _offered_to(self, operator: str) -> list[int]:
        return [conversation for conversation in self._seats[operator].held if conversation in self._entries]

    def _write(self, waiting: Waiting) -> Entry:
        """It waits."""
        # A conversation transferred to one colleague waits only for them.
        queue = self._queues[personal(waiting.wanted) if waiting.wanted else waiting.queue]
        entry = Entry(waiting, (waiting.since - waiting.priority_s, waiting.conversation), queue)
        self._entries[waiting.conversation] = entry
        put_in(queue, entry.place)
        if waiting.shunned:
            self._seats[waiting.shunned].gave_away |= {waiting.conversation}
        return entry

    def _strike(self, entry: Entry) -> None:
        """It waits no more."""
        waiting = entry.waiting
        del self._entries[waiting.conversation]
        take_out(entry.queue, entry.place)
        if waiting.shunned:
            self._seats[waiting.shunned].gave_away -= {waiting.conversation}
