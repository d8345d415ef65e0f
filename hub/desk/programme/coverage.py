"""Coverage of the country by centres, on a day and by years (GV-01, GV-02)."""

import csv
from datetime import date
from functools import cache
from importlib.resources import files

from msgspec import Struct

from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.organisation.centre import Centre
from hub.desk.reporting.days import DayQuery
from hub.kernel.errors import RefusedError
from hub.kernel.ids import EPOCH
from hub.programme.coverage import Reason, SubjectCoverage, YearCoverage, total
from hub.programme.coverage_service import CoverageService


class SubjectCoverageOut(Struct, frozen=True):
    """`column` and `row` are its place on the map of tiles. The numbers are None without a report of its centre."""

    code: str
    name: str
    column: int
    row: int
    centre: str
    centre_name: str
    covered: bool
    reasons: tuple[Reason, ...]
    reported: date | None
    telephones: int | None
    uncovered_min: int | None
    operators: int | None
    offices: int | None
    services: int | None
    incomplete: int | None
    staff: int | None
    trained: int | None


class CountryCoverageOut(Struct, frozen=True):
    """`of` is the number of subjects on the day."""

    day: date
    today: date
    covered: int
    of: int
    subjects: list[SubjectCoverageOut]
    years: list[YearCoverage]


@endpoint("GET", "/api/programme/coverage", Permission.SEE_FIGURES)
async def programme_coverage(service: CoverageService, centre: Centre, call: Call, query: DayQuery) -> CountryCoverageOut:
    """Each subject of a day with what is missing there, and the plan by years."""
    del call
    day = query.day or service.today
    if not EPOCH.date() <= day <= service.today:
        raise RefusedError("bad_day", f"Охват известен с {EPOCH:%d.%m.%Y} по сегодняшний день.")
    rows, names = await service.on(day), centre.centres(day)
    shown = [_subject_out(service.name(each.subject), each, names.get(each.centre, "")) for each in rows]
    covered = total(rows)
    return CountryCoverageOut(day, service.today, covered, len(rows), shown, await service.years({day: covered}))


def _subject_out(name: str, of: SubjectCoverage, centre: str) -> SubjectCoverageOut:
    column, row = tiles()[of.subject]
    report = of.readiness
    numbers = (report.day, report.telephones, report.uncovered_min, report.operators, report.offices, report.services, report.incomplete,
               report.staff, report.trained) if report else (None,) * 9
    return SubjectCoverageOut(of.subject, name, column, row, of.centre, centre, of.covered, of.reasons, *numbers)


@cache
def tiles() -> dict[str, tuple[int, int]]:
    """The column and the row of each subject."""
    text = (files("hub") / "data" / "tiles.csv").read_text(encoding="utf8")
    return {each["code"]: (int(each["column"]), int(each["row"])) for each in csv.DictReader(text.splitlines())}


ENDPOINTS = (programme_coverage,)
