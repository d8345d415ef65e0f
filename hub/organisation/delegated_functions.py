"""Functions of a centre that may be delegated to a contractor (LV-07). Pure."""

from enum import StrEnum


class Function(StrEnum):
    """A function that a centre performs, or delegates to a contractor (LV-07)."""

    INFORMATION = "information"
    STATUS = "status"
    BOOKING = "booking"
    COMPLAINTS = "complaints"
    CALLBACKS = "callbacks"
    SURVEYS = "surveys"


PERSONALISED = frozenset({Function.STATUS, Function.BOOKING})
"""Functions that the federal centre does not perform and so cannot delegate (D1, D18)."""
