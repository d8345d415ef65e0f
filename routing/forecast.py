"""Forecast of the wait of a new conversation in one line. Each event costs O(1); seconds everywhere.

Two estimators with different errors are blended, each weighted by its recent accuracy:

- queue length: the number ahead, over the rate at which operators become free and citizens give up. It reacts to a rush at
  once, but relies on the number of operators, who may be busy with other lines.
- head of line: how long the longest waiting has waited. It measures reality, but late.

tests/routing/test_forecast.py measures the blend against each of them.
"""

import math
from collections import OrderedDict

from msgspec import Struct

from hub.conversations.talk_clocks import ANSWER, WaitAlarm

TARGET_S = ANSWER.total_seconds()
_PRIOR = 5.0
"""Number of conversations that the configured handling time counts as: it dominates at first and after a quiet night."""
_PRIOR_WAITED_S = 300.0
"""Seconds of waiting without abandonment, so that the first one does not dominate."""
_PRIOR_ERROR_S2 = 100.0
"""Squared seconds: the assumed error of an untested estimator."""


class Estimates(Struct, frozen=True):
    """The value of each estimator, in seconds."""

    last_to_enter_s: float
    head_of_line_s: float
    queue_length_s: float
    blend_s: float


class _Waiting(Struct, frozen=True, gc=False):
    since_s: float
    head_of_line_s: float
    queue_length_s: float


class Forecast:
    """One line of waiting conversations and the operators who serve it."""

    def __init__(self, handling_s: float, half_life_s: float = 900.0) -> None:
        """`handling_s` is the initial mean handling time; after `half_life_s` an observation counts half."""
        self._expected_s, self._half_life_s = handling_s, half_life_s
        self._now_s = -math.inf
        self._line: OrderedDict[int, _Waiting] = OrderedDict()
        self._busy = self._ready = 0
        self._handled = self._handling_s = self._given_up = self._waited_s = 0.0
        self._last_to_enter_s = 0.0
        self._head_error_s2 = self._length_error_s2 = 0.0

    def staffed(self, busy: int, ready: int, now_s: float) -> None:
        """Operators who serve this line now: busy, and free."""
        self._pass(now_s)
        self._busy, self._ready = busy, ready

    def arrived(self, conversation: int, now_s: float) -> float:
        """Joins the end of the line; returns its predicted wait."""
        said = self.estimates(now_s)
        self._line[conversation] = _Waiting(self._now_s, said.head_of_line_s, said.queue_length_s)
        return said.blend_s

    def served(self, conversation: int, now_s: float) -> None:
        """Answered: the forecast is compared with the actual wait. Unknown conversations change nothing."""
        self._pass(now_s)
        waiting = self._line.pop(conversation, None)
        if waiting is None:
            return
        self._last_to_enter_s = waited_s = self._now_s - waiting.since_s
        if math.isfinite(waiting.queue_length_s):
            self._head_error_s2 += (waiting.head_of_line_s - waited_s) ** 2
            self._length_error_s2 += (waiting.queue_length_s - waited_s) ** 2

    def abandoned(self, conversation: int, now_s: float) -> None:
        self._pass(now_s)
        if self._line.pop(conversation, None) is not None:
            self._given_up += 1

    def moved(self, conversation: int, now_s: float) -> None:
        """It left for another line: neither answered nor abandoned."""
        self._pass(now_s)
        self._line.pop(conversation, None)

    def finished(self, handling_s: float, now_s: float) -> None:
        """An operator has finished one after `handling_s`, wrap-up included."""
        self._pass(now_s)
        self._handled += 1
        self._handling_s += handling_s

    def estimates(self, now_s: float, busy: int = 0, ready: int = 0) -> Estimates:
        """For a new conversation, with so many more (or fewer) operators. Infinite where nobody serves the line."""
        self._pass(now_s)
        if self._ready + ready > 0 and not self._line:
            return Estimates(self._last_to_enter_s, 0.0, 0.0, 0.0)
        head_s = self._now_s - next(iter(self._line.values())).since_s if self._line else 0.0
        length_s = self._queue_length_s(max(self.operators + busy + ready, 0))
        return Estimates(self._last_to_enter_s, head_s, length_s, self._blend_s(head_s, length_s))

    def predicted_s(self, now_s: float, busy: int = 0, ready: int = 0) -> float:
        return self.estimates(now_s, busy, ready).blend_s

    def alarm(self, now_s: float) -> WaitAlarm | None:
        """From the forecast, so before anybody has waited that long."""
        said = self.estimates(now_s)
        return WaitAlarm(said.blend_s, said.head_of_line_s, len(self._line)) if said.blend_s > TARGET_S else None

    @property
    def mean_handling_s(self) -> float:
        return (self._handling_s + _PRIOR * self._expected_s) / (self._handled + _PRIOR)

    @property
    def occupancy(self) -> float:
        """The share of operators who are busy; 1 without any."""
        return self._busy / (self._busy + self._ready) if self._busy + self._ready else 1.0

    @property
    def operators(self) -> int:
        return self._busy + self._ready

    def _queue_length_s(self, operators: int) -> float:
        """W. Whitt, Predicting queueing delays, Management Science 45(6), 1999.

        With r the rate of operators becoming free and θ that of one who waits giving up: Σ 1/(r + kθ) over those ahead and
        oneself; here its integral ln(1 + θm/r)/θ, which costs O(1), and m/r where nobody gives up.
        """
        rate = operators / self.mean_handling_s
        if rate == 0:
            return math.inf
        places = len(self._line) + 1
        # Exponential patience, censored: the likeliest rate is those who gave up over all the time that was waited.
        giving_up = self._given_up / (self._waited_s + _PRIOR_WAITED_S)
        return math.log1p(giving_up * places / rate) / giving_up if giving_up else places / rate

    def _blend_s(self, head_s: float, length_s: float) -> float:
        """Weights inverse to the mean squared errors: J. Bates & C. Granger, The combination of forecasts, OR Quarterly 20(4), 1969.

        Head of line: R. Ibrahim & W. Whitt, Real-time delay estimation based on delay history, M&SOM 11(3), 2009.
        """
        head, length = 1 / (self._head_error_s2 + _PRIOR_ERROR_S2), 1 / (self._length_error_s2 + _PRIOR_ERROR_S2)
        return (head * head_s + length * length_s) / (head + length)

    def _pass(self, now_s: float) -> None:
        """Age the observations; a clock set back changes nothing."""
        passed_s, self._now_s = now_s - self._now_s, max(now_s, self._now_s)
        if not 0 < passed_s < math.inf:
            return
        kept = math.exp2(-passed_s / self._half_life_s)
        self._handled *= kept
        self._handling_s *= kept
        self._given_up *= kept
        self._waited_s = self._waited_s * kept + len(self._line) * passed_s
        self._head_error_s2 *= kept
        self._length_error_s2 *= kept
