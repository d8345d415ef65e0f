"""Daily figures: of this hub's centres with each breach, and national ones (MC-01, MC-02, FD-06)."""

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from aiohttp import web
from msgspec import Meta, Struct

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.conversations.ports import Store
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import NamedOut
from hub.desk.http.pagination import PAGE
from hub.desk.http.tables import csv_response
from hub.desk.organisation.centre import Centre
from hub.desk.reporting.sums import (
    BreachesOut,
    BreachOut,
    FiguresOut,
    NationalOut,
    ReportOut,
    columns_out,
    country_table,
    day_table,
    sums_out,
)
from hub.kernel.errors import RefusedError
from hub.kernel.ids import EPOCH
from hub.reporting.centre_reports import Reporting
from hub.reporting.days import DayFigures, Days
from hub.reporting.figure import Place
from hub.reporting.interval_figures import Breach, counts

Code = Annotated[str, Meta(pattern=r"^([0-9]{3})?$")]


class DayQuery(Struct, frozen=True):
    """Without a day it is today."""

    day: date | None = None


class FiguresQuery(DayQuery, frozen=True):
    """Without a centre all of this hub."""

    minutes: Literal[15, 30, 60] = 30
    centre: Code = ""


class BreachesQuery(FiguresQuery, frozen=True):
    """`start` names one interval of the day; `skip` is the number of those shown before."""

    start: datetime | None = None
    skip: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


@endpoint("GET", "/api/figures", Permission.SEE_FIGURES)
async def figures(centre: Centre, days: Days, authorization: Authorization, call: Call, query: FiguresQuery) -> FiguresOut:
    """A day by interval and in total; today until now."""
    return await _figures_out(centre, days, authorization, call.who, query)


@endpoint("GET", "/api/figures.csv", Permission.SEE_FIGURES)
async def figures_csv(centre: Centre, days: Days, authorization: Authorization, call: Call, query: FiguresQuery) -> web.Response:
    """The same as CSV."""
    out = await _figures_out(centre, days, authorization, call.who, query)
    return csv_response(f"figures-{out.day}.csv", day_table(out))


@endpoint("GET", "/api/figures/breaches", Permission.SEE_FIGURES)
async def breaches(days: Days, authorization: Authorization, store: Store, call: Call, query: BreachesQuery) -> BreachesOut:
    """Waits of more than 20 s on a day or in an interval, in order of their beginning; 50 a page."""
    found = await _day(days, authorization, call.who, query)
    parts = [found.total] if query.start is None else [each for each in found.intervals if each.start == query.start]
    late = [breach for part in parts for breach in part.breaches][query.skip:]
    return BreachesOut([await _breach_out(store, breach) for breach in late[:PAGE]], more=len(late) > PAGE)


@endpoint("GET", "/api/figures/national", Permission.SEE_FIGURES)
async def national(centre: Centre, reporting: Reporting, days: Days, call: Call, query: DayQuery) -> NationalOut:
    """The centres' reports of a day, and their sum; late data give revised reports."""
    del call
    return await _national_out(centre, reporting, days, query)


@endpoint("GET", "/api/figures/national.csv", Permission.SEE_FIGURES)
async def national_csv(centre: Centre, reporting: Reporting, days: Days, call: Call, query: DayQuery) -> web.Response:
    """The same as CSV."""
    del call
    out = await _national_out(centre, reporting, days, query)
    return csv_response(f"national-{out.day}.csv", country_table(out))


async def _figures_out(centre: Centre, days: Days, authorization: Authorization, who: Operator, query: FiguresQuery) -> FiguresOut:
    day, found = _asked(days, query), await _day(days, authorization, who, query)
    names = centre.centres(day)
    return FiguresOut(
        day, days.today, centre.timezone, found.now,
        [NamedOut(code, names.get(code, code)) for code in centres(days, authorization, who)], columns_out(Place.DAY_SCREEN),
        [sums_out(each.start, counts(each)) for each in found.intervals], sums_out(found.total.start, counts(found.total)))


def centres(days: Days, authorization: Authorization, who: Operator) -> list[str]:
    """The operator's centres and their subordinates."""
    return [code for code in days.centres if code in authorization.below(who)]


def centre_of(days: Days, authorization: Authorization, who: Operator, wish: str) -> str:
    """The centre whose figures are requested, "" for all; raises RefusedError."""
    if wish and wish not in days.centres:
        raise RefusedError("no_such_centre", "Линий этого центра здесь нет.")
    his = centres(days, authorization, who)
    if wish and wish not in his:
        raise RefusedError("forbidden", "Показатели другого центра видят он сам и центр над ним.")
    # All together only for those who may see each of them; others begin with their own.
    return wish or ("" if len(his) == len(days.centres) else his[0])


async def _day(days: Days, authorization: Authorization, who: Operator, query: FiguresQuery) -> DayFigures:
    centre = centre_of(days, authorization, who, query.centre)
    return await days.figures(_asked(days, query), timedelta(minutes=query.minutes), centre)


async def _national_out(centre: Centre, reporting: Reporting, days: Days, query: DayQuery) -> NationalOut:
    day = _asked(days, query)
    names = centre.centres(day)
    reports, total = await reporting.country(day, names)
    shown = [ReportOut(one.centre, names.get(one.centre, one.centre), one.version, sums_out(one.start, one.figures)) for one in reports]
    missing = [NamedOut(code, names[code]) for code in sorted(names) if code not in total.centres]
    return NationalOut(day, columns_out(Place.COUNTRY_SCREEN), shown, sums_out(total.start, total.figures), total.restated, missing)


def _asked(days: Days, query: DayQuery) -> date:
    day = query.day or days.today
    if not EPOCH.date() <= day <= days.today:
        raise RefusedError("bad_day", f"Показатели есть с {EPOCH:%d.%m.%Y} по сегодняшний день.")
    return day


async def _breach_out(store: Store, breach: Breach) -> BreachOut:
    head = await store.conversation(breach.conversation)
    number = head.number if head else ""
    return BreachOut(str(breach.conversation), number, breach.asked, breach.wait_s, breach.result, breach.cause, breach.queue,
                     breach.call_wait_s)


ENDPOINTS = (figures, figures_csv, breaches, national, national_csv)
