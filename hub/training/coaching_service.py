"""Lessons proposed after a review, assigned, done and measured (MC-05, TR-02).

Refusals: no such review or criterion, a criterion that was not marked low or has no lesson, a course that is not for the operator's role,
a lesson that is done already.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.conversations.ports import Store
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.kernel.signal import Signal
from hub.quality.review import Review
from hub.quality.reviews_service import QualityReviews
from hub.quality.scorecard import Scorecard, ScoreItem, Verdict
from hub.training.coaching_assignment import (
    CoachingAssignment,
    CriterionLesson,
    LessonEffect,
    LessonRef,
    effect,
    low_items,
    together,
    values,
)
from hub.training.course_service import NO_LESSON, CourseService

EVERY = 1_000_000
NOTHING = LessonRef("", "")
NO_ASSIGNMENT = RefusedError("no_such_assignment", "Такого назначения нет.")


class Proposal(Struct, frozen=True):
    """A criterion that a review marked low, the lesson for it, and its assignment."""

    item: ScoreItem
    verdict: Verdict
    teaches: LessonRef
    assigned: CoachingAssignment | None


class Measured(Struct, frozen=True):
    assigned: CoachingAssignment
    effect: LessonEffect


class CriterionEffect(Struct, frozen=True):
    """Of all who have done the lesson for a criterion."""

    card: str
    item: str
    people: int
    effect: LessonEffect


class CoachingService:
    def __init__(self, store: Store, authorization: Authorization, now: Callable[[], datetime], course_service: CourseService,
                 reviews: QualityReviews, dispatch: Dispatch, masked: Callable[[str], str],
                 shipped: Mapping[tuple[str, str], LessonRef]) -> None:
        """`masked` removes personal data from a note; `shipped` are the lessons by card and criterion until a centre changes them."""
        self._store, self._authorization, self._now = store, authorization, now
        self._course_service, self._reviews, self._dispatch, self._masked = course_service, reviews, dispatch, masked
        self._shipped = shipped
        self._changing = asyncio.Lock()
        self.on_done = Signal[[CoachingAssignment]]()
        """Somebody has done a lesson that was assigned."""

    # Which lesson teaches a criterion

    async def lessons(self, centre: str) -> dict[tuple[str, str], LessonRef]:
        """By card and criterion: the shipped ones, and those that a centre has chosen instead."""
        found = dict(self._shipped)
        for each in await self._store.marked(CriterionLesson, "centre", centre, limit=EVERY):
            _, card, item = each.key.split("/")
            found[card, item] = each.teaches
        return found

    async def teach(self, who: Operator, card: str, item: str, teaches: LessonRef) -> None:
        """Choose the lesson of a criterion for one's own centre; none is chosen, too. Idempotent."""
        if item not in {each.key for each in self._reviews.cards.find(who, card).items}:
            raise RefusedError("no_such_card", "В листе нет такого пункта.")
        if teaches != NOTHING and self._course_service.courses.find(who, teaches.course).lesson(teaches.lesson) is None:
            raise NO_LESSON
        centre = self._authorization.centre(who)
        async with self._changing:
            before = await self._store.get(CriterionLesson, key := f"{centre}/{card}/{item}")
            if before is not None and before.teaches == teaches:
                return
            after = CriterionLesson(key, centre, teaches, who.login, self._now())
            await self._put(before, after, AuditEntry(self._now(), who.login, "criterion_lesson", f"{card}/{item}",
                                                      f"{teaches.course}/{teaches.lesson}"))

    # Assignments

    async def proposals(self, who: Operator, review: str) -> list[Proposal]:
        """For each criterion that a review marked low."""
        found = await self._reviews.find(who, review)
        lessons = await self.lessons(found.centre)
        return [Proposal(item, verdict, lessons.get((card.key, item.key), NOTHING),
                         await self._store.get(CoachingAssignment, f"{review}/{item.key}"))
                for card, item, verdict in self._low(found)]

    async def assign(self, who: Operator, review: str, item: str, until: date, note: str) -> CoachingAssignment:
        """The lesson of a criterion, to be done until the end of a day; again, it changes the day and the note. Idempotent."""
        about = await self._reviews.find(who, review)
        card = next((card for card, low, _ in self._low(about) if low.key == item), None)
        if card is None or about.operator == who.login:
            raise RefusedError("not_low", "Урок назначают другому сотруднику по пункту с отметкой «нет» или «частично».")
        teaches = (await self.lessons(about.centre)).get((card.key, item), NOTHING)
        whom = self._dispatch.operator(about.operator)
        if whom is None or self._course_service.course(whom, teaches.course).lesson(teaches.lesson) is None:
            raise NO_LESSON
        async with self._changing:
            before = await self._store.get(CoachingAssignment, key := f"{review}/{item}")
            if before is not None and before.done:
                raise RefusedError("lesson_done", "Этот урок уже пройден.")
            made = CoachingAssignment(key, whom.login, about.centre, review, card.key, item, teaches, who.login, self._now(), until,
                                      self._masked(note.strip()))
            if before is not None and replace(made, at=before.at) == before:
                return before
            await self._put(before, made, AuditEntry(self._now(), who.login, "lesson_assigned", key, whom.login))
            return made

    async def withdraw(self, who: Operator, review: str, item: str) -> None:
        """An assignment that was a mistake; one that is done stays. Idempotent."""
        await self._reviews.find(who, review)
        async with self._changing:
            before = await self._store.get(CoachingAssignment, f"{review}/{item}")
            if before is None:
                return
            if before.done:
                raise RefusedError("lesson_done", "Этот урок уже пройден.")
            await self._store.exchange((), (before,), AuditEntry(self._now(), who.login, "lesson_withdrawn", before.key, before.login),
                                       seen=(before,))

    async def lesson_done(self, login: str, course: str, lesson: str, percent: float) -> None:
        """Somebody has read a lesson and answered its questions well enough."""
        teaches = LessonRef(course, lesson)
        async with self._changing:
            for each in await self._store.marked(CoachingAssignment, "login", login, limit=EVERY):
                if each.teaches == teaches and each.done is None:
                    after = replace(each, done=self._now(), percent=percent)
                    await self._put(each, after, AuditEntry(self._now(), login, "assigned_lesson_done", each.key, each.by))
                    self.on_done(after)

    async def unseen(self, login: str) -> list[CoachingAssignment]:
        """Done ones that who assigned them has not seen yet, the oldest first."""
        return await self._store.marked(CoachingAssignment, "unseen", login, limit=EVERY)

    async def see(self, who: Operator, review: str, item: str) -> None:
        """Who assigned a lesson has seen that it is done. Idempotent."""
        async with self._changing:
            before = await self._store.get(CoachingAssignment, f"{review}/{item}")
            if before is None or before.by != who.login:
                raise NO_ASSIGNMENT
            if before.done and before.seen is None:
                await self._put(before, replace(before, seen=self._now()), AuditEntry(self._now(), who.login, "lesson_seen", before.key))

    # What it has changed

    async def own(self, who: Operator) -> list[Measured]:
        """Those of the operator, the newest first."""
        found = await self._store.marked(CoachingAssignment, "login", who.login, newest=True, limit=200)
        reviews = await self._of(who.login)
        return [Measured(each, effect(*values(reviews, each))) for each in found]

    async def group(self, who: Operator) -> tuple[list[Measured], list[CriterionEffect]]:
        """Of the operator's centre: each assignment, the newest first, and each criterion."""
        centre = self._authorization.centre(who)
        found = await self._store.marked(CoachingAssignment, "centre", centre, newest=True, limit=1_000)
        reviews = {login: await self._of(login) for login in sorted({each.login for each in found})}
        sides = {each.key: values(reviews[each.login], each) for each in found}
        first: dict[tuple[str, str, str], CoachingAssignment] = {}
        for each in reversed(found):  # a lesson that was assigned again counts once: what changed since its first time
            if each.done:
                first.setdefault((each.card, each.item, each.login), each)
        criteria = sorted({(card, item) for card, item, _ in first})
        groups = {of: [each for each in first.values() if (each.card, each.item) == of] for of in criteria}
        return ([Measured(each, effect(*sides[each.key])) for each in found],
                [CriterionEffect(card, item, len(of), together(sides[each.key] for each in of)) for (card, item), of in groups.items()])

    def criterion(self, card: str, item: str) -> str:
        """Its words in the newest version of the card; its key where it is gone."""
        newest = self._reviews.cards.newest(card)
        return next((each.text.ru for each in newest.items if each.key == item), item) if newest else item

    def lesson(self, teaches: LessonRef) -> str:
        """Its title; "" where it is gone."""
        course = self._course_service.courses.newest(teaches.course)
        found = course.lesson(teaches.lesson) if course else None
        return found.title if found else ""

    async def _of(self, login: str) -> Sequence[Review]:
        return await self._store.marked(Review, "operator", login, limit=EVERY)

    def _low(self, review: Review) -> list[tuple[Scorecard, ScoreItem, Verdict]]:
        card = self._reviews.card_of(review)
        return [(card, item, verdict) for item, verdict in low_items(card, review.scorings[-1].scores)] if review.scorings else []

    async def _put(self, before: CoachingAssignment | CriterionLesson | None, after: CoachingAssignment | CriterionLesson,
                   entry: AuditEntry) -> None:
        if before is None:
            await self._store.exchange((), (), entry, new=(after,))
        else:
            await self._store.exchange((after,), (), entry, seen=(before,))
