"""«Помогло?»: the two choices that follow an answer of the robot, and how channels without buttons show them. Pure."""

from collections.abc import Sequence

QUESTION = "Помогло?"
HELPED, UNHELPED = "Да, помогло", "Нет, не помогло"
CHOICES = (HELPED, UNHELPED)
"""The last choices of a message that asks. Each is clear without the question, as a button in a messenger."""


def without_feedback(choices: Sequence[str]) -> Sequence[str]:
    """The other choices, in front of these two."""
    return choices[:-len(CHOICES)] if asks(choices) else choices


def asks(choices: Sequence[str]) -> bool:
    """Whether a message asks if it helped."""
    return tuple(choices[-len(CHOICES):]) == CHOICES
