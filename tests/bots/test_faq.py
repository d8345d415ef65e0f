"""The robot: answers, asks back once, hands over."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.knowledge.answer_cache import AnswerCache
from bots.knowledge.faq import CALL, FaqBot
from bots.russian import Russian
from hub.knowledge.article import Article, Purpose
from hub.robot.ports import ON_PAPER, Bot, HandOff, Reply
from tests.traits import TRAITS

BOT_IS_A_BOT: type[Bot] = FaqBot
ANY = st.one_of(st.text(max_size=300), st.text(st.sampled_from("паспортенлгзчкые 0123?!.,-ё'[]"), max_size=60))


def test_greeting_says_that_it_is_a_robot_and_how_to_reach_a_person(bot: FaqBot) -> None:
    greeting = bot.greeting()
    assert "робот" in greeting.text
    assert "Контакт-центр области" in greeting.text
    assert "«оператор»" in greeting.text
    assert greeting.choices[0] == "Мои права"
    assert greeting.choices[-1] == CALL
    assert 4 <= len(greeting.choices) <= 5


def test_every_choice_leads_somewhere(bot: FaqBot, articles: list[Article]) -> None:
    choices = {*bot.greeting().choices, *(one.title for one in articles if one.purpose is Purpose.ANSWER)}
    for choice in choices - {CALL}:
        answer = bot.answer(choice, 0)
        assert isinstance(answer, Reply)
        assert answer.source
        assert answer.source.title == choice
    assert isinstance(bot.answer(CALL, 0), HandOff)


def test_answers_with_source_and_topic(bot: FaqBot) -> None:
    # KB-06, FD-03
    answer = bot.answer("какие документы нужны на загранпаспорт", 0)
    assert isinstance(answer, Reply)
    assert answer.source
    assert answer.source.article == "passport-abroad"
    assert "114-ФЗ" in answer.source.body
    assert answer.topic == "documents"
    assert not answer.miss


def test_rights_are_two_steps_away_from_every_answer(bot: FaqBot, articles: list[Article]) -> None:
    # AL-06
    for article in articles:
        answer = bot.answer(article.title, 0)
        if isinstance(answer, Reply) and not (answer.source and answer.source.article == "rights"):
            assert "Мои права" in answer.choices
    rights = bot.answer("Мои права", 0)
    assert isinstance(rights, Reply)
    assert rights.source
    assert rights.source.article == "rights"
    assert "210-ФЗ" in rights.source.body


def test_explains_the_complaint_before_taking_it(bot: FaqBot) -> None:
    # AL-07, AL-04, CM-08
    answer = bot.answer("мне отказали, хочу пожаловаться", 0)
    assert isinstance(answer, Reply)
    assert answer.topic == "complaints"
    assert "15 рабочих дней" in answer.text
    assert CALL in answer.choices


def test_electronic_mail_is_no_appeal_since_the_end_of_march_2025(bot: FaqBot) -> None:
    # CM-08, CH-03: 547-ФЗ of 28.12.2024
    answer = bot.answer("можно ли подать обращение письмом на электронную почту", 0)
    assert isinstance(answer, Reply)
    assert answer.source
    assert (answer.source.article, answer.source.valid_from.isoformat()) == ("appeal-59", "2025-03-30")


def test_asks_back_once_and_then_calls_a_person(bot: FaqBot) -> None:
    asked = bot.answer("телефон для справок", 0)
    assert isinstance(asked, Reply)
    assert asked.miss
    assert asked.text.startswith("Уточните, пожалуйста")
    assert 2 <= len(asked.choices) <= 4
    assert asked.choices[-1] == CALL
    gone = bot.answer("телефон для справок", 1)
    assert isinstance(gone, HandOff)
    assert gone.why == "not_understood"
    assert gone.topic


@pytest.mark.parametrize(
    "text",
    [
        "оператор", "ОПЕРАТОР!!!", "позовите оператора", "операторы", "оператору", "аператора", "опреатор", "оперaтор",
        "0", " 0. ", "человек", "человеком", "люди", "чловек", "хочу поговорить с живым человеком",
        "дайте поговорить с живыми людьми", "хочу пагаварить с живым челавеком", "сотрудника позовите", "jgthfnjh",
    ],
)  # fmt: skip
@pytest.mark.parametrize("misses", [0, 1, 5])
def test_a_person_is_one_word_away(bot: FaqBot, text: str, misses: int) -> None:
    # CH-11
    answer = bot.answer(text, misses)
    assert isinstance(answer, HandOff)
    assert answer.why == "asked"


def test_knows_the_subject_of_a_call_for_a_person(bot: FaqBot) -> None:
    answer = bot.answer("позовите оператора, загранпаспорт", 0)
    assert isinstance(answer, HandOff)
    assert (answer.why, answer.topic) == ("asked", "documents")


def test_emergency_names_112_first(bot: FaqBot) -> None:
    answer = bot.answer("помогите, у нас пожар, горит квартира", 0)
    assert isinstance(answer, HandOff)
    assert answer.why == "emergency"
    assert "112" in answer.text[:100]


def test_emergency_names_112_whoever_wrote_the_article(russian: Russian) -> None:
    bot = FaqBot(russian, "Центр", TRAITS)
    bot.learn([Article("e", "Беда", "Зовите на помощь.", ("пожар",), purpose=Purpose.EMERGENCY)])
    answer = bot.answer("пожар", 0)
    assert isinstance(answer, HandOff)
    assert answer.text == "Позвоните 112. Зовите на помощь."


@pytest.mark.parametrize("text", ["пожарная сигнализация стоит сколько", "справка о смерти", "умерла мама, документы"])
def test_not_every_sad_word_is_an_emergency(bot: FaqBot, text: str) -> None:
    answer = bot.answer(text, 0)
    assert not (isinstance(answer, HandOff) and answer.why == "emergency")


def test_courtesy_does_not_hide_the_question(bot: FaqBot) -> None:
    answer = bot.answer("Добрый день! Подскажите, пожалуйста, как оформить загранпаспорт? Спасибо", 0)
    assert isinstance(answer, Reply)
    assert answer.source
    assert answer.source.article == "passport-abroad"


def test_recalls_what_was_answered(russian: Russian, articles: list[Article]) -> None:
    bot = FaqBot(russian, "Центр", TRAITS)
    bot.learn(articles)
    answer = bot.recall("Как получить СНИЛС?")
    assert isinstance(answer, Reply)
    assert bot.recall("  как получить,  снилс!! ") is answer
    bot.learn(list(articles))  # the same knowledge
    assert bot.recall("Как получить СНИЛС?") is answer
    bot.learn([*articles, Article("other", "Другое", "Другое.")])
    again = bot.recall("Как получить СНИЛС?")
    assert again is not answer
    assert again == answer


def test_recalls_nothing_that_depends_on_misses(russian: Russian, articles: list[Article]) -> None:
    bot = FaqBot(russian, "Центр", TRAITS)
    bot.learn(articles)
    for misses in (0, 1):
        bot.answer("фыва олдж", misses)
        assert bot.recall("фыва олдж") is None


def test_memory_is_bounded_and_forgets_what_was_not_asked_for_longest() -> None:
    recall = AnswerCache(2)
    one, two, three = (Reply(text) for text in "абв")
    recall.put("а", one)
    recall.put("б", two)
    assert recall.get("а") is one
    recall.put("в", three)
    assert recall.get("б") is None
    assert recall.get("а") is one
    recall.put("д" * 10_000, one)
    assert recall.get("д" * 10_000) is None


def test_without_knowledge_there_is_still_a_person(russian: Russian) -> None:
    bot = FaqBot(russian, "Центр", TRAITS)
    assert bot.greeting().choices == (CALL,)
    for text in ("оператор", CALL, "0"):
        assert isinstance(bot.answer(text, 0), HandOff)
    assert isinstance(bot.answer("паспорт", 0), Reply)
    assert bot.search("паспорт", 5).result() == []


def test_a_changed_article_does_not_hide_the_person(russian: Russian, articles: list[Article]) -> None:
    # CH-11
    bot = FaqBot(russian, "Центр", TRAITS)
    other = Article("p", "Сотрудник", "Соединяю.", ("дежурный",), purpose=Purpose.PERSON)
    bot.learn([other, *(one for one in articles if one.purpose is not Purpose.PERSON)])
    for text in ("оператор", CALL, "0", "дежурный"):
        answer = bot.answer(text, 0)
        assert isinstance(answer, HandOff)
        assert (answer.why, answer.text) == ("asked", "Соединяю.")


def test_search_suggests_articles_for_the_desk(bot: FaqBot) -> None:
    # KB-02
    found = bot.search("загранпаспорт оператору", 3).result()
    assert found[0].id == "passport-abroad"
    assert len(bot.search("паспорт ребёнку", 3).result()) == 3
    assert {one.purpose for one in bot.search("оператор пожар здравствуйте", 10).result()} == {Purpose.ANSWER, Purpose.EMERGENCY}


@given(text=ANY, misses=st.integers(0, 3))
def test_no_text_is_too_strange(bot: FaqBot, text: str, misses: int) -> None:
    answer = bot.answer(text, misses)
    assert answer.text
    assert isinstance(answer, HandOff) or misses == 0 or not answer.miss
    assert bot.recall(text) in {None, answer}
    bot.search(text, 5).result()


def test_on_paper_only_what_was_learnt_word_for_word_is_a_question(bot: FaqBot) -> None:
    # CH-02, OC-05
    assert bot.answer("ЗАЯВЛЕНИЕ. Прошу выдать справку о составе семьи", 1, "fax.asterisk") == ON_PAPER
    assert bot.answer("Как получить загранпаспорт, если я живу в деревне Ивановка?", 1, "fax.asterisk") == ON_PAPER
    assert isinstance(bot.answer("Мои права", 1, "fax.asterisk"), Reply)
    danger = bot.answer("у нас пожар, люди в огне", 1, "fax.asterisk")
    assert isinstance(danger, HandOff)
    assert danger.why == "emergency"


def test_by_telephone_the_greeting_is_short_and_asks_nobody_to_write(bot: FaqBot) -> None:
    # CH-01, CH-08
    greeting = bot.greeting("voice.asterisk")
    assert "робот" in greeting.text
    assert not re.search("напиш|файл", greeting.text, re.IGNORECASE)
    assert greeting.choices == bot.greeting().choices
