"""The call as a state machine: the ways that calls go, and what holds whatever comes in whatever order."""

from math import inf

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from channels.voice import keypad_query
from channels.voice.call import step
from channels.voice.call_actions import Accept, Connect, Deed, Disconnect, Grade, Hush, Leave, Lose, Part, Refuse, Ring, Tell
from channels.voice.call_dialogue import OPERATOR
from channels.voice.call_events import (
    Asks,
    AtCentre,
    Briefed,
    Continued,
    Dropped,
    Ended,
    Event,
    Failed,
    Forgotten,
    Heard,
    Held,
    HungUp,
    InLine,
    Interrupted,
    LegEnded,
    Missed,
    Offered,
    Parted,
    Passed,
    PickedUp,
    Pressed,
    Reached,
    Rejoined,
    RoomLeft,
    Said,
    SetAside,
    Silence,
    Slower,
    Spoken,
    Taken,
    Together,
    TrunkEnded,
    Withdrawn,
    WithRobot,
)
from channels.voice.call_phrases import AGAIN, ASKS, FAREWELL, GOODBYE, GRADED, INVITES, RECORDED, SORRY, THANKS, announced
from channels.voice.call_sound import Await, AwaitKey, Confer, HangUp, Hold, Join, Listen, Music, Nothing, Play, Think, doing
from channels.voice.call_state import Away, Call, Given, Over, Waiting

GREETING, MENU = "Здравствуйте, я робот.", ("Загранпаспорт", "Мои права")


def after(*events: Event, call: Call | None = None) -> tuple[Call, list[Deed]]:
    call, deeds = call or Call(), []
    for event in events:
        call, done = step(call, event)
        deeds += done
    return call, deeds


def test_the_robot_speaks_and_then_listens() -> None:
    # CH-08
    call, _ = after(Said(GREETING, MENU))
    assert doing(call) == Play("Здравствуйте, я робот.\nНажмите 1 — Загранпаспорт.\nНажмите 2 — Мои права.")
    assert doing(after(Spoken(), call=call)[0]) == Listen()


def test_a_digit_is_a_choice_and_cuts_the_menu_short() -> None:
    # CH-08
    call, deeds = after(Said(GREETING, MENU), Pressed("2"))
    assert (deeds, doing(call)) == ([Tell("Мои права")], Think())  # while the robot thinks
    assert doing(after(Said("Ваши права"), Spoken(), call=call)[0]) == Listen()


@pytest.mark.parametrize("digit", ["3", "9", "#", "²"])
def test_a_digit_that_is_no_choice_is_passed_over(digit: str) -> None:
    # CH-08
    call, deeds = after(Said(GREETING, MENU), Pressed(digit))
    assert (deeds, doing(call)) == ([], Play(announced(GREETING, MENU)))


def test_a_person_is_one_digit_away() -> None:
    # CH-04
    assert after(Said(GREETING, MENU), Pressed("0"))[1] == [Tell(OPERATOR)]


def test_a_key_that_means_nothing_does_not_end_waiting_for_the_answer() -> None:
    call, _ = after(Said(GREETING, MENU), Pressed("2"))
    assert (doing(call), doing(step(call, Pressed("#"))[0])) == (Think(), Think())


def test_keys_of_an_application_are_its_number_snils_and_a_code_word_of_digits() -> None:
    # ST-01, ST-04
    assert keypad_query.asked("*4021567*11223344595*1234#") == "заявление 4021567 11223344595 1234"
    assert [keypad_query.asked(each) for each in ("*4021567*112*1234#", "*1*11223344595*1234#", "*4021567*11223344595*12#")] == ["", "", ""]


