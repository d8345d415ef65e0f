"""The inventory of logs names every deed that the code writes, and the desk has words for each (SE-01; ASVS 5.0 16.1.1)."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from hub.appointments.appointment import LEADS_TO
from hub.cases.transitions import TRANSITIONS

ROOT = Path(__file__).parent.parent
WORDS = ROOT / "hub/desk/ui/src/access"
FOLDERS = ("okno", "hub", "channels", "storage")
WHERE = {"AuditEntry": 2, "audit_entry": 1, "note": 1}
"""Which argument of these calls is what was done."""


@cache
def code() -> tuple[str, ...]:
    paths = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
    return tuple(path.read_text("utf8") for path in paths if "node_modules" not in path.parts)


def deed_of(call: ast.Call) -> Iterator[str]:
    """Words of its code that a call writes down; none where they come from elsewhere."""
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    # store.note(AuditEntry(…)) is no note of readings.
    if name in WHERE and len(call.args) > WHERE[name] and (name == "AuditEntry" or not isinstance(call.args[0], ast.Call)):
        for part in ast.walk(call.args[WHERE[name]]):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part.value


@cache
def written() -> set[str]:
    calls = [node for text in code() for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    return {audit_entry for call in calls for audit_entry in deed_of(call) if re.fullmatch(r"[a-z]+(_[a-z]+)*", audit_entry)}


def listed() -> set[str]:
    audit_entries = (ROOT / "docs/logs.md").read_text("utf8").partition("## Deeds of the audit")[2]
    return {name for row in re.findall(r"^\| (`.*?) \|", audit_entries, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}


def worded(language: str) -> set[str]:
    words = (WORDS / f"words.{language}.ts").read_text("utf8")
    block = re.search(r"^  deed: \{\n(.*?)^  \},", words, re.MULTILINE | re.DOTALL)
    assert block
    return set(re.findall(r"^    (\w+):", block[1], re.MULTILINE))


def test_every_deed_of_the_code_is_listed() -> None:
    assert {"sign_in", "open_refused", "search"} <= written()  # the search finds what it should
    assert written() <= listed()


def is_written(audit_entry: str) -> bool:
    said = f'"{audit_entry}"' if not audit_entry.startswith("consult_") else '"consult_{company}"'
    for prefix, acts in (("case_", TRANSITIONS), ("appointment_", LEADS_TO)):
        if audit_entry.removeprefix(prefix) in acts:
            said = f'"{prefix}{{act}}"'
    return any(said in text for text in code())


def test_every_listed_deed_is_written_somewhere() -> None:
    assert len(listed()) > 300
    assert {audit_entry for audit_entry in listed() if not is_written(audit_entry)} == set()


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_desk_has_words_for_each(language: str) -> None:
    assert worded(language) == listed()
