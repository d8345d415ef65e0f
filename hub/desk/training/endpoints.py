"""Training: own courses, lessons and exams; groups, providers, certificates (TR-01…TR-07)."""

from typing import Annotated

from aiohttp import web
from msgspec import Meta

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.papers import paper_response
from hub.desk.http.parts import Clock
from hub.desk.organisation.centre import Centre
from hub.desk.training.forms import (
    AnswersIn,
    AttendanceIn,
    CertificateOut,
    CourseIn,
    CourseOut,
    CourseRowOut,
    ExamOut,
    ExamResultOut,
    ExemptionIn,
    LessonResultOut,
    OwnCourseOut,
    ProviderIn,
    ProviderOut,
    RevocationIn,
    ScormQuery,
    ShareOut,
    TrainingGroupIn,
    TrainingGroupOut,
    TrainingGroupRowOut,
    answered_out,
    asked_out,
    certificate_out,
    course_out,
    course_row,
    group_out,
    own_course,
    quoted,
)
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.errors import RefusedError
from hub.knowledge.editorial import Editorial
from hub.quality.surveys.survey import Key
from hub.training.certificate_registry import CertificateRegistry
from hub.training.coaching_service import CoachingService
from hub.training.course import Course, check, id_of
from hub.training.course_service import CourseService
from hub.training.exam import draw, percent_of
from hub.training.group import TrainingGroup
from hub.training.group_service import TrainingGroupService
from hub.training.scorm.package import QuotedCard, package

Code = Annotated[str, Meta(pattern=r"^[0-9A-Z]{12}$")]
Login = Annotated[str, Meta(pattern=r"^[^/]{1,64}$")]
CourseDayNumber = Annotated[int, Meta(ge=0, le=13)]
NO_OPERATOR = RefusedError("no_such_operator", "Такой учётной записи нет.")


@endpoint("GET", "/api/own-courses", Permission.LEARN)
async def own_courses(course_service: CourseService, registry: CertificateRegistry, clock: Clock, call: Call) -> list[CourseRowOut]:
    """The courses of one's role, with what one has done."""
    return [await _row(course_service, registry, clock, call.who, each) for each in course_service.own(call.who)]


@endpoint("GET", "/api/own-courses/{course}", Permission.LEARN)
async def own_course_of(course_service: CourseService, registry: CertificateRegistry, editorial: Editorial, clock: Clock, call: Call,
                        course: Key) -> OwnCourseOut:
    """Its lessons with their texts and questions, without the answers."""
    found = course_service.course(call.who, course)
    progress = await course_service.progress(call.who.login, course)
    done = course_service.done(found, progress)
    row = course_row(found, progress, len(done), registry.best(call.who.login, course), clock())
    return own_course(row, found, progress, done, course_service.changed, editorial.handbook(), clock())


@endpoint("POST", "/api/own-courses/{course}/lessons/{lesson}", Permission.LEARN)
async def read_lesson(course_service: CourseService, coaching_service: CoachingService, call: Call, course: Key, lesson: Key,
                      body: AnswersIn) -> LessonResultOut:
    """The lesson was read; its questions are marked, and the right answers told. Where it was assigned, it is done by this."""
    found, progress = await course_service.read(call.who, course, lesson, body.answers)
    learnt = course_service.course(call.who, course)
    percent = percent_of(found.questions, body.answers) if found.questions else 100.0
    if percent >= learnt.exam.pass_percent:
        await coaching_service.lesson_done(call.who.login, course, lesson, percent)
    done = lesson in course_service.done(learnt, progress)
    return LessonResultOut(progress.lessons[lesson].percent, done, answered_out(found.questions))


@endpoint("POST", "/api/own-courses/{course}/exam", Permission.LEARN)
async def begin_exam(course_service: CourseService, call: Call, course: Key) -> ExamOut:
    """Begin the exam, or go on with the one under way."""
    _, attempt, questions = await course_service.begin_exam(call.who, course)
    return ExamOut(attempt.until, tuple(map(asked_out, questions)))


