"""What is worth showing to a citizen at the moment it happens: who types, who has read, where he stands."""

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
    """The conversation has another holder, or another place in line (from 1; 0 when it does not wait)."""

    head: Conversation
    place: int
    operator: str = ""
    """The operator's name as citizens see it."""
    wait_s: float = math.inf
    """How long whoever joins its line now will wait, in seconds; infinite where nobody serves it."""
    read: int = 0
    """Up to which record an operator has read, told to those who have just connected."""


class Checked(Struct, frozen=True):
    """A file of the conversation may be opened now, or not any more; `state` is what the scanner makes of it."""

    file: str
    state: Check


LiveSignal = OperatorTyping | OperatorSaw | Moved | Checked
"""What is worth showing now and nothing to a citizen who comes later: never stored."""
