"""What cases come to, by topic of any version of the tree, territory, body, channel or law (RQ-05). Pure.

Every case is counted once: the rows of a report add up to its sum.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from hub.cases import OVER, Act, Case, CaseState
from hub.topics import Tree, counted_as


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


class CaseSum(Struct, frozen=True):
    """`key` is "" where nothing is known of it. The four states are exclusive: their sum is `registered`."""

    key: str
    registered: int = 0
    open: int = 0
    answered: int = 0
    """And those that are closed."""
    passed: int = 0
    """Forwarded, or merged into another."""
    withdrawn: int = 0
    late: int = 0
    """Answered after their term, or owed and too late now."""
    extended: int = 0


STATES = {CaseState.ANSWERED: "answered", CaseState.CLOSED: "answered", CaseState.FORWARDED: "passed", CaseState.MERGED: "passed",
          CaseState.WITHDRAWN: "withdrawn"}


def report(cases: Iterable[Case], by: By, now: datetime, trees: Mapping[int, Tree], version: int) -> tuple[list[CaseSum], CaseSum]:
    """Rows in the order of their keys, and their sum."""
    of: dict[str, Counter[str]] = {}
    key = _keys(trees, version)[by]
    for case in cases:
        counted = of.setdefault(key(case), Counter())
        counted.update(("registered", STATES.get(case.state, "open"), *(["late"] if late(case, now) else []),
                        *(["extended"] if case.extended else [])))
    rows = [CaseSum(key, **counted) for key, counted in sorted(of.items())]
    return rows, CaseSum("", **sum(of.values(), Counter[str]()))


def late(case: Case, now: datetime) -> bool:
    """Whether its answer came after its term, or has not come and the term is over."""
    answered = next((step.at for step in reversed(case.steps) if step.act is Act.ANSWER), None)
    if answered is not None and case.state in {CaseState.ANSWERED, CaseState.CLOSED}:
        return answered > case.due
    return case.state not in {*OVER, CaseState.SUSPENDED} and now > case.due


def _keys(trees: Mapping[int, Tree], version: int) -> dict[By, Callable[[Case], str]]:
    return {
        By.TOPIC: lambda case: counted_as(case.filings, version, trees), By.TERRITORY: lambda case: case.matter.place.subject,
        By.AUTHORITY: lambda case: case.matter.authority, By.CHANNEL: lambda case: case.channel,
        By.LABEL: lambda case: case.ruling.label, By.KIND: lambda case: case.kind, By.LINE: lambda case: case.home,
        By.SERVICE: lambda case: case.matter.service, By.BREACH: lambda case: case.matter.breach or ""}
