"""Transient signals for a connected citizen: typing, read marks, place in the queue."""

import math

from msgspec import Struct

from hub.conversations.attachments import Check
from hub.conversations.conversation import Conversation


class OperatorTyping(Struct, frozen=True):
    """An operator is writing to the citizen."""


class OperatorSaw(Struct, frozen=True):
    """An operator has read everything up to a record."""

    id: int


class Moved(Struct, frozen=True):
    """The conversation has another holder or another place in the queue (from 1; 0 when it does not wait)."""

    head: Conversation
    place: int
    operator: str = ""
    """The operator's name as shown to citizens."""
    wait_s: float = math.inf
    """Expected wait of a new citizen in this line, in seconds; infinite where nobody serves it."""
    read: int = 0
    """Last record that an operator has read, for clients that have just connected."""


class Checked(Struct, frozen=True):
    """A file became available or unavailable; `state` is the scanner's result."""

    file: str
    state: Check


LiveSignal = OperatorTyping | OperatorSaw | Moved | Checked
"""Never stored: of no use to a citizen who connects later."""
