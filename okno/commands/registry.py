"""Reads the register of centres: TOML with `[[centre]]`, `[[mfc]]` and `[[attachment]]`."""

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from hub.kernel.errors import OknoError
from hub.organisation.centre import Attachment, Centre, Mfc, RegistryError
from hub.organisation.registry import Registry
from hub.organisation.territory import Subjects
from okno.config import Config
from okno.territory import subjects

Record = TypeVar("Record", Centre, Mfc, Attachment)


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    centre: tuple[dict[str, object], ...]
    mfc: tuple[dict[str, object], ...] = ()
    attachment: tuple[dict[str, object], ...] = ()


def read_registry(text: str, known: Subjects) -> Registry:
    """Read a registry from TOML; raises RegistryError, naming the record and the field."""
    try:
        file = msgspec.convert(tomllib.loads(text), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise RegistryError("registry", "file", str(error)) from error
    centres = [_record("centre", each, Centre) for each in file.centre]
    mfcs = [_record("mfc", each, Mfc) for each in file.mfc]
    attachments = [_record("attachment", each, Attachment) for each in file.attachment]
    return Registry(centres, mfcs, attachments, known.codes)


def load_registry(config: Config) -> Registry | None:
    """Read the configured registry; None without one. Raises OknoError with the file's name."""
    if not config.registry:
        return None
    try:
        registry = read_registry(Path(config.registry).read_text(encoding="utf8"), subjects())
        _check_own(registry, config)
    except OSError as error:
        message = f"registry: {config.registry}: {error.strerror}"
        raise OknoError(message) from error
    except (RegistryError, UnicodeDecodeError) as error:
        message = f"registry: {config.registry}: {error}"
        raise OknoError(message) from error
    return registry


def needed_registry(config: Config) -> Registry:
    """The same for commands that need one; raises OknoError without one."""
    registry = load_registry(config)
    if registry is None:
        raise OknoError("no registry is named: set `registry` in the configuration")
    return registry


def today(config: Config) -> date:
    """The date in the centre's time zone."""
    return datetime.now(ZoneInfo(config.centre.timezone)).date()


def _check_own(registry: Registry, config: Config) -> None:
    """Raises OknoError unless this hub's centre is in the registry with the same level."""
    record, levels = f"centre {config.centre.code}", {each.level for each in registry.centres if each.id == config.centre.code}
    if not levels:
        raise RegistryError(record, "id", "the registry has no such centre, and the configuration says that this is it (centre.code)")
    if config.centre.level not in levels:
        raise RegistryError(record, "level", f"not {config.centre.level}, as the configuration says (centre.level)")


def _record(kind: str, entry: Mapping[str, object], record: type[Record]) -> Record:
    try:
        return msgspec.convert(entry, record)
    except msgspec.ValidationError as error:
        name = entry.get("id", entry.get("mfc", "without id"))
        text, _, at = str(error).partition(" - at `$.")
        where = f"{kind} {name}"
        raise RegistryError(where, at.rstrip("`") or "keys", text) from error
