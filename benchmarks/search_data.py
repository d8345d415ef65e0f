"""Twenty thousand articles: those that are shipped, and others made of their words, always the same."""

import csv
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from itertools import count, islice
from pathlib import Path
from random import Random

from msgspec import Struct

from bots.knowledge.knowledge_file import read_articles
from bots.russian import Russian
from hub.knowledge.article import Article
from hub.knowledge.catalogue.toml_format import read_catalogue

SIZE = 20_000
_SUBJECT, _PHRASES = 7, 6
"""Words that a made article is about, and phrases in which it is asked for: as many as a shipped one has."""
_OPENINGS = ("как", "где", "сколько стоит", "какие документы на", "срок", "можно ли", "хочу", "")
_COMMON = 3
"""Shipped articles that are asked for with a word, from which on phrases that are made may have it: with a rarer one they would ask for the
same as a shipped article, and be as right an answer."""


class Asked(Struct, frozen=True):
    text: str
    answers: frozenset[str]
    """Ids of what answers it: one, or two that tell the same."""


def shipped() -> list[Article]:
    """Articles, and services as articles of their title, what is told of them, and what citizens ask for them with."""
    demo = files("okno.demo")
    catalogue = sorted((file for file in (demo / "catalogue").iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    services = [each for file in catalogue for each in read_catalogue(file.read_text("utf-8")).services]
    told = [Article(each.id, each.title, f"{each.name}\n{each.about}\n{each.order}", each.questions, each.topic) for each in services]
    return [*read_articles((demo / "articles.toml").read_text("utf-8")), *told]


def questions() -> list[Asked]:
    file = tomllib.loads(Path("tests/bots/search_questions.toml").read_text("utf-8"))
    return [Asked(each["text"], frozenset((each["answer"], *file["same"].get(each["answer"], ())))) for each in file["question"]]


def filled_up(articles: Sequence[Article], size: int = SIZE) -> list[Article]:
    """The articles, and as many others as make `size`; words are drawn as often as the shipped ones have them, in texts as in phrases."""
    made = _made(articles, Russian(), Random(0))
    return [*articles, *islice(made, size - len(articles))]


def _made(articles: Sequence[Article], russian: Russian, chance: Random) -> Iterator[Article]:
    asked = _asked_for(articles, russian)
    own = {stem for stem, found in asked.items() if len(found) < _COMMON}
    texts = [word for each in articles for word in russian.words(each.text)]
    subjects = sorted({word for word in texts if russian.stem(word) not in own} | _towns(russian))
    for number in count():
        about = chance.sample(subjects, _SUBJECT)
        phrases = [_phrase(about, chance) for _ in range(_PHRASES)]
        words = [chance.choice(about if chance.random() < 1 / 4 else texts) for _ in range(chance.randint(40, 90))]
        yield Article(f"made-{number}", phrases[0].capitalize(), " ".join(words).capitalize() + ".", tuple(phrases[1:]))


def _asked_for(articles: Sequence[Article], russian: Russian) -> Mapping[str, set[str]]:
    """Stems, and the articles that are asked for with them."""
    found = defaultdict[str, set[str]](set)
    for each in articles:
        for text in (each.title, *each.questions):
            for word in russian.words(text):
                found[russian.stem(word)].add(each.id)
    return found


def _phrase(about: Sequence[str], chance: Random) -> str:
    return " ".join((chance.choice(_OPENINGS), *chance.sample(about, chance.randint(2, 4)))).strip()


def _towns(russian: Russian) -> set[str]:
    rows = csv.DictReader(files("bots.grammar").joinpath("towns.csv").read_text("utf-8").splitlines())
    return {word for row in rows for word in russian.words(row["name"])}
