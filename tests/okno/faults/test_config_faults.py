"""All faults of a configuration are told at once, each with its line and key (LV-10)."""

import tomllib
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct
from tomli_w import dumps

from okno.commands.cli import main
from okno.faults.reader import read_all
from okno.faults.toml_lines import key_lines

WRONG = """colour = 1
[centre]
code = "12"
level = "lunar"
[listen]
port = 70000
hots = "0.0.0.0"
[routing]
queue = "general"
[[queues]]
id = "general"
title = "Общие"
[[queues]]
id = "second"
[[topics]]
id = "other"
title = "Другое"
kind = "odd"
[[channels]]
driver = "web.chat"
settings.file_limit = "big"
settings.colour = 2
[[channels]]
driver = "no.such"
[[channels]]
driver = "web.hook"
[notices]
stop = ["СТОП", "...", "_"]
"""


def test_every_fault_has_its_line_and_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "centre.toml"
    file.write_text(WRONG, "utf8")
    assert main(["check", "--config", str(file)]) == 1
    told = capsys.readouterr().err.splitlines()
    found = [each.removeprefix(f"okno: {file}:") for each in told]
    assert [each.split(": ")[:2] for each in found] == [
        ["1", "colour"], ["3", "centre.code"], ["4", "centre.level"], ["6", "listen.port"], ["7", "listen.hots"], ["13", "queues[1]"],
        ["18", "topics[0].kind"], ["21", "channels[0].settings.file_limit"], ["22", "channels[0].settings.colour"], ["23", "channels"],
        ["25", "channels[2].settings"], ["28", "notices.stop[1]"], ["28", "notices.stop[2]"]]
    assert "Traceback" not in "".join(told)


def test_rules_are_told_together(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKNO_LISTEN", "nonsense")
    file = tmp_path / "centre.toml"
    file.write_text('[centre]\ntimezone = "Europe/Nowhere"\n[routing]\nqueue = "none"\n[[queues]]\nid = "general"\ntitle = "О"\n'
                    '[[topics]]\nid = "other"\ntitle = "Д"\n[store]\nkind = "mongodb"\n', "utf8")
    assert main(["check", "--config", str(file)]) == 1
    told = capsys.readouterr().err.splitlines()
    assert told[0].startswith("okno: OKNO_LISTEN must be host:port")
    assert [each.split(":")[2] for each in told[1:]] == ["2", "4", "11"]


def test_faults_of_former_keys_have_their_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "centre.toml"
    file.write_text('[[queues]]\nid = "general"\ntitle = "О"\n[[topics]]\nid = "other"\ntitle = "Д"\n[talks]\ncolour = 1\nlisteners_shown = 3\n'
                    '[senders]\nalike = "x"\n[listen]\nport = "x"\nwatchers = []\nmetrics_networks = []\n[events]\ninside = ["nonsense"]\n'
                    '[rights]\n[subject_requests]\n[keys]\ndriver = "none"\n', "utf8")
    assert main(["check", "--config", str(file)]) == 1
    told = [each.removeprefix(f"okno: {file}:").split(" ")[:2] for each in capsys.readouterr().err.splitlines()]
    assert told == [
        ["8:", "calls.colour:"], ["9:", "calls.listeners_shown:"], ["11:", "flood_limits.same_text_senders:"], ["13:", "listen.port:"],
        ["14:", "listen.watchers"], ["17:", "webhooks.internal_networks:"], ["18:", "rights"], ["20:", "keys:"]]


class Inner(Struct, forbid_unknown_fields=True):
    name: str
    size: Annotated[int, Meta(ge=1)] = 1


class Outer(Struct, forbid_unknown_fields=True):
    parts: Annotated[tuple[Inner, ...], Meta(min_length=1)]
    words: tuple[str, ...] = ()
    table: dict[str, int] = {}


def read(raw: dict[str, Any]) -> tuple[Outer | None, list[tuple[Any, ...]]]:
    made, faults = read_all(raw, lambda told: msgspec.convert(told, Outer))
    return made, [fault.key for fault in faults]


@pytest.mark.parametrize(("raw", "keys"), [
    ({"parts": [{"name": "a"}]}, []), ({}, [()]), ({"parts": []}, [("parts",)]),
    ({"parts": [{"name": 1}, {"name": "b", "size": 0}, {"nam": "c"}]},
     [("parts", 0, "name"), ("parts", 1, "size"), ("parts", 2, "nam"), ("parts", 2)]),
    ({"parts": [{"name": "a"}], "words": [1, "b", 2]}, [("words", 0), ("words", 2)]),
    ({"parts": [{"name": "a"}], "table": {"x": "y"}}, [("table",)]),
    ({"parts": [{"name": 1}], "strange": 1}, [("parts", 0, "name"), ("strange",)])])
def test_a_fault_hides_no_other_and_brings_none(raw: dict[str, Any], keys: list[tuple[Any, ...]]) -> None:
    made, found = read(raw)
    assert sorted(map(str, found)) == sorted(map(str, keys))
    assert (made is not None) or keys


KEYS = st.text(alphabet='abc -"\'.ё#[]=', min_size=1, max_size=6)
VALUES = st.recursive(
    st.integers(-9, 9) | st.booleans() | st.text(alphabet='ab\n\\"\'#=[]{},ё', max_size=8) | st.floats(0, 9) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12)


def places(tree: object, at: tuple[Any, ...] = ()) -> set[tuple[Any, ...]]:
    steps = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return {at, *(place for step, below in steps for place in places(below, (*at, step)))}


@given(st.dictionaries(st.text("abc-", min_size=1, max_size=4), VALUES, max_size=5))
def test_every_key_has_a_line(tree: dict[str, Any]) -> None:
    text = dumps(tree, multiline_strings=True)
    plain = {place for place in places(tomllib.loads(text)) if place and not any(isinstance(step, str) and '"' in step for step in place)}
    lines = key_lines(text)
    assert plain <= lines.keys()
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())


def test_lines_of_tables_strings_and_arrays() -> None:
    text = 'a = """\n[x]\nb = 1\n"""\nlist = [ # one\n  "]",\n  { k = 1, l = [2,\n 3] },\n]\n[t."a.b"]\nc.d = \'#\'\n[[m]]\n[m.n]\no = 1\n[[m]]\np = 1979-05-27\n'
    assert key_lines(text) == {
        ("a",): 1, ("list",): 5, ("list", 0): 6, ("list", 1): 7, ("list", 1, "k"): 7, ("list", 1, "l"): 7, ("list", 1, "l", 0): 7,
        ("list", 1, "l", 1): 8, ("t",): 10, ("t", "a.b"): 10, ("t", "a.b", "c"): 11, ("t", "a.b", "c", "d"): 11, ("m",): 12, ("m", 0): 12,
        ("m", 0, "n"): 13, ("m", 0, "n", "o"): 14, ("m", 1): 15, ("m", 1, "p"): 16}
