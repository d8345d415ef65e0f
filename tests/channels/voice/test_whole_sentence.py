"""When a caller has finished, by what was heard (CH-07)."""

import pytest

from channels.voice.spoken_text.whole_sentence import whole_sentence


@pytest.mark.parametrize("heard", [
    "Как получить заграничный паспорт?", "Да.", "Нет.", "Оператора!", "", "  ", "Сколько стоит госпошлина за загранпаспорт?",
    "Я хочу записаться в МФЦ."])
def test_a_sentence_is_whole(heard: str) -> None:
    assert whole_sentence(heard)


@pytest.mark.parametrize("heard", [
    "Я хотел бы узнать...", "Я хотел бы узнать…", "Мне нужно", "Мне нужно,", "Я потерял паспорт и.", "Как записаться на.", "Я не.",
    "Потому что.", "Мой СНИЛС 112 233.", "Номер 5"])
def test_who_thinks_goes_on(heard: str) -> None:
    assert not whole_sentence(heard)
