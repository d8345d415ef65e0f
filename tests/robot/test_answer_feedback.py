"""«Помогло?» after an answer: on the site, by SMS and by telephone, and what comes of «да», «нет» and neither."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC
from importlib.resources import files
from pathlib import Path

import pytest

from bots.dialogue.actions import Actions, NoActions
from bots.dialogue.centre_actions import CentreActions
from bots.dialogue.dialogue import Dialogue
from bots.grammar.extraction import Grammar
from bots.knowledge.faq import CALL, FaqBot
from bots.knowledge.feedback import feedback
from bots.knowledge.knowledge_file import read_articles
from bots.project.phrase_collector import PhraseCollector
from bots.project.project import Project, read_project
from bots.russian import Russian
from channels.menu import meant, written
from channels.voice.call import step
from channels.voice.call_actions import Tell
from channels.voice.call_events import Pressed, Said
from channels.voice.call_sound import Play, doing
from channels.voice.call_state import Call
from hub.conversations.address import Address
from hub.conversations.conversation import InQueue, WithBot, robot_of
from hub.conversations.journal import StoredEvent
from hub.conversations.ports import Store
from hub.conversations.turn_result import TurnResult
from hub.knowledge.article import Article
from hub.organisation.queue import Lines, Queue
from hub.reporting.days import Days
from hub.robot.answer_feedback import CHOICES, HELPED, UNHELPED, asks
from hub.robot.day_figures import RobotDays
from hub.robot.phrase import Doubt
from okno.adapters.dialogue_engine import LocalDialogueEngine
from okno.serving.metrics import of_robot
from tests.rig import Clock, Rig
from tests.robot.drafts import PROJECT
from tests.robot.test_dialogue_turns import CENTRE, MFCS, TODAY, Words, last, talk, thoughts
from tests.traits import TRAITS

QUESTION, SAME = "Где получить сноповязалку?", "Сноповязалку где дают?"
SMS, PHONE = "sms.smpp", "voice.asterisk"
NUMBER = "79160000000"


@pytest.fixture(scope="module")
def knowledge() -> FaqBot:
    bot = FaqBot(Russian(), "Центр", TRAITS)
    binder = Article("binder", "Сноповязалки", "Сноповязалки выдают по средам.", (QUESTION, SAME))
    bot.learn([*read_articles((files("okno.demo") / "articles.toml").read_text(encoding="utf8")), binder])
    return bot


def engine_of(knowledge: FaqBot, project: Project, actions: Actions) -> LocalDialogueEngine:
    async def load(_: str) -> Dialogue:
        return Dialogue(project, Words(), actions=actions)

    return LocalDialogueEngine(knowledge, lambda: "v1", load)


@asynccontextmanager
async def speaking(store: Store, clock: Clock, engine: LocalDialogueEngine) -> AsyncIterator[Rig]:
    rig = Rig(store, clock, await store.newest(), talker=engine)
    await rig.start()
    yield rig
    await rig.stop()


@pytest.fixture
def engine(knowledge: FaqBot, russian: Russian) -> LocalDialogueEngine:
    actions = CentreActions(lambda: knowledge.articles, lambda said: asyncio.wrap_future(knowledge.suggested(said, 3)), lambda: MFCS, Grammar(russian), lambda: TODAY, TRAITS)
    return engine_of(knowledge, read_project(CENTRE), actions)


@pytest.fixture
async def rig(store: Store, clock: Clock, engine: LocalDialogueEngine) -> AsyncIterator[Rig]:
    async with speaking(store, clock, engine) as made:
        yield made


async def results(rig: Rig, conversation: int) -> list[TurnResult]:
    return [each.result for each in await thoughts(rig, conversation)]


async def test_on_the_site_yes_confirms(rig: Rig, engine: LocalDialogueEngine) -> None:
    # KB-02, MC-02
    conversation = await talk(rig, QUESTION)
    said = await last(rig, conversation)
    assert (said.text, said.choices[-3:]) == ("Сноповязалки выдают по средам.", (CALL, *CHOICES))
    await talk(rig, "да, спасибо!")
    assert (await last(rig, conversation)).text.startswith("Пожалуйста! Хорошо, что ответ помог.")
    assert not asks((await last(rig, conversation)).choices)
    assert await results(rig, conversation) == [TurnResult.ANSWERED, TurnResult.HELPED]
    told = next(family for family in of_robot(engine.understood) if family.name == "okno_robot_answers")
    assert {sample.labels["result"]: sample.value for sample in told.samples} == {"answered": 1, "helped": 1, "unhelped": 0}


async def test_no_offers_a_person_who_comes_by_yes(rig: Rig) -> None:
    # KB-02, RT-01
    conversation = await talk(rig, QUESTION, UNHELPED)
    offer = await last(rig, conversation)
    assert "Позвать оператора?" in offer.text
    assert offer.choices == (CALL,)
    assert robot_of((await rig.holds(conversation)).holder) is not None
    await talk(rig, "да")
    assert isinstance((await rig.holds(conversation)).holder, InQueue)
    assert await results(rig, conversation) == [TurnResult.ANSWERED, TurnResult.UNHELPED]


async def test_no_puts_the_question_with_its_answer_under_what_was_not_understood(rig: Rig, clock: Clock, russian: Russian) -> None:
    # KB-02: wrong answers are seen, not only missing ones
    await talk(rig, QUESTION, "нет")
    await talk(rig, QUESTION, "да", who="content")
    days = RobotDays(rig.store, Days(rig.store, Lines([Queue("general", "Общая")]), "001", UTC, clock), PhraseCollector(russian).said)
    day = await days.day(clock().date())
    assert [(one.why, one.said.text, one.answer) for one in day.doubted] == [(Doubt.UNHELPED, QUESTION, "Сноповязалки выдают по средам.")]


async def test_another_question_is_another_question(rig: Rig) -> None:
    conversation = await talk(rig, QUESTION, SAME, "нет", "нет", "Нет, не помогло", SAME)
    assert await results(rig, conversation) == [
        TurnResult.ANSWERED, TurnResult.ANSWERED, TurnResult.UNHELPED, TurnResult.TALKED, TurnResult.UNHELPED, TurnResult.ANSWERED]
    assert asks((await last(rig, conversation)).choices)  # the row of answers was interrupted


async def test_neither_forms_nor_what_is_not_understood_nor_danger_ask(rig: Rig) -> None:
    conversation = await talk(rig, "/book_appointment")
    assert not asks((await last(rig, conversation)).choices)
    assert await results(rig, conversation) == [TurnResult.ASKS]
    await talk(rig, "нет, не помогло")  # the form's own matter
    assert TurnResult.UNHELPED not in await results(rig, conversation)
    lost = await talk(rig, "эх", who="lost")
    assert not asks((await last(rig, lost)).choices)
    danger = await talk(rig, QUESTION, "Помогите, в квартире пожар, мы горим", who="danger")
    assert "112" in (await last(rig, danger)).text
    assert not asks((await last(rig, danger)).choices)


async def test_a_question_of_the_project_itself_is_answered_by_its_own_yes_and_no(store: Store, clock: Clock, knowledge: FaqBot,
                                                                                  tmp_path: Path) -> None:
    article = "custom: {source: {article: fee, title: Плата, valid_from: 2026-01-01}}"
    hours = '[{text: "Открыто с девяти до шести."}]'
    asks_itself = f'[{{text: "Это бесплатно. Записать вас?", {article}, buttons: [{{title: Да, payload: /greet}}, {{title: Нет, payload: /ask_fee}}]}}]'
    for path, text in PROJECT.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text.replace(hours, asks_itself), encoding="utf8")
    async with speaking(store, clock, engine_of(knowledge, read_project(tmp_path), NoActions())) as rig:
        conversation = await talk(rig, "/ask_hours")
        assert (await last(rig, conversation)).choices == ("Да", "Нет")
        await talk(rig, "да")
        assert (await last(rig, conversation)).text == "Здравствуйте, я робот."
        assert await results(rig, conversation) == [TurnResult.ASKS, TurnResult.TALKED]


async def test_by_sms_it_is_one_line_with_digits_and_once(rig: Rig) -> None:
    # CH-05
    conversation = await talk(rig, QUESTION, who=NUMBER, channel=SMS)
    said = await last(rig, conversation)
    text = written([StoredEvent(1, conversation, said)], ())
    yes, no = len(said.choices) - 1, len(said.choices)
    assert text.splitlines()[-1] == f"Помогло? {yes} — да, {no} — нет"
    assert HELPED not in text
    assert len(text.splitlines()[-1]) <= 67  # one part of an SMS in UCS-2
    told = await meant(rig.message_intake, Address(SMS, NUMBER), str(no))
    assert told == UNHELPED
    again = await talk(rig, SAME, who=NUMBER, channel=SMS)
    assert not asks((await last(rig, again)).choices)
    await talk(rig, told, who=NUMBER, channel=SMS)
    assert await results(rig, conversation) == [TurnResult.ANSWERED, TurnResult.ANSWERED, TurnResult.UNHELPED]


async def test_by_telephone_it_is_two_keys(rig: Rig) -> None:
    # CH-08
    conversation = await talk(rig, QUESTION, who=NUMBER, channel=PHONE)
    said = await last(rig, conversation)
    call, _ = step(Call(), Said(said.text, said.choices))
    no = len(said.choices)
    sound = doing(call)
    assert isinstance(sound, Play)
    assert sound.text.endswith(f"Помогло? Да — {no - 1}, нет — {no}.")
    _, deeds = step(call, Pressed(str(no)))
    assert deeds == (Tell(UNHELPED),)
    await talk(rig, UNHELPED, who=NUMBER, channel=PHONE)
    assert "Позвать оператора?" in (await last(rig, conversation)).text


async def test_that_it_was_asked_is_stored_with_the_answer(rig: Rig, store: Store) -> None:
    # CH-06: «нет» is understood after a restart
    conversation = await talk(rig, QUESTION)
    stored = await store.conversation(conversation)
    assert stored is not None
    assert stored.holder == WithBot(dialogue="v1", result=TurnResult.ANSWERED)


@pytest.mark.parametrize(("text", "helped"), [
    ("да", True), ("Да, помогло", True), ("спасибо большое!", True), ("понятно, спасибо", True), ("ага", True),
    ("нет", False), ("Нет, не помогло", False), ("не то", False), ("совсем не помогло", False), ("да нет", False), ("непонятно", None),
    ("не понял", False), ("нет, я про другой", None), ("да, и сколько стоит", None), ("хорошо", None), ("", None), ("да " * 40, None)])
def test_what_says_whether_it_helped(text: str, helped: bool | None) -> None:
    assert feedback(text) is helped


@pytest.mark.parametrize(("text", "helped"), [("да", None), ("нет", None), ("спасибо", None), ("не помогло", False), ("спасибо, помогло", True)])
def test_what_says_it_unasked(text: str, helped: bool | None) -> None:
    assert feedback(text, asked=False) is helped
