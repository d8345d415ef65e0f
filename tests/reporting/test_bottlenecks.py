"""Bottlenecks: whoever is worse than the rest, by how many citizens that concerns."""

from hub.reporting.bottlenecks import Bottleneck, bottlenecks
from hub.reporting.breakdown import PeriodBy
from hub.reporting.columns import PeriodColumn


def test_the_worst_place_is_where_most_citizens_fare_worse_than_elsewhere() -> None:
    # MC-04: ranked by people and not by shares; a place without a name, one as good as the rest, and two or less people are none
    rows = {PeriodBy.LINE: {
        "large": {"offered": 900, "breaches": 290}, "small": {"offered": 10, "breaches": 9}, "good": {"offered": 90, "breaches": 1},
        "": {"offered": 50, "breaches": 50}}}
    before = {PeriodBy.LINE: {"large": {"offered": 1000, "breaches": 100}}}
    assert bottlenecks(rows, before) == [
        Bottleneck(PeriodBy.LINE, "large", PeriodColumn("breaches"), 290, 900, 20.0, 100, 1000),
        Bottleneck(PeriodBy.LINE, "small", PeriodColumn("breaches"), 9, 10, 6.0, 0, 0)]
    alike = {PeriodBy.TOPIC: {key: {"offered": 10, "left": 5} for key in ("a", "b")}}
    assert bottlenecks(alike | {PeriodBy.CHANNEL: {"web": {"offered": 2, "left": 2}, "sms": {"offered": 90}}}, {}) == []
