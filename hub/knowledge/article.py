"""The knowledge base: articles with the questions they answer, the centre's own and those that centres above it have sent (0089). Pure."""

from datetime import date
from enum import StrEnum

from hub.conversations.message import Source
from hub.kernel.document import Document
from hub.organisation.level import Level


class Purpose(StrEnum):
    """What the robot does when an article fits."""

    ANSWER = "answer"
    PERSON = "person"
    """The citizen asks for a human being."""
    EMERGENCY = "emergency"
    """Danger to life: name 112 and hand over at once."""
    GREETING = "greeting"


FROM = "."
"""Between the code of the centre that has sent an article and its id there; no id of one's own has it."""


class Article(Document, frozen=True, omit_defaults=True, tag="article"):
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
    own: bool = False
    """It is this centre's alone: centres below are not sent it."""
    centre: str = ""
    """The code of the centre above that has sent it; "" where it was written here."""
    level: Level | None = None
    """Of that centre."""

    @property
    def about(self) -> str:
        """The id without its sender: what is here about the same has it, too."""
        return self.id.rpartition(FROM)[2]

    @property
    def card(self) -> str:
        """The id of its card, also where it is told as what is about the same."""
        return sent(self.centre, self.about) if self.centre else self.id

    def source(self) -> Source:
        return Source(self.id, self.title, self.valid_from, self.body)


def sent(centre: str, id_: str) -> str:
    """The id of an article here that another centre has sent."""
    return f"{centre}{FROM}{id_}"
