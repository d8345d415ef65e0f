"""Key-encryption keys in a file of their own, one a line, the newest last; away from the data and their backups."""

import os
from pathlib import Path

import msgspec

from hub.kernel.errors import SealedError
from storage.keys.ring import Ring, new_key

OTHERS = 0o077


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    path: str


class KeyFile(Ring):
    """hub.kernel.ports.Keys."""

    def __init__(self, path: Path) -> None:
        super().__init__(self._lines, str(path))
        self._path = path

    def add(self) -> str:
        """Generate a key that wraps from now on, and return its name."""
        key, name = new_key()
        lines = self._lines() if self._path.exists() else []
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}.draft")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
                file.write("".join(f"{line}\n" for line in [*lines, key]))
                file.flush()
                os.fsync(file.fileno())
            draft.rename(self._path)
        except OSError as error:
            message = f"{self._path}: {error.strerror}"
            raise SealedError(message) from error
        return name

    def _lines(self) -> list[str]:
        return private(self._path).split()


def private(path: Path) -> str:
    """Content of a file that only the hub may read; raises SealedError."""
    try:
        if path.stat().st_mode & OTHERS:
            message = f"{path}: others may read it: chmod 600"
            raise SealedError(message)
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}: {error.strerror if isinstance(error, OSError) else 'no keys'}"
        raise SealedError(message) from error


SETTINGS = Settings


def connect(settings: dict[str, object]) -> KeyFile:
    """The keeper; raises msgspec.ValidationError that names a bad setting."""
    return KeyFile(Path(msgspec.convert(settings, Settings).path))
