"""What the desk sends and gets of training."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.operator import Role
from hub.knowledge.handbook import KnowledgeSnapshot
from hub.organisation.level import Level
from hub.quality.surveys.survey import Bilingual, Key
from hub.training.certificate import Certificate, CertificateState
from hub.training.course import Course, CourseDay, ExamQuestion, ExamRules, Lesson
from hub.training.exam import ExamAttempt, attempts_left
from hub.training.group import TrainingGroup
from hub.training.group_service import Standing, schedule
from hub.training.progress import TraineeProgress, changed_cards
from hub.training.scorm.manifest import ScormEdition

Login = Annotated[str, Meta(min_length=1, max_length=64)]
Line = Annotated[str, Meta(min_length=1, max_length=200)]
Why = Annotated[str, Meta(min_length=3, max_length=500)]
Chosen = Annotated[dict[Key, Annotated[tuple[Annotated[int, Meta(ge=0, le=7)], ...], Meta(max_length=8)]], Meta(max_length=100)]
"""The numbers of the chosen options by the key of the question."""


class AnswersIn(Struct, frozen=True):
    answers: Chosen = {}


class CourseIn(Struct, frozen=True):
    """`version` is the newest that was seen, 0 for a new course."""

    version: Annotated[int, Meta(ge=0, le=1_000_000)]
    title: Bilingual
    roles: Annotated[tuple[Role, ...], Meta(min_length=1, max_length=7)]
    levels: Annotated[tuple[Level, ...], Meta(min_length=1, max_length=3)]
    days: tuple[CourseDay, ...]
    exam: ExamRules
    months: Annotated[int, Meta(ge=1, le=120)]
    sources: Annotated[tuple[Line, ...], Meta(max_length=20)] = ()


class ScormQuery(Struct, frozen=True):
    edition: ScormEdition = ScormEdition.V1_2


class CourseOut(CourseIn, frozen=True, kw_only=True):
    """With the right answers: for those who teach."""

    key: str
    centre: str
    own: bool
    written: datetime


class CertificateOut(Struct, frozen=True):
    """`page` is its public address on this hub."""

    code: str
    login: str
    name: str
    course: str
    title: str
    hours: float
    percent: float
    provider: str
    licence: str
    issued: datetime
    until: datetime
    state: CertificateState
    why: str
    page: str


class CourseRowOut(Struct, frozen=True):
    """One of one's own courses, and how far one is."""

    key: str
    title: Bilingual
    days: int
    hours: float
    lessons: int
    done: int
    passed: datetime | None
    certificate: CertificateOut | None


class AskedOut(Struct, frozen=True):
    """A question without its answer; with `several` more than one option is right."""

    key: str
    text: str
    options: tuple[str, ...]
    several: bool


class QuotedCardOut(Struct, frozen=True):
    """A card in the edition in force; `changed` since the lesson was read, or, before that, since it was written."""

    name: str
    title: str
    text: str
    changed: bool


class LessonOut(Struct, frozen=True):

    key: str
    title: str
    minutes: int
    text: str
    practice: str
    cards: tuple[QuotedCardOut, ...]
    questions: tuple[AskedOut, ...]
    read: datetime | None
    percent: float | None
    done: bool


class DayOut(Struct, frozen=True):
    title: str
    lessons: tuple[LessonOut, ...]


class OwnCourseOut(Struct, frozen=True):
    row: CourseRowOut
    days: tuple[DayOut, ...]
    exam: ExamRules
    attempts_left: int
    attempts: tuple[ExamAttempt, ...]


class AnsweredOut(Struct, frozen=True):
    """After the answer: which options are right, and why."""

    key: str
    right: tuple[int, ...]
    why: str


class LessonResultOut(Struct, frozen=True):
    """`percent` is the best result so far."""

    percent: float
    done: bool
    answers: tuple[AnsweredOut, ...]


class ExamOut(Struct, frozen=True):
    until: datetime
    questions: tuple[AskedOut, ...]


class ExamResultOut(Struct, frozen=True):
    """The right answers are told of a passed exam alone."""

    percent: float
    needed: int
    passed: bool
    answers: tuple[AnsweredOut, ...]


class TrainingGroupIn(Struct, frozen=True):
    title: Line
    course: Key
    version: Annotated[int, Meta(ge=1, le=1_000_000)]
    provider: Key
    lecturer: Line
    begins: date
    trainees: Annotated[tuple[Login, ...], Meta(min_length=1, max_length=100)]


class StandingOut(Struct, frozen=True):
    login: str
    name: str
    lessons: int
    days: int
    percent: float | None
    passed: bool
    lacks: tuple[str, ...]
    certificate: CertificateOut | None


