"""A report that somebody has built and saved: a question with a name, never an answer. Pure."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from hub.kernel.document import Document
from hub.kernel.errors import RefusedError
from hub.organisation.level import Level
from hub.reporting.breakdown import HOURS_OF_CLOCK, OF_TIME, WITHIN_A_DAY, Condition, PeriodBy, kind_of
from hub.reporting.columns import SHOWN
from hub.reporting.figure import Place

MOST = 500
"""Most saved reports of a hub."""
LONGEST, LONGEST_BY_TIME = 366, 31
"""Most days of a report, and of one grouped by parts of days."""
KNOWN = frozenset(figure.name for figure in SHOWN[Place.PERIOD_SCREEN])


class ChartKind(StrEnum):
    NONE = "none"
    BARS = "bars"
    """The first column of each row."""
    LINE = "line"
    """The first column over time."""
    HEAT = "heat"
    """By day of the week and hour: for these rows alone."""


class ReportWords(Struct, frozen=True, omit_defaults=True):
    """`columns` are names of figures in their order; `days` is the length of the period, which ends today.

    Conditions are those of a period's report, "" is any.
    """

    title: str
    by: PeriodBy
    columns: tuple[str, ...]
    days: int
    chart: ChartKind = ChartKind.NONE
    compare: bool = False
    centre: str = ""
    line: str = ""
    level: Level | None = None
    channel: str = ""
    topic: str = ""


class SavedReport(Document, frozen=True, omit_defaults=True, tag="saved_report"):
    """`by` is the author, who alone changes it; all who may see its figures open a `shared` one, each with their own rights."""

    id: str
    version: int
    words: ReportWords
    by: str
    changed: datetime
    shared: bool = False
    removed: bool = False


def longest(by: PeriodBy) -> int:
    """The most days of a report with these rows."""
    return LONGEST_BY_TIME if by in WITHIN_A_DAY else LONGEST


def checked(words: ReportWords) -> ReportWords:
    """The report as it is stored; raises RefusedError for an impossible one."""
    title, columns = " ".join(words.title.split()), tuple(dict.fromkeys(words.columns))
    if not title or not columns:
        raise RefusedError("empty", "У отчёта должны быть название и хотя бы один столбец.")
    if unknown := [name for name in columns if name not in KNOWN]:
        raise RefusedError("bad_columns", f"Таких показателей нет: {', '.join(unknown)}.")
    if not 1 <= words.days <= longest(words.by):
        raise RefusedError("bad_dates", f"В таком отчёте от 1 до {longest(words.by)} дней.")
    if kind_of(words.by, Condition(words.channel, words.topic)) is None:
        raise RefusedError("bad_condition", "С такими строками эти условия не сочетаются: уберите одно или выберите другие строки.")
    return ReportWords(title, words.by, columns, words.days, chart_of(words), words.compare, words.centre, words.line, words.level,
                       words.channel, words.topic)


def chart_of(words: ReportWords) -> ChartKind:
    """The chart that its rows can have: hours of the week have a map, and what has no order has no line."""
    match words.chart:
        case ChartKind.HEAT if words.by is not PeriodBy.WEEK_HOUR:
            return ChartKind.BARS
        case ChartKind.LINE if words.by not in OF_TIME | HOURS_OF_CLOCK | {PeriodBy.WEEKDAY}:
            return ChartKind.BARS
        case chart:
            return chart
