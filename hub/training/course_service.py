"""What trainees do: read lessons, answer their questions, sit exams (TR-02).

Refusals: no such course or lesson, one for other roles or levels, an exam before the lessons are done, too many attempts, no attempt
under way.
"""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.quality.versioned_forms import VersionedForms
from hub.training.course import Course, ExamQuestion, Lesson
from hub.training.exam import GRACE, Answers, ExamAttempt, attempts_left, draw, percent_of
from hub.training.progress import Changed, TraineeProgress, done, key_of, with_lesson

NO_COURSE = RefusedError("no_such_course", "Такого курса нет.")
NO_LESSON = RefusedError("no_such_lesson", "Такого урока нет.")
TAKEN = RefusedError("exists", "Курс с этим ключом ведёт другой центр узла: возьмите другой ключ.")


class CourseService:
    def __init__(self, store: Store, authorization: Authorization, now: Callable[[], datetime], changed: Changed) -> None:
        """`changed` tells when the edition in force of a card was written."""
        self._store, self._authorization, self._now, self.changed = store, authorization, now, changed
        self.courses = VersionedForms(store, authorization, lambda: store.all(Course), missing=NO_COURSE, taken=TAKEN)

    def own(self, who: Operator) -> list[Course]:
        """The courses of the operator's role and level, by title."""
        return [each for each in self.courses.all(who) if self._is_for(who, each)]

    def course(self, who: Operator, key: str) -> Course:
        found = self.courses.find(who, key)
        if not self._is_for(who, found):
            raise NO_COURSE
        return found

    def _is_for(self, who: Operator, course: Course) -> bool:
        return who.role in course.roles and not self._authorization.levels(who).isdisjoint(course.levels)

    async def progress(self, login: str, course: str) -> TraineeProgress:
        key = key_of(login, course)
        return await self._store.get(TraineeProgress, key) or TraineeProgress(key, login, course)

    async def all_in(self, course: str) -> Mapping[str, TraineeProgress]:
        """Of all who have begun a course, by login."""
        return {each.login: each for each in await self._store.marked(TraineeProgress, "course", course, limit=1_000_000)}

    def done(self, course: Course, progress: TraineeProgress) -> list[str]:
        """Lessons that count towards the exam."""
        return done(course, progress, self.changed)

    async def read(self, who: Operator, course: str, lesson: str, answers: Answers) -> tuple[Lesson, TraineeProgress]:
        """A lesson was read, and its questions answered; repeating it may better the result."""
        found = self.course(who, course).lesson(lesson)
        if found is None:
            raise NO_LESSON
        before = await self.progress(who.login, course)
        percent = percent_of(found.questions, answers) if found.questions else 100.0
        after = with_lesson(before, lesson, percent, self._now())
        await self._write(before, after, AuditEntry(self._now(), who.login, "lesson_read", course, lesson))
        return found, after

    async def begin_exam(self, who: Operator, key: str) -> tuple[Course, ExamAttempt, list[ExamQuestion]]:
        """A new draw; one under way goes on with its own questions and its own end."""
        course, now = self.course(who, key), self._now()
        before = await self.progress(who.login, key)
        if (under_way := _under_way(before, course, now)) is not None:
            return course, under_way, draw(course, under_way.seed)
        if len(self.done(course, before)) < len(list(course.lessons())):
            raise RefusedError("lessons_left", "Экзамен открывается, когда пройдены все уроки.")
        if not attempts_left(course, before.attempts, now):
            raise RefusedError("attempts_over", f"Попыток за сутки: {course.exam.attempts_a_day}. Попробуйте завтра.")
        attempt = ExamAttempt(secrets.randbits(48), course.version, now, now + timedelta(minutes=course.exam.minutes))
        after = replace(before, attempts=(*before.attempts, attempt))
        await self._write(before, after, AuditEntry(now, who.login, "exam_begun", key, str(attempt.seed)))
        return course, attempt, draw(course, attempt.seed)

    async def end_exam(self, who: Operator, key: str, answers: Answers) -> tuple[Course, ExamAttempt]:
        """The answers of the attempt under way; sent again, they change nothing."""
        course, now = self.course(who, key), self._now()
        before = await self.progress(who.login, key)
        last = before.attempts[-1] if before.attempts else None
        if last is not None and last.ended is not None and last.answers == answers:
            return course, last
        if (attempt := _under_way(before, course, now)) is None:
            raise RefusedError("no_attempt", "Время экзамена вышло или он не начат.")
        percent = percent_of(draw(course, attempt.seed), answers)
        ended = replace(attempt, ended=now, percent=percent, passed=percent >= course.exam.pass_percent, answers=dict(answers))
        after = replace(before, attempts=(*before.attempts[:-1], ended))
        entry = AuditEntry(now, who.login, "exam_passed" if ended.passed else "exam_failed", key, f"{percent:.0f}")
        await self._write(before, after, entry)
        return course, ended

    async def _write(self, before: TraineeProgress, after: TraineeProgress, entry: AuditEntry) -> None:
        """Raises ConflictError where it was changed meanwhile."""
        if before.lessons or before.attempts:  # it is stored with the first of these
            await self._store.exchange((after,), (), entry, seen=(before,))
        else:
            await self._store.exchange((), (), entry, new=(after,))


def _under_way(progress: TraineeProgress, course: Course, now: datetime) -> ExamAttempt | None:
    """An attempt with this version that has neither been answered nor run out."""
    last = progress.attempts[-1] if progress.attempts else None
    going = last is not None and last.ended is None and last.version == course.version and now <= last.until + GRACE
    return last if going else None
