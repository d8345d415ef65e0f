"""Skills of operators and skills needed by conversations, with levels from 1. Pure.

Serving a queue and speaking a language are skills, too, so one comparison decides whether an operator is eligible.
"""

from collections.abc import Mapping

Skills = tuple[tuple[str, int], ...]
"""Skills with their levels, sorted by name: those of an operator, or the least that is needed."""


def skills(levels: Mapping[str, int]) -> Skills:
    return tuple(sorted(levels.items()))


def serves(has: Skills, needs: Skills) -> bool:
    """Whether an operator with these skills may be given work that needs those (CH-08)."""
    levels = dict(has)
    return all(levels.get(name, 0) >= level for name, level in needs)
