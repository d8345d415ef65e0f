"""What citizens say that the robot does not understand, and what designers make of it. Pure."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from hub.kernel.document import Document


class Guess(Struct, frozen=True):
    """An intent that words may have meant, and how likely, from 0 to 1."""

    intent: str
    confidence: float


class Utterance(Struct, frozen=True):
    """What a citizen has said to the robot. `guesses` are the likeliest first."""

    text: str
    guesses: tuple[Guess, ...]
    answers: bool
    """It has answered a question of the robot: whatever its intent was, it was understood."""


class Doubt(StrEnum):
    """Why a designer should look at a phrase."""

    MISSED = "missed"
    """The robot did not understand it."""
    DOUBTFUL = "doubtful"
    """It was not sure enough."""
    ASKED = "asked"
    """It was sure; but then the citizen asked for a person at once."""
    SOUGHT = "sought"
    """An operator has looked for it in the knowledge base, and found nothing."""


class Doubted(Struct, frozen=True):
    """A phrase as it was said, with its message: it leaves the hub masked, and without them."""

    record: int
    conversation: int
    at: datetime
    why: Doubt
    said: Utterance


class Meaning(Struct, frozen=True):
    """An intent of a project, or a question of one (faq/ask_hours), with one of its examples and their number."""

    intent: str
    example: str
    examples: int


class Assigned(Document, frozen=True, omit_defaults=True, tag="robot_phrase"):
    """What became of a phrase, masked and in its normal form: an example of an intent, or nobody's where `intent` is ""."""

    phrase: str
    at: datetime
    by: str
    intent: str = ""
    example: str = ""
    """As it was written into the draft."""
    article: str = ""
    """Id of the article, or the service, that answers it now."""


class Sought(Document, frozen=True, omit_defaults=True, tag="sought"):
    """What operators have not found in the knowledge base, masked; the key is its normal form."""

    phrase: str
    text: str
    count: int
    at: datetime
