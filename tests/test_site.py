"""The documentation as a site (`make docs`): no link leads nowhere, and every screen of the desk is told of in Russian."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
ROLES = ("operator", "senior", "supervisor", "quality", "editor", "designer", "administrator", "sysadmin")
SCREENS = dict(re.findall(r'(\w+): "([^"]+)"', re.findall(r"^  screen: \{(.*)\},$", (
    ROOT / "hub/desk/ui/src/shell/words.ru.ts").read_text("utf8"), re.MULTILINE)[0]))


def test_no_link_leads_nowhere_and_no_page_is_missing(tmp_path: Path) -> None:
    # Reads and resolves all, and writes no page.
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "dummy", "-d", str(tmp_path), str(DOCS), str(tmp_path)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_its_first_day_its_tasks_and_its_reference(role: str) -> None:
    assert {"index.md", "first-day.md", "reference.md"} <= {page.name for page in (DOCS / "ru" / role).iterdir()}
    assert list((DOCS / "ru" / role / "tasks").glob("*.md"))


@pytest.mark.parametrize("title", SCREENS.values(), ids=list(SCREENS))
def test_a_screen_is_told_of(title: str) -> None:
    assert any(f"«{title}»" in page.read_text("utf8") for page in (DOCS / "ru").rglob("*.md"))
