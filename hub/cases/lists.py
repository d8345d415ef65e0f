"""Lists of cases over several lines, page by page: a lazy merge of the lines' own lists."""

from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import datetime, timedelta

from hub.cases.case import Case
from hub.conversations.ports import Store
from hub.kernel.indexes import IndexEntry

BATCH = 51
TICK = timedelta(microseconds=1)


class _Line:
    """The list of one line, read as far as needed."""

    def __init__(self, store: Store, mark: tuple[str, str], begin: datetime | None, after: Case | None, *, newest: bool) -> None:
        self._store, self._mark, self._after, self._newest = store, mark, after, newest
        self._since = None if newest else begin
        self._until = begin if newest else None
        self._read: list[Case] = []
        self._ended = False

    async def first(self) -> Case | None:
        if not self._read and not self._ended:
            self._read = await self._store.marked(Case, *self._mark, since=self._since, until=self._until, after=self._after,
                                                  newest=self._newest, limit=BATCH)
            self._ended = len(self._read) < BATCH
            self._after = self._read[-1] if self._read else self._after
        return self._read[0] if self._read else None

    def take(self) -> Case:
        return self._read.pop(0)


async def between(store: Store, name: str, values: Sequence[str], since: datetime, until: datetime) -> AsyncGenerator[Case, None]:
    """All cases with one of these index values in a period, value by value."""
    for value in values:
        after: Case | None = None
        while page := await store.marked(Case, name, value, since=since, until=until, after=after, limit=BATCH):
            after = page[-1]
            for case in page:
                yield case


async def in_order(store: Store, name: str, values: Sequence[str], *, newest: bool = False, after: Case | None = None,
                   ) -> AsyncGenerator[Case, None]:
    """All cases with one of these index values in the order of its moment; at the same moment in the order of the values.

    `after` is the last case of the previous page.
    """
    at = next((mark for mark in after.marks() if mark.name == name and mark.value in values), None) if after else None
    place = values.index(at.value) if at else 0
    lines: dict[str, _Line] = {}
    for index, value in enumerate(values):
        last = after if at and index == place else None
        lines[value] = _Line(store, (name, value), _begin(at, index - place, newest=newest), last, newest=newest)
    while True:
        firsts = [(value, case) for value, line in lines.items() if (case := await line.first()) is not None]
        if not firsts:
            return
        pick: Callable[..., tuple[str, Case]] = max if newest else min
        value, case = pick(firsts, key=lambda each: _moment(each[1], name, each[0]))
        lines[value].take()
        yield case


def _begin(at: IndexEntry | None, beside: int, *, newest: bool) -> datetime | None:
    """The start within a line relative to the last case shown: at the same moment earlier lines are finished."""
    if at is None or beside == 0:
        return None
    return at.at + TICK if (beside > 0) is newest else at.at


def _moment(case: Case, name: str, value: str) -> datetime:
    return next(mark.at for mark in case.marks() if (mark.name, mark.value) == (name, value))
