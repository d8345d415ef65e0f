"""Dialogues of designers in the hub: the house's own project, with its actions, over both stores."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from bots.dialogue.actions import ActionFailedError, Actions, Answer
from bots.dialogue.centre_actions import CentreActions
from bots.dialogue.dialogue import Dialogue
from bots.dialogue.parsed import FALLBACK, Parsed
from bots.grammar.extraction import Grammar
from bots.knowledge.faq import FaqBot
from bots.knowledge.knowledge_file import read_articles
from bots.knowledge.message_parts import carried
from bots.project.project import Project, read_project
from bots.russian import Russian
from hub.access.authorization import Line
from hub.cases.case import Case, CaseKind
from hub.cases.registration import ROBOTS_OWN
from hub.cases.state import Act
from hub.conversations.address import Address, Citizen
from hub.conversations.conversation import Closed, InQueue, Promised, WithBot
from hub.conversations.journal import HandedOver, PromiseGiven, Thought
from hub.conversations.message import Author, Message
from hub.conversations.ports import Commit, Store
from hub.conversations.turn_result import TurnResult
from hub.desk.cases.parts import Cases
from hub.knowledge.article import Article
from hub.organisation.centre import Mfc
from hub.organisation.level import Level
from hub.organisation.queue import Topic
from hub.robot.version_registry import VersionError
from okno.adapters.dialogue_engine import LocalDialogueEngine
from storage.sqlite import SqliteStore
from tests.cases.case_rig import cases_of
from tests.conversations.test_failing_store import failing
from tests.rig import ANNA, Clock, Rig, eventually
from tests.traits import TRAITS

CENTRE = Path(str(files("bots"))) / "projects" / "centre"
WAIT = "Соединяю с оператором. Пожалуйста, оставайтесь на связи: ваш вопрос и наш разговор он увидит."
RECEPTION = Path(__file__).parent.parent / "bots" / "projects" / "reception"
TODAY = date(2026, 11, 25)
MFCS = (Mfc(valid_from=TODAY, id="tver", name="МФЦ Твери", subject="69", municipality="28701000", served_population=100_000,
            locality="Тверь", address="Тверской пр., 1"),)


class Words:
    """Whoever is asked answers; a sigh is not understood; what means something else is said by a button."""

    def parse(self, words: str, *, hasty: bool = False) -> Parsed:
        return Parsed(words, FALLBACK, 0.9) if words.startswith("эх") else Parsed(words, "inform", 1.0)


class Slow:
    """The house's actions, held up until `go`."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self.go, self.asked = asyncio.Event(), asyncio.Event()

    async def run(self, name: str, call: Mapping[str, Any]) -> Answer:
        self.asked.set()
        await self.go.wait()
        return await self._actions.run(name, call)


class Broken:
    async def run(self, name: str, call: Mapping[str, Any]) -> Answer:
        raise ActionFailedError(name)


@pytest.fixture(scope="module")
def project() -> Project:
    return read_project(CENTRE)


@pytest.fixture(scope="module")
def knowledge() -> FaqBot:
    bot = FaqBot(Russian(), "Центр", TRAITS)
    bot.learn(read_articles((files("okno.demo") / "articles.toml").read_text(encoding="utf8")))
    return bot


@pytest.fixture(scope="module")
def house(knowledge: FaqBot, russian: Russian) -> CentreActions:
    return CentreActions(lambda: knowledge.articles, lambda said: asyncio.wrap_future(knowledge.suggested(said, 3)), lambda: MFCS, Grammar(russian), lambda: TODAY, TRAITS)


@pytest.fixture
async def begin(store: Store, clock: Clock, project: Project, knowledge: FaqBot, house: CentreActions) -> AsyncIterator[Any]:
    """Starts a hub in which a version speaks, by these actions."""
    rigs: list[Rig] = []

    async def start(actions: Actions = house, version: Callable[[], str] = lambda: "v1", over: Store = store,
                    speaks: Project = project, prepare: Callable[[Rig], None] = lambda _: None) -> Rig:
        for rig in rigs:
            await rig.stop()
        rigs.clear()

        async def load(version: str) -> Dialogue:
            return Dialogue(speaks, Words(), actions=actions)

        rig = Rig(over, clock, await over.newest(), talker=LocalDialogueEngine(knowledge, version, load))
        prepare(rig)
        await rig.start()
        rigs.append(rig)
        return rig

    yield start
    for rig in rigs:
        await rig.stop()


