"""The ladder of levels: every question comes to who may answer it, within three hops, and none is lost."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.conversations.transfer_route import TransferPurpose, TransferReason
from hub.organisation.level import TopicClass
from routing.journey import Area, Journey, Load, Move, Promise, Station, Stay, StayReason, Step
from routing.levels import next_stop
from routing.matrix import CORRECTED, CORRECTING, Correction, Matrix, Policy
from routing.reasons import Party

NOW = datetime(2026, 1, 1, 3, tzinfo=UTC)
F, R, M, S, D = (Station(name, party) for name, party in (
    ("Россия", Party.FEDERAL), ("Томск", Party.REGIONAL), ("Северск", Party.MUNICIPAL), ("МФЦ Северска", Party.SPECIALIST),
    ("ФНС", Party.DEPARTMENT)))
OTHER = Station("Омск", Party.REGIONAL)
WHOLE, WITHOUT_M, NOBODY = Area((F, R, M, S, D)), Area((F, R, S, D)), Area((F,))
PLAIN = Matrix()
CORRECTING_MATRIX = Matrix(Policy(corrections=tuple(Correction(*pair, reason) for pair in CORRECTED for reason in CORRECTING)))
PERSONAL = (TopicClass.PERSONALISED, TopicClass.TERRITORIAL, TopicClass.MUNICIPAL)
CENTRES = (F, R, M, S, D, OTHER)


def at(station: Station) -> Journey:
    return Journey("077-260101-00001-4", station, NOW)


def ask(journey: Journey, topic: TopicClass, errand: TransferPurpose = TransferPurpose.ANSWER, area: Area = WHOLE, load: Load | None = None,
        matrix: Matrix = PLAIN) -> Step:
    return next_stop(journey, topic, errand, area, load or Load(), matrix, NOW + timedelta(seconds=7))


def went(step: Step) -> tuple[str, TransferReason]:
    assert isinstance(step, Move)
    return step.journey.here.centre, step.journey.stops[-1].reason


def busy(*stations: Station) -> Load:
    return Load(overloaded=frozenset(each.centre for each in stations))


def cut_off(*stations: Station) -> Load:
    return Load(refusing=frozenset(each.centre for each in stations))


@pytest.mark.parametrize("load", [Load(), busy(F), busy(F, R, M)])
@pytest.mark.parametrize("topic", [TopicClass.GENERAL, TopicClass.UNKNOWN])
def test_the_federal_centre_answers_general_questions_itself(topic: TopicClass, load: Load) -> None:
    # RT-01, FD-01, D10
    assert ask(at(F), topic, load=load) == Stay(StayReason.ANSWERED_HERE)


@pytest.mark.parametrize("topic", PERSONAL)
def test_the_federal_centre_hands_on_what_is_not_its_own(topic: TopicClass) -> None:
    # RT-02, FD-04, D1, D16
    reason = TransferReason({"municipal": "municipal_service"}.get(topic, topic))
    assert went(ask(at(F), topic)) == ("Северск", reason)
    assert went(ask(at(F), topic, area=WITHOUT_M)) == ("Томск", reason)
    # Overload of the one centre that may answer is no ground to send the citizen home.
    assert went(ask(at(F), topic, load=busy(F, R, M))) == ("Северск", reason)


@pytest.mark.parametrize("topic", PERSONAL)
def test_where_a_region_has_no_centre_the_federal_one_takes_a_callback(topic: TopicClass) -> None:
    # D7, D19
    assert ask(at(F), topic, area=NOBODY) == Promise(StayReason.NO_CENTRE, "Россия", "Россия")


@pytest.mark.parametrize("station", [R, M])
def test_general_questions_go_up_under_load_only(station: Station) -> None:
    # RT-04, RT-06
    assert went(ask(at(station), TopicClass.GENERAL, load=busy(station))) == ("Россия", TransferReason.GENERAL_OVERLOAD)
    assert ask(at(station), TopicClass.GENERAL) == Stay(StayReason.ANSWERED_HERE)
    for topic in (*PERSONAL, TopicClass.UNKNOWN):
        assert ask(at(station), topic, load=busy(station)) == Stay(StayReason.ANSWERED_HERE)


@pytest.mark.parametrize("station", [R, M])
@pytest.mark.parametrize("load", [busy(R, M, F), Load(busy(R, M).overloaded, full=frozenset({"Россия"})), Load(busy(R, M).overloaded, refusing=frozenset({"Россия"}))])
def test_an_overloaded_or_absent_federal_centre_refuses_and_the_place_is_kept(station: Station, load: Load) -> None:
    # RT-09, RT-08
    assert ask(at(station), TopicClass.GENERAL, load=load) == Stay(StayReason.REFUSED, offer_callback=True)


def test_staff_of_an_mfc_are_found_by_what_exists() -> None:
    # RT-05
    def staff(station: Station, area: Area, load: Load | None = None) -> Step:
        return ask(at(station), TopicClass.TERRITORIAL, TransferPurpose.MFC_STAFF, area, load)

    assert went(staff(R, WHOLE)) == ("Северск", TransferReason.MFC_CONSULTATION)
    assert went(staff(R, WITHOUT_M)) == ("МФЦ Северска", TransferReason.MFC_CONSULTATION)
    assert went(staff(M, WHOLE)) == ("МФЦ Северска", TransferReason.MFC_CONSULTATION)
    assert staff(S, WHOLE) == Stay(StayReason.ANSWERED_HERE)
    assert staff(R, Area((F, R))) == Promise(StayReason.NO_CENTRE, "Томск", "Томск")
    assert staff(R, WHOLE, cut_off(M)) == Promise(StayReason.REFUSED, "Томск", "Северск")


@pytest.mark.parametrize("station", [F, R, M])
def test_a_department_gets_its_own_and_gives_back_what_is_not(station: Station) -> None:
    # RT-10
    step = ask(at(station), TopicClass.PERSONALISED, TransferPurpose.DEPARTMENT)
    assert went(step) == ("ФНС", TransferReason.DEPARTMENTAL)
    assert isinstance(step, Move)
    assert went(ask(step.journey, TopicClass.PERSONALISED)) == ("Северск", TransferReason.DEPARTMENTAL)
    assert went(ask(step.journey, TopicClass.GENERAL, area=Area((F, D)))) == ("Россия", TransferReason.DEPARTMENTAL)
    absent = Load(refusing=frozenset({"ФНС"}), quicker_site="Казань")
    for topic in TopicClass:
        assert ask(at(station), topic, TransferPurpose.DEPARTMENT, load=absent) == Promise(StayReason.REFUSED, station.centre, "ФНС")
    assert ask(at(D), TopicClass.PERSONALISED, area=NOBODY) == Promise(StayReason.NO_CENTRE, "ФНС", "ФНС")
    assert ask(at(D), TopicClass.PERSONALISED, TransferPurpose.DEPARTMENT) == Stay(StayReason.ANSWERED_HERE)
    # Where no such department is known, the centre answers itself what it can; the citizen is not sent away (LV-11).
    assert ask(at(R), TopicClass.TERRITORIAL, TransferPurpose.DEPARTMENT, area=Area((F, R))) == Stay(StayReason.NOT_PERMITTED)


def test_a_wrong_place_is_corrected_only_where_the_policy_says_so() -> None:
    # D6, RT-11
    right = Area((F, OTHER))
    assert ask(at(M), TopicClass.TERRITORIAL, TransferPurpose.RIGHT_PLACE, right) == Stay(StayReason.NOT_PERMITTED)
    assert went(ask(at(M), TopicClass.TERRITORIAL, TransferPurpose.RIGHT_PLACE, right, matrix=CORRECTING_MATRIX)) == ("Омск", TransferReason.MISROUTED)
    assert went(ask(at(R), TopicClass.TERRITORIAL, TransferPurpose.RIGHT_PLACE, right, matrix=CORRECTING_MATRIX)) == ("Омск", TransferReason.MISROUTED)


def test_another_stands_in_only_where_the_policy_says_so_and_a_callback_else() -> None:
    # D6, RT-08
    area = Area((F, R), standby=(OTHER,))
    assert went(ask(at(R), TopicClass.UNKNOWN, TransferPurpose.STANDBY, area, matrix=CORRECTING_MATRIX)) == ("Омск", TransferReason.FAILOVER)
    assert ask(at(R), TopicClass.UNKNOWN, TransferPurpose.STANDBY, area) == Promise(StayReason.NO_CENTRE, "Томск", "Томск")


def test_a_federal_conversation_changes_its_site_once() -> None:
    # RT-03, LV-01
    load = Load(quicker_site="Казань")
    step = ask(at(F), TopicClass.GENERAL, load=load)
    assert went(step) == ("Россия", TransferReason.SITE_BALANCING)
    assert isinstance(step, Move)
    assert step.journey.stops[-1].site == "Казань"
    assert ask(step.journey, TopicClass.GENERAL, load=load) == Stay(StayReason.BEEN_THERE, offer_callback=True)
    assert went(ask(at(F), TopicClass.PERSONALISED, load=load)) == ("Северск", TransferReason.PERSONALISED)
    assert ask(at(F), TopicClass.PERSONALISED, area=NOBODY, load=load) == Promise(StayReason.NO_CENTRE, "Россия", "Россия")


def turned_away(journey: Journey) -> Journey:
    """Refused on arrival: back at the sender with the same clock. The hop counts, so it is not tried again."""
    *before, last = journey.stops
    return replace(journey, here=last.sender, stops=(*before, replace(last, taken=False)))


def test_whoever_is_turned_away_is_back_with_his_clock_and_not_sent_again() -> None:
    # RT-08, RT-07
    step = ask(at(R), TopicClass.TERRITORIAL, TransferPurpose.MFC_STAFF)
    assert isinstance(step, Move)
    back = turned_away(step.journey)
    assert (back.here, back.waiting_since, back.number, back.stops[0].taken) == (R, NOW, at(R).number, False)
    assert ask(back, TopicClass.TERRITORIAL, TransferPurpose.MFC_STAFF) == Promise(StayReason.BEEN_THERE, "Томск", "Северск")


def test_the_fourth_hop_is_a_callback() -> None:
    # RT-07
    journey = at(R)
    for topic, errand in ((TopicClass.GENERAL, TransferPurpose.ANSWER), (TopicClass.PERSONALISED, TransferPurpose.ANSWER),
                           (TopicClass.PERSONALISED, TransferPurpose.MFC_STAFF)):
        step = ask(journey, topic, errand, load=busy(R, M))
        assert isinstance(step, Move)
        journey = step.journey
    assert [stop.receiver for stop in journey.stops] == [F, M, S]
    fourth = Journey(journey.number, M, NOW, journey.stops)
    assert ask(fourth, TopicClass.PERSONALISED, TransferPurpose.DEPARTMENT) == Promise(StayReason.HOP_LIMIT, "Северск", "ФНС")
    assert ask(fourth, TopicClass.GENERAL, load=busy(M)) == Promise(StayReason.HOP_LIMIT, "Северск", "Северск")
    assert ask(fourth, TopicClass.GENERAL) == Stay(StayReason.ANSWERED_HERE)
    federal = Journey(journey.number, F, NOW, journey.stops)
    assert ask(federal, TopicClass.GENERAL, load=Load(quicker_site="Казань")) == Stay(StayReason.HOP_LIMIT, offer_callback=True)


TURNS = st.tuples(st.sampled_from(TopicClass), st.sampled_from(TransferPurpose), st.sets(st.sampled_from(CENTRES)), st.sets(st.sampled_from(CENTRES)),
                  st.booleans(), st.sampled_from(("", "Казань")))
Turn = tuple[TopicClass, TransferPurpose, set[Station], set[Station], bool, str]


@settings(max_examples=300)
@given(start=st.sampled_from((F, R, M, D)), exist=st.sets(st.sampled_from((R, M, S, D))), corrected=st.booleans(),
       turns=st.lists(TURNS, min_size=1, max_size=12))
def test_no_journey_is_long_goes_in_circles_or_ends_nowhere(
        start: Station, exist: set[Station], corrected: bool, turns: Sequence[Turn]) -> None:
    # RT-07, RT-08, D3
    area, matrix, journey = Area((F, *exist), standby=(OTHER,)), CORRECTING_MATRIX if corrected else PLAIN, at(start)
    for topic, errand, overloaded, refusing, turned, site in turns:
        load = Load(busy(*overloaded).overloaded, frozenset(), cut_off(*refusing).refusing, site)
        before, step = journey, ask(journey, topic, errand, area, load, matrix)
        if isinstance(step, Promise):
            assert step.kept_by == journey.here.centre
            assert step.owed_by in {each.centre for each in (*area.stations, OTHER, start)}
            break
        if isinstance(step, Move):
            journey = turned_away(step.journey) if turned else step.journey
            assert step.journey.here in {*area.stations, OTHER}
            assert step.journey.here.centre not in load.refusing
            assert len(journey.stops) == len(before.stops) + 1 <= 3
        assert (journey.number, journey.waiting_since) == (before.number, NOW)
        visits = Counter((stop.receiver.centre, stop.reason) for stop in journey.stops)
        assert not visits or max(visits.values()) == 1


@given(topic=st.sampled_from(TopicClass), errand=st.sampled_from(TransferPurpose), load=st.sets(st.sampled_from(CENTRES)).map(lambda some: busy(*some)),
       exist=st.sets(st.sampled_from((R, M, S, D))))
def test_what_is_not_federal_never_stays_there(topic: TopicClass, errand: TransferPurpose, load: Load, exist: set[Station]) -> None:
    # FD-04, D1, D16
    step = ask(at(F), topic, errand, Area((F, *exist)), load)
    if topic in PERSONAL:
        assert isinstance(step, Promise) or (isinstance(step, Move) and step.journey.here != F)
