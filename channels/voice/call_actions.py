"""Actions of one call, besides its sound (call_sound.py). Pure."""

from msgspec import Struct


class Tell(Struct, frozen=True):
    """The caller's choice as text for the conversation."""

    text: str


class Ring(Struct, frozen=True):
    operator: str


class Hush(Struct, frozen=True):
    """Stop an operator's telephone, or hang it up."""

    operator: str


class Accept(Struct, frozen=True):
    """An operator accepts an offer by picking up."""

    operator: str


class Refuse(Struct, frozen=True):
    """An operator's telephone is unreachable: the call is offered to the next."""

    operator: str


class Part(Struct, frozen=True):
    """A talk ended, and the caller is still there: the hub may ask for a grade."""


class Grade(Struct, frozen=True):
    """The caller's grade, from 1 to 5."""

    grade: int


class Connect(Struct, frozen=True):
    """Call the centre that has the conversation."""


class Disconnect(Struct, frozen=True):
    """Hang up the trunk to it."""


class Lose(Struct, frozen=True):
    """The caller did not reach that centre, or is not connected to it any more."""


class Leave(Struct, frozen=True):
    """The caller is gone; `lost` on the way to a centre that waits for the call."""

    lost: bool = False


Deed = Tell | Ring | Hush | Accept | Refuse | Part | Grade | Connect | Disconnect | Lose | Leave
