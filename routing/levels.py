"""The next step of a conversation between levels: it moves, stays, or a callback is promised. It is never lost.

A journey has at most three hops and visits a centre at most once for a reason (RT-07). The clock, the number and the hops are kept
(RT-08). The responsible centre of the place where the service is received is tried first (RT-11).
"""

from collections.abc import Iterator
from datetime import datetime

from msgspec.structs import replace

from hub.conversations.transfer_route import RELIEF, TransferPurpose, TransferReason
from hub.organisation.level import TopicClass
from routing.journey import Area, Journey, Load, Move, Promise, Station, Stay, StayReason, Step, Stop
from routing.matrix import Matrix
from routing.reasons import Need, Party, Route

HOPS = 3
"""The limit of RT-07."""

_RECEIVERS = {
    Party.FEDERAL: (Party.DEPARTMENT, Party.MUNICIPAL, Party.REGIONAL, Party.FEDERAL),
    Party.REGIONAL: (Party.DEPARTMENT, Party.MUNICIPAL, Party.SPECIALIST, Party.FEDERAL, Party.REGIONAL),
    Party.MUNICIPAL: (Party.DEPARTMENT, Party.SPECIALIST, Party.FEDERAL, Party.MUNICIPAL, Party.REGIONAL),
    Party.DEPARTMENT: (Party.MUNICIPAL, Party.REGIONAL, Party.FEDERAL),
    Party.SPECIALIST: (),
}
"""Receivers to try, in this order. The matrix decides."""
_FEDERAL_TOPICS = frozenset({TopicClass.GENERAL, TopicClass.UNKNOWN})
"""Unknown is not general, but stays until it is known (D10)."""


def next_stop(journey: Journey, topic: TopicClass, errand: TransferPurpose, area: Area, load: Load, matrix: Matrix, now: datetime) -> Step:
    """The next step of the conversation. `now` is the time of the hop and changes no clock."""
    here = journey.here
    need = Need(topic, errand, here.centre in load.overloaded, area.station(Party.MUNICIPAL) is not None)
    routes = list(_routes(here, need, area, load, matrix))
    for station, reason in routes:
        if _obstacle(journey, station, reason, load) is None:
            site = load.quicker_site if reason == TransferReason.SITE_BALANCING else ""
            return Move(replace(journey, here=station, stops=(*journey.stops, Stop(here, station, reason, now, site))))
    if routes:
        return _blocked(journey, routes, load)
    if _serves(here.party, topic, errand):
        elsewhere = errand == TransferPurpose.RIGHT_PLACE or (errand == TransferPurpose.DEPARTMENT and here.party != Party.DEPARTMENT)
        return Stay(StayReason.NOT_PERMITTED if elsewhere else StayReason.ANSWERED_HERE)
    return Promise(StayReason.NO_CENTRE, here.centre, here.centre)


def _routes(here: Station, need: Need, area: Area, load: Load, matrix: Matrix) -> Iterator[tuple[Station, TransferReason]]:
    """The permitted ones, best first."""
    if need.errand == TransferPurpose.STANDBY:
        candidates = area.standby
    else:
        stations = map(area.station, _RECEIVERS[here.party])
        candidates = tuple(station for station in stations if station)
    for station in candidates:
        if station.centre == here.centre and not _may_change_site(station, need, load):
            continue
        route = matrix.permitted(here.party, station.party, need)
        if isinstance(route, Route):
            yield station, route.reason


def _may_change_site(station: Station, need: Need, load: Load) -> bool:
    """Only conversations that the federal centre answers itself are balanced between its sites."""
    return station.party == Party.FEDERAL and bool(load.quicker_site) and (need.topic in _FEDERAL_TOPICS
        and need.errand == TransferPurpose.ANSWER)


def _obstacle(journey: Journey, station: Station, reason: TransferReason, load: Load) -> StayReason | None:
    if len(journey.stops) >= HOPS:
        return StayReason.HOP_LIMIT
    if any(stop.receiver.centre == station.centre and stop.reason == reason for stop in journey.stops):
        return StayReason.BEEN_THERE
    # Between sites the centre is sender and receiver: its own load is no obstacle.
    denied = reason == TransferReason.GENERAL_OVERLOAD and station.centre in load.overloaded | load.full
    return StayReason.REFUSED if denied or station.centre in load.refusing else None


def _blocked(journey: Journey, routes: list[tuple[Station, TransferReason]], load: Load) -> Stay | Promise:
    """Nobody takes it. What can be answered here keeps its place; otherwise a callback is promised."""
    station, reason = routes[0]
    why = _obstacle(journey, station, reason, load) or StayReason.REFUSED
    if reason == TransferReason.SITE_BALANCING or (reason in RELIEF and why != StayReason.HOP_LIMIT):
        return Stay(why, offer_callback=True)
    owed_by = journey.here.centre if reason in RELIEF else station.centre
    return Promise(why, journey.here.centre, owed_by)


def _serves(party: Party, topic: TopicClass, errand: TransferPurpose) -> bool:
    """Whether the conversation is at the right centre when no route leads away."""
    if errand == TransferPurpose.STANDBY:
        return False
    match party:
        case Party.FEDERAL:
            return topic in _FEDERAL_TOPICS
        case Party.REGIONAL | Party.MUNICIPAL:
            return errand != TransferPurpose.MFC_STAFF
        case Party.SPECIALIST:
            return True
        case Party.DEPARTMENT:
            return errand == TransferPurpose.DEPARTMENT
