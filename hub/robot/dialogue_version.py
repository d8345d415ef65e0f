"""Versions of the robot's dialogue: what was ever published, which one speaks, and the draft of the next.

Their files lie among the attachments, named by their SHA-256.
"""

from datetime import datetime

from msgspec import Struct

from hub.kernel.document import Document

ROBOT = "robot"
"""The key of what speaks, and of the draft: a centre has one robot."""


class Packed(Struct, frozen=True):
    """A project and what it has learnt, as files."""

    project: bytes
    model: bytes


class Version(Document, frozen=True, omit_defaults=True, tag="robot_version"):
    """A dialogue that was published. `by` is a login, or "" for the one that Okno brings along."""

    id: str
    """Follows from the content: sixteen hexadecimal digits."""
    number: int
    at: datetime
    by: str
    project: str
    """File: the packed project (bots/project_archive.py)."""
    model: str
    """File: what it has learnt to understand (bots/understanding/model_codec.py)."""
    note: str = ""
    """What its designer says of it."""
    intents: int = 0
    stories: int = 0
    """Test stories, all of which passed."""
    changes: tuple[str, ...] = ()
    """To the version that spoke before."""


class Spoken(Document, frozen=True, tag="robot_spoken"):
    """Which version speaks: to publish and to roll back is to put this."""

    robot: str
    version: str
    at: datetime
    by: str


class Draft(Document, frozen=True, omit_defaults=True, tag="robot_draft"):
    """What will be the next version, as it stands."""

    robot: str
    project: str
    """File: the packed project."""
    at: datetime
    by: str
    base: str = ""
    """The version that it was begun from."""
    approved_by: str = ""
    """Who has seen it as it stands and lets it be published with fewer test stories; each change forgets it."""
