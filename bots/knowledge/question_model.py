"""The meaning of questions: vectors of all that people ask of services, and what a question asks for (question_training.py learns it).

A vector of multilingual-e5-small has 384 numbers of which the first 192 principal directions keep what tells questions apart. Those
of the questions that Okno brings along are kept in the model, a byte for each number, since one takes 8 ms to compute.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from io import BytesIO
from itertools import compress
from threading import Lock
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bots.knowledge.word_parts import parts
from bots.understanding.matrices import Matrix
from bots.understanding.vectors import Vectors, name_of_vectors, vectors
from hub.knowledge.public_services import Facet

MODEL = "models/questions.npz"
"""In the package bots.knowledge."""
_UNIT = 127
"""The greatest number of a kept row."""
_REMEMBERED = 4_000
"""Rows of what was asked last, 0.8 kB each: the questions of the day."""


class Learned(Struct, frozen=True):
    """The result of training."""

    name: str
    """Of the vectors (bots/understanding/vectors.py): those of another engine mean something else."""
    centre: Matrix
    """The mean of all vectors, (384,)."""
    basis: Matrix
    """Principal directions, (384, 192)."""
    facets: tuple[Facet, ...]
    weights: Matrix
    """From the offset of a question from the mean of its service to a score for each facet, (192, facets)."""
    bias: Matrix
    parts: Matrix
    """From the parts of its words to the same, (columns, facets)."""
    known: NDArray[np.uint64]
    """Hashes of texts, ascending."""
    rows: NDArray[np.int8]
    """Their rows, (texts, 192)."""


class QuestionModel:
    """Thread-safe, but for `teach`."""

    def __init__(self, learned: Learned, engine: Callable[[], Vectors | None] = vectors) -> None:
        """`engine` is asked for when the first row is wanted: it takes 25 MB."""
        self._learned, self._engine = learned, engine
        self._further: dict[int, Matrix] = {}
        self._remembered: OrderedDict[int, Matrix] = OrderedDict()
        self._lock = Lock()

    @property
    def size(self) -> int:
        return int(self._learned.basis.shape[1])

    def read(self, texts: Sequence[str], *, keeps: bool = False) -> Matrix:
        """Rows of length 1; 8 ms for each text that is not remembered. `keeps` remembers them, by a hash of the text."""
        names = [_hash(text) for text in texts]
        with self._lock:
            rows = {name: row for name in names if (row := self._remembered.get(name)) is not None}
        lacking = {name: text for name, text in zip(names, texts, strict=True) if name not in rows}
        if lacking:
            made = dict(zip(lacking, self._computed(list(lacking.values()), keeps=keeps), strict=True))
            rows |= made
            if keeps:
                with self._lock:
                    self._remembered |= made
                    while len(self._remembered) > _REMEMBERED:
                        self._remembered.popitem(last=False)
        return np.stack([rows[name] for name in names])

    def remembered(self, text: str) -> Matrix | None:
        """The row of a text that was read just now."""
        with self._lock:
            return self._remembered.get(_hash(text))

    def _computed(self, texts: Sequence[str], *, keeps: bool) -> Matrix:
        engine = self._engine()
        if engine is None:
            raise RuntimeError("the vectors that were there are gone")
        return in_space(engine.several(texts, keeps=keeps), self._learned.centre, self._learned.basis)

    def teach(self, texts: Iterable[str]) -> None:
        """Compute and keep the rows of further questions."""
        asked = list(texts)
        self._further |= zip(map(_hash, asked), self.read(asked), strict=True)

    def lacking(self, texts: Iterable[str]) -> list[str]:
        """Texts without a known row."""
        asked = list(dict.fromkeys(texts))
        _, there, names = self._places(asked)
        return [text for text, known, name in zip(asked, there, names, strict=True) if not known and name not in self._further]

    def rows(self, texts: Iterable[str]) -> dict[str, Matrix]:
        """The known rows of texts, of length 1."""
        asked = list(dict.fromkeys(texts))
        places, there, names = self._places(asked)
        rows = self._learned.rows[places[there]].astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        found = dict(zip(compress(asked, there), rows, strict=True))
        return found | {text: row for text, name in zip(asked, names, strict=True) if (row := self._further.get(name)) is not None}

    def _places(self, texts: Sequence[str]) -> tuple[NDArray[np.intp], NDArray[np.bool_], list[int]]:
        """Of each text its place among the rows of the model, whether it is there, and its hash."""
        names, known = [_hash(text) for text in texts], self._learned.known
        asked = np.array(names, np.uint64)
        places = np.searchsorted(known, asked)
        there = np.append(known, np.uint64(0))[places] == asked
        return places, there, names

    def facets(self, text: str, offset: Matrix) -> Mapping[Facet, float]:
        """The log-probability that a question asks for a facet, by its words and its offset from the mean of its service."""
        columns, values = parts(text)
        scores = offset @ self._learned.weights + values @ self._learned.parts[columns] + self._learned.bias
        return dict(zip(self._learned.facets, (scores - np.logaddexp.reduce(scores)).tolist(), strict=True))


def in_space(raw: Matrix, centre: Matrix, basis: Matrix) -> Matrix:
    """Vectors of the engine as rows of length 1."""
    rows: Matrix = ((raw - centre) @ basis).astype(np.float32)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.float32(1e-6))
    return rows


def packed(rows: Matrix) -> NDArray[np.int8]:
    """Rows with a byte for each number."""
    whole: NDArray[np.int8] = np.round(rows * (_UNIT / np.abs(rows).max(axis=1, keepdims=True))).astype(np.int8)
    return whole


def keyed(texts: Sequence[str], rows: Matrix) -> tuple[NDArray[np.uint64], NDArray[np.int8]]:
    """The hashes of texts, ascending, and their rows."""
    names = np.array([_hash(text) for text in texts], np.uint64)
    order = np.argsort(names)
    return names[order], packed(rows)[order]


def dump(learned: Learned) -> bytes:
    file = BytesIO()
    np.savez_compressed(
        file, allow_pickle=False, name=np.array(learned.name), centre=learned.centre, basis=learned.basis.astype(np.float16),
        facets=np.array([str(each) for each in learned.facets]), weights=learned.weights, bias=learned.bias,
        parts=learned.parts.astype(np.float16), known=learned.known, rows=learned.rows)
    return file.getvalue()


def load(content: bytes) -> Learned:
    """Raises ValueError, KeyError."""
    with np.load(BytesIO(content), allow_pickle=False) as file:
        arrays: dict[str, Any] = {name: file[name] for name in file.files}
    return Learned(
        str(arrays["name"]), arrays["centre"], arrays["basis"].astype(np.float32), tuple(Facet(str(each)) for each in arrays["facets"]),
        arrays["weights"], arrays["bias"], arrays["parts"].astype(np.float32), arrays["known"], arrays["rows"])


@cache
def question_model() -> QuestionModel | None:
    """That of this process; None where vectors are unavailable, or it was not learnt for these."""
    file = files("bots.knowledge").joinpath(MODEL)
    if not file.is_file():
        return None
    learned = load(file.read_bytes())
    return QuestionModel(learned) if learned.name == name_of_vectors() else None


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big")
