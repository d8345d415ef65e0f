"""Lessons proposed after a review: the map of criteria and lessons, assignments, what they have changed (MC-05, TR-02)."""

from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from hub.access.authorization import Authorization
from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.parts import Clock
from hub.desk.organisation.centre import Centre
from hub.desk.quality.parts import Quality
from hub.dispatch.dispatcher import Dispatch
from hub.quality.scorecard import Verdict
from hub.quality.surveys.survey import Key
from hub.training.coaching_assignment import FEWEST_TALKS, MOST_TALKS, CoachingAssignment, LessonEffect, LessonRef
from hub.training.coaching_service import NOTHING, CoachingService, Measured
from hub.training.course_service import CourseService

ReviewKey = Annotated[str, Meta(pattern=r"^\d{1,19}-\d{1,12}$")]
LessonKey = Annotated[str, Meta(max_length=100)]


class CriterionLessonIn(Struct, frozen=True):
    """Both "" is no lesson."""

    course: LessonKey
    lesson: LessonKey


class CriterionLessonOut(Struct, frozen=True):
    card: str
    card_title: str
    item: str
    text: str
    course: str
    lesson: str


class LessonChoiceOut(Struct, frozen=True):
    course: str
    course_title: str
    lesson: str
    title: str


class CoachingMapOut(Struct, frozen=True):
    """The criteria of all scorecards of the centre with their lessons, and all lessons."""

    rows: list[CriterionLessonOut]
    lessons: list[LessonChoiceOut]


class LessonAssignmentIn(Struct, frozen=True):
    """To be done until the end of the day `until`."""

    until: date
    note: Annotated[str, Meta(max_length=500)] = ""


class LessonAssignmentOut(Struct, frozen=True):
    """`percent` is the result of the lesson's questions. `late`: it is not done, and the day is over. `mine`: the caller assigned it."""

    review: str
    item: str
    text: str
    login: str
    name: str
    course: str
    lesson: str
    title: str
    by_name: str
    at: datetime
    until: date
    note: str
    done: datetime | None
    percent: float
    seen: bool
    late: bool
    mine: bool


class LessonProposalOut(Struct, frozen=True):
    """`course` and `lesson` are "" where the criterion has no lesson."""

    item: str
    text: str
    verdict: Verdict
    course: str
    lesson: str
    title: str
    assigned: LessonAssignmentOut | None


class MeasuredLessonOut(Struct, frozen=True):
    assigned: LessonAssignmentOut
    effect: LessonEffect


class CriterionEffectOut(Struct, frozen=True):
    card: str
    item: str
    text: str
    people: int
    effect: LessonEffect


class CoachingGroupOut(Struct, frozen=True):
    """With less than `fewest` talks on a side nothing is said; at most `most` of each are compared."""

    rows: list[MeasuredLessonOut]
    criteria: list[CriterionEffectOut]
    fewest: int
    most: int


class OwnCoachingOut(Struct, frozen=True):
    rows: list[MeasuredLessonOut]
    fewest: int
    most: int


@endpoint("GET", "/api/coaching-map", Permission.TEACH)
async def coaching_map(coaching_service: CoachingService, course_service: CourseService, quality: Quality, authorization: Authorization,
                       call: Call) -> CoachingMapOut:
    """Which lesson teaches each criterion of the centre's scorecards."""
    lessons = await coaching_service.lessons(authorization.centre(call.who))
    rows = []
    for card in quality.book.cards.all(call.who):
        for item in card.items:
            teaches = lessons.get((card.key, item.key), NOTHING)
            rows.append(CriterionLessonOut(card.key, card.title.ru, item.key, item.text.ru, teaches.course, teaches.lesson))
    return CoachingMapOut(rows, [LessonChoiceOut(course.key, course.title.ru, each.key, each.title)
                                 for course in course_service.courses.all(call.who) for each in course.lessons()])


@endpoint("PUT", "/api/coaching-map/{scorecard}/{item}", Permission.TEACH)
async def put_criterion_lesson(coaching_service: CoachingService, call: Call, scorecard: Key, item: Key, body: CriterionLessonIn) -> None:
    """Choose the lesson of a criterion for one's own centre."""
    await coaching_service.teach(call.who, scorecard, item, LessonRef(body.course, body.lesson))


