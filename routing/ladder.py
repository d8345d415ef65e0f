"""The lines of all centres of one deployment: how long one will wait in each, and who takes what a centre cannot (RT-03…RT-09).

Wires forecast, overflow and the matrix together; a centre's state is that of the line that takes in from others: its first.
"""

import math
from collections.abc import Mapping
from datetime import datetime

from hub.levels import Level, TopicClass
from hub.stops import Elsewhere, Later, Passed
from routing.forecast import Forecast
from routing.journey import Area, Journey, Load, Move, Station, Stay, Stop
from routing.levels import next_stop
from routing.matrix import Matrix, Policy
from routing.overflow import Callback, Overflow
from routing.overload import State
from routing.reasons import Errand, Need, Party, Reason, Route

HANDLING_S = 300.0
"""Expected until it is known better: the mean of part 5 of the load model."""


class Ladder:
    """hub.ports.Ladder."""

    def __init__(self, queues: Mapping[str, str], levels: Mapping[str, Level]) -> None:
        """`queues`: line to the code of its centre, each centre's general line first; `levels`: code to level."""
        self._stations = {code: Station(code, Party(level.value)) for code, level in levels.items()}
        self._centre_of = dict(queues)
        self._door = {code: queue for queue, code in reversed(list(queues.items()))}
        self._lines = {queue: Forecast(HANDLING_S) for queue in queues}
        self._line_of: dict[int, str] = {}
        self._overflow, self._matrix = Overflow(), Matrix(Policy())

    def staffed(self, queue: str, busy: int, ready: int, now_s: float) -> None:
        if line := self._lines.get(queue):
            line.staffed(busy, ready, now_s)

    def joined(self, conversation: int, queue: str, now_s: float) -> None:
        self.left(conversation, now_s, gave_up=False)
        if line := self._lines.get(queue):
            line.arrived(conversation, now_s)
            self._line_of[conversation] = queue

    def served(self, conversation: int, now_s: float) -> None:
        if queue := self._line_of.pop(conversation, ""):
            self._lines[queue].served(conversation, now_s)

    def left(self, conversation: int, now_s: float, *, gave_up: bool) -> None:
        if queue := self._line_of.pop(conversation, ""):
            line = self._lines[queue]
            (line.abandoned if gave_up else line.moved)(conversation, now_s)

    def finished(self, queue: str, handling_s: float, now_s: float) -> None:
        if line := self._lines.get(queue):
            line.finished(handling_s, now_s)

    def predicted_s(self, queue: str, now_s: float) -> float:
        return self._lines[queue].predicted_s(now_s) if queue in self._lines else math.inf

    def elsewhere(
        self, number: str, queue: str, topic: TopicClass, since: datetime, passed: tuple[Passed, ...], now: datetime,
    ) -> Elsewhere | Later | None:
        """Who takes one that waits in `queue`; None when it had better stay."""
        here, now_s = self._stations[self._centre_of[queue]], now.timestamp()
        self._observe(queue, now_s)
        area = self._area(here)
        need = Need(topic, Errand.ANSWER, overloaded=True, municipal_exists=area.station(Party.MUNICIPAL) is not None)
        allowed = [each.centre for each in area.stations if each != here and self._takes_relief(here, each, need)]
        relief = self._overflow.relieve(here.centre, allowed, now_s)
        if relief is None:
            return None
        full = frozenset(relief.denied) if isinstance(relief, Callback) else frozenset()
        stops = tuple(Stop(self._stations[p.sender], self._stations[p.receiver], Reason(p.reason), p.at) for p in passed)
        load = Load(self._overflow.overloaded(), full)
        step = next_stop(Journey(number, here, since, stops), topic, Errand.ANSWER, area, load, self._matrix, now)
        match step:
            case Move(journey=journey) if journey.stops[-1].reason is Reason.GENERAL_OVERLOAD:
                last = journey.stops[-1]
                receiver = last.receiver.centre
                return Elsewhere(self._door[receiver], Passed(here.centre, receiver, last.reason.value, now))
            case Stay() if isinstance(relief, Callback):
                return Later(relief.predicted_s)
            case _:
                return None

    def _observe(self, queue: str, now_s: float) -> None:
        """The sender by the line that the conversation waits in, every other centre by its door."""
        seen = self._door | {self._centre_of[queue]: queue}
        for code, each in seen.items():
            line = self._lines[each]
            self._overflow.observe(code, State(line.predicted_s(now_s), line.occupancy, line.operators), now_s)

    def _area(self, here: Station) -> Area:
        """The centres that answer for the same place, as far as they are on this deployment: one a level."""
        by_party = {station.party: station for station in reversed(self._stations.values())} | {here.party: here}
        return Area(tuple(by_party.values()))

    def _takes_relief(self, here: Station, there: Station, need: Need) -> bool:
        route = self._matrix.permitted(here.party, there.party, need)
        return isinstance(route, Route) and route.reason is Reason.GENERAL_OVERLOAD
