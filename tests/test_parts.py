"""Each part of the suite has its command, its row and its turn on the build server; logic starts no foreign program."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import parts
from tests.missing_programs import need

ROOT = Path(__file__).parent.parent
TARGETS = {part: "test" if part == parts.LOGIC else f"test-{part}" for part in parts.PARTS if part != "rasa"}


@pytest.mark.parametrize(("part", "target"), TARGETS.items())
def test_a_part_has_its_command(part: str, target: str) -> None:
    make, runs = ((ROOT / name).read_text("utf8") for name in ("Makefile", ".ci/run"))
    assert re.search(rf"^{target}:.*\n\t.*pytest -m {part}\b", make, re.MULTILINE)
    rest = re.search(r'^test-rest:.*\n\t.*pytest -m "(.*)" -n 3$', make, re.MULTILINE)
    assert rest
    assert part in (parts.LOGIC, *rest[1].split(" or "))
    assert re.search(r"^test-all:.*\n\t.*-m tests\.gate\.whole \$\(ROOMS\)$", make, re.MULTILINE)
    assert all(re.search(rf"^part \d+ {each}$", runs, re.MULTILINE) for each in ("check", "test", "smoke"))
    assert f"`make {target}` | {part} |" in (ROOT / "docs/testing.md").read_text("utf8")


@pytest.mark.parametrize("start", [
    lambda: subprocess.run(["/bin/true"], check=False), lambda: subprocess.run("true", shell=True, check=False), lambda: os.posix_spawn("/bin/true", ["true"], {}),
    lambda: os.system("true")], ids=["subprocess", "shell", "posix_spawn", "system"])
def test_logic_starts_no_foreign_program(start: object) -> None:
    assert callable(start)
    with pytest.raises(parts.ForeignProgramError, match=r"mark it pytest\.mark\.peers"):
        start()
    assert parts.refused()


def test_children_of_logic_find_none_either() -> None:
    code = "import shutil; print(shutil.which('sh'), shutil.which('openssl'))"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "None None\n"


def test_logic_is_never_skipped_for_a_program() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"needs openssl: mark it pytest\.mark\.peers"):
        need("openssl")
