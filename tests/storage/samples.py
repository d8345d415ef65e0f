"""A document of each kind, made of what its fields may be."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import inspect

from hub.kernel.document import Document
from hub.organisation.legal_terms import LegalTerm
from tests.documents import kinds

KINDS = kinds()
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def sample(kind: type[Document], key: str) -> Document:
    """With a key in the form of a case's number, that number where it is none, or one of the names that there are; the least of all else."""
    first, number = kind.__struct_fields__[0], int(key.split("-")[2])
    what = inspect.type_info(kind)
    told = _value(what)
    names = what.fields[0].type if isinstance(what, inspect.StructType) else what
    if isinstance(names, inspect.EnumType):
        told[first] = list(names.cls)[number].value
    else:
        told[first] = key if isinstance(told[first], str) else number
    return msgspec.convert(told, kind)


def _value(what: inspect.Type) -> Any:  # noqa: PLR0911, PLR0912 - one line for each type there is
    match what:
        case inspect.StructType(cls=cls) if cls is LegalTerm:
            return {"hours": 1}
        case inspect.StructType(fields=fields, array_like=True):
            return [_value(field.type) for field in fields]
        case inspect.StructType(fields=fields):
            tag = {what.tag_field: what.tag} if what.tag_field else {}
            return tag | {field.encode_name: _value(field.type) for number, field in enumerate(fields) if field.required or not number}
        case inspect.EnumType(cls=cls):
            return next(iter(cls)).value
        case inspect.LiteralType(values=values):
            return values[0]
        case inspect.UnionType(types=types):
            return None if any(isinstance(each, inspect.NoneType) for each in types) else _value(types[0])
        case inspect.BoolType():
            return False
        case inspect.IntType(ge=least) | inspect.FloatType(ge=least):
            return least or 0
        case inspect.StrType(min_length=least):
            return "a" * (least or 1)
        case inspect.BytesType():
            return b"a"
        case inspect.DateTimeType():
            return MOMENT
        case inspect.DateType():
            return MOMENT.date()
        case inspect.TimeType():
            return MOMENT.time()
        case inspect.TupleType(item_types=types):
            return [_value(each) for each in types]
        case inspect.DictType():
            return {}
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item) | inspect.SetType(item_type=item) | inspect.FrozenSetType(item_type=item):
            return [_value(item)]
        case inspect.Metadata(type=type_):
            return _value(type_)
        case _:
            raise NotImplementedError(repr(what))
