"""Data structures of the floor: possible assignments without examining every operator.

Operators with the same skills are a team. Waiting conversations of one cost and priority that the same teams may be given are a
line, whatever their queues. Its nested rings are the teams that are sufficient after a longer wait: since a line is ordered by
waiting time, its first entry decides who may take from it.
"""

from bisect import bisect_left, bisect_right, insort
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import InitVar, dataclass, field

from msgspec import Struct

from hub.access.operator import CAPACITY
from hub.conversations.channel_traits import Cost
from hub.dispatch.offer import Offer, Waiting
from hub.organisation.queue import Skills

Place = tuple[float, int]
"""Order in a line: beginning of the wait minus its priority, then conversation. Constant while one waits."""
Kind = tuple[tuple[Skills, ...], int, float]
"""Requirements from ring to ring, cost and priority: the key of a line."""

ROOMS = (Cost.LETTER, *range(Cost.CHAT, CAPACITY + 1, Cost.CHAT))
"""Free capacities by which operators are told apart: a letter, one to three chats, everything."""
FIT = [bisect_right(ROOMS, room) for room in range(CAPACITY + 1)]
"""For each free capacity, in cost units, how many of the rooms it has."""
EMPTY = len(ROOMS)
"""The number of rooms of an operator without any conversation."""
FULL = CAPACITY - Cost.LETTER
"""More than this in use leaves no capacity for anything."""
SPARED = 0.2
"""Share of those who take calls: while fewer have no conversation, smaller work goes to others first."""
NOTHING: frozenset[int] = frozenset()
"""A shared empty set for most operators, to save memory and cache."""


