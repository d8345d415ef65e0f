"""Courses as data: days of lessons with questions, in immutable versions (TR-01, TR-03, TR-07). Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.operator import Role
from hub.kernel.document import Document
from hub.kernel.errors import RefusedError
from hub.organisation.level import Level
from hub.quality.surveys.survey import Bilingual, Key

MOST_DAYS, MOST_LESSONS, MOST_QUESTIONS = 14, 20, 30
Words = Annotated[str, Meta(min_length=1, max_length=500)]
Text = Annotated[str, Meta(min_length=1, max_length=20_000)]
CardName = Annotated[str, Meta(pattern=r"^(article|service|authority|office)/[A-Za-z0-9._-]{1,100}$")]


class ExamQuestion(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """`right` are the numbers of the right options, from 0; `why` is told after the answer."""

    key: Key
    text: Words
    options: Annotated[tuple[Words, ...], Meta(min_length=2, max_length=8)]
    right: Annotated[tuple[Annotated[int, Meta(ge=0, le=7)], ...], Meta(min_length=1, max_length=8)]
    why: Annotated[str, Meta(max_length=500)] = ""


class Lesson(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """`cards` of the handbook are shown in the edition in force. `practice` is done at the desk, with the lecturer."""

    key: Key
    title: Words
    minutes: Annotated[int, Meta(ge=5, le=480)]
    text: Text
    cards: Annotated[tuple[CardName, ...], Meta(max_length=10)] = ()
    practice: Annotated[str, Meta(max_length=2_000)] = ""
    questions: Annotated[tuple[ExamQuestion, ...], Meta(max_length=MOST_QUESTIONS)] = ()


class CourseDay(Struct, frozen=True, forbid_unknown_fields=True):
    title: Words
    lessons: Annotated[tuple[Lesson, ...], Meta(min_length=1, max_length=MOST_LESSONS)]


class ExamRules(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """So many questions are drawn from those of all lessons; `pass_percent` of them must be right, within `minutes`."""

    questions: Annotated[int, Meta(ge=1, le=100)] = 20
    minutes: Annotated[int, Meta(ge=5, le=240)] = 40
    pass_percent: Annotated[int, Meta(ge=50, le=100)] = 80
    attempts_a_day: Annotated[int, Meta(ge=1, le=10)] = 2


class Course(Document, frozen=True, omit_defaults=True, tag="course"):
    """One version. Its certificate is valid for `months`, and opens the queues that demand the qualification `key`."""

    id: str
    key: str
    version: int
    title: Bilingual
    roles: tuple[Role, ...]
    levels: tuple[Level, ...]
    days: tuple[CourseDay, ...]
    exam: ExamRules
    months: int
    written_by: str
    """A login; "" is Okno."""
    written: datetime
    sources: tuple[str, ...] = ()
    centre: str = ""
    """Its owner; "" is common to the hub: shipped ones."""

    def lessons(self) -> Iterator[Lesson]:
        return (lesson for day in self.days for lesson in day.lessons)

    def lesson(self, key: str) -> Lesson | None:
        return next((each for each in self.lessons() if each.key == key), None)

    def questions(self) -> Iterator[ExamQuestion]:
        return (question for lesson in self.lessons() for question in lesson.questions)

    @property
    def hours(self) -> float:
        """Of the curriculum."""
        return sum(each.minutes for each in self.lessons()) / 60


def id_of(key: str, version: int) -> str:
    return f"{key}/{version}"


def check(days: Sequence[CourseDay], exam: ExamRules) -> None:
    """Raises RefusedError for a course that cannot be held or examined."""
    lessons = [lesson for day in days for lesson in day.lessons]
    questions = [question for lesson in lessons for question in lesson.questions]
    if not 0 < len(days) <= MOST_DAYS:
        raise RefusedError("bad_course", f"В курсе от 1 до {MOST_DAYS} дней.")
    if len({each.key for each in lessons}) < len(lessons) or len({each.key for each in questions}) < len(questions):
        raise RefusedError("bad_course", "Ключи уроков и вопросов не должны повторяться.")
    if any(max(each.right) >= len(each.options) or len(set(each.right)) < len(each.right) for each in questions):
        raise RefusedError("bad_course", "У вопроса отмечен верным вариант, которого нет.")
    if len(questions) < exam.questions:
        raise RefusedError("bad_course", f"На экзамене {exam.questions} вопросов, а в уроках их {len(questions)}.")
