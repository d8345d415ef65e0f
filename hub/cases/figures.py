"""Case statistics by topic of any version of the tree, territory, body, channel, law or month (RQ-05). Pure.

Every case is counted once: the rows of a report add up to its sum.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from enum import StrEnum

from msgspec import Struct

from hub.cases.case import Case, overdue
from hub.cases.state import STATES, Act, Outcome
from hub.cases.topic import Tree, counted_as


class By(StrEnum):
    TOPIC = "topic"
    TERRITORY = "territory"
    AUTHORITY = "authority"
    CHANNEL = "channel"
    LABEL = "label"
    KIND = "kind"
    LINE = "line"
    SERVICE = "service"
    BREACH = "breach"
    MONTH = "month"
    """Month of registration by the centre's clock: «2026-11»."""


class Counted(StrEnum):
    """Columns of a report, including those of Outcome."""

    REGISTERED = "registered"
    OPEN = "open"
    ANSWERED = "answered"
    PASSED = "passed"
    WITHDRAWN = "withdrawn"
    LATE = "late"
    EXTENDED = "extended"


class CaseSum(Struct, frozen=True):
    """`key` is "" where it is unknown. The four states are exclusive: their sum is `registered`."""

    key: str
    registered: int = 0
    open: int = 0
    answered: int = 0
    """Including closed ones."""
    passed: int = 0
    """Forwarded, or merged into another."""
    withdrawn: int = 0
    late: int = 0
    """Answered after the deadline, or owed and overdue."""
    extended: int = 0


class Sorting(Struct, frozen=True):
    """Grouping of cases: `version` selects the one of the `trees` whose topics are counted."""

    by: By
    trees: Mapping[int, Tree]
    version: int
    zone: tzinfo

    def key(self, case: Case) -> str:  # noqa: C901, PLR0911 - one line a kind of row
        match self.by:
            case By.TOPIC:
                return counted_as(case.filings, self.version, self.trees)
            case By.TERRITORY:
                return case.matter.place.subject
            case By.AUTHORITY:
                return case.matter.authority
            case By.CHANNEL:
                return case.channel
            case By.LABEL:
                return case.ruling.label
            case By.KIND:
                return case.kind
            case By.LINE:
                return case.home
            case By.SERVICE:
                return case.matter.service
            case By.BREACH:
                return case.matter.breach or ""
            case By.MONTH:
                return f"{case.registered.astimezone(self.zone):%Y-%m}"


def report(cases: Iterable[Case], now: datetime, sorting: Sorting) -> tuple[list[CaseSum], CaseSum]:
    """Rows in the order of their keys, and their sum."""
    of: dict[str, Counter[str]] = {}
    for case in cases:
        of.setdefault(sorting.key(case), Counter()).update(columns(case, now))
    rows = [CaseSum(key, **counted) for key, counted in sorted(of.items())]
    return rows, CaseSum("", **sum(of.values(), Counter[str]()))


def columns(case: Case, now: datetime) -> list[Counted]:
    """All columns in which a case is counted."""
    return [Counted.REGISTERED, Counted(STATES[case.state].outcome), *([Counted.LATE] if late(case, now) else []),
            *([Counted.EXTENDED] if case.extended else [])]


def late(case: Case, now: datetime) -> bool:
    """Whether it was answered late, or is overdue."""
    answered = next((step.at for step in reversed(case.steps) if step.act is Act.ANSWER), None)
    if answered is not None and STATES[case.state].outcome is Outcome.ANSWERED:
        return answered > case.due
    return overdue(case, now)
