"""Word error rate of a recogniser (NIST sclite): words put in, left out and exchanged, against those that were said. Pure."""

import re

_WORD = re.compile(r"[^\W_]+")


def word_errors(said: str, heard: str) -> tuple[int, int]:
    """The errors, and the number of words said. Case, punctuation and «ё» do not count."""
    told, written = _words(said), _words(heard)
    before = list(range(len(written) + 1))
    for row, word in enumerate(told, 1):
        now = [row]
        for column, other in enumerate(written, 1):
            now.append(min(before[column] + 1, now[-1] + 1, before[column - 1] + (word != other)))
        before = now
    return before[-1], len(told)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold().replace("ё", "е"))
