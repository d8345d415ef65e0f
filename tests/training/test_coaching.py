"""A low mark proposes a lesson; it is assigned, done, told, and what it changed is measured (MC-05, TR-02)."""

from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.access.operator import Operator, Role
from hub.conversations.ports import Store
from hub.kernel.errors import RefusedError
from hub.quality.review import DrawCause, Review, ReviewState, Scoring
from hub.quality.scorecard import ItemScore, Verdict
from hub.training.coaching_assignment import CoachingAssignment, LessonRef, effect, together, values, wilson
from hub.training.coaching_service import NOTHING, CoachingService
from hub.training.course_service import CourseService
from okno.quality import shipped_cards
from okno.training import shipped_coaching, shipped_courses
from tests.authorization_rules import authorization_of
from tests.privacy.test_eraser import over
from tests.quality.test_quality import Judging
from tests.rig import ANNA, QUEUES, Clock, Drawer, Rig

SENIOR = Operator("senior", "Сергей", Role.SENIOR, ("general",))
BOSS = Operator("boss", "Борис", Role.SUPERVISOR, ("general",))
UNTIL = date(2026, 8, 1)
marks = st.lists(st.sampled_from((0.0, 0.5, 1.0)), max_size=20)


def test_each_criterion_of_the_shipped_card_has_a_lesson_that_is_there() -> None:  # MC-05, TR-02
    courses = {each.key: {lesson.key for day in each.days for lesson in day.lessons} for each in shipped_courses()}
    ((card, form),) = shipped_cards()
    assert {item.key for item in form.items} == {item for named, item in shipped_coaching() if named == card}
    assert all(each.lesson in courses[each.course] for each in shipped_coaching().values())


@given(marks, marks)
def test_the_interval_holds_the_change_and_few_talks_say_nothing(before: list[float], after: list[float]) -> None:  # MC-05
    found = effect(before, after)
    assert (found.talks_before, found.talks_after) == (len(before), len(after))
    assert (found.change is None) is (min(len(before), len(after)) < 5)
    if found.change is not None and found.low is not None and found.high is not None:
        assert -1 - 1e-9 <= found.low <= found.change + 1e-9
        assert found.change - 1e-9 <= found.high <= 1 + 1e-9
        assert found.high - found.low > 0.1  # five equal marks are no certainty


def test_the_interval_is_that_of_the_book() -> None:  # MC-05; Newcombe 1998, table II: 56/70 and 48/80
    found = effect([1.0] * 48 + [0.0] * 32, [1.0] * 56 + [0.0] * 14)
    assert [round(each, 4) for each in (found.change or 0, found.low or 0, found.high or 0)] == [0.2, 0.0524, 0.3339]
    assert [round(each, 4) for each in wilson(56 / 70, 70)] == [0.6918, 0.877]


def test_of_a_group_everybody_counts_with_as_many_talks_before_as_after() -> None:  # MC-05
    found = together([([0.0] * 20, [1.0] * 2), ([0.0] * 4, [1.0] * 9), ([], [1.0] * 9)])
    assert (found.talks_before, found.talks_after, found.change) == (6, 6, 1.0)


class Coaching:
    def __init__(self, judging: Judging, store: Store) -> None:
        rig = judging.rig
        self.judging, self.rig, self.store = judging, rig, store
        authorization = authorization_of(QUEUES)
        self.courses = CourseService(store, authorization, lambda: rig.clock.now, lambda _: rig.clock.now - timedelta(days=900))
        self.service = CoachingService(store, authorization, lambda: rig.clock.now, self.courses, judging.book, rig.dispatch,
                                       lambda text: text.replace("Пётр", "***"), shipped_coaching())

    async def scored(self, who: str, **low: Verdict) -> str:
        """A settled review of Anna's talk with a citizen."""
        await over(self.rig, who=who)
        (review,) = await self.judging.drawn(who)
        await self.judging.book.take(SENIOR, review.key)
        sheet = [replace(each, verdict=low.get(each.item.replace("-", "_"), each.verdict)) for each in self.judging.sheet()]
        await self.judging.book.score(SENIOR, review.key, sheet, "")
        await self.judging.book.agree(ANNA, review.key)
        return review.key


@pytest.fixture
async def coaching(store: Store, clock: Clock) -> AsyncIterator[Coaching]:
    rig = await Rig(store, clock, files=Drawer()).start()
    judging = Judging(rig)
    await judging.book.start()
    await judging.sampling.start()
    made = Coaching(judging, store)
    await made.courses.courses.start((each.course(clock.now) for each in shipped_courses()), "courses_filled", lambda: clock.now)
    yield made
    await judging.sampling.close()
    await judging.book.close()
    await rig.stop()


