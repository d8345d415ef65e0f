"""Reports that people build: saved, shared, opened by a link (MC-02)."""

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import DocumentId
from hub.desk.reporting.days import Code
from hub.desk.reporting.period_reports import PeriodFileQuery, PeriodReports
from hub.dispatch.dispatcher import Dispatch
from hub.organisation.level import Level
from hub.reporting.breakdown import PeriodBy
from hub.reporting.days import Days
from hub.reporting.saved_report import LONGEST, ChartKind, ReportWords, SavedReport
from hub.reporting.saved_reports import SavedReports


class SavedReportIn(Struct, frozen=True):
    """`version` is the one that was changed, 0 for a new report. The period is the last `days`, with today."""

    version: Annotated[int, Meta(ge=0)]
    title: Annotated[str, Meta(min_length=1, max_length=100)]
    by: PeriodBy
    columns: Annotated[list[Annotated[str, Meta(max_length=40)]], Meta(min_length=1, max_length=100)]
    days: Annotated[int, Meta(ge=1, le=LONGEST)]
    chart: ChartKind = ChartKind.NONE
    compare: bool = False
    centre: Code = ""
    line: Annotated[str, Meta(max_length=100)] = ""
    level: Level | None = None
    channel: Annotated[str, Meta(max_length=40)] = ""
    topic: Annotated[str, Meta(max_length=100)] = ""
    shared: bool = False


class SavedReportOut(Struct, frozen=True):
    """`own` ones can be changed."""

    id: str
    version: int
    title: str
    by: PeriodBy
    columns: list[str]
    days: int
    chart: ChartKind
    compare: bool
    centre: str
    line: str
    level: Level | None
    channel: str
    topic: str
    shared: bool
    own: bool
    by_name: str
    changed: datetime


class SavedReportDropQuery(Struct, frozen=True):
    version: Annotated[int, Meta(ge=1)]


@endpoint("GET", "/api/saved-reports", Permission.SEE_FIGURES)
async def saved_reports(saved_reports: SavedReports, dispatch: Dispatch, call: Call) -> list[SavedReportOut]:
    """One's own, and the shared ones with visible figures, by title."""
    return [_saved_out(dispatch, call, each) for each in await saved_reports.of(call.who)]


@endpoint("PUT", "/api/saved-reports/{report}", Permission.SEE_FIGURES)
async def put_saved_report(saved_reports: SavedReports, reports: PeriodReports, days: Days, dispatch: Dispatch, call: Call,
                           report: DocumentId, body: SavedReportIn) -> SavedReportOut:
    """Write a report or a new version of one's own; a shared one is opened by all who may see its figures."""
    words = ReportWords(body.title, body.by, tuple(body.columns), body.days, body.chart, body.compare, body.centre, body.line, body.level,
                        body.channel, body.topic)
    words = replace(words, centre=reports.checked(call.who, query_of(words, days.today, days.today)))
    return _saved_out(dispatch, call, await saved_reports.write(call.who, report, body.version, words, shared=body.shared))


@endpoint("DELETE", "/api/saved-reports/{report}", Permission.SEE_FIGURES)
async def remove_saved_report(saved_reports: SavedReports, call: Call, report: DocumentId, query: SavedReportDropQuery) -> None:
    """Remove one's own; writing the next version restores it for 30 days."""
    await saved_reports.remove(call.who, report, query.version)


def query_of(words: ReportWords, since: date, until: date) -> PeriodFileQuery:
    """What it asks, of these days."""
    return PeriodFileQuery(since, until, words.by, words.centre, words.line, words.level, words.channel, words.topic, words.compare,
                           columns=",".join(words.columns))


def _saved_out(dispatch: Dispatch, call: Call, each: SavedReport) -> SavedReportOut:
    words = each.words
    return SavedReportOut(
        each.id, each.version, words.title, words.by, list(words.columns), words.days, words.chart, words.compare, words.centre, words.line,
        words.level, words.channel, words.topic, each.shared, each.by == call.who.login, dispatch.name(each.by), each.changed)


ENDPOINTS = (saved_reports, put_saved_report, remove_saved_report)
