"""Which of several centres' texts about one subject is told (0131). Pure."""

from hub.organisation.level import Level

SHIPPED = 3
"""Rank of what came with Okno and nobody here has written: after those of all centres."""


def distance(sender: Level | None) -> int:
    """Of articles and bodies the nearest centre's is told: territory is its own.

    `sender` is the level of the superior centre that sent it; None: own.
    """
    return 0 if sender is None else 2 if sender is Level.FEDERAL else 1


def height(sender: Level | None) -> int:
    """Of services, scripts and topics the highest centre's: the same in the whole country."""
    return 2 - distance(sender)
