"""Overload of a centre: a switch with hysteresis, so that it does not flap (D9)."""

from msgspec import Struct

from hub.organisation.overload_thresholds import OverloadThresholds


class State(Struct, frozen=True):
    """A centre at one moment, from its `Forecast`."""

    predicted_s: float
    occupancy: float
    operators: int


class Switch:
    """Whether one centre is overloaded."""

    __slots__ = ("_high_since_s", "_low_since_s", "on", "thresholds")

    def __init__(self, thresholds: OverloadThresholds) -> None:
        self.thresholds, self.on = thresholds, False
        self._high_since_s: float | None = None
        self._low_since_s: float | None = None

    def observe(self, state: State, now_s: float) -> bool:
        limits = self.thresholds
        self._high_since_s = _since(self._high_since_s, now_s, holds=state.occupancy > limits.occupancy_on)
        low = state.predicted_s < limits.wait_off_s and state.occupancy < limits.occupancy_off
        self._low_since_s = _since(self._low_since_s, now_s, holds=low)
        if self.on:
            self.on = not self._lasts(self._low_since_s, now_s)
        else:
            self.on = state.predicted_s > limits.wait_on_s or self._lasts(self._high_since_s, now_s)
        return self.on

    def _lasts(self, since_s: float | None, now_s: float) -> bool:
        return since_s is not None and now_s - since_s >= self.thresholds.lasting_s


def _since(since_s: float | None, now_s: float, *, holds: bool) -> float | None:
    if not holds:
        return None
    return now_s if since_s is None else since_s
