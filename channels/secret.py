"""Passwords and tokens, in separate files, never in the configuration."""

from pathlib import Path

import msgspec


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
