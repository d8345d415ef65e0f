"""Events of one call: from the telephone and from the conversation. Pure."""

import math

from msgspec import Struct


class Said(Struct, frozen=True):
    """The robot, an operator or the hub says something."""

    text: str
    choices: tuple[str, ...] = ()


class Slower(Struct, frozen=True):
    """The caller has asked the robot to speak more slowly."""


class Spoken(Struct, frozen=True):
    """A text was played to its end; `heard` is False where nothing could be played."""

    heard: bool = True


class Pressed(Struct, frozen=True):
    digit: str


class Heard(Struct, frozen=True):
    """The caller has spoken, and the robot computes the answer."""


class Interrupted(Struct, frozen=True):
    """The caller speaks while something is said to them: it was stopped."""


class Continued(Struct, frozen=True):
    """The caller was asked, and wants to hear more, or does not; None where they say something else."""

    wanted: bool | None


class Chosen(Struct, frozen=True):
    """The caller has said a choice of the menu in their own words."""

    choice: str


class Silence(Struct, frozen=True):
    """The robot listened without input."""


class Held(Struct, frozen=True):
    """A caller in line has heard music for a while."""


class Failed(Struct, frozen=True):
    """The hub failed to play or understand."""


class Dropped(Struct, frozen=True):
    """The hub cannot continue the call: the dial plan has the caller, who is still there."""


class WithRobot(Struct, frozen=True):
    """The robot has the conversation (again)."""


class InLine(Struct, frozen=True):
    """`wait_s` is the expected wait, infinite if unknown."""

    place: int
    wait_s: float = math.inf


class Taken(Struct, frozen=True):
    """An operator has the conversation."""

    operator: str


class AtCentre(Struct, frozen=True):
    """A centre on another deployment has the conversation; only when it has `accepted` is the caller connected to it."""

    accepted: bool = False


class Ended(Struct, frozen=True):
    """The conversation is closed, or an answer is promised."""


class Offered(Struct, frozen=True):
    operator: str


class Withdrawn(Struct, frozen=True):
    """The offer has ended."""

    operator: str


class PickedUp(Struct, frozen=True):
    """`briefed` where the operator hears first what it is about."""

    operator: str
    leg: str
    briefed: bool = False


class Briefed(Struct, frozen=True):
    """The operator has heard it."""

    leg: str


class LegEnded(Struct, frozen=True):
    """An operator's telephone was not answered, refused, or hung up before the connection."""

    operator: str


class Parted(Struct, frozen=True):
    """The connection with an operator's leg ended, and the caller is still there."""

    leg: str


class Missed(Struct, frozen=True):
    """An operator's leg ended before the connection."""

    leg: str


class Reached(Struct, frozen=True):
    """The other centre has answered the trunk."""

    leg: str


class TrunkEnded(Struct, frozen=True):
    """The trunk to the other centre is over; `lost` unless that centre has hung up."""

    lost: bool


class Forgotten(Struct, frozen=True):
    """The other centre has hung up and told nothing more."""


class SetAside(Struct, frozen=True):
    """The operator consults somebody, or continues to."""


class Together(Struct, frozen=True):
    """Conference of caller, operator and consulted party."""

    room: str


class Rejoined(Struct, frozen=True):
    """The operator is back with the caller; without a `leg` they hung up meanwhile, and are called again."""

    leg: str


class Passed(Struct, frozen=True):
    """The caller is transferred to the consulted party: a colleague, or an external party of the same operator."""

    operator: str
    leg: str


class RoomLeft(Struct, frozen=True):
    """The caller left a conference without other participants."""

    room: str


class Asks(Struct, frozen=True):
    """The hub asks the caller for a grade."""


class HungUp(Struct, frozen=True):
    """The caller is gone."""


CallerEvent = Said | Slower | Spoken | Pressed | Interrupted | Heard | Continued | Chosen | Silence | Held | Failed
"""The dialogue with the caller."""
HolderEvent = WithRobot | InLine | Taken | AtCentre | Ended | Asks
"""The hub decides who holds the conversation."""
PhoneEvent = Offered | Withdrawn | PickedUp | Briefed | LegEnded | Parted | Missed | RoomLeft
"""Offers, the operators' telephones, and the ends of connections."""
TrunkEvent = Reached | TrunkEnded | Forgotten
"""The trunk to a centre on another deployment."""
ConsultationEvent = SetAside | Together | Rejoined | Passed
Event = CallerEvent | HolderEvent | PhoneEvent | TrunkEvent | ConsultationEvent | Dropped | HungUp
