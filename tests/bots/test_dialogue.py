"""Turns of a dialogue: what is said, what is asked, and what happens when something goes wrong."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from bots.dialogue.actions import ActionFailedError, ActionRefusedError, Answer
from bots.dialogue.dialogue import HandOffReason
from bots.dialogue.events import Event, UserUttered
from bots.dialogue.parsed import Parsed
from bots.dialogue.python_actions import PythonActions
from bots.dialogue.slots import unique
from bots.project.domain import LISTEN
from bots.project.project import Project, read_project
from tests.bots.heard import PROJECTS, ByHeart, Talk, write

RECEPTION = PROJECTS / "reception"


@pytest.fixture(scope="module")
def message_intake() -> Project:
    return read_project(RECEPTION)


@pytest.fixture
def talk(message_intake: Project) -> Talk:
    return Talk(message_intake, PythonActions(RECEPTION))


async def test_a_form_asks_until_all_is_known(talk: Talk) -> None:
    assert await talk.say("привет") == ["Здравствуйте! Отвечает робот."]
    assert await talk.say("запишите меня") == ["Какая услуга?"]
    assert talk.turn
    assert talk.turn.said[0].data["buttons"][0] == {"title": "паспорт", "payload": '/inform{"service": "passport"}'}
    assert await talk.say('/inform{"service": "passport"}') == ["Как вас зовут?"]
    assert await talk.say("Анна") == ["Напомнить о записи?"]
    assert talk.tracker.now.active_loop == "booking_form"
    assert await talk.say("да") == ["Анна: паспорт, хочет записаться.", "Пожалуйста!"]
    assert talk.tracker.now.active_loop == ""
    assert talk.slot("requested_slot") is None
    assert talk.slot("remind") is True
    assert talk.turn.hands_over is None
    assert await talk.say("привет") == ["Здравствуйте, Анна!"]


async def test_what_was_said_at_the_beginning_is_not_asked_again(talk: Talk) -> None:
    assert await talk.say("хочу записаться на паспорт") == ["Как вас зовут?"]


async def test_validation_refuses_a_value_and_the_form_asks_again(talk: Talk) -> None:
    await talk.say("запишите меня")
    assert await talk.say('/inform{"service": "moon"}') == ["Такой услуги нет: moon.", "Какая услуга?"]
    assert talk.slot("service") is None


async def test_code_decides_what_a_form_asks(talk: Talk) -> None:
    await talk.say("запишите на прописку")
    assert (await talk.say("Анна"))[0] == "Анна: прописка, хочет записаться."


async def test_a_form_is_interrupted_and_comes_back(talk: Talk) -> None:
    await talk.say("запишите меня")
    assert await talk.say("зачем вам это") == ["Услуга нужна, чтобы выбрать окно.", "Какая услуга?"]
    assert await talk.say("сколько стоит") == ["Бесплатно.", "Какая услуга?"]
    assert await talk.say("спасибо") == ["Пожалуйста!", "Какая услуга?"]
    assert await talk.say("паспорт") == ["Как вас зовут?"]


async def test_a_form_is_stopped_or_goes_on_as_a_story_says(talk: Talk) -> None:
    await talk.say("запишите меня")
    assert await talk.say("хватит") == ["Продолжаем запись?"]
    assert await talk.say("нет") == ["Запись прервана."]
    assert talk.tracker.now.active_loop == ""
    await talk.say("запишите меня")
    assert await talk.say("хватит") == ["Продолжаем запись?"]
    assert await talk.say("да") == ["Какая услуга?"]
    assert talk.tracker.now.active_loop == "booking_form"


async def test_an_ignored_intent_fills_nothing(talk: Talk) -> None:
    await talk.say("хочу записаться на паспорт")
    assert await talk.say("оператор") == ["Соединяю с оператором.", "Как вас зовут?"]
    assert talk.slot("visitor") is None


async def test_roles_and_what_was_asked_decide_which_slot_is_filled(talk: Talk) -> None:
    assert await talk.say("как доехать из Твери в Москву") == ["Маршрут: Тверь — Москва."]
    assert (talk.slot("departure"), talk.slot("destination")) == ("Тверь", "Москва")


async def test_an_entity_that_would_do_for_several_slots_fills_the_one_that_was_asked_for(message_intake: Project) -> None:
    talk = Talk(message_intake, PythonActions(RECEPTION))
    assert await talk.say("как доехать") == ["Откуда едете?"]
    assert await talk.say("Казань") == ["Куда едете?"]
    assert (talk.slot("departure"), talk.slot("destination")) == ("Казань", None)
    assert await talk.say("Москва") == ["Маршрут: Казань — Москва."]
    fillings = message_intake.domain.slots["departure"].fillings
    slots = message_intake.domain.forms["route_form"].slots
    assert [unique(one, slots, message_intake.domain) for one in fillings] == [True, False]


async def test_stories_branch_by_slots(talk: Talk) -> None:
    assert await talk.say("ставлю 1") == ["Жаль. Что не понравилось?"]
    assert await talk.say("третий этаж") == ["Передам руководству."]
    assert await talk.say("ставлю 5") == ["Спасибо за оценку 5.0!"]


async def test_questions_have_answers_of_their_own(talk: Talk) -> None:
    assert await talk.say("когда открыто") == ["С 9 до 18."]
    assert await talk.say("/faq/ask_fee") == ["Бесплатно."]


async def test_words_are_answered_by_words(talk: Talk) -> None:
    assert await talk.say("всё хорошо") == ["Вот и славно."]


async def test_a_channel_has_wordings_of_its_own(message_intake: Project) -> None:
    assert await Talk(message_intake, PythonActions(RECEPTION), "voice").say("привет") == ["Вам отвечает робот."]


async def test_what_is_not_understood_is_asked_twice_and_then_given_up(talk: Talk) -> None:
    assert await talk.say("абракадабра") == ["Вы об этом: greet?"]
    assert await talk.say("/out_of_scope") == ["Скажите иначе, пожалуйста."]
    assert await talk.say("белиберда") == ["Вы об этом: greet?"]
    assert await talk.say("/out_of_scope") == ["Не понял вас."]
    assert await talk.say("спасибо") == ["Пожалуйста!"]


async def test_what_is_affirmed_goes_on_as_if_it_had_been_said(talk: Talk) -> None:
    await talk.say("абракадабра")
    assert await talk.say("/greet") == ["Здравствуйте! Отвечает робот."]
    assert talk.tracker.now.active_loop == ""
    assert sum(isinstance(event, UserUttered) for event in talk.tracker.applied) == 1


async def test_two_misunderstandings_in_a_row_are_given_up(talk: Talk) -> None:
    await talk.say("абракадабра")
    assert await talk.say("белиберда") == ["Не понял вас."]


async def test_a_new_session_begins_after_silence_and_keeps_slots(talk: Talk) -> None:
    await talk.say("ставлю 5")
    before = len(talk.tracker.applied)
    await talk.say("спасибо", after_s=29 * 60)
    assert len(talk.tracker.applied) > before
    await talk.say("спасибо", after_s=31 * 60)
    assert len(talk.tracker.applied) < before
    assert talk.slot("score") == 5


async def test_a_restart_forgets_all(talk: Talk) -> None:
    await talk.say("ставлю 5")
    await talk.say("/restart")
    assert talk.slot("score") is None
    assert await talk.say("привет") == ["Здравствуйте! Отвечает робот."]


async def test_back_takes_the_last_utterance_back(talk: Talk) -> None:
    await talk.say("спасибо")
    await talk.say("ставлю 5")
    assert talk.slot("score") == 5
    await talk.say("/back")
    assert talk.slot("score") is None
    assert await talk.say("ставлю 1") == ["Жаль. Что не понравилось?"]


async def test_back_within_a_form_takes_the_form_back(talk: Talk) -> None:
    await talk.say("запишите меня")
    await talk.say("паспорт")
    await talk.say("/back")
    assert (talk.slot("service"), talk.tracker.now.active_loop) == (None, "")


class Answers:
    """Custom actions that answer what the test says."""

    def __init__(self, *events: dict[str, Any], fails: type[Exception] | None = None) -> None:
        self._events, self._fails = events, fails
        self.calls: list[Any] = []

    async def run(self, name: str, call: Any) -> Answer:
        self.calls.append(call)
        if self._fails:
            raise self._fails(name)
        return Answer(self._events)


DOMAIN = """
intents: [a, b, c]
entities: [city]
actions: [action_x, validate_f, action_ask_s, action_slots]
slots:
  s:
    type: text
    influence_conversation: false
    mappings: [{type: from_entity, entity: city}]
