"""The way of a conversation over the centres: who answers for its place, where it has been, and what may come next."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from hub.conversations.transfer_route import TransferReason
from routing.reasons import Party


class Station(Struct, frozen=True):
    """An end of a hand-over that exists: a centre of some level, the specialists of an МФЦ, a department."""

    centre: str
    party: Party


class Area(Struct, frozen=True):
    """Who answers for the place where the service is received; the caller's number only proposes it (RT-11)."""

    stations: tuple[Station, ...]
    """At most one a party."""
    standby: tuple[Station, ...] = ()
    """Who stands in for this centre, best first (D6)."""

    def station(self, party: Party) -> Station | None:
        return next((each for each in self.stations if each.party == party), None)


class Load(Struct, frozen=True):
    """How the centres are now, as routing/overflow.py sees it."""

    overloaded: frozenset[str] = frozenset()
    """They take no relief traffic (RT-09), but what they alone can answer."""
    full: frozenset[str] = frozenset()
    """Not overloaded, but relief traffic would make them so: they denied it (RT-09)."""
    refusing: frozenset[str] = frozenset()
    """They take nothing: cut off, or no room left."""
    quicker_site: str = ""
    """The site of the federal centre that a conversation waiting there had better go to (RT-03)."""


class Stop(Struct, frozen=True):
    sender: Station
    receiver: Station
    reason: TransferReason
    at: datetime
    site: str = ""
    taken: bool = True
    """False: the receiver turned it away and it went back to the sender."""


class Journey(Struct, frozen=True):
    """What travels along with a conversation."""

    number: str
    here: Station
    waiting_since: datetime
    """Set once, when the first centre accepted the contact; no hand-over restarts it (D3)."""
    stops: tuple[Stop, ...] = ()


class StayReason(StrEnum):
    """Why a conversation does not move."""

    ANSWERED_HERE = "answered_here"
    NOT_PERMITTED = "not_permitted"
    NO_CENTRE = "no_centre"
    REFUSED = "refused"
    BEEN_THERE = "been_there"
    HOP_LIMIT = "hop_limit"


class Move(Struct, frozen=True):
    """`journey` is already at the receiver; its last stop says from where, why and when."""

    journey: Journey


class Stay(Struct, frozen=True):
    """It keeps its place in the line where it is."""

    why: StayReason
    offer_callback: bool = False
    """Nobody can shorten the wait: the citizen may choose a callback instead."""


class Promise(Struct, frozen=True):
    """A callback must be created."""

    why: StayReason
    kept_by: str
    """The centre that registers it: where the conversation is now, so a broken link loses nothing."""
    owed_by: str
    """The centre that must answer. The federal one keeps a sealed minimum for it (D19)."""


Step = Move | Stay | Promise


def turned_away(journey: Journey) -> Journey:
    """The receiver refused on arrival: back at the sender with the same clock. The stop counts, so it is not tried again."""
    *before, last = journey.stops
    return replace(journey, here=last.sender, stops=(*before, replace(last, taken=False)))


def transfers(journeys: Iterable[Journey]) -> Counter[TransferReason]:
    """Hand-overs that were taken, by reason (RT-01)."""
    return Counter(stop.reason for journey in journeys for stop in journey.stops if stop.taken)


def per_hundred(counted: Counter[TransferReason], contacts: int) -> dict[TransferReason, float]:
    """Transfers per 100 contacts, by reason; nothing without contacts."""
    return {reason: 100 * count / contacts for reason, count in counted.items()} if contacts else {}