def test_a_number_and_a_code_are_typed_key_by_key() -> None:
    # RQ-04: a case is followed by telephone; a nought among them calls nobody
    keys = [Pressed(key) for key in "*07726112600000014*90123456#"]
    call, deeds = after(Said(GREETING, MENU), *keys)
    assert deeds == [Tell("статус 07726112600000014 90123456")]
    assert doing(call) == Think()
    call, deeds = after(Said(GREETING, MENU), *keys[:9])
    assert (doing(call), deeds) == (Listen(), [])
    assert doing(step(step(call, Pressed("#"))[0], Spoken())[0]) == Listen()
    assert doing(step(call, Pressed("#"))[0]) == Play(keypad_query.UNREAD)
    # BK-01: his own appointment needs no code
    assert after(Said(GREETING, MENU), *[Pressed(key) for key in "*07726112600000014#"])[1] == [Tell("запись 07726112600000014")]
    # Whoever breaks off has the menu again, and a person by one key.
    call, _ = step(call, Silence())
    assert step(call, Pressed("0"))[1] == (Tell(OPERATOR),)
    call, deeds = after(Said(GREETING, MENU), *[Pressed("*"), *[Pressed("1")] * keypad_query.LONGEST])
    assert (doing(call), deeds) == (Play(keypad_query.UNREAD), [])



def test_who_is_not_heard_is_asked_again_and_then_given_to_a_person() -> None:
    # CH-04: he may be unable to speak
    call, deeds = after(Said(GREETING, MENU), Spoken(), Silence())
    assert (deeds, doing(call)) == ([], Play(announced(AGAIN, MENU)))
    assert after(Spoken(), Silence(), call=call)[1] == [Tell(OPERATOR)]


def test_who_asks_for_slower_speech_hears_all_that_follows_slowly() -> None:
    # CH-07
    call, _ = after(Said("Ваши права"), Spoken(), Slower(), Said("Ваши права"))
    assert doing(call) == Play("Ваши права", slow=True)
    assert doing(after(Spoken(), Said("Что-то ещё?"), call=call)[0]) == Play("Что-то ещё?", slow=True)


def test_where_speech_is_heard_the_menu_is_for_who_stays_silent() -> None:
    # CH-01, CH-08
    call, _ = after(Said(GREETING, MENU), call=Call(opens=True))
    assert call.speech == (GREETING, INVITES)
    assert after(Pressed("2"), call=call)[1] == [Tell("Мои права")]
    call, _ = after(Spoken(), Spoken(), Silence(), call=call)
    assert doing(call) == Play(announced(AGAIN, MENU))
    call, _ = after(Spoken(), Heard(), Said("Ответ", MENU), call=call)
    assert doing(call) == Play(announced("Ответ", MENU))


def test_an_error_is_told_and_a_person_called() -> None:
    # CH-06, CH-14
    call, deeds = after(Said(GREETING), Spoken(), Failed())
    assert (deeds, doing(call)) == ([Tell(OPERATOR)], Play(SORRY))
    call, _ = after(Spoken(), Said("Соединяю"), InLine(1), call=call)
    assert doing(after(Failed(), call=call)[0]) == doing(call)


def test_an_operator_hears_the_brief_before_the_caller_is_joined() -> None:
    # CH-09
    call, _ = after(InLine(1), Offered("anna"), PickedUp("anna", "leg", briefed=True), Taken("anna"))
    assert doing(call) == Music()
    assert doing(after(Briefed("other"), call=call)[0]) == Music()
    assert doing(after(Briefed("leg"), call=call)[0]) == Join("leg")
    early, _ = after(InLine(1), Offered("anna"), PickedUp("anna", "leg", briefed=True), Briefed("leg"), Taken("anna"))
    assert doing(early) == Join("leg")


def test_whom_the_dial_plan_has_back_has_not_left() -> None:
    # CH-06, CH-14
    call, deeds = after(InLine(1), Offered("anna"), Dropped(), HungUp())
    assert (deeds, doing(call)) == ([Ring("anna"), Hush("anna")], Nothing())


