"""An answer longer than one breath is told in parts, each after «Сказать ещё?» (CH-08)."""

import pytest

from bots.knowledge.message_parts import FURTHER
from channels.voice.call_actions import Tell
from channels.voice.call_dialogue import OPERATOR
from channels.voice.call_events import (
    Chosen,
    Continued,
    Ended,
    Heard,
    InLine,
    Interrupted,
    Pressed,
    Said,
    Silence,
    Spoken,
    Taken,
    WithRobot,
)
from channels.voice.call_phrases import AGAIN, GOODBYE, INVITES, MORE, announced
from channels.voice.call_sound import Listen, Think, doing
from channels.voice.call_state import Call, Robot
from channels.voice.conversation_events import short_answer
from channels.voice.spoken_text.breath import BREATH, breaths
from channels.voice.spoken_text.short_answers import wants_more
from hub.robot.answer_feedback import CHOICES
from hub.robot.answers_by_sms import BY_SMS
from tests.channels.voice.test_call import after

PARTS = tuple(f"{text} {'и так далее, ' * 14}и ещё." for text in ("Первое", "Второе", "Третье"))
LONG = " ".join(PARTS)
MENU = ("Запись в МФЦ", "Мои права")


def asked() -> Call:
    """The first part was told, and the caller asked."""
    call, _ = after(Said(LONG, MENU))
    assert call.speech == (PARTS[0], MORE)
    call, _ = after(Spoken(), Spoken(), call=call)
    assert doing(call) == Listen()
    return call


@pytest.mark.parametrize("yes", [Continued(True), Pressed("#")])
def test_the_rest_follows_part_by_part_and_the_menu_is_last(yes: Continued | Pressed) -> None:
    # CH-08
    call, deeds = after(yes, call=asked())
    assert (deeds, call.speech) == ([], (PARTS[1], MORE))
    call, _ = after(Spoken(), yes, call=call)  # also while it is being asked
    assert call.speech == (announced(PARTS[2], MENU),)
    call, deeds = after(Pressed("#"), call=call)
    assert (deeds, call.speech) == ([], (announced(PARTS[2], MENU),))  # there is no more


def test_who_wants_no_more_hears_what_else_there_is() -> None:
    call, deeds = after(Continued(False), call=asked())
    assert (deeds, call.speech) == ([], (announced(INVITES, MENU),))
    assert after(Spoken(), Pressed("#"), call=call)[0].speech == ()


def test_another_question_is_answered_at_once() -> None:
    call, _ = after(Interrupted(), Continued(None), call=asked())
    assert doing(call) == Listen()
    call, _ = after(Said("Ответ."), Heard(), Said("И ещё."), call=call)  # an answer may come before its question is told to be heard
    assert call.speech == ("Ответ.", "И ещё.")
    assert doing(after(Heard(), call=asked())[0]) == Think()


def test_keys_of_the_menu_work_before_it_is_told() -> None:
    call, deeds = after(Pressed("2"), call=asked())
    assert (deeds, doing(call)) == ([Tell("Мои права")], Think())
    assert after(Pressed("#"), call=call)[1] == []


def test_who_stays_silent_is_asked_again_and_then_given_to_a_person() -> None:
    # CH-04
    call, deeds = after(Silence(), call=asked())
    assert (deeds, call.speech) == ([], (announced(f"{AGAIN}\n{MORE}", MENU),))
    assert after(Spoken(), Pressed("#"), call=call)[0].speech == (PARTS[1], MORE)
    call, deeds = after(Spoken(), Silence(), call=call)
    assert (deeds, doing(call)) == ([Tell(OPERATOR)], Think())
    call, _ = after(Said("Соединяю."), InLine(0), call=call)
    assert call.speech == ("Соединяю.",)


@pytest.mark.parametrize("event", [InLine(0), Taken("anna"), Ended()])
def test_nothing_is_left_out_where_an_operator_follows(event: InLine | Taken | Ended) -> None:
    # CH-08: as in danger to life
    call, _ = after(Said(LONG), WithRobot(), event)
    assert call.speech[:3] == PARTS[:1] + PARTS[1:]
    assert call.speech[3:] == (GOODBYE if isinstance(event, Ended) else ())


