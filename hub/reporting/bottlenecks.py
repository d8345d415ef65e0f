"""Bottlenecks: places where citizens are served worse than elsewhere, ranked by the number of citizens (MC-04). Pure."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from hub.reporting.breakdown import PeriodBy
from hub.reporting.columns import COUNTED, PeriodColumn
from hub.reporting.figure import Place

TROUBLES = {PeriodColumn(figure.name): PeriodColumn(figure.bad_of) for figure in COUNTED[Place.PERIOD] if figure.bad_of}
"""Undesired figures, each with the figure that it is a share of."""
SORTS = (PeriodBy.LINE, PeriodBy.UNIT, PeriodBy.CHANNEL, PeriodBy.TOPIC, PeriodBy.WAY)
LEAST, MOST = 3, 10
"""Fewer contacts are not significant, and more places are not listed."""
Rows = Mapping[str, Mapping[str, float]]


class Bottleneck(Struct, frozen=True):
    """In the row `key`, `count` of `of` contacts went badly: `more` of them than at the common share of all rows.

    `before` and `before_of` are the same for the same number of days before.
    """

    by: PeriodBy
    key: str
    column: PeriodColumn
    count: int
    of: int
    more: float
    before: int
    before_of: int


def bottlenecks(rows: Mapping[PeriodBy, Rows], earlier: Mapping[PeriodBy, Rows]) -> list[Bottleneck]:
    """The worst first. A place that is as bad as all others is not listed: the problem is general."""
    found = [one for by, counted in rows.items() for one in _found(by, counted, earlier.get(by, {}))]
    return sorted(found, key=lambda one: (-one.more, one.by, one.key, one.column))[:MOST]


def _found(by: PeriodBy, rows: Rows, earlier: Rows) -> Iterator[Bottleneck]:
    known = {key: counts for key, counts in rows.items() if key}
    for column, base in TROUBLES.items():
        bad, all_of = (sum(counts.get(name, 0) for counts in known.values()) for name in (column, base))
        for key, counts in known.items():
            count, of, before = int(counts.get(column, 0)), int(counts.get(base, 0)), earlier.get(key, {})
            if count >= LEAST and (more := count - of * bad / all_of) > 0:
                yield Bottleneck(by, key, column, count, of, round(more, 1), int(before.get(column, 0)), int(before.get(base, 0)))