def test_who_waits_hears_music_until_the_operator_who_picks_up_has_it() -> None:
    # CH-10, SL-02
    call, deeds = after(InLine(1), Offered("anna"))
    assert (deeds, doing(call)) == ([Ring("anna")], Play("Ваш номер в очереди: 1."))
    call, deeds = after(Spoken(), call=call)
    assert doing(call) == Hold()
    call, deeds = after(PickedUp("anna", "PJSIP/anna-1"), call=call)
    assert (deeds, doing(call)) == ([Accept("anna")], Hold())
    call, deeds = after(Taken("anna"), Withdrawn("anna"), call=call)
    assert (deeds, doing(call)) == ([], Join("PJSIP/anna-1"))


def test_picking_up_cuts_short_what_is_said_in_line() -> None:
    # SL-02
    call, _ = after(InLine(1), Said("Вы первый в очереди."), Offered("anna"), PickedUp("anna", "leg"), Taken("anna"))
    assert doing(call) == Join("leg")
    assert doing(after(Parted("leg"), call=call)[0]) == Play(THANKS)


def test_who_accepts_at_the_desk_is_rung() -> None:
    # CH-10
    call, deeds = after(InLine(1), Offered("anna"), Taken("anna"), call=None)
    assert (deeds, call.where) == ([Ring("anna")], Given("anna"))
    call, deeds = after(PickedUp("anna", "leg"), call=call)
    assert (deeds, doing(call)) == ([], Join("leg"))
    assert after(InLine(1), Taken("boss"))[1] == [Ring("boss")]


def test_a_telephone_that_does_not_answer_is_hushed_and_the_next_one_rings() -> None:
    # LV-08
    call, deeds = after(InLine(1), Offered("anna"), Withdrawn("anna"), Offered("olga"))
    assert deeds == [Ring("anna"), Hush("anna"), Ring("olga")]
    assert after(PickedUp("anna", "late"), call=call)[1] == [Hush("anna")]


def test_a_telephone_that_refuses_passes_the_call_on() -> None:
    # LV-08
    call, deeds = after(InLine(1), Spoken(), Offered("anna"), LegEnded("anna"))
    assert deeds == [Ring("anna"), Refuse("anna")]
    assert (call.asked, doing(call)) == ("", Hold())


def test_who_has_accepted_at_his_desk_is_rung_until_he_picks_up() -> None:
    # LV-08
    call, deeds = after(InLine(1), Taken("anna"), LegEnded("anna"), PickedUp("anna", "leg"))
    assert (deeds, doing(call)) == ([Ring("anna")] * 2, Join("leg"))
    call, deeds = after(Missed("leg"), call=call)
    assert (deeds, call.where) == ([Ring("anna")], Given("anna"))


def test_who_speaks_while_something_is_said_is_listened_to() -> None:
    # CH-08: of the robot nothing more is said; in line the rest is
    call, deeds = after(Said("Первое"), Said("Второе"), Interrupted())
    assert (deeds, doing(call)) == ([], Listen())
    call, _ = after(InLine(3), Said("Ожидайте"), Interrupted())
    assert doing(call) == Play("Ожидайте")


def test_whoever_spoke_waits_until_the_robot_has_thought() -> None:
    # CH-08
    call, _ = after(Said(GREETING), Spoken(), Heard())
    assert doing(call) == Think()
    assert doing(after(Said("Ответ"), call=call)[0]) == Play("Ответ")


def test_a_transfer_parts_them_and_the_caller_waits_again() -> None:
    # LV-08
    call, deeds = after(InLine(1), Offered("anna"), PickedUp("anna", "leg"), Taken("anna"), InLine(2))
    assert (deeds[-1], doing(call)) == (Hush("anna"), Play("Ваш номер в очереди: 2."))
    call, deeds = after(Parted("leg"), Spoken(), call=call)
    assert (deeds, doing(call)) == ([], Hold())


def test_a_transfer_to_a_colleague_rings_him_and_frees_the_first() -> None:
    # LV-08
    call, deeds = after(InLine(1), Offered("anna"), PickedUp("anna", "leg"), Taken("anna"), Taken("olga"))
    assert deeds[-2:] == [Hush("anna"), Ring("olga")]
    assert doing(call) == Music()


