"""A centre and a call in the simulation."""

from dataclasses import dataclass, field
from math import inf

from routing.assignment import Floor
from routing.demand import Call
from routing.forecast import Forecast
from routing.journey import Journey, Station
from routing.service_level import ServiceLevelFigures

HANDLING_S = 300.0
"""Initial handling time of forecasts."""


@dataclass(slots=True, eq=False)
class SimulatedCentre:
    """A centre. `lines` is the number of concurrent callers of its trunks, infinite is no limit."""

    station: Station
    operators: tuple[int, ...]
    seen: ServiceLevelFigures
    lines: float = inf
    floor: Floor = field(default_factory=Floor)
    forecast: Forecast = field(default_factory=lambda: Forecast(HANDLING_S))
    on: int = 0
    """Operators with lower numbers are on shift."""
    busy: dict[str, bool] = field(default_factory=dict)
    """Busy operators, and whether they are still on shift: at the end of a shift the call is completed first."""
    free: int = 0
    told_s: float = -inf
    counted_s: float = 0
    held: int = 0
    """Lines in use."""
    most_held: int = 0

    def take_line(self) -> bool:
        """Whether a line was free: otherwise the caller hears the busy signal."""
        if self.held >= self.lines:
            return False
        self.held += 1
        self.most_held = max(self.most_held, self.held)
        return True

    def count(self, now_s: float) -> None:
        """Operators' time until now."""
        passed_s = now_s - self.counted_s
        if passed_s > 0:
            self.seen.busy_s += passed_s * len(self.busy)
            self.seen.staffed_s += passed_s * (len(self.busy) + self.free)
            self.counted_s = now_s


@dataclass(slots=True, eq=False)
class SimulatedCall:
    """A call. It uses a line of the dialled centre, wherever it is transferred."""

    call: Call
    journey: Journey
    house: SimulatedCentre
    dialled: SimulatedCentre
    waits: bool = True
    callback: bool = False

    def hang_up(self) -> None:
        """Release the line. A callback uses another one."""
        if not self.callback:
            self.dialled.held -= 1
