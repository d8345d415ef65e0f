"""Tests that have failed in a whole run and passed alone: `python -m tests.gate.unsteady` fails where one is forgotten (docs/testing.md).

The list is short and each entry ends: at most ten, none older than fourteen days, each with what is known of its cause.
"""

import json
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

LIST = Path(__file__).parent / "unsteady.toml"
ROOT = Path(__file__).parents[2]
MOST = 10
LONGEST = timedelta(days=14)


def _entries(file: Path) -> list[dict[str, object]]:
    return list(tomllib.loads(file.read_text("utf8")).get("test", []))


def known(name: str, file: Path = LIST) -> bool:
    return any(each["name"] == name for each in _entries(file))


def note(name: str, day: date, file: Path = LIST) -> None:
    """Write a test into the list, with an empty cause for a person to fill; one that is there already stays as it is."""
    if not known(name, file):
        with file.open("a", encoding="utf8") as out:
            out.write(f'\n[[test]]\nname = {json.dumps(name)}\nfirst_seen = {day}\nknown = ""\n')  # a string of JSON is one of TOML


def faults(today: date, file: Path = LIST) -> Iterator[str]:
    """What is wrong with the list on this day."""
    entries = _entries(file)
    if len(entries) > MOST:
        yield f"{len(entries)} unsteady tests; at most {MOST}"
    for each in entries:
        name, seen = str(each["name"]), each["first_seen"]
        if not each.get("known"):
            yield f"{name}: what is known of its cause?"
        if isinstance(seen, date) and today - seen > LONGEST:
            yield f"{name}: unsteady since {seen}, {LONGEST.days} days are over: mend it"
        if not (ROOT / name.partition("::")[0]).is_file():
            yield f"{name}: there is no such test"


if __name__ == "__main__":
    found = list(faults(datetime.now(UTC).date()))
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(1 if found else 0)
