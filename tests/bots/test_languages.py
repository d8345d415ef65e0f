"""The language of a message, and the answer in it (issue of the robot, line 8)."""

import tomllib
from importlib.resources import files

import pytest

from bots.knowledge.faq import FaqBot
from bots.knowledge.services import knowledge_of
from bots.language.detection import Languages, in_cyrillic
from bots.russian import Russian
from hub.knowledge.catalogue.toml_format import read_catalogue
from hub.knowledge.handbook import KnowledgeSnapshot
from hub.robot.ports import HandOff
from tests.traits import TRAITS

SAID: dict[str, list[str]] = tomllib.loads(files("tests.bots").joinpath("languages.toml").read_text("utf-8"))
OTHERS = ("en", "tt", "uz", "tg", "ky", "kk")


@pytest.fixture(scope="module")
def languages(russian: Russian) -> Languages:
    return Languages(russian.known)


@pytest.fixture(scope="module")
def speaker(russian: Russian) -> FaqBot:
    read = read_catalogue(files("okno.demo").joinpath("catalogue", "languages.toml").read_text("utf-8"))
    bot = FaqBot(russian, "Центр", TRAITS)
    bot.learn(knowledge_of(KnowledgeSnapshot(read.articles)))
    return bot


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_is_recognised_in_a_few_words(languages: Languages, language: str) -> None:
    missed = [text for text in SAID[language] if languages.of(text) != language]
    assert len(missed) <= 0.1 * len(SAID[language]), missed


def test_slips_names_brands_and_latin_letters_stay_russian(languages: Languages) -> None:
    assert [text for text in SAID["ru"] if languages.of(text) != "ru"] == []


def test_a_script_of_no_profile_is_answered_in_english(languages: Languages) -> None:
    assert [text for text in SAID["xx"] if languages.of(text) != "en"] == []


def test_all_questions_of_the_danger_set_are_russian(languages: Languages) -> None:
    told = tomllib.loads(files("tests.bots").joinpath("danger_told.toml").read_text("utf-8"))
    assert [text for text in told["danger"] if languages.of(text) != "ru"] == []


@pytest.mark.parametrize(("text", "language", "part"), [
    ("how do i get a residence permit here", "en", "migration office"), ("how do I get a passport?", "en", "5 working days"),
    ("where can i apply for a travel passport", "en", "migration office of the MVD"), ("балалар бакчасына чират кирәк", "tt", "бушлай"),
    ("bolam uchun maktab kerak", "uz", "Gosuslugi"), ("болам учун мактаб керак", "uz", "Госуслуги"), ("патент чанд пул аст", "tg", "МВД"),
    ("мектепке кантип жаздырам", "ky", "Госуслуги"),
])
def test_the_main_fact_is_told_and_a_person_who_speaks_it_is_called(speaker: FaqBot, text: str, language: str, part: str) -> None:
    handed = speaker.steers(text)
    assert isinstance(handed, HandOff)
    assert (handed.why, handed.language, bool(handed.topic)) == ("language", language, True)
    assert part in handed.text


@pytest.mark.parametrize(("text", "language"), [("i want to kill myself", "en"), ("my house is on fire help", "en"), ("минем үләсем килә", "tt")])
def test_danger_is_heard_in_other_languages_too(speaker: FaqBot, text: str, language: str) -> None:
    handed = speaker.danger(text)
    assert handed is not None
    assert (handed.why, handed.language) == ("emergency", language)
    assert "112" in handed.text


def test_small_talk_in_another_language_calls_nobody(speaker: FaqBot) -> None:
    assert speaker.steers("thank you very much") is None
    assert speaker.greets("thank you very much") is not None


def test_uzbek_is_written_in_either_script() -> None:
    assert in_cyrillic("O'zbekcha yozishingiz mumkin") == "Ўзбекча ёзишингиз мумкин"