@endpoint("GET", "/api/reviews/{review}/lessons", Permission.SCORE_TALKS)
async def review_lessons(coaching_service: CoachingService, dispatch: Dispatch, centre: Centre, clock: Clock, call: Call,
                         review: ReviewKey) -> list[LessonProposalOut]:
    """The lessons for what the review marked «no» or «in part»."""
    show = _Shown(coaching_service, dispatch, centre, clock, call.who.login)
    return [LessonProposalOut(each.item.key, each.item.text.ru, each.verdict, each.teaches.course, each.teaches.lesson,
                              coaching_service.lesson(each.teaches), show.assignment(each.assigned) if each.assigned else None)
            for each in await coaching_service.proposals(call.who, review)]


@endpoint("PUT", "/api/reviews/{review}/lessons/{item}", Permission.SCORE_TALKS)
async def assign_lesson(coaching_service: CoachingService, dispatch: Dispatch, centre: Centre, clock: Clock, call: Call, review: ReviewKey,
                        item: Key, body: LessonAssignmentIn) -> LessonAssignmentOut:
    """Assign the lesson of a criterion to the talk's operator; again, it changes the day and the note."""
    made = await coaching_service.assign(call.who, review, item, body.until, body.note)
    return _Shown(coaching_service, dispatch, centre, clock, call.who.login).assignment(made)


@endpoint("DELETE", "/api/reviews/{review}/lessons/{item}", Permission.SCORE_TALKS)
async def withdraw_lesson(coaching_service: CoachingService, call: Call, review: ReviewKey, item: Key) -> None:
    """Withdraw an assignment that is not done."""
    await coaching_service.withdraw(call.who, review, item)


@endpoint("POST", "/api/reviews/{review}/lessons/{item}/seen", Permission.SCORE_TALKS)
async def see_lesson(coaching_service: CoachingService, call: Call, review: ReviewKey, item: Key) -> None:
    """Who assigned it has seen that it is done."""
    await coaching_service.see(call.who, review, item)


@endpoint("GET", "/api/coaching", Permission.SCORE_TALKS)
async def coaching(coaching_service: CoachingService, dispatch: Dispatch, centre: Centre, clock: Clock, call: Call) -> CoachingGroupOut:
    """The assignments of one's own centre, and what each and each criterion has changed."""
    show = _Shown(coaching_service, dispatch, centre, clock, call.who.login)
    found, criteria = await coaching_service.group(call.who)
    sums = [CriterionEffectOut(each.card, each.item, coaching_service.criterion(each.card, each.item), each.people, each.effect)
            for each in criteria]
    return CoachingGroupOut([show.measured(each) for each in found if each.assigned.login != call.who.login], sums, FEWEST_TALKS,
                            MOST_TALKS)


@endpoint("GET", "/api/own-coaching", Permission.LEARN)
async def own_coaching(coaching_service: CoachingService, dispatch: Dispatch, centre: Centre, clock: Clock, call: Call) -> OwnCoachingOut:
    """One's own assigned lessons, and what they have changed."""
    show = _Shown(coaching_service, dispatch, centre, clock, call.who.login)
    return OwnCoachingOut([show.measured(each) for each in await coaching_service.own(call.who)], FEWEST_TALKS, MOST_TALKS)


class _Shown:
    """Assignments as `login` gets them."""

    def __init__(self, service: CoachingService, dispatch: Dispatch, centre: Centre, clock: Clock, login: str) -> None:
        self._service, self._dispatch, self._login = service, dispatch, login
        self._today = clock().astimezone(ZoneInfo(centre.timezone)).date()

    def assignment(self, of: CoachingAssignment) -> LessonAssignmentOut:
        return LessonAssignmentOut(
            of.review, of.item, self._service.criterion(of.card, of.item), of.login, self._dispatch.name(of.login), of.teaches.course,
            of.teaches.lesson, self._service.lesson(of.teaches), self._dispatch.name(of.by), of.at, of.until, of.note, of.done, of.percent,
            of.seen is not None, of.done is None and of.until < self._today, of.by == self._login)

    def measured(self, of: Measured) -> MeasuredLessonOut:
        return MeasuredLessonOut(self.assignment(of.assigned), of.effect)


ENDPOINTS = (coaching_map, put_criterion_lesson, review_lessons, assign_lesson, withdraw_lesson, see_lesson, coaching, own_coaching)
