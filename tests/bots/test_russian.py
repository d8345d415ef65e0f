"""KB-02: search in Russian with inflection."""

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.russian import Russian

SYNTAX = st.sampled_from(['"', "a OR", "NEAR(", "x* -y", "text:z", "^(", "\0"])
RUSSIAN = st.text(st.sampled_from("абвгдеёжзийклмнопрстуфхцчшщъыьэюя -,.!?0123456789"), max_size=80)


@pytest.fixture(scope="module")
def archive() -> Iterator[sqlite3.Connection]:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE archive USING fts5(text, content='', tokenize='unicode61')")
    yield db
    db.close()


def found(db: sqlite3.Connection, query: str) -> list[int]:
    return [row[0] for row in db.execute("SELECT rowid FROM archive WHERE archive MATCH ? ORDER BY rowid", (query,))]


def store(db: sqlite3.Connection, texts: list[str], russian: Russian) -> None:
    db.execute("INSERT INTO archive(archive) VALUES ('delete-all')")
    db.executemany(
        "INSERT INTO archive(rowid, text) VALUES (?, ?)",
        [(i, russian.indexed(text)) for i, text in enumerate(texts)],
    )


@pytest.mark.parametrize(
    ("said", "searched"),
    [
        ("Получила деньги", "денег"),
        ("гуляли с детьми", "дети"),
        ("Ёлка во дворе", "елку"),
        ("в учётной записи", "учетная запись"),
        ("двух загранпаспортов", "загранпаспорт"),
        ("заявление №1234567", "1234567"),
        ("Иванову Петру", "Петр Иванов"),
        ("форма 3-НДФЛ", "3 ндфл"),
    ],
)
def test_finds_every_form_of_a_word(archive: sqlite3.Connection, russian: Russian, said: str, searched: str) -> None:
    # KB-02
    store(archive, ["о чём-то другом", said], russian)
    assert found(archive, russian.query(searched)) == [1]


def test_all_words_must_be_there(archive: sqlite3.Connection, russian: Russian) -> None:
    store(archive, ["паспорт ребёнка", "паспорт", "ребёнок"], russian)
    assert found(archive, russian.query("детский паспорт для ребёнка")) == []
    assert found(archive, russian.query("паспорта детей")) == [0]


def test_words_that_say_nothing_are_left_out_unless_there_are_no_others(russian: Russian) -> None:
    assert russian.words("Как же мне быть с паспортом?") == ["паспортом"]
    assert russian.words("Кто вы?") == ["кто", "вы"]


def test_raw_word_lemma_and_stem_have_namespaces(russian: Russian) -> None:
    assert russian.forms("детьми") == ("wдетьми", "lребенок", "sдетьм")
    assert russian.forms("загранпаспрт") == ("wзагранпаспрт", "sзагранпаспрт")
    assert russian.forms("snils") == ("wsnils",)


def test_a_text_without_words_is_no_query(russian: Russian) -> None:
    assert russian.query(" ?!… \"' * ") == ""
    assert russian.indexed("—") == ""


def test_a_pasted_page_is_a_query_of_bounded_size(archive: sqlite3.Connection, russian: Russian) -> None:
    query = russian.query(" ".join(f"слово{chr(1072 + i % 32)}{chr(1072 + i // 32)}" for i in range(900)))
    assert query.count(" AND ") < 30
    found(archive, query)


@given(text=st.one_of(st.text(max_size=80), RUSSIAN, SYNTAX))
def test_any_text_is_a_valid_query(archive: sqlite3.Connection, russian: Russian, text: str) -> None:
    # SE-01: no text is read as the syntax of the search
    if query := russian.query(text):
        found(archive, query)


@given(text=st.one_of(st.text(max_size=80), RUSSIAN))
def test_a_text_is_found_by_itself(archive: sqlite3.Connection, russian: Russian, text: str) -> None:
    store(archive, [text], russian)
    if query := russian.query(text):
        assert found(archive, query) == [0]
    else:
        assert not russian.words(text)


@given(text=st.text(max_size=80))
def test_tokens_hold_letters_and_digits_only(russian: Russian, text: str) -> None:
    assert all(token.isalnum() for token in russian.indexed(text).split(" ") if token)