async def talk(rig: Rig, *words: str, who: str = "citizen", channel: str = "web.chat") -> int:
    """Says one thing after another, and waits for each answer."""
    conversation = 0
    for number, one in enumerate(words):
        conversation = await rig.stored(one, f"{one}{number}", who=who, channel=channel)
        await rig.settled()
    return conversation


async def thoughts(rig: Rig, conversation: int) -> list[Thought]:
    return [r.entry for r in await rig.store.records(conversation, limit=1000) if isinstance(r.entry, Thought)]


async def last(rig: Rig, conversation: int) -> Message:
    return [r.entry for r in await rig.store.records(conversation, limit=1000)
            if isinstance(r.entry, Message) and r.entry.author is Author.BOT][-1]


@pytest.mark.parametrize(("channel", "greets"), [
    ("voice.asterisk", "Здравствуйте! Вам отвечает робот контакт-центра. Ноль — оператор."),
    ("web.chat", "Здравствуйте")])
async def test_a_project_greets_where_it_has_words_for_a_channel(begin: Any, channel: str, greets: str) -> None:
    # CH-01, CH-08: a caller was told to write
    rig = await begin()
    await talk(rig, "/ask_passport_abroad")  # the version that speaks is there
    opened = await rig.message_intake.open(Address(channel, "79160000000"), Citizen())
    assert (await last(rig, opened.id)).text == greets


async def test_an_article_answers_with_source_and_topic(begin: Any) -> None:
    # KB-02, RT-02
    rig = await begin()
    conversation = await talk(rig, "/ask_passport_abroad")
    said = await last(rig, conversation)
    assert said.source is not None
    assert said.source.article == "passport-abroad"
    assert "Позвать оператора" in said.choices
    head = await rig.holds(conversation)
    assert head.topic
    assert head.holder == WithBot(dialogue="v1", result=TurnResult.ANSWERED)
    assert [(t.intent, t.version, t.first) for t in await thoughts(rig, conversation)] == [("ask_passport_abroad", "v1", True)]


async def test_an_article_that_the_project_does_not_know_answers_beside_the_dialogue(begin: Any, knowledge: FaqBot) -> None:
    # KB-02
    rig = await begin()
    binder = Article("binder", "Сноповязалки", "Сноповязалки выдают по средам.", ("Где получить сноповязалку?",))
    knowledge.learn([*knowledge.articles.values(), binder])
    conversation = await talk(rig, "Где получить сноповязалку?", "/book_appointment", "Где получить сноповязалку?")
    assert "В каком городе" in (await last(rig, conversation)).text  # within the form it is an answer: the service
    sources = [r.entry.source.article for r in await rig.store.records(conversation, limit=100)
               if isinstance(r.entry, Message) and r.entry.source is not None]
    assert sources == ["binder"]
    assert [(t.first, t.missed) for t in await thoughts(rig, conversation)] == [(True, False), (False, False), (False, False)]


async def test_a_form_goes_on_after_a_restart(begin: Any) -> None:
    # CH-06
    rig = await begin()
    conversation = await talk(rig, "/book_appointment", "загранпаспорт", "Тверь")
    rig = await begin()
    await talk(rig, "завтра", "утром", "89123456789")
    check = (await last(rig, conversation)).text
    assert "Тверь" in check
    assert "загранпаспорт" in check
    assert [t.first for t in await thoughts(rig, conversation)] == [True, *[False] * 5]


async def test_whoever_says_the_title_of_a_button_presses_it(begin: Any) -> None:
    # AL-06
    rig = await begin()
    conversation = await talk(rig, "/book_appointment", "Прописка", "Тверь", "завтра", "днём!", "89123456789")
    check = (await last(rig, conversation)).text
    assert "прописка" in check
    assert "с 12 до 17" in check


async def test_a_conversation_is_finished_on_the_version_it_began_with(begin: Any) -> None:
    speaks = "v1"
    rig = await begin(version=lambda: speaks)
    old = await talk(rig, "/book_appointment")
    speaks = "v2"
    await talk(rig, "загранпаспорт")
    new = await talk(rig, "/ask_snils", who="other")
    assert {t.version for t in await thoughts(rig, old)} == {"v1"}
    assert {t.version for t in await thoughts(rig, new)} == {"v2"}


