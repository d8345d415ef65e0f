"""Whisper models for CTranslate2 (faster-whisper, MIT): the engine that knows the centre's words and the punctuation of sentences."""

from functools import partial

from bots import speech
from bots.recognisers import Engine, SpeechModel, check


def connect(model: SpeechModel) -> Engine:
    check(model, "model.bin")
    how = model.folder, model.language, model.threads
    return Engine(partial(speech.recognise, *how), partial(speech.transcribe, *how))
