"""One floor of operators and what waits before it: who is offered what.

The longest waiting goes to the longest idle operator who is eligible and has room (CH-08, CH-10). An offer holds the room
until it is accepted, rejected or lapses; meanwhile the conversation keeps its place. Pure: time is an argument, in seconds.
"""

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from operator import attrgetter

from hub.choices import Rule, Why
from hub.offers import Lapsed, Offer, Waiting
from hub.operators import CAPACITY
from hub.skills import Skills, serves
from routing.book import Book, queue_of
from routing.choice import least_busy, longest_idle, longest_waiting, may_keep, next_own
from routing.lines import Entry, Index, Line, Seat, take_out

RINGS_S = (5.0, 10.0, 15.0)
"""After how long a wait each further ring comes into force: the last in time for an answer within 20 s (SL-03)."""


class Floor(Book):
    """hub.reasoning.Router."""

    def __init__(self, rings_s: Sequence[float] = RINGS_S) -> None:
        super().__init__()
        self._rings_s = tuple(rings_s)
        self._index = Index()
        self._stamp = self._serial = 0
        self._due: list[tuple[float, int, int, Offer | int]] = []
        """When (serial, conversation) an offer runs out or a ring of this number comes into force; whether it still matters is
        seen when it is due."""
        self._loose: list[Seat] = []
        """Who must be looked at before the step ends: nothing has to be saved for any more."""

    def wait(self, waiting: Waiting, now: float) -> list[Offer]:
        before = self._leave(waiting.conversation, now)
        queue = self._queues[queue_of(waiting)]
        entry = Entry(waiting, (waiting.since - waiting.priority_s, waiting.conversation), queue)
        self._entries[waiting.conversation] = entry
        insort(queue, entry.place)
        if not waiting.wanted:
            entry.ring = min(bisect_right(self._rings_s, now - waiting.since), len(waiting.rings) - 1)
            self._plan_ring(entry)
        offers = self._offer_entry(entry, now)
        return self._finish(offers + self._find_work(before, now) if before else offers, now)

    def withdraw(self, conversation: int, now: float) -> list[Offer]:
        """It waits no more; whoever it was offered to is free for another."""
        seat = self._leave(conversation, now)
        return self._finish(self._find_work(seat, now) if seat else [], now)

    def take(self, conversation: int, operator: str, cost: int, now: float) -> list[Offer]:
        """He holds it now, by an offer or by his own choice; what it was kept for goes on to others."""
        seat, entry = self._seat(operator), self._entries.get(conversation)
        if entry and entry.offer and entry.offer.operator == operator and conversation not in self._holders:
            self._accept(entry, seat, cost, now)
            return []
        before = self._leave(conversation, now)
        if dropped := self._drop(conversation):
            self._stand(dropped, now)
        self._holders[conversation] = operator
        seat.held[conversation] = cost
        seat.used += cost
        self._stand(seat, now)
        return self._finish(self._find_work(before, now) if before and before is not seat else [], now)

    def _accept(self, entry: Entry, seat: Seat, cost: int, now: float) -> None:
        """What was offered to him becomes his; the room for it is there already."""
        conversation = entry.waiting.conversation
        del self._entries[conversation]
        take_out(entry.queue, entry.place)
        self._holders[conversation] = seat.operator
        seat.used += cost - seat.held[conversation]
        seat.held[conversation] = cost
        self._stand(seat, now)

    def release(self, conversation: int, now: float) -> list[Offer]:
        seat = self._drop(conversation)
        if seat is None:
            return []
        seat.stamp, seat.idle_since = 0, now
        return self._finish(self._find_work(seat, now), now)

    def present(self, operator: str, has: Skills, now: float) -> list[Offer]:
        """Ready with these skills, or not ready with none. Offers of what he serves no more go to others."""
        seat = self._seat(operator)
        self._stop_saving(seat)
        seat.stamp = 0
        seat.refused.clear()
        if not has:
            seat.team = None
        elif seat.last is None or seat.last.has != has:
            seat.team = seat.last = self._index.team(has)
        else:
            seat.team = seat.last
        offers = self._return(seat, has, now) if seat.held else []
        return self._finish(offers + self._find_work(seat, now) if has else offers, now)

    def _return(self, seat: Seat, has: Skills, now: float) -> list[Offer]:
        """What he is offered and serves no more goes to others."""
        returned = [entry for c in seat.held if (entry := self._entries.get(c)) and not may_keep(has, entry.waiting)]
        for entry in returned:
            self._unoffer(entry, now)
        return self._offer_again(returned, now) if returned else []

    def reject(self, conversation: int, operator: str, now: float) -> list[Offer]:
        """He is not offered it again until he next says that he is ready; others are, and he is offered the next."""
        entry, seat = self._entries[conversation], self._seat(operator)
        self._unoffer(entry, now)
        seat.refused.add(conversation)
        return self._finish([*self._offer_again([entry], now), *self._find_work(seat, now)], now)

    def advance(self, now: float) -> tuple[list[Lapsed], list[Offer]]:
        """What the time brings: offers that ran out (the operators are paused, the conversations next) and wider rings."""
        lapsed: list[Lapsed] = []
        offers: list[Offer] = []
        while self._due and self._due[0][0] <= now:
            _, _, conversation, what = heappop(self._due)
            entry = self._entries.get(conversation)
            if entry is None or not _matters(entry, what):
                continue
            if isinstance(what, Offer):
                lapsed += [Lapsed(c, what.operator) for c in self._offered_to(what.operator)]
                offers += self.present(what.operator, (), now)
            else:
                offers += self._widen(entry, now)
        return lapsed, self._finish(offers, now)

    def next_event(self) -> float | None:
        """When `advance` has something to do next."""
        while self._due:
            due, _, conversation, what = self._due[0]
            entry = self._entries.get(conversation)
            if entry and _matters(entry, what):
                return due
            heappop(self._due)
        return None

    def _finish(self, offers: list[Offer], now: float) -> list[Offer]:
        while self._loose:
            offers += self._find_work(self._loose.pop(), now)
        return offers

    def _offer_again(self, entries: Iterable[Entry], now: float) -> list[Offer]:
        again = sorted(entries, key=attrgetter("place"))
        return [offer for entry in again if entry.offer is None for offer in self._offer_entry(entry, now)]

    def _offer_entry(self, entry: Entry, now: float) -> list[Offer]:
        """To the one it is meant for, or the longest idle with room; or into the line."""
        waiting = entry.waiting
        if waiting.wanted:
            seat = self._seat(waiting.wanted)
            insort(seat.own, entry.place)
            return self._find_work(seat, now) if seat.team else []
        if waiting.preferred and (known := self._preferred(waiting)):
            offer = self._make(entry, known, Rule.PREFERRED, now)
            self._stand(known, now)
            return [offer]
        line = entry.line = self._index.line(waiting.rings[entry.ring], waiting.cost)
        best, rival = longest_idle(line, waiting)
        if best:
            idle_s = now - rival.idle_since if rival else 0
            offer = self._make(entry, best, Rule.IDLE, now, rival.operator if rival else "", idle_s)
            self._stand(best, now)
            return [offer]
        line.add(entry.place)
        self._save_for(line)
        return []

    def _preferred(self, waiting: Waiting) -> Seat | None:
        seat = self._seats.get(waiting.preferred)
        if seat is None or seat.team is None or not self._is_free(seat) or seat.used + waiting.cost > CAPACITY:
            return None
        return seat if seat.may_get(waiting) and serves(seat.team.has, waiting.rings[-1]) else None

    def _save_for(self, line: Line) -> None:
        """Keep the least busy of those who have some room, but not enough, free for the first of a line.

        Otherwise he would go on with cheaper work for ever, and a call would never find anybody free.
        """
        if seat := least_busy(line, self._entries[line.places[0][1]].waiting):
            seat.stamp, seat.saving = 0, line
            line.savers[seat] = None

    def _find_work(self, seat: Seat, now: float) -> list[Offer]:
        """The longest waiting that he may get, again while there is room; he then counts as idle from now."""
        offers: list[Offer] = []
        if seat.saving and seat.used + seat.saving.cost <= CAPACITY:
            self._stop_saving(seat)
        while seat.team and not seat.saving and (seat.team.busy_lines or seat.own):
            place, rival, short = longest_waiting(seat, seat.team, self._entries)
            if short:
                seat.saving = short
                short.savers[seat] = None
            if place is None:
                break
            entry = self._entries[place[1]]
            self._leave_line(entry)
            rule = Rule.WANTED if entry.waiting.wanted else Rule.WAITING
            offers.append(self._make(entry, seat, rule, now, str(rival[1]) if rival else "", now - rival[0] if rival else 0))
        self._stand(seat, now)
        return offers

    def _make(self, entry: Entry, seat: Seat, rule: Rule, now: float, rival: str = "", rival_s: float = 0) -> Offer:
        waiting = entry.waiting
        why = Why(rule, entry.ring, now - waiting.since, waiting.priority_s, now - seat.idle_since, rival, rival_s)
        entry.offer = offer = Offer(waiting.conversation, seat.operator, now + waiting.patience_s, why)
        self._plan(offer.until, waiting.conversation, offer)
        seat.held[waiting.conversation] = waiting.cost
        seat.used += waiting.cost
        return offer

    def _unoffer(self, entry: Entry, now: float) -> Seat | None:
        """Take an offer back; whoever calls finds the conversation another, and the operator other work."""
        offer, entry.offer = entry.offer, None
        if offer is None:
            return None
        seat = self._seats[offer.operator]
        seat.used -= seat.held.pop(entry.waiting.conversation)
        self._stand(seat, now)
        return seat

    def _leave(self, conversation: int, now: float) -> Seat | None:
        """Out of everything; whose offer it was."""
        entry = self._entries.get(conversation)
        if entry is None:
            return None
        seat = self._unoffer(entry, now)
        del self._entries[conversation]
        take_out(entry.queue, entry.place)
        self._leave_line(entry)
        if entry.waiting.wanted and seat is None:
            self._let_go(self._seat(entry.waiting.wanted))
        return seat

    def _leave_line(self, entry: Entry) -> None:
        if entry.waiting.wanted:
            take_out(self._seat(entry.waiting.wanted).own, entry.place)
        elif (line := entry.line) and line.remove(entry.place) and len(line.savers) > len(line.places):
            self._let_go(line.spare_saver())

    def _drop(self, conversation: int) -> Seat | None:
        """Whoever held it holds it no more, and is then to be given a place or work."""
        operator = self._holders.pop(conversation, "")
        if not operator:
            return None
        seat = self._seats[operator]
        seat.used -= seat.held.pop(conversation)
        return seat

    def _stand(self, seat: Seat, now: float) -> None:
        """At the end of the idle of his team, if he can be given anything."""
        seat.stamp, seat.idle_since = 0, now
        if seat.team and self._is_free(seat):
            self._stamp += 1
            seat.team.enter(seat, self._stamp)

    def _is_free(self, seat: Seat) -> bool:
        """Whether he has room, and is not kept free for something that needs more."""
        if seat.saving or seat.used >= CAPACITY:
            return False
        own = next_own(seat) if seat.own else None
        return own is None or self._entries[own[1]].waiting.cost <= CAPACITY - seat.used

    def _let_go(self, seat: Seat) -> None:
        """Nothing keeps him free any more: he gets the longest waiting of all before this step ends."""
        seat.stamp = 0
        self._loose.append(seat)

    def _stop_saving(self, seat: Seat) -> None:
        if seat.saving:
            del seat.saving.savers[seat]
            seat.saving = None

    def _widen(self, entry: Entry, now: float) -> list[Offer]:
        entry.ring += 1
        self._plan_ring(entry)
        if entry.offer:
            return []
        self._leave_line(entry)
        return self._offer_entry(entry, now)

    def _plan_ring(self, entry: Entry) -> None:
        if entry.ring + 1 < len(entry.waiting.rings):
            self._plan(entry.waiting.since + self._rings_s[entry.ring], entry.waiting.conversation, entry.ring + 1)

    def _plan(self, due: float, conversation: int, what: Offer | int) -> None:
        self._serial += 1
        heappush(self._due, (due, self._serial, conversation, what))


def _matters(entry: Entry, what: Offer | int) -> bool:
    """Whether it still is so: the offer was not taken back, or the ring is the next one of what waits now under this number."""
    if isinstance(what, Offer):
        return entry.offer is what
    return what == entry.ring + 1 < len(entry.waiting.rings) and not entry.waiting.wanted
