"""The effect of the programme: time to information, cost of a contact, hours saved, accessibility (GV-11, GV-13, GV-14)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from enum import StrEnum

from aiohttp import web
from msgspec import Struct

from hub.access.permissions import Permission
from hub.conversations.channel_traits import TraitRegistry
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.tables import csv_response, csv_table
from hub.desk.organisation.centre import Centre
from hub.desk.programme.period import check_period
from hub.programme.assumption import Assumption
from hub.programme.coverage_service import CoverageService
from hub.programme.effect_day import total
from hub.programme.effect_reports import EffectReport, EffectReports, InformationTime
from hub.programme.funding import FundingLine
from hub.programme.ratio import Ratio
from hub.programme.savings import ChannelCost, Money, Saving, citizens, costs, money, specialists
from hub.programme.service_reports import ServiceBy, ServiceFilter, ServiceReports
from hub.programme.sheet import SheetName
from hub.programme.sheet_book import SheetBook
from hub.programme.visits import Reached


class EffectQuery(Struct, frozen=True):
    """From the day `since` to the day `until`, both included."""

    since: date
    until: date


class EffectGroup(StrEnum):
    CHANNEL = "channel"
    LANGUAGE = "language"
    CENTRE = "centre"
    MONTH = "month"


class InformationTimeOut(Struct, frozen=True):
    """A row: `title` is Russian. Minutes and shares with their 95 % interval; contacts are `offered`, inquiries the others."""

    group: EffectGroup | None
    key: str
    title: str
    offered: int
    answered: int
    informed: int
    called_back: int
    unanswered: int
    mean_min: Ratio | None
    in_ten: Ratio | None
    reached: Reached


class AccessibilityOut(Struct, frozen=True):
    """Shares of contacts: in `text` for whoever cannot hear or speak, in another language than Russian; the mean grade and its count."""

    offered: int
    text: int
    text_answered: int
    foreign: int
    foreign_answered: int
    grades: int
    satisfaction: float | None


class EffectOut(Struct, frozen=True):
    """`days` are centres' days that were reported; `baseline` is what it took before. `missing` are centres without a report."""

    since: date
    until: date
    today: date
    total: InformationTimeOut
    rows: list[InformationTimeOut]
    baseline: Assumption | None
    money: Money
    costs: list[ChannelCost]
    citizens: Saving
    specialists: Saving
    accessibility: AccessibilityOut
    days: int
    restated: int
    missing: list[str]


class EffectView:
    """Gathers the effect of a period from its parts."""

    def __init__(self, reports: EffectReports, services: ServiceReports, coverage: CoverageService, book: SheetBook, centre: Centre,
                 traits: TraitRegistry) -> None:
        self._reports, self._services, self._coverage, self._book = reports, services, coverage, book
        self._centre, self._traits = centre, traits

    async def of(self, since: date, until: date) -> EffectOut:
        """Both days are included. Raises RefusedError, StoreError."""
        today = self._coverage.today
        check_period(since, until, today)
        found, names = await self._reports.report(since, until), self._centre.centres(until)
        spent, assumed = money(self._book[SheetName.FUNDING].of(FundingLine), since, until), self._reports.assumptions
        counts = {channel: each.counts for channel, each in found.channels.items()}
        grades = (await self._services.report(since, until, ServiceBy.SUBJECT, ServiceFilter())).total
        return EffectOut(
            since, until, today, _row(None, "", "", found.total), list(self._rows(found, names)), found.before, spent,
            costs(counts, spent, assumed, until), citizens(found.total.counts, found.total.mean_min, found.before),
            specialists(found.total.counts, assumed, until), self._accessibility(found, grades.grades, grades.grade_sum), found.days,
            found.restated, [name for code, name in sorted(names.items()) if code not in found.centres])

    def _rows(self, of: EffectReport, names: Mapping[str, str]) -> Iterable[InformationTimeOut]:
        titled: tuple[tuple[EffectGroup, Mapping[str, InformationTime], Callable[[str], str]], ...] = (
            (EffectGroup.CHANNEL, of.channels, lambda key: self._traits.named(key).title if key else ""),
            (EffectGroup.LANGUAGE, of.languages, lambda key: key), (EffectGroup.CENTRE, of.centres, lambda key: names.get(key, key)),
            (EffectGroup.MONTH, of.months, lambda key: f"{key[5:]}.{key[:4]}"))
        for group, rows, title in titled:
            yield from (_row(group, key, title(key), each) for key, each in rows.items())

    def _accessibility(self, of: EffectReport, grades: int, grade_sum: int) -> AccessibilityOut:
        text, foreign = (total(group) for group in (
            [each.counts for channel, each in of.channels.items() if channel and not self._traits.named(channel).spoken],
            [each.counts for language, each in of.languages.items() if language not in {"", "ru"}]))
        return AccessibilityOut(of.total.counts.offered, text.offered, text.answered, foreign.offered, foreign.answered, grades,
                                round(grade_sum / grades, 2) if grades else None)


