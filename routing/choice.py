"""Whom and what: the first of those who may be given it, and the next.

The first of all is nearly always one of them, so it is found without asking; only if he is not, everybody is asked.
"""

from collections import OrderedDict
from collections.abc import Mapping
from itertools import islice
from operator import attrgetter

from hub.offers import Waiting
from hub.operators import CAPACITY
from hub.skills import Skills, serves
from routing.lines import FIT, Entry, Idle, Place, Ring, Seat, Team

Work = tuple[Place | None, Place | None, Place | None]
"""What somebody is to be given, the next, and what he is to be kept free for instead."""


def longest_idle(waiting: Waiting, rings: list[Ring]) -> tuple[Seat | None, Seat | None]:
    """The longest idle of these rings with room for it who may get it, and the next."""
    best: Seat | None = None
    rival: Seat | None = None
    longest: Idle = OrderedDict()
    fits = FIT[waiting.cost]
    for ring in rings:
        for team in ring.teams:
            for idle in team.idle[fits:]:
                if idle:
                    first = next(iter(idle))
                    if best is None or first.stamp < best.stamp:
                        best, rival, longest = first, best, idle
                    elif rival is None or first.stamp < rival.stamp:
                        rival = first
    second = next(islice(longest, 1, None), None)
    if second and (rival is None or second.stamp < rival.stamp):
        rival = second
    if best and not (best.may_get(waiting) and (rival is None or rival.may_get(waiting))):
        return _longest_idle_but(waiting, rings)
    return best, rival


def _longest_idle_but(waiting: Waiting, rings: list[Ring]) -> tuple[Seat | None, Seat | None]:
    """The same where one of the two may not get it."""
    may: list[Seat] = []
    for ring in rings:
        for team in ring.teams:
            for idle in team.idle[FIT[waiting.cost]:]:
                may += islice((seat for seat in idle if seat.may_get(waiting)), 2)
    best, rival, *_ = [*sorted(may, key=attrgetter("stamp"))[:2], None, None]
    return best, rival


def least_busy(waiting: Waiting, rings: list[Ring]) -> Seat | None:
    """Of those who have some room, but not enough: the one with the most, and the longest idle of several."""
    for fits in range(FIT[waiting.cost] - 1, 0, -1):
        some = [team.idle[fits] for ring in rings for team in ring.teams if team.idle[fits]]
        may = [seat for idle in some if (seat := next((seat for seat in idle if seat.may_get(waiting)), None))]
        if may:
            return min(may, key=attrgetter("stamp"))
    return None


def longest_waiting(seat: Seat, team: Team, entries: Mapping[int, Entry], now: float) -> Work:
    """The first of all that he may be given and the next; nothing where the first needs more room and has nobody kept free."""
    room = CAPACITY - seat.used
    best, rival, short = _first(team, room, now)
    if not (_may_get(seat, best, entries) and _may_get(seat, rival, entries) and _may_get(seat, short, entries)):
        best, rival, short = _first_but(team, room, seat, entries, now)
    if seat.own and (own := next_own(seat)) and (best is None or own < best):
        if entries[own[1]].waiting.cost <= room:
            best, rival = own, best
        elif short is None or own < short:
            return None, None, None
    if short and (best is None or short < best):
        return None, None, short
    return best, rival, None


def _may_get(seat: Seat, place: Place | None, entries: Mapping[int, Entry]) -> bool:
    return place is None or seat.may_get(entries[place[1]].waiting)


def _first(team: Team, room: int, now: float) -> Work:
    """The first that fits and the next, and the first that does not fit and has nobody kept free for it."""
    best: Place | None = None
    rival: Place | None = None
    short: Place | None = None
    longest: Ring | None = None
    for ring in team.busy:
        line = ring.line
        place = line.places[0]
        if place[0] + ring.after_s > now:
            continue
        if line.cost <= room:
            if best is None or place < best:
                best, rival, longest = place, best, ring
            elif rival is None or place < rival:
                rival = place
        elif (unsaved := line.unsaved()) and unsaved[0] + ring.after_s <= now and (short is None or unsaved < short):
            short = unsaved
    if longest and len(longest.line.places) > 1:
        place = longest.line.places[1]
        if place[0] + longest.after_s <= now and (rival is None or place < rival):
            rival = place
    return best, rival, short


def _first_but(team: Team, room: int, seat: Seat, entries: Mapping[int, Entry], now: float) -> Work:
    """The same where he may not get all of it."""
    fitting: list[Place] = []
    unsaved: list[Place] = []
    for ring in team.busy:
        may = (entry for place in islice(ring.line.places, ring.reach(now)) if seat.may_get((entry := entries[place[1]]).waiting))
        if ring.line.cost <= room:
            fitting += (entry.place for entry in islice(may, 2))
        else:
            unsaved += (entry.place for entry in islice((entry for entry in may if entry.saver is None), 1))
    best, rival, *_ = [*sorted(fitting)[:2], None, None]
    return best, rival, min(unsaved, default=None)


def next_own(seat: Seat) -> Place | None:
    """What was transferred to him and is to be offered to him next."""
    return next((place for place in seat.own if place[1] not in seat.refused), None)


def may_keep(has: Skills, waiting: Waiting) -> bool:
    """Whether an offer still stands for somebody whose skills have changed; without any he is away."""
    return bool(has) and (bool(waiting.wanted) or serves(has, waiting.rings[-1]))
