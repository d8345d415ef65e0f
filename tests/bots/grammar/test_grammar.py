"""What citizens say of days, hours, numbers and places, as the grammar reads it."""

import tomllib
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.grammar.confirmation import question, words
from bots.grammar.extraction import LONGEST, Grammar
from bots.grammar.numbers import is_snils
from bots.grammar.plain import plain
from bots.grammar.values import Application, Days, Hours, Locality, Number, Phone, Snils, Value, When
from bots.russian import Russian

TODAY = date(2026, 11, 25)  # a Wednesday
PHRASES: dict[str, Any] = tomllib.loads(Path(__file__).with_name("phrases.toml").read_text("utf-8"))
DATES = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@pytest.fixture(scope="module")
def grammar(russian: Russian) -> Grammar:
    return Grammar(russian)


def labelled(when: When) -> list[str]:
    days, hours = when.days, when.hours
    said = "" if days is None else f"{days.first}" if days.first == days.last else f"{days.first}..{days.last or ''}"
    at = "" if hours is None else f"{hours.begins:%H:%M}" if hours.begins == hours.ends else f"{hours.begins:%H:%M}-{hours.ends:%H:%M}"
    return [said, at]


def named(value: Value) -> str:
    match value:
        case When():
            return f"when {labelled(value)}"
        case Number(number):
            return f"number {number}"
        case Phone(number):
            return f"phone {number}"
        case Snils(digits, genuine):
            return f"snils {digits}{'' if genuine else ' wrong'}"
        case Application(number):
            return f"application {number}"
        case Locality(name, subject):
            return f"locality {name} {subject}"


def test_the_list_is_long_enough() -> None:
    assert len(PHRASES["when"]) + len(PHRASES["others"]) >= 120


@pytest.mark.parametrize(("text", "meant"), PHRASES["when"].items())
def test_days_and_hours(grammar: Grammar, text: str, meant: list[str]) -> None:  # AP-01
    assert [labelled(found.value) for found in grammar.find(text, TODAY) if isinstance(found.value, When)] == [meant]


@pytest.mark.parametrize(("text", "meant"), PHRASES["others"].items())
def test_numbers_and_places(grammar: Grammar, text: str, meant: list[str]) -> None:
    assert [named(found.value) for found in grammar.find(text, TODAY)] == meant


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("завтра после обеда", "Вы имеете в виду завтра, 26 ноября, с 12 до 17?"),
        ("в понедельник в 9:05", "Вы имеете в виду в понедельник, 30 ноября, в 9:05?"),
        ("5 марта в 10:00", "Вы имеете в виду 5 марта 2027 года в 10:00?"),
        ("5 марта", "Вы имеете в виду 5 марта 2027 года?"),
        ("до пятницы", "Вы имеете в виду до 27 ноября включительно?"),
        ("с 5 по 10 декабря", "Вы имеете в виду с 5 декабря по 10 декабря?"),
        ("после 5 декабря", "Вы имеете в виду с 6 декабря и позже?"),
        ("в любое время", "Вы имеете в виду в любое время?"),
        ("89261234567", "Вы имеете в виду номер +7 926 123-45-67?"),
        ("снилс 112-233-445 95", "Вы имеете в виду СНИЛС 112-233-445 95?"),
        ("две с половиной", "Вы имеете в виду 2?"),
        ("в Казани", "Вы имеете в виду населённый пункт Казань?"),
    ],
)
def test_a_value_is_asked_back(grammar: Grammar, text: str, asked: str) -> None:
    assert question(grammar.find(text, TODAY)[0].value, TODAY) == asked


def test_a_wrong_snils_is_said_to_be_wrong(grammar: Grammar) -> None:
    assert "контрольное число" in question(grammar.find("снилс 112-233-445 96", TODAY)[0].value, TODAY)


def test_spans_are_exact(grammar: Grammar) -> None:
    text = "ЁЖИК: запишите на Пятое ДЕКАБРЯ в полпятого, телефон +7 926 123-45-67"
    assert [text[found.start : found.end] for found in grammar.find(text, TODAY)] == ["Пятое ДЕКАБРЯ в полпятого", "+7 926 123-45-67"]


