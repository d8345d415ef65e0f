"""One floor of operators and the lines before it: who is offered what.

The longest waiting goes to the longest idle operator who serves its queue and has room (CH-08, CH-10). An offer holds the
room until it is accepted, rejected or lapses; meanwhile the conversation keeps its place. Lines and idle operators are
indexed by queue, so no event looks at everybody.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hub.offers import Lapsed, Offer, Waiting
from hub.operators import CAPACITY

Place = tuple[datetime, int]
"""Order in a line: waiting since, conversation."""


@dataclass(slots=True)
class Seat:
    """An operator as the floor sees him. `queues` is empty while he is not ready."""

    queues: tuple[str, ...] = ()
    held: dict[int, int] = field(default_factory=dict)
    """Conversation to what it costs, offers included."""
    refused: set[int] = field(default_factory=set)
    """What he rejected since he last said that he is ready."""

    def room(self) -> int:
        return CAPACITY - sum(self.held.values())


class Floor:
    """hub.ports.Router."""

    def __init__(self, patience: timedelta) -> None:
        """`patience` is how long an offer may be left unanswered."""
        self._patience = patience
        self._waiting: dict[int, Waiting] = {}
        self._lines: defaultdict[str, list[Place]] = defaultdict(list)
        self._open: defaultdict[str, list[Place]] = defaultdict(list)
        """The part of each line that is not offered to anybody at the moment."""
        self._seats: defaultdict[str, Seat] = defaultdict(Seat)
        self._holders: dict[int, str] = {}
        self._idle: defaultdict[str, dict[str, None]] = defaultdict(dict)
        """Queue to operators with some room, longest idle first."""
        self._offers: dict[int, Offer] = {}

    def wait(self, waiting: Waiting, now: datetime) -> list[Offer]:
        before = self._leave(waiting.conversation)
        self._waiting[waiting.conversation] = waiting
        insort(self._lines[_line(waiting)], _place(waiting))
        offers = self._offer_conversation(waiting, now)
        return offers + self._offer_operator(before.operator, now) if before else offers

    def withdraw(self, conversation: int, now: datetime) -> list[Offer]:
        """It waits no more; whoever it was offered to is free for another."""
        offer = self._leave(conversation)
        return self._offer_operator(offer.operator, now) if offer else []

    def take(self, conversation: int, operator: str, cost: int) -> None:
        self._leave(conversation)
        self._drop(conversation)
        self._holders[conversation] = operator
        seat = self._seats[operator]
        seat.held[conversation] = cost
        self._index(operator, seat)

    def release(self, conversation: int, now: datetime) -> list[Offer]:
        operator = self._drop(conversation)
        return self._offer_operator(operator, now) if operator else []

    def present(self, operator: str, queues: Sequence[str], now: datetime) -> list[Offer]:
        """Ready for these queues, or not ready with none. Offers to someone who leaves go to others."""
        seat = self._seats[operator]
        self._unindex(operator, seat)
        seat.queues = (*queues, _own(operator)) if queues else ()
        seat.refused.clear()
        if queues:
            return self._offer_operator(operator, now)
        returned = [c for c in seat.held if c in self._offers]
        for conversation in returned:
            self._unoffer(conversation)
        return self._offer_again(returned, now)

    def reject(self, conversation: int, operator: str, now: datetime) -> list[Offer]:
        """He is not offered it again until he next says that he is ready; others are, and he is offered the next."""
        self._unoffer(conversation)
        self._seats[operator].refused.add(conversation)
        return self._offer_again([conversation], now) + self._offer_operator(operator, now)

    def expire(self, now: datetime) -> tuple[list[Lapsed], list[Offer]]:
        """Offers that ran out: the operators are paused, the conversations are the next to be offered."""
        away = {offer.operator for offer in self._offers.values() if offer.until <= now}
        lapsed = [Lapsed(o.conversation, o.operator) for o in self._offers.values() if o.operator in away]
        offers: list[Offer] = []
        for each in lapsed:
            self._unoffer(each.conversation)
        for operator in away:
            offers += self.present(operator, (), now)
        offers += self._offer_again([each.conversation for each in lapsed], now)
        return lapsed, offers

    def offered(self, conversation: int) -> Offer | None:
        return self._offers.get(conversation)

    def offers_of(self, operator: str) -> list[Offer]:
        return [self._offers[c] for c in self._seats[operator].held if c in self._offers]

    def held(self, operator: str) -> int:
        return sum(conversation not in self._offers for conversation in self._seats[operator].held)

    def holder(self, conversation: int) -> str:
        return self._holders.get(conversation, "")

    def next_expiry(self) -> datetime | None:
        return min((offer.until for offer in self._offers.values()), default=None)

    def place(self, conversation: int) -> int:
        waiting = self._waiting.get(conversation)
        return bisect_left(self._lines[_line(waiting)], _place(waiting)) + 1 if waiting else 0

    def length(self, queue: str) -> int:
        return len(self._lines[queue])

    def line(self, queue: str) -> list[int]:
        return [conversation for _, conversation in self._lines[queue]]

    def load(self, operator: str) -> int:
        """Cost units in use."""
        return CAPACITY - self._seats[operator].room()

    def _offer_again(self, conversations: Iterable[int], now: datetime) -> list[Offer]:
        waiting = sorted((self._waiting[c] for c in conversations if c in self._waiting and c not in self._offers), key=_place)
        return [offer for each in waiting for offer in self._offer_conversation(each, now)]

    def _offer_conversation(self, waiting: Waiting, now: datetime) -> list[Offer]:
        """To the longest idle operator with room, or into the line."""
        for operator in self._idle[_line(waiting)]:
            seat = self._seats[operator]
            if self._suits(waiting.conversation, operator, seat, seat.room()):
                return [self._make(waiting, operator, seat, now)]
        places, place = self._open[_line(waiting)], _place(waiting)
        if bisect_left(places, place) == len(places) or places[bisect_left(places, place)] != place:
            insort(places, place)
        return []

    def _offer_operator(self, operator: str, now: datetime) -> list[Offer]:
        """The longest waiting of his lines, again while there is room; he then counts as idle from now."""
        seat = self._seats[operator]
        offers: list[Offer] = []
        self._index(operator, seat)
        while seat.queues and (best := self._best(operator, seat)) is not None:
            offers.append(self._make(best, operator, seat, now))
        return offers

    def _best(self, operator: str, seat: Seat) -> Waiting | None:
        room = seat.room()
        candidates = []
        for queue in seat.queues:
            first = next((p for p in self._open[queue] if self._suits(p[1], operator, seat, room)), None)
            if first:
                candidates.append(first)
        return self._waiting[min(candidates)[1]] if candidates else None

    def _suits(self, conversation: int, operator: str, seat: Seat, room: int) -> bool:
        waiting = self._waiting[conversation]
        return waiting.cost <= room and conversation not in seat.refused and operator != waiting.shunned

    def _make(self, waiting: Waiting, operator: str, seat: Seat, now: datetime) -> Offer:
        _remove(self._open[_line(waiting)], _place(waiting))
        offer = self._offers[waiting.conversation] = Offer(waiting.conversation, operator, now + self._patience)
        seat.held[waiting.conversation] = waiting.cost
        self._index(operator, seat)
        return offer

    def _unoffer(self, conversation: int) -> Offer | None:
        """Take an offer back; the conversation goes into the open part of its line, at its old place."""
        offer = self._offers.pop(conversation, None)
        if offer:
            seat = self._seats[offer.operator]
            seat.held.pop(conversation, None)
            self._index(offer.operator, seat)
            waiting = self._waiting[conversation]
            insort(self._open[_line(waiting)], _place(waiting))
        return offer

    def _leave(self, conversation: int) -> Offer | None:
        offer = self._unoffer(conversation)
        waiting = self._waiting.pop(conversation, None)
        if waiting:
            _remove(self._lines[_line(waiting)], _place(waiting))
            _remove(self._open[_line(waiting)], _place(waiting))
        return offer

    def _drop(self, conversation: int) -> str:
        operator = self._holders.pop(conversation, "")
        if operator:
            seat = self._seats[operator]
            seat.held.pop(conversation, None)
            self._index(operator, seat)
        return operator

    def _index(self, operator: str, seat: Seat) -> None:
        """Put him at the end of the idle of each of his queues, or take him out when he is full."""
        self._unindex(operator, seat)
        if seat.room() > 0:
            for queue in seat.queues:
                self._idle[queue][operator] = None

    def _unindex(self, operator: str, seat: Seat) -> None:
        for queue in seat.queues:
            self._idle[queue].pop(operator, None)


def _own(operator: str) -> str:
    """The line of what was transferred to one colleague."""
    return f"@{operator}"


def _line(waiting: Waiting) -> str:
    return _own(waiting.wanted) if waiting.wanted else waiting.queue


def _place(waiting: Waiting) -> Place:
    return waiting.since, waiting.conversation


def _remove(places: list[Place], place: Place) -> None:
    at = bisect_left(places, place)
    if at < len(places) and places[at] == place:
        del places[at]
