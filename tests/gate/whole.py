"""The whole suite, or that of some rooms: `make test-all`, `make test-all ROOMS="cases telephony"`.

What has failed is run again alone, in one process, when the run is over. What fails alone is a fault. What passes alone is unsteady: the
run says so, writes it into unsteady.toml (tests/gate/unsteady.py) and does not fail for it.
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

from tests import parts
from tests.gate import unsteady

ROOT = Path(__file__).parents[2]
NONE_COLLECTED = 5
"""pytest's exit code where a part has no test of these rooms."""


class Run(NamedTuple):
    """A part of the suite, how many of its tests run at once, and the name of its report."""

    report: str
    parts: str
    workers: int


RUNS = (Run("test", parts.LOGIC, 4), Run("test-rest", "peers or journeys or browser", 3))


class Verdict(NamedTuple):
    """What a run has come to: its tests, those that fail alone, those that pass alone, and parts that did not end."""

    tests: int
    faults: frozenset[str]
    unsteady: frozenset[str]
    broken: tuple[str, ...]


class NoSuchRoomError(Exception):
    """No folder and no file of tests has this name."""


class Suite:
    """The tests below a folder. `runs` follow each other."""

    def __init__(self, root: Path, runs: Sequence[Run]) -> None:
        self._root, self._runs = root, runs
        self._cache, self._reports = root / ".make" / "whole", root / "dist"

    def of_rooms(self, rooms: Sequence[str]) -> list[str]:
        """Where the tests of rooms are: folders of a room's name in each wing, and files that begin with it. Raises NoSuchRoomError."""
        tests, found = self._root / "tests", list[str]()
        for room in rooms:
            there = {each for each in (*tests.rglob(f"{room}/"), *tests.rglob(f"test_{room}*.py")) if "__pycache__" not in each.parts}
            if not there:
                raise NoSuchRoomError(room)
            found += sorted(each.relative_to(self._root).as_posix() for each in there if not there & set(each.parents))
        return found

    def run(self, paths: Sequence[str]) -> Verdict:
        """All of it, and what has failed once more."""
        tests, broken = 0, list[str]()
        for run in self._runs:
            first = ["--cache-clear"] if run is self._runs[0] else []
            code = self._pytest("-m", run.parts, "-n", str(run.workers), f"--junitxml={self.report(run)}", *first, *paths)
            if code in {0, 1, NONE_COLLECTED}:
                tests += sum(int(suite.get("tests", "0")) for suite in ET.parse(self.report(run)).iter("testsuite"))
            else:
                broken.append(f"{run.parts}: pytest ended with {code}")
        if failed := self._failures():
            print(f"{len(failed)} failed: once more, alone", flush=True)
            self._pytest("--last-failed", "-n", "0", *paths)
        return Verdict(tests, faults := self._failures(), failed - faults, tuple(broken))

    def report(self, run: Run) -> Path:
        return self._reports / f"{run.report}.xml"

    def protocol(self, build: str, to: Path) -> list[str]:
        """The words of the command that makes the protocol of state trials of the last run (GV-07)."""
        reports = [str(self.report(run)) for run in self._runs if self.report(run).exists()]
        return ["acceptance", *reports, "--requirements", str(self._root / "docs/acceptance.md"), "--build", build, "--to", str(to)]

    def _pytest(self, *words: str) -> int:
        command = [sys.executable, "-m", "pytest", "-o", f"cache_dir={self._cache}", *words]
        return subprocess.run(command, cwd=self._root, check=False).returncode

    def _failures(self) -> frozenset[str]:
        """Tests that have failed when they were last run, since the whole run began."""
        found = self._cache / "v/cache/lastfailed"
        return frozenset(json.loads(found.read_text("utf8"))) if found.exists() else frozenset()


def main(rooms: Sequence[str]) -> int:
    begun = time.monotonic()
    suite = Suite(ROOT, RUNS)
    try:
        paths = suite.of_rooms(rooms)
    except NoSuchRoomError as error:
        print(f'no tests of a room «{error}»; rooms are the folders of hub/, as in ROOMS="cases telephony"', file=sys.stderr)
        return 2
    told = suite.run(paths)
    build = subprocess.run(["git", "rev-parse", "--short=8", "HEAD"], cwd=ROOT, check=False, capture_output=True, text=True).stdout.strip() or "unknown"
    if not rooms:
        subprocess.run([Path(sys.executable).with_name("okno"), *suite.protocol(build, ROOT / "dist/protocol.docx")], check=False)
    for name in sorted(told.unsteady):
        print(f"unsteady: {name} passed alone" + ("" if unsteady.known(name) else "; name its cause in tests/gate/unsteady.toml"))
        unsteady.note(name, datetime.now(UTC).date())
    for name in (*sorted(told.faults), *told.broken):
        print(f"fault: {name}")
    faults = len(told.faults) + len(told.broken)
    print(f"{' '.join(('whole run', *rooms))}: {build}, {told.tests} tests, {faults} faults, {len(told.unsteady)} unsteady, "
          f"{time.monotonic() - begun:.0f} s")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
