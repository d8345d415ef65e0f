"""Whether citizens come to offices less often since their subject has a centre: visits against a seasonal baseline (GV-12). Pure.

Each month is compared with the same month a year earlier, so that the season cancels out: the change is the logarithm of the ratio.
The effect is the mean change of subjects with a centre, less that of subjects without one where there are any (difference in
differences): what has changed everywhere is not the centre's doing. Its interval is Student's at 95 %, over the subjects' own means
(Welch for two groups), or over the months where there is one subject only.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from math import exp, log, sqrt
from statistics import fmean, variance

from msgspec import Struct

LINES = (0.10, 0.15)
"""«На 10 – 15 процентов»: the concept, section XIII."""
STUDENT = (12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101,
           2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042)
"""The two-sided 95 % points of Student's distribution, for 1 to 30 degrees of freedom."""
NORMAL = 1.96
Visits = Mapping[str, Mapping[date, int]]
"""By subject, then by the first day of the month."""


class Reached(StrEnum):
    """Whether visits have fallen by a line's share."""

    YES = "yes"
    """The whole interval is beyond the line."""
    NO = "no"
    UNSURE = "unsure"


class VisitsEffect(Struct, frozen=True):
    """`change` is −0.1 for a tenth fewer, from `low` to `high` with 95 %; None where there are too few data for an interval."""

    change: float
    low: float | None
    high: float | None
    covered: int
    """Subjects with a centre."""
    others: int
    """Subjects without one, which are compared with; 0: before and after alone."""

    @property
    def found(self) -> bool:
        """Whether there is any effect, beyond chance."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high

    def reached(self, line: float) -> Reached:
        if self.low is None or self.high is None:
            return Reached.UNSURE
        return Reached.YES if self.high <= -line else Reached.NO if self.low > -line else Reached.UNSURE


def effect(visits: Visits, since: Mapping[str, date]) -> VisitsEffect | None:
    """`since` is the first month of each subject's centre. None without a month that has one a year earlier.

    Subjects without a centre are compared over the months in which any covered one is.
    """
    treated = {subject: found for subject, begins in since.items() if (found := changes(visits.get(subject, {}), begins))}
    if not treated:
        return None
    months = {month for found in treated.values() for month in found}
    controls = {subject: kept for subject, counts in visits.items() if subject not in since
                and (kept := {month: each for month, each in changes(counts, min(months)).items() if month in months})}
    ours, theirs = _means(treated), _means(controls)
    spread = list(next(iter(treated.values())).values()) if len(treated) == 1 and not controls else ours
    mean = fmean(ours) - (fmean(theirs) if theirs else 0.0)
    half = half_width(spread, theirs)
    low, high = (None, None) if half is None else (exp(mean - half) - 1, exp(mean + half) - 1)
    return VisitsEffect(exp(mean) - 1, low, high, len(ours), len(theirs))


class MonthChange(Struct, frozen=True):
    """A month against the same month before the centres: −0.1 for a tenth fewer; None where no subject has both."""

    month: date
    covered: float | None
    others: float | None


def months(visits: Visits, since: Mapping[str, date]) -> list[MonthChange]:
    """The mean change of each month since the first centre, of subjects that have one and of the others."""
    ours: dict[date, list[float]] = {}
    theirs: dict[date, list[float]] = {}
    for subject, counts in visits.items():
        begins = since.get(subject, min(since.values(), default=date.max))
        for month, change in changes(counts, begins).items():
            (ours if subject in since else theirs).setdefault(month, []).append(change)
    return [MonthChange(month, *(exp(fmean(group[month])) - 1 if month in group else None for group in (ours, theirs)))
            for month in sorted(ours)]


def changes(counts: Mapping[date, int], since: date) -> dict[date, float]:
    """The logarithm of each month to the same month before `since`, a year or more earlier."""
    found = {}
    for month, count in sorted(counts.items()):
        before = month
        while before >= since:
            before = before.replace(year=before.year - 1)
        if month >= since and count > 0 and counts.get(before, 0) > 0:
            found[month] = log(count / counts[before])
    return found


def _means(groups: Mapping[str, Mapping[date, float]]) -> list[float]:
    return [fmean(each.values()) for each in groups.values()]


def half_width(ours: Sequence[float], theirs: Sequence[float]) -> float | None:
    """Of the 95 % interval of the difference of two means (Welch), or of one; None where a single value has no spread."""
    groups = [each for each in (ours, theirs) if each]
    if any(len(each) < 2 for each in groups):  # noqa: PLR2004 - one value has no spread
        return None
    errors = [variance(each) / len(each) for each in groups]
    total = sum(errors)
    if total == 0:
        return 0.0
    freedom = total**2 / sum(error**2 / (len(each) - 1) for error, each in zip(errors, groups, strict=True))
    return sqrt(total) * student(freedom)


def student(freedom: float) -> float:
    """The two-sided 95 % point."""
    return STUDENT[int(freedom) - 1] if freedom < len(STUDENT) + 1 else NORMAL
