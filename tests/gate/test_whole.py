"""What a whole run says of a test that fails, of one that fails only beside others, and of the list of those."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.gate import unsteady, whole

TODAY = date(2026, 12, 7)
FILE = "tests/gate/test_whole.py"
TESTS = """
from pathlib import Path
import pytest
pytestmark = pytest.mark.logic

def test_it_passes(): pass

def test_it_fails(): raise AssertionError

def test_it_fails_once():
    seen = Path(__file__).with_name("seen")
    was_seen = seen.exists()
    seen.touch()
    assert was_seen
"""


@pytest.fixture
def entries(tmp_path: Path) -> Path:
    (tmp_path / "unsteady.toml").write_text("# none\n", "utf8")
    return tmp_path / "unsteady.toml"


def test_what_fails_alone_is_a_fault_and_what_passes_alone_is_unsteady(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_cases.py").write_text(TESTS, "utf8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = logic\n", "utf8")
    suite = whole.Suite(tmp_path, (whole.Run("test", "logic", 1), whole.Run("none", "not logic", 1)))
    file = "tests/test_cases.py"
    told = suite.run(suite.of_rooms(["cases"]))
    assert told == (3, {f"{file}::test_it_fails"}, {f"{file}::test_it_fails_once"}, ())


def test_a_room_is_its_folders_and_files_in_each_wing() -> None:
    found = whole.Suite(whole.ROOT, whole.RUNS).of_rooms(["cases"])
    assert {"tests/cases", "tests/browser/test_cases.py"} <= set(found)
    with pytest.raises(whole.NoSuchRoomError, match="casses"):
        whole.Suite(whole.ROOT, whole.RUNS).of_rooms(["casses"])


def test_an_unsteady_test_is_written_down_once_and_wants_its_cause(entries: Path) -> None:
    name = FILE + '::test_it["a\\b"]'
    for day in (TODAY, TODAY + timedelta(days=3)):
        unsteady.note(name, day, entries)
    assert unsteady.known(name, entries)
    assert list(unsteady.faults(TODAY, entries)) == [f"{name}: what is known of its cause?"]
    entries.write_text(entries.read_text("utf8").replace('known = ""', 'known = "the second browser is slow"'), "utf8")
    assert not list(unsteady.faults(TODAY + timedelta(days=14), entries))
    assert list(unsteady.faults(TODAY + timedelta(days=15), entries)) == [f"{name}: unsteady since {TODAY}, 14 days are over: mend it"]


def test_at_most_ten_are_unsteady_and_each_is_there(entries: Path) -> None:
    for number in range(11):
        unsteady.note(f"tests/test_gone.py::test_{number}", TODAY, entries)
    said = list(unsteady.faults(TODAY, entries))
    assert said[0] == "11 unsteady tests; at most 10"
    assert "tests/test_gone.py::test_0: there is no such test" in said
