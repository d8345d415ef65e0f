"""Reports on cases: figures, the cases behind them, and files (RQ-05)."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from aiohttp import web
from msgspec import Meta, structs

from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions
from hub.cases.case import Case
from hub.cases.figures import Counted, columns
from hub.desk.cases.case_reports import CaseReportOut, CaseReports, ReportQuery
from hub.desk.cases.forms import CasesOut
from hub.desk.cases.parts import Cases
from hub.desk.cases.view import CaseView
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.parts import Clock
from hub.desk.http.tables import TYPES, as_csv, as_xlsx
from hub.kernel.web.download import download_headers

PAGE = 50


class BehindQuery(ReportQuery, frozen=True):
    """The cases behind a figure of a report: of the row `key`, or with `whole` of all rows."""

    key: Annotated[str, Meta(max_length=300)] = ""
    whole: bool = False
    column: Counted = Counted.REGISTERED
    after: Annotated[str, Meta(max_length=40)] = ""
    """The number of the last one shown."""


class ReportFileQuery(ReportQuery, frozen=True):
    form: Literal["csv", "xlsx", "json"] = "csv"


@endpoint("GET", "/api/case-reports", Permission.SEE_FIGURES)
async def case_report(case_reports: CaseReports, call: Call, query: ReportQuery) -> CaseReportOut:
    """Statistics of cases in visible lines. No names, no texts."""
    return await case_reports.report(call.who, query)


@endpoint("GET", "/api/case-reports/file", Permission.SEE_FIGURES)
async def case_report_file(case_reports: CaseReports, call: Call, query: ReportFileQuery) -> web.Response:
    """The same as a file: CSV or XLSX for Russian spreadsheets, or JSON."""
    made = await case_reports.report(call.who, query)
    rows = [(row.key, made.titles[row.key] or "Не указано", *structs.astuple(row)[1:]) for row in made.rows]
    rows.append(("", "Всего", *structs.astuple(made.total)[1:]))
    if query.form == "json":
        body = msgspec.json.encode(made)
    else:
        body = as_csv(rows) if query.form == "csv" else as_xlsx(f"{made.since} — {made.until}", rows)
    name = f"cases-{made.by}-{made.since}-{made.until}.{query.form}"
    return web.Response(body=body, headers=download_headers(name, len(body)) | {"Content-Type": TYPES[query.form]})


@endpoint("GET", "/api/case-reports/cases", Permission.WORK_CASES)
async def cases_behind(clock: Clock, actions: Actions, cases: Cases, case_view: CaseView, case_reports: CaseReports, call: Call,
                       query: BehindQuery) -> CasesOut:
    """The cases behind a figure of a report, newest first, 50 a page: those that one may work on."""
    found, sorting = await case_reports.counted(call.who, query)
    now = clock()
    behind = [case for case in found if (query.whole or sorting.key(case) == query.key) and query.column in columns(case, now)
              and cases.work.sees(call.who, case)]
    behind.sort(key=lambda case: (case.registered, case.number), reverse=True)
    await actions.readings.note(call.who.login, "listed", detail=f"cases: {query.by} {query.key} {query.column}")
    return page_of(case_view, behind, query.after)


def page_of(case_view: CaseView, cases: Sequence[Case], after: str) -> CasesOut:
    """Fifty of them, after the number `after`."""
    numbers = [case.number for case in cases]
    start = numbers.index(after) + 1 if after in numbers else 0
    return CasesOut([case_view.out(case) for case in cases[start:start + PAGE]], more=len(cases) > start + PAGE)


ENDPOINTS = (case_report, case_report_file, cases_behind)
