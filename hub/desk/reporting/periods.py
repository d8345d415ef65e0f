"""Figures of periods, the conversations behind each of them, and the same as files (CH-13, MC-01, MC-02, MC-06)."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import Meta, Struct, structs
from msgspec.structs import replace

from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.desk.cases.reports import TYPES as TABLE_TYPES
from hub.desk.desk import Desk
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.paging import PAGE
from hub.desk.http.wire import NamedOut
from hub.desk.reporting.days import Code, centre_of, centres
from hub.desk.reporting.period_files import Made, as_csv, as_paper, as_xlsx
from hub.desk.reporting.sums import PeriodOut, columns_out, row_out
from hub.kernel.errors import RefusedError
from hub.kernel.ids import EPOCH
from hub.kernel.web.download import download_headers
from hub.reporting.bottlenecks import SORTS, Bottleneck, bottlenecks
from hub.reporting.columns import PeriodColumn
from hub.reporting.day_totals import Kind, key_of
from hub.reporting.figure import Place
from hub.reporting.grouping import WITHIN_A_DAY, PeriodBy, Sorting
from hub.reporting.measurement import SEEN_AGAIN, Measurement, tally

LONGEST, LONGEST_BY_TIME = 366, 31
"""Days of a report, and of one whose rows are parts of days."""
TYPES = TABLE_TYPES | {"pdf": "application/pdf"}
Rows = dict[str, dict[str, float]]


class PeriodQuery(Struct, frozen=True):
    """From the day `since` to the day `until`, both included. Without a centre it is all that one sees, without a line all of its lines."""

    since: date
    until: date
    by: PeriodBy = PeriodBy.DAY
    centre: Code = ""
    line: Annotated[str, Meta(max_length=100)] = ""


class BehindPeriodQuery(PeriodQuery, frozen=True):
    """What a figure counts: in the row `key`, or with `whole` in all rows; `skip` is how many were shown before."""

    column: PeriodColumn = PeriodColumn("offered")
    key: Annotated[str, Meta(max_length=300)] = ""
    whole: bool = False
    skip: Annotated[int, Meta(ge=0, le=100_000_000)] = 0


class PeriodFileQuery(PeriodQuery, frozen=True):
    form: Literal["csv", "xlsx", "pdf"] = "csv"


class BottleneckOut(Bottleneck, frozen=True, kw_only=True):
    """`title` of the row is Russian."""

    title: str


class FactOut(Struct, frozen=True):
    """One of what a figure counts. No names, no addresses: these are shown by the conversation, to whoever may see them."""

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
async def period(desk: Desk, call: Call, query: PeriodQuery) -> PeriodOut:
    """What came in a period, its sum, and that of the period before."""
    return await _report(desk, call.who, query)


@endpoint("GET", "/api/periods/bottlenecks", Permission.SEE_FIGURES)
async def period_bottlenecks(desk: Desk, call: Call, query: PeriodQuery) -> list[BottleneckOut]:
    """Where citizens fared worse than elsewhere, the worst first, at most ten; rows are of several kinds, whatever `by` says."""
    rows, earlier = dict[PeriodBy, Rows](), dict[PeriodBy, Rows]()
    for by in SORTS:
        asked = replace(query, by=by)
        days, sorting = _days(desk, asked), _sorting(desk, call.who, asked)
        rows[by], earlier[by] = await _rows(desk, sorting, days), await _rows(desk, sorting, _before(days))
    return [BottleneckOut(*structs.astuple(one), title=_title(desk, one.by, one.key)) for one in bottlenecks(rows, earlier)]


@endpoint("GET", "/api/periods/file", Permission.SEE_FIGURES)
async def period_file(desk: Desk, call: Call, query: PeriodFileQuery) -> web.Response:
    """The same as a file: with its formulas, who made it and when."""
    name, body, _ = await filed(desk, call.who, query, call.who.name)
    return web.Response(body=body, headers=download_headers(name, len(body)) | {"Content-Type": TYPES[query.form]})


async def filed(desk: Desk, who: Operator, query: PeriodFileQuery, by: str) -> tuple[str, bytes, PeriodOut]:
    """The report as a file made `by` somebody, what it is called, and its figures; raises RefusedError."""
    out = await _report(desk, who, query)
    made = Made(out, by, desk.centre.name, _title(desk, PeriodBy.LINE, query.line) if query.line else "")
    name = f"period-{out.by}-{out.since}-{out.until}.{query.form}"
    if query.form == "pdf":
        return name, await desk.complaints.press(as_paper(made), "pdf"), out
    return name, await asyncio.to_thread(as_csv if query.form == "csv" else as_xlsx, made), out


def checked(desk: Desk, who: Operator, query: PeriodQuery) -> str:
    """Whose figures are asked for, "" of all; raises RefusedError for what is not his to see, or is not there."""
    _sorting(desk, who, query)
    return centre_of(desk, who, query.centre)


@endpoint("GET", "/api/periods/behind", Permission.SEE_FIGURES)
async def behind(desk: Desk, call: Call, query: BehindPeriodQuery) -> FactsOut:
    """The contacts, promises and hand-overs that a figure counts, in their order; 50 at a time."""
    sorting, skip, found = _sorting(desk, call.who, query), query.skip, list[Measurement]()
    for day in _days(desk, query):
        count = await _count(desk, sorting, day, query)
        # Sums tell how many a day has: only days whose facts are shown are read.
        if skip < count:
            facts = await desk.periods.facts(day, returned=query.column in SEEN_AGAIN)
            found += [fact for fact in facts if _is_behind(sorting, day, fact, query)][skip:skip + PAGE + 1]
        skip = max(skip - count, 0)
        if len(found) > PAGE:
            break
    detail = f"period {query.since}—{query.until}: {query.by} {query.key} {query.column}"
    await desk.actions.readings.note(call.who.login, "listed", detail=detail)
    heads = {head.id: head.number for head in await desk.store.conversations([fact.conversation for fact in found[:PAGE]])}
    return FactsOut([_fact_out(fact, heads.get(fact.conversation, ""), sorting) for fact in found[:PAGE]], more=len(found) > PAGE)


async def _count(desk: Desk, sorting: Sorting, day: date, query: BehindPeriodQuery) -> int:
    rows: Rows = {}
    sorting.add(day, await desk.periods.cells(day, sorting.kind), rows)
    return int(sum(counts.get(query.column, 0) for key, counts in rows.items() if query.whole or key == query.key))


def _is_behind(sorting: Sorting, day: date, fact: Measurement, query: BehindPeriodQuery) -> bool:
    if query.column not in fact.counts or not sorting.lines(fact.line) or (sorting.kind is Kind.WAY and not fact.way):
        return False
    return query.whole or sorting.row(day, fact.line, key_of(fact, sorting.kind)) == query.key


def _fact_out(fact: Measurement, number: str, sorting: Sorting) -> FactOut:
    operator = fact.operator if sorting.known(fact.operator) else ""
    return FactOut(str(fact.conversation), number, fact.at, fact.line, fact.channel.partition(".")[0], fact.topic, operator,
                   fact.counts.get("wait_s"), fact.counts.get("talk_s"), fact.counts.get("handed_s"))


def _days(desk: Desk, query: PeriodQuery) -> list[date]:
    """Raises RefusedError."""
    length = (query.until - query.since).days + 1
    if not EPOCH.date() <= query.since <= query.until <= desk.days.today:
        raise RefusedError("bad_dates", f"Показатели есть с {EPOCH:%d.%m.%Y} по сегодняшний день.")
    most = LONGEST_BY_TIME if query.by in WITHIN_A_DAY else LONGEST
    if length > most:
        raise RefusedError("bad_dates", f"В таком отчёте не больше {most} дней.")
    return [query.since + timedelta(days=number) for number in range(length)]


def _sorting(desk: Desk, who: Operator, query: PeriodQuery) -> Sorting:
    centre = centre_of(desk, who, query.centre)
    if query.line and (query.line not in desk.periods.units or (centre and desk.days.centre(query.line) != centre)):
        raise RefusedError("no_such_line", "Такой линии в этом центре нет.")

    def counted(line: str) -> bool:
        return line == query.line if query.line else not centre or desk.days.centre(line) == centre
    return Sorting(query.by, desk.days, desk.periods.units, counted, lambda login: desk.ours(who, login))


async def _rows(desk: Desk, sorting: Sorting, days: list[date]) -> Rows:
    rows: Rows = {}
    for day in days:
        for key in sorting.empty(day, desk.now()):
            rows.setdefault(key, {})
        sorting.add(day, await desk.periods.cells(day, sorting.kind), rows)
    return rows


def _before(days: list[date]) -> list[date]:
    """As many days before, as far as there can be any."""
    return [day for day in (each - timedelta(days=len(days)) for each in days) if day >= EPOCH.date()]


async def _report(desk: Desk, who: Operator, query: PeriodQuery) -> PeriodOut:
    days, sorting = _days(desk, query), _sorting(desk, who, query)
    rows = await _rows(desk, sorting, days)
    earlier = await _rows(desk, sorting, _before(days))
    names = desk.centre.centres(query.until)
    his = centres(desk, who)
    return PeriodOut(
        query.since, query.until, query.by, desk.days.today, desk.centre.timezone, desk.now(),
        [NamedOut(code, names.get(code, code)) for code in his],
        [NamedOut(each.id, each.title) for each in desk.centre.queues if desk.days.centre(each.id) in his],
        columns_out(Place.PERIOD_SCREEN), [row_out(key, _title(desk, query.by, key), rows[key]) for key in sorted(rows)],
        row_out("", "", _whole(rows)), row_out("", "", _whole(earlier)))


def _whole(rows: Rows) -> dict[str, float]:
    whole: dict[str, float] = {}
    for counts in rows.values():
        tally(counts, whole)
    return whole


def _title(desk: Desk, by: PeriodBy, key: str) -> str:  # noqa: PLR0911 - one line a kind of row
    """What a row is called, in Russian; "" where nothing is known of it."""
    match by:
        case PeriodBy.QUARTER | PeriodBy.HALF | PeriodBy.HOUR:
            return f"{datetime.fromisoformat(key).astimezone(ZoneInfo(desk.centre.timezone)):%d.%m.%Y %H:%M}"
        case PeriodBy.DAY | PeriodBy.WEEK:
            return f"{date.fromisoformat(key):%d.%m.%Y}"
        case PeriodBy.CENTRE:
            return desk.centre.centres(desk.days.today).get(key, key)
        case PeriodBy.UNIT:
            return _unit(desk, key)
        case PeriodBy.WAY:
            return " → ".join(_unit(desk, each) for each in key.split(">"))
        case PeriodBy.LINE:
            return next((each.title for each in desk.centre.queues if each.id == key), key)
        case PeriodBy.CHANNEL:
            return desk.sequencer.traits.named(key).title
        case PeriodBy.TOPIC:
            return desk.centre.topics[key].title if key in desk.centre.topics else key
        case PeriodBy.OPERATOR:
            return desk.dispatch.name(key) if key else ""
        case _:
            return key


def _unit(desk: Desk, key: str) -> str:
    centre, *whose = key.split(":")
    named = [each for each in (*whose, desk.centre.centres(desk.days.today).get(centre, centre)) if each]
    return named[0] if named else desk.centre.name


ENDPOINTS = (period, period_bottlenecks, period_file, behind)
