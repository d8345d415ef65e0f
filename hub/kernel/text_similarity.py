"""Similarity of two texts, to find cases about the same matter (CM-05). Pure."""

import re


def likeness(one: str, other: str) -> float:
    """Similarity from 0 to 1: Dice's coefficient of the texts' groups of three letters."""
    first, second = _threes(one), _threes(other)
    return 2 * len(first & second) / (len(first) + len(second)) if first and second else 0.0


def _threes(text: str) -> frozenset[str]:
    words = re.findall(r"\w+", text.casefold().replace("ё", "е"))
    return frozenset(word[at:at + 3] for word in words for at in range(max(len(word) - 2, 1)))