class Entry(Struct, gc=False, eq=False):
    """A waiting conversation. The collector does not track it: it refers to its saver only while it waits."""

    waiting: Waiting
    place: Place
    queue: list[Place]
    """All waiting conversations of its queue."""
    line: "Line | None" = None
    """Its line; None while it is offered, or waits for one colleague."""
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
    """An operator, as the floor sees them."""

    operator: str
    team: "Team | None" = None
    """None while not ready."""
    held: dict[int, int] = field(default_factory=dict)
    """Conversation to its cost, offers included."""
    used: int = 0
    offers: int = 0
    """How many of them are offers."""
    last: "Team | None" = None
    """The last team when ready."""
    idle: "Team | None" = None
    """The team among whose idle operators they are, if any work is possible."""
    fits: int = 0
    """The number of rooms that they have, while idle."""
    stamp: int = 0
    """Increases with each entry."""
    idle_since: float = 0
    refused: frozenset[int] = NOTHING
    """Rejected since the operator last became ready."""
    gave_away: frozenset[int] = NOTHING
    """Conversations given to others."""
    own: tuple[Place, ...] = ()
    """Conversations transferred to this operator."""
    saving: Entry | None = None
    """The conversation this operator saves for."""
    most: tuple[int, int] | None = None
    """A limit of their own: chats, and chats and letters together. `used` is then what leaves as much room as they have."""

    @property
    def written(self) -> tuple[int, int]:
        """Chats and letters together, and the chats."""
        costs = [cost for cost in self.held.values() if cost < CAPACITY]
        return len(costs), sum(cost >= Cost.CHAT for cost in costs)

    def weigh(self) -> None:
        """Set `used` by a limit of their own: a call needs them without any conversation, whatever the limit."""
        total = sum(self.held.values())
        self.used = total
        if self.most is None or not total or CAPACITY in self.held.values():
            return
        most_chats = self.most[0] or CAPACITY // Cost.CHAT
        most_written = self.most[1] or max(CAPACITY // Cost.LETTER, most_chats)
        written, chats = self.written
        if written > most_written or chats > most_chats:  # one more in danger to life
            room = -1
        elif written == most_written:
            room = 0
        else:
            room = min(max(CAPACITY, most_chats * Cost.CHAT, self.most[1] * Cost.LETTER) - total, CAPACITY - 1)
            room = min(room, Cost.CHAT - 1) if chats == most_chats else room
        self.used = CAPACITY - room

    def step_in(self, team: "Team", stamp: int) -> None:
        self.idle, self.stamp, self.fits = team, stamp, FIT[CAPACITY - self.used]
        team.idle[self.fits][self] = None
        team.free += 1

    def step_out(self) -> None:
        if team := self.idle:
            del team.idle[self.fits][self]
            team.free -= 1
            self.idle = None

    def may_get(self, conversation: int) -> bool:
        return conversation not in self.refused and conversation not in self.gave_away


Idle = OrderedDict[Seat, None]
"""Operators, longest idle first, with O(1) removal."""


class Seats(dict[str, Seat]):
    """By login; created on access."""

    def __missing__(self, operator: str) -> Seat:
        seat = self[operator] = Seat(operator)
        return seat


@dataclass(slots=True, eq=False)
class Team:
    """Ready operators with the same skills."""

    has: Skills
    busy: "dict[Ring, None]" = field(default_factory=dict)
    """Its rings of lines with waiting conversations."""
    idle: list[Idle] = field(default_factory=lambda: [OrderedDict() for _ in range(EMPTY + 1)])
    """By the number of rooms that they have."""
    free: int = 0
    """How many they are."""
    ready: int = 0
    """All of its operators, idle or not."""
    calls: bool = False
    """Whether it serves a line of calls."""


@dataclass(slots=True, eq=False)
class Ring:
    """The teams that may take from a line after a certain wait, and not sooner."""

    line: "Line"
    after_s: float
    """Added to a place: the time from which the ring is valid for it."""
    teams: list[Team] = field(default_factory=list)
    planned: Place | None = None
    """The next entry for which it becomes valid, if scheduled."""

    def reach(self, now: float) -> int:
        """Number of the line's entries, from the first, for which it is valid."""
        return bisect_right(self.line.places, now, key=lambda place: place[0] + self.after_s)

    def anybody_idle(self) -> bool:
        """With capacity for anything."""
        # A plain loop, as this is asked of each ring of each arrival: any() with a generator takes three times as long.
        for team in self.teams:  # noqa: SIM110
            if team.free:
                return True
        return False


@dataclass(slots=True, eq=False)
class Line:
    """Unoffered waiting conversations of one cost and priority that the same teams may be given."""

    cost: int
    priority_s: float
    rings_s: InitVar[Iterable[float]]
    """Seconds of waiting after which each of its rings becomes valid."""
    rings: list[Ring] = field(init=False)
    serving: dict[Team, int] = field(default_factory=dict)
    """The ring of each team."""
    kinds: set[Kind] = field(default_factory=set)
    places: list[Place] = field(default_factory=list)
    saved: list[Place] = field(default_factory=list)
    """Entries with a saver."""

    def __post_init__(self, rings_s: Iterable[float]) -> None:
        self.rings = [Ring(self, self.priority_s + after_s) for after_s in rings_s]

    def join(self, team: Team, ring: int) -> None:
        self.serving[team] = ring
        self.rings[ring].teams.append(team)
        team.calls |= self.cost == CAPACITY
        if self.places:
            team.busy[self.rings[ring]] = None

    def add(self, place: Place) -> None:
        if not self.places:
            for ring in self.rings:
                for team in ring.teams:
                    team.busy[ring] = None
        put_in(self.places, place)

    def remove(self, place: Place) -> None:
        places = self.places
        if places[0] is place:
            del places[0]
        else:
            take_out(places, place)
        if not places:
            for ring in self.rings:
                for team in ring.teams:
                    del team.busy[ring]

    def teams(self, ring: int) -> set[Team]:
        """Those that may take from it, up to a ring."""
        return {team for each in self.rings[:ring + 1] for team in each.teams}

    def idle_teams(self, ring: int) -> list[Team]:
        """Those with idle operators, up to a ring."""
        teams: list[Team] = []
        for each in self.rings[:ring + 1]:
            for team in each.teams:
                if team.free:
                    teams.append(team)  # noqa: PERF401 - nearly always nothing is appended
        return teams

    def spares(self, ring: int) -> bool:
        """Whether so few who take calls have no conversation, up to a ring, that they are spared for calls."""
        ready = empty = 0
        for each in self.rings[:ring + 1]:
            for team in each.teams:
                if team.calls:
                    ready += team.ready
                    empty += len(team.idle[EMPTY])
        return empty < ready * SPARED

    def reached(self, place: Place, now: float) -> int:
        """Number of the last ring valid for an entry; the first, 0, is valid at once."""
        rings, since = self.rings, place[0]
        ring = len(rings) - 1
        while since + rings[ring].after_s > now:
            ring -= 1
        return ring

    def unsaved(self) -> Place | None:
        """The first entry without a saver."""
        # Both lists are ordered, so they are equal up to it and nowhere after.
        places, saved = self.places, self.saved
        at = bisect_left(range(len(saved)), True, key=lambda n: saved[n] != places[n])
        return places[at] if at < len(places) else None


def put_in(places: list[Place], place: Place) -> None:
    # New entries are nearly always the last, and removed ones the first: examining the others would be expensive.
    if not places or places[-1] < place:
        places.append(place)
    else:
        insort(places, place)


def take_out(places: list[Place], place: Place) -> None:
    """If it is there."""
    if places and places[0] is place:
        del places[0]
        return
    at = bisect_left(places, place)
    if at < len(places) and places[at] == place:
        del places[at]
