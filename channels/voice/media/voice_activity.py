"""The probability of speech by Silero VAD, whose weights faster-whisper brings (MIT), on telephone sound.

The model reads 32 ms at 16 kHz; half of its band is empty here. One frame costs 0.2 ms of a processor.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime  # type: ignore[import-untyped]  # its types are not marked (PEP 561)
from numpy.typing import NDArray

FRAME = 256
"""Samples of 32 ms at 8 kHz."""
_CONTEXT, _STATE = 64, 128
"""Samples at 16 kHz before a frame, and the size of the recurrent state."""


@cache
def load() -> onnxruntime.InferenceSession:
    """Loaded once in a process. Raises OSError where the weights are missing."""
    package = find_spec("faster_whisper")
    if package is None or package.origin is None:
        raise FileNotFoundError("faster_whisper is not installed: no weights of Silero VAD")
    weights = next((Path(package.origin).parent / "assets").glob("silero_vad*.onnx"), None)
    if weights is None:
        raise FileNotFoundError("faster_whisper has no weights of Silero VAD")
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])


class VoiceActivity:
    """One caller's voice."""

    def __init__(self) -> None:
        self._model = load()
        self._hidden = np.zeros((1, 1, _STATE), np.float32)
        self._cell = np.zeros((1, 1, _STATE), np.float32)
        self._context = np.zeros(_CONTEXT, np.float32)
        self._last = np.float32(0)

    def probability(self, samples: NDArray[np.float32]) -> float:
        """Of FRAME samples from -1 to 1, which follow those before."""
        doubled = self._doubled(samples)
        heard = np.concatenate([self._context, doubled])[np.newaxis]
        found, self._hidden, self._cell = self._model.run(None, {"input": heard, "h": self._hidden, "c": self._cell})
        self._context = doubled[-_CONTEXT:]
        return float(found.ravel()[0])

    def _doubled(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """At 16 kHz, by linear interpolation."""
        before = np.concatenate([[self._last], samples[:-1]])
        doubled = np.empty(2 * len(samples), np.float32)
        doubled[0::2], doubled[1::2] = (before + samples) / 2, samples
        self._last = samples[-1]
        return doubled
