"""The form of a channel's settings, made from the struct that its driver declares: nothing is written down per driver. Pure.

A field's title is the `title` of its msgspec.Meta. What names a file is a secret of the form: people type the content.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import Struct, inspect

FILES = frozenset({"certificate", "key"})
"""Names of files without `_file` at their end."""
NOTHING: Mapping[str, Any] = MappingProxyType({})
DEPTH = 4
"""A group in a group is shown to this depth."""


class ChannelField(Struct, frozen=True):
    """One field. `kind` is text, number, yes, choice, list, table, secret, group, or groups for any number of them.

    `title` is "" for what few centres need. `default` is what counts where nothing is typed, "" for nothing. `own` secrets are made
    by the hub, `many` says that a secret is one of a list.
    """

    name: str
    kind: str
    title: str = ""
    required: bool = False
    default: str = ""
    options: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    own: bool = False
    many: bool = False
    fields: tuple["ChannelField", ...] = ()


class ChannelFault(Struct, frozen=True):
    """What is wrong at a field, as "relay.host" or "mailboxes.0.user"; "" for the whole."""

    field: str
    text: str


def form_of(shape: type[Struct], depth: int = DEPTH) -> tuple[ChannelField, ...]:
    info = inspect.type_info(shape)
    assert isinstance(info, inspect.StructType)  # noqa: S101 - of a struct
    return tuple(_field(each, depth) for each in info.fields)


Leaf = Callable[[ChannelField, Any, Mapping[str, Any], str], Any]


def with_secrets(fields: Sequence[ChannelField], values: Mapping[str, Any], change: Leaf, around: Mapping[str, Any] = NOTHING,
                 place: str = "") -> dict[str, Any]:
    """A copy of the values, with `change` applied to each secret: None leaves it out.

    `change` gets the field, the value, the plain values of the groups around it, inner ones first, and its place as "relay.host".
    """
    made = dict[str, Any]()
    known = {each.name: each for each in fields}
    around = {**around, **{name: each for name, each in values.items() if not isinstance(each, dict | list)}}
    for name, value in values.items():
        field, here = known.get(name), f"{place}{name}"
        if field is None or value is None:
            made[name] = value
        elif field.kind == "secret":
            found = [change(field, each, around, here) for each in (value if field.many and isinstance(value, list) else [value])]
            kept = [each for each in found if each is not None]
            if kept:
                made[name] = kept if field.many else kept[0]
        elif field.kind == "group" and isinstance(value, dict):
            made[name] = with_secrets(field.fields, value, change, around, f"{here}.")
        elif field.kind == "groups" and isinstance(value, list):
            made[name] = [with_secrets(field.fields, each, change, around, f"{here}.{number}.") if isinstance(each, dict) else each
                          for number, each in enumerate(value)]
        else:
            made[name] = value
    return made


def _field(each: inspect.Field, depth: int) -> ChannelField:
    kind, said = _plain(each.type)
    name, title = each.encode_name, str(said.get("title", ""))
    if isinstance(kind, inspect.VarTupleType | inspect.ListType):
        return _many(name, title, kind, depth, required=each.required)
    if said.get("writeOnly") or name.endswith("_file") or name in FILES:
        return ChannelField(name, "secret", title, each.required, own=bool(said.get("readOnly")))
    if isinstance(kind, inspect.StructType) and depth:
        return ChannelField(name, "group", title, each.required, fields=form_of(kind.cls, depth - 1))
    default = "" if each.default is msgspec.NODEFAULT else _told(each.default)
    least, most = _limits(kind)
    return ChannelField(name, _scalar(kind), title, each.required, default, _options(kind), least, most)


def _many(name: str, title: str, kind: inspect.VarTupleType | inspect.ListType, depth: int, *, required: bool) -> ChannelField:
    inner, about = _plain(kind.item_type)
    if about.get("writeOnly"):
        return ChannelField(name, "secret", title, required, many=True)
    if isinstance(inner, inspect.StructType) and depth:
        return ChannelField(name, "groups", title, required, fields=form_of(inner.cls, depth - 1))
    return ChannelField(name, "list", title, required)


def _scalar(kind: inspect.Type) -> str:
    known = ((inspect.BoolType, "yes"), (inspect.LiteralType, "choice"), (inspect.EnumType, "choice"), (inspect.IntType, "number"),
             (inspect.FloatType, "number"), (inspect.DictType, "table"))
    return next((name for each, name in known if isinstance(kind, each)), "text")


def _limits(kind: inspect.Type) -> tuple[float | None, float | None]:
    if not isinstance(kind, inspect.IntType | inspect.FloatType):
        return None, None
    return kind.ge if kind.ge is not None else kind.gt, kind.le


def _options(kind: inspect.Type) -> tuple[str, ...]:
    if isinstance(kind, inspect.LiteralType):
        return tuple(map(str, kind.values))
    return tuple(str(member.value) for member in kind.cls) if isinstance(kind, inspect.EnumType) else ()


def _plain(kind: inspect.Type) -> tuple[inspect.Type, dict[str, Any]]:
    """The type without its metadata and without None, and the metadata."""
    said = dict[str, Any]()
    while isinstance(kind, inspect.Metadata):
        said = (kind.extra_json_schema or {}) | said
        kind = kind.type
    if isinstance(kind, inspect.UnionType):
        others = [each for each in kind.types if not isinstance(each, inspect.NoneType)]
        if len(others) == 1:
            inner, more = _plain(others[0])
            return inner, more | said
    return kind, said


def _told(default: object) -> str:
    if isinstance(default, bool):
        return "yes" if default else ""
    if default is None or isinstance(default, Struct | tuple | dict):
        return ""
    return str(getattr(default, "value", default))
