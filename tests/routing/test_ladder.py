"""The ladder of one deployment: by the registry, the topic and the load it finds the line that must answer, or says why none."""

from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest

from hub.conversations.address import Address
from hub.conversations.conversation import Conversation, InQueue, WithOperator
from hub.conversations.transfer_route import (
    OfferCallback,
    PromiseCallback,
    ReferByPhone,
    ToLine,
    ToRemoteCentre,
    TransferHop,
    TransferPurpose,
    TransferReason,
    TransferRefused,
)
from hub.organisation.level import TopicClass
from hub.organisation.territory import Place
from okno.commands.registry import read_registry
from okno.territory import subjects
from routing.journey import Station
from routing.jurisdiction import department, specialists
from routing.ladder import OUTSIDE, PLACE_UNKNOWN, Ladder
from routing.matrix import CORRECTED, CORRECTING, Correction, Matrix, Policy
from routing.reasons import WHY, Denial, Party

NOW = datetime(2026, 1, 1, 3, tzinfo=UTC)
REGISTRY = read_registry((files("okno.demo") / "registry.toml").read_text(encoding="utf8"), subjects())
FEDERAL, REGION, CITY = Station("000", Party.FEDERAL), Station("001", Party.REGIONAL), Station("077", Party.MUNICIPAL)
LINES = {"federal": FEDERAL, "region": REGION, "region-2": REGION, "city": CITY, "staff": specialists("boundary"), "fns": department("ФНС")}
LARGE, BOUNDARY, ELSEWHERE, NOWHERE = Place(mfc="large"), Place(mfc="boundary"), Place("16"), Place("87")
GENERAL, TERRITORIAL, PERSONALISED, UNKNOWN = TopicClass.GENERAL, TopicClass.TERRITORIAL, TopicClass.PERSONALISED, TopicClass.UNKNOWN
OPEN = Matrix(Policy(corrections=tuple(Correction(*pair, reason) for pair in CORRECTED for reason in CORRECTING)))


def waits(queue: str, place: Place | None = None, passed: tuple[TransferHop, ...] = ()) -> Conversation:
    return Conversation(1, "001-260101-00001-4", Address("web.chat", "1"), NOW, InQueue(queue, NOW), place=place, passed=passed)


def ladder(matrix: Matrix | None = None, standby: dict[str, tuple[str, ...]] | None = None, lines: dict[str, Station] = LINES) -> Ladder:
    """Every line has somebody free."""
    made = Ladder(lines, REGISTRY, matrix, standby)
    for queue in lines:
        made.staffed(queue, 0, 100, NOW.timestamp())
    return made


def goes(step: object) -> tuple[str, str, str]:
    assert isinstance(step, ToLine)
    return step.queue, step.passed.receiver, step.passed.reason


@pytest.mark.parametrize(("topic", "place", "queue", "receiver", "reason"), [
    (PERSONALISED, LARGE, "city", "077", "personalised"), (PERSONALISED, BOUNDARY, "region", "001", "personalised"),
    (TERRITORIAL, LARGE, "city", "077", "territorial"), (TERRITORIAL, Place("50"), "region", "001", "territorial"),
    (TopicClass.MUNICIPAL, LARGE, "city", "077", "municipal_service")])
def test_the_federal_centre_hands_on_to_whoever_answers_for_the_place(
        topic: TopicClass, place: Place, queue: str, receiver: str, reason: str) -> None:
    # RT-02, RT-11, LV-02, LV-03, D16
    assert goes(ladder().elsewhere(waits("federal", place), topic, NOW, {})) == (queue, receiver, reason)


def test_without_a_place_it_stays_until_somebody_has_asked() -> None:
    # RT-11, D10
    assert ladder().elsewhere(waits("federal"), PERSONALISED, NOW, {}) is None
    assert ladder().elsewhere(waits("federal", LARGE), GENERAL, NOW, {}) is None
    assert ladder().elsewhere(waits("federal", LARGE), UNKNOWN, NOW, {}) is None


def test_where_the_region_has_no_centre_an_answer_is_owed() -> None:
    # D7, RT-07: the federal centre registers a callback
    assert ladder().elsewhere(waits("federal", NOWHERE), PERSONALISED, NOW, {}) == PromiseCallback("federal", "no_centre")


def test_a_fourth_hop_becomes_a_promise_of_whoever_must_answer() -> None:
    # RT-07
    been = tuple(TransferHop("000", "001", reason, NOW) for reason in ("personalised", "territorial", "municipal_service"))
    assert ladder().elsewhere(waits("federal", Place("50"), been), PERSONALISED, NOW, {}) == PromiseCallback("region", "hop_limit")
    assert ladder().elsewhere(waits("federal", Place("50"), been[:1]), PERSONALISED, NOW, {}) == PromiseCallback("region", "been_there")


