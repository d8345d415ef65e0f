"""One floor of operators and what waits before it: who is offered what.

The longest waiting goes to the longest idle operator who is eligible and has room (CH-08, CH-10). An offer holds the room
until it is accepted, rejected or lapses; meanwhile the conversation keeps its place. Pure: time is an argument, in seconds.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Sequence
from heapq import heappop, heappush

from hub.choices import Rule, Why
from hub.offers import Lapsed, Offer, Waiting
from hub.operators import CAPACITY
from hub.skills import Skills, serves
from routing.lines import FIT, Entry, Index, Line, Place, Seat, take_out, valid

RINGS_S = (5.0, 10.0, 15.0)
"""After how long a wait each further ring comes into force: the last in time for an answer within 20 s (SL-03)."""


class Floor:
    """hub.ports.Router."""

    def __init__(self, rings_s: Sequence[float] = RINGS_S) -> None:
        self._rings_s = tuple(rings_s)
        self._index = Index()
        self._entries: dict[int, Entry] = {}
        self._queues: defaultdict[str, list[Place]] = defaultdict(list)
        """Who waits in each queue, offers included: what citizens are told of their place."""
        self._seats: dict[str, Seat] = {}
        self._holders: dict[int, str] = {}
        self._stamp = self._serial = 0
        self._due: list[tuple[float, int, int, Offer | int]] = []
        """When (serial, conversation) an offer runs out or a ring of this number comes into force; whether it still matters is
        seen when it is due."""
        self._loose: list[Seat] = []
        """Who must be looked at before the step ends: nothing has to be saved for any more."""

    def wait(self, waiting: Waiting, now: float) -> list[Offer]:
        before = self._leave(waiting.conversation, now)
        entry = Entry(waiting, (waiting.since - waiting.priority_s, waiting.conversation))
        self._entries[waiting.conversation] = entry
        insort(self._queues[_queue(waiting)], entry.place)
        if not waiting.wanted:
            entry.ring = min(sum(now - waiting.since >= after for after in self._rings_s), len(waiting.rings) - 1)
            self._plan_ring(entry)
        offers = self._offer_entry(entry, now)
        return self._finish([*offers, *(self._find_work(before, now) if before else ())], now)

    def withdraw(self, conversation: int, now: float) -> list[Offer]:
        """It waits no more; whoever it was offered to is free for another."""
        seat = self._leave(conversation, now)
        return self._finish(self._find_work(seat, now) if seat else [], now)

    def take(self, conversation: int, operator: str, cost: int, now: float) -> list[Offer]:
        """He holds it now, by an offer or by his own choice; what it was kept for goes on to others."""
        before = self._leave(conversation, now)
        self._drop(conversation, now)
        self._holders[conversation] = operator
        seat = self._seat(operator)
        seat.held[conversation] = cost
        seat.used += cost
        self._stand(seat, now)
        return self._finish(self._find_work(before, now) if before and before is not seat else [], now)

    def release(self, conversation: int, now: float) -> list[Offer]:
        seat = self._drop(conversation, now)
        return self._finish(self._find_work(seat, now) if seat else [], now)

    def present(self, operator: str, has: Skills, now: float) -> list[Offer]:
        """Ready with these skills, or not ready with none. Offers of what he serves no more go to others."""
        seat = self._seat(operator)
        self._stop_saving(seat)
        seat.stamp = 0
        seat.refused.clear()
        seat.team = self._index.team(has) if has else None
        returned = [entry for c in seat.held if (entry := self._entries.get(c)) and not _still_serves(has, entry.waiting)]
        for entry in returned:
            self._unoffer(entry, now)
        offers = self._offer_again(returned, now)
        return self._finish([*offers, *self._find_work(seat, now)] if has else offers, now)

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
            if entry is None:
                continue
            if isinstance(what, Offer):
                if entry.offer is what:
                    lapsed += [Lapsed(c, what.operator) for c in self._offered_to(what.operator)]
                    offers += self.present(what.operator, (), now)
            elif what == entry.ring + 1:
                offers += self._widen(entry, now)
        return lapsed, self._finish(offers, now)

    def next_event(self) -> float | None:
        """When `advance` has something to do next."""
        while self._due:
            due, _, conversation, what = self._due[0]
            entry = self._entries.get(conversation)
            if entry and (entry.offer is what if isinstance(what, Offer) else what == entry.ring + 1):
                return due
            heappop(self._due)
        return None

    def offered(self, conversation: int) -> Offer | None:
        entry = self._entries.get(conversation)
        return entry.offer if entry else None

    def offers_of(self, operator: str) -> list[Offer]:
        return [offer for c in self._offered_to(operator) if (offer := self._entries[c].offer)]

    def held(self, operator: str) -> list[int]:
        return [conversation for conversation in self._seat(operator).held if conversation not in self._entries]

    def holder(self, conversation: int) -> str:
        return self._holders.get(conversation, "")

    def place(self, conversation: int) -> int:
        entry = self._entries.get(conversation)
        return bisect_left(self._queues[_queue(entry.waiting)], entry.place) + 1 if entry else 0

    def length(self, queue: str) -> int:
        return len(self._queues[queue])

    def line(self, queue: str) -> list[int]:
        return [conversation for _, conversation in self._queues[queue]]

    def load(self, operator: str) -> int:
        """Cost units in use."""
        return self._seat(operator).used

    def _seat(self, operator: str) -> Seat:
        seat = self._seats.get(operator)
        if seat is None:
            seat = self._seats[operator] = Seat(operator)
        return seat

    def _offered_to(self, operator: str) -> list[int]:
        return [conversation for conversation in self._seat(operator).held if conversation in self._entries]

    def _finish(self, offers: list[Offer], now: float) -> list[Offer]:
        while self._loose:
            offers += self._find_work(self._loose.pop(), now)
        return offers

    def _offer_again(self, entries: Iterable[Entry], now: float) -> list[Offer]:
        return [offer for entry in sorted(entries, key=_by_place) if entry.offer is None for offer in self._offer_entry(entry, now)]

    def _offer_entry(self, entry: Entry, now: float) -> list[Offer]:
        """To the one it is meant for, or the longest idle with room; or into the line."""
        waiting = entry.waiting
        if waiting.wanted:
            return self._offer_own(entry, self._seat(waiting.wanted), now)
        if waiting.preferred and (seat := self._preferred(waiting)):
            offer = self._make(entry, seat, Rule.PREFERRED, now)
            self._stand(seat, now)
            return [offer]
        line = entry.line = self._index.line(waiting.rings[entry.ring], waiting.cost)
        best, rival = self._longest_idle(line, waiting)
        if best:
            idle_s = now - rival.idle_since if rival else 0
            offer = self._make(entry, best, Rule.IDLE, now, rival.operator if rival else "", idle_s)
            self._stand(best, now)
            return [offer]
        line.add(entry.place)
        self._save_for(line)
        return []

    def _offer_own(self, entry: Entry, seat: Seat, now: float) -> list[Offer]:
        insort(seat.own, entry.place)
        return self._find_work(seat, now) if seat.team else []

    def _preferred(self, waiting: Waiting) -> Seat | None:
        seat = self._seats.get(waiting.preferred)
        if seat is None or seat.team is None or not self._is_free(seat) or seat.used + waiting.cost > CAPACITY:
            return None
        return seat if seat.may_get(waiting) and serves(seat.team.has, waiting.rings[-1]) else None

    def _longest_idle(self, line: Line, waiting: Waiting) -> tuple[Seat | None, Seat | None]:
        """The longest idle who may get it, and the next."""
        best: tuple[int, Seat] | None = None
        rival: tuple[int, Seat] | None = None
        fits = FIT[line.cost]
        for team in line.teams:
            for fifo in team.idle[fits:]:
                if not fifo:
                    continue
                found = 0
                for entry in valid(fifo):
                    if not entry[1].may_get(waiting):
                        continue
                    if best is None or entry[0] < best[0]:
                        best, rival = entry, best
                    elif rival is None or entry[0] < rival[0]:
                        rival = entry
                    else:
                        break
                    found += 1
                    if found == 2:  # noqa: PLR2004 - the best and its rival
                        break
        return best[1] if best else None, rival[1] if rival else None

    def _save_for(self, line: Line) -> None:
        """Keep the least busy of those who have some room, but not enough, free for the first of a line.

        Otherwise he would go on with cheaper work for ever, and a call would never find anybody free.
        """
        first = self._entries[line.places[0][1]].waiting
        for fit in range(FIT[line.cost] - 1, 0, -1):
            may = [(entry for entry in valid(team.idle[fit]) if entry[1].may_get(first)) for team in line.teams]
            heads = [head for entries in may if (head := next(entries, None))]
            if heads:
                seat = min(heads)[1]
                seat.stamp, seat.saving = 0, line
                line.savers[seat] = None
                return

    def _find_work(self, seat: Seat, now: float) -> list[Offer]:
        """The longest waiting that he may get, again while there is room; he then counts as idle from now."""
        offers: list[Offer] = []
        if seat.saving and seat.used + seat.saving.cost <= CAPACITY:
            self._stop_saving(seat)
        while seat.team and not seat.saving and (choice := self._longest_waiting(seat)) is not None:
            place, rival = choice
            entry = self._entries[place[1]]
            rule = Rule.WANTED if entry.waiting.wanted else Rule.WAITING
            offers.append(self._make(entry, seat, rule, now, str(rival[1]) if rival else "", now - rival[0] if rival else 0))
        self._stand(seat, now)
        return offers

    def _longest_waiting(self, seat: Seat) -> tuple[Place, Place | None] | None:
        """The first of all lines he serves, and the next; None when none fits, or he is to be kept free for one that does not."""
        room = CAPACITY - seat.used
        best: Place | None = None
        rival: Place | None = None
        blocked: tuple[Place, Line] | None = None
        assert seat.team  # noqa: S101 - the caller's condition
        for line in seat.team.busy_lines:
            places = self._first_two(line.places, seat)
            if line.cost > room:
                if places and len(line.savers) < len(line.places) and (blocked is None or places[0] < blocked[0]):
                    blocked = places[0], line
                continue
            for place in places:
                if best is None or place < best:
                    best, rival = place, best
                elif rival is None or place < rival:
                    rival = place
        own = self._own(seat)
        if own and (best is None or own < best):
            if self._entries[own[1]].waiting.cost <= room:
                best, rival = own, best
            elif blocked is None or own < blocked[0]:
                return None
        if blocked and (best is None or blocked[0] < best):
            seat.saving = blocked[1]
            blocked[1].savers[seat] = None
            return None
        return (best, rival) if best else None

    def _first_two(self, places: list[Place], seat: Seat) -> list[Place]:
        if not seat.refused and not self._entries[places[0][1]].waiting.shunned:
            return places[:2]
        may = (place for place in places if seat.may_get(self._entries[place[1]].waiting))
        return [place for place, _ in zip(may, range(2), strict=False)]

    def _make(self, entry: Entry, seat: Seat, rule: Rule, now: float, rival: str = "", rival_s: float = 0) -> Offer:
        waiting = entry.waiting
        why = Why(rule, entry.ring, now - waiting.since, waiting.priority_s, now - seat.idle_since, rival, rival_s)
        entry.offer = offer = Offer(waiting.conversation, seat.operator, now + waiting.patience_s, why)
        self._plan(offer.until, waiting.conversation, offer)
        self._leave_line(entry)
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
        take_out(self._queues[_queue(entry.waiting)], entry.place)
        self._leave_line(entry)
        if entry.waiting.wanted and seat is None:
            self._let_go(self._seat(entry.waiting.wanted))
        return seat

    def _leave_line(self, entry: Entry) -> None:
        if entry.waiting.wanted:
            take_out(self._seat(entry.waiting.wanted).own, entry.place)
        elif entry.line and entry.line.remove(entry.place) and (spare := entry.line.spare_saver()):
            self._let_go(spare)

    def _drop(self, conversation: int, now: float) -> Seat | None:
        """Whoever held it holds it no more."""
        operator = self._holders.pop(conversation, "")
        if not operator:
            return None
        seat = self._seats[operator]
        seat.used -= seat.held.pop(conversation)
        self._stand(seat, now)
        return seat

    def _stand(self, seat: Seat, now: float) -> None:
        """At the end of the idle of his team, if he can be given anything."""
        seat.stamp, seat.idle_since = 0, now
        if seat.team and self._is_free(seat):
            self._stamp += 1
            seat.team.enter(seat, self._stamp)

    def _is_free(self, seat: Seat) -> bool:
        """Whether he has room, and is not kept free for something that needs more."""
        own = self._own(seat)
        return not seat.saving and seat.used < CAPACITY and (own is None or self._entries[own[1]].waiting.cost <= CAPACITY - seat.used)

    def _own(self, seat: Seat) -> Place | None:
        """What was transferred to him and is to be offered to him next."""
        return next((place for place in seat.own if place[1] not in seat.refused), None) if seat.own else None

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


def _still_serves(has: Skills, waiting: Waiting) -> bool:
    return bool(has) and (bool(waiting.wanted) or serves(has, waiting.rings[-1]))


def _by_place(entry: Entry) -> Place:
    return entry.place


def _queue(waiting: Waiting) -> str:
    """The line in which a citizen is told his place; what was transferred to one colleague waits for him alone."""
    return f"@{waiting.wanted}" if waiting.wanted else waiting.queue
