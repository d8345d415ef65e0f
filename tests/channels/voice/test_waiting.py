"""Who waits in line hears the place and the wait, and may choose by a key or a word to be called back (CH-14, SL-03)."""

from datetime import UTC, datetime

import pytest

from channels.voice.call import step
from channels.voice.call_actions import Deed, Tell
from channels.voice.call_events import Chosen, Event, Held, InLine, Interrupted, Offered, Pressed, Said, Silence, Spoken, Taken
from channels.voice.call_phrases import BRIEF, CALL_BACK, CALL_BACK_BY_WORD, brief
from channels.voice.call_sound import Hold, Listen, Play, doing, streamed
from channels.voice.call_state import Call
from channels.voice.spoken_text.short_answers import wants_call
from hub.conversations.journal import StoredEvent
from hub.conversations.message import BOT, Author, Message
from hub.dispatch.overflow import ANSWER_LATER, NOBODY, OFFERED

KNOWN = Call(reachable=True)


def after(*events: Event, call: Call = KNOWN) -> tuple[Call, list[Deed]]:
    deeds: list[Deed] = []
    for event in events:
        call, done = step(call, event)
        deeds += done
    return call, deeds


def test_the_place_is_said_again_and_a_call_offered() -> None:
    # SL-03
    call, _ = after(InLine(3, 200.0))
    assert call.speech == ("Ваш номер в очереди: 3. Ожидание примерно 4 минуты.", CALL_BACK)
    call, _ = after(Spoken(), Spoken(), InLine(2, 100.0), call=call)
    assert doing(call) == Hold()
    call, _ = after(Held(), call=call)
    assert call.speech == ("Ваш номер в очереди: 2. Ожидание примерно 2 минуты.", CALL_BACK)


def test_a_key_is_a_call_back_once() -> None:
    # CH-14
    call, deeds = after(InLine(3, 200.0), Spoken(), Pressed("1"), Pressed("1"), Held())
    assert (deeds, call.speech) == ([Tell(ANSWER_LATER)], ())
    call, deeds = after(InLine(3, 200.0), Spoken(), Spoken(), Pressed("2"), Pressed("1"))
    assert deeds == [Tell(ANSWER_LATER)]


def test_a_word_answers_the_offer_for_a_moment() -> None:
    # CH-14
    listened = Call(reachable=True, by_word=True)
    call, _ = after(InLine(3, 200.0), call=listened)
    assert call.speech[1] == CALL_BACK_BY_WORD and not streamed(call)
    call, _ = after(Spoken(), call=call)
    assert doing(call) == Play(CALL_BACK_BY_WORD) and streamed(call)
    for heard in ((Spoken(),), (Interrupted(),)):  # at its end, or into it
        asked, _ = after(*heard, InLine(2, 100.0), call=call)
        assert doing(asked) == Listen() and streamed(asked)
        chosen, deeds = after(Chosen(ANSWER_LATER), Held(), call=asked)
        assert (doing(chosen), deeds) == (Hold(), [Tell(ANSWER_LATER)])
        assert doing(after(Silence(), call=asked)[0]) == Hold()
        keyed, deeds = after(Pressed("1"), call=asked)
        assert (doing(keyed), deeds) == (Hold(), [Tell(ANSWER_LATER)])


@pytest.mark.parametrize(("heard", "wanted"), [
    ("Да.", True), ("Да, перезвоните мне.", True), ("Перезвоните, пожалуйста, на этот номер.", True), ("Хочу", True), ("Перезвоните, пожалуй ста.", True), ("Нет.", False), ("Не надо, спасибо.", False),
    ("", False), ("Подскажите, а долго ещё ждать?", False), ("Да сколько можно ждать", False), ("Не звоните мне", False), ("Алло", False)])
def test_what_a_call_back_is_asked_for_with(heard: str, wanted: bool) -> None:
    # CH-14
    assert wants_call(heard) is wanted


def test_a_key_pressed_before_the_offer_is_none() -> None:
    assert after(InLine(3, 200.0), Pressed("1"))[1] == []


def test_what_the_hub_offers_is_said_by_its_key() -> None:
    # CH-14
    call, _ = after(InLine(1, 5.0), Spoken(), Said(f"{NOBODY} {OFFERED}", (ANSWER_LATER,)))
    assert doing(call) == Play(f"{NOBODY} {OFFERED}\n{CALL_BACK}")
    assert after(Pressed("1"), call=call)[1] == [Tell(ANSWER_LATER)]


def test_no_call_is_offered_for_a_moment_nor_without_a_number_nor_in_danger() -> None:
    for call, line in ((KNOWN, InLine(1, 10.0)), (Call(), InLine(3, 200.0)), (KNOWN, InLine(0))):
        waits, deeds = after(line, Spoken(), Held(), Pressed("1"), call=call)
        assert (CALL_BACK in waits.speech, deeds) == (False, [])


def test_who_is_joined_meanwhile_is_not_called_back() -> None:
    call, _ = after(InLine(3, 200.0), Spoken(), Spoken(), Offered("anna"), Taken("anna"))
    assert after(Held(), Pressed("1"), call=call) == (call, [])


def test_a_brief_is_the_first_sentence_of_the_robots_note() -> None:
    # CH-09
    def noted(text: str, author: Author = Author.SYSTEM, *, internal: bool = True) -> str:
        message = Message(author, text, datetime(2026, 1, 1, tzinfo=UTC), name="Робот", internal=internal)
        return brief([StoredEvent(1, 1, message)])
    assert noted("Спрашивал: Загранпаспорт (стоимость)\nОтветили: 6 000 рублей") == "Спрашивал: Загранпаспорт (стоимость)"
    assert noted("Робот записал:\nМФЦ: Мытищи\nДень: вторник") == "Робот записал: МФЦ: Мытищи"
    long = noted("Спрашивал: Загранпаспорт (стоимость на ребёнка младше четырнадцати лет); Адреса и часы МФЦ")
    assert len(long) <= BRIEF + 1
    assert long == "Спрашивал: Загранпаспорт (стоимость на ребёнка."
    assert (noted("Здравствуйте!", BOT, internal=False), brief([])) == ("", "")
