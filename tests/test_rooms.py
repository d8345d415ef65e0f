"""What a room is, checked: it names the rooms it uses, what is pure is pure, and nothing grows out of hand.

Exceptions are listed by name with their size. They may shrink; one that is no longer needed fails here and is removed.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TREES = ("hub", "okno", "channels", "bots", "routing", "storage", "tests")
ROOMS = sorted(path.parent.name for path in (ROOT / "hub").glob("*/__init__.py"))
IMPURE = {"asyncio", "aiohttp", "sqlite3", "socket", "ssl", "logging", "pymongo", "nats"}

MOST_MODULES, MOST_PARAMETERS, MOST_LINES = 40, 10, 80
CROWDED = {"tests/browser": 67, "tests/http": 61}
"""Folders with more modules."""
WIDE = {
    "tests/rig.py Rig": 15,
}
"""Constructors with more parameters."""
LONG = {
    "tests/browser/test_quality.py test_from_a_draw_to_a_decision": 101,
    "tests/browser/test_rights.py test_from_the_form_to_the_answer": 91,
}
"""Functions with more lines."""
NOUNS = {
    "booking", "funding", "linking", "merging", "monitoring", "ring", "sampling", "sharding", "tracking", "training",
}
"""Words of the field that end as gerunds do."""


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def modules() -> tuple[Path, ...]:
    found = (path for tree in TREES for path in sorted((ROOT / tree).rglob("*.py")))
    return tuple(path for path in found if not {"node_modules", "projects"} & set(path.parts))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf8"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{name_of(path)} {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1


def constructors(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree_of(path)):
        for inner in node.body if isinstance(node, ast.ClassDef) else ():
            if isinstance(inner, ast.FunctionDef) and inner.name == "__init__":
                assert isinstance(node, ast.ClassDef)
                arguments = inner.args
                yield f"{name_of(path)} {node.name}", len(arguments.posonlyargs + arguments.args + arguments.kwonlyargs) - 1


def keeps(sizes: dict[str, int], most: int, exceptions: dict[str, int]) -> None:
    """Nothing is above `most` but the exceptions, which have not grown and are still needed."""
    above = {name: size for name, size in sizes.items() if size > most}
    assert not above.keys() - exceptions.keys(), "above the limit"
    assert not exceptions.keys() - above.keys(), "remove these exceptions"
    assert all(size <= exceptions[name] for name, size in above.items()), above


def test_what_is_called_pure_does_no_input_or_output() -> None:
    pure = [path for path in modules() if re.search(r"\bPure\b", ast.get_docstring(tree_of(path)) or "")]
    wrong = {name_of(path): found for path in pure if (found := {each.partition(".")[0] for each in imported(path)} & IMPURE)}
    assert len(pure) > 100
    assert not wrong


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "desk"])  # it shows all of them
def test_a_room_names_the_rooms_that_it_uses(room: str) -> None:
    doc = ast.get_docstring(tree_of(ROOT / "hub" / room / "__init__.py")) or ""
    line = re.search(r"^Uses: ([\w,\s]+)\.", doc, re.MULTILINE)
    named = re.findall(r"\w+", line[1]) if line else []
    used = {each.split(".")[1] for path in (ROOT / "hub" / room).rglob("*.py") for each in imported(path) if each.startswith("hub.")}
    assert named == sorted((used & set(ROOMS)) - {room})


def test_no_module_stands_beside_the_rooms() -> None:
    assert [path.name for path in (ROOT / "hub").glob("*.py")] == ["__init__.py"]


def test_no_folder_is_crowded() -> None:
    keeps(Counter(name_of(path.parent) for path in modules() if path.name != "__init__.py"), MOST_MODULES, CROWDED)


def test_no_constructor_takes_everything() -> None:
    keeps(dict(each for path in modules() for each in constructors(path)), MOST_PARAMETERS, WIDE)


def test_no_function_is_longer_than_a_screen() -> None:
    keeps(dict(each for path in modules() for each in functions(path)), MOST_LINES, LONG)


def test_no_module_has_a_gerund_for_a_name() -> None:
    assert not [name_of(path) for path in modules()
                if path.stem.endswith("ing") and not path.stem.startswith("test_") and path.stem.rpartition("_")[2] not in NOUNS]
