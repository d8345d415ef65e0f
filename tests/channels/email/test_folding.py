"""What was newly said in whole letters, as mail programs write them: each .eml has its text, and what is folded away, in a .txt beside it.

Those in `acceptance` were written down before the rules for quotes were, and the blind ones among them before the rules had seen
them: 7 of the first 8 passed at once, and 7 of the 8 blind ones.
"""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.mime import read
from channels.email.quotes import fold

HERE = Path(__file__).parent
LETTERS = sorted([*HERE.glob("letters/*.eml"), *HERE.glob("acceptance/*.eml")])
PIECES = st.sampled_from([
    "", "> да", ">> раз", ">", "Здравствуйте!", "С уважением,", "Иван Петров", "тел. +7 912 555-00-11", "-- ", "--", "Отправлено с iPhone",
    '25.11.2026, 12:01, "Окно" <ask@okno.example>:', "Окно пишет:", "On Wed, Nov 25, 2026 at 12:01 PM Okno <a@b.c>", "wrote:",
    "-----Исходное сообщение-----", "От: Окно <ask@okno.example>", "Отправлено: 25 ноября 2026 г. 12:01", "Кому: Иван", "Тема: Вопрос", "---",
    "-------- Пересылаемое сообщение --------", "Когда откроется отдел?", "Ответы ниже.", "________________", " ", "Почему?", "\u00a0",
])
TEXTS = st.one_of(st.lists(PIECES, max_size=25).map("\n".join), st.text(max_size=200))


def flat(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


@pytest.mark.parametrize("path", LETTERS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_was_newly_said(path: Path) -> None:
    # CH-03
    text, _, folded = path.with_suffix(".txt").read_text(encoding="utf8").partition("\n=== folded ===\n")
    letter = read(path.read_bytes())
    assert letter.text == text.rstrip("\n")
    assert flat(letter.folded) == flat(folded)
    assert not letter.automatic
    assert letter.report is None


def test_there_are_letters_of_every_kind() -> None:
    assert len(LETTERS) >= 55
    assert len([path for path in LETTERS if path.parent.name == "acceptance"]) == 16


@settings(max_examples=400, deadline=None)
@given(text=TEXTS, forwarded=st.booleans())
def test_no_word_is_lost(text: str, forwarded: bool) -> None:
    # CH-03: text and folded together are the letter
    said, folded = fold(text, forwarded=forwarded)
    assert Counter(said.split()) + Counter(folded.split()) == Counter(text.split())


@settings(max_examples=400, deadline=None)
@given(text=TEXTS)
def test_never_is_everything_folded(text: str) -> None:
    # CH-03: only what stands beside something said
    said, folded = fold(text)
    assert not folded or any(sign.isalnum() for sign in said)


@settings(max_examples=200, deadline=None)
@given(own=st.lists(st.sampled_from(["Садовая, 8.", "Почему нет ответа?", "Я приду в пятницу."]), min_size=1, max_size=4), quoted=st.lists(PIECES, max_size=6))
def test_what_stands_between_and_below_quotes_stays(own: list[str], quoted: list[str]) -> None:
    # CH-03: bottom posting and answers between
    lines = [line for answer in own for line in (*(f"> {text}" for text in quoted), answer)]
    said, _ = fold("\n".join(lines))
    assert [line for line in said.split("\n") if line in own] == own


def test_a_quoted_address_is_not_an_attribution() -> None:
    # CH-03: in doubt nothing is folded
    text = "Мой адрес для ответа ivan@mail.ru:\nпишите туда.\n25.11.2026 я был у вас."
    assert fold(text) == (text, "")


def test_a_wrapped_attribution_is_folded_whole() -> None:
    text = "Согласна.\n\nOn Wednesday, 25 November 2026 at 12:01:45 GMT+3, Centre for\nthe service of citizens and organisations\n<ask@okno.example> wrote:\n\n> Согласны?"
    said, folded = fold(text)
    assert said == "Согласна."
    assert folded.startswith("On Wednesday")