def test_the_end_of_the_conversation_ends_the_call_with_a_word() -> None:
    # CH-14
    call, deeds = after(InLine(1), Offered("anna"), PickedUp("anna", "leg"), Taken("anna"), Ended())
    assert (deeds[-2:], doing(call)) == ([Hush("anna"), Part()], Play(THANKS))
    assert doing(after(Spoken(), call=call)[0]) == Play(FAREWELL)
    assert doing(after(Spoken(), Spoken(), call=call)[0]) == HangUp()


def test_who_hangs_up_leaves_and_nobody_is_rung_any_more() -> None:
    # CH-14
    call, deeds = after(InLine(1), Offered("anna"), HungUp())
    assert deeds[-2:] == [Hush("anna"), Leave()]
    assert doing(call) == Nothing()


TALKING = (InLine(1), Offered("anna"), PickedUp("anna", "leg"), Taken("anna"))


def test_who_is_set_aside_hears_music_until_his_operator_is_back() -> None:
    # CH-09
    call, deeds = after(*TALKING, SetAside())
    assert doing(call) == Music()
    call, deeds = after(Parted("leg"), Taken("anna"), call=call)  # the operator's leg is taken away, and that is no end
    assert (deeds, doing(call)) == ([], Music())
    assert doing(after(Rejoined("leg"), call=call)[0]) == Join("leg")


def test_all_are_in_a_room_until_the_operator_leaves_it() -> None:
    # CH-09
    call, _ = after(*TALKING, SetAside(), Together("room"))
    assert doing(call) == Confer("room")
    assert doing(after(SetAside(), RoomLeft("room"), call=call)[0]) == Music()
    call, deeds = after(RoomLeft("room"), call=call)
    assert (deeds, doing(call)) == ([Hush("anna"), Part()], Play(THANKS))


def test_who_is_passed_on_talks_to_whoever_was_asked() -> None:
    # CH-09
    call, deeds = after(*TALKING, SetAside(), Passed("olga", "other"))
    assert (deeds[-1], doing(call)) == (Hush("anna"), Join("other"))
    assert after(Taken("olga"), call=call)[1] == []
    assert after(*TALKING, SetAside(), Passed("olga", ""))[1][-2:] == [Hush("anna"), Ring("olga")]


def test_an_operator_who_has_put_down_meanwhile_is_called_again() -> None:
    # CH-09
    call, deeds = after(*TALKING, SetAside(), LegEnded("anna"), Rejoined(""))
    assert (deeds[-2:], doing(call)) == ([Hush("anna"), Ring("anna")], Music())
    assert doing(after(PickedUp("anna", "again"), call=call)[0]) == Join("again")


PARTED = (*TALKING, Parted("leg"))


def test_a_caller_is_asked_how_content_he_was_and_answers_by_a_key() -> None:
    # OC-03
    call, deeds = after(*PARTED)
    assert (deeds[-1], doing(call)) == (Part(), Play(THANKS))
    call, deeds = after(Asks(), Pressed("5"), call=call)
    assert (deeds, doing(call)) == ([], Play(THANKS))  # he was asked nothing yet
    call, _ = after(Spoken(), call=call)
    assert doing(call) == Play(ASKS)
    call, deeds = after(Pressed("0"), Pressed("9"), Pressed("4"), Pressed("5"), call=call)
    assert (deeds, call.speech, doing(call)) == ([Grade(4)], (GRADED, FAREWELL), Play(GRADED))
    assert doing(after(Spoken(), Spoken(), call=call)[0]) == HangUp()


