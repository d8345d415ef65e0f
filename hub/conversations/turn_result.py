"""What a turn of the robot came to. Pure."""

from enum import StrEnum


class TurnResult(StrEnum):
    """Result of a turn, for the next message and for the figures."""

    TALKED = ""
    """A greeting, thanks, the end of a form: nothing that helps or does not."""
    ANSWERED = "answered"
    """A fact or an article was told: the next message may say whether it helped."""
    ASKS = "asks"
    """The robot waits for a value or a choice."""
    HELPED = "helped"
    """The citizen confirmed that the answer before helped."""
    UNHELPED = "unhelped"
    """It did not help; a person was offered."""
