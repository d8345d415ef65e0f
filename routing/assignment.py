"""The floor: operators and waiting conversations, and the offers between them.

The longest waiting conversation goes to the longest idle operator who is eligible and has capacity (CH-08, CH-10). An offer reserves
the capacity until it is accepted, rejected or expires; meanwhile the conversation keeps its place. An operator is asked about one at a
time: only danger to life, and what was transferred to them, is offered beside another offer. Pure: time is an argument, in seconds.
"""

from collections.abc import Iterable, Sequence
from operator import attrgetter

from msgspec.structs import replace

from hub.access.operator import CAPACITY
from hub.conversations.assignment_reason import AssignmentReason, AssignmentRule
from hub.dispatch.offer import Lapsed, Offer, Waiting
from hub.organisation.queue import Skills, serves
from routing.choice import fullest, has_one_more, least_busy, least_full, longest_idle, longest_waiting, may_keep, own_needs_more
from routing.floor_state import FloorState
from routing.floor_timers import FloorTimers
from routing.index import Index
from routing.lines import FULL, NOTHING, Entry, Line, Seat, Team

RINGS_S = (5.0, 10.0, 15.0)
"""Seconds of waiting after which each further ring becomes valid: the last in time for an answer within 20 s (SL-03)."""
IDLE, WAITING, WANTED = AssignmentRule.IDLE, AssignmentRule.WAITING, AssignmentRule.WANTED
"""Read from the enumeration once: each time costs as much as two calls."""