def test_who_does_not_press_is_let_go_and_who_hangs_up_is_gone() -> None:
    # OC-03
    call, _ = after(*PARTED, Asks(), Spoken(), Spoken())
    assert doing(call) == AwaitKey()
    waited, deeds = after(Silence(), call=call)
    assert (deeds, waited.speech) == ([], (FAREWELL,))
    assert after(HungUp(), call=call)[1] == [Leave()]
    # Whoever has closed the conversation meanwhile changes nothing for him.
    assert after(Ended(), call=call) == (call, [])
    assert after(*PARTED, Ended())[0].speech == GOODBYE


def test_nobody_is_asked_who_talked_to_nobody_or_has_heard_the_farewell() -> None:
    # OC-03
    assert Part() not in after(Ended())[1]
    assert Part() not in after(InLine(1), Offered("anna"), Taken("anna"), Ended())[1]
    call, _ = after(*PARTED, Spoken(), Spoken(), Asks())
    assert doing(call) == HangUp()


NAMES = st.sampled_from(["anna", "olga", "boss"])
LEGS = st.sampled_from(["one", "two"])
EVENTS = st.one_of(
    st.builds(Said, st.just("слово"), st.sampled_from([(), MENU])), st.just(Spoken()), st.builds(Pressed, st.sampled_from("0123456789*#")),
    st.just(Silence()), st.builds(Continued, st.sampled_from([True, False, None])), st.just(WithRobot()), st.builds(InLine, st.integers(1, 3)), st.builds(Taken, NAMES), st.just(Ended()),
    st.builds(Offered, NAMES), st.builds(Withdrawn, NAMES), st.builds(PickedUp, NAMES, LEGS, st.booleans()), st.builds(Briefed, LEGS),
    st.builds(LegEnded, NAMES), st.just(Held()), st.just(Interrupted()),
    st.builds(Parted, LEGS), st.builds(Missed, LEGS), st.just(Heard()), st.just(Failed()), st.just(SetAside()), st.builds(Together, st.just("room")),
    st.builds(Rejoined, LEGS | st.just("")), st.builds(AtCentre, st.booleans()), st.builds(Reached, LEGS), st.builds(TrunkEnded, st.booleans()),
    st.just(Forgotten()),
    st.builds(Passed, NAMES, LEGS | st.just("")), st.builds(RoomLeft, st.just("room")), st.just(Asks()), st.just(HungUp()))


@settings(max_examples=1000)
@example([Taken("anna"), Offered("anna"), Offered("olga"), PickedUp("anna", "one")])
@given(st.lists(EVENTS, max_size=40))
def test_whatever_comes_in_whatever_order(events: list[Event]) -> None:
    """CH-06, CH-17: nobody is connected who did not pick up; no telephone rings, and no trunk is open, for a call that is over; gone is
    gone, once.
    """
    call, ringing, left, trunk = Call(), set[str](), 0, False
    for event in events:
        gone = call.where == Over(gone=True)
        call, deeds = step(call, event)
        trunk = trunk and not isinstance(event, TrunkEnded)
        assert not (gone and deeds)
        for deed in deeds:
            match deed:
                case Ring(operator=operator):
                    ringing.add(operator)
                case Hush(operator=operator) | Refuse(operator=operator):
                    ringing.discard(operator)
                case Leave():
                    left += 1
                case Connect() | Disconnect():
                    assert not (trunk and deed == Connect())
                    trunk = deed == Connect()
                case _:
                    pass
        if isinstance(event, Passed) and event.leg and call.where == Given(event.operator, event.leg):
            ringing.add(event.operator)  # he had picked up before
        if isinstance(call.where, Given) and call.where.leg:
            assert call.where.operator in ringing
        if isinstance(call.where, Waiting):
            assert isinstance(doing(call), Hold | Play)
        assert not trunk or isinstance(call.where, Away)
    call, deeds = step(call, HungUp())
    assert not trunk or Disconnect() in deeds
    ringing -= {deed.operator for deed in deeds if isinstance(deed, Hush)}
    if not any(isinstance(event, Parted) for event in events):  # who is parted has put down himself
        assert ringing == set()
    assert left + sum(isinstance(deed, Leave) for deed in deeds) == 1
    assert doing(call) == Nothing()


