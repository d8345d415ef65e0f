"""A hall of operators with one line, first come first served: the world that forecasts are measured in. Seeded."""

import heapq
import math
import random
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from routing.forecast import Estimates, Forecast


@dataclass
class Hall:
    """Seconds; each of the three laws is a function of the time. `lent` is the share of operators who serve other lines unseen."""

    per_s: Callable[[float], float]
    operators: Callable[[float], int]
    handling_s: Callable[[float], float]
    patience_s: float = math.inf
    lent: float = 0.0
    seed: int = 0
    until_s: float = 7200.0
    expected_s: float = 0.0
    forecast: Forecast = field(init=False)
    busy: int = field(default=0, init=False)
    line: "OrderedDict[int, float]" = field(default_factory=OrderedDict, init=False)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.forecast = Forecast(self.expected_s or self.handling_s(0))
        self.events: list[tuple[float, str, int]] = []
        self.said: dict[int, Estimates] = {}

    def tell(self, now_s: float) -> None:
        self.forecast.staffed(self.busy, max(0, self.operators(now_s) - self.busy), now_s)

    def room(self, now_s: float) -> bool:
        return self.busy < int(self.operators(now_s) * (1 - self.lent))

    def start(self, now_s: float) -> None:
        # Brown et al., JASA 2005: handling times are lognormal. Half a unit of variance in the logarithm keeps the mean.
        handling_s = self.random.lognormvariate(math.log(self.handling_s(now_s)) - 0.5, 1.0)
        self.busy += 1
        heapq.heappush(self.events, (now_s + handling_s, "finished", int(handling_s)))

    def run(self) -> Iterator[tuple[float, float, Estimates]]:
        """Each who waited and was served: when, how long, and what was said when he came. The caller may look at `forecast` meanwhile."""
        now_s, coming = 0.0, 0
        while now_s < self.until_s:
            now_s += self.random.expovariate(self.per_s(now_s))
            coming += 1
            heapq.heappush(self.events, (now_s, "came", coming))
        while self.events:
            now_s, what, which = heapq.heappop(self.events)
            self.happens(now_s, what, which)
            while self.line and self.room(now_s):
                conversation, since_s = self.line.popitem(last=False)
                self.forecast.served(conversation, now_s)
                self.start(now_s)
                yield now_s, now_s - since_s, self.said.pop(conversation)
            self.tell(now_s)

    def happens(self, now_s: float, what: str, which: int) -> None:
        if what == "came":
            if not self.line and self.room(now_s):
                self.start(now_s)
                return
            self.said[which] = self.forecast.estimates(now_s)
            self.forecast.arrived(which, now_s)
            self.line[which] = now_s
            if self.patience_s < math.inf:
                heapq.heappush(self.events, (now_s + self.random.expovariate(1 / self.patience_s), "left", which))
        elif what == "finished":
            self.busy -= 1
            self.forecast.finished(which, now_s)
        elif self.line.pop(which, None) is not None:
            self.forecast.abandoned(which, now_s)