def test_only_an_overloaded_centre_sends_its_general_questions_away() -> None:
    # RT-04, RT-06, D9
    calm = ladder()
    assert calm.elsewhere(waits("region", LARGE), GENERAL, NOW, {}) is None
    for queue in ("region", "city"):
        busy = ladder()
        busy.staffed(queue, 4, 0, NOW.timestamp())
        for number in range(10):
            busy.joined(number + 2, queue, NOW.timestamp())
        assert goes(busy.elsewhere(waits(queue, LARGE), GENERAL, NOW, {})) == ("federal", "000", "general_overload")
        assert isinstance(busy.elsewhere(waits(queue, LARGE), PERSONALISED, NOW, {}), OfferCallback)


@pytest.mark.parametrize(("beyond", "expected"), [
    ({"000": 0.0}, ToRemoteCentre(TransferHop("001", "000", TransferReason.GENERAL_OVERLOAD, NOW))), ({}, None), ({"016": 0.0}, None), ({"000": 600.0}, None)])
def test_a_centre_on_another_deployment_helps_while_it_is_there_and_quicker(beyond: dict[str, float], expected: ToRemoteCentre | None) -> None:
    # RT-03, RT-04, RT-09
    busy = ladder(lines={"region": REGION})
    busy.staffed("region", 4, 0, NOW.timestamp())
    for number in range(10):
        busy.joined(number + 2, "region", NOW.timestamp())
    step = busy.elsewhere(waits("region", LARGE), GENERAL, NOW, beyond)
    assert step == expected if expected else isinstance(step, OfferCallback)


def test_what_must_be_answered_there_goes_there_however_long_it_waits() -> None:
    # RT-02, RT-07: and not twice
    alone, beyond = ladder(lines={"federal": FEDERAL}), {"001": 600.0}
    step = alone.elsewhere(waits("federal", Place("50")), PERSONALISED, NOW, beyond)
    assert step == ToRemoteCentre(TransferHop("000", "001", TransferReason.PERSONALISED, NOW))
    again = alone.elsewhere(waits("federal", Place("50"), (step.passed,)), PERSONALISED, NOW, beyond)
    assert again == PromiseCallback("federal", "been_there")
    assert alone.elsewhere(waits("federal", Place("50")), PERSONALISED, NOW, {}) is None


def test_whoever_stands_in_takes_it_while_nobody_serves_the_line() -> None:
    # D6: only where a row of the policy says so
    for matrix, expected in ((OPEN, ("region", "001", "failover")), (None, None)):
        made = ladder(matrix, {"077": ("001",)})
        assert made.elsewhere(waits("city", LARGE), PERSONALISED, NOW, {}) is None
        made.staffed("city", 0, 0, NOW.timestamp())
        step = made.elsewhere(waits("city", LARGE), PERSONALISED, NOW, {})
        assert (goes(step) if isinstance(step, ToLine) else None) == expected


@pytest.mark.parametrize(("queue", "place", "topic", "errand", "matter", "expected"), [
    ("region", LARGE, PERSONALISED, TransferPurpose.MFC_STAFF, "", ("city", "077", "mfc_consultation")),
    ("region", BOUNDARY, UNKNOWN, TransferPurpose.MFC_STAFF, "", ("staff", "mfc:boundary", "mfc_consultation")),
    ("federal", LARGE, TERRITORIAL, TransferPurpose.ANSWER, "", ("city", "077", "territorial")),
    ("region", None, UNKNOWN, TransferPurpose.DEPARTMENT, "ФНС", ("fns", "department:ФНС", "departmental")),
    ("federal", None, UNKNOWN, TransferPurpose.DEPARTMENT, "ФНС", ("fns", "department:ФНС", "departmental"))])
def test_an_operator_is_shown_the_way(
        queue: str, place: Place | None, topic: TopicClass, errand: TransferPurpose, matter: str, expected: tuple[str, str, str]) -> None:
    # CH-09, RT-01, RT-05, RT-10, RG-04
    assert goes(ladder().way(waits(queue, place), topic, errand, matter, NOW)) == expected


@pytest.mark.parametrize(("queue", "place", "topic", "errand", "why"), [
    ("region", None, PERSONALISED, TransferPurpose.MFC_STAFF, PLACE_UNKNOWN),
    ("region", LARGE, GENERAL, TransferPurpose.ANSWER, WHY[Denial.NOT_OVERLOADED]),
    ("city", BOUNDARY, TERRITORIAL, TransferPurpose.RIGHT_PLACE, WHY[Denial.SWITCHED_OFF]),
    ("fns", LARGE, TERRITORIAL, TransferPurpose.DEPARTMENT, "На этот вопрос отвечает ваш центр."),
    ("unheard of", LARGE, GENERAL, TransferPurpose.ANSWER, WHY[Denial.NO_ROUTE])])
