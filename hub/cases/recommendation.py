"""Recommendation: a proposal to an authority derived from many complaints, and its course (CM-06, CM-07). Pure.

draft ──► approved ──► sent ──► accepted ──► done
 ▲ ╰─╮        │          ╰────► rejected ──╮
 ╰───┴────────┴────────────────────────────╯  (another edition)
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from hub.cases.case import Case, CaseKind
from hub.cases.figures import late
from hub.cases.state import CaseState
from hub.cases.topic import Tree, counted_as
from hub.kernel.document import Document
from hub.kernel.indexes import IndexEntry

WEEK = timedelta(days=7)
SHOWN = 12
"""Table rows in the document; the rest is one row."""


class Selection(Struct, frozen=True, omit_defaults=True):
    """Selection of complaints: registered from `since` to `until`, both included, in these lines; "" is any."""

    since: date
    until: date
    lines: tuple[str, ...]
    version: int
    """Version of the tree that contains `topic`, used for counting."""
    topic: str = ""
    authority: str = ""
    service: str = ""
    breach: str = ""
    subject: str = ""


class Count(Struct, frozen=True):
    """`key` is "" where it is unknown, and "=" for all rows not shown."""

    key: str
    complaints: int
    late: int = 0


class ReportedFigure(Struct, frozen=True):
    """A figure of a service as `centres` (by name) have reported it: `count` of `of`, where `expected` would be usual.

    `name` is Russian, «жалоб».
    """

    name: str
    count: int
    of: int
    expected: float
    centres: tuple[str, ...]


class Evidence(Struct, frozen=True):
    """Result of the selection at a moment. `cases` are the numbers of all counted cases, in order.

    `reported` is what other centres have told of the same: their cases are not here.
    """

    at: datetime
    cases: tuple[str, ...]
    tables: dict[str, tuple[Count, ...]]
    """By topic, authority, service, breach, territory, channel, week; each adds up to the number of cases."""
    series: int = 0
    """Number of those in a series."""
    late: int = 0
    reported: ReportedFigure | None = None


class RecommendationState(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DONE = "done"


STEPS: dict[RecommendationState, frozenset[RecommendationState]] = {
    RecommendationState.DRAFT: frozenset({RecommendationState.DRAFT, RecommendationState.APPROVED}),
    RecommendationState.APPROVED: frozenset({RecommendationState.SENT, RecommendationState.DRAFT}),
    RecommendationState.SENT: frozenset({RecommendationState.ACCEPTED, RecommendationState.REJECTED}),
    RecommendationState.ACCEPTED: frozenset({RecommendationState.DONE}),
    RecommendationState.REJECTED: frozenset({RecommendationState.DRAFT}), RecommendationState.DONE: frozenset()}


class Revision(Struct, frozen=True):
    """One text with its evidence; immutable."""

    at: datetime
    by: str
    title: str
    cause: str
    proposal: str
    addressee: str
    """Id of the addressed authority."""
    evidence: Evidence


class RecommendationStep(Struct, frozen=True, omit_defaults=True):
    at: datetime
    by: str
    state: RecommendationState
    why: str = ""


class Recommendation(Document, frozen=True, omit_defaults=True, tag="recommendation"):
    """`id` is «077-Р-12»: the centre, and a running number."""

    id: str
    number: int
    centre: str
    selection: Selection
    editions: tuple[Revision, ...]
    """The last one is current; never empty."""
    moves: tuple[RecommendationStep, ...]
    """Never empty."""

    @property
    def state(self) -> RecommendationState:
        return self.moves[-1].state

    @property
    def edition(self) -> Revision:
        return self.editions[-1]

    @property
    def done(self) -> datetime | None:
        """When the proposal was implemented."""
        return next((move.at for move in reversed(self.moves) if move.state is RecommendationState.DONE), None)

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("centre", self.centre, self.moves[0].at)
        yield IndexEntry("state", self.state, self.moves[-1].at)


class MeasuredEffect(Struct, frozen=True):
    """Complaints a week before the draft, and since the implementation; over whole days."""

    before: int
    before_days: int
    after: int
    after_days: int

    @property
    def change(self) -> float | None:
        """Relative change of the rate, −1 to any; None without a base."""
        if not (self.before and self.after_days and self.before_days):
            return None
        return (self.after / self.after_days) / (self.before / self.before_days) - 1


def as_of(case: Case, moment: datetime) -> Case | None:
    """The state of the case at a moment; None before its registration."""
    steps = tuple(step for step in case.steps if step.at <= moment)
    filings = tuple(filing for filing in case.filings if filing.at <= moment)
    matter = next((each.before for each in case.restated if each.at > moment), case.matter)
    restated = tuple(each for each in case.restated if each.at <= moment)
    return replace(case, steps=steps, filings=filings or case.filings[:1], matter=matter, restated=restated) if steps else None


def fits(case: Case, selection: Selection, trees: Mapping[int, Tree]) -> bool:
    """Whether a case counts. A merged case is counted in the remaining one."""
    matter = case.matter
    return (
        case.kind is CaseKind.COMPLAINT and case.state is not CaseState.MERGED
        and selection.topic in {"", counted_as(case.filings, selection.version, trees)} and selection.authority in {"", matter.authority}
        and selection.service in {"", matter.service} and selection.breach in {"", _breach(case)}
        and selection.subject in {"", matter.place.subject})


def counted(cases: Iterable[Case], selection: Selection, moment: datetime, trees: Mapping[int, Tree]) -> list[Case]:
    """The cases of a selection at a moment. `cases` are those of its lines and period, in any order and in the current state."""
    stood = (as_of(case, moment) for case in cases)
    return sorted((case for case in stood if case and fits(case, selection, trees)), key=lambda case: case.number)


def count(cases: Iterable[Case], selection: Selection, moment: datetime, trees: Mapping[int, Tree], zone: tzinfo) -> Evidence:
    """The result of a selection at a moment; weeks begin by the centre's clock."""
    those = counted(cases, selection, moment, trees)
    tables = {name: _table(those, key, moment) for name, key in sorts(selection.version, trees, zone).items()}
    return Evidence(moment, tuple(case.number for case in those), tables, sum(bool(case.series) for case in those),
                    sum(late(case, moment) for case in those))


