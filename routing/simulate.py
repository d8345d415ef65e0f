"""Simulation of centres on a virtual clock, with the hub's router, ladder and overflow.

All random values come with the calls, so the same calls and operators give the same day.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from math import inf
from typing import Literal

from msgspec import Struct

from hub.access.operator import CAPACITY
from hub.conversations.transfer_route import TransferPurpose, TransferReason
from hub.dispatch.offer import Offer, Waiting
from hub.organisation.level import Level, TopicClass
from hub.organisation.overload_thresholds import OverloadThresholds
from hub.organisation.queue import skills
from routing.demand import HOUR_S, Call, Place
from routing.journey import Area, Journey, Load, Move, Promise, Station, Stay, Step
from routing.ladder import takes_relief
from routing.levels import next_stop
from routing.matrix import Matrix
from routing.overflow import Callback, Overflow
from routing.overload import State
from routing.reasons import Need, Party
from routing.service_level import ServiceLevelFigures
from routing.simulated_centre import SimulatedCall, SimulatedCentre

QUEUE = "calls"
SKILLS = skills({QUEUE: 1})
REPORTS_S = 5.0
"""Interval of the centres' reports to each other."""
BEHIND_S = 24 * HOUR_S
"""A callback waits until nobody waits on the line."""
DAY = datetime(2026, 11, 24, tzinfo=UTC)
"""Any weekday; used for the times of hops only."""

What = Literal["end", "leave", "shift"]


class StaffedCentre(Struct, frozen=True):
    """A centre, its lines, and its operators in each hour of the simulation; the last hour is repeated."""

    code: str
    level: Level
    operators: tuple[int, ...]
    lines: int | None = None
    """Concurrent callers: further ones hear the busy signal. None is no limit."""


class OverflowPolicy(Struct, frozen=True):
    """Overload thresholds, and whether centres take conversations of each other."""

    thresholds: OverloadThresholds = OverloadThresholds()
    given: bool = True


