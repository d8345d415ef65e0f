"""Talks are drawn at random and can be drawn again, are judged by nobody's own, and count when they are settled; citizens say how content they were."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.access.operator import Operator, Role
from hub.access.read_log import AccessGround
from hub.conversations.address import Address
from hub.conversations.conversation import Closed, InQueue, hand_over
from hub.conversations.journal import ErasureCause, HandedOver
from hub.conversations.message import Author
from hub.conversations.ports import Store
from hub.kernel.errors import RefusedError
from hub.privacy.eraser import Eraser
from hub.quality.calibration import alpha, compared
from hub.quality.calibration_service import CalibrationService
from hub.quality.csat import QUESTION, THANKS, Csat, read, summed
from hub.quality.csat_service import CsatService
from hub.quality.review import Criteria, DrawCause, Fitting, Per, Review, ReviewPlan, ReviewState, drawn_of, key_of
from hub.quality.reviews_service import QualityReviews
from hub.quality.sampling import Sampling
from hub.quality.scorecard import ItemScore, Scorecard, ScoreItem, Verdict, check_scores, total
from hub.quality.surveys.survey import Bilingual
from okno.quality import lexicon, shipped_cards
from storage.erasure_register import ErasureFile
from tests.authorization_rules import authorization_of
from tests.privacy.test_eraser import over
from tests.rig import ANNA, MOSCOW, OLGA, QUEUES, Clock, Drawer, Rig, eventually

AT = datetime(2026, 1, 1, tzinfo=UTC)
SENIOR, BOSS = Operator("senior", "Сергей", Role.SENIOR, ("general",)), Operator("boss", "Борис", Role.SUPERVISOR, ("general",))
CARD = Scorecard("c/1", "c", 1, Bilingual("Лист"), (ScoreItem("a", Bilingual("А"), 3), ScoreItem("b", Bilingual("Б"), 1, critical=True)), "", AT)
verdicts = st.sampled_from(Verdict)


# Cards


@given(st.lists(st.tuples(verdicts, st.integers(1, 100)), min_size=1, max_size=12))
def test_a_score_is_between_nothing_and_all_and_never_falls_by_a_better_verdict(given_: list[tuple[Verdict, int]]) -> None:  # OC-01, MC-05
    card = replace(CARD, items=tuple(ScoreItem(f"i{n}", Bilingual("?"), weight) for n, (_, weight) in enumerate(given_)))
    scores = [ItemScore(f"i{n}", verdict, "почему") for n, (verdict, _) in enumerate(given_)]
    percent = total(card, scores).percent
    assert (percent is None) is all(each.verdict is Verdict.NOT_APPLICABLE for each in scores)
    assert percent is None or 0 <= percent <= 100
    for place, each in enumerate(scores):
        if percent is not None and each.verdict is not Verdict.NOT_APPLICABLE:
            better = [*scores[:place], replace(each, verdict=Verdict.YES), *scores[place + 1:]]
            assert (total(card, better).percent or 0) >= percent - 1e-9


@pytest.mark.parametrize(("said", "percent", "failed"), [
    ("yes yes", 100, ()), ("no yes", 25, ()), ("part yes", 62.5, ()), ("yes no", 0, ("b",)), ("not_applicable yes", 100, ()), ("not_applicable not_applicable", None, ())])
def test_something_critical_fails_the_whole(said: str, percent: float | None, failed: tuple[str, ...]) -> None:  # OC-04, MC-05
    scores = [ItemScore(key, Verdict(verdict), "почему") for key, verdict in zip("ab", said.split(), strict=True)]
    check_scores(CARD, scores)
    found = total(CARD, scores)
    assert (found.percent, found.failed) == (percent, failed)


def test_a_sheet_is_whole_and_says_why() -> None:  # MC-05
    for wrong in ([], [ItemScore("a", Verdict.YES)], [ItemScore("a", Verdict.YES), ItemScore("b", Verdict.NO)]):
        with pytest.raises(RefusedError, match=r"лист|почему"):
            check_scores(CARD, wrong)


def test_the_card_that_comes_along_has_the_concepts_standards() -> None:  # OC-01, OC-02, OC-03, OC-04, OC-05, GV-14
    ((key, form),) = shipped_cards()
    assert key == "standard"
    assert {"greeting", "tone", "respect", "no-remarks", "conflict", "doubt", "complete", "fresh", "timely", "script", "farewell"} <= {each.key for each in form.items}
    assert all(each.text.en and each.hint.ru and each.hint.en for each in form.items)


# Words that may hurt


@pytest.mark.parametrize(("text", "found"), [
    ("Ну вы же не правы!", []), ("Вы не правы, заявление подают иначе", ["вы не правы"]), ("Ещё  раз, повторяю: окно 5", ["ещё раз повторяю"]),
    ("Я вам уже говорила", ["я вам уже говорил*"]), ("Не кричите.", ["не кричите"]), ("Некричите", []), ("Ваше право не ограничено", [])])
def test_words_only_point_to_a_place(text: str, found: list[str]) -> None:  # OC-04
    assert lexicon().of(text) == found


# Drawing


def fitting(number: int, operator: str) -> Fitting:
    return Fitting(f"{number}-1", number, "n", operator, f"line{number % 2}", "web", AT)


@given(st.sets(st.integers(1, 500), max_size=60), st.integers(1, 4), st.sampled_from(Per), st.text(min_size=1, max_size=8))
def test_a_draw_can_be_drawn_again_whatever_has_gone_since(numbers: set[int], many: int, per: Per, seed: str) -> None:  # MC-05
    talks = [fitting(number, f"op{number % 3}") for number in sorted(numbers)]
    drawn = drawn_of(seed, talks, per, many)
    assert drawn_of(seed, list(reversed(talks)), per, many) == drawn
    for group in {each.group(per) for each in talks}:
        assert sum(each.group(per) == group for each in drawn) == min(many, sum(each.group(per) == group for each in talks))
    rest = [each for each in talks if each not in drawn[:1]]
    assert set(drawn[1:]) <= set(drawn_of(seed, rest, per, many))


class Judging:
    """What talks are judged by, over a rig."""

    def __init__(self, rig: Rig, **csat_service: object) -> None:
        authorization = authorization_of(QUEUES)
        self.rig = rig
        self.book = QualityReviews(rig.sequencer, rig.store, authorization, appeal_days=5, zone=MOSCOW, shipped=shipped_cards())
        self.sampling = Sampling(rig.sequencer, rig.store, authorization, QUEUES, self.book, lexicon(), MOSCOW)
        rig.actions.readings.reviewed.answer_by(self.book.ground)
        self.calibrating = CalibrationService(rig.sequencer, rig.store, authorization, self.book)

    async def drawn(self, key: str = "one", **criteria: object) -> list[Review]:
        wanted = Criteria(**{"number": 9} | criteria)  # type: ignore[arg-type]
        draw = await self.sampling.draw(BOSS, key, "standard", wanted, self.rig.clock.now - timedelta(days=7), self.rig.clock.now + timedelta(days=1))
        return [each for each in await self.book.queue(BOSS) if each.draw == draw.key]

    def sheet(self, verdict: Verdict = Verdict.YES) -> list[ItemScore]:
        return [ItemScore(each.key, verdict, "так", 1) for each in self.book.cards.find(BOSS, "standard").items]


@pytest.fixture
async def judging(store: Store, clock: Clock) -> AsyncIterator[Judging]:
    rig = await Rig(store, clock, files=Drawer()).start()
    made = Judging(rig)
    await made.book.start()
    await made.sampling.start()
    yield made
    await made.sampling.close()
    await made.book.close()
    await rig.stop()


async def test_what_was_drawn_once_is_not_drawn_again_and_its_seed_is_in_the_journal(judging: Judging) -> None:  # MC-05
    for who in ("one", "two", "three"):
        await over(judging.rig, who=who)
    drawn = await judging.drawn(number=2)
    assert (len(drawn), {each.operator for each in drawn}) == (2, {"anna"})
    audit_entry = next(audit_entry for _, audit_entry in await judging.rig.store.audit_entries() if audit_entry.what == "talks_drawn")
    seed = audit_entry.detail.split()[0].removeprefix("seed=")
    (draw,) = await judging.sampling.draws(BOSS)
    assert (draw.seed, audit_entry.detail.split()[1]) == (seed, "2/3")
    assert len(await judging.drawn("two")) == 1
    with pytest.raises(RefusedError) as refused:
        await judging.drawn("three")
    assert refused.value.code == "nothing_selected"
    with pytest.raises(RefusedError):
        await judging.drawn("four", cause=DrawCause.GRADE)


async def test_a_week_is_drawn_once_when_it_is_over(judging: Judging) -> None:  # MC-05, SL-06
    rig, wanted = judging.rig, Criteria(1, Per.LINE)
    plan = await judging.sampling.plan(BOSS, "weekly", 0, "standard", wanted)
    assert await judging.sampling.plan(BOSS, "weekly", 0, "standard", wanted) == plan
    for who in ("one", "two"):
        await over(rig, who=who)
    assert await judging.book.queue(BOSS) == []
    rig.clock.now = plan.due + timedelta(days=8)

    async def moved_on() -> bool:
        known = await rig.store.get(ReviewPlan, "weekly")
        return known is not None and known.due == plan.due + timedelta(days=14)

    for _ in range(2):
        await judging.sampling.close()
        await judging.sampling.start()
        await eventually(moved_on)
    assert len(await judging.book.queue(BOSS)) == 1
    assert {each.key for each in await judging.sampling.draws(BOSS)} == {"weekly/2026-W01", "weekly/2026-W02"}


# Scores and objections


async def test_from_a_talk_to_a_settled_score(judging: Judging) -> None:  # MC-05, OC-01, SE-03
    rig, book = judging.rig, judging.book
    number = await over(rig)
    (review,) = await judging.drawn()
    head = await rig.holds(number)
    assert await book.queue(ANNA) == []
    assert rig.actions.sees(ANNA, head)  # what one has closed stays one's own
    for wrong in (book.take(ANNA, review.key), book.score(SENIOR, review.key, judging.sheet(), "")):
        with pytest.raises(RefusedError):
            await wrong
    with pytest.raises(RefusedError):
        await rig.actions.open(SENIOR, number)
    await book.take(SENIOR, review.key)
    await rig.actions.open(SENIOR, number)
    assert [audit_entry.ground for _, audit_entry in await rig.store.audit_entries() if audit_entry.what == "open"] == [AccessGround.REVIEW]
    with pytest.raises(RefusedError) as taken:
        await book.take(BOSS, review.key)
    assert taken.value.code == "taken"
    scored = await book.score(SENIOR, review.key, judging.sheet(Verdict.PART), "Тише")
    assert await book.score(SENIOR, review.key, judging.sheet(Verdict.PART), "Тише") == scored
    assert (scored.state, await book.settled({""}, AT, AT + timedelta(days=90))) == (ReviewState.SCORED, [])
    assert [each.key for each in await book.own(ANNA)] == [review.key]
    assert (await rig.actions.open(ANNA, number)).id == number
    # Thursday the first of January: eleven days off, and then five working days.
    assert scored.until == datetime(2026, 1, 17, tzinfo=MOSCOW)
    rig.clock.now = scored.until + timedelta(seconds=1)
    with pytest.raises(RefusedError) as late:
        await book.object(ANNA, review.key, "Не согласна")
    assert late.value.code == "too_late"
    await book.close()
    await book.start()
    (settled,) = await book.settled({""}, AT, AT + timedelta(days=90))
    assert settled.state is ReviewState.SETTLED


async def test_somebody_else_decides_about_an_objection(judging: Judging) -> None:  # MC-05
    rig, book = judging.rig, judging.book
    await over(rig)
    (review,) = await judging.drawn()
    await book.take(SENIOR, review.key)
    await book.score(SENIOR, review.key, judging.sheet(Verdict.NO), "")
    await book.object(ANNA, review.key, "Всё было")
    for wrong in (book.take(SENIOR, review.key), book.take(ANNA, review.key)):
        with pytest.raises(RefusedError) as own:
            await wrong
        assert own.value.code == "own_talk"
    await book.take(BOSS, review.key)
    decided = await book.decide(BOSS, review.key, "Да, было", judging.sheet())
    assert await book.decide(BOSS, review.key, "Да, было", judging.sheet()) == decided
    assert (decided.state, [each.by for each in decided.scorings]) == (ReviewState.SETTLED, ["senior", "boss"])
    assert decided.objection is not None
    assert not decided.objection.upheld
    assert total(book.card_of(decided), decided.scorings[-1].scores).percent == 100


async def test_erased_words_leave_reviews_too(judging: Judging, tmp_path: Path) -> None:  # SE-03
    rig, book = judging.rig, judging.book
    first, second = await over(rig, who="one"), await over(rig, who="two")
    for review in await judging.drawn():
        if review.conversation == first:
            await book.take(SENIOR, review.key)
            await book.score(SENIOR, review.key, judging.sheet(Verdict.PART), "Иван прав")
    rig.sequencer.on_commit.show.subscribe(book.committed)
    await Eraser(rig.sequencer, rig.store, Drawer(), ErasureFile(tmp_path / "erasures")).erase([first, second], ErasureCause.DEMAND, "boss")
    (left,) = await rig.store.all(Review)
    assert (left.conversation, left.number, left.scorings[0].words, {each.comment for each in left.scorings[0].scores}) == (0, "", "", {""})
    assert await book.queue(BOSS) == []


# Calibration


@pytest.mark.parametrize(("units", "expected"), [
    # Krippendorff, Computing Krippendorff's Alpha-Reliability (2011): four observers of twelve units, some of them missing.
    ([(1, 1, 1), (2, 2, 3, 2), (3, 3, 3, 3), (3, 3, 3, 3), (2, 2, 2, 2), (1, 2, 3, 4), (4, 4, 4, 4), (1, 1, 2, 1), (2, 2, 2, 2), (5, 5, 5), (1, 1), (3,)], 0.743),
    ([(0, 0), (0, 0), (1, 1), (1, 0)], 1 - 7 * 2 / 30)])
def test_alpha_is_krippendorffs(units: list[tuple[int, ...]], expected: float) -> None:  # MC-05
    assert alpha(units) == pytest.approx(expected, abs=0.0005)


@given(st.lists(st.lists(verdicts, min_size=2, max_size=5), min_size=1, max_size=12))
def test_alpha_is_one_where_all_agree_and_never_more(units: list[list[Verdict]]) -> None:  # MC-05
    found = alpha(units)
    agree = all(len(set(unit)) == 1 for unit in units)
    assert found is None or found <= 1
    assert found is None or (found == 1) is agree
    assert (found is None) is (len({value for unit in units for value in unit}) == 1)
    swapped = [list(reversed(unit)) for unit in reversed(units)]
    assert found == (pytest.approx(alpha(swapped)) if found is not None else None)


async def test_reviewers_are_compared_once_all_have_scored_blind(judging: Judging) -> None:  # MC-05
    rig, calibrating = judging.rig, judging.calibrating
    await over(rig)
    (review,) = await judging.drawn()
    begun = await calibrating.begin(BOSS, "one", review.key)
    assert await calibrating.begin(BOSS, "one", review.key) == begun
    assert calibrating.ground(SENIOR, review.conversation) is AccessGround.REVIEW
    assert calibrating.ground(ANNA, review.conversation) is None
    first = await calibrating.score(SENIOR, "one", judging.sheet(), "")
    assert await calibrating.score(SENIOR, "one", judging.sheet(Verdict.NO), "") == first
    for wrong in (calibrating.end(BOSS, "one"), calibrating.find(ANNA, "one")):
        with pytest.raises(RefusedError):
            await wrong
    await calibrating.score(BOSS, "one", [*judging.sheet()[:-1], judging.sheet(Verdict.NO)[-1]], "")
    ended = await calibrating.end(BOSS, "one")
    assert calibrating.ground(SENIOR, review.conversation) is None
    card = judging.book.cards.of(ended.card)
    agreement = compared(card, ended.sheets, [None, None])
    assert [each.pairs for each in agreement.items] == [1.0] * 11 + [0.0]
    assert agreement.pairs == pytest.approx(11 / 12)
    assert await judging.book.settled({""}, AT, AT + timedelta(days=90)) == []


# How content citizens were


@pytest.mark.parametrize(("text", "found"), [
    ("5", (5, "")), (" 4. ", (4, "")), ("Оценка: 3", (3, "")), ("5 из 5!", (5, "")), ("4, долго ждал", (4, "долго ждал")), ("2 — грубо", (2, "грубо")),
    ("6", None), ("0", None), ("55", None), ("5 лет назад получал паспорт", None), ("2, а где окно?", None), ("1, 2 и 3 пункт", None), ("3: как заполнить", None),
    ("Спасибо", None), ("2 документа", None), ("5, подскажите адрес", None)])
def test_a_grade_is_told_from_a_question(text: str, found: tuple[int, str] | None) -> None:  # OC-03
    assert read(text) == found


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5)), max_size=40), st.integers(3, 6))
def test_no_small_group_of_grades_is_told(given_: list[tuple[str, int]], least: int) -> None:  # OC-03
    grades = [Csat(f"{n}", n, "", who, "q", "web", "077", AT, AT, 1, grade) for n, (who, grade) in enumerate(given_)]
    whole, by, _ = summed(grades, least)
    hidden = [each for each in by if each.answered is None]
    assert all(each.answered == 0 or each.answered >= least for each in by if each.answered is not None)
    if hidden and whole.answered is not None:
        assert whole.answered - sum(each.answered or 0 for each in by) in {0, *range(least, 41)}


@pytest.fixture
async def asking(store: Store, clock: Clock) -> AsyncIterator[tuple[Rig, CsatService]]:
    rig = Rig(store, clock, files=Drawer())
    csat_service = rig.csat
    await rig.start()
    rig.sequencer.on_commit.react.subscribe(csat_service.committed)
    await csat_service.start()
    yield rig, csat_service
    await csat_service.close()
    await rig.stop()


async def asked(rig: Rig, number: int) -> None:
    async def there() -> bool:
        return any(each.record for each in await rig.store.all(Csat) if each.conversation == number)
    await eventually(there)


@pytest.mark.parametrize("channel", ["web.chat", "sms.test"])
async def test_an_answer_begins_nothing_anew_and_no_desk_reads_it(asking: tuple[Rig, CsatService], channel: str) -> None:  # OC-03
    rig, csat_service = asking
    number = await over(rig, channel=channel)
    await asked(rig, number)
    assert (await rig.said(number, Author.SYSTEM)).count(QUESTION) == 1
    assert await rig.stored("4, долго ждал", "k1", channel=channel) == number
    await rig.settled()
    assert await rig.stored("5", "k2", channel=channel) == number
    await rig.settled()
    head = await rig.holds(number)
    assert isinstance(head.holder, Closed)
    (grade,) = await rig.store.all(Csat)
    assert (grade.grade, grade.operator) == (5, "anna")
    assert (await rig.said(number)).count(THANKS) == (channel == "web.chat")
    answers = [each.entry for each in await rig.store.records(number, limit=99) if csat_service.answers(each)]
    assert len(answers) == 2
    whole, by, _ = await csat_service.sums({"077"}, AT, AT + timedelta(days=9))
    assert (whole.asked, whole.answered, by[0].mean) == (1, None, None)
    # A question is one, and afterwards a number is none of ours.
    await rig.stored("где окно", "k3", channel=channel)
    await rig.settled()
    assert not isinstance((await rig.holds(number)).holder, Closed)
    assert csat_service.takes(await rig.holds(number), (await rig.store.records(number, limit=1))[0].entry) is None  # type: ignore[arg-type]


async def parted_from(rig: Rig) -> int:
    """A caller whose operator has put down, and has not closed the contact yet."""
    await rig.stored("оператор", "call", who="+79161234567", channel="voice.test")
    number = await rig.waiting(who="+79161234567", channel="voice.test")
    await rig.actions.take(ANNA, number)
    return number


@pytest.mark.parametrize("answers", ["before", "after"])
async def test_a_caller_grades_once_and_of_the_contact_that_is_closed(asking: tuple[Rig, CsatService], answers: str) -> None:  # OC-03
    rig, csat_service = asking
    number = await parted_from(rig)
    assert await rig.message_intake.parted(number)
    assert not await rig.message_intake.parted(number)
    if answers == "before":
        await rig.message_intake.graded(number, 4)
    await rig.actions.close(ANNA, number, "other")
    served = (await rig.holds(number)).served
    assert served is not None

    async def known() -> bool:
        return await rig.store.get(Csat, key_of(number, served)) is not None
    await eventually(known)
    if answers == "after":
        await rig.message_intake.graded(number, 4)
    await rig.message_intake.graded(number, 1)
    (grade,) = await rig.store.all(Csat)
    assert (grade.key, grade.grade, grade.operator, grade.channel) == (key_of(number, served), 4, "anna", "voice")
    assert QUESTION not in await rig.said(number, Author.SYSTEM)
    assert not await rig.message_intake.parted(number)  # within a day nobody is asked again
    assert (await csat_service.sums({"077"}, AT, AT + timedelta(days=9)))[0].asked == 1


async def test_a_caller_is_asked_also_when_the_contact_is_closed_first(asking: tuple[Rig, CsatService]) -> None:  # OC-03
    rig, _ = asking
    number = await parted_from(rig)
    await rig.actions.close(ANNA, number, "other")
    assert await rig.message_intake.parted(number)
    await rig.message_intake.graded(number, 5)
    (grade,) = await rig.store.all(Csat)
    head = await rig.holds(number)
    assert head.served is not None
    assert (grade.key, grade.grade) == (key_of(number, head.served), 5)
    assert grade.until <= rig.clock()  # a message of his is no answer


async def test_a_caller_whom_another_centre_has_connected_is_the_same_person(asking: tuple[Rig, CsatService]) -> None:
    # OC-03, CH-17
    rig, _ = asking
    first = await parted_from(rig)
    assert await rig.message_intake.parted(first)
    await rig.actions.close(ANNA, first, "other")
    for number, again in (("+79161234567", False), ("+79161234568", True)):
        live = await rig.opener.met(Address("voice.test@001", number, "1-2/001-260116-0000001-8"))
        head = hand_over(live.head, InQueue("general", rig.clock()))
        await rig.sequencer.committed_step(live, [HandedOver(rig.clock(), head.holder, "")], head=head)
        await rig.actions.take(ANNA, live.head.id)
        assert await rig.message_intake.parted(live.head.id) == again
        await rig.actions.close(ANNA, live.head.id, "other")


async def test_no_caller_is_asked_of_a_robot_or_a_promise(asking: tuple[Rig, CsatService]) -> None:  # OC-03
    rig, _ = asking
    number = await rig.stored("вопрос", "call", who="+79161234567", channel="voice.test")
    assert not await rig.message_intake.parted(number)
    assert await rig.store.all(Csat) == []


async def test_nobody_is_asked_twice_in_a_day_nor_who_wants_nothing(asking: tuple[Rig, CsatService]) -> None:  # OC-03
    rig, csat_service = asking
    number = await over(rig)
    await asked(rig, number)
    await csat_service.close()
    await csat_service.start()
    await rig.stored("оператор", "again")  # he comes back within the day
    await rig.waiting(who="citizen", channel="web.chat")
    await rig.actions.take(ANNA, number)
    await rig.actions.close(ANNA, number, "other")
    await rig.settled()
    assert len(await rig.store.all(Csat)) == 1
    await rig.stored("СТОП", "stop", who="quiet", channel="sms.test")
    await rig.settled()
    quiet = await over(rig, who="quiet", channel="sms.test")
    await rig.settled()
    assert QUESTION not in await rig.said(quiet)
    assert OLGA.login not in {each.operator for each in await rig.store.all(Csat)}
