"""What a trainee has done of a course: lessons read and checked, attempts at the exam. Pure."""

from collections.abc import Callable, Iterator
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from hub.kernel.document import Document
from hub.kernel.indexes import IndexEntry
from hub.training.course import Course, Lesson
from hub.training.exam import ExamAttempt

Changed = Callable[[str], datetime | None]
"""When the edition in force of a card («service/passport») was written; None where there is none."""


class LessonRecord(Struct, frozen=True, omit_defaults=True):
    """The last reading of a lesson, and the best result of its questions in per cent."""

    read: datetime
    percent: float = 100.0
    source: str = ""
    """The other learning system that told it; "" is the hub."""


class TraineeProgress(Document, frozen=True, omit_defaults=True, tag="trainee_progress"):
    """Of one account in one course."""

    key: str
    """"login/course"."""
    login: str
    course: str
    lessons: dict[str, LessonRecord] = field(default_factory=dict)
    attempts: tuple[ExamAttempt, ...] = ()

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("login", self.login)
        yield IndexEntry("course", self.course)

    @property
    def passed(self) -> datetime | None:
        """When the exam was passed last."""
        return max((each.ended for each in self.attempts if each.passed and each.ended), default=None)


def key_of(login: str, course: str) -> str:
    return f"{login}/{course}"


def changed_cards(lesson: Lesson, since: datetime, changed: Changed) -> tuple[str, ...]:
    """The cards of a lesson that have another edition than at that time."""
    return tuple(card for card in lesson.cards if (at := changed(card)) is None or at > since)


def done(course: Course, progress: TraineeProgress, changed: Changed) -> list[str]:
    """Lessons that were read as their cards are now, and whose questions were answered well enough for the exam."""
    return [each.key for each in course.lessons()
            if (record := progress.lessons.get(each.key)) is not None and record.percent >= course.exam.pass_percent
            and not changed_cards(each, record.read, changed)]


def with_lesson(progress: TraineeProgress, lesson: str, percent: float, now: datetime) -> TraineeProgress:
    """Read again; the best result counts."""
    before = progress.lessons.get(lesson)
    record = LessonRecord(now, max(percent, before.percent if before else 0.0))
    return replace(progress, lessons=progress.lessons | {lesson: record})