def test_a_refusal_says_why(queue: str, place: Place | None, topic: TopicClass, errand: TransferPurpose, why: str) -> None:
    # LV-05, D6
    assert ladder().way(waits(queue, place), topic, errand, "", NOW) == TransferRefused(why)


def test_what_came_to_the_wrong_territory_goes_to_the_right_one_where_the_policy_says_so() -> None:
    # D6, RT-11
    assert goes(ladder(OPEN).way(waits("city", BOUNDARY), TERRITORIAL, TransferPurpose.RIGHT_PLACE, "", NOW)) == ("region", "001", "misrouted")


def test_a_centre_without_a_line_here_is_named_with_number_and_hours() -> None:
    # LV-11, LV-08: nobody is told to "call that agency"
    said = ladder(OPEN).way(waits("region", ELSEWHERE), TERRITORIAL, TransferPurpose.RIGHT_PLACE, "", NOW)
    assert said == TransferRefused(OUTSIDE, ReferByPhone("Центр телефонного обслуживания республики", "+78001000016", "round-the-clock"),
                          TransferHop("001", "016", "misrouted", NOW))
    assert ladder(OPEN).elsewhere(waits("federal", ELSEWHERE), PERSONALISED, NOW, {}) is None


@pytest.mark.parametrize(("queue", "source", "passed", "place", "topic", "why"), [
    ("city", "001", TransferHop("001", "077", TransferReason.MFC_CONSULTATION, NOW), LARGE, UNKNOWN, ""),
    ("federal", "001", TransferHop("001", "000", TransferReason.GENERAL_OVERLOAD, NOW), None, GENERAL, ""),
    ("federal", "001", TransferHop("001", "000", TransferReason.GENERAL_OVERLOAD, NOW), None, UNKNOWN, ""),
    ("federal", "001", TransferHop("001", "000", TransferReason.GENERAL_OVERLOAD, NOW), None, PERSONALISED, "wrong_topic"),
    ("federal", "001", TransferHop("department:ФНС", "000", TransferReason.DEPARTMENTAL, NOW), None, GENERAL, ""),
    ("region", "000", TransferHop("000", "001", TransferReason.PERSONALISED, NOW), BOUNDARY, PERSONALISED, ""),
    ("region", "000", TransferHop("000", "001", TransferReason.PERSONALISED, NOW), LARGE, PERSONALISED, "municipal_centre_exists"),
    ("region", "000", TransferHop("000", "001", TransferReason.PERSONALISED, NOW), ELSEWHERE, PERSONALISED, "wrong_place"),
    ("region", "077", TransferHop("077", "001", TransferReason.MISROUTED, NOW), BOUNDARY, TERRITORIAL, "switched_off"),
    ("region", "077", TransferHop("000", "001", TransferReason.PERSONALISED, NOW), BOUNDARY, PERSONALISED, "no_route"),  # speaks for a centre above it
    ("region", "999", TransferHop("999", "001", TransferReason.PERSONALISED, NOW), BOUNDARY, PERSONALISED, "no_route"),  # in no registry
    ("region", "000", TransferHop("000", "016", TransferReason.PERSONALISED, NOW), BOUNDARY, PERSONALISED, "no_route"),  # for another one
    ("city", "001", TransferHop("001", "077", TransferReason.PERSONALISED, NOW), LARGE, PERSONALISED, "wrong_errand")])
def test_what_comes_from_another_deployment_is_judged_here(
        queue: str, source: str, passed: TransferHop, place: Place | None, topic: TopicClass, why: str) -> None:
    # LV-05, D6, RT-11
    assert ladder().forbids(queue, source, waits(queue, place, (passed,)), topic, NOW) == why


def test_what_is_talked_about_has_a_way_and_its_clock() -> None:
    # RT-08, D3
    talks = WithOperator("anna", NOW + timedelta(seconds=9), "region", NOW)
    head = Conversation(1, "001-260101-00001-4", Address("web.chat", "1"), NOW, talks, place=LARGE)
    step = ladder().way(head, PERSONALISED, TransferPurpose.MFC_STAFF, "", NOW + timedelta(minutes=2))
    assert isinstance(step, ToLine)
    assert step.passed == TransferHop("001", "077", "mfc_consultation", NOW + timedelta(minutes=2))


def test_a_centre_that_is_hosted_no_more_still_counts_as_a_hop() -> None:
    # RT-07: the configuration changed while the conversation was under way
    been = tuple(TransferHop("111", "112", reason, NOW) for reason in ("misrouted", "failover", "departmental"))
    assert ladder().elsewhere(waits("federal", Place("50"), been), PERSONALISED, NOW, {}) == PromiseCallback("region", "hop_limit")
