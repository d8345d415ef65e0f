"""Index of teams and lines of a floor: the ring of each team in each line, computed when either first appears.

Conversations that all teams may be given alike share a line. A new team for which they differ splits it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import inf

from hub.dispatch.offer import Waiting
from hub.organisation.queue import Skills, serves
from routing.lines import Entry, Kind, Line, Team, take_out


class Index:
    def __init__(self, rings_s: Sequence[float], entries: Mapping[int, Entry]) -> None:
        """`entries` are all waiting conversations by id; a split changes their line."""
        self._rings_s, self._entries = (-inf, *rings_s), entries
        self._teams: dict[Skills, Team] = {}
        self._lines: dict[Kind, Line] = {}

    def line(self, waiting: Waiting) -> Line:
        kind = (waiting.rings, waiting.cost, waiting.priority_s)
        line = self._lines.get(kind)
        if line is None:
            line = self._lines[kind] = self._line_like(kind)
            line.kinds.add(kind)
        return line

    def team(self, has: Skills) -> tuple[Team, list[Line]]:
        """The team, and the lines that it split."""
        team = self._teams.get(has)
        parted: list[Line] = []
        if team is None:
            team = self._teams[has] = Team(has)
            for line in dict.fromkeys(self._lines.values()):
                parted += self._meet(line, team)
        return team, parted

    def _line_like(self, kind: Kind) -> Line:
        """The line with the same rings, or a new one."""
        rings, cost, priority_s = kind
        serving = {team: ring for team in self._teams.values() if (ring := _ring(team, kind)) < len(rings)}
        for line in self._lines.values():
            if (len(line.rings), line.cost, line.priority_s) == (len(rings), cost, priority_s) and line.serving == serving:
                return line
        return _new_line(cost, priority_s, self._rings_s[:len(rings)], serving)

    def _meet(self, line: Line, team: Team) -> list[Line]:
        """Split off the conversations that the team may be given sooner than the last of the line."""
        kinds: defaultdict[int, set[Kind]] = defaultdict(set)
        for kind in line.kinds:
            kinds[_ring(team, kind)].add(kind)
        last = max(kinds)
        parted = [self._part(line, sooner, team, ring) for ring, sooner in kinds.items() if ring < last]
        if last < len(line.rings):
            line.join(team, last)
        return parted

    def _part(self, line: Line, kinds: set[Kind], team: Team, ring: int) -> Line:
        other = _new_line(line.cost, line.priority_s, self._rings_s[:len(line.rings)], line.serving | {team: ring})
        other.kinds = kinds
        line.kinds -= kinds
        self._lines.update(dict.fromkeys(kinds, other))
        for place in line.places.copy():
            entry = self._entries[place[1]]
            if self._lines[_kind(entry.waiting)] is other:
                line.remove(place)
                other.add(place)
                entry.line = other
                if entry.saver:
                    take_out(line.saved, place)
                    other.saved.append(place)
        return other


def _new_line(cost: int, priority_s: float, rings_s: Sequence[float], serving: Mapping[Team, int]) -> Line:
    line = Line(cost, priority_s, rings_s)
    for team, ring in serving.items():
        line.join(team, ring)
    return line


def _ring(team: Team, kind: Kind) -> int:
    """The first ring of a team; the number of rings when it is in none."""
    return next((ring for ring, needs in enumerate(kind[0]) if serves(team.has, needs)), len(kind[0]))


def _kind(waiting: Waiting) -> Kind:
    return waiting.rings, waiting.cost, waiting.priority_s
