"""Differences between two editions of a card by field, as text. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import msgspec
from msgspec import Struct

from hub.knowledge.edition import Card


class FieldChange(Struct, frozen=True):
    """`field` is a path: «documents.1.papers.2.name» counts from 1."""

    field: str
    before: str
    after: str


def diff(before: Card, after: Card) -> list[FieldChange]:
    """In the order of the card."""
    one, other = words_of(before), words_of(after)
    paths = [*one, *(path for path in other if path not in one)]
    return [FieldChange(path, one.get(path, ""), other.get(path, "")) for path in paths if one.get(path, "") != other.get(path, "")]


def words_of(card: Card) -> dict[str, str]:
    """Its non-empty fields by path."""
    return dict(_words("", {field: value for field, value in _plain(card).items() if field not in {"id", "type"}}))


def _plain(card: Card) -> Mapping[str, object]:
    built: Mapping[str, object] = msgspec.to_builtins(card, builtin_types=(date,))
    return built


def _words(path: str, value: object) -> Iterator[tuple[str, str]]:
    match value:
        case Mapping():
            for name, each in value.items():
                yield from _words(f"{path}.{name}" if path else str(name), each)
        case str():
            yield path, value
        case Sequence() if all(isinstance(each, str) for each in value):
            yield path, "\n".join(value)
        case Sequence():
            for number, each in enumerate(value, 1):
                yield from _words(f"{path}.{number}", each)
        case bool():
            yield path, "да" if value else "нет"
        case None:
            return
        case _:
            yield path, str(value)