class Floor(FloorState):
    """hub.dispatch.ports.Router."""

    def __init__(self, rings_s: Sequence[float] = RINGS_S) -> None:
        super().__init__()
        self._index, self._due = Index(rings_s, self._entries), FloorTimers()
        self._stamp = 0
        self._loose: list[Seat] = []
        """Operators to examine before the step ends: nothing is saved for them any more."""
        self._bereft: list[Entry] = []
        """Conversations that have lost their saver in this step."""
        self._urgent: dict[int, Entry] = {}
        """Conversations with danger to life in a line, which could be offered to nobody."""

    def wait(self, waiting: Waiting, now: float) -> list[Offer]:
        before = self._leave(waiting.conversation, now) if waiting.conversation in self._entries else None
        offers = self._offer_entry(self._write(waiting), now)
        return self._finish(offers + self._find_work(before, now) if before else offers, now)

    def withdraw(self, conversation: int, now: float) -> list[Offer]:
        """It waits no more; an operator who was offered it is free."""
        seat = self._leave(conversation, now)
        return self._finish(self._find_work(seat, now) if seat else [], now)

    def take(self, conversation: int, operator: str, cost: int, now: float) -> list[Offer]:
        """The operator holds it, by an offer or by choice; reservations for it are released."""
        seat, entry = self._seats[operator], self._entries.get(conversation)
        if entry and (offer := entry.offer) and offer.operator == operator and conversation not in self._holders:
            return self._accept(entry, offer, seat, cost, now)
        before = self._leave(conversation, now)
        if dropped := self._drop(conversation):
            self._stand(dropped, now)
        self._holders[conversation] = seat
        seat.held[conversation] = cost
        seat.used += cost
        if seat.most:
            seat.weigh()
        self._stand(seat, now)
        return self._finish(self._find_work(before, now) if before and before is not seat else [], now)

    def _accept(self, entry: Entry, offer: Offer, seat: Seat, cost: int, now: float) -> list[Offer]:
        """An accepted offer: its capacity is reserved already. The next is offered."""
        waiting = entry.waiting
        self._settle(entry, offer, seat)
        self._strike(entry)
        self._holders[waiting.conversation] = seat
        if cost != waiting.cost:
            seat.used += cost - waiting.cost
            seat.held[waiting.conversation] = cost
            if seat.most:
                seat.weigh()
        return self._finish(self._find_work(seat, now), now)

    def release(self, conversation: int, now: float) -> list[Offer]:
        seat = self._drop(conversation)
        if seat is None:
            return []
        if seat.idle:
            seat.step_out()
        seat.idle_since = now
        return self._finish(self._find_work(seat, now), now) if seat.team else []

    def present(self, operator: str, has: Skills, now: float) -> list[Offer]:
        """Ready with these skills, or not ready without any. Offers that no longer fit go to others."""
        seat = self._seats[operator]
        if saved := seat.saving:
            self._stop_saving(seat)
        if seat.idle:
            seat.step_out()
        seat.refused = NOTHING
        if team := seat.team:
            team.ready -= 1
        if has:
            last = seat.last
            if last is None or (last.has is not has and last.has != has):
                last = seat.last = self._team(has, now)
            seat.team = last
            last.ready += 1
        else:
            seat.team = None
            if saved is None and not seat.offers:
                return []
        offers = self._return(seat, has, now) if seat.offers else []
        if has:
            offers += self._find_work(seat, now)
        return self._finish(offers, now)

    def limit(self, operator: str, chats: int, written: int) -> None:
        """What is held already stays; `present` finds the operator's place by the new room."""
        seat = self._seats[operator]
        most = (chats, written) if chats or written else None
        if most != seat.most:
            seat.most = most
            seat.weigh()

    def _team(self, has: Skills, now: float) -> Team:
        team, parted = self._index.team(has)
        for line in parted:
            self._due.watch(line.rings, now)
        return team

    def _return(self, seat: Seat, has: Skills, now: float) -> list[Offer]:
        """Offers that the operator may not serve any more go to others."""
        returned = [entry for c in seat.held if (entry := self._entries.get(c)) and not may_keep(has, entry.waiting)]
        for entry in returned:
            self._unoffer(entry, now)
        return self._offer_again(returned, now) if returned else []

    def reject(self, conversation: int, operator: str, now: float) -> list[Offer]:
        """It is not offered to this operator again until they next become ready, or `ask_again`; the operator is offered the next."""
        entry, seat = self._entries[conversation], self._seats[operator]
        self._unoffer(entry, now)
        seat.refused |= {conversation}
        return self._finish([*self._offer_again([entry], now), *self._find_work(seat, now)], now)

    def postpone(self, operator: str, seconds: float) -> list[Offer]:
        """The offers of an operator stand so much longer."""
        return [self._prolong(self._entries[offer.conversation], offer, seconds) for offer in self.offers_of(operator)]

    def _prolong(self, entry: Entry, offer: Offer, seconds: float) -> Offer:
        entry.offer = longer = replace(offer, until=offer.until + seconds)
        self._due.offered(entry, longer)
        self._due.settled(offer)
        return longer

    def ask_again(self, conversation: int, operator: str, now: float) -> list[Offer]:
        seat, entry = self._seats[operator], self._entries.get(conversation)
        if conversation not in seat.refused:
            return []
        seat.refused -= {conversation}
        if entry is None or entry.offer:
            return []
        if entry.waiting.wanted:
            return self._finish(self._find_work(seat, now) if seat.team and entry.waiting.wanted == operator else [], now)
        return self._finish(self._widen(entry, now), now)

    def advance(self, now: float) -> tuple[list[Lapsed], list[Offer]]:
        """Effects of time: expired offers (operators are paused, conversations are next) and wider rings."""
        lapsed: list[Lapsed] = []
        offers: list[Offer] = []
        while offer := self._due.lapsed(now):
            lapsed += [Lapsed(c, offer.operator) for c in self._offered_to(offer.operator)]
            offers += self.present(offer.operator, (), now)
        for place in self._due.widened(now):
            offers += self._finish(self._widen(self._entries[place[1]], now), now)
        return lapsed, offers

    def next_event(self) -> float | None:
        return self._due.next_s

    def _finish(self, offers: list[Offer], now: float) -> list[Offer]:
        """Operators without a saved conversation get work, and conversations without a saver another one."""
        while self._loose:
            offers += self._find_work(self._loose.pop(), now)
        while self._bereft:
            entry = self._bereft.pop()
            if (line := entry.line) and entry.saver is None:
                self._save_for(entry, line.idle_teams(line.reached(entry.place, now)))
        return offers + self._offer_urgent(now) if self._urgent else offers

    def _offer_urgent(self, now: float) -> list[Offer]:
        """Waiting conversations with danger to life, to operators with room for one more: few are examined while everybody is full."""
        offers: list[Offer] = []
        free = [seat for seat in self._seats.values() if has_one_more(seat)]
        by_line: dict[tuple[int, int], list[Seat]] = {}
        for entry in list(self._urgent.values()) if free else ():
            if entry.line is None:
                continue
            ring = entry.line.reached(entry.place, now)
            key = id(entry.line), ring
            if (seats := by_line.get(key)) is None:
                teams = entry.line.teams(ring)
                seats = by_line[key] = [seat for seat in free if seat.team in teams]
            if seats and (offer := self._offer_full(entry, ring, seats, now)):
                self._leave_line(entry)
                offers.append(offer)
                by_line = {each: [seat for seat in some if has_one_more(seat)] for each, some in by_line.items()}
        return offers

    def _offer_again(self, entries: Iterable[Entry], now: float) -> list[Offer]:
        again = sorted(entries, key=attrgetter("place"))
        return [offer for entry in again if entry.offer is None for offer in self._offer_entry(entry, now)]

    def _offer_entry(self, entry: Entry, now: float) -> list[Offer]:
        """To the intended or a free operator; or into the line."""
        waiting = entry.waiting
        if waiting.wanted:
            seat = self._seats[waiting.wanted]
            seat.own = tuple(sorted((*seat.own, entry.place)))
            return self._find_work(seat, now) if seat.team else []
        line = self._index.line(waiting)
        ring = line.reached(entry.place, now)
        idle = line.idle_teams(ring)
        if (idle or waiting.preferred) and (offer := self._offer_idle(entry, line, ring, idle, waiting.rings[-1], now)):
            return [offer]
        if waiting.urgent:
            teams = line.teams(ring)
            if offer := self._offer_full(entry, ring, (seat for seat in self._seats.values() if seat.team in teams), now):
                return [offer]
            self._urgent[waiting.conversation] = entry
        line.add(entry.place)
        entry.line = line
        if idle:
            self._save_for(entry, idle)
        self._due.joined(line, entry.place, now)
        return []

    def _widen(self, entry: Entry, now: float) -> list[Offer]:
        """A ring has become valid."""
        if entry.line is None:
            return []
        ring = entry.line.reached(entry.place, now)
        idle = entry.line.idle_teams(ring)
        if offer := self._offer_idle(entry, entry.line, ring, idle, entry.waiting.rings[ring], now):
            self._leave_line(entry)
            return [offer]
        if entry.saver is None:
            self._save_for(entry, idle)
        return []

    def _offer_idle(self, entry: Entry, line: Line, ring: int, teams: list[Team], least: Skills, now: float) -> Offer | None:
        """To the preferred operator, if eligible by at least the last ring, or to the longest idle of these teams.

        While few are without any conversation, a chat or letter goes to the fullest instead: who takes calls is kept for calls.
        """
        waiting = entry.waiting
        if waiting.preferred and (seat := self._preferred(waiting, least)):
            offer = self._make(entry, seat, AssignmentRule.PREFERRED, ring, now)
        elif waiting.cost < CAPACITY and not waiting.urgent and line.spares(ring) and (seat := fullest(waiting, teams)):
            offer = self._make(entry, seat, IDLE, ring, now, spared=True)
        else:
            seat, rival = longest_idle(waiting, teams)
            if seat is None:
                return None
            offer = self._make(entry, seat, IDLE, ring, now, rival.operator if rival else "",
                               now - rival.idle_since if rival else 0)
        self._stand(seat, now)
        return offer

    def _offer_full(self, entry: Entry, ring: int, seats: Iterable[Seat], now: float) -> Offer | None:
        """To the least busy of the full or saving operators: one more than fits, in danger to life."""
        seat = least_full(entry.waiting, seats)
        if seat is None:
            return None
        offer = self._make(entry, seat, AssignmentRule.URGENT, ring, now)
        self._stand(seat, now)
        return offer

    def _preferred(self, waiting: Waiting, least: Skills) -> Seat | None:
        seat = self._seats.get(waiting.preferred)
        if seat is None or seat.team is None or seat.idle is None or seat.used + waiting.cost > CAPACITY:
            return None
        return seat if seat.may_get(waiting.conversation) and serves(seat.team.has, least) else None

    def _find_work(self, seat: Seat, now: float) -> list[Offer]:
        """The longest waiting that the operator may get, and what was transferred to them beside it; idle time starts now."""
        offers: list[Offer] = []
        team = seat.team
        if seat.saving and seat.used + seat.saving.waiting.cost <= CAPACITY:
            self._stop_saving(seat)
        while team and not seat.saving and seat.used <= FULL and (team.busy or seat.own):
            place, rival, short = longest_waiting(seat, team, self._entries, now)
            if short:
                self._entries[short[1]].keep_free(seat)
            if place is None:
                break
            entry = self._entries[place[1]]
            ring, rule = (entry.line.reached(place, now), WAITING) if entry.line else (0, WANTED)
            self._leave_line(entry)
            offers.append(self._make(entry, seat, rule, ring, now, str(rival[1]) if rival else "", now - rival[0] if rival else 0))
        self._stand(seat, now)
        return offers

    def _make(self, entry: Entry, seat: Seat, rule: AssignmentRule, ring: int, now: float, rival: str = "", rival_s: float = 0, *,
              spared: bool = False) -> Offer:
        """Reserves the capacity; the caller places the operator among the idle."""
        waiting = entry.waiting
        why = AssignmentReason(rule, ring, now - waiting.since, waiting.priority_s, now - seat.idle_since, rival, rival_s, spared,
                               waiting.cause)
        entry.offer = offer = Offer(waiting.conversation, seat.operator, now + waiting.patience_s, why)
        self._due.offered(entry, offer)
        seat.held[waiting.conversation] = waiting.cost
        seat.used += waiting.cost
        if seat.most:
            seat.weigh()
        seat.offers += 1
        return offer

    def _unoffer(self, entry: Entry, now: float) -> Seat | None:
        """Withdraw an offer; the caller finds other work for both."""
        offer = entry.offer
        if offer is None:
            return None
        seat = self._seats[offer.operator]
        self._settle(entry, offer, seat)
        seat.used -= seat.held.pop(entry.waiting.conversation)
        if seat.most:
            seat.weigh()
        self._stand(seat, now)
        return seat

    def _settle(self, entry: Entry, offer: Offer, seat: Seat) -> None:
        """The offer stands no more."""
        entry.offer = None
        seat.offers -= 1
        self._due.settled(offer)

    def _leave(self, conversation: int, now: float) -> Seat | None:
        """Remove it everywhere; returns who was offered it."""
        entry = self._entries.get(conversation)
        if entry is None:
            return None
        self._strike(entry)
        if entry.offer:
            return self._unoffer(entry, now)
        self._leave_line(entry)
        if entry.waiting.wanted:
            self._let_go(self._seats[entry.waiting.wanted])
        return None

    def _leave_line(self, entry: Entry) -> None:
        if line := entry.line:
            if saver := entry.saver:
                entry.set_free(saver)
                self._let_go(saver)
            line.remove(entry.place)
            entry.line = None
            if self._urgent:
                self._urgent.pop(entry.waiting.conversation, None)
        elif entry.waiting.wanted:
            seat = self._seats[entry.waiting.wanted]
            seat.own = tuple(place for place in seat.own if place != entry.place)

    def _drop(self, conversation: int) -> Seat | None:
        """Its holder has it no more, and needs a place or work."""
        seat = self._holders.pop(conversation, None)
        if seat:
            seat.used -= seat.held.pop(conversation)
            if seat.most:
                seat.weigh()
        return seat

    def _stand(self, seat: Seat, now: float) -> None:
        """At the end of the team's idle, if the operator can be given anything: one offer at a time."""
        if seat.idle:
            seat.step_out()
        seat.idle_since = now
        free = seat.used <= FULL and not seat.offers and not seat.saving
        if (team := seat.team) and free and not (seat.own and own_needs_more(seat, self._entries)):
            self._stamp += 1
            seat.step_in(team, self._stamp)
            if team.busy:
                self._due.watch(team.busy, now)

    def _let_go(self, seat: Seat) -> None:
        """The operator saves for nothing any more: they get the longest waiting of all before this step ends."""
        seat.step_out()
        self._loose.append(seat)

    def _save_for(self, entry: Entry, teams: list[Team]) -> None:
        """Reserve the least busy operator with some, but not enough, capacity.

        Otherwise they would continue with cheaper work forever, and a call would never find a free operator.
        """
        if seat := least_busy(entry.waiting, teams):
            entry.keep_free(seat)

    def _stop_saving(self, seat: Seat) -> None:
        if entry := seat.saving:
            entry.set_free(seat)
            self._bereft.append(entry)
