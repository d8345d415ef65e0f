"""Fields that a centre defines for itself: of a citizen's card, and of a form at closing. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum

from msgspec import Struct

from hub.kernel.errors import RefusedError

MOST, MOST_OPTIONS, LONGEST = 30, 50, 500
"""Fields of one form; options of one field; letters of a value."""
_ID = re.compile(r"[a-z0-9_-]{1,80}")


class FieldKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    FLAG = "flag"


class FormField(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """`options` are of a choice; `topics` are those at whose closing it is asked for, all where none is named."""

    id: str
    title: str
    kind: FieldKind = FieldKind.TEXT
    options: tuple[str, ...] = ()
    required: bool = False
    topics: tuple[str, ...] = ()


def of_topic(fields: Sequence[FormField], topic: str) -> list[FormField]:
    """The form of a topic."""
    return [each for each in fields if not each.topics or topic in each.topics]


def field_title(fields: Sequence[FormField], key: str) -> str:
    """The title of a field, its key once the centre has removed it."""
    return next((each.title for each in fields if each.id == key), key)


def checked(fields: Sequence[FormField], values: Mapping[str, str]) -> dict[str, str]:
    """The values without blanks. Raises RefusedError for an unknown field, a wrong value, or a missing required one."""
    known = {each.id for each in fields}
    if unknown := sorted(values.keys() - known):
        raise RefusedError("bad_field", f"Поля «{unknown[0]}» в этой форме нет: откройте её заново.")
    tidy = {each.id: value for each in fields if (value := values.get(each.id, "").strip())}
    for each in fields:
        if (value := tidy.get(each.id, "")) and not _fits(each, value):
            raise RefusedError("bad_field", f"«{each.title}»: {_WANTED[each.kind]}.")
        if each.required and not value:
            raise RefusedError("bad_field", f"Заполните «{each.title}».")
    return tidy


_WANTED = {FieldKind.TEXT: f"не больше {LONGEST} знаков", FieldKind.NUMBER: "нужно число", FieldKind.DATE: "нужна дата",
           FieldKind.CHOICE: "выберите одно из списка", FieldKind.FLAG: "нужно «да»"}


def _fits(field: FormField, value: str) -> bool:
    match field.kind:
        case FieldKind.NUMBER:
            return re.fullmatch(r"-?\d{1,15}([.,]\d{1,6})?", value) is not None
        case FieldKind.DATE:
            try:
                date.fromisoformat(value)
            except ValueError:
                return False
            return True
        case FieldKind.CHOICE:
            return value in field.options
        case FieldKind.FLAG:
            return value == "да"
        case FieldKind.TEXT:
            return len(value) <= LONGEST


def field_faults(fields: Sequence[FormField]) -> Iterator[tuple[str, str]]:
    """Errors of a definition, each with its place: ("0.title", …), ("", …) of the whole."""
    if len(fields) > MOST:
        yield "", f"Полей может быть не больше {MOST}."
    seen: set[str] = set()
    for place, each in enumerate(fields):
        if not _ID.fullmatch(each.id):
            yield f"{place}.id", "Ключ — до 80 латинских строчных букв, цифр, подчёркиваний и дефисов."
        elif each.id in seen:
            yield f"{place}.id", "Такой ключ уже есть."
        seen.add(each.id)
        if not each.title.strip() or len(each.title) > 100:  # noqa: PLR2004 - what fits a row
            yield f"{place}.title", "Название — от 1 до 100 знаков."
        if each.kind is FieldKind.CHOICE and not 0 < len(each.options) <= MOST_OPTIONS:
            yield f"{place}.options", f"Назовите варианты, от 1 до {MOST_OPTIONS}."
        if any(not option.strip() or len(option) > LONGEST for option in each.options):
            yield f"{place}.options", f"Вариант — от 1 до {LONGEST} знаков."
