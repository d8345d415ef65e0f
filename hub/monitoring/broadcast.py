"""Supervisor's message to the floor: recipients, urgency, expiry, read receipts. Pure."""

from datetime import datetime

from hub.kernel.document import Document
from hub.kernel.errors import RefusedError


class FloorMessage(Document, frozen=True, omit_defaults=True, tag="floor_message"):
    """`queues` are the lines whose operators it is for; () where it is for one person, `login`."""

    id: str
    text: str
    by: str
    at: datetime
    until: datetime
    """Shown until then, to all who have not read it."""
    urgent: bool = False
    """Read out at once by a screen reader, interrupting other text."""
    to: str = ""
    """The chosen group of lines, as the floor names it."""
    queues: tuple[str, ...] = ()
    login: str = ""
    withdrawn: datetime | None = None


class FloorRead(Document, frozen=True, tag="floor_read"):
    """Read receipt. The key is message/login."""

    key: str
    message: str
    login: str
    at: datetime


def read_by(message: str, login: str, now: datetime) -> FloorRead:
    return FloorRead(f"{message}/{login}", message, login, now)


def holds(message: FloorMessage, now: datetime) -> bool:
    """Whether it is still to be shown."""
    return message.withdrawn is None and now < message.until


def is_for(message: FloorMessage, login: str, queues: tuple[str, ...]) -> bool:
    return message.login == login if message.login else not set(message.queues).isdisjoint(queues)


def checked(message: FloorMessage) -> FloorMessage:
    """Raises RefusedError for an empty or expired message."""
    if not message.text.strip():
        raise RefusedError("empty", "Сообщение пустое.")
    if message.until <= message.at:
        raise RefusedError("bad_dates", "Срок сообщения уже прошёл.")
    return message
