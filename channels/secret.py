"""Passwords and tokens, in separate files, never in the configuration."""

from pathlib import Path
from typing import Annotated

import msgspec

SecretFile = Annotated[str, msgspec.Meta(extra_json_schema={"writeOnly": True})]
"""The path of a file with a secret. A form asks for the secret itself, and never shows it again."""
OwnSecretFile = Annotated[str, msgspec.Meta(extra_json_schema={"writeOnly": True, "readOnly": True})]
"""The same for a secret that nobody else has to know: a form makes it."""


def secret(path: str) -> str:
    """The first line of a file; raises msgspec.ValidationError, which names it."""
    try:
        lines = Path(path).read_text(encoding="utf8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}: {error.strerror if isinstance(error, OSError) else 'not text'}"
        raise msgspec.ValidationError(message) from error
    if not lines or not lines[0].strip():
        message = f"{path}: empty"
        raise msgspec.ValidationError(message)
    return lines[0].strip()
