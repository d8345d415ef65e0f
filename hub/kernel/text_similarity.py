"""How near two texts are to each other: whether two cases may be about the same (CM-05). Pure."""

import re


def likeness(one: str, other: str) -> float:
    """How near two texts are, from 0 to 1: Dice's coefficient of their groups of three letters."""
    first, second = _threes(one), _threes(other)
    return 2 * len(first & second) / (len(first) + len(second)) if first and second else 0.0


def _threes(text: str) -> frozenset[str]:
    words = re.findall(r"\w+", text.casefold().replace("ё", "е"))
    return frozenset(word[at:at + 3] for word in words for at in range(max(len(word) - 2, 1)))
