"""The knowledge file: what it may hold and how it complains."""

import re

import pytest

from bots.knowledge.faq import FaqBot
from bots.knowledge.knowledge_file import KnowledgeFileError, read_articles
from bots.russian import Russian
from hub.knowledge.article import Article, Purpose
from tests.traits import TRAITS

TOPICS = {
    "documents", "family", "housing", "transport", "taxes", "social", "pension", "health", "work", "complaints",
    "rights", "other",
}  # fmt: skip

GOOD = '[[article]]\nid = "a"\ntitle = "А"\ntext = "Б"\n'


def test_reads_articles_in_order() -> None:
    one, other = read_articles(GOOD + GOOD.replace('"a"', '"b"') + 'purpose = "person"\nvalid_from = 2026-02-03\n')
    assert one == Article(id="a", title="А", text="Б")
    assert type(one) is Article
    assert (other.id, other.purpose, other.valid_from.isoformat()) == ("b", Purpose.PERSON, "2026-02-03")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[article", "not a file"),
        ("title = 1", "not a file"),
        (GOOD + "qestions = []", r"article 1 \(a\).*qestions"),
        (GOOD + "questions = [1]", r"article 1 \(a\).*questions"),
        (GOOD + 'purpose = "joke"', r"article 1 \(a\).*joke.*purpose"),
        (GOOD + GOOD, "article 2.*'a'.*taken"),
        ('[[article]]\nid = "a"\ntext = "Б"', r"article 1 \(a\).*title"),
        ('[[article]]\ntitle = "А"\ntext = "Б"', r"article 1 \(without id\).*id"),
        (GOOD.replace("Б", " "), r"article 1 \(a\).*text is empty"),
    ],
)
def test_names_the_article_and_the_key(text: str, complaint: str) -> None:
    with pytest.raises(KnowledgeFileError, match=complaint):
        read_articles(text)


def test_the_built_in_knowledge_is_complete(articles: list[Article]) -> None:
    # KB-06, AL-06: one text for all levels, with its source and date
    assert {article.purpose for article in articles} == set(Purpose)
    assert sum(article.purpose is Purpose.ANSWER for article in articles) >= 40
    assert "rights" in {article.id for article in articles}
    assert len({article.title for article in articles}) == len(articles)
    for article in articles:
        assert len(article.questions) >= 5, article.id
        if article.purpose is Purpose.ANSWER:
            assert article.topic in TOPICS, article.id
            assert 300 <= len(article.text) <= 900, article.id
            assert article.body or article.id == "robot", article.id


def test_the_built_in_knowledge_names_no_telephone_but_the_short_national_ones(articles: list[Article]) -> None:
    # FD-02: addresses and numbers belong to each centre's own articles
    helplines = "8 495 989-50-50", "8 800 2000-122"  # of the whole country, named where life is in danger
    for article in articles:
        text = article.text
        for each in helplines if article.purpose is Purpose.EMERGENCY else ():
            text = text.replace(each, "")
        assert not re.search(r"8[ -]?800|\+7|\d{3}-\d{2}-\d{2}", text), article.id


@pytest.mark.parametrize("text", ["этот номер", "Этот номер", "номер", "этот телефон", "по этому номеру", "мой телефон"])
def test_whoever_names_a_number_is_in_no_danger(articles: list[Article], russian: Russian, text: str) -> None:
    # CH-08: it is a button of the robot's own, also where hardly anything else is known
    bot = FaqBot(russian, "", TRAITS)
    bot.learn(each for each in articles if each.purpose is not Purpose.ANSWER)
    assert bot.steers(text) is None