forms:
  f:
    required_slots: [s]
responses:
  utter_a: [{text: a}]
  utter_b: [{text: b}]
  utter_default: [{text: what}]
"""
RULES = """
rules:
- rule: x
  steps: [{intent: a}, {action: action_x}]
- rule: after x
  steps: [{action: action_x}, {action: utter_a}]
- rule: f
  steps: [{intent: b}, {action: f}, {active_loop: f}]
- rule: end
  condition: [{active_loop: f}]
  steps: [{action: f}, {active_loop: null}, {action: utter_b}]
"""


@pytest.fixture
def small(tmp_path: Path) -> Project:
    return write(tmp_path, domain=DOMAIN, rules=RULES)


async def test_a_failing_action_is_handed_over(small: Project) -> None:
    talk = Talk(small, Answers(fails=ActionFailedError))
    assert await talk.say("/a") == []
    assert talk.turn
    assert talk.turn.hands_over is HandOffReason.FAILED
    assert talk.turn.failures == ("action_x",)
    assert await talk.say("/b") == []  # and the form is not taken for filled
    assert talk.turn.hands_over is HandOffReason.FAILED
    assert talk.tracker.now.action == LISTEN


async def test_an_action_may_refuse_and_something_else_answers(small: Project) -> None:
    assert await Talk(small, Answers(fails=ActionRefusedError)).say("/a") == ["what"]


async def test_what_an_action_answers_is_of_the_protocol(small: Project) -> None:
    for wrong in ({"event": "reminder"}, {"event": "slot"}, {}, {"event": "user", "parse_data": {"entities": 1}}):
        talk = Talk(small, Answers(wrong))
        await talk.say("/a")
        assert talk.turn
        assert talk.turn.hands_over is HandOffReason.FAILED


async def test_an_action_sees_the_whole_dialogue(small: Project) -> None:
    answers = Answers({"event": "slot", "name": "s", "value": "x"}, {"event": "followup", "name": "utter_a"})
    talk = Talk(small, answers, "sms")
    assert await talk.say("/a") == ["a"]
    call = answers.calls[0]
    assert call["next_action"] == "action_x"
    assert call["sender_id"] == "citizen"
    assert call["domain"]["slots"]["s"]["type"] == "text"
    tracker = call["tracker"]
    assert tracker["latest_message"]["intent"] == {"name": "a", "confidence": 1.0}
    assert tracker["latest_input_channel"] == "sms"
    assert [event["event"] for event in tracker["events"]] == ["action", "session_started", "action", "user", "user_featurization"]
    assert talk.slot("s") == "x"


async def test_a_paused_dialogue_wants_a_person_and_is_silent(small: Project) -> None:
    talk = Talk(small, Answers({"event": "pause"}))
    await talk.say("/a")
    assert talk.turn
    assert talk.turn.hands_over is HandOffReason.PAUSED
    assert await talk.say("/a") == []
    assert talk.turn.hands_over is HandOffReason.PAUSED


async def test_a_story_that_goes_in_a_circle_ends(tmp_path: Path) -> None:
    rules = """
