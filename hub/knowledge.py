"""The knowledge base: articles with the questions they answer."""

from datetime import date
from enum import StrEnum

from msgspec import Struct

from hub.message import Source


class Purpose(StrEnum):
    """What the robot does when an article fits."""

    ANSWER = "answer"
    PERSON = "person"
    """The citizen asks for a human being."""
    EMERGENCY = "emergency"
    """Danger to life: name 112 and hand over at once."""
    GREETING = "greeting"


class Article(Struct, frozen=True, omit_defaults=True, tag="article"):
    id: str
    title: str
    text: str
    questions: tuple[str, ...] = ()
    """How citizens ask for it, in their own words."""
    topic: str = ""
    body: str = ""
    """The law or public body the text was taken from."""
    valid_from: date = date(2026, 1, 1)
    purpose: Purpose = Purpose.ANSWER

    def source(self) -> Source:
        return Source(self.id, self.title, self.valid_from, self.body)
