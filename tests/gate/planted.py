"""Whether the gate finds faults that somebody plants: `python -m tests.gate.planted`, or `python -m tests.gate.planted 3 12` for some of planted.toml.

Each fault is one that a programmer might make. It is planted, the test that must find it runs, and the file is restored.
"""

import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

LIST = Path(__file__).with_suffix(".toml")
ROOT = Path(__file__).parents[2]
FAILED = 1
"""pytest's exit code where tests have run and some have failed; a test that does not exist, or hangs, has found nothing."""


class NotOnceError(Exception):
    """The text that a fault replaces is not in its file exactly once."""


class BuildError(Exception):
    """A front end could not be built."""


class Fault(NamedTuple):
    """`what` goes wrong where `old` becomes `new` in `file`, and the test that finds it."""

    what: str
    file: str
    old: str
    new: str
    found_by: str

    @property
    def of_front_end(self) -> bool:
        """Browsers get what was built of it."""
        return "ui" in Path(self.file).parts


def faults(listed: Path = LIST) -> list[Fault]:
    """In the order of the list: the first one has the number 1."""
    return [Fault(**each) for each in tomllib.loads(listed.read_text("utf8"))["fault"]]


@contextmanager
def planted(file: Path, old: str, new: str) -> Iterator[None]:
    """Within it, `new` stands in the file instead of `old`. Raises NotOnceError."""
    before = file.read_bytes()
    if (times := before.count(old.encode())) != 1:
        message = f"{file}: the text is there {times} times"
        raise NotOnceError(message)
    try:
        file.write_bytes(before.replace(old.encode(), new.encode()))
        yield
    finally:
        file.write_bytes(before)


def changed(files: Sequence[str], root: Path = ROOT) -> list[str]:
    """Those of the files that differ from the last commit: somebody works on them."""
    told = subprocess.run(["git", "status", "--porcelain", "-z", "--", *files], cwd=root, check=True, capture_output=True, text=True).stdout
    return [each[3:] for each in told.split("\0") if each]


def main(numbers: Sequence[str]) -> int:
    listed = list(enumerate(faults(), 1))
    unknown = set(numbers) - {str(number) for number, _ in listed}
    if unknown:
        print(f"no fault {', '.join(sorted(unknown))}: there are 1 to {len(listed)}", file=sys.stderr)
        return 2
    chosen = [(number, fault) for number, fault in listed if not numbers or str(number) in numbers]
    if others := changed(sorted({fault.file for _, fault in chosen})):
        print(f"changed, commit them first: {', '.join(others)}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # else it would end without restoring the file
    found = [_tried(number, fault) for number, fault in chosen]
    return 0 if all(found) else 1


def _tried(number: int, fault: Fault) -> bool:
    """Prints what became of it; whether it was found."""
    begun = time.monotonic()
    try:
        found = _is_found(fault)
        said = f"found by {fault.found_by}" if found else f"NOT FOUND by {fault.found_by}"
    except (NotOnceError, BuildError) as error:
        found, said = False, f"NOT FOUND: {error}"
    print(f"{number:2} {fault.what}: {said} ({time.monotonic() - begun:.0f} s)", flush=True)
    return found


def _is_found(fault: Fault) -> bool:
    try:
        with planted(ROOT / fault.file, fault.old, fault.new):
            if fault.of_front_end:
                _build()
            return _pytest(fault.found_by) == FAILED
    finally:
        if fault.of_front_end:
            _build()


def _pytest(test: str) -> int:
    command = [sys.executable, "-m", "pytest", "-n0", "-x", "-p", "no:cacheprovider", test]
    return subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode


def _build() -> None:
    if subprocess.run(["make", ".make/built"], cwd=ROOT, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
        raise BuildError("make .make/built failed")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