async def test_what_is_said_at_once_is_answered_in_order(begin: Any) -> None:
    # CH-10
    rig = await begin()
    words = ["/book_appointment", "загранпаспорт", "Тверь", "завтра", "утром", "89123456789"]
    await asyncio.gather(*(rig.say(one, one) for one in words))
    conversation = await rig.stored("/affirm", "last")
    await rig.settled()
    assert isinstance((await rig.holds(conversation)).holder, InQueue)
    assert [t.intent for t in await thoughts(rig, conversation)] == ["book_appointment", *["inform"] * 5, "affirm"]


@pytest.mark.parametrize("words", ["оператор", "0", "Позвать оператора", "у меня пожар в квартире"])
async def test_a_person_comes_at_once_out_of_a_form_and_sees_what_was_filled(begin: Any, words: str) -> None:
    # OC-05, AL-05
    rig = await begin()
    conversation = await talk(rig, "/book_appointment", "загранпаспорт", "Тверь", words)
    head = await rig.holds(conversation)
    assert isinstance(head.holder, InQueue)
    assert (head.number in (await last(rig, conversation)).text) == (head.danger is None)  # whoever is in danger is told of nothing else
    notes = [r.entry.text for r in await rig.store.records(conversation, limit=1000) if isinstance(r.entry, Message) and r.entry.internal]
    assert "Тверь" in notes[-1]
    assert "загранпаспорт" in notes[-1]


async def test_who_is_not_understood_again_and_again_gets_a_person(begin: Any) -> None:
    # LV-11
    rig = await begin()
    conversation = await talk(rig, "эх")
    assert (await rig.holds(conversation)).holder == WithBot(1, dialogue="v1")
    await talk(rig, "/ask_snils")
    assert (await rig.holds(conversation)).holder == WithBot(0, dialogue="v1", result=TurnResult.ANSWERED)
    await talk(rig, "эх раз", "эх ещё раз")
    assert isinstance((await rig.holds(conversation)).holder, InQueue)
    assert [t.missed for t in await thoughts(rig, conversation)][:2] == [True, False]


async def test_an_action_that_fails_brings_a_person(begin: Any) -> None:
    # OC-05
    rig = await begin(actions=Broken())
    conversation = await talk(rig, "/ask_snils")
    assert isinstance((await rig.holds(conversation)).holder, InQueue)
    assert "Номер обращения" in (await last(rig, conversation)).text


async def test_where_a_version_cannot_be_used_knowledge_answers(
    store: Store, clock: Clock, knowledge: FaqBot, project: Project, house: CentreActions,
) -> None:
    # OC-05: what an older Okno has taught, for one
    async def load(version: str) -> Dialogue:
        asked.append(version)
        if version == "old":
            raise VersionError(version)
        return Dialogue(project, Words(), actions=house)

    speaks, asked = "old", list[str]()
    rig = await Rig(store, clock, talker=LocalDialogueEngine(knowledge, lambda: speaks, load)).start()
    conversation = await talk(rig, "Как получить загранпаспорт?", "Как получить СНИЛС?")
    assert [t.version for t in await thoughts(rig, conversation)] == ["", ""]
    assert (await last(rig, conversation)).source is not None
    assert asked == ["old"]
    speaks = "new"
    await talk(rig, "/book_appointment")
    assert [t.version for t in await thoughts(rig, conversation)] == ["", "", "new"]
    await rig.stop()


async def test_who_leaves_while_the_robot_thinks_is_not_answered_any_more(begin: Any, house: CentreActions) -> None:
    # CH-07
    slow = Slow(house)
    rig = await begin(actions=slow)
    conversation = await rig.stored("/ask_snils", "k")
    await slow.asked.wait()
    before = await rig.said(conversation, Author.BOT)
    await rig.message_intake.left(Address("web.chat", "citizen"))
    slow.go.set()
    await rig.settled()
    assert await rig.said(conversation, Author.BOT) == before
    assert isinstance((await rig.holds(conversation)).holder, Closed)