def differs(kept: Evidence, again: Evidence) -> tuple[list[str], bool]:
    """Cases that are gone since, and whether the rest differs: then immutable data has changed."""
    gone = sorted(set(kept.cases) - set(again.cases))
    return gone, bool(set(again.cases) - set(kept.cases)) or (not gone and kept.tables != again.tables)


def sorts(version: int, trees: Mapping[int, Tree], zone: tzinfo) -> dict[str, Callable[[Case], str]]:
    """The tables, and the key of a case in each."""
    return {
        "topic": lambda case: counted_as(case.filings, version, trees), "authority": lambda case: case.matter.authority,
        "service": lambda case: case.matter.service, "breach": _breach, "territory": lambda case: case.matter.place.subject,
        "channel": lambda case: case.channel, "week": lambda case: _monday(case.registered.astimezone(zone))}


def _breach(case: Case) -> str:
    return case.matter.breach or ""


def _monday(moment: datetime) -> str:
    return str(moment.date() - timedelta(days=moment.weekday()))


def _table(cases: Iterable[Case], key: Callable[[Case], str], moment: datetime) -> tuple[Count, ...]:
    """The most frequent first, ties by key. Weeks stay in their order."""
    complaints: Counter[str] = Counter()
    slow: Counter[str] = Counter()
    for case in cases:
        complaints[key(case)] += 1
        slow[key(case)] += late(case, moment)
    return tuple(Count(each, complaints[each], slow[each]) for each in sorted(complaints, key=lambda each: (-complaints[each], each)))


def shortened(rows: tuple[Count, ...]) -> tuple[Count, ...]:
    """At most as many rows as fit a page, and one for the rest; the sum is unchanged."""
    if len(rows) <= SHOWN:
        return rows
    rest = rows[SHOWN - 1:]
    return (*rows[:SHOWN - 1], Count("=", sum(row.complaints for row in rest), sum(row.late for row in rest)))
