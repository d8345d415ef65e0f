"""Figures of periods, the conversations behind them, and files (CH-13, MC-01, MC-02, MC-06)."""

from datetime import date, datetime

from aiohttp import web
from msgspec import Struct, structs
from msgspec.structs import replace

from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions
from hub.conversations.address import family_of
from hub.conversations.ports import Store
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.pagination import PAGE
from hub.desk.reporting.period_reports import TYPES, BehindPeriodQuery, PeriodFileQuery, PeriodQuery, PeriodReports, Rows, _before
from hub.desk.reporting.sums import PeriodOut
from hub.kernel.web.download import download_headers
from hub.reporting.bottlenecks import SORTS, Bottleneck, bottlenecks
from hub.reporting.breakdown import Breakdown, PeriodBy
from hub.reporting.day_totals import Kind, key_of
from hub.reporting.measurement import SEEN_AGAIN, Measurement
from hub.reporting.periods import Periods


class BottleneckOut(Bottleneck, frozen=True, kw_only=True):
    """`title` of the row is Russian."""

    title: str


class FactOut(Struct, frozen=True):
    """One item behind a figure. No names or addresses: the conversation shows them, with permission."""

    conversation: str
    number: str
    at: datetime
    line: str
    channel: str
    topic: str
    operator: str
    wait_s: float | None
    talk_s: float | None
    handed_s: float | None


class FactsOut(Struct, frozen=True):
    facts: list[FactOut]
    more: bool


@endpoint("GET", "/api/periods", Permission.SEE_FIGURES)
async def period(reports: PeriodReports, call: Call, query: PeriodQuery) -> PeriodOut:
    """Figures of a period, the sum, and that of the preceding period."""
    return await reports.report(call.who, query)


@endpoint("GET", "/api/periods/bottlenecks", Permission.SEE_FIGURES)
async def period_bottlenecks(reports: PeriodReports, call: Call, query: PeriodQuery) -> list[BottleneckOut]:
    """Places where citizens were served worse than elsewhere, the worst first, at most ten; in several groupings, whatever `by` says."""
    rows, earlier = dict[PeriodBy, Rows](), dict[PeriodBy, Rows]()
    for by in SORTS:
        asked = replace(query, by=by)
        days, breakdown = reports.days(asked), reports.breakdown(call.who, asked)
        rows[by], earlier[by] = await reports.rows(breakdown, days), await reports.rows(breakdown, _before(days))
    return [BottleneckOut(*structs.astuple(one), title=reports.title(one.by, one.key)) for one in bottlenecks(rows, earlier)]


@endpoint("GET", "/api/periods/file", Permission.SEE_FIGURES)
async def period_file(reports: PeriodReports, call: Call, query: PeriodFileQuery) -> web.Response:
    """The same as a file, with formulas, author and time."""
    name, body, _ = await reports.filed(call.who, query, call.who.name)
    return web.Response(body=body, headers=download_headers(name, len(body)) | {"Content-Type": TYPES[query.form]})


@endpoint("GET", "/api/periods/behind", Permission.SEE_FIGURES)
async def behind(actions: Actions, periods: Periods, store: Store, reports: PeriodReports, call: Call,
                 query: BehindPeriodQuery) -> FactsOut:
    """The contacts, promises and transfers behind a figure, in order; 50 a page."""
    breakdown, skip, found = reports.breakdown(call.who, query), query.skip, list[Measurement]()
    for day in reports.days(query):
        count = await reports.count(breakdown, day, query)
        # The totals give the count of each day: only days whose items are shown are read.
        if skip < count:
            facts = await periods.facts(day, returned=query.column in SEEN_AGAIN)
            found += [fact for fact in facts if _is_behind(breakdown, day, fact, query)][skip:skip + PAGE + 1]
        skip = max(skip - count, 0)
        if len(found) > PAGE:
            break
    detail = f"period {query.since}—{query.until}: {query.by} {query.key} {query.column}"
    await actions.readings.note(call.who.login, "listed", detail=detail)
    heads = {head.id: head.number for head in await store.conversations([fact.conversation for fact in found[:PAGE]])}
    return FactsOut([_fact_out(fact, heads.get(fact.conversation, ""), breakdown) for fact in found[:PAGE]], more=len(found) > PAGE)


def _is_behind(breakdown: Breakdown, day: date, fact: Measurement, query: BehindPeriodQuery) -> bool:
    if query.column not in fact.counts or (breakdown.kind is Kind.WAY and not fact.way):
        return False
    row = breakdown.placed(day, fact.line, key_of(fact, breakdown.kind))
    return row is not None and (query.whole or row == query.key)


def _fact_out(fact: Measurement, number: str, breakdown: Breakdown) -> FactOut:
    operator = fact.operator if breakdown.known(fact.operator) else ""
    return FactOut(str(fact.conversation), number, fact.at, fact.line, family_of(fact.channel), fact.topic, operator,
                   fact.counts.get("wait_s"), fact.counts.get("talk_s"), fact.counts.get("handed_s"))


ENDPOINTS = (period, period_bottlenecks, period_file, behind)
