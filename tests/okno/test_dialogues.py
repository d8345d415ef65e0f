"""`okno bot`: what designers see."""

import io
import json
from pathlib import Path

import pytest

from okno.commands.cli import main
from tests.robot.drafts import HELD_OUT, NLU, PROJECT, WORSE

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


def test_a_project_that_nobody_tests_is_noted_and_is_no_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # KB-02
    (tmp_path / "domain.yml").write_text("intents: [a]\nresponses:\n  utter_a: [{text: a}]\n", "utf-8")
    assert main(["bot", "check", str(tmp_path)]) == 0
    assert "тестовых историй нет" in capsys.readouterr().out
    assert main(["bot", "check", RECEPTION]) == 0
    assert "тестовых историй нет" not in capsys.readouterr().out


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


def test_a_version_that_understands_less_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # KB-02
    versions = [tmp_path / name for name in ("before", "after")]
    for folder, nlu in zip(versions, (NLU, WORSE), strict=True):
        for path, text in (PROJECT | {"data/nlu.yml": nlu, "held_out.yml": HELD_OUT}).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, "utf-8")
        assert main(["bot", "train", str(folder)]) == 0
    before, after = map(str, versions)
    capsys.readouterr()
    assert main(["bot", "diff", "--evaluate", before, after]) == 1
    told = capsys.readouterr().out.splitlines()
    assert "было верно, стало неверно: надо ли платить за это" in told
    assert (told[-2], json.loads(told[-1])["after"]) == ("Стало хуже", 0)
    assert main(["bot", "diff", "--evaluate", after, before]) == 0


def test_a_taught_project_is_tested_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    # KB-02
    model, kept_aside = str(tmp_path / "a.model"), str(tmp_path / "kept_aside.yml")
    Path(kept_aside).write_text("nlu:\n- intent: greet\n  examples: |\n    - добрый вечер\n- intent: book\n  examples: |\n    - запишите\n", "utf-8")
    assert main(["bot", "train", "--out", model, RECEPTION]) == 0
    assert "примеров:" in capsys.readouterr().out
    assert main(["bot", "test", "--model", model, "--nlu", kept_aside, RECEPTION]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])["nlu"]
    assert figures.keys() == {"accuracy", "macro_f1", "entity_f1", "understood"}
    assert figures["accuracy"] == 1.0
    monkeypatch.setattr("sys.stdin", io.StringIO("здравствуйте\n"))
    assert main(["bot", "shell", "--model", model, RECEPTION]) == 0
    assert "Отвечает робот." in capsys.readouterr().out


def test_what_is_no_model_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (broken := tmp_path / "a.model").write_bytes(b"no model at all")
    assert main(["bot", "test", "--e2e", "--model", str(broken), RECEPTION]) == 1
    assert str(broken) in capsys.readouterr().err
