"""A registry as a file: TOML with `[[centre]]`, `[[mfc]]` and `[[attachment]]`, read and written. Pure."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from hub.organisation.centre import Centre, Mfc, MfcAttachment, RegistryError
from hub.organisation.registry_records import RegistryRecords

Record = TypeVar("Record", Centre, Mfc, MfcAttachment)


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    centre: tuple[dict[str, object], ...]
    mfc: tuple[dict[str, object], ...] = ()
    attachment: tuple[dict[str, object], ...] = ()


def read_records(text: str) -> RegistryRecords:
    """Raises RegistryError, naming the record and the field."""
    try:
        file = msgspec.convert(tomllib.loads(text), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise RegistryError("registry", "file", str(error), f"файл не читается: {error}") from error
    return RegistryRecords(
        tuple(_record("centre", each, Centre) for each in file.centre), tuple(_record("mfc", each, Mfc) for each in file.mfc),
        tuple(_record("attachment", each, MfcAttachment) for each in file.attachment))


def _record(kind: str, entry: Mapping[str, object], record: type[Record]) -> Record:
    try:
        return msgspec.convert(entry, record)
    except msgspec.ValidationError as error:
        name = entry.get("id", entry.get("mfc", "without id"))
        text, _, at = str(error).partition(" - at `$.")
        where = f"{kind} {name}"
        field = at.rstrip("`") or "keys"
        raise RegistryError(where, field, text, f"{field}: {text}") from error


def written_records(records: RegistryRecords) -> str:
    """What `read_records` reads; fields that have their default are left out."""
    tables = (("centre", records.centres), ("mfc", records.mfcs), ("attachment", records.attachments))
    return "\n".join(_table(name, each) for name, those in tables for each in those)


def _table(name: str, record: Struct) -> str:
    return "".join((f"[[{name}]]\n", *(f"{key} = {value}\n" for key, value in _entries(record))))


def _entries(record: Struct) -> Iterator[tuple[str, str]]:
    for field in fields(record):
        value = getattr(record, field.name)
        if field.required or value != field.default:
            yield field.name, _value(value)


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Struct():
            return f"{{ {', '.join(f'{key} = {each}' for key, each in _entries(value))} }}" if any(_entries(value)) else "{}"
        case tuple():
            return f"[{', '.join(map(_value, value))}]"
        case date():
            return value.isoformat()
        case int() | float():
            return repr(value)
        case _:
            return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
