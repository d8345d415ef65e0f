"""Figures of a period on the wire: what was counted, and what is made of it (MC-02)."""

from collections.abc import Mapping
from datetime import date, datetime

from msgspec import Struct, structs

from hub.desk.http.forms import NamedOut
from hub.reporting.facts import PeriodSums, sums
from hub.reporting.grouping import PeriodBy


class PeriodRowOut(PeriodSums, frozen=True, kw_only=True):
    """What came to a row; `key` is "" where nothing is known of it. Shares are 0 to 1, null where nothing is decided yet."""

    key: str
    title: str
    """In Russian."""
    service_level: float | None
    """in_time / (offered − waiting)."""
    mean_wait_s: float | None
    """wait_s / answered."""
    abandonment: float | None
    """left / (offered − waiting)."""
    mean_talk_s: float | None
    """handled_s / talks_ended, hold included."""
    ten_minutes: float | None
    """talks_in_time / talks_ended."""
    fcr: float | None
    """(decided − returned) / decided."""
    mean_handed_s: float | None
    """handed_s / handed_taken."""


class PeriodOut(Struct, frozen=True):
    """Rows in the order of their keys; `before` is the sum of as many days before. `lines` are those of the `centres` that one sees."""

    since: date
    until: date
    by: PeriodBy
    today: date
    timezone: str
    now: datetime
    centres: list[NamedOut]
    lines: list[NamedOut]
    rows: list[PeriodRowOut]
    total: PeriodRowOut
    before: PeriodRowOut


def row_out(key: str, title: str, counts: Mapping[str, float]) -> PeriodRowOut:
    of = sums(counts)
    decided = of.offered - of.waiting
    return PeriodRowOut(
        **structs.asdict(of), key=key, title=title, service_level=_of(of.in_time, decided), mean_wait_s=_of(of.wait_s, of.answered),
        abandonment=_of(of.left, decided), mean_talk_s=_of(of.handled_s, of.talks_ended),
        ten_minutes=_of(of.talks_in_time, of.talks_ended), fcr=_of(of.decided - of.returned, of.decided),
        mean_handed_s=_of(of.handed_s, of.handed_taken))


def _of(part: float, whole: int) -> float | None:
    return part / whole if whole else None
