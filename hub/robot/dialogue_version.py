"""Versions of the robot's dialogue: all published ones, the active one, and the draft of the next.

Their files are stored with the attachments, named by their SHA-256.
"""

from datetime import datetime

from msgspec import Struct

from hub.kernel.document import Document
from hub.robot.training_results import Comparison

ROBOT = "robot"
"""Key of the active version and of the draft: a centre has one robot."""


class Packed(Struct, frozen=True):
    """A project and its trained model, as files."""

    project: bytes
    model: bytes


class Version(Document, frozen=True, omit_defaults=True, tag="robot_version"):
    """A published dialogue. `by` is a login, or "" for the shipped one."""

    id: str
    """Derived from the content: sixteen hexadecimal digits."""
    number: int
    at: datetime
    by: str
    project: str
    """File: the packed project (bots/project/archive.py)."""
    model: str
    """File: the trained model (bots/understanding/model_codec.py)."""
    note: str = ""
    """The designer's note."""
    intents: int = 0
    stories: int = 0
    """Number of test stories, all of which passed."""
    changes: tuple[str, ...] = ()
    """Changes since the version active before."""
    compared: Comparison = Comparison()
    """With that version."""
    approved_by: str = ""
    former: str = ""
    """The version active before."""


class Spoken(Document, frozen=True, tag="robot_spoken"):
    """The active version: publishing and rolling back set it."""

    robot: str
    version: str
    at: datetime
    by: str


class Draft(Document, frozen=True, omit_defaults=True, tag="robot_draft"):
    """The next version in work."""

    robot: str
    project: str
    """File: the packed project."""
    at: datetime
    by: str
    base: str = ""
    """The version that it is based on."""
    approved_by: str = ""
    """Who has approved this state for publication; each change resets it."""
    authors: tuple[str, ...] = ()
    """All who have changed it: none of them approves it."""

    @property
    def written_by(self) -> frozenset[str]:
        """Its authors, also of a draft of an earlier Okno, which knew the last one alone."""
        return frozenset((*self.authors, self.by))


class Trial(Document, frozen=True, omit_defaults=True, tag="robot_trial"):
    """A draft as it was, for chosen people to talk to until `until`. Its key is the SHA-256 of the link's secret.

    Nothing that is said there is stored.
    """

    secret: str
    at: datetime
    by: str
    until: datetime
    project: str
    """File: the packed project."""
    model: str
    """File: the trained model."""
    note: str = ""
    """Whom the link is for."""
