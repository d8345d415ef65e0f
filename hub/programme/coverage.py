"""Whether a subject of the Federation is covered on a day, and each reason why not; the plan by years (GV-01, GV-02). Pure.

A subject is covered when its own regional centre is active, reports itself, answers its toll-free number, is open round the clock with
operators, books appointments, has a complete handbook and certified operators. A subject that the federal centre answers for because
there is no other (D7) is not covered.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum

from msgspec import Struct

from hub.organisation.centre import Centre
from hub.organisation.level import Level
from hub.organisation.registry import Registry
from hub.organisation.territory import Place, Subject
from hub.programme.readiness import Readiness

TARGETS: Mapping[int, int] = {2009: 1, 2010: 3, 2011: 38, 2012: 64, 2013: 83}
"""The concept, section X. After its last year the target is every subject of the day."""
FRESH = timedelta(days=2)
"""An older report says nothing of a day: the link, or the centre, is down."""


class Reason(StrEnum):
    """Why a subject is not covered, in the order in which it is mended."""

    NO_CENTRE = "no_centre"
    LINK = "link"
    """No report of the centre: what follows is unknown."""
    NUMBER = "number"
    """The register has no centre without a published toll-free number (SL-02), but nothing answers there."""
    ROSTER = "roster"
    """Not round the clock, or nobody to answer (SL-01)."""
    BOOKING = "booking"
    HANDBOOK = "handbook"
    CERTIFICATES = "certificates"


class SubjectCoverage(Struct, frozen=True):
    """`centre` is the code of its regional centre, "" for none."""

    subject: str
    centre: str
    reasons: tuple[Reason, ...]
    readiness: Readiness | None

    @property
    def covered(self) -> bool:
        return not self.reasons


class YearCoverage(Struct, frozen=True):
    """The plan of a year, and the fact on its last day, or today; `fact` is None where nothing was measured yet."""

    year: int
    on: date
    target: int
    of: int
    """Subjects on that day."""
    fact: int | None


def coverage(registry: Registry | None, subjects: Iterable[Subject], on: date, reports: Iterable[Readiness]) -> list[SubjectCoverage]:
    """Each subject of a day; `reports` are those of the last days, of which the newest of a centre counts."""
    newest = {each.centre: each for each in sorted(reports, key=lambda each: (each.day, each.version)) if on - FRESH <= each.day <= on}
    found = []
    for subject in subjects:
        centre = registry.near(Place(subject.code), on, Level.REGIONAL) if registry else None
        report = newest.get(centre.id) if centre else None
        found.append(SubjectCoverage(subject.code, centre.id if centre else "", tuple(_reasons(centre, report)), report))
    return found


def _reasons(centre: Centre | None, report: Readiness | None) -> Iterator[Reason]:
    if centre is None:
        yield Reason.NO_CENTRE
        return
    if report is None:
        yield Reason.LINK
        return
    if not report.telephones:
        yield Reason.NUMBER
    if report.uncovered_min or not report.operators:
        yield Reason.ROSTER
    if not report.offices:
        yield Reason.BOOKING
    if report.incomplete or not report.services:
        yield Reason.HANDBOOK
    if report.trained < report.staff:
        yield Reason.CERTIFICATES


def target(year: int, of: int) -> int:
    """How many of the subjects are to be covered at the end of a year."""
    return TARGETS.get(year, 0 if year < min(TARGETS) else of)


def total(rows: Sequence[SubjectCoverage]) -> int:
    return sum(each.covered for each in rows)
