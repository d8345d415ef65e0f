"""What a conversation remembers of its way over the centres, and what it may do next instead of waiting where it is."""

from datetime import datetime

from msgspec import Struct


class Passed(Struct, frozen=True, gc=False):
    """A hand-over from one centre to another. It travels along, so that nothing goes round in circles (RT-07)."""

    sender: str
    receiver: str
    """Codes of the centres."""
    reason: str
    """A word of routing/reasons.py, for good."""
    at: datetime


class Elsewhere(Struct, frozen=True):
    """Another centre's line that takes it."""

    queue: str
    passed: Passed


class Later(Struct, frozen=True):
    """Nobody can shorten the wait: the citizen may choose to be answered later."""

    predicted_s: float