def test_nothing_is_left_out_before_another_message() -> None:
    call, _ = after(Said(LONG), Said("Номер обращения: 5."))
    assert call.speech == (*PARTS, "Номер обращения: 5.")


def test_what_the_robot_itself_cuts_is_asked_in_the_same_way() -> None:
    further = f"{FURTHER}: Мои права"
    call, _ = after(Said("Коротко.", (further, *MENU)))
    assert call.speech == ("Коротко.", announced(MORE, MENU))
    assert after(Continued(True), call=call)[1] == after(Pressed("#"), call=call)[1] == [Tell(further)]
    assert after(Pressed("1"), call=call)[1] == [Tell(MENU[0])]


def test_a_number_ends_with_the_same_key() -> None:
    # RQ-04
    keys = [Pressed(key) for key in "*07726112600000014*90123456#"]
    call, deeds = after(*keys, call=asked())
    assert (deeds, doing(call)) == ([Tell("статус 07726112600000014 90123456")], Think())


def test_a_question_for_yes_or_no_is_told_whole() -> None:
    # CH-08: its «да» is none to «Сказать ещё?»
    assert after(Said(LONG, ("Да, верно", "Нет")))[0].speech == (announced(LONG, ("Да, верно", "Нет")),)
    assert after(Said(LONG, ("Дальше: Мои права", "Данные", *CHOICES)))[0].speech == (PARTS[0], MORE)


def test_an_operators_announcement_is_told_whole() -> None:
    assert after(InLine(0), Said(LONG))[0].speech == (LONG,)


def test_sentences_and_lines_stay_whole() -> None:
    assert breaths("Коротко. И ясно.\nНомер обращения: 12-5.") == ("Коротко. И ясно.\nНомер обращения: 12-5.",)
    line = "Срок по ст. 5 — до 30 дней, а госпошлина — 500 руб. в год."
    told = breaths("\n".join([line] * 9))
    assert "\n".join(told) == "\n".join([line] * 9)
    assert all(len(part) <= BREATH for part in told[:-1])
    assert len(breaths(f"{PARTS[0]}{' Это почти всё.' * 4}")) == 1
    assert breaths("") == ("",)
    rights = "Вы вправе: " + "; ".join([f"— {line[:-1]}"] * 6) + "."
    assert " ".join(breaths(rights)) == rights
    assert len(breaths(rights)) == 2


@pytest.mark.parametrize(("heard", "wanted"), [
    ("Да.", True), ("Ещё!", True), ("Еще.", True), ("да, пожалуйста", True), ("Ну давайте дальше.", True), ("Говорите", True),
    ("Нет.", False), ("Нет, спасибо.", False), ("Не надо.", False), ("Хватит", False), ("Не нужно, спасибо", False), ("Всё, достаточно", False),
    ("", None), ("Спасибо.", None), ("Да, а сколько это стоит?", None), ("Оператор", None), ("Ещё раз", None), ("Надо", None), ("Не говорите", False),
])
def test_short_answers_are_understood(heard: str, wanted: bool | None) -> None:
    assert wants_more(heard) is wanted


@pytest.mark.parametrize(("heard", "sent"), [
    ("СМС", True), ("Пришлите СМС.", True), ("Да, пришлите мне это по СМС, пожалуйста.", True), ("Отправьте сообщением", True),
    ("Не присылайте СМС", False), ("Не надо СМС", False), ("Да", False), ("Мне пришло СМС о задолженности", False), ("", False)])
def test_a_message_is_asked_for_in_words(heard: str, sent: bool) -> None:
    # CH-08
    answer = short_answer(Robot(menu=("Мои права", BY_SMS)), heard)
    assert answer == (Chosen(BY_SMS) if sent else Continued(None))
    assert short_answer(Robot(menu=("Мои права",)), heard) == Continued(None)
    call, deeds = after(Said("Ответ.", (BY_SMS,)), Spoken(), answer)
    assert deeds == ([Tell(BY_SMS)] if sent else [])
    assert doing(call) == (Think() if sent else Listen())


def test_a_word_is_an_answer_where_there_is_more() -> None:
    assert short_answer(Robot(more=("Ещё.",)), "Да") == Continued(True)
    assert short_answer(Robot(further="Дальше"), "Нет") == Continued(False)
    assert short_answer(Robot(), "Да") == Continued(None)
