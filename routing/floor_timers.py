"""Future events of a floor: expiring offers, and rings that become valid for an idle operator."""

from bisect import bisect_left
from collections.abc import Iterable
from heapq import heappop, heappush
from itertools import count

from hub.dispatch.offer import Offer
from routing.lines import Entry, Line, Place, Ring


class FloorTimers:
    def __init__(self) -> None:
        self.next_s: float | None = None
        """The earliest next event. Asked for after each event, and changed by few of them."""
        self._serials = count()
        self._lapses: list[tuple[float, int, Entry, Offer]] = []
        """The first one stands, or a ring is earlier; others that stand no more are detected when they are due."""
        self._rings: list[tuple[float, int, Place, Ring]] = []

    def offered(self, entry: Entry, offer: Offer) -> None:
        """It stands until it runs out."""
        until = offer.until
        heappush(self._lapses, (until, next(self._serials), entry, offer))
        if self.next_s is None or until < self.next_s:
            self.next_s = until

    def settled(self, offer: Offer) -> None:
        """It stands no more."""
        if offer.until == self.next_s:
            self._find_next()

    def joined(self, line: Line, place: Place, now: float) -> None:
        """A new conversation waits in a line."""
        for ring in line.rings:
            if place[0] + ring.after_s > now and (place < ring.planned if ring.planned else ring.anybody_idle()):
                self._plan(ring, place)

    def watch(self, rings: Iterable[Ring], now: float) -> None:
        """While a ring has an idle operator, a timer waits for the moment at which the next conversation of its line may use the ring."""
        for ring in rings:
            places = ring.line.places
            if ring.planned is None and places and places[-1][0] + ring.after_s > now and ring.anybody_idle():
                self._plan(ring, places[ring.reach(now)])

    def _plan(self, ring: Ring, place: Place) -> None:
        ring.planned = place
        heappush(self._rings, (place[0] + ring.after_s, next(self._serials), place, ring))
        self._find_next()

    def _find_next(self) -> None:
        lapses, rings = self._lapses, self._rings
        while lapses and lapses[0][2].offer is not lapses[0][3]:
            heappop(lapses)
        self.next_s = lapses[0][0] if lapses else None
        if rings and (self.next_s is None or rings[0][0] < self.next_s):
            self.next_s = rings[0][0]

    def lapsed(self, now: float) -> Offer | None:
        """The first expired offer."""
        self._find_next()
        return self._lapses[0][3] if self._lapses and self._lapses[0][0] <= now else None

    def widened(self, now: float) -> list[Place]:
        """Conversations for which a ring has become valid, the longest waiting first."""
        reached: set[Place] = set()
        rings: list[Ring] = []
        while self._rings and self._rings[0][0] <= now:
            _, _, place, ring = heappop(self._rings)
            if ring.planned == place:
                places = ring.line.places
                reached.update(places[bisect_left(places, place):ring.reach(now)])
                ring.planned = None
                rings.append(ring)
        self.watch(rings, now)
        self._find_next()
        return sorted(reached)
