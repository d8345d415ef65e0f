"""By what the rows of a report are told apart (MC-02). Pure."""

from enum import StrEnum


class PeriodBy(StrEnum):
    """How the rows of a report are told apart; the figures of a row do not depend on it."""

    QUARTER = "quarter"
    HALF = "half"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    """From Monday on."""
    MONTH = "month"
    CENTRE = "centre"
    UNIT = "unit"
    """A centre, an МФЦ or a department: whose line it is."""
    LINE = "line"
    CHANNEL = "channel"
    TOPIC = "topic"
    OPERATOR = "operator"
    """Who answered first."""
    WAY = "way"
    """From which unit to which: hand-overs only."""
