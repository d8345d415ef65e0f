"""Scripts as TOML, read strictly: shipped ones, and editors' exports and imports. Pure."""

import tomllib
from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from hub.kernel.errors import OknoError
from hub.kernel.validation_messages import explain_validation_error
from hub.knowledge.scripts.script import Script


class ScriptFileError(OknoError):
    """The file cannot be used; the text says where."""


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    script: Annotated[tuple[Script, ...], Meta(min_length=1, max_length=1000)]


def read_scripts(text: str) -> tuple[Script, ...]:
    """Raises ScriptFileError for invalid TOML, unknown fields, and duplicate keys."""
    try:
        scripts = msgspec.convert(tomllib.loads(text), _File, str_keys=True).script
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise ScriptFileError(explain_validation_error(error)) from error
    keys = [script.key for script in scripts]
    if twice := next((key for key in keys if keys.count(key) > 1), None):
        message = f"сценарий «{twice}» стоит дважды"
        raise ScriptFileError(message)
    return scripts


def written(scripts: Iterable[Script]) -> str:
    """The script as TOML; reading it gives an equal script."""
    import tomli_w  # noqa: PLC0415 - for whoever exports scripts

    return tomli_w.dumps({"script": [_without_defaults(msgspec.to_builtins(script)) for script in scripts]}, multiline_strings=True)


def _without_defaults(told: Any) -> Any:  # noqa: ANN401 - whatever a struct is made of
    """Defaults are all empty or false, and left out."""
    match told:
        case dict():
            return {key: kept for key, value in told.items() if (kept := _without_defaults(value))}
        case list() | tuple():
            return [_without_defaults(each) for each in told]
        case _:
            return told
