"""Who works as the published roster says, now and by day, and a senior's excuses (SL-01, LV-07)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import Meta, Struct

from hub.access.authorization import Authorization
from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import DocumentId, Login
from hub.desk.http.tables import csv_response, csv_table
from hub.desk.organisation.centre import Centre
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.errors import RefusedError
from hub.organisation.opening_hours import Span
from hub.workforce.adherence import AdherenceExcuse, ExcuseReason, Standing, share
from hub.workforce.adherence_service import AdherenceService, PersonDay

WEEK_DAYS = 7
LONGEST_DAYS = 92
HEADINGS = ("День", "Сотрудник", "Учётная запись", "Подрядчик", "Смена", "С", "До", "Нужно, мин", "По графику, мин", "Доля, %",
            "Перерывы, мин", "Объяснено, мин", "Вне графика, мин")
SHIFTS = {"early": "утро", "day": "день", "late": "вечер", "long": "12 часов", "night": "ночь", "": ""}


class AdherenceQuery(Struct, frozen=True):
    """Today without a day."""

    day: date | None = None


class AdherenceFileQuery(Struct, frozen=True):
    """Both days included, at most 92."""

    first: date
    last: date


class PersonAdherenceOut(Struct, frozen=True):
    """Minutes so far. `kind`, `begins` and `ends` are null without a shift; `share` where nothing was due yet."""

    login: str
    name: str
    contractor: str
    day: date
    kind: str | None
    begins: datetime | None
    ends: datetime | None
    standing: Standing
    since: datetime
    share: float | None
    due_min: int
    break_min: int
    excused_min: int
    unplanned_min: int


class TeamAdherenceOut(Struct, frozen=True):
    """Who serves a queue, or works for a contractor; its `name`."""

    kind: Literal["queue", "contractor"]
    name: str
    people: int
    share: float | None


class DayAdherenceOut(Struct, frozen=True):
    day: date
    people: int
    share: float | None


class ExcuseOut(Struct, frozen=True):
    key: str
    login: str
    name: str
    begins: datetime
    ends: datetime
    reason: ExcuseReason
    words: str
    by_name: str


class AdherenceOut(Struct, frozen=True):
    """Of the caller's centre. `week` are the seven days up to `day`."""

    day: date
    today: date
    share: float | None
    people: tuple[PersonAdherenceOut, ...]
    teams: tuple[TeamAdherenceOut, ...]
    week: tuple[DayAdherenceOut, ...]
    excuses: tuple[ExcuseOut, ...]


class ExcuseIn(Struct, frozen=True):
    login: Login
    begins: datetime
    ends: datetime
    reason: ExcuseReason
    words: Annotated[str, Meta(min_length=1, max_length=300)]


@endpoint("GET", "/api/workforce/adherence", Permission.WATCH_SHIFTS)
async def shift_adherence(service: AdherenceService, authorization: Authorization, dispatch: Dispatch, centre: Centre, call: Call,
                          query: AdherenceQuery) -> AdherenceOut:
    """A day of the published roster against who was on the line."""
    code, day = authorization.centre(call.who), query.day or service.today
    first = day - timedelta(days=WEEK_DAYS - 1)
    found = await service.days(code, first, day)
    # Today also shows last night's shifts that are still going on.
    nights = day - timedelta(days=1) if day == service.today else day
    here = [each for each in found
            if each.day == day or (each.day == nights and each.shift is not None and each.kept.standing is not Standing.OVER)]
    week = tuple(DayAdherenceOut(each, len({one.login for one in of if one.shift}), _share(of))
                 for each in (first + timedelta(days=number) for number in range(WEEK_DAYS))
                 for of in ([one for one in found if one.day == each],))
    return AdherenceOut(day, service.today, _share(one for one in here if one.day == day), tuple(_person(dispatch, each) for each in here),
                        tuple(_teams(dispatch, {queue.id: queue.title for queue in centre.queues}, here)), week,
                        tuple(_excuse(dispatch, each) for each in await service.excuses(code, day, day)))


