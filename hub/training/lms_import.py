"""Results of another learning system, taken into the progress of trainees (TR-02).

A lesson that was passed there counts as read on its day and with its result. The final test, the attendance and the exam do not
count: they are the hub's. A row that is there twice, in a file or in two, counts once.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.training.course import Course
from hub.training.course_service import CourseService
from hub.training.lms_results import LmsResult, results_of
from hub.training.progress import LessonRecord, TraineeProgress, key_of

TEST = "test"


class ResultState(StrEnum):
    COUNTS = "counts"
    KNOWN = "known"
    """The hub has this result or a better and later one."""
    DOUBLED = "doubled"
    FAILED = "failed"
    """Less than the course demands."""
    TEST = "test"
    FAULT = "fault"


class JudgedResult(Struct, frozen=True):
    result: LmsResult
    state: ResultState
    fault: str = ""


class Staff(Protocol):
    def operator(self, login: str) -> Operator | None: ...


class LmsImport:
    def __init__(self, store: Store, authorization: Authorization, now: Callable[[], datetime], courses: CourseService, staff: Staff,
                 zone: tzinfo) -> None:
        self._store, self._authorization, self._now = store, authorization, now
        self._courses, self._staff, self._zone = courses, staff, zone
        self._changing = asyncio.Lock()

    async def preview(self, who: Operator, text: str) -> list[JudgedResult]:
        """What would count, by rows; nothing is changed. Raises RefusedError for a file that cannot be read at all."""
        return [judged async for judged in self._judged(who, text, {}, "")]

    async def take(self, who: Operator, text: str, source: str) -> list[JudgedResult]:
        """In one commit. Raises ConflictError where a trainee's progress changed meanwhile."""
        async with self._changing:
            known: dict[str, tuple[TraineeProgress, TraineeProgress]] = {}
            found = [judged async for judged in self._judged(who, text, known, source)]
            changed = [(before, after) for before, after in known.values() if before != after]
            old = [(before, after) for before, after in changed if before.lessons or before.attempts]
            new = [after for before, after in changed if not (before.lessons or before.attempts)]
            if changed:
                counted = sum(each.state is ResultState.COUNTS for each in found)
                entry = AuditEntry(self._now(), who.login, "lesson_results_imported", source, f"{counted} / {len(found)}")
                await self._store.exchange([after for _, after in old], (), entry, seen=[before for before, _ in old], new=new)
            return found

    async def _judged(self, who: Operator, text: str, known: dict[str, tuple[TraineeProgress, TraineeProgress]],
                      source: str) -> AsyncIterator[JudgedResult]:
        """`known` is each trainee's progress as stored and with the rows so far."""
        seen = set[LmsResult]()
        courses = {each.key: each for each in self._courses.courses.all(who)}
        for each in await asyncio.to_thread(results_of, text, self._zone):
            same = replace(each, row=0)
            if same in seen and not each.fault:
                yield JudgedResult(each, ResultState.DOUBLED)
                continue
            seen.add(same)
            fault = each.fault or self._fault(who, each, courses)
            if fault or each.at is None:
                yield JudgedResult(each, ResultState.FAULT, fault)
                continue
            if each.lesson == TEST:
                yield JudgedResult(each, ResultState.TEST)
                continue
            key = key_of(each.person, each.course)
            if key not in known:
                stored = await self._courses.progress(each.person, each.course)
                known[key] = stored, stored
            before, progress = known[key]
            state, after = _counted(courses[each.course], progress, each, each.at, source)
            known[key] = before, after
            yield JudgedResult(each, state)

    def _fault(self, who: Operator, of: LmsResult, courses: dict[str, Course]) -> str:
        whom, course = self._staff.operator(of.person), courses.get(of.course)
        if whom is None or not self._authorization.keeps(who, self._authorization.centre(whom)):
            return f"в вашем центре нет учётной записи «{of.person}»"
        if course is None:
            return f"нет курса «{of.course}»"
        if of.lesson != TEST and course.lesson(of.lesson) is None:
            return f"в курсе нет урока «{of.lesson}»"
        return "дата в будущем" if of.at is not None and of.at > self._now() else ""


def _counted(course: Course, progress: TraineeProgress, of: LmsResult, at: datetime, source: str) -> tuple[ResultState, TraineeProgress]:
    """The best result and the last reading count."""
    if of.percent < course.exam.pass_percent:
        return ResultState.FAILED, progress
    had = progress.lessons.get(of.lesson)
    if had is not None and had.read >= at and had.percent >= of.percent:
        return ResultState.KNOWN, progress
    record = LessonRecord(max(at, had.read) if had else at, max(of.percent, had.percent) if had else of.percent, source)
    return ResultState.COUNTS, replace(progress, lessons=progress.lessons | {of.lesson: record})
