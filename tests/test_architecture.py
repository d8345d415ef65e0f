"""The drawings and tables of docs/architecture.md are those of the code."""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf8")
DRAWINGS = re.findall(r"^```\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
PATH = re.compile(r"[\w/]+/\w+\.py")
PHASES = ("project", "react", "show")


@cache
def definitions(path: Path) -> frozenset[str]:
    """Names of all functions, methods and classes of a file."""
    tree = ast.parse(path.read_text(encoding="utf8"))
    return frozenset(each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef))


def subscribers() -> dict[str, set[str]]:
    """Phase to those who subscribe to it in okno/rooms/, by the name of the part, and in the desk's live rooms, by that of their class."""
    found: dict[str, set[str]] = {phase: set() for phase in PHASES}
    for path in (*(ROOT / "okno/rooms").glob("*.py"), *(ROOT / "hub/desk").glob("*/live*.py")):
        for definition in ast.parse(path.read_text(encoding="utf8")).body:
            for call in ast.walk(definition):
                match call:
                    case ast.Call(func=ast.Attribute(attr="subscribe", value=ast.Attribute(attr=phase, value=signal))) if (
                            phase in PHASES and ast.unparse(signal).endswith("on_commit")):
                        names = {ast.unparse(each).split(".")[-2] for each in call.args}
                        found[phase] |= {definition.name if name == "self" and isinstance(definition, ast.ClassDef) else name for name in names}
    return found


def drawn() -> dict[str, set[str]]:
    """The same as the drawing has it: a line begins with its phase, or goes on."""
    found: dict[str, set[str]] = {}
    phase = ""
    for line in DRAWINGS[0].splitlines():
        begins = re.match(r"  │  (\w+): ", line)
        if begins:
            phase = begins[1]
        elif " · " not in line:
            phase = ""
        if phase:
            found.setdefault(phase, set()).update(name.strip() for name in line.removeprefix(begins[0] if begins else "  │").split("·"))
    return found


def test_there_are_two_drawings() -> None:
    assert len(DRAWINGS) == 2


def test_the_page_is_one_page() -> None:
    assert len(PAGE.splitlines()) <= 130


@pytest.mark.parametrize("path", sorted({path for drawing in DRAWINGS for path in PATH.findall(drawing)}))
def test_every_file_of_the_drawings_exists(path: str) -> None:
    assert (ROOT / path).is_file()


def test_every_function_of_the_drawings_is_in_the_file_named_last() -> None:
    for drawing in DRAWINGS:
        path = ""
        for part in re.findall(rf"{PATH.pattern}|\b\w+\(\)", drawing):
            if part.endswith("()"):
                assert part[:-2] in definitions(ROOT / path), f"{path}: {part}"
            else:
                path = part


def test_the_steps_of_a_message_are_drawn_in_their_order() -> None:
    steps = next(each.value for each in ast.walk(ast.parse((ROOT / "hub/intake/pipeline.py").read_text(encoding="utf8")))
                 if isinstance(each, ast.AnnAssign) and ast.unparse(each.target) == "self._steps")
    assert isinstance(steps, ast.Tuple)
    assert re.findall(r"│     (\w+)\(\)", DRAWINGS[0]) == [each.attr for each in steps.elts if isinstance(each, ast.Attribute)]


def test_the_phases_of_a_commit_have_the_subscribers_that_are_drawn() -> None:
    assert drawn() == subscribers()


def rows() -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if re.match(r"\| \d+ \|", line)]


def test_the_rooms_have_the_levels_of_the_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["tool"]["importlinter"]["contracts"]
    layers = next(each["layers"] for each in contracts if each.get("containers") == ["hub"])
    levels = {room.strip(): level for level, layer in enumerate(reversed(layers)) for room in layer.split("|")}
    assert {room.strip("`"): int(level) for level, room, _, _ in rows()} == levels


@pytest.mark.parametrize(("room", "face"), [(room.strip("`"), face) for _, room, _, faces in rows() for face in re.findall(r"`(\w+)`", faces)])
def test_the_face_of_a_room_is_defined_in_it(room: str, face: str) -> None:
    assert any(face in definitions(path) for path in (ROOT / "hub" / room).rglob("*.py"))


def glossary() -> list[tuple[str, list[Path]]]:
    """Each type of the glossary, and the files of its row."""
    page = ROOT / "docs/glossary.md"
    found = []
    for line in page.read_text(encoding="utf8").splitlines():
        if line.startswith("| `"):
            types, *_, where = line.strip("|").rsplit(" | ")
            paths = [(page.parent / link).resolve() for link in re.findall(r"\]\(([^)]+)\)", where)]
            found += [(name, paths) for name in re.findall(r"`(\w+)`", types)]
    return found


@pytest.mark.parametrize(("name", "paths"), glossary(), ids=lambda value: value if isinstance(value, str) else "")
def test_every_type_of_the_glossary_is_in_its_file(name: str, paths: list[Path]) -> None:
    assert any(name in definitions(path) for path in paths)
