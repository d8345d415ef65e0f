"""What the robot remembers of a talk: the note for the operator who takes over, and that nothing is said twice in a row."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from bots.dialogue.centre_actions import CentreActions
from bots.dialogue.dialogue import Dialogue
from bots.dialogue.parsed import Parsed, Ranked
from bots.grammar.extraction import Grammar
from bots.knowledge.faq import FaqBot
from bots.knowledge.question_model import question_model
from bots.knowledge.service_questions import ServiceQuestions
from bots.knowledge.services import knowledge_of
from bots.project.project import read_project
from bots.russian import Russian
from hub.conversations.address import Address
from hub.conversations.conversation import Conversation, WithBot
from hub.conversations.journal import Thought
from hub.conversations.redaction import Redacted
from hub.knowledge.handbook import KnowledgeSnapshot
from hub.robot.ports import DialogueAnswer, DialogueTurn
from okno.adapters.dialogue_engine import LocalDialogueEngine
from okno.config import load
from okno.content import content_of
from okno.robot import built_in
from tests.bots.heard import ByHeart
from tests.traits import TRAITS

NOW = datetime(2026, 11, 30, tzinfo=UTC)
FEE = "сколько стоит загранпаспорт на 10 лет"


class Farewell(ByHeart):
    """Takes every message for «нет, хватит»."""

    def parse(self, words: str, *, hasty: bool = False) -> Parsed:
        return Parsed(words, "stop", 0.97, (Ranked("stop", 0.97),))


@pytest.fixture(scope="module")
def engine() -> LocalDialogueEngine:
    return engine_of(ByHeart)


def engine_of(understanding: type[ByHeart]) -> LocalDialogueEngine:
    russian, project = Russian(), read_project(built_in("centre"))
    bot = FaqBot(russian, "Центр", TRAITS, services=ServiceQuestions(russian, question_model()))
    bot.learn(knowledge_of(KnowledgeSnapshot(content_of(load(None, {})))))
    actions = CentreActions(lambda: bot.articles, lambda said: asyncio.wrap_future(bot.suggested(said, 3)), tuple, Grammar(russian), NOW.date, TRAITS)

    async def read(version: str) -> Dialogue:
        del version
        return Dialogue(project, understanding(project), actions=actions)

    return LocalDialogueEngine(bot, lambda: "v1", read)


class Talk:
    """One conversation with the engine. `forgets`: its state is rebuilt from the journal before each turn."""

    def __init__(self, engine: LocalDialogueEngine, channel: str = "web.chat", *, forgets: bool = False) -> None:
        self._engine, self._forgets = engine, forgets
        self._head = Conversation(1, "001", Address(channel, "79160000000"), NOW, WithBot())
        self._thoughts: list[Thought] = []
        self._memory: object = None

    async def say(self, words: str) -> DialogueAnswer:
        async def past() -> Sequence[Thought]:
            return tuple(self._thoughts)

        memory = None if self._forgets else self._memory
        answered = await self._engine.turn(DialogueTurn(self._head, 1, Redacted(words, words), NOW, memory, past))
        self._memory = answered.memory
        if answered.thought is not None:
            self._thoughts.append(answered.thought)
            misses = self._head.holder.misses + 1 if isinstance(self._head.holder, WithBot) and answered.thought.missed else 0
            self._head = replace(self._head, holder=WithBot(misses, dialogue="v1"))
        return answered

    async def texts(self, *words: str) -> list[str]:
        """What is said to each of them, with the text of a hand-over."""
        said = []
        for each in words:
            answered = await self.say(each)
            said.append("\n".join((*(reply.text for reply in answered.replies), *([answered.gives_up.text] if answered.gives_up else []))))
        return said


@pytest.mark.parametrize("forgets", [False, True])
async def test_who_takes_over_reads_what_was_asked_for_whom_and_what_was_answered(engine: LocalDialogueEngine, *, forgets: bool) -> None:
    talk = Talk(engine, forgets=forgets)
    await talk.texts(FEE, "а на ребёнка?", "какие нужны документы?")
    asked, answered = (await talk.say("позовите человека")).note.splitlines()
    assert asked == "Спрашивал: Загранпаспорт на 10 лет (стоимость на ребёнка, документы)"
    assert answered.startswith("Ответили: Для загранпаспорта на 10 лет нужны паспорт РФ")
    assert answered.endswith(f"проверено {date(2026, 1, 1):%d.%m.%Y})")
    assert len(answered) < 400


@pytest.mark.parametrize(("words", "why"), [
    ("/call_operator", "asked"), ("позовите человека", "asked"), ("не хочу разговаривать с роботом", "asked"), ("надоел ваш робот, дайте человека", "asked"),
    ("я выпила таблетки и хочу умереть", "emergency")])
async def test_whoever_asks_for_a_person_is_counted_as_asking_however_it_is_said(engine: LocalDialogueEngine, words: str, why: str) -> None:
    talk = Talk(engine)
    await talk.texts(FEE)
    ended = await talk.say(words)
    assert ended.gives_up is not None
    assert ended.gives_up.why == why


@pytest.mark.parametrize("end", ["я выпила таблетки и хочу умереть", "оператор", "надоел ваш робот, дайте человека"])
async def test_the_note_is_written_however_the_talk_ends(engine: LocalDialogueEngine, end: str) -> None:
    talk = Talk(engine)
    await talk.texts(FEE)
    ended = await talk.say(end)
    assert ended.gives_up is not None
    assert ended.note.splitlines()[0] == "Спрашивал: Загранпаспорт на 10 лет (стоимость)"


async def test_the_note_has_what_a_form_wrote_down_as_well(engine: LocalDialogueEngine) -> None:
    talk = Talk(engine)
    await talk.texts(FEE, "/book_appointment", '/inform{"service": "загранпаспорт"}')
    assert (await talk.say("позовите человека")).note.splitlines()[2:] == ["Робот записал:", "Услуга: загранпаспорт"]


async def test_nothing_is_noted_where_nothing_was_answered(engine: LocalDialogueEngine) -> None:
    talk = Talk(engine)
    await talk.texts("/greet")
    assert (await talk.say("оператор")).note == ""


async def test_no_number_and_no_name_of_the_citizen_is_in_the_note(engine: LocalDialogueEngine) -> None:
    # SE-03
    talk = Talk(engine)
    await talk.texts(f"{FEE} сыну Пете 89161234567")
    note = (await talk.say("оператор")).note
    assert "сыну" in note
    assert "Пет" not in note
    assert "8916" not in note


UNANSWERABLE = ("почему кошка лает на луну", "зачем квадрат круглый", "куда делся вчерашний снег", "сколько весит четверг")


@pytest.mark.parametrize("forgets", [False, True])
@pytest.mark.parametrize("words", [
    UNANSWERABLE, (UNANSWERABLE[0], FEE, *UNANSWERABLE[1:]), ("/tease",) * 4, ("/greet",) * 4, ("/thanks",) * 3, (FEE,) * 4,
    (FEE, "а на сына?", "а для дочки?"), ("/out_of_scope",) * 2, ("/book_appointment", "/inform", "/inform", "/inform"),
    ("/ask_foreign",) * 3,
])
async def test_no_text_is_said_twice_in_a_row_and_the_second_offers_a_person(engine: LocalDialogueEngine, words: Sequence[str], *,
                                                                            forgets: bool) -> None:
    talk, before, seen = Talk(engine, forgets=forgets), "", set[str]()
    for each in words:
        answered = await talk.say(each)
        text = "\n".join(reply.text for reply in answered.replies)
        if answered.gives_up is not None:
            assert answered.gives_up.text not in seen
            return
        assert text != before
        if each in words[:words.index(each)] or "другими словами" in text:
            assert "Позвать оператора" in answered.replies[-1].choices
        assert not ("другими словами" in text and any("другими словами" in one for one in seen))
        before = text
        seen.add(text)


async def test_who_asks_to_repeat_gets_the_same_fact_with_its_source(engine: LocalDialogueEngine) -> None:
    talk = Talk(engine)
    await talk.texts("сколько стоит развестись")
    told = (await talk.say(FEE)).replies
    again = (await talk.say("/repeat")).replies
    assert [reply.text for reply in again] == [reply.text for reply in told]
    assert again[-1].source == told[-1].source


async def test_a_repeated_answer_fits_its_channel(engine: LocalDialogueEngine) -> None:
    # CH-08
    said = await Talk(engine, "sms.smpp").texts(FEE, FEE, FEE)
    assert len(set(said)) == 3
    assert all(len(text) <= TRAITS.named("sms.smpp").at_once for text in said)


async def test_a_question_with_the_number_is_answered_and_the_form_goes_on(engine: LocalDialogueEngine) -> None:
    # AL-05
    talk = Talk(engine)
    await talk.say("/check_status")
    answered = await talk.say("номер заявления 1234567890, сколько ещё ждать?")
    assert answered.gives_up is None
    assert "СНИЛС" in "\n".join(reply.text for reply in answered.replies)


async def test_a_correction_is_no_farewell() -> None:
    # AL-03
    talk = Talk(engine_of(Farewell))
    assert "2 000" in (await talk.texts("ой нет, я имел в виду загранпаспорт на пять лет, сколько стоит"))[0]
    assert (await talk.texts("сколько стоит загранпаспорт на пять лет"))[0] == "Хорошо. Если понадоблюсь, пишите."