async def test_an_answer_that_could_not_be_stored_comes_once(clock: Clock, disk: SqliteStore, begin: Any) -> None:
    # CH-06
    rig = await begin(over=disk)
    conversation = await talk(rig, "/book_appointment", "загранпаспорт")
    fault = failing(disk)

    def fail(_live: object, change: Commit) -> None:
        if change.owed:
            fault.__enter__()
    rig.sequencer.on_commit.project.subscribe(fail)
    failed_before = rig.sequencer.refused_steps
    await rig.stored("Тверь", "k")

    async def failed_a_few_times() -> bool:
        return bool(rig.sequencer.refused_steps > failed_before + 1)
    await eventually(failed_a_few_times)
    rig.sequencer.on_commit.project.unsubscribe(fail)
    fault.__exit__(None, None, None)
    await rig.settled()
    assert (await rig.said(conversation, Author.BOT))[-1].startswith("На какой день")
    assert [t.intent for t in await thoughts(rig, conversation)] == ["book_appointment", "inform", "inform"]
    await talk(rig, "завтра", "утром", "89123456789")
    assert "Тверь" in (await last(rig, conversation)).text


async def test_what_was_agreed_on_is_a_promise_of_the_hub(begin: Any) -> None:
    # SL-05, GV-16
    rig = await begin()
    conversation = await talk(rig, "/request_callback", "89161234567", "утром", "Да")
    head = await rig.holds(conversation)
    assert head.holder == Promised("general", rig.clock.now)
    assert head.promise is not None
    assert head.promise.address == Address("voice", "+79161234567")
    assert head.promise.why == "Просит позвонить: с 6 до 12"
    assert head.promise.by == ""
    assert rig.promises.open == 1
    said = await rig.said(conversation, Author.BOT, Author.SYSTEM)
    assert "Оператор перезвонит вам на +7 916 123-45-67" in said[-2]
    assert head.number in said[-1]
    assert "Телефон: +7 916 123-45-67" in next(text for text in said if text.startswith("Робот записал"))


async def test_a_callback_is_promised_once_whatever_the_hub_does_meanwhile(begin: Any) -> None:
    # CH-06, SL-05
    rig = await begin()
    await talk(rig, "/request_callback", "89161234567", "утром")
    rig = await begin()
    await talk(rig, "/affirm")
    rig = await begin()
    conversation = await talk(rig, "да, звоните")
    entries = [r.entry for r in await rig.store.records(conversation, limit=1000)]
    assert sum(isinstance(entry, PromiseGiven) for entry in entries) == 1
    assert [entry.why for entry in entries if isinstance(entry, HandedOver)][-2:] == ["callback", "promised"]
    assert rig.promises.open == 1


@pytest.mark.parametrize(("words", "topic"), [
    (("/file_complaint", "МФЦ", "нагрубили", "89161234567", "Да"), "complaints"),
    (("/file_complaint", "оператор"), "complaints"),
    (("/book_appointment", "загранпаспорт", "Тверь", "завтра", "утром", "89161234567", "Да"), "appointments"),
    (("/check_status", "4021567", "112-233-445 95", "ромашка"), "status"),
    (("/ask_passport_abroad", "оператор"), "documents"),
    (("/ask_passport_abroad", "/file_complaint", "0"), "complaints"),
    (("/file_complaint", "/stop", "/ask_passport_abroad", "/call_operator"), "documents"),
    (("/ask_mfc_place", "Тверь", "оператор"), "mfc"),
])
async def test_whoever_takes_over_is_told_what_it_came_to_last(begin: Any, words: tuple[str, ...], topic: str) -> None:
    # RT-02
    rig = await begin()
    conversation = await talk(rig, *words)
    head = await rig.holds(conversation)
    assert isinstance(head.holder, InQueue)
    assert head.topic == topic


async def registering(rig: Rig) -> Cases:
    """Where the robot registers: the centre files complaints under a topic of their own."""
    cases = cases_of(rig)
    await cases.topic_tree.start()
    await cases.topic_tree.edit(ANNA, 1, (Topic("other", "Другое"), Topic("complaints", "Жалобы")))
    rig.registers = cases.case_registration.by_robot
    return cases


def registers_anew(rig: Rig) -> None:
    """As after a restart."""
    async def registers(*told: Any) -> None:
        cases = cases_of(rig)
        await cases.topic_tree.start()
        await cases.case_registration.by_robot(*told)

    rig.registers = registers


COMPLAINT = ("/file_complaint", "МФЦ", "нагрубили", "89161234567")


