"""`okno bot`: what designers see."""

import io
import json
from pathlib import Path

import pytest

from okno.cli import main

RECEPTION = str(Path(__file__).parents[1] / "bots" / "projects" / "reception")


def test_a_sound_project_is_checked_and_tested(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bot", "check", RECEPTION]) == 0
    assert capsys.readouterr().out.endswith("Проект в порядке\n")
    assert main(["bot", "test", RECEPTION]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"stories": {"total": 8, "passed": 8}, "nlu": {}}


def test_a_faulty_project_is_told_with_file_and_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "domain.yml").write_text("intents: [a]\nresponses:\n  utter_a: [{text: a}]\n", "utf-8")
    (tmp_path / "data" / "stories.yml").write_text("stories:\n- story: s\n  steps:\n  - intent: a\n  - action: utter_b\n", "utf-8")
    assert main(["bot", "check", str(tmp_path)]) == 1
    assert "data/stories.yml:5: действия «utter_b» нет в домене" in capsys.readouterr().out
    assert main(["bot", "test", str(tmp_path)]) == 1
    assert "data/stories.yml:5" in capsys.readouterr().err


def test_a_failing_story_fails_the_test(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "domain.yml").write_text("intents: [a]\nresponses:\n  utter_a: [{text: a}]\n", "utf-8")
    (tmp_path / "tests" / "test_stories.yml").write_text("stories:\n- story: s\n  steps:\n  - intent: a\n  - action: utter_a\n", "utf-8")
    assert main(["bot", "test", str(tmp_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "tests/test_stories.yml:2: «s»"
    assert json.loads(lines[-1]) == {"stories": {"total": 1, "passed": 0}, "nlu": {}}


def test_one_talks_to_a_project(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('/greet\n\n/book\n/inform{"service": "passport"}\n'))
    assert main(["bot", "shell", "--own-code", RECEPTION]) == 0
    said = capsys.readouterr().out
    assert "Отвечает робот." in said
    assert '  [паспорт] /inform{"service": "passport"}' in said
    assert said.endswith("Как вас зовут?\n")


def test_without_custom_actions_one_is_handed_over(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("/book\n"))
    assert main(["bot", "shell", RECEPTION]) == 0
    assert "→ оператор: действие не выполнилось" in capsys.readouterr().out


def test_what_has_changed_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bot", "diff", RECEPTION, RECEPTION]) == 0
    assert capsys.readouterr().out == ""
