"""Visits to offices at the desk: the effect of centres on them, and the table of АИС МФЦ that it is counted from (GV-12)."""

from datetime import date, datetime
from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.tables import csv_response, csv_table
from hub.kernel.errors import ConflictError, RefusedError
from hub.programme.coverage_service import CoverageService
from hub.programme.visit_book import VisitBook
from hub.programme.visit_counts import HEADS, VisitCounts
from hub.programme.visits import LINES, MonthChange, Reached, VisitsEffect, changes, effect, months


class VisitLineOut(Struct, frozen=True):
    """A line of the concept: visits have fallen by this `share`, or not."""

    share: float
    reached: Reached


class VisitSubjectOut(Struct, frozen=True):
    """A subject's months and their mean `change` since its centre (`since`); without a centre both are null."""

    subject: str
    name: str
    since: date | None
    first: date
    last: date
    months: int
    change: float | None
    source: str
    at: datetime


class VisitsOut(Struct, frozen=True):
    """`found`: the effect is beyond chance. `without` are names of subjects with a centre and no visits."""

    effect: VisitsEffect | None
    found: bool
    lines: list[VisitLineOut]
    months: list[MonthChange]
    subjects: list[VisitSubjectOut]
    without: list[str]


class VisitsFileIn(Struct, frozen=True):
    """A table as text: subject, month, visits. `source` is the report that it comes from; without `apply` nothing is changed."""

    text: Annotated[str, Meta(max_length=2_000_000)]
    source: Annotated[str, Meta(max_length=200)] = ""
    apply: bool = False


class VisitsFileOut(Struct, frozen=True):
    """What is in a table: `new` months, and those whose count has `changed`; or its `fault`, in Russian."""

    subjects: int = 0
    months: int = 0
    new: int = 0
    changed: int = 0
    fault: str = ""
    applied: bool = False


@endpoint("GET", "/api/programme/visits", Permission.SEE_FIGURES)
async def programme_visits(book: VisitBook, coverage: CoverageService, call: Call) -> VisitsOut:
    """Visits against the same months before the centres: the effect with its interval, both lines, each month, each subject."""
    del call
    counts, since = await book.counts(), book.since()
    visits = {each.subject: each.by_month for each in counts}
    found = effect(visits, since)
    rows = [_row(each, coverage.name(each.subject), since.get(each.subject)) for each in counts]
    return VisitsOut(found, found is not None and found.found, [VisitLineOut(line, found.reached(line)) for line in LINES] if found else [],
                     months(visits, since), rows, [coverage.name(code) for code in sorted(since) if code not in visits])


@endpoint("POST", "/api/programme/visits", Permission.EDIT_PROGRAMME)
async def take_programme_visits(book: VisitBook, call: Call, body: VisitsFileIn) -> VisitsFileOut:
    """What a table would change; with `apply` it is kept, and its months replace those that are known."""
    if body.apply and not body.source.strip():
        raise RefusedError("empty", "Назовите источник: из какого отчёта эти визиты.")
    try:
        found = await (book.take(call.who, body.text, body.source.strip()) if body.apply else book.look(body.text))
    except RefusedError as error:
        if error.code != "bad_file":
            raise
        return VisitsFileOut(fault=error.text)
    except ConflictError:
        raise RefusedError("outdated", "Таблицу уже взял кто-то другой: посмотрите и повторите.") from None
    return VisitsFileOut(found.subjects, found.months, found.new, found.changed, applied=body.apply)


@endpoint("GET", "/api/programme/visits/file", Permission.SEE_FIGURES)
async def programme_visits_file(book: VisitBook, call: Call) -> web.Response:
    """The visits as CSV, as they are taken in."""
    del call
    rows = [(each.subject, f"{month.month:%Y-%m}", month.visits) for each in await book.counts() for month in each.months]
    return csv_response("visits.csv", csv_table([names[-1] for names in HEADS.values()], rows))


def _row(of: VisitCounts, name: str, since: date | None) -> VisitSubjectOut:
    return VisitSubjectOut(of.subject, name, since, of.months[0].month, of.months[-1].month, len(of.months), _change(of.by_month, since),
                           of.source, of.at)


def _change(counts: dict[date, int], since: date | None) -> float | None:
    found = effect({"": counts}, {"": since}) if since and changes(counts, since) else None
    return found.change if found else None


ENDPOINTS = (programme_visits, take_programme_visits, programme_visits_file)
