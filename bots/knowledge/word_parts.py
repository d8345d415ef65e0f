"""Parts of words: what tells «на сколько» from «за сколько» where their meanings are one, in any inflection and with slips."""

import re
from collections.abc import Iterator
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bots.understanding.matrices import Matrix

COLUMNS = 1 << 13
"""Parts are told apart by a hash of so many values."""
_SIZES = (3, 4, 5)
_WORD = re.compile(r"\w+")
_LONGEST = 64
"""Characters of a word that count."""


def parts(text: str) -> tuple[NDArray[np.intp], Matrix]:
    """The columns of the parts of a text, and their values, of length 1 together."""
    found, times = np.unique(np.fromiter(_columns(text), np.intp), return_counts=True)
    return found, np.sqrt(times / max(1, int(times.sum())), dtype=np.float32)


def _columns(text: str) -> Iterator[int]:
    for word in _WORD.findall(text.casefold().replace("ё", "е")):
        marked = f" {word[:_LONGEST]} "
        for size in _SIZES:
            for at in range(max(1, len(marked) - size + 1)):
                yield crc32(marked[at:at + size].encode()) % COLUMNS