@endpoint("GET", "/api/programme/effect", Permission.SEE_FIGURES)
async def programme_effect(view: EffectView, call: Call, query: EffectQuery) -> EffectOut:
    """Time to information against its baseline, cost of a contact by channel, hours saved with their formulas, accessibility."""
    del call
    return await view.of(query.since, query.until)


@endpoint("GET", "/api/programme/effect/file", Permission.SEE_FIGURES)
async def programme_effect_file(view: EffectView, call: Call, query: EffectQuery) -> web.Response:
    """The same as CSV, a row a figure, with its interval and its formula."""
    del call
    found = await view.of(query.since, query.until)
    return csv_response(f"effect-{found.since}-{found.until}.csv", csv_table(HEADINGS, _cells(found)))


HEADINGS = ("Показатель", "Где", "Значение", "От", "До", "Из скольких", "Как посчитано")
GROUPS = {EffectGroup.CHANNEL: "канал", EffectGroup.LANGUAGE: "язык", EffectGroup.CENTRE: "центр", EffectGroup.MONTH: "месяц",
          None: "всего"}


def _cells(of: EffectOut) -> Iterable[tuple[object, ...]]:
    for row in (of.total, *of.rows):
        place = f"{GROUPS[row.group]}: {row.title or 'не указано'}" if row.group else GROUPS[None]
        for title, found, factor, how in (
                ("От первой попытки до ответа, мин", row.mean_min, 1, "сумма минут / получили ответ"),
                ("Ответ за 10 минут, %", row.in_ten, 100, "за 10 минут / (получили ответ + не получили за 7 суток)")):
            if found is not None:
                yield title, place, *(_rounded(each, factor) for each in (found.value, found.low, found.high)), found.of, how
    for cost in of.costs:
        yield "Обращение, руб.", f"канал: {cost.channel}", _rounded(cost.each, 1), "", "", cost.answered, cost.formula
    for title, saved in (("Сбережено часов граждан", of.citizens), ("Сбережено часов специалистов", of.specialists)):
        yield title, GROUPS[None], "", _rounded(saved.low, 1), _rounded(saved.high, 1), "", saved.formula
    if of.baseline is not None:
        said = f"{of.baseline.source}, с {of.baseline.since:%d.%m.%Y}"
        yield of.baseline.title, "база", "", of.baseline.low, of.baseline.high, "", said


def _rounded(value: float | None, factor: int) -> float | str:
    return "" if value is None else round(value * factor, 2)


def _row(group: EffectGroup | None, key: str, title: str, of: InformationTime) -> InformationTimeOut:
    counts = of.counts
    return InformationTimeOut(group, key, title, counts.offered, counts.answered, counts.informed, counts.called_back, counts.unanswered,
                              of.mean_min, of.in_ten, of.reached)


ENDPOINTS = (programme_effect, programme_effect_file)
