"""Engines of speech recognition with a model of a few bytes, and how a centre chooses and compares them (CH-07)."""

import pickle
import re
import wave
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from bots.recognisers import Engine, SpeechModel
from hub.conversations.journal import TranscriptLine
from hub.conversations.message import Author
from okno.adapters.loader import engine_of, speech
from okno.commands.cli import main
from okno.config import SpeechSettings
from okno.faults.config_error import ConfigError
from tests.tiny_t_one import tiny_t_one
from tests.whisper import VOICE

RATE = 16_000
ENGINES = [("onnx_asr", "t-one-ctc"), ("sherpa_onnx", "")]
CONFIG = """
queues = [{ id = "general", title = "Общие" }]
topics = [{ id = "other", title = "Другое" }]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny_t_one(tmp_path_factory.mktemp("t-one"))


@pytest.fixture(params=ENGINES, ids=[name for name, _ in ENGINES])
def engine(request: pytest.FixtureRequest, folder: str) -> Engine:
    name, kind = request.param
    made = engine_of(name, SpeechModel(folder, kind))
    return pickle.loads(pickle.dumps(made))


def sound(*channels: bytes) -> bytes:
    content = BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(RATE)
        samples = [np.frombuffer(channel, np.int16) for channel in channels]
        file.writeframes(np.stack(samples, axis=1).tobytes())
    return content.getvalue()


def voice(level: float) -> bytes:
    """A vowel between pauses, which a detector of voices takes for speech."""
    times = np.arange(RATE) / RATE
    tone = sum(np.sin(2 * np.pi * 140 * n * times) / n * (1 + (5 if n in {4, 5, 8} else 0)) for n in range(1, 24))
    pause = np.zeros(RATE)
    return (level * np.concatenate([pause, tone / np.abs(tone).max(), pause]) * 32767).astype(np.int16).tobytes()


def test_speech_becomes_words_and_silence_none(engine: Engine) -> None:
    # CH-07
    assert set(engine.recognise(sound(voice(0.9)))) & set("да")
    assert engine.recognise(sound(bytes(RATE * 2))) == ""
    assert engine.recognise(VOICE.read_bytes(), prompt="загранпаспорт")
    with pytest.raises(ValueError, match="no sound"):
        engine.recognise(b"no sound at all")


def test_the_voices_of_a_call_are_told_apart(engine: Engine) -> None:
    # CH-12
    loud = voice(0.9)
    lines = engine.transcribe(sound(bytes(len(loud)) + loud, loud + bytes(len(loud))))
    assert [line.author for line in lines] == [Author.OPERATOR, Author.CITIZEN]
    assert all(isinstance(line, TranscriptLine) and abs(line.at_ms - at) < 500 for line, at in zip(lines, (1000, 4000), strict=True))
    with pytest.raises(ValueError, match="no sound"):
        engine.transcribe(b"")


def test_a_centre_chooses_its_engine(folder: str) -> None:
    recognise, transcribe = speech(SpeechSettings(engine="sherpa_onnx", model=folder))
    assert recognise is not None
    assert transcribe is not None
    assert set(recognise(sound(voice(0.9)))) & set("да")


@pytest.mark.parametrize(("settings", "why"), [
    (SpeechSettings(engine="onnx_asr", model="."), "speech.model: onnx_asr: kind: '' is none of gigaam-v2-ctc"),
    (SpeechSettings(engine="sherpa_onnx", model="missing"), "speech.model: sherpa_onnx: there is no model.onnx in missing"),
    (SpeechSettings(engine="abacus", model="."), "speech.model: there is no engine 'abacus'")])
def test_what_cannot_work_is_named(settings: SpeechSettings, why: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(why)):
        speech(settings)


def test_installed_engines_are_compared(folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # CH-07
    (tmp_path / "one.wav").write_bytes(sound(voice(0.9)))
    (tmp_path / "one.txt").write_text("да", "utf-8")
    (tmp_path / "centre.toml").write_text(CONFIG, "utf-8")
    also = [f"--also={name}{f':{kind}' if kind else ''}={folder}" for name, kind in ENGINES]
    assert main(["speech", "compare", str(tmp_path), *also[:1], "--config", str(tmp_path / "centre.toml")]) == 0
    told = capsys.readouterr().out.splitlines()
    figures = r"word error rate \d+\.\d %, real-time factor \d+\.\d\d"
    assert re.fullmatch(rf"onnx_asr:t-one-ctc: {figures}", told[1])
    assert told[2:] == [f"{name}: installed, but --also names no model of it" for name in ("sherpa_onnx", "whisper")]
    assert main(["speech", "compare", str(tmp_path), *also, "--config", str(tmp_path / "centre.toml")]) == 0
    told = capsys.readouterr().out.splitlines()
    assert re.fullmatch(rf"sherpa_onnx: {figures}", told[2])
