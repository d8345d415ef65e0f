"""Operators, paid staff and lines that the calls of each interval need (SL-03, SL-07). Pure."""

from msgspec import Struct

from hub.workforce.erlang import Goal, HandlingTime, Prediction, erlang_b, lines_needed, loads, operators_needed, paid, predict


class CallDay(Struct, frozen=True):
    """Calls by interval. `names` are the intervals' titles."""

    names: tuple[str, ...]
    calls: tuple[float, ...]
    interval_s: float


class CallAssumptions(Struct, frozen=True):
    """Of calls, callers and staff. Shares are between 0 and 1; a patience of infinity is that nobody gives up."""

    aht_s: float
    variation: float
    patience_s: float
    shrinkage: float
    blocked: float


class CallNeed(Struct, frozen=True):
    """Of one interval. `load` and `holding` are in erlangs; `holding` is occupied lines: a waiting caller occupies one, too."""

    name: str
    calls: float
    load: float
    holding: float
    operators: int
    paid: int
    lines: int
    predicted: Prediction

    def refused(self, lines: int) -> float:
        """The share of calls that find all of so many lines busy. Source: Erlang B."""
        return erlang_b(self.holding, lines)


def call_needs(day: CallDay, known: CallAssumptions, goal: Goal) -> list[CallNeed]:
    """One for each interval. Raises ValueError for a goal that nobody can meet."""
    greatest = loads(day.calls, day.interval_s, HandlingTime(known.aht_s, known.variation))
    return [_need(name, calls, load, known, goal) for name, calls, load in zip(day.names, day.calls, greatest, strict=True)]


def _need(name: str, calls: float, load: float, known: CallAssumptions, goal: Goal) -> CallNeed:
    operators = operators_needed(load, known.aht_s, goal, known.patience_s)
    predicted = predict(load, operators, known.aht_s, goal.within_s, known.patience_s)
    # Little's law: λW. At least one line is needed.
    holding = load * (1 + predicted.mean_wait_s / known.aht_s)
    return CallNeed(name, calls, load, holding, operators, paid(operators, known.shrinkage), max(1, lines_needed(holding, known.blocked)),
                    predicted)
