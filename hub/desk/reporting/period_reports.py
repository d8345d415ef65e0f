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
from hub.desk.reporting.period_files import Made, as_csv, as_paper, as_xlsx, chosen, clock_title
from hub.desk.reporting.sums import PeriodOut, PeriodRowOut, columns_out, row_out
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.errors import RefusedError
from hub.kernel.ids import EPOCH
from hub.kernel.ports import Printer
from hub.organisation.level import LEVELS, Level
from hub.organisation.settings_versions import SettingsVersions
from hub.reporting.breakdown import OF_TIME, Breakdown, Condition, PeriodBy, kind_of
from hub.reporting.columns import PeriodColumn
from hub.reporting.days import Days
from hub.reporting.figure import Place
from hub.reporting.measurement import tally
from hub.reporting.periods import Periods
from hub.reporting.saved_report import longest

TYPES = TABLE_TYPES | {"pdf": "application/pdf"}


Rows = dict[str, dict[str, float]]


class PeriodQuery(Struct, frozen=True):
    """From the day `since` to the day `until`, both included. Without a centre all visible ones, without a line all of its lines."""

    since: date
    until: date
    by: PeriodBy = PeriodBy.DAY
    centre: Code = ""
    line: Annotated[str, Meta(max_length=100)] = ""
    level: Level | None = None
    """Of the lines' centres."""
    channel: Annotated[str, Meta(max_length=40)] = ""
    """Family of channels; with `topic` or alone it goes together with most rows, see `kind_of`."""
    topic: Annotated[str, Meta(max_length=100)] = ""
    compare: bool = False
    """Each row with that of the preceding period."""


class BehindPeriodQuery(PeriodQuery, frozen=True):
    """The items behind a figure: of the row `key`, or with `whole` of all rows; `skip` is the number of those shown before."""

    column: PeriodColumn = PeriodColumn("offered")
    key: Annotated[str, Meta(max_length=300)] = ""
    whole: bool = False
    skip: Annotated[int, Meta(ge=0, le=100_000_000)] = 0


class PeriodFileQuery(PeriodQuery, frozen=True):
    """`columns` are figures, by name and apart by commas, in this order; "" is all."""

    form: Literal["csv", "xlsx", "pdf"] = "csv"
    columns: Annotated[str, Meta(max_length=2000)] = ""


class PeriodReports:
    def __init__(self, centre: Centre, press: Printer, days: Days, authorization: Authorization, periods: Periods,
                 scope: CentreScope, clock: Clock, dispatch: Dispatch, traits: TraitRegistry, settings_versions: SettingsVersions) -> None:
        self._centre, self._press, self._days, self._authorization, self._periods = centre, press, days, authorization, periods
        self._scope, self._clock, self._dispatch, self._traits, self._settings_versions = scope, clock, dispatch, traits, settings_versions

    async def filed(self, who: Operator, query: PeriodFileQuery, by: str) -> tuple[str, bytes, PeriodOut]:
        """The report as a file made `by` an operator, its name, and its figures; raises RefusedError."""
        out = await self.report(who, query)
        made = Made(out, by, self._centre.name, self._conditions(query), chosen(query.columns))
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
        if length > longest(query.by):
            raise RefusedError("bad_dates", f"В таком отчёте не больше {longest(query.by)} дней.")
        return [query.since + timedelta(days=number) for number in range(length)]

    def breakdown(self, who: Operator, query: PeriodQuery) -> Breakdown:
        centre = centre_of(self._days, self._authorization, who, query.centre)
        if query.line and (query.line not in self._periods.units or (centre and self._days.centre(query.line) != centre)):
            raise RefusedError("no_such_line", "Такой линии в этом центре нет.")

        condition = Condition(query.channel, query.topic)
        if kind_of(query.by, condition) is None:
            raise RefusedError("bad_condition", "С такими строками эти условия не сочетаются: уберите одно или выберите другие строки.")

        def counted(line: str) -> bool:
            if query.level is not None and self._level(self._days.centre(line)) != query.level:
                return False
            return line == query.line if query.line else not centre or self._days.centre(line) == centre
        return Breakdown(query.by, self._days, self._periods.units, counted, lambda login: self._scope.ours(who, login), self._level,
                         condition)

    def _level(self, centre: str) -> str:
        return self._settings_versions.around.levels.get(centre, "")

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
            row_out("", "", _whole(rows)), row_out("", "", _whole(earlier)),
            self._beside(query.by, sorted(rows), earlier) if query.compare else [])

    def _beside(self, by: PeriodBy, keys: list[str], earlier: Rows) -> list[PeriodRowOut]:
        """The preceding rows, one for each: of the same key, or of the same number from the beginning where rows follow in time."""
        before = dict(zip(keys, sorted(earlier), strict=False)) if by in OF_TIME else {key: key for key in keys}
        found = [before.get(key, key) for key in keys]
        return [row_out(key, self.title(by, key) if key in earlier else "", earlier.get(key, {})) for key in found]

    def _conditions(self, query: PeriodQuery) -> tuple[tuple[str, str], ...]:
        """What the report is limited to, in Russian."""
        asked = {"Линия": (PeriodBy.LINE, query.line), "Уровень": (PeriodBy.LEVEL, query.level or ""),
                 "Канал": (PeriodBy.CHANNEL, query.channel), "Тема": (PeriodBy.TOPIC, query.topic)}
        return tuple((name, self.title(by, key)) for name, (by, key) in asked.items() if key)

    def title(self, by: PeriodBy, key: str) -> str:  # noqa: C901, PLR0911 - one line a kind of row
        """The Russian title of a row; "" for unknown ones."""
        match by:
            case PeriodBy.QUARTER | PeriodBy.HALF | PeriodBy.HOUR:
                return f"{datetime.fromisoformat(key).astimezone(ZoneInfo(self._centre.timezone)):%d.%m.%Y %H:%M}"
            case PeriodBy.DAY | PeriodBy.WEEK:
                return f"{date.fromisoformat(key):%d.%m.%Y}"
            case PeriodBy.WEEKDAY | PeriodBy.DAY_HOUR | PeriodBy.WEEK_HOUR:
                return clock_title(by, key)
            case PeriodBy.LEVEL:
                return LEVELS[Level(key)].capitalize() if key else ""
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
