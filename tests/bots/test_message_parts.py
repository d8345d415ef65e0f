"""What is long is told in parts where a channel carries no more, and nothing of it is lost (KB-02)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.knowledge.faq import CALL, FaqBot
from bots.knowledge.message_parts import carried, parts
from bots.knowledge.passages import LONGEST
from hub.knowledge.article import Article, Purpose
from hub.robot.ports import HandOff, Reply
from tests.traits import TRAITS


@pytest.mark.parametrize("sentence", [
    "По ст. 12 закона 59-ФЗ ответ дают за 30 дней.", "Приходите на ул. Мира, д. 5, к. 2!", "Пошлина 500 руб. в год?", "Справки, т. е. бумаги…",
    "Школа им. А. С. Пушкина закрыта."])
def test_no_sentence_is_cut(sentence: str) -> None:
    # KB-02
    assert parts(f"{sentence} {sentence}", len(sentence)) == [sentence, sentence]


@given(st.text(st.sampled_from("абв Г.!?…\n1")), st.integers(1, 40))
def test_nothing_is_lost(text: str, longest: int) -> None:
    # KB-02
    assert "".join("".join(parts(text, longest)).split()) == "".join(text.split())


@pytest.mark.parametrize("channel", ["sms.smpp", "voice.asterisk"])
def test_a_long_article_is_told_in_parts_each_offering_the_next(bot: FaqBot, articles: list[Article], channel: str) -> None:
    # KB-02
    at_once = TRAITS.named(channel).at_once
    for article in articles:
        if article.purpose is not Purpose.ANSWER:
            continue
        told: list[str] = []
        question = article.title
        while True:
            answer = bot.answer(question, 0, channel)
            assert isinstance(answer, Reply)
            assert answer.source == article.source()
            assert bot.recall(question, channel) == answer
            assert CALL in answer.choices
            told.append(answer.text)
            if not answer.choices[0].startswith("Дальше"):
                break
            question = answer.choices[0]
        assert told == list(carried(article.text, at_once))
        assert all(len(each) <= at_once for each in told if len(parts(each, 1)) > 1)


@pytest.mark.parametrize("channel", ["web.chat", "messenger.telegram", "email.imap", "fax.files"])
def test_elsewhere_it_is_told_whole(bot: FaqBot, articles: list[Article], channel: str) -> None:
    # KB-02
    article = max(articles, key=lambda each: len(each.text))
    answer = bot.answer(article.title, 0, channel)
    assert isinstance(answer, Reply)
    assert len(answer.text) <= LONGEST
    whole = bot.answer(answer.choices[0], 0, channel)
    assert isinstance(whole, Reply)
    assert (whole.text, whole.choices[0]) == (article.text, "Мои права")


def test_what_was_told_in_part_is_recalled_whole_elsewhere(bot: FaqBot, articles: list[Article]) -> None:
    # KB-02
    article = next(each for each in articles if each.id == "rights")
    for channel, text in (("sms.smpp", carried(article.text, 330)[0]), ("web.chat", article.text), ("sms.smpp", carried(article.text, 330)[0])):
        answer = bot.answer(article.title if channel == "sms.smpp" else f"Подробнее: {article.title}", 0, channel)
        assert isinstance(answer, Reply)
        assert answer.text == text


@pytest.mark.parametrize("words", ["Дальше: чего нет", "Дальше (7): чего нет", "дальше"])
def test_what_was_not_offered_does_not_go_on(bot: FaqBot, words: str) -> None:
    # KB-02
    assert bot.goes_on(words, "sms.smpp") is None


def test_beyond_the_end_is_the_end(bot: FaqBot) -> None:
    # KB-02: the article has become shorter since
    answer = bot.answer("Дальше (99): Мои права", 0, "sms.smpp")
    assert isinstance(answer, Reply)
    assert answer.text == carried(bot.articles["rights"].text, 330)[-1]


def test_an_emergency_is_never_in_parts(bot: FaqBot) -> None:
    # KB-02
    answer = bot.answer("пожар", 0, "sms.smpp")
    assert isinstance(answer, HandOff)
    assert "112" in answer.text
