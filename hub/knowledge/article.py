"""Articles of the knowledge base with the questions they answer: the centre's own, and those received from superior centres (0089).

Pure.
"""

from datetime import date
from enum import StrEnum

from hub.conversations.message import Source
from hub.kernel.document import Document
from hub.organisation.level import Level


class Purpose(StrEnum):
    """What the robot does when an article fits."""

    ANSWER = "answer"
    PERSON = "person"
    """The citizen asks for an operator."""
    EMERGENCY = "emergency"
    """Danger to life: name 112 and hand over at once."""
    GREETING = "greeting"


FROM = "."
"""Separates the code of the sending centre from the article's id there; ids of own articles do not contain it."""


class Article(Document, frozen=True, omit_defaults=True, tag="article"):
    id: str
    title: str
    text: str
    questions: tuple[str, ...] = ()
    """Example questions in citizens' words."""
    topic: str = ""
    body: str = ""
    """The law or public body the text was taken from."""
    valid_from: date = date(2026, 1, 1)
    purpose: Purpose = Purpose.ANSWER
    own: bool = False
    """Not sent to subordinate centres."""
    centre: str = ""
    """Code of the superior centre that sent it; "" for own articles."""
    level: Level | None = None
    """Level of that centre."""
    service: str = ""
    """Id of the service that it is about; the robot tells of that service's facts then."""
    language: str = "ru"
    """ISO 639 code of the language of the text, and of those who get it."""
    authority: str = ""
    """Id of the body that is competent instead of the centre: its telephone is told, too. "" for what the centre answers itself."""

    @property
    def about(self) -> str:
        """The id without its sender, shared by articles about the same subject."""
        return about(self.id)

    @property
    def card(self) -> str:
        """The id of its card, also where it represents a subject."""
        return sent(self.centre, self.about) if self.centre else self.id

    def source(self) -> Source:
        return Source(self.id, self.title, self.valid_from, self.body)


def sent(centre: str, id_: str) -> str:
    """The id here of an article from another centre."""
    return f"{centre}{FROM}{id_}"


def about(id_: str) -> str:
    """The id without its sender, shared by the cards of all centres about one subject."""
    return id_.rpartition(FROM)[2]
