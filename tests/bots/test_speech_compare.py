"""`okno speech compare`: a centre measures engines on its own recordings (CH-07)."""

import re
import shutil
from pathlib import Path

import pytest

from okno.commands.cli import main
from tests.whisper import SAID, VOICE, whole_model

CONFIG = """
queues = [{{ id = "general", title = "Общие" }}]
topics = [{{ id = "other", title = "Другое" }}]
speech = {{ model = "{model}" }}
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return whole_model(tmp_path_factory.mktemp("whisper"))


def config(folder: Path, model: str) -> str:
    path = folder / "centre.toml"
    path.write_text(CONFIG.format(model=model), "utf-8")
    return str(path)


def test_engines_are_compared(model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # CH-07: the file is of another format than its name says, as recordings of centres are now and then
    shutil.copy(VOICE, tmp_path / "one.wav")
    (tmp_path / "one.txt").write_text(f"{SAID} сегодня", "utf-8")
    (tmp_path / "without-text.wav").write_bytes(b"")
    assert main(["speech", "compare", str(tmp_path), "--config", config(tmp_path, model)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "1 recordings, 6 words"
    assert re.fullmatch(r"whisper: word error rate 16\.7 %, real-time factor \d+\.\d\d", told[1])
    assert told[2].startswith("whisper with the centre's words: word error rate")


def test_a_folder_without_recordings_is_named(model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["speech", "compare", str(tmp_path), "--config", config(tmp_path, model)]) != 0
    assert "no recording FILE.wav" in capsys.readouterr().err


def test_without_a_model_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(VOICE, tmp_path / "one.wav")
    (tmp_path / "one.txt").write_text(SAID, "utf-8")
    assert main(["speech", "compare", str(tmp_path), "--config", config(tmp_path, "")]) != 0
    assert "there is no model" in capsys.readouterr().err
