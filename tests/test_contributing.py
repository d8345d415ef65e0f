"""The lists of docs/contributing.md are those of the tree: each file exists and has the names that stand beside it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs/contributing.md"
LINK = re.compile(r"\[[^\]]+\]\(([^)]+)\)")
SECTIONS = re.findall(r"^### (.+)\n((?:(?!^### ).*\n?)*)", PAGE.read_text(encoding="utf8"), re.MULTILINE)
STEPS = [(title, step) for title, text in SECTIONS for step in re.findall(r"^\d\. (.+)$", text, re.MULTILINE)]


def test_there_are_changes_enough() -> None:
    assert len(SECTIONS) >= 10
    assert all(re.search(r"^1\. ", text, re.MULTILINE) for _, text in SECTIONS)


@pytest.mark.parametrize(("title", "step"), STEPS, ids=lambda value: value[:40])
def test_a_step_names_what_is_there(title: str, step: str) -> None:
    """`name` beside links and before the colon is in each of these files; what stands behind the colon is words."""
    head = step.partition(": ")[0]
    files = [(PAGE.parent / link).resolve() for link in LINK.findall(step)]
    assert files, title
    for path in files:
        assert path.is_file(), path
    named = [(PAGE.parent / link).resolve() for link in LINK.findall(head)]
    for name in re.findall(r"`(\w+)`", head):
        assert any(re.search(rf"\b{name}\b", path.read_text(encoding="utf8")) for path in named), name
