"""The robot as it is shipped: with the built-in articles."""

from importlib.resources import files

import pytest

from bots.knowledge.faq import FaqBot
from bots.knowledge.knowledge_file import read_articles
from bots.russian import Russian
from hub.knowledge.article import Article
from tests.traits import TRAITS


@pytest.fixture(scope="session")
def russian() -> Russian:
    return Russian()


@pytest.fixture(scope="session")
def articles() -> list[Article]:
    return read_articles(files("okno.demo").joinpath("articles.toml").read_text("utf-8"))


@pytest.fixture(scope="session")
def bot(russian: Russian, articles: list[Article]) -> FaqBot:
    bot = FaqBot(russian, "Контакт-центр области", TRAITS)
    bot.learn(articles)
    return bot
