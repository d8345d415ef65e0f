"""The words that a recogniser expects (CH-07)."""

from importlib.resources import files
from pathlib import Path

from hub.knowledge.catalogue.toml_format import joined, read_catalogue
from hub.knowledge.domain_words import LONGEST, domain_words
from hub.knowledge.handbook import KnowledgeSnapshot


def shipped() -> KnowledgeSnapshot:
    folder = Path(str(files("okno.demo") / "catalogue"))
    read = joined([read_catalogue(path.read_text(encoding="utf8")) for path in sorted(folder.glob("*.toml"))])
    return KnowledgeSnapshot([*read.articles, *read.authorities, *read.offices, *read.services])


def test_they_are_of_services_bodies_and_streets() -> None:
    # CH-07
    words = domain_words(shipped()).split(", ")
    assert {"загранпаспорт", "ИНН", "МФЦ", "Образцовая"} <= {*words}
    assert len(words) == len({*words})


def test_they_are_no_more_than_a_recogniser_reads() -> None:
    words = domain_words(shipped())
    assert LONGEST * 0.8 < len(words) <= LONGEST
    assert domain_words(KnowledgeSnapshot()) == ""


def test_one_word_of_many_forms_stands_once() -> None:
    words = [word.lower() for word in domain_words(shipped()).split(", ")]
    assert len({word[:7] for word in words}) == len(words)
