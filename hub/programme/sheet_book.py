"""The lists of the programme's office: kept in memory, changed row by row, each change with who made it (GV-08)."""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from hub.access.operator import Operator
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import ConflictError, RefusedError
from hub.programme.sheet import KINDS, Sheet, SheetChange, SheetName, SheetRow
from hub.programme.task import Task
from hub.reporting.days import Days

OUTDATED = RefusedError("outdated", "Список уже изменили: посмотрите новую версию.")
SHOWN = 200
"""Changes that are listed, the newest first."""


class SheetBook:
    def __init__(self, store: Store, days: Days, now: Callable[[], datetime], starter: Mapping[SheetName, tuple[SheetRow, ...]]) -> None:
        """`starter` is the content that comes with Okno."""
        self._store, self._days, self._now = store, days, now
        self._sheets = {name: Sheet(name, 0, starter.get(name, ())) for name in SheetName}

    async def start(self) -> None:
        self._sheets |= {each.name: each for each in await self._store.all(Sheet)}

    def __getitem__(self, name: SheetName) -> Sheet:
        return self._sheets[name]

    @property
    def today(self) -> date:
        return self._days.today

    def overdue(self) -> dict[str, int]:
        """How many rows of each list are past their term; a list that nobody has changed yet owes nothing."""
        return {each.name: len(each.overdue(self.today)) if each.version else 0 for each in self._sheets.values()}

    async def put(self, who: Operator, name: SheetName, version: int, row: SheetRow) -> Sheet:
        """Replace a row or add it. Raises RefusedError where `version` is not the newest, or the row cannot be so; StoreError."""
        if not isinstance(row, KINDS[name]):
            raise RefusedError("bad_row", "Такой строки в этом списке не бывает.")
        if isinstance(row, Task):
            row.check(self.today)
        return await self._change(who, version, self[name], row.id, row)

    async def drop(self, who: Operator, name: SheetName, version: int, key: str) -> Sheet:
        """Delete a row. Raises RefusedError, StoreError."""
        if self[name].row(key) is None:
            raise RefusedError("no_such_row", "Такой строки нет.")
        return await self._change(who, version, self[name], key, None)

    async def _change(self, who: Operator, version: int, known: Sheet, key: str, after: SheetRow | None) -> Sheet:
        if version != known.version:
            raise OUTDATED
        made = known.changed(key, after)
        change = SheetChange(f"{made.name}/{made.version}", made.name, made.version, self._now(), who.login, known.row(key), after)
        audit_entry = AuditEntry(change.at, who.login, "programme_row" if after else "programme_row_deleted", f"{made.name}/{key}")
        try:
            await self._store.exchange((made,), (), audit_entry, seen=(known,) if known.version else (), new=(change,))
        except ConflictError:
            raise OUTDATED from None
        self._sheets[made.name] = made
        return made

    async def changes(self, name: SheetName) -> list[SheetChange]:
        return await self._store.marked(SheetChange, "sheet", name, newest=True, limit=SHOWN)