AT_CITY = AtCentre(accepted=True), Reached("trunk")


def test_a_caller_is_connected_to_the_centre_that_has_accepted() -> None:
    # CH-17
    call, deeds = after(InLine(1), AtCentre())
    assert (doing(call), deeds) == (Play("Ваш номер в очереди: 1."), [])
    call, deeds = after(Spoken(), *AT_CITY, call=call)
    assert (doing(call), deeds) == (Join("trunk"), [Connect()])


def test_who_comes_back_from_another_centre_waits_again() -> None:
    # CH-17, RT-08: the trunk's end and the word of the link come in either order
    for events in ((TrunkEnded(lost=False), InLine(1)), (InLine(1), TrunkEnded(lost=False))):
        call, deeds = after(Taken("anna"), PickedUp("anna", "leg"), *AT_CITY, *events)
        assert isinstance(call.where, Waiting)
        assert deeds[-1] == Disconnect()


def test_a_call_that_the_other_centre_has_ended_ends_here() -> None:
    # CH-17
    call, _ = after(*AT_CITY, Parted("trunk"), TrunkEnded(lost=False))
    assert doing(call) == Await()
    assert [doing(after(event, call=call)[0]) for event in (Forgotten(), Ended())] == [Play(GOODBYE[0])] * 2


def test_a_trunk_that_breaks_is_told_at_once() -> None:
    # CH-17, SL-05
    assert after(*AT_CITY, TrunkEnded(lost=True))[1] == [Connect(), Lose()]
    assert after(AtCentre(accepted=True), HungUp())[1] == [Connect(), Disconnect(), Leave(lost=True)]
    assert after(*AT_CITY, HungUp())[1] == [Connect(), Disconnect(), Leave()]


def test_the_centre_that_handed_a_caller_over_says_goodbye() -> None:
    # CH-17
    call, deeds = after(InLine(0), Taken("olga"), PickedUp("olga", "leg"), Ended(), call=Call(handed=True))
    assert (doing(call), deeds[-1]) == (HangUp(), Hush("olga"))


def test_nobody_is_joined_before_he_has_heard_that_he_is_recorded() -> None:
    # SE-04
    call, _ = after(InLine(1), Offered("op1"), PickedUp("op1", "leg"), Taken("op1"), call=Call(notice=RECORDED))
    assert doing(call) == Play(RECORDED)
    assert doing(after(Spoken(), call=call)[0]) == Join("leg", recorded=True)


def test_who_could_not_be_told_is_not_recorded() -> None:
    # SE-04
    call, _ = after(Taken("op1"), PickedUp("op1", "leg"), Spoken(heard=False), call=Call(notice=RECORDED))
    assert doing(call) == Join("leg", recorded=False)


def test_he_is_told_once() -> None:
    call, _ = after(InLine(2), Spoken(), Spoken(), call=Call(notice=RECORDED))
    assert doing(call) == Hold()
    call, _ = after(Taken("op1"), PickedUp("op1", "leg"), InLine(1), Spoken(), Taken("op2"), PickedUp("op2", "other"), call=call)
    assert doing(call) == Join("other", recorded=True)


@pytest.mark.parametrize(("wait_s", "told"), [
    (0, ""), (20, ""), (20.5, " Ожидание примерно 1 минута."), (61, " Ожидание примерно 2 минуты."), (640, " Ожидание примерно 11 минут."),
    (1250, " Ожидание примерно 21 минута."), (1800, " Ожидание примерно 30 минут."), (1801, ""), (inf, "")])
def test_the_wait_is_told_in_minutes_where_it_is_known(wait_s: float, told: str) -> None:
    # CH-11, SL-03: once, when he joins the line
    call, _ = after(InLine(3, wait_s), InLine(2, wait_s))
    assert call.speech == (f"Ваш номер в очереди: 3.{told}",)
