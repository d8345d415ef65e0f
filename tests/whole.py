"""The whole suite, or that of some rooms: `make test-all`, `make test-all ROOMS="cases telephony"`.

What has failed is run again alone, in one process, when the run is over. What fails alone is a fault. What passes alone is unsteady: the
run says so, writes it into unsteady.toml (tests/unsteady.py) and does not fail for it.
"""

import json
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from tests import parts, unsteady

ROOT = Path(__file__).parent.parent
TESTS = ROOT / "tests"
CACHE = ROOT / ".make" / "whole"
REPORTS = ROOT / "dist"
OKNO = Path(sys.executable).with_name("okno")
NONE_COLLECTED = 5
"""pytest's exit code where a part has no test of these rooms."""


class Run(NamedTuple):
    """One part of the suite, and how many tests at once: those of logic compute, the others wait for half of their time."""

    report: str
    parts: str
    workers: int


RUNS = (Run("test", parts.LOGIC, 4), Run("test-rest", "peers or journeys or browser", 3))


class NoSuchRoomError(Exception):
    """No folder and no file of tests has this name."""


def of_rooms(rooms: Sequence[str]) -> list[str]:
    """Where the tests of rooms are: folders of a room's name in each wing, and files that begin with it. Raises NoSuchRoomError."""
    found = []
    for room in rooms:
        there = [*TESTS.rglob(f"{room}/"), *TESTS.rglob(f"test_{room}*.py")]
        if not (own := [each for each in there if "__pycache__" not in each.parts and not set(each.parents) & set(there)]):
            raise NoSuchRoomError(room)
        found += [each.relative_to(ROOT).as_posix() for each in sorted(own)]
    return found


def pytest(*words: str) -> int:
    """Its exit code; failures are remembered in CACHE."""
    command = [sys.executable, "-m", "pytest", "-p", "cacheprovider", "-o", f"cache_dir={CACHE}", *words]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def failures() -> set[str]:
    """Tests that have failed when they were last run, since the whole run began."""
    found = CACHE / "v/cache/lastfailed"
    return set(json.loads(found.read_text("utf8"))) if found.exists() else set()


def counted(report: str) -> int:
    """How many tests a report has."""
    return sum(int(suite.get("tests", "0")) for suite in ET.parse(REPORTS / f"{report}.xml").iter("testsuite"))


def protocol(reports: Sequence[Path], build: str, to: Path) -> list[str]:
    """The command that makes the protocol of state trials of these reports (GV-07)."""
    return [str(OKNO), "acceptance", *map(str, reports), "--requirements", str(ROOT / "docs/acceptance.md"), "--build", build, "--to", str(to)]


def main(rooms: Sequence[str]) -> int:
    begun = time.monotonic()
    paths = of_rooms(rooms)
    tests, broken = 0, []
    for run in RUNS:
        first = ["--cache-clear"] if run is RUNS[0] else []
        code = pytest("-m", run.parts, "-n", str(run.workers), f"--junitxml={REPORTS / run.report}.xml", *first, *paths)
        if code not in {0, 1, NONE_COLLECTED}:
            broken.append(f"{run.parts}: pytest ended with {code}")
        else:
            tests += counted(run.report)
    failed = failures()
    faults: set[str] = set()
    if failed:
        print(f"{len(failed)} failed: once more, alone", flush=True)
        pytest("--last-failed", "-n", "0", *paths)
        faults = failures()
    build = subprocess.run(["git", "rev-parse", "--short=8", "HEAD"], cwd=ROOT, check=False, capture_output=True, text=True).stdout.strip() or "unknown"
    if not rooms:
        reports = [REPORTS / f"{run.report}.xml" for run in RUNS if (REPORTS / f"{run.report}.xml").exists()]
        subprocess.run(protocol(reports, build, REPORTS / "protocol.docx"), cwd=ROOT, check=False)
    for name in sorted(failed - faults):
        print(f"unsteady: {name} passed alone" + ("" if unsteady.known(name) else "; tests/unsteady.toml has it now: name the cause"))
        unsteady.note(name, datetime.now(UTC).date())
    for name in (*sorted(faults), *broken):
        print(f"fault: {name}")
    print(f"whole run{f' of {' '.join(rooms)}' if rooms else ''}: {build}, {tests} tests, {len(faults) + len(broken)} faults, "
          f"{len(failed - faults)} unsteady, {time.monotonic() - begun:.0f} s")
    return 1 if faults or broken else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except NoSuchRoomError as error:
        sys.exit(f"no tests of a room «{error}»; rooms are the folders of hub/, as in ROOMS=\"cases telephony\"")