async def test_from_a_low_mark_to_what_has_changed(coaching: Coaching) -> None:  # MC-05, TR-02
    service, told = coaching.service, []
    service.on_done.subscribe(told.append)
    review = await coaching.scored("bad", conflict=Verdict.NO, script=Verdict.PART)
    assert [(each.item.key, each.teaches, each.assigned) for each in await service.proposals(SENIOR, review)] == [
        ("script", LessonRef("operator", "handbook"), None), ("conflict", LessonRef("operator", "hard"), None)]
    with pytest.raises(RefusedError, match="отметкой"):
        await service.assign(SENIOR, review, "greeting", UNTIL, "")
    made = await service.assign(SENIOR, review, "conflict", UNTIL, "Пётр сердился")
    assert (made.login, made.by, made.note) == ("anna", "senior", "*** сердился")
    assert await service.assign(SENIOR, review, "conflict", UNTIL, "Пётр сердился") == made
    await service.withdraw(SENIOR, review, "conflict")
    assert await service.own(ANNA) == []
    await service.assign(SENIOR, review, "conflict", UNTIL, "")

    coaching.rig.clock.now += timedelta(hours=1)
    await service.lesson_done("anna", "operator", "structure", 100)
    assert told == []
    await service.lesson_done("anna", "operator", "hard", 100)
    await service.lesson_done("anna", "operator", "hard", 50)
    assert [(each.by, each.percent) for each in told] == [("senior", 100)]
    assert [each.key for each in await service.unseen("senior")] == [f"{review}/conflict"]
    with pytest.raises(RefusedError):
        await service.see(BOSS, review, "conflict")
    await service.see(SENIOR, review, "conflict")
    assert await service.unseen("senior") == []
    with pytest.raises(RefusedError, match="пройден"):
        await service.withdraw(SENIOR, review, "conflict")
    coaching.rig.clock.now += timedelta(hours=1)
    await coaching.scored("good")
    ((own,), (rows, (criterion,))) = await service.own(ANNA), await service.group(BOSS)
    assert own == rows[0]
    assert (own.effect.talks_before, own.effect.talks_after, own.effect.after, own.effect.change) == (0, 1, 1.0, None)
    assert (criterion.item, criterion.people) == ("conflict", 1)


def test_only_settled_talks_around_the_lesson_count_and_not_the_one_that_was_bad(clock: Clock) -> None:  # MC-05
    def review(key: str, days: int, verdict: Verdict, **more: object) -> Review:
        at = clock.now + timedelta(days=days)
        made = Review(key, 1, "n", "anna", "general", "web", "", at, "standard/2", DrawCause.RANDOM, at, "d",
                      scorings=(Scoring(at, "s", (ItemScore("conflict", verdict),)),), settled=at)
        return replace(made, **more)
    assigned = CoachingAssignment("bad/conflict", "anna", "", "bad", "standard", "conflict", LessonRef("operator", "hard"), "senior",
                                  clock.now, UNTIL, done=clock.now + timedelta(days=2))
    reviews = [review("bad", -1, Verdict.NO), review("before", -2, Verdict.PART), review("between", 1, Verdict.YES),
               review("after", 3, Verdict.YES), review("open", 4, Verdict.NO, settled=None), review("none", 5, Verdict.NOT_APPLICABLE),
               review("other", 6, Verdict.NO, card="own/1")]
    assert reviews[4].state is ReviewState.SCORED
    assert values(reviews, assigned) == ([0.5], [1.0])
    assert values([review(f"b{day:02}", -day - 2, Verdict.NO) for day in range(30)], assigned) == ([0.0] * 20, [])


async def test_a_centre_chooses_its_own_lessons_and_strangers_see_nothing(coaching: Coaching) -> None:  # TR-02, SE-01
    service = coaching.service
    review = await coaching.scored("bad", conflict=Verdict.NO)
    await service.teach(BOSS, "standard", "conflict", LessonRef("operator", "plain"))
    ((proposal),) = await service.proposals(SENIOR, review)
    assert proposal.teaches == LessonRef("operator", "plain")
    with pytest.raises(RefusedError):
        await service.teach(BOSS, "standard", "conflict", LessonRef("operator", "nowhere"))
    with pytest.raises(RefusedError):
        await service.teach(BOSS, "standard", "nothing", NOTHING)
    await service.teach(BOSS, "standard", "conflict", NOTHING)
    with pytest.raises(RefusedError):
        await service.assign(SENIOR, review, "conflict", UNTIL, "")
    found = await coaching.store.get(Review, review)
    assert found is not None
    await coaching.store.exchange((replace(found, centre="far"),), ())  # from now on it is another centre's
    with pytest.raises(RefusedError):
        await service.proposals(SENIOR, review)
    with pytest.raises(RefusedError):
        await service.assign(SENIOR, review, "conflict", UNTIL, "")
    with pytest.raises(RefusedError):
        await service.withdraw(SENIOR, review, "conflict")
    with pytest.raises(RefusedError):
        await service.see(SENIOR, review, "conflict")
    assert await service.group(SENIOR) == ([], [])