@endpoint("POST", "/api/own-courses/{course}/exam/answers", Permission.LEARN)
async def end_exam(course_service: CourseService, call: Call, course: Key, body: AnswersIn) -> ExamResultOut:
    """The answers of the exam under way; those sent too late are refused."""
    found, ended = await course_service.end_exam(call.who, course, body.answers)
    right = answered_out(draw(found, ended.seed)) if ended.passed else ()
    return ExamResultOut(ended.percent, found.exam.pass_percent, ended.passed, right)


@endpoint("GET", "/api/courses", Permission.TEACH)
async def courses(course_service: CourseService, authorization: Authorization, call: Call) -> list[CourseOut]:
    """All courses of one's own centre and those common to the hub, with the right answers."""
    return [course_out(each, own=authorization.keeps(call.who, each.centre)) for each in course_service.courses.all(call.who)]


@endpoint("GET", "/api/courses/{course}/scorm", Permission.TEACH)
async def course_package(course_service: CourseService, editorial: Editorial, call: Call, course: Key, query: ScormQuery) -> web.Response:
    """The newest version for another learning system, with the cards of the handbook as they are told today. It holds the right answers."""
    found, handbook = course_service.courses.find(call.who, course), editorial.handbook()
    told = (quoted(handbook, name, changed=False) for lesson in found.lessons() for name in lesson.cards)
    cards = {each.name: QuotedCard(each.title, each.text) for each in told}
    content = package(found, cards, f"{editorial.today:%d.%m.%Y}", query.edition)
    return paper_response(f"{found.key}-{found.version}-scorm-{query.edition}", "zip", content)


@endpoint("PUT", "/api/courses/{course}", Permission.TEACH)
async def put_course(course_service: CourseService, clock: Clock, call: Call, course: Key, body: CourseIn) -> CourseOut:
    """Write a new version; groups keep theirs."""
    check(body.days, body.exam)
    version = body.version + 1
    made = await course_service.courses.write(
        call.who, course, body.version, "course",
        lambda centre, at: Course(id_of(course, version), course, version, body.title, body.roles, body.levels, body.days, body.exam,
                                  body.months, call.who.login, at, body.sources, centre), clock())
    return course_out(made, own=True)


@endpoint("GET", "/api/training-groups", Permission.TEACH)
async def training_groups(group_service: TrainingGroupService, call: Call) -> list[TrainingGroupRowOut]:
    """Those of one's own centre, the newest first."""
    return [TrainingGroupRowOut(each.key, each.title, group_service.course(call.who, each).title.ru, each.begins, len(each.trainees))
            for each in await group_service.all(call.who)]


@endpoint("GET", "/api/training-groups/{group}", Permission.TEACH)
async def training_group(group_service: TrainingGroupService, dispatch: Dispatch, clock: Clock, call: Call, group: Key) -> TrainingGroupOut:
    """Schedule, attendance, and how far each trainee is."""
    return await _group_out(group_service, dispatch, clock, call.who, await group_service.find(call.who, group))


@endpoint("PUT", "/api/training-groups/{group}", Permission.TEACH)
async def put_training_group(group_service: TrainingGroupService, authorization: Authorization, dispatch: Dispatch, clock: Clock,
                             call: Call, group: Key, body: TrainingGroupIn) -> TrainingGroupOut:
    """Plan a group, or change it; the attendance stays."""
    if any(dispatch.operator(each) is None for each in body.trainees):
        raise NO_OPERATOR
    made = TrainingGroup(group, body.title.strip(), body.course, body.version, body.provider, body.lecturer.strip(), body.begins,
                         tuple(dict.fromkeys(body.trainees)), authorization.centre(call.who), call.who.login, clock())
    return await _group_out(group_service, dispatch, clock, call.who, await group_service.write(call.who, group, made))


@endpoint("PUT", "/api/training-groups/{group}/days/{day}", Permission.TEACH)
async def mark_attendance(group_service: TrainingGroupService, dispatch: Dispatch, clock: Clock, call: Call, group: Key,
                          day: CourseDayNumber, body: AttendanceIn) -> TrainingGroupOut:
    """Who was there on a day of the course, from 0."""
    marked = await group_service.mark(call.who, group, day, body.present)
    return await _group_out(group_service, dispatch, clock, call.who, marked)


