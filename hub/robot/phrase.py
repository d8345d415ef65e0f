"""Phrases that the robot does not understand, and their labels. Pure."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from hub.kernel.document import Document


class Guess(Struct, frozen=True):
    """A possible intent with its probability, from 0 to 1."""

    intent: str
    confidence: float


class Utterance(Struct, frozen=True):
    """A citizen's message to the robot. `guesses` are the likeliest first."""

    text: str
    guesses: tuple[Guess, ...]
    answers: bool
    """It answered a question of the robot: it was understood, whatever its intent."""


class Doubt(StrEnum):
    """Why a designer should label a phrase."""

    MISSED = "missed"
    """The robot did not understand it."""
    DOUBTFUL = "doubtful"
    """Low confidence."""
    ASKED = "asked"
    """High confidence, but the citizen requested an operator directly afterwards."""
    UNHELPED = "unhelped"
    """It was answered, and the citizen said that the answer did not help."""
    SOUGHT = "sought"
    """An operator searched for it in the knowledge base without a result."""


class Doubted(Struct, frozen=True):
    """A phrase with its message: exported masked, and without the message."""

    record: int
    conversation: int
    at: datetime
    why: Doubt
    said: Utterance
    answer: str = ""
    """What the robot answered, where that did not help."""


class Meaning(Struct, frozen=True):
    """An intent of a project, or a question of one (faq/ask_hours), with an example and their number."""

    intent: str
    example: str
    examples: int


class Assigned(Document, frozen=True, omit_defaults=True, tag="robot_phrase"):
    """The label of a masked phrase in its normal form: an intent, or dismissed where `intent` is ""."""

    phrase: str
    at: datetime
    by: str
    intent: str = ""
    example: str = ""
    """Its text in the draft."""
    article: str = ""
    """Id of the article or service that answers it now."""


class Sought(Document, frozen=True, omit_defaults=True, tag="sought"):
    """Unsuccessful searches of operators, masked; the key is the normal form."""

    phrase: str
    text: str
    count: int
    at: datetime
