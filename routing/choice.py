"""Chooses the best candidate, and the second best.

The first one nearly always fits, so it is tried first; only otherwise all are examined.
"""

from collections.abc import Iterable, Mapping
from itertools import islice
from operator import attrgetter

from hub.access.operator import CAPACITY
from hub.dispatch.offer import Waiting
from hub.organisation.queue import Skills, serves
from routing.lines import EMPTY, FIT, Entry, Idle, Place, Ring, Seat, Team

Work = tuple[Place | None, Place | None, Place | None]
"""The chosen conversation, the next one, and the one to save for instead."""


def longest_idle(waiting: Waiting, teams: list[Team]) -> tuple[Seat | None, Seat | None]:
    """The longest idle operator of these teams with capacity for it, and the next."""
    best: Seat | None = None
    rival: Seat | None = None
    longest: Idle | None = None
    fits = FIT[waiting.cost]
    for team in teams:
        for idle in team.idle[fits:]:
            if idle:
                first = next(iter(idle))
                if best is None or first.stamp < best.stamp:
                    best, rival, longest = first, best, idle
                elif rival is None or first.stamp < rival.stamp:
                    rival = first
    if best is None or longest is None:
        return None, None
    second = next(islice(longest, 1, None), None)
    if second and (rival is None or second.stamp < rival.stamp):
        rival = second
    if best.may_get(waiting.conversation) and (rival is None or rival.may_get(waiting.conversation)):
        return best, rival
    return _longest_idle_but(waiting, teams)


def _longest_idle_but(waiting: Waiting, teams: list[Team]) -> tuple[Seat | None, Seat | None]:
    """The same where one of the two may not get it."""
    may: list[Seat] = []
    for team in teams:
        for idle in team.idle[FIT[waiting.cost]:]:
            may += islice((seat for seat in idle if seat.may_get(waiting.conversation)), 2)
    best, rival, *_ = [*sorted(may, key=attrgetter("stamp"))[:2], None, None]
    return best, rival


def fullest(waiting: Waiting, teams: list[Team]) -> Seat | None:
    """The busiest with capacity for it, and of several the longest idle; nobody without a conversation who takes calls."""
    for fits in range(FIT[waiting.cost], EMPTY + 1):
        may: list[Seat] = []
        for team in teams:
            if team.idle[fits] and not (fits == EMPTY and team.calls):
                may += islice((seat for seat in team.idle[fits] if seat.may_get(waiting.conversation)), 1)
        if may:
            return min(may, key=attrgetter("stamp"))
    return None


def least_busy(waiting: Waiting, teams: list[Team]) -> Seat | None:
    """Of those with some, but not enough, capacity: the one with the most, and of several the longest idle."""
    for fits in range(FIT[waiting.cost] - 1, 0, -1):
        may: list[Seat] = []
        for team in teams:
            if team.idle[fits]:
                may += islice((seat for seat in team.idle[fits] if seat.may_get(waiting.conversation)), 1)
        if may:
            return min(may, key=attrgetter("stamp"))
    return None


def least_full(waiting: Waiting, seats: Iterable[Seat]) -> Seat | None:
    """The least busy of these who are ready and may get it, whatever their load.

    Nobody on the telephone, and nobody who already has more than fits.
    """
    may = (seat for seat in seats if has_one_more(seat) and seat.may_get(waiting.conversation))
    return min(may, key=attrgetter("used"), default=None)


def has_one_more(seat: Seat) -> bool:
    """Whether an operator can have one more than fits, in danger to life."""
    return seat.team is not None and seat.used <= CAPACITY and CAPACITY not in seat.held.values()


def longest_waiting(seat: Seat, team: Team, entries: Mapping[int, Entry], now: float) -> Work:
    """The first that the operator may be given and the next; none where the first needs more capacity and has no saver.

    While something is offered to the operator, only what was transferred to them.
    """
    room = CAPACITY - seat.used
    best, rival, short = (None, None, None) if seat.offers else _first(team, room, now)
    if not seat.offers and (seat.refused or seat.gave_away) and not all(seat.may_get(place[1]) for place in (best, rival, short) if place):
        best, rival, short = _first_but(team, room, seat, entries, now)
    if seat.own and (own := _next_own(seat)) and (best is None or own < best):
        if entries[own[1]].waiting.cost <= room:
            best, rival = own, best
        elif short is None or own < short:
            return None, None, None
    if short and (best is None or short < best):
        return None, None, short
    return best, rival, None


def _first(team: Team, room: int, now: float) -> Work:
    """The first that fits and the next, and the first that does not fit and has no saver."""
    best: Place | None = None
    rival: Place | None = None
    short: Place | None = None
    longest: Ring | None = None
    for ring in team.busy:
        line, after_s = ring.line, ring.after_s
        place = line.places[0]
        if place[0] + after_s > now:
            continue
        if line.cost <= room:
            if best is None or place < best:
                best, rival, longest = place, best, ring
            elif rival is None or place < rival:
                rival = place
        elif (unsaved := line.unsaved()) and unsaved[0] + after_s <= now and (short is None or unsaved < short):
            short = unsaved
    if longest and len(places := longest.line.places) > 1:
        place = places[1]
        if (rival is None or place < rival) and place[0] + longest.after_s <= now:
            rival = place
    return best, rival, short


def _first_but(team: Team, room: int, seat: Seat, entries: Mapping[int, Entry], now: float) -> Work:
    """The same where the operator may not get all of it."""
    fitting: list[Place] = []
    unsaved: list[Place] = []
    for ring in team.busy:
        may = (place for place in islice(ring.line.places, ring.reach(now)) if seat.may_get(place[1]))
        if ring.line.cost <= room:
            fitting += islice(may, 2)
        else:
            unsaved += islice((place for place in may if entries[place[1]].saver is None), 1)
    best, rival, *_ = [*sorted(fitting)[:2], None, None]
    return best, rival, min(unsaved, default=None)


def _next_own(seat: Seat) -> Place | None:
    """The next conversation transferred to this operator."""
    return next((place for place in seat.own if place[1] not in seat.refused), None)


def own_needs_more(seat: Seat, entries: Mapping[int, Entry]) -> bool:
    """Whether the operator's own waiting conversation needs more capacity, and so keeps them from smaller ones."""
    own = _next_own(seat) if seat.own else None
    return own is not None and entries[own[1]].waiting.cost > CAPACITY - seat.used


def may_keep(has: Skills, waiting: Waiting) -> bool:
    """Whether an offer is still valid for an operator with changed skills; without any they are away."""
    return bool(has) and (bool(waiting.wanted) or serves(has, waiting.rings[-1]))
