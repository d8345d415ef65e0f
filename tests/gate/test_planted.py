"""The faults that are planted (tests/gate/planted.py): each can be, and is to be found by a test of the gate."""

import ast
from pathlib import Path

import pytest

from tests import parts
from tests.gate import planted
from tests.gate.test_smoke import marked

FAULTS = planted.faults()
NAMES = [str(number) for number in range(1, len(FAULTS) + 1)]


def is_of_logic(file: Path, function: ast.AST) -> bool:
    folders = {parts.HERE / part for part in parts.PARTS}
    return not (folders & set(file.parents) or parts.WHOLE.search(file.read_text("utf8")) or parts.MARK.search(ast.unparse(function)))


@pytest.mark.parametrize("fault", FAULTS, ids=NAMES)
def test_it_can_be_planted(fault: planted.Fault) -> None:
    assert fault.old != fault.new
    assert (planted.ROOT / fault.file).read_text("utf8").count(fault.old) == 1


@pytest.mark.parametrize("fault", FAULTS, ids=NAMES)
def test_the_gate_has_the_test_that_finds_it(fault: planted.Fault) -> None:
    name, *inside = fault.found_by.split("::")
    file = planted.ROOT / name
    nodes: list[ast.AST] = [ast.parse(file.read_text("utf8"))]
    for each in inside:
        nodes += [node for node in ast.iter_child_nodes(nodes[-1]) if getattr(node, "name", "") == each.partition("[")[0]]
    assert len(nodes) == len(inside) + 1
    assert isinstance(nodes[-1], ast.FunctionDef | ast.AsyncFunctionDef)
    assert nodes[-1].name.startswith("test_")
    assert any(map(marked, nodes)) or all(is_of_logic(file, node) for node in nodes[1:])


def test_each_fault_stands_once() -> None:
    assert len({(fault.file, fault.old) for fault in FAULTS}) == len(FAULTS)


def test_a_fault_ends_whatever_happens(tmp_path: Path) -> None:
    file = tmp_path / "file.py"
    file.write_bytes("да\r\nнет\n".encode())
    with pytest.raises(KeyError), planted.planted(file, "нет", "не знаю"):
        assert file.read_bytes() == "да\r\nне знаю\n".encode()
        raise KeyError
    assert file.read_bytes() == "да\r\nнет\n".encode()


@pytest.mark.parametrize("old", ["а", "б"], ids=["twice", "never"])
def test_what_is_not_there_once_is_not_planted(tmp_path: Path, old: str) -> None:
    file = tmp_path / "file.py"
    file.write_text("а а", "utf8")
    with pytest.raises(planted.NotOnceError), planted.planted(file, old, "в"):
        pytest.fail("planted")
    assert file.read_text("utf8") == "а а"


def test_an_unknown_number_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert planted.main(["1", "99"]) == 2
    assert "no fault 99" in capsys.readouterr().err
