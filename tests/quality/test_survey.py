"""Surveys: no small group is told, not even by subtraction; answers are let go of, once, whoever wants it (SV-01, SV-02, SV-03)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.access.authorization import Authorization, Line
from hub.access.operator import Operator, Role
from hub.citizens.consent import SURVEY, Contact, Given
from hub.conversations.address import Address
from hub.conversations.attachments import Hold
from hub.conversations.identities import plain
from hub.conversations.journal import ErasureCause
from hub.conversations.ports import Store
from hub.kernel.errors import RefusedError
from hub.organisation.level import Level
from hub.organisation.queue import Lines
from hub.privacy.data_copy import surveyed
from hub.privacy.eraser import Eraser
from hub.privacy.retention import end_all
from hub.quality.surveys.figures import apart, summed
from hub.quality.surveys.retention import AnswersOver
from hub.quality.surveys.sampling import SurveySampling
from hub.quality.surveys.service import SurveyService
from hub.quality.surveys.survey import (
    Bilingual,
    InvitationState,
    Invited,
    QuestionKind,
    Questionnaire,
    Sample,
    Survey,
    SurveyAnswer,
    SurveyKind,
    SurveyQuestion,
    Tally,
    added,
    check,
    empty,
    unfit,
)
from okno.surveys import shipped
from storage.erasure_register import ErasureFile
from tests.privacy.test_eraser import over
from tests.rig import Clock, Drawer, Rig

ONE = SurveyQuestion(QuestionKind.ONE, Bilingual("Решён?"), (Bilingual("Да"), Bilingual("Нет")), mandatory=True)
SEVERAL = SurveyQuestion(QuestionKind.SEVERAL, Bilingual("Что улучшить?"), (Bilingual("Всё"), Bilingual("Ничего"), Bilingual("Иное")))
SCALE = SurveyQuestion(QuestionKind.SCALE, Bilingual("Оценка", "Grade"), top=5)
TEXT = SurveyQuestion(QuestionKind.TEXT, Bilingual("Что ещё?"))
ALL = (ONE, SEVERAL, SCALE, TEXT)
AT = datetime(2026, 1, 1, tzinfo=UTC)


@given(st.lists(st.integers(0, 30), min_size=2, max_size=10), st.integers(3, 10))
def test_nothing_small_follows_from_what_is_told(counts: list[int], least: int) -> None:
    # SV-01: all that is told is how many have answered, and the counts that are not hidden
    told = apart(counts, least)
    shown = [count for count in told if count is not None]
    assert all(count == 0 or count >= least for count in shown)
    hidden = sum(counts) - sum(shown)
    assert told.count(None) != 1 or sum(counts) < least or not any(count for count in shown)
    if sum(counts) >= least:
        assert hidden == 0 or hidden >= least


@pytest.mark.parametrize(("chosen", "counts", "mean"), [
    ([4] * 7, [0, 0, 0, 0, 7], 5.0), ([4] * 6 + [0], [None, 0, 0, 0, None], None), ([3] * 5 + [4] * 5, [0, 0, 0, 5, 5], 4.5)])
def test_a_mean_stands_beside_no_hidden_number(chosen: list[int], counts: list[int | None], mean: float | None) -> None:
    # SV-01
    tally = Tally("s", counts=empty(ALL))
    for each in chosen:
        tally = added(tally, ALL, [SurveyAnswer(2, (each,)), SurveyAnswer(1, (0,)), SurveyAnswer(3, text="слово")])
    total = summed(tally, ALL, [[], [], [], ["слово"] * len(chosen)], 5)
    assert (total.questions[2].counts, total.questions[2].mean) == (counts, mean)
    assert total.questions[1].counts == [len(chosen), 0, 0]
    assert len(total.questions[3].texts) == len(chosen)
    few = summed(tally, ALL, [[], [], [], ["слово"]], 11)
    assert (few.answered, few.questions) == (None, [])


def test_answers_fit_their_questions() -> None:
    # SV-03
    assert unfit(ALL, [SurveyAnswer(0, (1,)), SurveyAnswer(1, (0, 2)), SurveyAnswer(2, (4,)), SurveyAnswer(3, text="да")]) == []
    assert unfit(ALL, []) == [0]
    assert unfit(ALL, [SurveyAnswer(0, (0, 1)), SurveyAnswer(1, (0, 0)), SurveyAnswer(2, (5,)), SurveyAnswer(3, text="я" * 1001)]) == [0, 1, 2, 3]


@pytest.mark.parametrize("wrong", [
    (), (replace(ONE, options=ONE.options[:1]),), (replace(SCALE, top=7),), (replace(TEXT, options=ONE.options),), (replace(TEXT, text=Bilingual(" ")),),
    (replace(SEVERAL, options=SEVERAL.options * 5),) * 3])
def test_what_cannot_be_asked_is_refused(wrong: tuple[SurveyQuestion, ...]) -> None:
    # SV-03
    with pytest.raises(RefusedError) as refused:
        check(wrong)
    assert refused.value.code == "bad_questionnaire"


def test_the_questionnaire_that_comes_along_can_be_asked() -> None:
    # SV-03, GV-14: in both languages, and it says where its questions are from
    ((key, form),) = shipped()
    assert key == "service-quality"
    assert form.sources
    assert all(each.text.en and all(option.en for option in each.options) for each in form.questions)


@pytest.fixture
async def house(store: Store, clock: Clock) -> AsyncIterator[Rig]:
    rig = await Rig(store, clock, files=Drawer()).start()
    yield rig
    await rig.stop()


async def answered(rig: Rig, who: str = "citizen") -> int:
    """Somebody whose conversation is closed, and who has answered a survey that is over on the second of January."""
    number = await over(rig, who=who)
    await rig.store.put(Questionnaire("q/1", "q", 1, Bilingual("Опрос"), Bilingual(""), ALL, "boss", AT))
    await rig.store.put(Survey("s", SurveyKind.PERSONAL, "q", 1, "000", AT, AT + timedelta(days=1), "boss", AT, started=AT))
    await rig.store.put(Tally("s", counts=empty(ALL)))
    await rig.store.put(Invited(f"digest {who}", "s", number, plain(Address("web.chat", who)), AT, state=InvitationState.ANSWERED, consent=1, agreed=AT,
                                answers=(SurveyAnswer(0, (1,)), SurveyAnswer(3, text="Живу на Заречной")), answered=AT))
    return number


def counted(tally: Tally | None) -> tuple[int, tuple[int, ...]]:
    assert tally is not None
    return tally.answered, tally.counts[0]


async def test_whoever_is_erased_has_answered_as_nobody(house: Rig, tmp_path: Path) -> None:
    # SV-02, SE-03
    number = await answered(house)
    eraser = Eraser(house.sequencer, house.store, house.files, ErasureFile(tmp_path / "erasures"))
    for _ in range(2):
        await eraser.erase([number], ErasureCause.DEMAND)
    assert await house.store.all(Invited) == []
    assert counted(await house.store.get(Tally, "s")) == (1, (0, 1))


async def test_a_survey_of_people_is_closed_to_the_federal_level_step_by_step(house: Rig) -> None:
    # FD-04, FD-08, D13: of two leaders of one hub only the regional one conducts it; of another centre's nobody learns that it is there
    line = {code: Line("Центр", (code, "", ""), code, level) for code, level in (("001", Level.REGIONAL), ("000", Level.FEDERAL), ("077", Level.MUNICIPAL))}
    authorization = Authorization(line, line["001"], lambda _centre, _contractor, _personal: frozenset(), lambda centre: frozenset({centre}))
    drawing = SurveySampling(house.sequencer, house.store, house.notification_sender, authorization, Lines(), timedelta(days=90))
    survey_service = SurveyService(house.sequencer, house.store, house.notification_sender, authorization, drawing, address="", stop="СТОП", shipped=shipped())
    await survey_service.start()
    region, country, city = (Operator(code, code, Role.ADMIN, (code,)) for code in line)
    now = house.clock()
    made = Survey("of-people", SurveyKind.PERSONAL, "service-quality", 1, authorization.centre(region), now, now + timedelta(days=1), "001", now,
                  sample=Sample(now - timedelta(days=1), now, 10))
    await survey_service.plan(region, made)
    assert survey_service.all(region) == [made]
    for who, code in ((country, "federal"), (city, "no_such_survey")):
        assert survey_service.all(who) == []
        for audit_entry in (survey_service.start_asking, survey_service.end, survey_service.results, survey_service.answers):
            with pytest.raises(RefusedError) as refused:
                await audit_entry(who, "of-people")
            assert refused.value.code == code
    with pytest.raises(RefusedError) as refused:
        await survey_service.start_asking(region, "of-people")
    assert refused.value.code == "no_address"
    await survey_service.close()


async def test_a_citizen_gets_what_he_has_answered(house: Rig) -> None:
    # SE-03, SV-02: in the copy of his data
    await answered(house)
    (invited,), asked = await house.store.all(Invited), await house.store.get(Questionnaire, "q/1")
    assert asked is not None
    assert surveyed(invited, asked).answers == (("Решён?", "Нет"), ("Что ещё?", "Живу на Заречной"))


async def test_who_takes_it_back_beside_his_own_data_has_answered_as_nobody(house: Rig) -> None:
    # SV-02, SE-03: on the page where a citizen sees what is kept of him, all that he has agreed to goes
    number = await answered(house)
    await house.consent_service.give(number, Given("survey/digest", SURVEY, 1, "ru", AT, "web.chat"), Contact())
    for _ in range(2):
        await house.own_data.withdraw(number)
    tally = await house.store.get(Tally, "s")
    assert (await house.store.all(Invited), counted(tally), tally and tally.withdrawn) == ([], (1, (0, 1)), 1)


async def test_answers_are_nobodys_when_their_term_is_over(house: Rig, clock: Clock) -> None:
    # SE-03: nothing of what is held back
    number, held = await answered(house), await answered(house, "other")
    await house.store.put(Hold(str(held), AT, "boss", "проверка"))
    kind = AnswersOver(house.sequencer, house.store, timedelta(days=90))
    assert await end_all(kind) == 0
    clock.forward(92 * 86400)
    assert [await end_all(kind) for _ in range(2)] == [1, 0]
    assert [each.conversation for each in await house.store.all(Invited)] == [held]
    assert number != held
    assert counted(await house.store.get(Tally, "s")) == (1, (0, 1))
