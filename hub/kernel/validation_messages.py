"""A parser's error on an imported file: in Russian first, then in the parser's own words. Pure."""

import re
import tomllib

import msgspec

TYPES = {
    "str": "текст", "int": "целое число", "float": "число", "bool": "true или false", "array": "список", "object": "раздел с полями",
    "null": "пусто", "date": "дата вида 2026-01-31", "datetime": "дата и время", "time": "время вида 09:00"}
SAID: tuple[tuple[re.Pattern[str], str], ...] = tuple((re.compile(words), told) for words, told in (
    (r"Object missing required field `(.+)`", "не хватает поля «{0}»"),
    (r"Object contains unknown field `(.+)`", "поля «{0}» нет"),
    (r"Invalid enum value '?(.*?)'?", "значение «{0}» не из тех, что бывают"),
    (r"Expected `(\w+)` matching regex .*", "{0} не того вида"),
    (r"Expected `(\w+)`(?: of length)? >= (\d+)", "{0}: не меньше {1}"),
    (r"Expected `(\w+)`(?: of length)? <= (\d+)", "{0}: не больше {1}"),
    (r"Expected `([\w| ]+)`, got `(\w+)`", "нужно: {0}, а стоит: {1}"),
    (r"Invalid (?:RFC3339 encoded )?(date|datetime|time)", "{0}: так не пишется")))
PLACE = " - at `"
"""Separator of the fault and its place, which ends with another «`»."""


def explain_validation_error(error: Exception) -> str:
    """The fault, as «fee.rubles: нужно: целое число, а стоит: текст (Expected `int`, got `str` - at `$.fee.rubles`)»."""
    return f"{_russian(error)} ({error})"


def _russian(error: Exception) -> str:
    match error:
        case msgspec.ValidationError():
            return _invalid(str(error))
        case tomllib.TOMLDecodeError():
            place = re.search(r"at line (\d+), column (\d+)", str(error))
            return f"это не TOML: строка {place[1]}, столбец {place[2]}" if place else "это не TOML: файл обрывается"
        case UnicodeDecodeError():
            return f"это не UTF-8: байт {error.start}"
        case RecursionError():
            return "слишком много уровней"
        case _:
            return "файл повреждён или записан не по правилам"


def _invalid(words: str) -> str:
    what, _, path = words.partition(PLACE) if words.endswith("`") else (words, "", "")
    place = path.removesuffix("`").removeprefix("$").removeprefix(".")
    told = next((form.format(*map(_typed, found.groups())) for said, form in SAID if (found := said.fullmatch(what))), "не подходит")
    return f"{place}: {told}" if place else told


def _typed(words: str) -> str:
    return " или ".join(TYPES.get(each, each) for each in words.split(" | "))
