"""Reports on cases: what they come to, the cases behind a figure, and the same as files (RQ-05)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web
from msgspec import Meta, Struct, structs

from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.cases.breaches import WORDS, Breach
from hub.cases.case import Case, CaseKind, Label
from hub.cases.figures import By, CaseSum, Counted, Sorting, columns, report
from hub.cases.lists import between
from hub.cases.notifications import LABELS
from hub.desk.cases.endpoints import case_out
from hub.desk.cases.forms import CasesOut
from hub.desk.cases.tables import as_csv, as_xlsx
from hub.desk.desk import Desk
from hub.desk.http.endpoint import Call, endpoint
from hub.kernel.errors import RefusedError
from hub.kernel.web.download import download_headers
from hub.organisation.territory import Place

TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json",
         "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
LONGEST = timedelta(days=400)
PAGE = 50
KINDS = {CaseKind.INQUIRY: "Вопрос", CaseKind.REQUEST: "Заявление", CaseKind.COMPLAINT: "Жалоба", CaseKind.OUTDATED: "Устаревшие сведения"}
OF_LAW = LABELS | {Label.OUTSIDE: "Вне 59-ФЗ и 210-ФЗ"}


class ReportQuery(Struct, frozen=True):
    """Cases registered from the day `since` to the day `until`, both included; `version` of the tree, 0 for the newest."""

    since: date
    until: date
    by: By = By.TOPIC
    version: Annotated[int, Meta(ge=0)] = 0


class BehindQuery(ReportQuery, frozen=True):
    """The cases that a figure of a report counts: those of the row `key`, or with `whole` of all rows."""

    key: Annotated[str, Meta(max_length=300)] = ""
    whole: bool = False
    column: Counted = Counted.REGISTERED
    after: Annotated[str, Meta(max_length=40)] = ""
    """The number of the last one that was shown."""


class ReportFileQuery(ReportQuery, frozen=True):
    form: Literal["csv", "xlsx", "json"] = "csv"


class CaseReportOut(Struct, frozen=True):
    """`versions` are those of the tree of topics, `titles` what its rows' keys are called, in Russian."""

    since: date
    until: date
    by: By
    version: int
    versions: list[int]
    rows: list[CaseSum]
    total: CaseSum
    titles: dict[str, str]


async def _counted(desk: Desk, who: Operator, query: ReportQuery) -> tuple[list[Case], Sorting]:
    """The cases of a period in the lines that one sees, in no order."""
    if not query.since <= query.until <= query.since + LONGEST:
        raise RefusedError("bad_dates", "Период задан неверно.")
    trees = desk.cases.topic_tree.trees
    version = query.version or desk.cases.topic_tree.current.version
    if version not in trees:
        raise RefusedError("bad_tree", "Такой версии дерева тем нет.")
    zone = ZoneInfo(desk.centre.timezone)
    begins, ends = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (query.since, query.until + timedelta(days=1)))
    found = [case async for case in between(desk.store, "home", desk.lines(who), begins, ends)]
    return found, Sorting(query.by, trees, version, zone)


async def _report(desk: Desk, who: Operator, query: ReportQuery) -> CaseReportOut:
    found, sorting = await _counted(desk, who, query)
    rows, total = report(found, desk.now(), sorting)
    titles = {row.key: _title(desk, sorting, row.key) for row in rows}
    return CaseReportOut(query.since, query.until, query.by, sorting.version, sorted(sorting.trees, reverse=True), rows, total, titles)


def _title(desk: Desk, sorting: Sorting, key: str) -> str:  # noqa: PLR0911 - one line a kind of row
    match sorting.by:
        case By.TOPIC:
            return next((each.title for each in sorting.trees[sorting.version].topics if each.id == key), "")
        case By.TERRITORY:
            return desk.places.title(Place(key))
        case By.LINE:
            return next((each.title for each in desk.centre.queues if each.id == key), key)
        case By.BREACH:
            return WORDS[Breach(key)] if key else ""
        case By.KIND:
            return KINDS[CaseKind(key)]
        case By.LABEL:
            return OF_LAW[Label(key)]
        case _:
            return desk.sequencer.traits.named(key).title


@endpoint("GET", "/api/case-reports", Permission.SEE_FIGURES)
async def case_report(desk: Desk, call: Call, query: ReportQuery) -> CaseReportOut:
    """What the cases of the lines that one sees come to. No names, no texts."""
    return await _report(desk, call.who, query)


@endpoint("GET", "/api/case-reports/file", Permission.SEE_FIGURES)
async def case_report_file(desk: Desk, call: Call, query: ReportFileQuery) -> web.Response:
    """The same as a file: CSV or XLSX as spreadsheets in Russian open them, or JSON."""
    made = await _report(desk, call.who, query)
    rows = [(row.key, made.titles[row.key] or "Не указано", *structs.astuple(row)[1:]) for row in made.rows]
    rows.append(("", "Всего", *structs.astuple(made.total)[1:]))
    if query.form == "json":
        body = msgspec.json.encode(made)
    else:
        body = as_csv(rows) if query.form == "csv" else as_xlsx(f"{made.since} — {made.until}", rows)
    name = f"cases-{made.by}-{made.since}-{made.until}.{query.form}"
    return web.Response(body=body, headers=download_headers(name, len(body)) | {"Content-Type": TYPES[query.form]})


@endpoint("GET", "/api/case-reports/cases", Permission.WORK_CASES)
async def cases_behind(desk: Desk, call: Call, query: BehindQuery) -> CasesOut:
    """The cases behind a figure of a report, the newest first, 50 at once: those that one may work on."""
    found, sorting = await _counted(desk, call.who, query)
    now = desk.now()
    behind = [case for case in found if (query.whole or sorting.key(case) == query.key) and query.column in columns(case, now)
              and desk.cases.work.sees(call.who, case)]
    behind.sort(key=lambda case: (case.registered, case.number), reverse=True)
    await desk.actions.readings.note(call.who.login, "listed", detail=f"cases: {query.by} {query.key} {query.column}")
    return page_of(desk, behind, query.after)


def page_of(desk: Desk, cases: Sequence[Case], after: str) -> CasesOut:
    """Fifty of them, from the one that follows the number `after`."""
    numbers = [case.number for case in cases]
    start = numbers.index(after) + 1 if after in numbers else 0
    return CasesOut([case_out(desk, case) for case in cases[start:start + PAGE]], more=len(cases) > start + PAGE)


ENDPOINTS = (case_report, case_report_file, cases_behind)
