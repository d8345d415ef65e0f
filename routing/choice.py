"""Whom and what: the first of those who may be given it, and the next.

The first of all is nearly always one of them, so it is found without asking; only if he is not, everybody is asked.
"""

from collections import deque
from collections.abc import Mapping
from itertools import islice

from hub.offers import Waiting
from hub.operators import CAPACITY
from hub.skills import Skills, serves
from routing.lines import Entry, Line, Place, Seat, Team, valid

Idle = tuple[int, Seat]


def longest_idle(line: Line, waiting: Waiting) -> tuple[Seat | None, Seat | None]:
    """The longest idle with room for it who may get it, and the next."""
    best: Idle | None = None
    rival: Idle | None = None
    longest: deque[Idle] = deque()
    for team in line.teams:
        for fifo in team.idle[line.fits:]:
            if fifo and (fifo[0][0] == fifo[0][1].stamp or _freshen(fifo)):
                entry = fifo[0]
                if best is None or entry[0] < best[0]:
                    best, rival, longest = entry, best, fifo
                elif rival is None or entry[0] < rival[0]:
                    rival = entry
    if best is None:
        return None, None
    second = _second(longest)
    if rival is None or (second and second[0] < rival[0]):
        rival = second
    if best[1].may_get(waiting) and (rival is None or rival[1].may_get(waiting)):
        return best[1], rival[1] if rival else None
    return _longest_idle_but(line, waiting)


def _second(fifo: deque[Idle]) -> Idle | None:
    return next((entry for entry in islice(fifo, 1, None) if entry[0] == entry[1].stamp), None)


def _freshen(fifo: deque[Idle]) -> bool:
    """Drop the stale at the head; whether anybody is left."""
    while fifo and fifo[0][0] != fifo[0][1].stamp:
        fifo.popleft()
    return bool(fifo)


def _longest_idle_but(line: Line, waiting: Waiting) -> tuple[Seat | None, Seat | None]:
    """The same where one of the two may not get it."""
    may: list[Idle] = []
    for team in line.teams:
        for fifo in team.idle[line.fits:]:
            may += islice((entry for entry in valid(fifo) if entry[1].may_get(waiting)), 2)
    may.sort()
    best, rival, *_ = [*(seat for _, seat in may[:2]), None, None]
    return best, rival


def least_busy(line: Line, waiting: Waiting) -> Seat | None:
    """Of those who have some room, but not enough: the one with the most, and the longest idle of several."""
    for fits in range(line.fits - 1, 0, -1):
        best: Idle | None = None
        for team in line.teams:
            if team.idle[fits]:
                may = (entry for entry in valid(team.idle[fits]) if entry[1].may_get(waiting))
                best = min((each for each in (best, next(may, None)) if each), default=None)
        if best:
            return best[1]
    return None


def longest_waiting(seat: Seat, team: Team, entries: Mapping[int, Entry]) -> tuple[Place | None, Place | None, Line | None]:
    """The first of all lines he serves and the next; or nothing and the line, whose first needs more room, he is to be kept for."""
    room = CAPACITY - seat.used
    best, rival, short = _first(team, room)
    blocked = short.places[0] if short else None
    if not (_may_get(seat, best, entries) and _may_get(seat, rival, entries) and _may_get(seat, blocked, entries)):
        best, rival, blocked, short = _first_but(team, room, seat, entries)
    if seat.own and (own := next_own(seat)) and (best is None or own < best):
        if entries[own[1]].waiting.cost <= room:
            best, rival = own, best
        elif blocked is None or own < blocked:
            return None, None, None
    if blocked and (best is None or blocked < best):
        return None, None, short
    return best, rival, None


def _may_get(seat: Seat, place: Place | None, entries: Mapping[int, Entry]) -> bool:
    return place is None or (entries[place[1]].waiting.shunned != seat.operator and place[1] not in seat.refused)


def _first(team: Team, room: int) -> tuple[Place | None, Place | None, Line | None]:
    """The first that fits, the next, and the line of the first that does not fit and for which too few are kept free."""
    best: Place | None = None
    rival: Place | None = None
    blocked: Place | None = None
    longest: Line | None = None
    short: Line | None = None
    for line in team.busy_lines:
        place = line.places[0]
        if line.cost <= room:
            if best is None or place < best:
                best, rival, longest = place, best, line
            elif rival is None or place < rival:
                rival = place
        elif (blocked is None or place < blocked) and len(line.savers) < len(line.places):
            blocked, short = place, line
    if longest and len(longest.places) > 1 and (rival is None or longest.places[1] < rival):
        rival = longest.places[1]
    return best, rival, short


def _first_but(
    team: Team, room: int, seat: Seat, entries: Mapping[int, Entry],
) -> tuple[Place | None, Place | None, Place | None, Line | None]:
    """The same where he may not get all of it, and the place of the one that does not fit."""
    fitting: list[Place] = []
    blocked: Place | None = None
    short: Line | None = None
    for line in team.busy_lines:
        may = (place for place in line.places if seat.may_get(entries[place[1]].waiting))
        if line.cost <= room:
            fitting += islice(may, 2)
        elif len(line.savers) < len(line.places) and (place := next(may, None)) and (blocked is None or place < blocked):
            blocked, short = place, line
    best, rival, *_ = [*sorted(fitting)[:2], None, None]
    return best, rival, blocked, short


def next_own(seat: Seat) -> Place | None:
    """What was transferred to him and is to be offered to him next."""
    return next((place for place in seat.own if place[1] not in seat.refused), None)


def may_keep(has: Skills, waiting: Waiting) -> bool:
    """Whether an offer still stands for somebody whose skills have changed; without any he is away."""
    return bool(has) and (bool(waiting.wanted) or serves(has, waiting.rings[-1]))
