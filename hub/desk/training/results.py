"""Results of another learning system: looked at, then taken (TR-02)."""

from collections import Counter
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.training.lms_import import JudgedResult, LmsImport, ResultState

SHOWN = 500
"""Rows of an answer: those that do not count come first."""


class LmsFileIn(Struct, frozen=True):
    """The `text` of a table or of xAPI statements; `source` is the system that it comes from. Without `apply` nothing is changed."""

    text: Annotated[str, Meta(min_length=1, max_length=900_000)]
    source: Annotated[str, Meta(min_length=1, max_length=100)]
    apply: bool = False


class LmsRowOut(Struct, frozen=True):
    row: int
    person: str
    course: str
    lesson: str
    percent: int
    at: datetime | None
    state: ResultState
    fault: str


class LmsFileOut(Struct, frozen=True):
    """`rows` are at most 500, faults first; `counts` are of all, by state."""

    rows: tuple[LmsRowOut, ...]
    counts: dict[str, int]
    applied: bool


@endpoint("POST", "/api/training-results", Permission.TEACH)
async def import_training_results(lms_import: LmsImport, call: Call, body: LmsFileIn) -> LmsFileOut:
    """Lessons passed elsewhere count as done; audited. Sent again, it changes nothing."""
    found = await (lms_import.take(call.who, body.text, body.source.strip()) if body.apply else lms_import.preview(call.who, body.text))
    first = sorted(found, key=lambda each: (each.state is not ResultState.FAULT, each.state is ResultState.COUNTS, each.result.row))
    return LmsFileOut(tuple(map(_row, first[:SHOWN])), dict(Counter(each.state.value for each in found)), body.apply)


def _row(of: JudgedResult) -> LmsRowOut:
    told = of.result
    return LmsRowOut(told.row, told.person, told.course, told.lesson, round(told.percent), told.at, of.state, of.fault)


ENDPOINTS = (import_training_results,)
