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


UI = ROOT / "hub/desk/ui/src"
VIEWS = dict(re.findall(r'(\w+): "([^"]+)"', re.findall(r"^  view: \{(.*)\},$", (
    UI / "conversations/words.ru.ts").read_text("utf8"), re.MULTILINE)[0]))
TOLD = {name: re.findall(r'"([^"]+)"', pages) for name, pages in re.findall(
    r"^  (\w+): \[(.*)\],$", (UI / "shell/guide.ts").read_text("utf8").partition("const TOLD")[2], re.MULTILINE)}


def test_help_has_a_page_for_every_screen() -> None:
    assert TOLD.keys() == SCREENS.keys() | VIEWS.keys()


@pytest.mark.parametrize("name", TOLD)
def test_the_page_that_help_opens_with_tells_of_the_screen(name: str) -> None:
    title = (SCREENS | VIEWS)[name]
    for path in TOLD[name]:
        page = (DOCS / f"ru/{path}.md").read_text("utf8")
        assert f"«{title}»" in page or title in page.partition("\n")[0], path


@pytest.mark.parametrize("title", SCREENS.values(), ids=list(SCREENS))
def test_a_screen_is_told_of(title: str) -> None:
    assert any(f"«{title}»" in page.read_text("utf8") for page in (DOCS / "ru").rglob("*.md"))
