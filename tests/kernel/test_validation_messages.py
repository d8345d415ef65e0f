"""What is wrong with a file is told in the language of whoever brings it, and then in the parser's (KB-03)."""

import tomllib
from collections.abc import Callable

import pytest

from hub.kernel.validation_messages import explain_validation_error
from hub.knowledge.catalogue.toml_format import read_catalogue
from hub.knowledge.scripts.toml_format import read_scripts

SERVICE = '[[service]]\nid = "a"\ntitle = "А"\nname = "А"\nlevel = "federal"\n'


@pytest.mark.parametrize(("text", "told"), [
    (SERVICE + 'fee = { rubles = "много" }', "fee.rubles: нужно: целое число, а стоит: текст (Expected `int"),
    (SERVICE.replace('title = "А"\n', ""), "не хватает поля «title» (Object missing"), (SERVICE + "price = 1", "поля «price» нет ("),
    (SERVICE.replace("federal", "world"), "level: значение «world» не из тех, что бывают ("),
    (SERVICE + "valid_from = 3", "valid_from: нужно: дата вида 2026-01-31"), ("[[service]\n", "это не TOML: строка 1, столбец")])
def test_what_is_wrong_is_told_in_russian_first(text: str, told: str) -> None:
    # KB-03
    assert told in refused(read_catalogue, text)


def test_scripts_are_told_of_alike() -> None:
    # KB-01
    assert "steps: не хватает" not in refused(read_scripts, "script = []")
    assert "script: список: не меньше 1 (" in refused(read_scripts, "script = []")
    assert "слишком много уровней" in explain_validation_error(RecursionError())
    assert "файл обрывается" in refused(tomllib.loads, "a =", explain_validation_error)


def refused(read: Callable[[str], object], text: str, told: Callable[[Exception], str] = str) -> str:
    with pytest.raises(Exception, match=r".") as caught:
        read(text)
    return told(caught.value)  # type: ignore[arg-type]  # none of these ends the process
