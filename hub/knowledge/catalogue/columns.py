"""Catalogue records as flat entries, common to all formats, tables or linked data. Pure.

An entry maps column paths («fee.rubles») to values. Missing columns leave a field unchanged; None empties it. So a table of three
columns changes three fields.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from hashlib import sha256
from typing import TypeAlias

import msgspec
from msgspec import Struct, inspect

from hub.kernel.validation_messages import explain_validation_error
from hub.knowledge.authorities import Authority, Office
from hub.knowledge.catalogue.toml_format import Catalogue, CatalogueError
from hub.knowledge.public_services import PublicService

Recorded: TypeAlias = PublicService | Authority | Office
Entry: TypeAlias = Mapping[str, object]
ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
OURS = frozenset(("origin.checksum", "origin.imported", "origin.centre", "origin.level"))
"""Columns that no file contains: an import or the link to another centre fills them."""


class Kind(StrEnum):
    SERVICE = "service"
    AUTHORITY = "authority"
    OFFICE = "office"


KINDS: Mapping[Kind, type[Recorded]] = {Kind.SERVICE: PublicService, Kind.AUTHORITY: Authority, Kind.OFFICE: Office}


class Form(StrEnum):
    """Type of a column."""

    TEXT = "text"
    """A word, a number, a date, or yes and no."""
    LINES = "lines"
    """Several of them."""
    PARTS = "parts"
    """Structured values."""


class Column(Struct, frozen=True):
    path: str
    form: Form


RECORDS_LIMIT = 20_000
"""Most records of one file."""


def too_many() -> CatalogueError:
    return CatalogueError(f"больше {RECORDS_LIMIT} записей: загрузите по частям")


class Brought(Struct, frozen=True):
    """One record of a file; `otherwise` applies where the record is new."""

    kind: Kind
    entry: Entry
    otherwise: Entry = {}


@cache
def columns(kind: Kind) -> tuple[Column, ...]:
    """In the order of the record."""
    info = inspect.type_info(KINDS[kind])
    assert isinstance(info, inspect.StructType)  # noqa: S101 - KINDS are structs
    return tuple(_columns("", info))


def _columns(path: str, info: inspect.StructType) -> Iterator[Column]:
    for field in info.fields:
        here = f"{path}.{field.name}" if path else field.name
        kind = _but_none(field.type)
        if isinstance(kind, inspect.StructType):
            yield from _columns(here, kind)
        elif isinstance(kind, inspect.VarTupleType):
            yield Column(here, Form.LINES if isinstance(kind.item_type, inspect.StrType | inspect.EnumType) else Form.PARTS)
        else:
            yield Column(here, Form.PARTS if isinstance(kind, inspect.DictType | inspect.TupleType) else Form.TEXT)


def _but_none(kind: inspect.Type) -> inspect.Type:
    if isinstance(kind, inspect.UnionType):
        return next(each for each in kind.types if not isinstance(each, inspect.NoneType))
    return kind


def kind_of(record: Recorded) -> Kind:
    return next(kind for kind, each in KINDS.items() if isinstance(record, each))


def records(catalogue: Catalogue) -> Iterator[Recorded]:
    yield from catalogue.services
    yield from catalogue.authorities
    yield from catalogue.offices


def entry_of(record: Recorded) -> dict[str, object]:
    """All its fields except those filled by an import."""
    built = msgspec.to_builtins(record)
    found = ((column.path, _at(built, column.path.split("."))) for column in columns(kind_of(record)) if column.path not in OURS)
    return {path: value for path, value in found if value is not None}


def _at(value: object, path: Sequence[str]) -> object:
    for part in path:
        if not isinstance(value, Mapping) or part not in value:
            return None
        value = value[part]
    return value


def record_of(brought: Brought, known: Recorded | None = None) -> Recorded:
    """Merge an entry of a file into the known record. Raises CatalogueError that names the record and the field."""
    kind, entry = brought.kind, brought.entry
    if not ID.fullmatch(str(entry.get("id", ""))):
        message = f"{kind} {entry.get('id', 'без id')}: id: годятся строчные латинские буквы, цифры, - и _, не больше 100"
        raise CatalogueError(message)
    nested: dict[str, object] = {name: {} for name in _required(kind)}
    for path, value in ((entry_of(known) if known else dict(brought.otherwise)) | dict(entry)).items():
        if value is not None:
            *parents, name = path.split(".")
            at = nested
            for parent in parents:
                inner = at.setdefault(parent, {})
                assert isinstance(inner, dict)  # noqa: S101 - no column's path is the beginning of another's
                at = inner
            at[name] = value
    try:
        return msgspec.convert(nested, KINDS[kind], strict=False)
    except msgspec.ValidationError as error:
        message = f"{kind} {entry['id']}: {explain_validation_error(error)}"
        raise CatalogueError(message) from error


def whole(record: Recorded) -> Brought:
    """A complete record: fields that are not given are empty."""
    kind = kind_of(record)
    return Brought(kind, {column.path: None for column in columns(kind) if column.path not in OURS} | entry_of(record))


@cache
def _required(kind: Kind) -> tuple[str, ...]:
    """Fields that may be empty but not missing: the place and the hours of an office."""
    info = inspect.type_info(KINDS[kind])
    assert isinstance(info, inspect.StructType)  # noqa: S101 - as above
    return tuple(field.name for field in info.fields if field.required and isinstance(field.type, inspect.StructType))


def checksum(entry: Entry) -> str:
    """SHA-256 of a source's record, to detect changes."""
    return sha256(msgspec.json.encode(dict(entry), order="sorted")).hexdigest()
