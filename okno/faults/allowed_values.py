"""What a configuration permits at a key, in words: the values of a choice, the keys of a table. Pure."""

from difflib import get_close_matches

from msgspec import inspect

from okno.faults.toml_lines import Key

_MOST_KEYS = 12
"""A longer list of keys is not printed."""


def permitted(shape: type, key: Key) -> str:
    """Permitted values of the choice at `key`, or the keys that the table around an unknown key has; "" where there is no list."""
    here = inspect.type_info(shape)
    for part in key:
        if not (inner := _inner(here, part)):
            return _near(here, str(part)) if part == key[-1] else ""
        here = inner
    return f"one of {', '.join(_choices(here))}" if _choices(here) else ""


def _near(table: inspect.Type, name: str) -> str:
    names = [field.encode_name for kind in _kinds(table) if isinstance(kind, inspect.StructType) for field in kind.fields]
    if close := get_close_matches(name, names, n=1):
        return f"is it {close[0]}?"
    return f"there are {', '.join(names)}" if 0 < len(names) <= _MOST_KEYS else ""


def _choices(kind: inspect.Type) -> list[str]:
    found = list[str]()
    for each in _kinds(kind):
        if isinstance(each, inspect.LiteralType):
            found += map(str, each.values)
        elif isinstance(each, inspect.EnumType):
            found += [str(member.value) for member in each.cls]
    return found


def _inner(table: inspect.Type, part: str | int) -> inspect.Type | None:
    for kind in _kinds(table):
        if isinstance(kind, inspect.StructType):
            return next((field.type for field in kind.fields if field.encode_name == part), None)
        if isinstance(kind, inspect.VarTupleType | inspect.ListType) and isinstance(part, int):
            return kind.item_type
        if isinstance(kind, inspect.DictType):
            return kind.value_type
    return None


def _kinds(kind: inspect.Type) -> tuple[inspect.Type, ...]:
    return kind.types if isinstance(kind, inspect.UnionType) else (kind,)
