"""Lookup of leaked passwords in a local file, so that no password is sent to another server (SE-01).

The file is that of Pwned Passwords, ordered by hash: lines of SHA-1 in capitals, a colon and a count. It may have tens of gigabytes:
it is searched by bisection and never read as a whole.
"""

import os
from collections.abc import Callable
from hashlib import sha1
from pathlib import Path

from okno.faults.config_error import ConfigError

LINE = 60
"""Maximum bytes of a line: 40 digits of the hash, a colon, a count, and its end."""


def leaked(path: str) -> Callable[[str], bool]:
    """A test whether a password is in the file; "" is no file: then none has leaked. Raises ConfigError for an unreadable file."""
    if not path:
        return lambda _: False
    try:
        with Path(path).open("rb") as file:
            first = file.read(LINE)
    except OSError as error:
        message = f"desk.leaked_passwords: {path}: {error.strerror}"
        raise ConfigError(message) from error
    if first[40:41] != b":" or first[:40].strip(b"0123456789ABCDEF"):
        message = f"desk.leaked_passwords: {path}: no lines of SHA-1 in capitals, a colon and a count"
        raise ConfigError(message)
    return lambda password: _within(path, sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode())


def _within(path: str, wanted: bytes) -> bool:
    with Path(path).open("rb") as file:
        low, high = 0, os.fstat(file.fileno()).st_size
        while low < high:
            middle = (low + high) // 2
            # From the character before, so that a line that begins here is not taken for the rest of another one.
            file.seek(max(middle - 1, 0))
            if middle:
                file.readline(LINE)
            found = file.readline(LINE)[:40]
            if found == wanted:
                return True
            if not found or found > wanted:
                high = middle
            else:
                low = middle + 1
    return False
