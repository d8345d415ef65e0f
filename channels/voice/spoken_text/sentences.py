"""Sentences of a spoken text: each is synthesised and played by itself. Pure."""

import re

LONGEST = 240
"""Characters of a piece, some 15 s: what is longer is cut at a comma or a dash."""
_END = re.compile(r"(?<![.!?…])[.!?…]+[»\")]*\s+|\n+")
_BREATH = re.compile(r"[;:,]\s|\s[—–]\s")


def sentences(text: str) -> list[str]:
    """The sentences of a text that `spoken` has made; none is longer than LONGEST, where it has spaces."""
    found, since = list[str](), 0
    for end in _END.finditer(text):
        found.append(text[since:end.end()].strip())
        since = end.end()
    found.append(text[since:].strip())
    return [piece for sentence in found for piece in _pieces(sentence)]


def _pieces(sentence: str) -> list[str]:
    pieces = []
    while len(sentence) > LONGEST:
        part = sentence[:LONGEST]
        at = max((breath.end() for breath in _BREATH.finditer(part, LONGEST // 4)), default=0) or part.rfind(" ") + 1 or LONGEST
        pieces.append(part[:at].strip())
        sentence = sentence[at:].strip()
    return [*pieces, sentence] if sentence else pieces
