"""What an operator can do, and what a conversation needs of him: skills with levels from 1. Pure.

A queue that he serves is a skill, a language that he speaks is a skill; so one comparison answers whether he is eligible.
"""

from collections.abc import Mapping

Skills = tuple[tuple[str, int], ...]
"""Skills with their levels, sorted by name: what somebody has, or the least that is needed."""


def skills(levels: Mapping[str, int]) -> Skills:
    return tuple(sorted(levels.items()))


def serves(has: Skills, needs: Skills) -> bool:
    """Whether somebody with these skills may be given what needs those (CH-08)."""
    levels = dict(has)
    return all(levels.get(name, 0) >= level for name, level in needs)
