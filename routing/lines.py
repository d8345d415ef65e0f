"""What the floor is made of: who could serve what, without looking at everybody.

Operators with the same skills are a team. Waiting conversations of one cost and priority that the same teams may be given are
a line, whatever queues they come from. Its rings, one around the other, are the teams that will do after a longer wait: since
a line is in order of the wait, the first of it says who may take from it.
"""

from bisect import bisect_left, bisect_right, insort
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import InitVar, dataclass, field

from hub.access.operator import CAPACITY
from hub.conversations.channel_traits import Cost
from hub.dispatch.offer import Offer, Waiting
from hub.organisation.skills import Skills

Place = tuple[float, int]
"""Order in a line: since when the wait counts (its priority taken off), conversation. It never changes while one waits."""
Kind = tuple[tuple[Skills, ...], int, float]
"""What a conversation needs from ring to ring, its cost and priority: all by which it is told which line is its own."""

COSTS = sorted(Cost)
FIT = [bisect_right(COSTS, room) for room in range(CAPACITY + 1)]
"""For each room, in cost units, how many of the costs fit into it."""
FULL = CAPACITY - COSTS[0]
"""Whoever has more than this in use has no room for anything."""
NOTHING: frozenset[int] = frozenset()
"""What nearly everybody has refused and given away: one set for all of them stays within reach of the processor."""


@dataclass(slots=True, eq=False)
class Entry:
    """A waiting conversation."""

    waiting: Waiting
    place: Place
    queue: list[Place]
    """Of its queue, all who wait there."""
    line: "Line | None" = None
    """In which it stands; None while it is offered, or waits for one colleague only."""
    saver: "Seat | None" = None
    """The operator who takes nothing else until it fits."""
    offer: Offer | None = None

    def keep_free(self, seat: "Seat") -> None:
        seat.step_out()
        seat.saving, self.saver = self, seat
        if self.line:
            insort(self.line.saved, self.place)

    def set_free(self, seat: "Seat") -> None:
        seat.saving = self.saver = None
        if self.line:
            take_out(self.line.saved, self.place)


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
    idle: "Idle | None" = None
    """Where he stands among the idle of his team, if he can be given anything."""
    stamp: int = 0
    """Grows from one who stands there to the next."""
    idle_since: float = 0
    refused: frozenset[int] = NOTHING
    """What he rejected since he last said that he is ready."""
    gave_away: frozenset[int] = NOTHING
    """What waits for somebody else."""
    own: tuple[Place, ...] = ()
    """What was transferred to him in person."""
    saving: Entry | None = None
    """What he is kept free for."""

    def step_in(self, team: "Team", stamp: int) -> None:
        self.stamp, self.idle = stamp, team.idle[FIT[CAPACITY - self.used]]
        self.idle[self] = None

    def step_out(self) -> None:
        if self.idle is not None:
            del self.idle[self]
            self.idle = None

    def may_get(self, conversation: int) -> bool:
        return conversation not in self.refused and conversation not in self.gave_away


Idle = OrderedDict[Seat, None]
"""Operators, longest idle first. One who leaves the midst of it disturbs nobody."""


class Seats(dict[str, Seat]):
    """By login; whoever is asked about has one."""

    def __missing__(self, operator: str) -> Seat:
        seat = self[operator] = Seat(operator)
        return seat


@dataclass(slots=True, eq=False)
class Team:
    """Operators with the same skills who are ready."""

    has: Skills
    busy: "dict[Ring, None]" = field(default_factory=dict)
    """Its rings of lines in which somebody waits."""
    idle: list[Idle] = field(default_factory=lambda: [OrderedDict() for _ in range(len(COSTS) + 1)])
    """By how many costs fit into their room."""


@dataclass(slots=True, eq=False)
class Ring:
    """The teams that may take from a line what has waited long enough, and may not any sooner."""

    line: "Line"
    after_s: float
    """Added to a place: when the ring comes into force for it."""
    teams: list[Team] = field(default_factory=list)
    planned: Place | None = None
    """For whom it comes into force next, if that is planned."""

    def reach(self, now: float) -> int:
        """For how many of the line it is in force: the first ones."""
        return bisect_right(self.line.places, now, key=lambda place: place[0] + self.after_s)

    def anybody_idle(self) -> bool:
        """With room for anything."""
        return any(any(team.idle) for team in self.teams)


@dataclass(slots=True, eq=False)
class Line:
    """Waiting conversations of one cost and priority that the same teams may be given, and that are not offered to anybody."""

    cost: int
    priority_s: float
    rings_s: InitVar[Iterable[float]]
    """After how long a wait each of its rings comes into force."""
    rings: list[Ring] = field(init=False)
    serving: dict[Team, int] = field(default_factory=dict)
    """In which ring each team is."""
    kinds: set[Kind] = field(default_factory=set)
    places: list[Place] = field(default_factory=list)
    saved: list[Place] = field(default_factory=list)
    """Those of them for whom an operator is kept free."""

    def __post_init__(self, rings_s: Iterable[float]) -> None:
        self.rings = [Ring(self, self.priority_s + after_s) for after_s in rings_s]

    def join(self, team: Team, ring: int) -> None:
        self.serving[team] = ring
        self.rings[ring].teams.append(team)
        if self.places:
            team.busy[self.rings[ring]] = None

    def add(self, place: Place) -> None:
        if not self.places:
            for ring in self.rings:
                for team in ring.teams:
                    team.busy[ring] = None
        put_in(self.places, place)

    def remove(self, place: Place) -> None:
        take_out(self.places, place)
        if not self.places:
            for ring in self.rings:
                for team in ring.teams:
                    del team.busy[ring]

    def in_force(self, place: Place, now: float) -> list[Ring]:
        """The rings that may be given it."""
        return [ring for ring in self.rings if place[0] + ring.after_s <= now]

    def unsaved(self) -> Place | None:
        """The first for whom nobody is kept free."""
        # Both lists are in order, so they are alike up to it and nowhere behind.
        places, saved = self.places, self.saved
        at = bisect_left(range(len(saved)), True, key=lambda n: saved[n] != places[n])
        return places[at] if at < len(places) else None


def put_in(places: list[Place], place: Place) -> None:
    # Whoever comes is nearly always the last, and whoever leaves the first: looking at the others would be the dear part.
    if not places or places[-1] < place:
        places.append(place)
    else:
        insort(places, place)


def take_out(places: list[Place], place: Place) -> None:
    """If it is there."""
    if places and places[0] == place:
        del places[0]
        return
    at = bisect_left(places, place)
    if at < len(places) and places[at] == place:
        del places[at]
