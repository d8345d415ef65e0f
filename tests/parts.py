"""The parts of the suite (docs/testing.md). Each test belongs to exactly one.

A test below tests/browser/ or tests/journeys/ belongs to the part of that name. Elsewhere a mark says so: `pytestmark = pytest.mark.peers`
on top of a file, or `@pytest.mark.peers` at a test. A test without a mark is of logic.

A test of logic starts nothing but this Python, and skips nothing: an audit hook refuses other programs, and PATH has none.

Beside its part, a test may have the mark `smoke`: it is one of the stories that the gate runs beside real far ends (make smoke).
"""

import os
import re
import sys
from collections.abc import Generator, Sequence
from functools import cache
from pathlib import Path

import pytest

LOGIC = "logic"
PARTS = {
    LOGIC: "starts no foreign program; make test",
    "peers": "beside programs that others wrote: Asterisk, MongoDB, Postfix…; make test-peers",
    "browser": "a desk or a citizen's page in Chromium; make test-browser",
    "journeys": "hubs that are killed, cut off or upgraded; make test-journeys",
    "rasa": "beside a real Rasa, which needs Python 3.10 and minutes; make rasa",
}
"""Marks, each with what its tests need and the command that runs them."""
SMOKE = "smoke"
"""The mark of the stories of the gate, which are of any part but logic."""
DEMONSTRATION = "demonstration"
"""The mark of modules of logic whose hub needs what the demonstration's robot knows."""
HERE = Path(__file__).parent
OWN = Path(sys.executable).parent
"""Where this Python and `okno` are."""
WHOLE = re.compile(rf"^pytestmark = .*pytest\.mark\.({'|'.join(PARTS)})\b", re.MULTILINE)
"""The mark of a whole file."""
MODULE = re.compile(r"test_.*\.py")
MARK = re.compile(rf"\bmark\.({'|'.join(PARTS)})\b")
EVENTS = {"subprocess.Popen": 1, "os.posix_spawn": 1, "os.exec": 1, "os.system": 0}
"""Audit events of the start of a program, and which of their arguments is its command line."""
PATH = os.environ.get("PATH", os.defpath)

_running = ""
"""The part of the test that runs now; "" between tests."""
_refused: list[str] = []


class ForeignProgramError(AssertionError):
    """A test of logic has started something else than this Python."""


def running() -> str:
    """The part of the test that runs now; "" while tests are collected."""
    return _running


def refused() -> str:
    """What the test that runs has tried to start and was refused, once; "" for nothing."""
    return _refused.pop() if _refused else ""


def part_of(item: pytest.Item) -> str:
    """Raises pytest.UsageError where two marks disagree."""
    marks = {mark.name for mark in item.iter_markers() if mark.name in PARTS} or {_folder(item.path)}
    if len(marks) > 1:
        message = f"{item.nodeid} is of several parts: {', '.join(sorted(marks))}"
        raise pytest.UsageError(message)
    return marks.pop()


@cache
def _folder(path: Path) -> str:
    """The part of the tests of a file that has no mark."""
    folder = path.relative_to(HERE).parts[0]
    return folder if folder in PARTS else LOGIC


def pytest_configure(config: pytest.Config) -> None:
    for name, words in {**PARTS, SMOKE: "a story of the gate; make smoke", DEMONSTRATION: "the module's hub knows what the demonstration knows"}.items():
        config.addinivalue_line("markers", f"{name}: {words}")
    sys.addaudithook(_refuse_foreign)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What is of other parts as a whole need not be read: its imports take seconds."""
    wanted = set(config.option.markexpr.split(" or "))
    if wanted == {SMOKE}:
        return True if MODULE.fullmatch(collection_path.name) and f"mark.{SMOKE}" not in collection_path.read_text("utf8") else None
    if not wanted <= set(PARTS) or collection_path.name.startswith("."):
        return None
    return None if _parts_in(collection_path) & wanted else True


def _parts_in(path: Path) -> set[str]:
    """The parts that tests of a folder or file may belong to."""
    if path.is_relative_to(HERE) and path != HERE and path.relative_to(HERE).parts[0] in PARTS:
        return {path.relative_to(HERE).parts[0]}
    if not MODULE.fullmatch(path.name):
        return set(PARTS)
    text = path.read_text("utf8")
    if found := WHOLE.search(text):
        return {found[1]}
    return {LOGIC, *MARK.findall(text), *_marks_of_fixtures(path.parent)}


@cache
def _marks_of_fixtures(folder: Path) -> frozenset[str]:
    conftest = folder / "conftest.py"
    return frozenset(MARK.findall(conftest.read_text("utf8"))) if conftest.exists() else frozenset()


def pytest_itemcollected(item: pytest.Item) -> None:
    item.add_marker(part_of(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    global _running  # noqa: PLW0603 - an audit hook is told nothing of the test
    _running = part_of(item)
    _refused.clear()
    os.environ["PATH"] = str(OWN) if _running == LOGIC else PATH
    try:
        return (yield)
    finally:
        _running = ""
        os.environ["PATH"] = PATH


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    """What a hub has swallowed is told nevertheless."""
    outcome = yield
    if message := refused():
        raise ForeignProgramError(message)
    return outcome


def _refuse_foreign(event: str, arguments: tuple[object, ...]) -> None:
    if _running == LOGIC and event in EVENTS and not _is_own(command := _words(arguments[EVENTS[event]])):
        message = f"{command[0]} is started by a test of logic: mark it pytest.mark.peers (tests/parts.py)"
        _refused[:] = [message]
        raise ForeignProgramError(message)


def _words(command: object) -> list[str]:
    listed = command if isinstance(command, Sequence) and not isinstance(command, str | bytes) else [command]
    return [os.fsdecode(word) for word in listed if isinstance(word, str | bytes | os.PathLike)]


def _is_own(command: list[str]) -> bool:
    return Path(command[0]) in {Path(sys.executable), OWN / "okno"}
