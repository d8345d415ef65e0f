"""The floor's index: who could serve what, without looking at everybody.

Operators with the same skills are a team; waiting conversations with the same needs and cost are a line. Which team serves
which line is found once, when the first of either appears.
"""

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from hub.offers import Offer, Waiting
from hub.operators import CAPACITY, COST
from hub.skills import Skills, serves

Place = tuple[float, int]
"""Order in a line: since when the wait counts (its priority taken off), conversation. It never changes while one waits."""

COSTS = sorted(set(COST.values()))
FIT = [bisect_right(COSTS, room) for room in range(CAPACITY + 1)]
"""For each room, in cost units, how many of the costs fit into it."""
SPARSE = 64
"""Stale entries that a FIFO may hold before it is cleared of them."""


@dataclass(slots=True, eq=False)
class Entry:
    """A waiting conversation."""

    waiting: Waiting
    place: Place
    queue: list[Place]
    """Of its queue, all who wait there."""
    ring: int = 0
    line: "Line | None" = None
    """None while it waits for one colleague only."""
    offer: Offer | None = None


@dataclass(slots=True, eq=False)
class Seat:
    """An operator as the floor sees him."""

    operator: str
    team: "Team | None" = None
    """None while he is not ready."""
    held: dict[int, int] = field(default_factory=dict)
    """Conversation to what it costs, offers included."""
    used: int = 0
    last: "Team | None" = None
    """The team he was in when he was ready before."""
    stamp: int = 0
    """Of his valid entry in a FIFO of his team, 0 when he stands in none."""
    idle_since: float = 0
    refused: set[int] = field(default_factory=set)
    """What he rejected since he last said that he is ready."""
    own: list[Place] = field(default_factory=list)
    """What was transferred to him in person."""
    saving: "Line | None" = None
    """The line for whose first conversation he is kept free."""

    def may_get(self, waiting: Waiting) -> bool:
        return waiting.conversation not in self.refused and waiting.shunned != self.operator


@dataclass(slots=True, eq=False)
class Team:
    """Operators with the same skills who are ready."""

    has: Skills
    lines: "list[Line]" = field(default_factory=list)
    """All that it may serve."""
    busy_lines: "dict[Line, None]" = field(default_factory=dict)
    """Those in which somebody waits."""
    idle: list[deque[tuple[int, Seat]]] = field(default_factory=lambda: [deque() for _ in range(len(COSTS) + 1)])
    """By how many costs fit into their room: operators, longest idle first. Stamps grow, so no FIFO needs sorting."""

    _limits: list[int] = field(default_factory=lambda: [SPARSE] * (len(COSTS) + 1))
    """How long each FIFO may become before the stale are looked for: twice as long as it was without them."""

    def enter(self, seat: Seat, stamp: int) -> None:
        seat.stamp = stamp
        fits = FIT[CAPACITY - seat.used]
        fifo = self.idle[fits]
        if len(fifo) > self._limits[fits]:
            fresh = [entry for entry in fifo if entry[0] == entry[1].stamp]
            fifo.clear()
            fifo.extend(fresh)
            self._limits[fits] = max(SPARSE, 2 * len(fresh))
        fifo.append((stamp, seat))


@dataclass(slots=True, eq=False)
class Line:
    """Waiting conversations with the same needs and cost that are not offered to anybody."""

    needs: Skills
    cost: int
    places: list[Place] = field(default_factory=list)
    teams: list[Team] = field(default_factory=list)
    savers: dict[Seat, None] = field(default_factory=dict)
    """Operators who take nothing else until this cost fits: at most one for each that waits."""
    fits: int = field(init=False)
    """The first of a team's FIFOs whose operators have room for it."""

    def __post_init__(self) -> None:
        self.fits = FIT[self.cost]

    def add(self, place: Place) -> None:
        if not self.places:
            for team in self.teams:
                team.busy_lines[self] = None
        insort(self.places, place)

    def remove(self, place: Place) -> bool:
        """Whether it was there."""
        places = self.places
        at = bisect_left(places, place)
        if at == len(places) or places[at] != place:
            return False
        del places[at]
        if not places:
            for team in self.teams:
                team.busy_lines.pop(self, None)
        return True

    def spare_saver(self) -> Seat:
        """The last of the savers, let go."""
        seat, _ = self.savers.popitem()
        seat.saving = None
        return seat


class Index:
    """All teams and lines."""

    def __init__(self) -> None:
        self._teams: dict[Skills, Team] = {}
        self._lines: dict[tuple[Skills, int], Line] = {}

    def team(self, has: Skills) -> Team:
        team = self._teams.get(has)
        if team is None:
            team = self._teams[has] = Team(has)
            for line in self._lines.values():
                _link(team, line)
        return team

    def line(self, needs: Skills, cost: int) -> Line:
        line = self._lines.get((needs, cost))
        if line is None:
            line = self._lines[needs, cost] = Line(needs, cost)
            for team in self._teams.values():
                _link(team, line)
        return line


def _link(team: Team, line: Line) -> None:
    if serves(team.has, line.needs):
        team.lines.append(line)
        line.teams.append(team)
        if line.places:
            team.busy_lines[line] = None


def valid(fifo: deque[tuple[int, Seat]]) -> Iterator[tuple[int, Seat]]:
    """Who stands in a FIFO, longest idle first; stale entries at its head are dropped for good."""
    while fifo and fifo[0][0] != fifo[0][1].stamp:
        fifo.popleft()
    return (entry for entry in fifo if entry[0] == entry[1].stamp)


def take_out(places: list[Place], place: Place) -> bool:
    """Whether it was there."""
    at = bisect_left(places, place)
    if at < len(places) and places[at] == place:
        del places[at]
        return True
    return False