class TrainingGroupOut(TrainingGroupIn, frozen=True, kw_only=True):
    key: str
    course_title: str
    schedule: tuple[date, ...]
    lessons: int
    present: dict[int, tuple[str, ...]]
    standings: tuple[StandingOut, ...]


class TrainingGroupRowOut(Struct, frozen=True):
    key: str
    title: str
    course_title: str
    begins: date
    trainees: int


class AttendanceIn(Struct, frozen=True):
    present: Annotated[tuple[Login, ...], Meta(max_length=100)]


class ProviderIn(Struct, frozen=True):
    """`until` is the last day of the licence."""

    name: Line
    licence: Annotated[str, Meta(min_length=1, max_length=100)]
    until: date


class ProviderOut(ProviderIn, frozen=True, kw_only=True):
    key: str


class RevocationIn(Struct, frozen=True):
    why: Why


class ExemptionIn(Struct, frozen=True):
    until: Annotated[datetime, Meta(tz=True)]
    why: Why


class ShareOut(Struct, frozen=True):
    """Of those who serve the queues of a centre that demand the qualification."""

    centre: str
    course: str
    title: str
    trained: int
    staff: int


def asked_out(question: ExamQuestion) -> AskedOut:
    return AskedOut(question.key, question.text, question.options, len(question.right) > 1)


def answered_out(questions: Iterable[ExamQuestion]) -> tuple[AnsweredOut, ...]:
    return tuple(AnsweredOut(each.key, each.right, each.why) for each in questions)


def certificate_out(of: Certificate, now: datetime) -> CertificateOut:
    return CertificateOut(of.code, of.login, of.name, of.course, of.title, of.hours, of.percent, of.provider, of.licence, of.issued,
                          of.until, of.state(now), of.why, f"/certificate/{of.code}")


def course_out(of: Course, *, own: bool) -> CourseOut:
    return CourseOut(version=of.version, title=of.title, roles=of.roles, levels=of.levels, days=of.days, exam=of.exam, months=of.months,
                     sources=of.sources, key=of.key, centre=of.centre, own=own, written=of.written)


def course_row(course: Course, progress: TraineeProgress, done: int, certificate: Certificate | None, now: datetime) -> CourseRowOut:
    shown = certificate_out(certificate, now) if certificate else None
    return CourseRowOut(course.key, course.title, len(course.days), round(course.hours, 1), len(list(course.lessons())), done,
                        progress.passed, shown)


def own_course(row: CourseRowOut, course: Course, progress: TraineeProgress, done: Iterable[str],
               changed: Callable[[str], datetime | None], handbook: KnowledgeSnapshot, now: datetime) -> OwnCourseOut:
    finished = frozenset(done)

    def lesson_out(lesson: Lesson) -> LessonOut:
        record = progress.lessons.get(lesson.key)
        newer = changed_cards(lesson, record.read if record else course.written, changed)
        cards = tuple(quoted(handbook, each, changed=each in newer) for each in lesson.cards)
        return LessonOut(
            lesson.key, lesson.title, lesson.minutes, lesson.text, lesson.practice, cards, tuple(map(asked_out, lesson.questions)),
            record.read if record else None, record.percent if record else None, lesson.key in finished)

    days = tuple(DayOut(day.title, tuple(map(lesson_out, day.lessons))) for day in course.days)
    return OwnCourseOut(row, days, course.exam, attempts_left(course, progress.attempts, now), progress.attempts)


def quoted(handbook: KnowledgeSnapshot, name: str, *, changed: bool) -> QuotedCardOut:
    """A service by its summary, an article by its text; a card that is gone has no title."""
    sort, _, id_ = name.partition("/")
    if sort == "service" and (service := handbook.services.get(id_)) is not None:
        return QuotedCardOut(name, service.title, service.about, changed)
    if sort == "article" and (article := handbook.articles.get(id_)) is not None:
        return QuotedCardOut(name, article.title, article.text, changed)
    return QuotedCardOut(name, "", "", changed)


def group_out(of: TrainingGroup, course: Course, standings: Iterable[Standing], named: Callable[[str], str],
              now: datetime) -> TrainingGroupOut:
    shown = tuple(StandingOut(each.login, named(each.login), each.lessons, each.days, each.percent, each.passed, each.lacks,
                              certificate_out(each.certificate, now) if each.certificate else None) for each in standings)
    return TrainingGroupOut(title=of.title, course=of.course, version=of.version, provider=of.provider, lecturer=of.lecturer,
                            begins=of.begins, trainees=of.trainees, key=of.key, course_title=course.title.ru,
                            schedule=tuple(schedule(of, course)), lessons=len(list(course.lessons())), present=of.present, standings=shown)
