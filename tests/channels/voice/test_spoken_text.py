"""What a synthesizer is given: words alone, in the right case (CH-08)."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from channels.voice.prompts import RHVOICE
from channels.voice.spoken_text import sentences, spoken
from channels.voice.spoken_text.numerals import Case, Gender, cardinal, ordinal
from channels.voice.spoken_text.sentences import LONGEST
from channels.voice.spoken_text.stress import MARK, STRESSED
from tests.missing_programs import need

ROOT = Path(__file__).parents[3]
ROWS = [line.split("\t") for line in (Path(__file__).parent / "spoken_text.tsv").read_text(encoding="utf8").splitlines()]
UNREAD = re.compile(r"[\dA-Za-z№%₽$/×+=@#*_{}<>]|(?<![а-яё])[А-ЯЁ]{2,}|(?<![а-яё\u0301-])(?:ст|ч|п|ул|пл|д|кв|г|руб|тел|им)\.")


def texts(of: object) -> Iterator[str]:
    match of:
        case str():
            yield of
        case dict():
            for each in of.values():
                yield from texts(each)
        case list():
            for each in of:
                yield from texts(each)


@cache
def content() -> tuple[str, ...]:
    """All Russian texts that the shipped centre may say: articles, services with their facts, scripts, the robot's replies."""
    read: list[object] = [tomllib.loads(path.read_text(encoding="utf8")) for path in (ROOT / "okno" / "demo").rglob("*.toml")]
    read += [yaml.safe_load(path.read_text(encoding="utf8")) for path in (ROOT / "bots" / "projects").rglob("domain/*.yml")]
    return tuple({text for each in read for text in texts(each) if re.search("[а-яё]", text)})


def test_the_table_is_large_enough() -> None:
    assert len(ROWS) >= 400
    assert len({text for text, _ in ROWS}) == len(ROWS)


def test_it_is_spoken_as_people_say_it() -> None:
    # CH-08
    assert [(text, said, words) for text, words in ROWS if (said := spoken(text)) != words] == []


def test_no_digit_and_no_abbreviation_is_left_in_the_content() -> None:
    # CH-08
    assert len(content()) > 5000
    left = {text: said for text in content() if (said := re.sub(r"\{\w+\}", "", spoken(text))) and UNREAD.search(said)}
    assert not left
    assert {text for text in map(spoken, content()) if spoken(text) != text} == set()


def test_what_is_spoken_stays_as_it_is() -> None:
    # CH-08: pieces of a text are made of it once, and looked up by it later
    assert not [words for _, words in ROWS if spoken(words) != words]


@pytest.mark.parametrize("number", [0, 1, 2, 11, 40, 90, 100, 248, 1000, 1001, 21_000, 2_500_000, 10**9])
def test_numerals_have_all_forms(number: int) -> None:
    for case in Case:
        for gender in Gender:
            assert re.fullmatch("[а-яё ]+", cardinal(number, case, gender))
            assert re.fullmatch("[а-яё ]+", ordinal(number, case, gender))


@pytest.mark.parametrize(("text", "cut"), [
    ("", []),
    ("Одно. Два! Три? Четыре", ["Одно.", "Два!", "Три?", "Четыре"]),
    ("Улица Ленина, дом пять. Часы: с восьми до двадцати часов.", ["Улица Ленина, дом пять.", "Часы: с восьми до двадцати часов."]),
    ("«Вы сказали: да.» Верно?", ["«Вы сказали: да.»", "Верно?"]),
])
def test_texts_are_cut_into_sentences(text: str, cut: list[str]) -> None:
    # CH-08: the first one is heard while the others are synthesised
    assert sentences(text) == cut


def test_abbreviations_do_not_end_a_sentence() -> None:
    assert sentences(spoken("Приходите на ул. Ленина, д. 5, к А. С. Иванову. До 1 мая 2027 г. приём с 9:00.")) == [
        "Приходите на улице Ленина, дом пять, к а эс Иванову.", "До первого мая две тысячи двадцать седьмого года приём с девяти часов."]


def test_a_long_sentence_is_cut_where_one_breathes() -> None:
    text = "принесите паспорт, заявление и справку о доходах семьи, " * 20
    cut = sentences(text)
    assert " ".join(cut) == text.strip()
    assert all(len(each) <= LONGEST and each.endswith(",") for each in cut)


@pytest.mark.parametrize("unit", ["1-", "8-800-", "МФЦ-", "1 и ", "ст. 1 ", "27.07.2010 ", "a@b.", "http://a.", "I и ", "рабочих 5 "])
def test_foreign_texts_take_no_more_than_their_share(unit: str) -> None:
    # SE-02: linear; a square of 60,000 signs would take minutes
    said = spoken(unit * (60_000 // len(unit)))
    assert sentences(said)


def test_a_stress_is_marked_once() -> None:
    assert [spoken(text) for text in ("Сведения о доходе семьи", "бедные семьи", "КоАП и кодекс")] == [
        "Све́дения о доходе семьи́", "бедные семьи", "коап и ко́декс"]
    assert all(word.count(MARK) == 1 and word[word.index(MARK) - 1] in "аеиоуыэюя" for word in STRESSED)


@pytest.mark.peers
@pytest.mark.parametrize("word", ["госуслу́ги", "све́дения", "ко́декс", "пода́ть", "загра́н"])
def test_a_synthesizer_needs_these_marks(word: str) -> None:
    need("RHVoice-test")

    def sound(text: str) -> bytes:
        return subprocess.run([*RHVOICE, "-o", "/dev/stdout"], input=text.encode(), capture_output=True, check=True).stdout

    assert sound(word) != sound(word.replace(MARK, ""))
