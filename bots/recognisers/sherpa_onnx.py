"""sherpa-onnx (Apache-2.0) with a T-one model. It knows no prompt."""

from functools import cache, partial
from pathlib import Path

import numpy as np
from sherpa_onnx import OnlineRecognizer  # type: ignore[import-untyped]  # it has no types

from bots.recognisers import Engine, SpeechModel, check
from bots.recognisers.pieces import Samples, lines_of, words_of
from bots.speech import RATE
from hub.conversations.journal import TranscriptLine

BEFORE, AFTER = np.zeros(RATE * 3 // 10, np.float32), np.zeros(RATE * 6 // 10, np.float32)
"""T-one reads 300 ms at a time: silence around a piece, so that its first and last words are read."""


def connect(model: SpeechModel) -> Engine:
    check(model, "model.onnx", "tokens.txt")
    return Engine(partial(recognise, model), partial(transcribe, model))


def recognise(model: SpeechModel, sound: bytes, prompt: str = "") -> str:
    del prompt
    return words_of(partial(_hear, model), sound)


def transcribe(model: SpeechModel, sound: bytes) -> list[TranscriptLine]:
    return lines_of(partial(_hear, model), sound)


def _hear(model: SpeechModel, samples: Samples) -> str:
    recogniser = _loaded(model)
    stream = recogniser.create_stream()
    stream.accept_waveform(RATE, np.concatenate([BEFORE, samples, AFTER]))
    stream.input_finished()
    while recogniser.is_ready(stream):
        recogniser.decode_stream(stream)
    return str(recogniser.get_result(stream))


@cache
def _loaded(model: SpeechModel) -> OnlineRecognizer:
    """Once in a process."""
    folder = Path(model.folder)
    return OnlineRecognizer.from_t_one_ctc(str(folder / "tokens.txt"), str(folder / "model.onnx"), num_threads=model.threads)