rules:
- rule: r
  wait_for_user_input: false
  steps: [{intent: a}, {action: utter_a}]
- rule: s
  wait_for_user_input: false
  steps: [{action: utter_a}, {action: utter_b}]
- rule: t
  wait_for_user_input: false
  steps: [{action: utter_b}, {action: utter_a}]
"""
    talk = Talk(write(tmp_path, domain=DOMAIN, rules=rules))
    assert len(await talk.say("/a")) == 10
    assert talk.turn
    assert talk.turn.hands_over is HandOffReason.CIRCLE


async def test_a_bot_with_nothing_to_say_hands_over(tmp_path: Path) -> None:
    talk = Talk(write(tmp_path, domain=DOMAIN.replace("utter_default", "utter_c"), rules=RULES))
    assert await talk.say("/c") == []
    assert talk.turn
    assert talk.turn.hands_over is HandOffReason.SILENT


@pytest.mark.parametrize("words", ["", " ", "/", "/a{", "/a" + "{" * 50_000, "ы" * 100_000, "[" * 50_000, "\x00", "{s}", "🙂", '/a{"city": ' + "[" * 5_000])
async def test_whatever_is_said_is_answered(small: Project, words: str) -> None:
    talk = Talk(small)
    await talk.say(words)
    assert talk.turn
    assert talk.turn.said or talk.turn.hands_over


class Reads(ByHeart):
    """Understands Latin letters for Cyrillic ones."""

    def parse(self, words: str, *, hasty: bool = False) -> Parsed:
        return replace(super().parse(words, hasty=hasty), text="прочитано иначе")


async def test_a_slot_holds_what_was_said_and_not_how_it_was_read(message_intake: Project) -> None:
    talk = Talk(message_intake, PythonActions(RECEPTION), understanding=Reads(message_intake))
    await talk.say("хочу записаться на паспорт")
    await talk.say("Anna Smith")
    assert talk.slot("visitor") == "Anna Smith"


async def test_a_dialogue_is_taken_up_from_what_was_stored(talk: Talk) -> None:
    await talk.say("ставлю 5")
    await talk.say("запишите меня", after_s=31 * 60)
    await talk.say("зачем вам это")
    for kept in (talk.tracker.events, talk.tracker.session()):
        stored = msgspec.json.encode(kept)
        taken_up = talk.dialogue.begin(msgspec.json.decode(stored, type=tuple[Event, ...]))
        assert (taken_up.now, taken_up.applied) == (talk.tracker.now, talk.tracker.applied)
    assert len(talk.tracker.session()) < len(talk.tracker.events)
    talk.tracker = taken_up
    assert await talk.say("паспорт") == ["Как вас зовут?"]


