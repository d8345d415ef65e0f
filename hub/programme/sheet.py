"""Lists that the programme's office keeps, each a document of rows with its changes (GV-08). Pure."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from msgspec import Struct

from hub.kernel.document import Document
from hub.kernel.errors import RefusedError
from hub.kernel.indexes import IndexEntry
from hub.programme.assumption import Assumption
from hub.programme.campaign import Campaign
from hub.programme.council import AgendaItem, CouncilDecision, CouncilMember
from hub.programme.funding import FundingLine
from hub.programme.gate import GateCriterion, Pilot
from hub.programme.task import PlanItem, Task

Row = TypeVar("Row", bound=Struct)
SheetRow = PlanItem | Pilot | GateCriterion | FundingLine | CouncilMember | AgendaItem | CouncilDecision | Campaign | Assumption


class SheetName(StrEnum):
    PLAN = "plan"
    PILOTS = "pilots"
    CRITERIA = "criteria"
    FUNDING = "funding"
    MEMBERS = "members"
    AGENDA = "agenda"
    DECISIONS = "decisions"
    CAMPAIGNS = "campaigns"
    ASSUMPTIONS = "assumptions"


KINDS: Mapping[SheetName, type[Struct]] = {
    SheetName.PLAN: PlanItem, SheetName.PILOTS: Pilot, SheetName.CRITERIA: GateCriterion,
    SheetName.FUNDING: FundingLine, SheetName.MEMBERS: CouncilMember, SheetName.AGENDA: AgendaItem, SheetName.DECISIONS: CouncilDecision,
    SheetName.CAMPAIGNS: Campaign, SheetName.ASSUMPTIONS: Assumption}
"""What the rows of a list are."""
MOST_ROWS = 2000


class Sheet(Document, frozen=True, tag="programme_sheet"):
    """`version` is the number of its changes: 0 is the content that comes with Okno, which counts for nothing until it is changed."""

    name: SheetName
    version: int
    rows: tuple[SheetRow, ...]

    def of(self, kind: type[Row]) -> list[Row]:
        """Its rows, which are of this kind."""
        return [each for each in self.rows if isinstance(each, kind)]

    def overdue(self, today: date) -> list[str]:
        """Keys of the rows past their term."""
        return [row.id for row in self.rows if isinstance(row, Task) and row.is_overdue(today)]

    def row(self, key: str) -> SheetRow | None:
        return next((each for each in self.rows if each.id == key), None)

    def changed(self, key: str, after: SheetRow | None) -> "Sheet":
        """The next version: a row replaced, added at the end, or without it. Raises RefusedError."""
        if after is None:
            rows = tuple(each for each in self.rows if each.id != key)
        elif self.row(key):
            rows = tuple(after if each.id == key else each for each in self.rows)
        else:
            rows = (*self.rows, after)
        if len(rows) > MOST_ROWS:
            raise RefusedError("bad_row", f"В списке не больше {MOST_ROWS} строк.")
        return Sheet(self.name, self.version + 1, rows)


class SheetChange(Document, frozen=True, tag="programme_change"):
    """One change of a row: added without `before`, deleted without `after`."""

    key: str
    sheet: SheetName
    version: int
    at: datetime
    by: str
    before: SheetRow | None
    after: SheetRow | None

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("sheet", self.sheet, self.at)