@endpoint("POST", "/api/training-groups/{group}/certificates/{login}", Permission.TEACH)
async def issue_certificate(group_service: TrainingGroupService, dispatch: Dispatch, clock: Clock, call: Call, group: Key,
                            login: Login) -> CertificateOut:
    """For a trainee who has finished the course."""
    return certificate_out(await group_service.certify(call.who, group, _operator(dispatch, login)), clock())


@endpoint("GET", "/api/training-providers", Permission.TEACH)
async def training_providers(registry: CertificateRegistry, authorization: Authorization, call: Call) -> list[ProviderOut]:
    """Institutions whose certificates the centre recognises."""
    return [ProviderOut(name=each.name, licence=each.licence, until=each.until, key=each.key)
            for each in registry.providers(authorization, call.who)]


@endpoint("PUT", "/api/training-providers/{provider}", Permission.TEACH)
async def put_training_provider(registry: CertificateRegistry, authorization: Authorization, call: Call, provider: Key,
                                body: ProviderIn) -> ProviderOut:
    """Write down an institution with its licence."""
    made = await registry.write_provider(authorization, call.who, provider, body.name, body.licence, body.until)
    return ProviderOut(name=made.name, licence=made.licence, until=made.until, key=made.key)


@endpoint("GET", "/api/certificates", Permission.TEACH)
async def certificates(registry: CertificateRegistry, authorization: Authorization, clock: Clock, call: Call) -> list[CertificateOut]:
    """Those of one's own centre, the first to end first."""
    return [certificate_out(each, clock()) for each in registry.all(authorization, call.who)]


@endpoint("POST", "/api/certificates/{code}/revoke", Permission.TEACH)
async def revoke_certificate(registry: CertificateRegistry, authorization: Authorization, clock: Clock, call: Call, code: Code,
                             body: RevocationIn) -> CertificateOut:
    """It ends at once, for a reason."""
    return certificate_out(await registry.revoke(authorization, call.who, code, body.why), clock())


@endpoint("PUT", "/api/operators/{login}/exemptions/{course}", Permission.TEACH)
async def put_exemption(course_service: CourseService, registry: CertificateRegistry, authorization: Authorization, dispatch: Dispatch,
                        call: Call, login: Login, course: Key, body: ExemptionIn) -> None:
    """Somebody may serve without the certificate until a moment; one in the past ends it."""
    whom = _operator(dispatch, login)
    if not authorization.covers_all(call.who, whom.queues):
        raise NO_OPERATOR
    await registry.exempt(authorization, call.who, whom, course_service.courses.find(call.who, course), body.until, body.why)


@endpoint("GET", "/api/trained-shares", Permission.TEACH)
async def trained_shares(group_service: TrainingGroupService, course_service: CourseService, dispatch: Dispatch, centre: Centre,
                         authorization: Authorization, call: Call) -> list[ShareOut]:
    """How many of those who serve have the certificate, by centre."""
    needs = {each.id: each.qualification for each in centre.queues if each.qualification and not each.successor}
    titles = {each.key: each.title.ru for each in course_service.courses.all(call.who)}
    return [ShareOut(each.centre, each.course, titles.get(each.course, each.course), each.trained, each.staff)
            for each in group_service.shares(dispatch.operators(), needs) if each.centre in authorization.below(call.who)]


async def _row(course_service: CourseService, registry: CertificateRegistry, clock: Clock, who: Operator, course: Course) -> CourseRowOut:
    progress = await course_service.progress(who.login, course.key)
    return course_row(course, progress, len(course_service.done(course, progress)), registry.best(who.login, course.key), clock())


async def _group_out(group_service: TrainingGroupService, dispatch: Dispatch, clock: Clock, who: Operator,
                     group: TrainingGroup) -> TrainingGroupOut:
    return group_out(group, group_service.course(who, group), await group_service.standings(who, group), dispatch.name, clock())


def _operator(dispatch: Dispatch, login: str) -> Operator:
    found = dispatch.operator(login)
    if found is None:
        raise NO_OPERATOR
    return found


ENDPOINTS = (own_courses, own_course_of, read_lesson, begin_exam, end_exam, courses, course_package, put_course, training_groups,
             training_group, put_training_group, mark_attendance, issue_certificate, training_providers, put_training_provider,
             certificates, revoke_certificate, put_exemption, trained_shares)
