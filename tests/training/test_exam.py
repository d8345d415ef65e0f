"""Courses, draws, results, and how long a certificate holds."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bots.russian import Russian
from hub.access.authorization import Authorization, Line
from hub.access.operator import Operator, Role
from hub.access.permissions import PERMISSION_MATRIX, Permission
from hub.kernel.errors import RefusedError
from hub.organisation.level import Level
from hub.training.certificate import Certificate, CertificateState, ends
from hub.training.course import Course, CourseDay, ExamQuestion, ExamRules, Lesson, check
from hub.training.course_service import CourseService
from hub.training.exam import draw, percent_of
from hub.training.group import TrainingGroup
from hub.training.progress import TraineeProgress, changed_cards, done, with_lesson
from okno.training import shipped_courses
from storage.memory import MemoryStore

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def shipped(key: str) -> Course:
    return next(each.course(AT) for each in shipped_courses() if each.key == key)


@pytest.mark.parametrize("course", [each.course(AT) for each in shipped_courses()], ids=lambda each: each.key)
def test_a_shipped_course_is_a_week(course: Course) -> None:
    # TR-01, TR-03, TR-07: five to seven days with their lessons, and an exam that its questions can fill; what one level adds is two
    days, hours = ((5, 7), 20) if len(course.levels) > 1 else ((2, 2), 10)
    assert days[0] <= len(course.days) <= days[1]
    assert all(len(day.lessons) >= 1 for day in course.days)
    assert all(lesson.questions and len(lesson.text.split()) > 40 for lesson in course.lessons())
    assert course.hours >= hours
    check(course.days, course.exam)


def test_every_role_and_level_has_its_course() -> None:
    # TR-03, TR-07: whoever works at the desk; a supervisor's people review and edit as well
    courses = shipped_courses()
    assert {role for each in courses for role in each.roles} == set(Role) - {Role.WALL}
    assert {each.key for each in courses} >= {"supervisor", "editor", "reviewer", "administrator"}
    assert {level for each in courses if len(each.levels) == 1 for level in each.levels} == set(Level)


def test_seniors_are_taught_what_they_may_do() -> None:
    # TR-03: lending people, taking an alarm and a talk of others are acts of whoever leads
    assert Role.SENIOR not in PERMISSION_MATRIX[Permission.STEER].roles
    taught = " ".join(lesson.text + " ".join(each.text for each in lesson.questions) for lesson in shipped("senior").lessons())
    assert [words for words in ("одалж", "перевести людей на", "тревогу принимают на себя", "включить передачу") if words in taught] == []


async def test_an_update_brings_further_courses_and_changes_none() -> None:
    # TR-07
    store = MemoryStore(Russian())
    authorization = Authorization({}, Line("", ("001", "", ""), "001", Level.REGIONAL), lambda *_: frozenset(), lambda code: frozenset({code}))
    try:
        for shipped_then, when in ((shipped_courses()[:1], AT), (shipped_courses(), AT + timedelta(days=1))):
            service = CourseService(store, authorization, lambda: AT, lambda _: None)
            await service.courses.start((each.course(when) for each in shipped_then), "courses_filled", lambda: AT)
        written = {each.key: each.written for each in await store.all(Course)}
        assert written == {each.key: AT + timedelta(days=n > 0) for n, each in enumerate(shipped_courses())}
    finally:
        await store.close()


async def test_a_course_of_one_level_is_for_centres_of_it() -> None:
    # TR-07
    lines = {level: Line(level, ("001", "", ""), "001", level) for level in Level}
    authorization = Authorization(lines, lines[Level.REGIONAL], lambda *_: frozenset(), lambda code: frozenset({code}), lambda *_: True)
    service = CourseService(store := MemoryStore(Russian()), authorization, lambda: AT, lambda _: None)
    await service.courses.start((each.course(AT) for each in shipped_courses()), "courses_filled", lambda: AT)
    try:
        for level in Level:
            who = Operator("anna", "Анна", Role.OPERATOR, (level,))
            assert {each.key for each in service.own(who)} == {"operator", level}
            with pytest.raises(RefusedError, match="курса нет"):
                service.course(who, next(each for each in Level if each is not level))
        admin = Operator("boss", "Глава", Role.ADMIN)
        assert [each.key for each in service.own(admin)] == ["administrator"]
    finally:
        await store.close()


@given(st.integers(0, 2**48))
def test_a_draw_repeats_and_asks_of_every_lesson(seed: int) -> None:
    # TR-02
    course = shipped("operator")
    drawn = draw(course, seed)
    assert drawn == draw(course, seed)
    assert len({each.key for each in drawn}) == course.exam.questions
    lessons = [lesson for lesson in course.lessons() if lesson.questions]
    assert all(any(question in drawn for question in lesson.questions) for lesson in lessons)


def test_a_question_is_right_with_all_its_options_and_no_other() -> None:
    # TR-02
    several = ExamQuestion("q", "?", ("a", "b", "c"), (0, 2))
    assert [percent_of([several], {"q": chosen}) for chosen in ((0, 2), (2, 0), (0,), (0, 1, 2), ())] == [100, 100, 0, 0, 0]


@pytest.mark.parametrize(("issued", "months", "until"), [
    (date(2026, 1, 31), 1, date(2026, 2, 28)), (date(2024, 1, 31), 1, date(2024, 2, 29)), (date(2026, 12, 5), 1, date(2027, 1, 5)),
    (date(2026, 11, 30), 36, date(2029, 11, 30)), (date(2024, 2, 29), 12, date(2025, 2, 28))])
def test_months_end_on_the_same_day(issued: date, months: int, until: date) -> None:
    assert ends(issued, months) == until


def test_a_certificate_is_told_thirty_days_ahead() -> None:
    # TR-05
    until = AT + timedelta(days=100)
    held = Certificate("X", "a", "А", "operator", 1, "t", 30, 90, "p", "1", AT, until, "b", "001")
    states = [held.state(until - timedelta(days=left)) for left in (31, 30, 1, 0)]
    assert states == [CertificateState.VALID, CertificateState.ENDING, CertificateState.ENDING, CertificateState.EXPIRED]
    assert replace(held, revoked=AT).state(AT) is CertificateState.REVOKED


def test_a_lesson_is_read_again_when_its_card_has_changed() -> None:
    # TR-02: lessons are of what is in force
    lesson = Lesson("one", "Один", 30, "текст", ("article/mfc",))
    course = Course("c/1", "c", 1, shipped("operator").title, (), (), (CourseDay("д", (lesson,)),), ExamRules(), 12, "", AT)
    progress = with_lesson(TraineeProgress("a/c", "a", "c"), "one", 100, AT)
    assert done(course, progress, lambda _: AT - timedelta(days=1)) == ["one"]
    later = AT + timedelta(days=1)
    assert done(course, progress, lambda _: later) == []
    assert changed_cards(lesson, AT, lambda _: later) == ("article/mfc",)
    assert done(course, with_lesson(progress, "one", 0, later + timedelta(1)), lambda _: later) == ["one"]  # the best result counts


@pytest.mark.parametrize("wrong", [
    (), (CourseDay("д", (Lesson("a", "A", 30, "т"), Lesson("a", "A", 30, "т"))),),
    (CourseDay("д", (Lesson("a", "A", 30, "т", questions=(ExamQuestion("q", "?", ("a", "b"), (2,)),)),)),),
    (CourseDay("д", (Lesson("a", "A", 30, "т"),)),)])
def test_a_course_that_cannot_be_held_is_refused(wrong: tuple[CourseDay, ...]) -> None:
    with pytest.raises(RefusedError) as refused:
        check(wrong, ExamRules(questions=1))
    assert refused.value.code == "bad_course"


def test_a_group_learns_on_working_days() -> None:
    # TR-01
    group = TrainingGroup("g", "t", "operator", 1, "p", "l", date(2026, 3, 5), ("a",), "001", "b", AT)
    assert [each.isoformat() for each in group.days(5)] == ["2026-03-05", "2026-03-06", "2026-03-09", "2026-03-10", "2026-03-11"]
