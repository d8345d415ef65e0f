"""Reports on periods: figures by grouping, and files."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.conversations.channel_traits import TraitRegistry
from hub.desk.http.forms import NamedOut
from hub.desk.http.parts import Clock
from hub.desk.http.tables import TYPES as TABLE_TYPES
from hub.desk.organisation.centre import Centre
from hub.desk.organisation.scope import CentreScope
from hub.desk.reporting.days import Code, centre_of, centres
from hub.desk.reporting.period_files import Made, as_csv, as_paper, as_xlsx
from hub.desk.reporting.sums import PeriodOut, columns_out, row_out
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.errors import RefusedError
from hub.kernel.ids import EPOCH
from hub.kernel.ports import Printer
from hub.reporting.breakdown import WITHIN_A_DAY, Breakdown, PeriodBy
from hub.reporting.columns import PeriodColumn
from hub.reporting.days import Days
from hub.reporting.figure import Place
from hub.reporting.measurement import tally
from hub.reporting.periods import Periods

LONGEST, LONGEST_BY_TIME = 366, 31
"""Most days of a report, and of one grouped by parts of days."""


TYPES = TABLE_TYPES | {"pdf": "application/pdf"}


Rows = dict[str, dict[str, float]]


class PeriodQuery(Struct, frozen=True):
    """From the day `since` to the day `until`, both included. Without a centre all visible ones, without a line all of its lines."""

    since: date
    until: date
    by: PeriodBy = PeriodBy.DAY
    centre: Code = ""
    line: Annotated[str, Meta(max_length=100)] = ""


class BehindPeriodQuery(PeriodQuery, frozen=True):
    """The items behind a figure: of the row `key`, or with `whole` of all rows; `skip` is the number of those shown before."""

    column: PeriodColumn = PeriodColumn("offered")
    key: Annotated[str, Meta(max_length=300)] = ""
    whole: bool = False
    skip: Annotated[int, Meta(ge=0, le=100_000_000)] = 0


class PeriodFileQuery(PeriodQuery, frozen=True):
    form: Literal["csv", "xlsx", "pdf"] = "csv"


class PeriodReports:
    def __init__(self, centre: Centre, press: Printer, days: Days, authorization: Authorization, periods: Periods,
                 scope: CentreScope, clock: Clock, dispatch: Dispatch, traits: TraitRegistry) -> None:
        self._centre, self._press, self._days, self._authorization, self._periods = centre, press, days, authorization, periods
        self._scope, self._clock, self._dispatch, self._traits = scope, clock, dispatch, traits

    async def filed(self, who: Operator, query: PeriodFileQuery, by: str) -> tuple[str, bytes, PeriodOut]:
        """The report as a file made `by` an operator, its name, and its figures; raises RefusedError."""
        out = await self.report(who, query)
        made = Made(out, by, self._centre.name, self.title(PeriodBy.LINE, query.line) if query.line else "")
        name = f"period-{out.by}-{out.since}-{out.until}.{query.form}"
        if query.form == "pdf":
            return name, await self._press(as_paper(made), "pdf"), out
        return name, await asyncio.to_thread(as_csv if query.form == "csv" else as_xlsx, made), out

    def checked(self, who: Operator, query: PeriodQuery) -> str:
        """The requested centre, "" for all; raises RefusedError for an invisible or unknown one."""
        self.breakdown(who, query)
        return centre_of(self._days, self._authorization, who, query.centre)

    async def count(self, breakdown: Breakdown, day: date, query: BehindPeriodQuery) -> int:
        rows: Rows = {}
        breakdown.add(day, await self._periods.cells(day, breakdown.kind), rows)
        return int(sum(counts.get(query.column, 0) for key, counts in rows.items() if query.whole or key == query.key))

    def days(self, query: PeriodQuery) -> list[date]:
        """Raises RefusedError."""
        length = (query.until - query.since).days + 1
        if not EPOCH.date() <= query.since <= query.until <= self._days.today:
            raise RefusedError("bad_dates", f"Показатели есть с {EPOCH:%d.%m.%Y} по сегодняшний день.")
        most = LONGEST_BY_TIME if query.by in WITHIN_A_DAY else LONGEST
        if length > most:
            raise RefusedError("bad_dates", f"В таком отчёте не больше {most} дней.")
        return [query.since + timedelta(days=number) for number in range(length)]

    def breakdown(self, who: Operator, query: PeriodQuery) -> Breakdown:
        centre = centre_of(self._days, self._authorization, who, query.centre)
        if query.line and (query.line not in self._periods.units or (centre and self._days.centre(query.line) != centre)):
            raise RefusedError("no_such_line", "Такой линии в этом центре нет.")

        def counted(line: str) -> bool:
            return line == query.line if query.line else not centre or self._days.centre(line) == centre
        return Breakdown(query.by, self._days, self._periods.units, counted, lambda login: self._scope.ours(who, login))

    async def rows(self, breakdown: Breakdown, days: list[date]) -> Rows:
        rows: Rows = {}
        for day in days:
            for key in breakdown.empty(day, self._clock()):
                rows.setdefault(key, {})
            breakdown.add(day, await self._periods.cells(day, breakdown.kind), rows)
        return rows

    async def report(self, who: Operator, query: PeriodQuery) -> PeriodOut:
        days, breakdown = self.days(query), self.breakdown(who, query)
        rows = await self.rows(breakdown, days)
        earlier = await self.rows(breakdown, _before(days))
        names = self._centre.centres(query.until)
        his = centres(self._days, self._authorization, who)
        return PeriodOut(
            query.since, query.until, query.by, self._days.today, self._centre.timezone, self._clock(),
            [NamedOut(code, names.get(code, code)) for code in his],
            [NamedOut(each.id, each.title) for each in self._centre.queues if self._days.centre(each.id) in his],
            columns_out(Place.PERIOD_SCREEN), [row_out(key, self.title(query.by, key), rows[key]) for key in sorted(rows)],
            row_out("", "", _whole(rows)), row_out("", "", _whole(earlier)))

    def title(self, by: PeriodBy, key: str) -> str:  # noqa: PLR0911 - one line a kind of row
        """The Russian title of a row; "" for unknown ones."""
        match by:
            case PeriodBy.QUARTER | PeriodBy.HALF | PeriodBy.HOUR:
                return f"{datetime.fromisoformat(key).astimezone(ZoneInfo(self._centre.timezone)):%d.%m.%Y %H:%M}"
            case PeriodBy.DAY | PeriodBy.WEEK:
                return f"{date.fromisoformat(key):%d.%m.%Y}"
            case PeriodBy.CENTRE:
                return self._centre.centres(self._days.today).get(key, key)
            case PeriodBy.UNIT:
                return self._unit(key)
            case PeriodBy.WAY:
                return " → ".join(self._unit(each) for each in key.split(">"))
            case PeriodBy.LINE:
                return next((each.title for each in self._centre.queues if each.id == key), key)
            case PeriodBy.CHANNEL:
                return self._traits.named(key).title
            case PeriodBy.TOPIC:
                return self._centre.topics[key].title if key in self._centre.topics else key
            case PeriodBy.OPERATOR:
                return self._dispatch.name(key) if key else ""
            case _:
                return key

    def _unit(self, key: str) -> str:
        centre, *whose = key.split(":")
        named = [each for each in (*whose, self._centre.centres(self._days.today).get(centre, centre)) if each]
        return named[0] if named else self._centre.name


def _before(days: list[date]) -> list[date]:
    """The preceding period of equal length, as far as it exists."""
    return [day for day in (each - timedelta(days=len(days)) for each in days) if day >= EPOCH.date()]


def _whole(rows: Rows) -> dict[str, float]:
    whole: dict[str, float] = {}
    for counts in rows.values():
        tally(counts, whole)
    return whole