@endpoint("GET", "/api/workforce/adherence/file", Permission.WATCH_SHIFTS)
async def shift_adherence_file(service: AdherenceService, authorization: Authorization, dispatch: Dispatch, centre: Centre, call: Call,
                               query: AdherenceFileQuery) -> web.Response:
    """Days as CSV, one row for each person and shift."""
    if not timedelta(0) <= query.last - query.first < timedelta(days=LONGEST_DAYS):
        raise RefusedError("bad_dates", f"Последний день не раньше первого; не больше {LONGEST_DAYS} дней.")
    zone = ZoneInfo(centre.timezone)

    def row(of: PersonAdherenceOut) -> tuple[str | int, ...]:
        times = [f"{each.astimezone(zone):%d.%m.%Y %H:%M}" if each else "" for each in (of.begins, of.ends)]
        percent = "" if of.share is None else round(of.share * 100)
        return (f"{of.day:%d.%m.%Y}", of.name, of.login, of.contractor, SHIFTS[of.kind or ""], *times, of.due_min,
                round(of.due_min * (of.share or 0)), percent, of.break_min, of.excused_min, of.unplanned_min)
    found = await service.days(authorization.centre(call.who), query.first, query.last)
    return csv_response("okno-adherence.csv", csv_table(HEADINGS, (row(_person(dispatch, each)) for each in found)))


@endpoint("PUT", "/api/workforce/excuses/{excuse}", Permission.WATCH_SHIFTS)
async def put_excuse(service: AdherenceService, dispatch: Dispatch, call: Call, excuse: DocumentId, body: ExcuseIn) -> ExcuseOut:
    """Somebody need not be on the line for a time; audited. Idempotent by key."""
    made = await service.excuse(call.who, excuse, body.login, Span(body.begins, body.ends), body.reason, body.words.strip())
    return _excuse(dispatch, made)


@endpoint("DELETE", "/api/workforce/excuses/{excuse}", Permission.WATCH_SHIFTS)
async def withdraw_excuse(service: AdherenceService, call: Call, excuse: DocumentId) -> None:
    """The time counts again; audited."""
    await service.withdraw(call.who, excuse)


def _person(dispatch: Dispatch, of: PersonDay) -> PersonAdherenceOut:
    who, kept = dispatch.operator(of.login), of.kept
    begins, ends = of.shift or (None, None)
    minutes = [round(seconds / 60) for seconds in (kept.due_s, kept.break_s, kept.excused_s, of.unplanned_s)]
    return PersonAdherenceOut(of.login, dispatch.name(of.login), who.contractor if who else "", of.day, of.kind or None, begins, ends,
                              kept.standing, kept.since, share([(kept.kept_s, kept.due_s)]), *minutes)


def _share(of: Iterable[PersonDay]) -> float | None:
    return share((each.kept.kept_s, each.kept.due_s) for each in of)


def _teams(dispatch: Dispatch, titles: dict[str, str], found: Iterable[PersonDay]) -> Iterable[TeamAdherenceOut]:
    teams: defaultdict[tuple[Literal["queue", "contractor"], str], list[PersonDay]] = defaultdict(list)
    for each in found:
        if each.shift is None or (who := dispatch.operator(each.login)) is None:
            continue
        for queue in who.own_queues:
            teams["queue", titles.get(queue, queue)].append(each)
        if who.contractor:
            teams["contractor", who.contractor].append(each)
    for (kind, name), of in sorted(teams.items()):
        yield TeamAdherenceOut(kind, name, len({each.login for each in of}), _share(of))


def _excuse(dispatch: Dispatch, of: AdherenceExcuse) -> ExcuseOut:
    return ExcuseOut(of.key, of.login, dispatch.name(of.login), of.begins, of.ends, of.reason, of.words, dispatch.name(of.by))


ENDPOINTS = (shift_adherence, shift_adherence_file, put_excuse, withdraw_excuse)
