"""The published roster against the journal of presence (SL-01). Pure.

Of a shift so far, what is on the line is kept; a break is kept up to the rest of the shift's kind; what a senior has excused is
neither owed nor kept.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from msgspec import Struct

from hub.kernel.document import Document
from hub.kernel.indexes import IndexEntry
from hub.organisation.opening_hours import Span
from hub.workforce.presence_day import Attendance, PresenceMove

NOTHING = timedelta(0)


class Standing(StrEnum):
    """How somebody stands to their shift now."""

    AHEAD = "ahead"
    ON_LINE = "on_line"
    ON_BREAK = "on_break"
    LONG_BREAK = "long_break"
    """All breaks of the shift together are longer than its rest."""
    ABSENT = "absent"
    EXCUSED = "excused"
    OVER = "over"
    UNPLANNED = "unplanned"
    """On the line outside of a shift."""
    OFF = "off"
    """Has worked unplanned on that day, and does so no more."""


class ExcuseReason(StrEnum):
    TRAINING = "training"
    SYSTEM_FAILURE = "system_failure"
    OTHER_WORK = "other_work"


class AdherenceExcuse(Document, frozen=True, tag="adherence_excuse"):
    """Time in which somebody need not be on the line, with a senior's reason."""

    key: str
    login: str
    centre: str
    begins: datetime
    ends: datetime
    reason: ExcuseReason
    words: str
    by: str
    at: datetime

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("centre", self.centre, self.begins)


class ShiftAdherence(Struct, frozen=True):
    """Seconds of a shift so far. `since` is the beginning of the standing, `changes` when it changes without a move."""

    due_s: float
    kept_s: float
    break_s: float
    excused_s: float
    standing: Standing
    since: datetime
    changes: datetime | None


def adherence(shift: Span, rest: timedelta, moves: Sequence[PresenceMove], excuses: Sequence[Span], now: datetime) -> ShiftAdherence:
    """`moves` are in order."""
    if now < shift.begins:
        return ShiftAdherence(0, 0, 0, 0, Standing.AHEAD, shift.begins, shift.begins)
    due = kept = rested = excused = NOTHING
    standing, since = Standing.AHEAD, shift.begins
    for begins, ends in _parts(shift, min(now, shift.ends), moves, excuses):
        lasts, state = ends - begins, state_at(moves, begins)
        before, at = standing, begins
        if any(each.begins <= begins < each.ends for each in excuses):
            excused, standing = excused + lasts, Standing.EXCUSED
        else:
            due += lasts
            if state is Attendance.LINE:
                kept, standing = kept + lasts, Standing.ON_LINE
            elif state is Attendance.AWAY:
                standing = Standing.ABSENT
            else:
                left = max(rest - rested, NOTHING)
                kept, rested = kept + min(lasts, left), rested + lasts
                standing = Standing.ON_BREAK if lasts < left else Standing.LONG_BREAK
                at = begins + left if standing is Standing.LONG_BREAK else begins
        since = at if standing is not before else since
    standing, since, changes = ((Standing.OVER, shift.ends, None) if now >= shift.ends
                                else (standing, since, _changes(shift, rest - rested, standing, excuses, now)))
    return ShiftAdherence(due.total_seconds(), kept.total_seconds(), rested.total_seconds(), excused.total_seconds(),
                          standing, since, changes)


def _parts(shift: Span, until: datetime, moves: Iterable[PresenceMove], excuses: Iterable[Span]) -> Iterator[tuple[datetime, datetime]]:
    """Times between which nothing changes; the last one may have no length, so that a shift that has just begun has a standing."""
    edges = {shift.begins, *(each.at for each in moves), *(edge for each in excuses for edge in each)}
    return pairwise([*sorted(edge for edge in edges if shift.begins <= edge <= until), until])


def _changes(shift: Span, left: timedelta, standing: Standing, excuses: Iterable[Span], now: datetime) -> datetime:
    runs_out = [now + left] if standing is Standing.ON_BREAK else []
    return min(edge for edge in (shift.ends, *runs_out, *(edge for each in excuses for edge in each)) if edge > now)


def state_at(moves: Sequence[PresenceMove], moment: datetime) -> Attendance:
    at = bisect_right(moves, moment, key=lambda each: each.at)
    return moves[at - 1].state if at else Attendance.AWAY


def on_line(moves: Sequence[PresenceMove], window: Span, now: datetime) -> list[Span]:
    """When somebody was on the line within a time that has passed."""
    until = min(window.ends, now)
    edges = [window.begins, *(each.at for each in moves if window.begins < each.at < until), until] if until > window.begins else []
    return [Span(*pair) for pair in pairwise(edges) if state_at(moves, pair[0]) is Attendance.LINE]


def outside(spans: Iterable[Span], shifts: Sequence[Span]) -> float:
    """Seconds of `spans` that no shift covers; the shifts do not overlap."""
    total = NOTHING
    for span in spans:
        covered = sum((max(min(span.ends, each.ends) - max(span.begins, each.begins), NOTHING) for each in shifts), NOTHING)
        total += span.ends - span.begins - covered
    return total.total_seconds()


def share(parts: Iterable[tuple[float, float]]) -> float | None:
    """Kept over due of several shifts, both in seconds; None where nothing was due yet."""
    kept, due = (sum(column) for column in zip(*parts, strict=True)) if (parts := list(parts)) else (0.0, 0.0)
    return kept / due if due else None
