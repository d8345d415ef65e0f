"""Danger to life and the request for a person are heard before any topic (B1, B4 of the acceptance by a citizen)."""

import tomllib
from importlib.resources import files
from time import perf_counter

import pytest

from bots.knowledge.faq import FaqBot
from bots.russian import Russian
from hub.knowledge.article import Article
from tests.traits import TRAITS

SAID: dict[str, list[str]] = tomllib.loads(files("tests.bots").joinpath("danger.toml").read_text("utf-8"))


def why(bot: FaqBot, text: str) -> str:
    steered = bot.steers(text)
    return steered.why if steered else ""


def test_danger_is_heard_in_the_words_of_citizens(bot: FaqBot) -> None:
    missed = [text for text in SAID["danger"] if why(bot, text) != "emergency"]
    assert len(missed) <= 0.03 * len(SAID["danger"]), missed


def test_what_merely_sounds_like_danger_is_none(bot: FaqBot) -> None:
    heard = [text for text in SAID["calm"] if why(bot, text)]
    assert len(heard) <= 0.05 * len(SAID["calm"]), heard


@pytest.mark.parametrize("text", ["хочу покончить с собой, таблетки уже выпила", "мне плохо, не хочу жить", "таблетки уже выпила"])
def test_danger_is_told_of_112_and_the_crisis_lines(bot: FaqBot, text: str) -> None:
    said = bot.danger(text)
    assert said is not None
    for part in ("112", "8 495 989-50-50", "8 800 2000-122", "Вы не одни"):
        assert part in said.text
    for part in ("24", "суток", "очеред"):
        assert part not in said.text


@pytest.mark.parametrize("text", ["убить время", "умираю со смеху", "я убью вашего начальника", "до смерти надоело"])
def test_figures_of_speech_are_no_danger(bot: FaqBot, text: str) -> None:
    assert bot.danger(text) is None


def test_a_person_is_called_whatever_it_is_about(bot: FaqBot) -> None:
    # B4
    missed = [text for text in SAID["person"] if why(bot, text) != "asked"]
    assert len(missed) <= 0.05 * len(SAID["person"]), missed


def test_whoever_only_speaks_of_persons_is_answered(bot: FaqBot) -> None:
    called = [text for text in SAID["nobody"] if why(bot, text)]
    assert len(called) <= 1, called


@pytest.mark.parametrize("text", [
    "железка, зови людей", "у вас люди ещё остались", "хочу спросить не у робота", "я лучше живому всё расскажу", "пусть специалист разберётся",
    "не помогает, нужен человек", "вопрос не боту, а человеку", "зовите сотрудника", "давайте я человеку объясню",
])
def test_a_person_is_called_in_any_phrasing(bot: FaqBot, text: str) -> None:
    assert why(bot, text) == "asked"


@pytest.mark.parametrize("text", [
    "вы неверно ответили, безобразие", "вы мне опять то же самое прислали", "от вас никакого толку", "пятый раз спрашиваю одно и то же",
    "вы меня обманули своим ответом", "бесполезный робот", "ты несёшь чушь в ответ",
])
def test_who_complains_of_the_robot_gets_a_person_and_an_apology(bot: FaqBot, text: str) -> None:
    steered = bot.steers(text)
    assert steered is not None
    assert steered.why == "asked"
    assert "жаль" in steered.text


@pytest.mark.parametrize("text", [
    "в мфц мне неправильно ответили, что делать", "оператор чпу, справка о стаже", "неправильно указали фамилию в паспорте",
    "третий раз переносят срок, куда жаловаться", "какой специалист выдаёт справку", "люди без прописки могут получить полис",
])
def test_who_complains_of_an_office_is_answered(bot: FaqBot, text: str) -> None:
    assert why(bot, text) == ""


@pytest.mark.parametrize(("text", "topic"), [
    ("позовите человека, вопрос по инвалидности", "health"), ("мне нужен сотрудник по материнскому капиталу", "family"),
    ("переключите на оператора вопрос по штрафам гибдд", "transport"), ("соедините с оператором пожалуйста", ""), ("оператор", ""),
])
def test_what_it_is_about_goes_along(bot: FaqBot, text: str, topic: str) -> None:
    # B4
    steered = bot.steers(text)
    assert steered is not None
    assert steered.topic == topic


@pytest.mark.parametrize("text", ["не " * 20_000, "хочу " * 20_000, "жить не хочу на " * 8_000, "а" * 200_000, "!" * 100_000])
def test_the_time_is_linear_in_what_a_stranger_writes(bot: FaqBot, text: str) -> None:
    began = perf_counter()
    bot.danger(text)
    assert perf_counter() - began < 2


def test_no_more_is_looked_at_than_would_hold_up_others(bot: FaqBot) -> None:
    # F2: words that were never met take longest, and a letter has 256 KB of them
    far = "спасибо " * 1_000 + "хочу покончить с собой"
    assert why(bot, far[1_000:]) == "emergency"
    assert why(bot, far) == "emergency"  # also of a long letter beginning and end are read
    assert why(bot, f"{far} {far[:8_000]}") != "emergency"


def test_after_reading_ahead_nothing_is_looked_up(articles: list[Article]) -> None:
    # F1: a letter of words that were never met held the hub for 0.15 s and longer
    russian = Russian()
    bot = FaqBot(russian, "Центр", TRAITS)
    bot.learn(articles)
    text = " ".join(sorted({word for said in SAID.values() for line in said for word in russian.every(line)}))
    pieces = sum(1 for _ in bot.read_ahead(text))
    before = russian._remembered.cache_info().misses
    assert bot.danger(text) is not None
    assert (pieces > 10, russian._remembered.cache_info().misses) == (True, before)
