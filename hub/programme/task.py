"""Rows with a term and somebody who answers for them: the plan's rows, the council's decisions (GV-08, GV-09). Pure."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from hub.kernel.errors import RefusedError

RowKey = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Line = Annotated[str, Meta(max_length=300)]
Words = Annotated[str, Meta(min_length=1, max_length=2000)]
Note = Annotated[str, Meta(max_length=2000)]


class TaskState(StrEnum):
    PLANNED = "planned"
    IN_WORK = "in_work"
    DONE = "done"
    DROPPED = "dropped"


TASK_STATES: dict[StrEnum, str] = {
    TaskState.PLANNED: "запланировано", TaskState.IN_WORK: "в работе", TaskState.DONE: "исполнено", TaskState.DROPPED: "снято"}
"""As people read them."""
OPEN = frozenset({TaskState.PLANNED, TaskState.IN_WORK})


class Task(Struct, frozen=True, kw_only=True):
    """`done` is the day on which it was done."""

    id: RowKey
    title: Words
    due: date
    responsible: Annotated[str, Meta(min_length=1, max_length=500)]
    state: TaskState = TaskState.PLANNED
    done: date | None = None
    note: Note = ""

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def is_overdue(self, today: date) -> bool:
        return self.is_open and self.due < today

    def check(self, today: date) -> None:
        """Raises RefusedError where its state and its day do not fit."""
        if (self.state is TaskState.DONE) != (self.done is not None):
            raise RefusedError("bad_row", "День исполнения указывают у исполненного, и только у него.")
        if self.done is not None and self.done > today:
            raise RefusedError("bad_row", "День исполнения ещё не наступил.")


class PlanItem(Task, frozen=True, kw_only=True, tag="plan_item"):
    """A row of the plan (GV-08). `document` is the kind of document that it ends with, `term` the words of the plan for `due`."""

    document: Line = ""
    term: Line = ""
