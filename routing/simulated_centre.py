"""A centre at work in the simulation, and a call in it."""

from dataclasses import dataclass, field
from math import inf

from routing.assignment import Floor
from routing.demand import Call
from routing.forecast import Forecast
from routing.journey import Journey, Station
from routing.service_level import ServiceLevelFigures

HANDLING_S = 300.0
"""What forecasts expect before they have seen any."""


@dataclass(slots=True, eq=False)
class SimulatedCentre:
    """A centre at work. `lines` is how many callers its trunks carry at once, infinite is no limit."""

    station: Station
    operators: tuple[int, ...]
    seen: ServiceLevelFigures
    lines: float = inf
    floor: Floor = field(default_factory=Floor)
    forecast: Forecast = field(default_factory=lambda: Forecast(HANDLING_S))
    on: int = 0
    """Operators on shift are those numbered below it."""
    busy: dict[str, bool] = field(default_factory=dict)
    """Who is on the line, and whether still on shift: whoever goes home first ends the call."""
    free: int = 0
    told_s: float = -inf
    counted_s: float = 0
    held: int = 0
    """Lines with a caller."""
    most_held: int = 0

    def take_line(self) -> bool:
        """Whether there was one: otherwise the caller hears the busy signal."""
        if self.held >= self.lines:
            return False
        self.held += 1
        self.most_held = max(self.most_held, self.held)
        return True

    def count(self, now_s: float) -> None:
        """The time of operators, until now."""
        passed_s = now_s - self.counted_s
        if passed_s > 0:
            self.seen.busy_s += passed_s * len(self.busy)
            self.seen.staffed_s += passed_s * (len(self.busy) + self.free)
            self.counted_s = now_s


@dataclass(slots=True, eq=False)
class SimulatedCall:
    """A call in the simulation. It holds a line of the house that was dialled, wherever it is passed on to."""

    call: Call
    journey: Journey
    house: SimulatedCentre
    dialled: SimulatedCentre
    waits: bool = True
    callback: bool = False

    def hang_up(self) -> None:
        """The line is free. Who is called back is called over another."""
        if not self.callback:
            self.dialled.held -= 1
