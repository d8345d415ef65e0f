"""Visits to offices by subject and month as АИС МФЦ reports them, and the table that they come in (GV-12). Pure."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from msgspec import Struct

from hub.kernel.csv_table import read_table
from hub.kernel.document import Document
from hub.kernel.errors import RefusedError

HEADS = {"subject": ("subject", "субъект"), "month": ("month", "месяц"), "visits": ("visits", "визиты")}
MOST_ROWS = 20_000
MOST_DIGITS = 10


class MonthVisits(Struct, frozen=True):
    """`month` is its first day."""

    month: date
    visits: int


class VisitCounts(Document, frozen=True, tag="visit_counts"):
    """The months of a subject, in order. `source` is the report that they come from."""

    subject: str
    months: tuple[MonthVisits, ...]
    source: str
    by: str
    at: datetime

    @property
    def by_month(self) -> dict[date, int]:
        return {each.month: each.visits for each in self.months}


def read_visits(text: str, known: Iterable[str]) -> dict[str, dict[date, int]]:
    """By subject and month. Raises RefusedError that names the row for anything that is not a count of a `known` subject."""
    codes, found = frozenset(known), dict[str, dict[date, int]]()
    for number, told in read_table(text, HEADS, "subject, month, visits или субъект, месяц, визиты"):
        if number > MOST_ROWS:
            raise RefusedError("bad_file", f"В таблице больше {MOST_ROWS} строк: разделите её.")
        subject, month, visits = told["subject"].zfill(2), told["month"], told["visits"]
        first_day, count = _month(month), _count(visits)
        fault = (f"субъекта «{subject}» нет" if subject not in codes
                 else f"«{month}» — не месяц: пишите 2026-01 или 01.2026" if first_day is None
                 else f"«{visits}» — не число визитов" if count is None
                 else "месяц этого субъекта уже был выше" if first_day in found.get(subject, {}) else "")
        if fault or first_day is None or count is None:
            raise RefusedError("bad_file", f"Строка {number}: {fault}.")
        found.setdefault(subject, {})[first_day] = count
    if not found:
        raise RefusedError("bad_file", "В таблице нет ни одной строки.")
    return found


def merged(known: Mapping[date, int], more: Mapping[date, int]) -> tuple[MonthVisits, ...]:
    """All months; those of `more` replace the known ones."""
    return tuple(MonthVisits(month, visits) for month, visits in sorted({**known, **more}.items()))


def _month(text: str) -> date | None:
    year, _, month = text.partition("-") if "-" in text else text.rpartition(".")[::-1]
    if not (year.isdecimal() and month.isdecimal() and len(year) == 4 and len(month) <= 2):  # noqa: PLR2004 - digits
        return None
    try:
        return date(int(year), int(month), 1)
    except ValueError:
        return None


def _count(text: str) -> int | None:
    digits = "".join(text.split())
    return int(digits) if digits.isdecimal() and len(digits) <= MOST_DIGITS else None
