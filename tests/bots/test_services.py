"""Services as the robot tells of them: what is asked, where it is asked, and the very same words everywhere else (KB-06, AL-01…AL-04)."""

from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from bots.knowledge.faq import FaqBot
from bots.knowledge.offices import Offices
from bots.knowledge.services import knowledge_of
from bots.russian import Russian
from hub.knowledge.authorities import Contacts
from hub.knowledge.handbook import KnowledgeSnapshot
from hub.organisation.territory import Place
from hub.robot.ports import HandOff, Reply
from tests.knowledge.cards import CARDS, LICENCE, MVD, TOWN, WHERE
from tests.traits import TRAITS

NOON = datetime(2026, 11, 26, 10, 30, tzinfo=UTC)
FEDERAL, REGIONAL, MUNICIPAL = Place(), Place("50"), TOWN
HANDBOOK = KnowledgeSnapshot(CARDS)


@pytest.fixture(scope="module")
def bot() -> FaqBot:
    made = FaqBot(Russian(), "Центр", TRAITS, offices=Offices(lambda: HANDBOOK, lambda: NOON))
    made.learn(knowledge_of(HANDBOOK))
    return made


def told(said: Reply | HandOff | None) -> Reply:
    assert isinstance(said, Reply)
    return said


@pytest.mark.parametrize(("question", "words", "source"), [
    ("как получить права", "Срок — 15 рабочих дней. Стоимость: 2 000 рублей.", "licence"),
    ("сколько стоит получить права", "Стоимость: 2 000 рублей", "licence/fee"),
    ("какой срок чтобы получить права", "Срок — 15 рабочих дней.", "licence/term"),
    ("какие документы чтобы получить права", "— Выписка о штрафах (ведомство запросит само)", "licence/documents"),
    ("водительское удостоверение обжаловать", "Жалобу рассматривает: МВД России. Письменно или на портале. Срок рассмотрения — 15 рабочих дней.",
     "licence/appeal"),
])
def test_what_is_asked_is_answered_with_its_source(bot: FaqBot, question: str, words: str, source: str) -> None:
    # AL-02, AL-03, AL-04
    said = told(bot.answer(question, 0))
    assert words in said.text
    assert said.source is not None
    assert (said.source.article, said.source.body, said.source.valid_from) == (source, "Административный регламент", date(2025, 11, 1))
    assert said.topic == "other"


def test_the_same_question_at_each_level_gets_the_same_words_but_for_what_is_of_the_place(bot: FaqBot) -> None:
    # KB-06
    at = {place: told(bot.answer("как получить права", 0, "", place)).text for place in (FEDERAL, REGIONAL, MUNICIPAL)}
    own = {"В области экзамен сдают на автодроме. ": "", "2 500 рублей": "2 000 рублей"}
    without = at[MUNICIPAL]
    for here, there in own.items():
        assert here in without
        without = without.replace(here, there)
    assert at[REGIONAL] == at[MUNICIPAL]
    assert without == at[FEDERAL]
    same = {told(bot.answer("какие документы чтобы получить права", 0, "", place)).text for place in at}
    assert len(same) == 1
    assert told(bot.recall("сколько стоит получить права", "", REGIONAL)).text.endswith("2 500 рублей")
    assert told(bot.recall("сколько стоит получить права", "", FEDERAL)).text.endswith("2 000 рублей")


def test_long_parts_go_on_where_little_is_carried(bot: FaqBot) -> None:
    said = told(bot.answer("как получить права", 0, "sms.smpp", REGIONAL))
    assert "2 500" in said.text


def test_where_it_is_and_whether_it_is_open(bot: FaqBot) -> None:
    # AL-01
    said = told(bot.answer("открыт ли сейчас мфц", 0, "", TOWN))
    assert said.text == ("МФЦ «Центр»: г. Пример, ул. Вторая, 2. Сейчас: Открыто до 20:00 (по московскому времени). "
                         "Телефон: +7 495 000-00-03.")
    assert told(bot.answer("открыт ли сейчас мфц", 0, "", Place("77"))).text == WHERE.text  # nothing is known there


def test_a_service_stands_for_the_article_of_its_id() -> None:
    asked = replace(WHERE, id="licence", questions=("хочу рулить",), topic="cars")
    bot = FaqBot(Russian(), "Центр", TRAITS)
    bot.learn(knowledge_of(KnowledgeSnapshot((*CARDS, asked, replace(LICENCE, topic="")))))
    said = told(bot.answer("хочу рулить", 0))
    assert said.text.startswith("Права выдают")
    assert said.topic == "cars"


def test_two_services_that_are_as_likely_are_asked_about_unless_an_article_tells_of_both() -> None:
    other = replace(LICENCE, id="licence-b", title="Водительское удостоверение")
    bot = FaqBot(Russian(), "Центр", TRAITS)
    bot.learn(knowledge_of(KnowledgeSnapshot((*CARDS, other))))
    assert told(bot.answer("водительское удостоверение", 0)).miss
    general = replace(WHERE, id="cars", title="Водительское удостоверение", text="Права бывают разные.", questions=())
    bot.learn(knowledge_of(KnowledgeSnapshot((*CARDS, other, general))))
    assert told(bot.answer("водительское удостоверение", 0)).source.article == "cars"  # type: ignore[union-attr]


def test_whom_to_ring_up(bot: FaqBot) -> None:
    # AL-01, KB-02
    line = replace(MVD, contacts=Contacts(phones=("+78002227447", "102"), site="https://мвд.рф"), origin=replace(MVD.origin, checked=date(2026, 11, 1)))
    handbook = KnowledgeSnapshot((*CARDS, line))
    bot.learn(knowledge_of(handbook, {"authority/mvd": ["contacts"]}))
    assert bot.search("горячая линия мвд", 3).result()[0].id == "phones-mvd"
    said = told(bot.answer("телефон МВД", 0))
    assert said.text == "МВД России. Телефон: +7 800 222-74-47, 102.\nСайт: https://мвд.рф\nСведения уточняются: контакты."
    assert said.source is not None
    assert (said.source.article, said.source.valid_from) == ("phones-mvd", date(2026, 11, 1))
