"""Long answers in parts, each of one breath. Pure."""

import re
from functools import lru_cache

from bots.knowledge.message_parts import parts

BREATH, REST = 240, 80
"""Characters of a part, some 15 s; a shorter rest is told with the last."""
_MEMBER = re.compile(r"(?<=;) +")


@lru_cache(256)
def breaths(text: str) -> tuple[str, ...]:
    """Whole sentences, up to a breath together, and members of a list that is longer; lines stay lines."""
    found = [""]
    for line in text.split("\n"):
        for number, sentence in enumerate(each for whole in parts(line, 0) for each in _members(whole)):
            gap = " " if number else "\n"
            if found[-1] and len(found[-1]) + len(gap) + len(sentence) > BREATH:
                found.append(sentence)
            else:
                found[-1] += f"{gap if found[-1] else ''}{sentence}"
    if len(found) > 1 and len(found[-1]) <= REST:
        found[-2:] = ["\n".join(found[-2:])]
    return tuple(found)


def _members(sentence: str) -> list[str]:
    return [sentence] if len(sentence) <= BREATH else _MEMBER.split(sentence)
