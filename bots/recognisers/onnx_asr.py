"""onnx-asr (MIT) with a model of ONNX: GigaAM, T-one, Vosk's and NeMo's, by `kind`. It knows no prompt."""

from functools import cache, partial

import msgspec
from onnx_asr import load_model
from onnxruntime import SessionOptions  # type: ignore[import-untyped]  # its types are not marked (PEP 561)

from bots.recognisers import Engine, SpeechModel
from bots.recognisers.pieces import Hear, lines_of, words_of
from bots.speech import RATE
from hub.conversations.journal import TranscriptLine

KINDS = ("gigaam-v2-ctc", "gigaam-v2-rnnt", "gigaam-v3-ctc", "gigaam-v3-rnnt", "gigaam-v3-e2e-ctc", "gigaam-v3-e2e-rnnt", "t-one-ctc",
         "vosk", "nemo-conformer-ctc", "nemo-conformer-rnnt")
"""Names of onnx-asr for models that know Russian."""


def connect(model: SpeechModel) -> Engine:
    if model.kind not in KINDS:
        message = f"kind: {model.kind!r} is none of {', '.join(KINDS)}"
        raise msgspec.ValidationError(message)
    return Engine(partial(recognise, model), partial(transcribe, model))


def recognise(model: SpeechModel, sound: bytes, prompt: str = "") -> str:
    del prompt
    return words_of(_loaded(model), sound)


def transcribe(model: SpeechModel, sound: bytes) -> list[TranscriptLine]:
    return lines_of(_loaded(model), sound)


@cache
def _loaded(model: SpeechModel) -> Hear:
    """Once in a process. Where there is a folder, nothing is fetched."""
    options = SessionOptions()
    options.inter_op_num_threads, options.intra_op_num_threads = 1, model.threads
    return partial(load_model(model.kind, model.folder, sess_options=options).recognize, sample_rate=RATE)