class Simulation:
    """Feed it calls in order of time, then read `observed`."""

    def __init__(
        self, centres: Sequence[StaffedCentre], places: Sequence[Place], *,
        help_: OverflowPolicy = OverflowPolicy(), start_s: float = 0, from_s: float = 0,  # noqa: B008 - frozen
    ) -> None:
        """Begins at `start_s` with all operators free; calls before `from_s` are not counted."""
        self.observed = {level: ServiceLevelFigures() for level in dict.fromkeys(centre.level for centre in centres)}
        self._from_s = from_s
        self._unseen = ServiceLevelFigures()
        self._houses = {each.code: _house(each, self.observed[each.level]) for each in centres}
        self._areas = [_area(place, self._houses) for place in places]
        self._matrix, self._overflow = Matrix(), Overflow(dict.fromkeys(self._houses, help_.thresholds))
        self._help_given = help_.given
        self._contacts: dict[int, SimulatedCall] = {}
        self._plan: list[tuple[float, int, What, str]] = []
        self._serial = 0
        for house in self._houses.values():
            house.counted_s = from_s
            self._change_shift(house, start_s)
            if len(house.operators) > 1:
                self._after(start_s - start_s % HOUR_S + HOUR_S, "shift", 0, house.station.centre)

    def run(self, calls: Iterable[Call], until_s: float) -> None:
        """All calls, with their results until then."""
        for call in calls:
            self._pass(call.at_s)
            self._arrive(call)
        self._pass(until_s)
        for house in self._houses.values():
            house.count(until_s)
        for contact in self._contacts.values():
            if contact.waits and not contact.callback:
                self._seen(contact).waiting += 1

    def most_held(self, centre: str) -> int:
        """How many of its lines were held at once at most."""
        return self._houses[centre].most_held

    def _pass(self, until_s: float) -> None:
        while self._plan and self._plan[0][0] <= until_s:
            now_s, number, what, word = heappop(self._plan)
            match what:
                case "end":
                    self._end(number, word, now_s)
                case "leave":
                    self._leave(number, now_s)
                case "shift":
                    self._change_shift(self._houses[word], now_s)
                    self._after(now_s + HOUR_S, "shift", 0, word)

    def _arrive(self, call: Call) -> None:
        area, now_s = self._areas[call.place], call.at_s
        here = area.station(Party.FEDERAL) if call.federal else None
        here = here or area.stations[0]
        house = self._houses[here.centre]
        contact = SimulatedCall(call, Journey("", here, _moment(now_s)), house, house)
        if not house.take_line():
            self._seen(contact).busy_signals += 1
            return
        self._serial += 1
        self._contacts[self._serial] = contact
        if here.party is Party.FEDERAL and call.topic is not TopicClass.GENERAL:
            self._move(contact, self._ask(contact, Load(), now_s), now_s)
        self._wait(self._serial, contact, now_s)

    def _wait(self, number: int, contact: SimulatedCall, now_s: float) -> None:
        """Join the line; if nobody is free, try other centres."""
        self._join(number, contact, now_s)
        if not contact.waits or contact.callback:
            return
        contact.house.forecast.arrived(number, now_s)
        if self._relieve(number, contact, now_s):
            self._wait(number, contact, now_s)
        elif contact.call.patience_s < inf:
            self._after(contact.call.at_s + contact.call.patience_s, "leave", number)

    def _join(self, number: int, contact: SimulatedCall, now_s: float) -> None:
        priority_s = -BEHIND_S if contact.callback else 0
        waiting = Waiting(number, QUEUE, contact.call.at_s, CAPACITY, (SKILLS,), priority_s, inf)
        self._begin(contact.house, contact.house.floor.wait(waiting, now_s), now_s)

    def _relieve(self, number: int, contact: SimulatedCall, now_s: float) -> bool:
        """Whether it goes to another centre; as routing.ladder does for the lines of a hub."""
        house, area = contact.house, self._areas[contact.call.place]
        self._tell(house, now_s, at_once=True)
        need = Need(contact.call.topic, TransferPurpose.ANSWER, overloaded=True, municipal_exists=area.station(Party.MUNICIPAL) is not None)
        allowed = [each.centre for each in area.stations if each != house.station and takes_relief(self._matrix, house.station, each, need)]
        for centre in allowed:
            self._tell(self._houses[centre], now_s)
        relief = self._overflow.relieve(house.station.centre, allowed if self._help_given else (), now_s)
        if relief is None:
            return False
        full = frozenset(allowed) if isinstance(relief, Callback) else frozenset[str]()
        step = self._ask(contact, Load(self._overflow.overloaded(), full), now_s)
        if isinstance(step, Move) and step.journey.stops[-1].reason is TransferReason.GENERAL_OVERLOAD:
            house.floor.withdraw(number, now_s)
            house.forecast.moved(number, now_s)
            self._move(contact, step, now_s)
            self._seen(contact).taken += 1
            return True
        if isinstance(step, Stay) and isinstance(relief, Callback):
            self._offer_callback(number, contact, now_s)
        return False

    def _ask(self, contact: SimulatedCall, load: Load, now_s: float) -> Step:
        area = self._areas[contact.call.place]
        return next_stop(contact.journey, contact.call.topic, TransferPurpose.ANSWER, area, load, self._matrix, _moment(now_s))

    def _move(self, contact: SimulatedCall, step: Step, now_s: float) -> None:
        if isinstance(step, Move):
            self._seen(contact).transfers[step.journey.stops[-1].reason] += 1
            contact.journey, contact.house = step.journey, self._houses[step.journey.here.centre]
        elif isinstance(step, Promise):
            self._promise(contact, now_s)

    def _offer_callback(self, number: int, contact: SimulatedCall, now_s: float) -> None:
        self._seen(contact).offered_callbacks += 1
        if contact.call.accepts_callback:
            contact.house.forecast.moved(number, now_s)
            self._promise(contact, now_s)
            self._join(number, contact, now_s)

    def _promise(self, contact: SimulatedCall, now_s: float) -> None:
        """A callback is owed within 24 hours; it waits behind the others."""
        contact.hang_up()
        contact.callback = True
        self._seen(contact).promise(now_s - contact.call.at_s)

    def _leave(self, number: int, now_s: float) -> None:
        contact = self._contacts.get(number)
        if contact is None or not contact.waits or contact.callback:
            return
        del self._contacts[number]
        contact.hang_up()
        contact.house.floor.withdraw(number, now_s)
        contact.house.forecast.abandoned(number, now_s)
        self._seen(contact).abandon(now_s - contact.call.at_s)

    def _begin(self, house: SimulatedCentre, offers: list[Offer], now_s: float) -> None:
        """Operators accept at once."""
        for offer in offers:
            contact = self._contacts[offer.conversation]
            house.floor.take(offer.conversation, offer.operator, CAPACITY, now_s)
            house.count(now_s)
            house.busy[offer.operator] = True
            house.free -= 1
            contact.waits = False
            house.forecast.served(offer.conversation, now_s)
            self._staffed(house, now_s)
            if contact.callback:
                self._seen(contact).kept += 1
            else:
                self._seen(contact).answer(now_s - contact.call.at_s)
            self._after(now_s + contact.call.handling_s, "end", offer.conversation, offer.operator)

    def _end(self, number: int, operator: str, now_s: float) -> None:
        contact = self._contacts.pop(number)
        contact.hang_up()
        house = contact.house
        house.count(now_s)
        house.free += house.busy.pop(operator)
        house.forecast.finished(contact.call.handling_s, now_s)
        self._staffed(house, now_s)
        self._begin(house, house.floor.release(number, now_s), now_s)

    def _change_shift(self, house: SimulatedCentre, now_s: float) -> None:
        house.count(now_s)
        on = house.operators[min(int(now_s // HOUR_S), len(house.operators) - 1)]
        for number in range(min(on, house.on), max(on, house.on)):
            operator = f"{number:04d}"
            comes = number >= house.on
            if operator in house.busy:
                house.busy[operator] = comes
            else:
                house.free += 1 if comes else -1
            self._begin(house, house.floor.present(operator, SKILLS if comes else (), now_s), now_s)
        house.on = on
        self._staffed(house, now_s)

    def _staffed(self, house: SimulatedCentre, now_s: float) -> None:
        house.forecast.staffed(len(house.busy), house.free, now_s)
        self._tell(house, now_s)

    def _tell(self, house: SimulatedCentre, now_s: float, *, at_once: bool = False) -> None:
        """The others hear how it is."""
        if at_once or now_s - house.told_s >= REPORTS_S:
            house.told_s = now_s
            forecast = house.forecast
            state = State(forecast.predicted_s(now_s), forecast.occupancy, forecast.operators)
            self._overflow.observe(house.station.centre, state, now_s)

    def _seen(self, contact: SimulatedCall) -> ServiceLevelFigures:
        return contact.house.seen if contact.call.at_s >= self._from_s else self._unseen

    def _after(self, at_s: float, what: What, number: int, word: str = "") -> None:
        heappush(self._plan, (at_s, number, what, word))


def _house(centre: StaffedCentre, seen: ServiceLevelFigures) -> SimulatedCentre:
    lines = inf if centre.lines is None else centre.lines
    return SimulatedCentre(Station(centre.code, Party(centre.level.value)), centre.operators, seen, lines)


def _area(place: Place, houses: Mapping[str, SimulatedCentre]) -> Area:
    """Who answers for a place, the nearest first."""
    federal = (house.station for house in houses.values() if house.station.party is Party.FEDERAL)
    own = (houses[code].station for code in (place.municipal, place.regional) if code in houses)
    return Area((*own, *federal))


def _moment(now_s: float) -> datetime:
    return DAY + timedelta(seconds=now_s)