def test_intervals() -> None:
    zone = ZoneInfo("Europe/Moscow")
    tomorrow = TODAY + timedelta(days=1)
    when = When(Days(tomorrow, tomorrow), Hours(time(12), time(17)))
    assert when.interval(TODAY, zone) == (datetime(2026, 11, 26, 12, tzinfo=zone), datetime(2026, 11, 26, 17, tzinfo=zone))
    assert When(hours=Hours(time(22), time(6))).interval(TODAY, zone)[1] == datetime(2026, 11, 26, 6, tzinfo=zone)
    assert When(Days(TODAY, None)).interval(TODAY, zone)[1] is None


@given(st.text(max_size=200), DATES)
def test_any_text_is_read(text: str, today: date) -> None:
    for found in GRAMMAR.find(text, today):
        assert 0 <= found.start < found.end <= len(text)
        assert words(found.value, today)


PIECES = st.sampled_from(
    [word for phrase in [*PHRASES["when"], *PHRASES["others"]] for word in phrase.split()]
    + ["0", "24", "31", "99", "-", ":", ".", "/", "2026", "29 февраля"],
)


@given(st.lists(PIECES, max_size=12), DATES)
def test_any_order_of_what_is_said_is_read(pieces: list[str], today: date) -> None:
    text = " ".join(pieces)
    end = 0
    for found in GRAMMAR.find(text, today):
        assert end <= found.start < found.end <= len(text)
        end = found.end
        assert words(found.value, today)
        if isinstance(found.value, When) and found.value.days and found.value.days.last:
            assert found.value.days.first <= found.value.days.last


@given(DATES, DATES)
def test_a_written_date_is_that_date(day: date, today: date) -> None:
    for text in (f"{day:%d.%m.%Y}", f"{day.day} {MONTHS[day.month - 1]} {day.year} года", f"{day}"):
        assert [found.value for found in GRAMMAR.find(text, today)] == [When(Days(day, day))]


@given(st.times())
def test_a_written_time_is_that_time(at: time) -> None:
    at = at.replace(second=0, microsecond=0)
    assert [found.value for found in GRAMMAR.find(f"в {at:%H:%M}", TODAY)] == [When(hours=Hours(at, at))]


@given(DATES, st.times())
def test_what_is_asked_back_is_understood_alike(day: date, at: time) -> None:
    when = When(Days(day, day), Hours(at.replace(second=0, microsecond=0), at.replace(second=0, microsecond=0)))
    days = {found.value.days for found in GRAMMAR.find(words(when, TODAY), TODAY) if isinstance(found.value, When) and found.value.days}
    assert when.days in days


@given(st.integers(0, 999_999_999))
def test_one_sum_of_a_hundred_is_that_of_a_snils(number: int) -> None:
    if number > 1_001_998:
        assert sum(is_snils(f"{number:09}{control:02}") for control in range(100)) == 1


@given(st.integers(1, 999_999))
def test_a_number_in_words_is_that_number(number: int) -> None:
    assert plain(spoken(number)).text == str(number)


def test_a_long_text_is_read_to_its_limit() -> None:
    assert all(found.end <= LONGEST for found in GRAMMAR.find("завтра в 5 " * 10_000, TODAY))


GRAMMAR = Grammar(Russian())
MONTHS = ["января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"]
UNITS = [
    "один",
    "два",
    "три",
    "четыре",
    "пять",
    "шесть",
    "семь",
    "восемь",
    "девять",
    "десять",
    "одиннадцать",
    "двенадцать",
    "тринадцать",
    "четырнадцать",
    "пятнадцать",
    "шестнадцать",
    "семнадцать",
    "восемнадцать",
    "девятнадцать",
]
TENS = ["двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто"]
HUNDREDS = ["сто", "двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот", "восемьсот", "девятьсот"]


def spoken(number: int) -> str:
    if number >= 1000:
        return f"{spoken(number // 1000)} тысяч {spoken(number % 1000)}".strip()
    said = [HUNDREDS[number // 100 - 1]] if number >= 100 else []
    number %= 100
    if number >= 20:
        said.append(TENS[number // 10 - 2])
        number %= 10
    if number:
        said.append(UNITS[number - 1])
    return " ".join(said)
