"""Alarm thresholds of a line: when an alarm begins and when it ends (SL-03, MC-01). Pure.

Begin and end differ, so that a value that oscillates about its limit is one alarm and not twenty.
"""

from datetime import timedelta
from enum import StrEnum

from msgspec import Struct


class AlarmKind(StrEnum):
    """What can be wrong; of a line all but the last five, each with its limit of the same name."""

    WAIT = "wait_s"
    """Who waits longest has waited for longer (SL-03)."""
    WAITING = "waiting"
    """More wait."""
    UNANSWERED = "unanswered_s"
    """A chat was accepted and has had no reply for longer (SL-09)."""
    LEVEL = "level_percent"
    """Fewer of those who were decided on in the last quarter of an hour were answered within 20 s (SL-03)."""
    CALLS_LEVEL = "calls_level_percent"
    """Fewer of the calls among them had an operator within 20 s of the answer of the call (D2, D3, SL-08)."""
    CALLS_WAIT = "calls_wait_s"
    """Their mean wait from the answer of the call is longer (D2)."""
    LEFT = "left_percent"
    """More of them have left."""
    NOBODY_FREE = "nobody_free_s"
    """Somebody waits, and nobody has been free for longer."""
    STAFF = "staff"
    """Fewer are signed in while the line is open (SL-01)."""
    AT_RISK = "at_risk"
    """So many owed answers, or more, have less than a fifth of their time left (SL-05)."""
    CHANNEL = "channel"
    """It cannot carry: of the hub, not of a line."""
    TRUNK = "trunk"
    """Callers were not answered, for all of its lines were busy or it failed (CH-19): of the hub, not of a line."""
    CONTRACT = "contract"
    """So many agreed numbers of a contractor were missed in this month (LV-07): of a contract, not of a line."""
    SHORTAGE = "shortage"
    """Fewer are in the published rosters than are needed at a time of the next 60 days (SL-01): of a centre, not of a line."""
    DANGER = "danger"
    """Life is in danger in a conversation: no line has a limit for it, and it lasts until that is closed."""


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    """Limits of a line; 0 is none."""

    wait_s: int = 20
    waiting: int = 10
    level_percent: int = 80
    left_percent: int = 10
    nobody_free_s: int = 30
    staff: int = 1
    at_risk: int = 1
    calls_level_percent: int = 98
    calls_wait_s: int = 8
    unanswered_s: int = 120


MOST = {AlarmKind.WAIT: 3600, AlarmKind.WAITING: 1000, AlarmKind.UNANSWERED: 3600, AlarmKind.LEVEL: 100, AlarmKind.CALLS_LEVEL: 100,
        AlarmKind.CALLS_WAIT: 3600, AlarmKind.LEFT: 99, AlarmKind.NOBODY_FREE: 3600,
        AlarmKind.STAFF: 1000,
        AlarmKind.AT_RISK: 1000}
"""The largest limit of each that can be meant."""
OF_HUB = frozenset({AlarmKind.CHANNEL, AlarmKind.TRUNK})
"""Of no line."""
CHANNEL_DOWN_S = 30
"""A line to a carrier that comes back sooner is nobody's alarm."""
PATIENCE = {AlarmKind.STAFF: timedelta(minutes=2)}
"""So long it must be so first: a shift is relieved in less."""
CALM = timedelta(seconds=30)
"""So long it must be well again before an alarm is over."""
WELL = 0.8
"""Of a limit: what is not below this is not well again yet."""
WELL_POINTS = 2
"""Points above the limit at which a level is well again."""


def limit_of(thresholds: Thresholds, trouble: AlarmKind) -> int:
    """0 is none."""
    limit: int = getattr(thresholds, trouble)
    return limit


def is_broken(trouble: AlarmKind, limit: int, value: float | None) -> bool:
    """Whether a value is an alarm; None is one that cannot be told."""
    if value is None or limit <= 0:
        return False
    match trouble:
        case AlarmKind.LEVEL | AlarmKind.CALLS_LEVEL | AlarmKind.STAFF | AlarmKind.SHORTAGE:
            return value < limit
        case AlarmKind.AT_RISK | AlarmKind.DANGER | AlarmKind.TRUNK | AlarmKind.CONTRACT:
            return value >= limit
        case _:
            return value > limit


def is_well(trouble: AlarmKind, limit: int, value: float | None) -> bool:
    """Whether an alarm may end."""
    if value is None:
        return True
    match trouble:
        case AlarmKind.LEVEL | AlarmKind.CALLS_LEVEL:
            return value >= min(limit + WELL_POINTS, 100)
        case (AlarmKind.STAFF | AlarmKind.AT_RISK | AlarmKind.DANGER | AlarmKind.TRUNK | AlarmKind.CONTRACT
              | AlarmKind.SHORTAGE):
            return not is_broken(trouble, limit, value)
        case AlarmKind.NOBODY_FREE | AlarmKind.CHANNEL:
            return value == 0
        case _:
            return value <= limit * WELL


def worse(trouble: AlarmKind, one: float, other: float) -> float:
    """The worse of two values."""
    return min(one, other) if trouble in {AlarmKind.LEVEL, AlarmKind.CALLS_LEVEL, AlarmKind.STAFF, AlarmKind.SHORTAGE} else max(one, other)
