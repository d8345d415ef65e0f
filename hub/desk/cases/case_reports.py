"""Reports on cases of visible lines."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from hub.access.operator import Operator
from hub.cases.breaches import WORDS, Breach
from hub.cases.case import Case, CaseKind, Label
from hub.cases.figures import By, CaseSum, Sorting, report
from hub.cases.lists import between
from hub.cases.notifications import LABELS
from hub.conversations.channel_traits import TraitRegistry
from hub.conversations.ports import Store
from hub.desk.cases.parts import Cases
from hub.desk.http.parts import Clock
from hub.desk.http.tables import LONGEST
from hub.desk.organisation.centre import Centre
from hub.desk.organisation.places import Places
from hub.desk.organisation.scope import CentreScope
from hub.kernel.errors import RefusedError
from hub.organisation.territory import Place

KINDS = {CaseKind.INQUIRY: "Вопрос", CaseKind.REQUEST: "Заявление", CaseKind.COMPLAINT: "Жалоба", CaseKind.OUTDATED: "Устаревшие сведения"}


OF_LAW = LABELS | {Label.OUTSIDE: "Вне 59-ФЗ и 210-ФЗ"}


class ReportQuery(Struct, frozen=True):
    """Cases registered from the day `since` to the day `until`, both included; `version` of the tree, 0 for the newest."""

    since: date
    until: date
    by: By = By.TOPIC
    version: Annotated[int, Meta(ge=0)] = 0


class CaseReportOut(Struct, frozen=True):
    """`versions` are those of the topic tree, `titles` the Russian names of the rows' keys."""

    since: date
    until: date
    by: By
    version: int
    versions: list[int]
    rows: list[CaseSum]
    total: CaseSum
    titles: dict[str, str]


class CaseReports:
    def __init__(self, cases: Cases, centre: Centre, store: Store, scope: CentreScope, clock: Clock, places: Places,
                 traits: TraitRegistry) -> None:
        self._cases, self._centre, self._store, self._scope, self._clock, self._places = cases, centre, store, scope, clock, places
        self._traits = traits

    async def counted(self, who: Operator, query: ReportQuery) -> tuple[list[Case], Sorting]:
        """The cases of a period in visible lines, unordered."""
        if not query.since <= query.until <= query.since + LONGEST:
            raise RefusedError("bad_dates", "Период задан неверно.")
        trees = self._cases.topic_tree.trees
        version = query.version or self._cases.topic_tree.current.version
        if version not in trees:
            raise RefusedError("bad_tree", "Такой версии дерева тем нет.")
        zone = ZoneInfo(self._centre.timezone)
        begins, ends = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (query.since, query.until + timedelta(days=1)))
        found = [case async for case in between(self._store, "home", self._scope.lines(who), begins, ends)]
        return found, Sorting(query.by, trees, version, zone)

    async def report(self, who: Operator, query: ReportQuery) -> CaseReportOut:
        found, sorting = await self.counted(who, query)
        rows, total = report(found, self._clock(), sorting)
        titles = {row.key: self._title(sorting, row.key) for row in rows}
        return CaseReportOut(query.since, query.until, query.by, sorting.version, sorted(sorting.trees, reverse=True), rows, total, titles)

    def _title(self, sorting: Sorting, key: str) -> str:  # noqa: PLR0911 - one line a kind of row
        match sorting.by:
            case By.TOPIC:
                return next((each.title for each in sorting.trees[sorting.version].topics if each.id == key), "")
            case By.TERRITORY:
                return self._places.title(Place(key))
            case By.LINE:
                return next((each.title for each in self._centre.queues if each.id == key), key)
            case By.BREACH:
                return WORDS[Breach(key)] if key else ""
            case By.KIND:
                return KINDS[CaseKind(key)]
            case By.LABEL:
                return OF_LAW[Label(key)]
            case _:
                return self._traits.named(key).title
