"""What is inside a release: a bill of materials in CycloneDX, which the wheel carries in `.dist-info/sboms` (PEP 770).

`python sbom.py FILE` writes it: the packages that the hub may run with, as they are installed here, and what is built into the desk's
pages. Tools of the development are not in it. The citizen's chat is built of nothing but our own.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import requires
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCK, DESK = "requirements-all.lock", "hub/desk/ui"
PIN = re.compile(r"^([\w.-]+)==\S+|--hash=sha256:([0-9a-f]{64})", re.MULTILINE)


def bill(root: Path) -> dict[str, Any]:
    """The same packages give the same bill, whenever it is made. Raises CalledProcessError, PackageNotFoundError."""
    # Of all that is installed it tells licences and versions; its graph follows extras that nobody has asked for.
    whole = _told([sys.executable, "-m", "cyclonedx_py", "environment", "--pyproject", "pyproject.toml",
                   "--output-reproducible", "--no-validate", sys.executable], root)  # test_sbom.py validates all of it
    desk, pages, inside = _desk(root)
    ours = whole["metadata"]["component"]["bom-ref"]
    needs = needed(may_need(root))
    named: dict[str, dict[str, Any]] = {canonicalize_name(each["name"]): each for each in whole["components"]}
    installed = {name: named[name] for name in needs if name}
    pins = hashes((root / LOCK).read_text())
    parts = [_pinned(each, pins[name]) for name, each in installed.items()]
    parts += [{key: value for key, value in each.items() if value} for each in (desk, *pages)]
    edges = {installed[name]["bom-ref"]: [installed[each]["bom-ref"] for each in needs[name]] for name in installed}
    edges |= inside
    edges[ours] = [*(installed[name]["bom-ref"] for name in needs[""]), desk["bom-ref"]]
    return whole | {"components": sorted(parts, key=lambda part: str(part["bom-ref"])),
                    "dependencies": [{"ref": ref, "dependsOn": sorted(on)} for ref, on in sorted(edges.items())]}


def may_need(root: Path) -> list[str]:
    """What a hub may run with: what it always needs, and all extras but the one that names all others."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    extras = [each for name, its in project["optional-dependencies"].items() if name != "all" for each in its]
    return [*project["dependencies"], *dict.fromkeys(extras)]


def _desk(root: Path) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, list[str]]]:
    """The desk's pages, the packages that are built into them, and what each of both needs.

    npm's own `--omit=dev` leaves out, as of 11.17, what a tool of the development would like to find there, too: Vue itself.
    """
    told = _told([sys.executable, "hatch_build.py", "npm", DESK, "sbom", "--sbom-format=cyclonedx", "--package-lock-only"], root)
    pages, edges = told["metadata"]["component"], {each["ref"]: each.get("dependsOn", []) for each in told["dependencies"]}
    asked = json.loads((root / DESK / "package.json").read_text())["dependencies"]
    inside: dict[str, list[str]] = {}
    ahead = [f"{name}@{version}" for name, version in asked.items()]
    while ahead:
        ref = ahead.pop()
        if ref not in inside:
            inside[ref] = edges[ref]
            ahead += edges[ref]
    parts = [each for each in told["components"] if each["bom-ref"] in inside]
    return pages, parts, inside | {pages["bom-ref"]: [ref for ref in edges[pages["bom-ref"]] if ref in inside]}


def needed(dependencies: Iterable[str]) -> dict[str, set[str]]:
    """Each package that something needs on this machine, to those that it needs itself; what is asked for is what "" needs."""
    asked = [Requirement(each) for each in dependencies]
    found: dict[str, set[str]] = {"": _names(asked, ())}
    ahead = [(canonicalize_name(each.name), each.extras) for each in asked if _counts(each, ())]
    seen: set[tuple[str, frozenset[str]]] = set()
    while ahead:
        name, extras = ahead.pop()
        if (name, frozenset(extras)) in seen:
            continue
        seen.add((name, frozenset(extras)))
        its = [Requirement(each) for each in requires(name) or ()]
        found[name] = found.get(name, set()) | _names(its, extras)
        ahead += [(canonicalize_name(each.name), each.extras) for each in its if _counts(each, extras)]
    return found


def hashes(lock: str) -> dict[str, list[str]]:
    """SHA-256 of each file that a package may be installed from, by its name."""
    found: dict[str, list[str]] = {}
    name = ""
    for package, digest in PIN.findall(lock):
        if package:
            name = canonicalize_name(package)
        else:
            found.setdefault(name, []).append(digest)
    return found


def _names(requirements: Iterable[Requirement], extras: Iterable[str]) -> set[str]:
    return {canonicalize_name(each.name) for each in requirements if _counts(each, extras)}


def _counts(requirement: Requirement, extras: Iterable[str]) -> bool:
    return requirement.marker is None or any(requirement.marker.evaluate({"extra": each}) for each in ("", *extras))


def _pinned(component: dict[str, Any], digests: Iterable[str]) -> dict[str, Any]:
    """Which of a package's files was taken differs from machine to machine: all that the lock allows are told."""
    allowed = [{"name": "okno:allowed:sha256", "value": digest} for digest in digests]
    return component | {"properties": [*component.get("properties", ()), *allowed]}


def _told(command: list[str], root: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE).stdout)
    return told


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(bill(Path(__file__).parent), ensure_ascii=False, indent=1) + "\n")
