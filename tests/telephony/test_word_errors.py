"""Word error rate, by examples that were counted by hand."""

import pytest

from hub.telephony.word_errors import word_errors


@pytest.mark.parametrize(("said", "heard", "errors"), [
    ("как получить паспорт", "Как получить паспорт?", (0, 3)),
    ("ещё раз", "еще раз", (0, 2)),
    ("госпошлина за загранпаспорт", "го спошли на за загранпаспорт", (3, 3)),
    ("один два три", "", (3, 3)),
    ("один два три", "один три", (1, 3)),
    ("", "что-то", (2, 0)),
])
def test_words_are_counted(said: str, heard: str, errors: tuple[int, int]) -> None:
    assert word_errors(said, heard) == errors
