"""What a centre does for citizens, piece by piece, as it may be given to a contractor (LV-07). Pure."""

from enum import StrEnum


class Function(StrEnum):
    """What a centre does, and may let a contractor do (LV-07)."""

    INFORMATION = "information"
    STATUS = "status"
    BOOKING = "booking"
    COMPLAINTS = "complaints"
    CALLBACKS = "callbacks"
    SURVEYS = "surveys"


PERSONALISED = frozenset({Function.STATUS, Function.BOOKING})
"""What the federal centre does not do, so it has nothing of it to give away (D1, D18)."""
