"""State of one call. Pure."""

import math

from msgspec import Struct

from channels.voice.call_phrases import OFFERS
from hub.robot.answers_by_sms import BY_SMS


class Robot(Struct, frozen=True):
    """The robot listens. `menu` are the choices of the digits from 1; `typed` are the keys of a number so far.

    `more` are the parts of an answer that were not told yet, and `further` is the choice after which the robot itself tells more.
    """

    menu: tuple[str, ...] = ()
    typed: str = ""
    silences: int = 0
    thinking: bool = False
    more: tuple[str, ...] = ()
    further: str = ""

    @property
    def goes_on(self) -> bool:
        """Whether the caller is asked if they want to hear more."""
        return bool(self.more or self.further)

    @property
    def asks(self) -> bool:
        """Whether a word may answer something else than the robot's dialogue."""
        return self.goes_on or BY_SMS in self.menu


class Waiting(Struct, frozen=True):
    """In line, at a place from 1; 0 while it is unknown. `wait_s` is the expected wait, infinite if unknown."""

    place: int = 0
    wait_s: float = math.inf
    offered: bool = False
    """The caller has heard, or hears, how to choose a callback."""
    asks: bool = False
    """That was the last thing said: a word may answer it."""
    chosen: bool = False
    """The caller has chosen it."""


class Given(Struct, frozen=True):
    """An operator has the conversation. `leg` is their end of the call (or of the consulted party), "" while it rings."""

    operator: str
    leg: str = ""
    aside: bool = False
    """The operator consults somebody, and the caller waits."""
    room: str = ""
    """The conference room."""


class Away(Struct, frozen=True):
    """A centre on another deployment has it. `leg` is the trunk to it, "" until that has answered, and after its end."""

    connects: bool = False
    """That centre has accepted the call, and the trunk was called."""
    leg: str = ""
    over: bool = False
    """That centre has hung up: whether it gives the call back or has ended it comes over the link."""


class Asked(Struct, frozen=True):
    """After the talk the caller is asked for a grade, and may hang up. No operator takes part."""


class Over(Struct, frozen=True):
    """Ends after everything is said; at once when the caller is gone."""

    gone: bool = False


Where = Robot | Waiting | Given | Away | Asked | Over


class Call(Struct, frozen=True):
    where: Where = Robot()
    speech: tuple[str, ...] = ()
    """Pending speech to the caller."""
    asked: str = ""
    """Login of the operator whose telephone rings for an offer."""
    leg: str = ""
    """The operator's end of the call, once picked up."""
    briefed: str = ""
    """The operator's end while they hear what it is about: the caller is not joined to it yet."""
    notice: str = ""
    """The announcement before a talk with an operator, until it was played."""
    reachable: bool = False
    """The caller's number is known: who waits may choose to be called back."""
    by_word: bool = False
    """Speech recognition is on: who waits may choose it by a word, too."""
    opens: bool = False
    """Speech recognition is on and nothing was said yet: the menu is read only to a silent caller after the greeting."""
    slow: bool = False
    """The caller has asked for slower speech."""
    handed: bool = False
    """By a centre on another deployment, to which the caller returns: that one says goodbye."""
    warned: bool = False
    """The announcement was played: recording may begin (152-ФЗ: prior information)."""

    @property
    def offers_call(self) -> bool:
        """Who waits hears, or hears next, how to be called back."""
        return isinstance(self.where, Waiting) and bool(self.speech) and self.speech[0].endswith(OFFERS)
