"""The way of a conversation through the centres: responsible centre, former hops, possible next step."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from hub.conversations.transfer_route import TransferReason
from routing.reasons import Party


class Station(Struct, frozen=True):
    """An existing party: a centre of some level, the specialists of an МФЦ, a department."""

    centre: str
    party: Party


class Area(Struct, frozen=True):
    """Responsible stations for the place where the service is received; the caller's number only proposes it (RT-11)."""

    stations: tuple[Station, ...]
    """At most one for each party."""
    standby: tuple[Station, ...] = ()
    """Substitutes of this centre, best first (D6)."""

    def station(self, party: Party) -> Station | None:
        return next((each for each in self.stations if each.party == party), None)


class Load(Struct, frozen=True):
    """State of the centres, from routing/overflow.py."""

    overloaded: frozenset[str] = frozenset()
    """They take no relief traffic (RT-09), except what only they can answer."""
    full: frozenset[str] = frozenset()
    """Not overloaded, but relief traffic would overload them: they denied it (RT-09)."""
    refusing: frozenset[str] = frozenset()
    """They take nothing: disconnected, or no capacity."""
    quicker_site: str = ""
    """The better federal site for a conversation that waits there (RT-03)."""


class Stop(Struct, frozen=True):
    sender: Station
    receiver: Station
    reason: TransferReason
    at: datetime
    site: str = ""
    taken: bool = True
    """False: the receiver refused it and it returned to the sender."""


class Journey(Struct, frozen=True):
    """Data that follows a conversation."""

    number: str
    here: Station
    waiting_since: datetime
    """Set once, when the first centre accepted the contact; no hand-over restarts it (D3)."""
    stops: tuple[Stop, ...] = ()


class StayReason(StrEnum):
    """Why a conversation stays."""

    ANSWERED_HERE = "answered_here"
    NOT_PERMITTED = "not_permitted"
    NO_CENTRE = "no_centre"
    REFUSED = "refused"
    BEEN_THERE = "been_there"
    HOP_LIMIT = "hop_limit"


class Move(Struct, frozen=True):
    """`journey` is already at the receiver; its last hop has sender, reason and time."""

    journey: Journey


class Stay(Struct, frozen=True):
    """It keeps its place in its line."""

    why: StayReason
    offer_callback: bool = False
    """The wait cannot be shortened: the citizen may choose a callback."""


class Promise(Struct, frozen=True):
    """A callback must be created."""

    why: StayReason
    kept_by: str
    """The centre that registers it: the current one, so that a broken link loses nothing."""
    owed_by: str
    """The centre that must answer. The federal one keeps a sealed minimum for it (D19)."""


Step = Move | Stay | Promise
