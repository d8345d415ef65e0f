"""`okno bot evaluate`: what it says of dialogues that go as told, that are wrong, and that get no answer (KB-02)."""

import json
from pathlib import Path

import pytest

from okno.commands.cli import main

DIALOGUES = """
[[dialogue]]
id = "right"
[[dialogue.turn]]
says = "здравствуйте"
outcome = "ask"
[[dialogue.turn]]
says = "сколько стоит загранпаспорт на 10 лет"
outcome = "answer"
has = ["6000"]
lacks = ["2000"]
[[dialogue]]
id = "wrong"
[[dialogue.turn]]
says = "сколько стоит загранпаспорт на 10 лет"
outcome = "answer"
has = ["семьсот"]
[[dialogue]]
id = "refused"
[[dialogue.turn]]
says = "фывапролд"
outcome = "answer"
has = ["рублей"]
[[dialogue]]
id = "handed-over"
[[dialogue.turn]]
says = "позовите оператора"
outcome = "answer"
[[dialogue]]
id = "danger"
[[dialogue.turn]]
says = "я не хочу жить"
outcome = "danger"
has = ["112"]
"""


def test_dialogues_are_held_and_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # KB-02
    own, saved = tmp_path / "own.toml", tmp_path / "saved.json"
    own.write_text(DIALOGUES, "utf-8")
    assert main(["bot", "evaluate", str(own), "--save", str(saved)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert json.loads(told[-1]) == {"dialogues": 5, "right": 0.4, "wrong": 1, "refused": 1, "handed_over": 1, "turns_to_fact": 2.0}
    assert "wrong: lacks «семьсот»" in told
    assert "  > сколько стоит загранпаспорт на 10 лет" in told
    saved.write_text(saved.read_text("utf-8").replace('"wrong": false', '"wrong": true'), "utf-8")
    assert main(["bot", "evaluate", str(own), "--against", str(saved)]) == 0
    assert "right before and wrong now: wrong" in capsys.readouterr().out.splitlines()


def test_a_file_that_holds_no_dialogues_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (own := tmp_path / "own.toml").write_text("[[dialogue]]\nid = 1\n", "utf-8")
    assert main(["bot", "evaluate", str(own)]) == 1
    assert str(own) in capsys.readouterr().err
