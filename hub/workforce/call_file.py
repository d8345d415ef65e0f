"""A day's calls by half-hours as tables write them: a name and a number on each line."""

from pathlib import Path

from hub.kernel.errors import OknoError
from hub.workforce.call_need import CallDay

HALF_HOUR_S = 1800
LONGEST = 9
"""Digits."""


def read_calls(path: Path) -> CallDay:
    """Raises OknoError, which names the file and the line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}: neither a number of calls nor a file that can be read: {error}"
        raise OknoError(message) from error
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if lines and not any(letter.isdigit() for letter in lines[0][1]):
        del lines[0]  # the header
    if not lines:
        message = f"{path}: no half-hours"
        raise OknoError(message)
    names, calls = list[str](), list[float]()
    for number, line in lines:
        name, value = _parts(line)
        if (known := calls_in(value)) is None:
            message = f"{path}, line {number}: not a name and a number of calls: {line!r}"
            raise OknoError(message)
        names.append(name)
        calls.append(known)
    return CallDay(tuple(names), tuple(calls), HALF_HOUR_S)


def calls_in(text: str) -> float | None:
    """A number of calls with a decimal point or comma; None is none."""
    whole, _, part = text.replace(",", ".").partition(".")
    digits = whole + part
    known = whole and digits.isascii() and digits.isdigit() and len(whole) <= LONGEST and text[-1] not in ",."
    return float(f"{whole}.{part or 0}") if known else None


def _parts(line: str) -> tuple[str, str]:
    """Separated by a semicolon or a tab if there is one: a comma is then decimal."""
    separator = next((each for each in ";\t" if each in line), ",")
    name, _, calls = line.partition(separator)
    return name.strip().strip('"'), calls.strip().strip('"')