async def test_the_robot_registers_what_it_has_read_back(begin: Any) -> None:
    # CM-01, CM-02: number and code at once, and the talk goes on with the robot
    rig = await begin()
    cases = await registering(rig)
    conversation = await talk(rig, *COMPLAINT)
    assert await rig.store.count(Case, "all") == 0
    await talk(rig, "Да")
    (case,) = await rig.store.marked(Case, "all")
    assert (case.kind, case.topic, case.matter.authority, case.read_back, case.line) == (CaseKind.COMPLAINT, "complaints", "МФЦ", True, "general")
    assert case.text == "нагрубили\nТелефон для связи: +7 916 123-45-67"
    assert (case.steps[0].by, case.steps[0].act) == ("", Act.REGISTER)
    number, code, last = (await rig.said(conversation, Author.SYSTEM, Author.BOT))[-3:]
    assert f"зарегистрировано: № {case.number}" in number
    assert "рассмотрит сотрудник" in last
    assert (await cases.following.look(case.number, code.partition(": ")[2][:11], "web:1")).number == case.number
    assert isinstance((await rig.holds(conversation)).holder, WithBot)
    await talk(rig, "Да, всё верно")
    assert await rig.store.count(Case, "all") == 1


async def test_whoever_makes_the_robot_register_too_much_gets_a_person(begin: Any) -> None:
    # SE-02
    rig = await begin()
    await registering(rig)
    again = ("/report_outdated", "часы работы МФЦ неверны", "Да")
    conversation = await talk(rig, *again * ROBOTS_OWN)
    assert isinstance((await rig.holds(conversation)).holder, WithBot)
    assert await rig.store.count(Case, "all") == ROBOTS_OWN
    await talk(rig, *again * (ROBOTS_OWN + 1))  # what was said before has its keys, and is heard once
    assert isinstance((await rig.holds(conversation)).holder, InQueue)
    assert await rig.store.count(Case, "all") == ROBOTS_OWN


async def test_what_is_outdated_is_registered_as_well(begin: Any) -> None:
    # AL-10
    rig = await begin()
    await registering(rig)
    await talk(rig, "/report_outdated", "часы работы МФЦ неверны", "Да")
    (case,) = await rig.store.marked(Case, "all")
    assert (case.kind, case.topic, case.text) == (CaseKind.OUTDATED, "other", "часы работы МФЦ неверны")


async def test_a_turn_that_was_cut_off_registers_once(begin: Any) -> None:
    # RQ-01: the case was stored, and the hub died before the robot said so
    rig = await begin()
    cases = await registering(rig)
    conversation = await talk(rig, *COMPLAINT)
    done = asyncio.Event()

    async def dies(*told: Any) -> None:
        await cases.case_registration.by_robot(*told)
        done.set()
        await asyncio.Event().wait()

    rig.registers = dies
    await rig.say("Да", "dies", who="citizen")
    await done.wait()
    rig = await begin(prepare=registers_anew)
    await rig.settled()
    assert await rig.store.count(Case, "all") == 1
    assert sum("зарегистрировано: №" in each for each in await rig.said(conversation)) == 1
    assert "рассмотрит сотрудник" in (await rig.said(conversation, Author.BOT))[-1]


async def test_a_caller_hears_number_and_code_of_the_robot(begin: Any) -> None:
    # CM-02: nobody else is there to say them
    rig = await begin()
    cases = await registering(rig)
    conversation = await talk(rig, *COMPLAINT, "Да", who="+79161234567", channel="voice.test")
    (case,) = await rig.store.marked(Case, "all")
    code = next(each for each in await rig.said(conversation, Author.SYSTEM) if "Повторяю" in each)
    assert (await cases.following.look(case.number, code.partition(": ")[2][:11], "+79161234567")).number == case.number


async def test_the_federal_robot_calls_a_person_who_passes_it_on(begin: Any) -> None:
    # D19, FD-04
    rig = await begin()
    await registering(rig)
    rig.lead = lambda head: (replace(head, holder=InQueue("country", rig.clock())), ()) if isinstance(head.holder, InQueue) else (head, ())
    rig.actions.authorization._lines["country"] = Line("Россия", ("000", "", ""), "000", Level.FEDERAL)
    conversation = await talk(rig, *COMPLAINT, "Да")
    assert isinstance((await rig.holds(conversation)).holder, InQueue)
    assert await rig.store.count(Case, "all") == 0
    said = await rig.said(conversation, Author.SYSTEM, Author.BOT)
    assert any("нагрубили" in each and "МФЦ" in each for each in said)
    assert not any("зарегистрирована" in each for each in said)


@pytest.mark.parametrize("number", ["4021567", "77-00123456"])
async def test_whether_an_application_exists_is_never_told(begin: Any, number: str) -> None:
    # ST-02
    rig = await begin()
    conversation = await talk(rig, "/check_status", number, "112-233-445 95", "ромашка")
    said = await rig.said(conversation, Author.BOT)
    passed = "Передаю оператору для проверки. Сведения он сообщит только тому, кто подал заявление, после проверки личности."
    assert said[-1] == f"{passed}\n{WAIT}\nНомер обращения: {(await rig.holds(conversation)).number}."
    assert not any(number in text for text in said)


async def test_what_the_greeting_offers_leads_to_its_article(begin: Any, knowledge: FaqBot) -> None:
    # AL-06
    rig = await begin()
    for number, title in enumerate(knowledge.greeting().choices[:-1]):
        conversation = await talk(rig, title, who=f"citizen {number}")
        source = (await last(rig, conversation)).source
        assert source is not None
        assert source.title == title
        assert (await rig.holds(conversation)).holder == WithBot(dialogue="v1", result=TurnResult.ANSWERED)


async def test_the_greeting_holds_where_a_project_knows_nothing_of_its_articles(begin: Any, knowledge: FaqBot) -> None:
    # AL-06
    rig = await begin(speaks=read_project(RECEPTION))
    conversation = await talk(rig, "Мои права", "/greet")
    messages = [r.entry for r in await rig.store.records(conversation, limit=1000) if isinstance(r.entry, Message)]
    assert knowledge.articles["rights"].id in [message.source.article for message in messages if message.source]
    assert messages[-1].author is Author.BOT
    assert [(thought.intent, thought.first) for thought in await thoughts(rig, conversation)] == [("", True), ("greet", False)]


async def test_knowledge_beside_a_project_is_told_in_parts_by_sms(begin: Any, knowledge: FaqBot) -> None:
    # KB-02
    rig = await begin(speaks=read_project(RECEPTION))
    first, *rest = carried(knowledge.articles["rights"].text, 330)
    conversation = await talk(rig, "Мои права", who="+79160000001", channel="sms.test")
    assert (await last(rig, conversation)).text == first
    for part in rest:
        conversation = await talk(rig, (await last(rig, conversation)).choices[0], who="+79160000001", channel="sms.test")
        assert (await last(rig, conversation)).text == part


async def test_an_old_menu_still_means_its_wishes_and_no_longer_its_answers(begin: Any) -> None:
    # AL-06
    rig = await begin()
    conversation = await talk(rig, "/greet", "/ask_snils", "Запись в МФЦ")
    assert "Для какой услуги" in (await last(rig, conversation)).text
    await talk(rig, "Загранпаспорт", "Тверь", "завтра", "Утром")
    assert "номер телефона" in (await last(rig, conversation)).text
    await talk(rig, "Вечером")  # an answer to what is asked no more is taken as words: another hour
    await talk(rig, "89161234567")
    assert "с 17 до 22" in (await last(rig, conversation)).text


async def test_what_a_project_has_as_an_example_is_not_answered_beside_it(begin: Any, knowledge: FaqBot) -> None:
    # KB-02: an article has the very same question
    assert knowledge.clearly("хочу подать жалобу", ()) is not None
    rig = await begin()
    said = await last(rig, await talk(rig, "хочу подать жалобу"))
    assert said.source is None


async def test_a_dialogue_that_was_forgotten_goes_on_from_the_journal(begin: Any) -> None:
    # KB-02: only so many are kept in mind, and none that is over
    rig = await begin()
    rig.reactions._dialogues._most = 1
    for words in ("/request_callback", "+7 912 345-67-89"):
        for who in ("first", "second"):
            conversation = await talk(rig, words, who=who)
            live = await rig.sequencer.load(conversation)
            assert live.dialogue is not None
    conversation = await talk(rig, '/inform{"time": "утром"}', who="first")
    assert "345-67-89, с 6 до 12" in (await last(rig, conversation)).text
    await talk(rig, "/affirm", who="first")
    assert (await rig.sequencer.load(conversation)).dialogue is None
