"""The lines of all centres of one deployment: expected waits, and overflow targets (RT-01…RT-09).

Combines forecast, overflow and matrix; a centre's state is that of its first line, which takes conversations of others.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from hub.conversations.conversation import Conversation, InQueue, WithOperator, waiting_since
from hub.conversations.talk_clocks import WaitAlarm
from hub.conversations.transfer_route import (
    OfferCallback,
    PromiseCallback,
    ToLine,
    ToRemoteCentre,
    TransferHop,
    TransferPurpose,
    TransferReason,
    TransferRefused,
)
from hub.organisation.level import TopicClass
from hub.organisation.overload_thresholds import OverloadThresholds
from hub.organisation.registry import Registry
from routing.forecast import Forecast
from routing.journey import Area, Journey, Load, Move, Promise, Station, Stay, StayReason, Stop
from routing.jurisdiction import Jurisdiction, above
from routing.levels import next_stop
from routing.matrix import Matrix
from routing.overflow import Callback, Overflow, Relief
from routing.overload import State
from routing.reasons import WHY, Denial, Need, Party, Refusal, Route
from routing.sites import Sites

HANDLING_S = 300.0
"""Initial handling time: the mean of part 5 of the load model."""
AFAR = 2
"""Assumed free operators of a centre on another deployment: capacity for one more at each request, and it refuses itself."""
PLACE_UNKNOWN = "Сначала укажите место, где оказывается услуга."
BLOCKED = {
    StayReason.ANSWERED_HERE: "На этот вопрос отвечает ваш центр.",
    StayReason.NOT_PERMITTED: "Такая передача не включена в правилах центра.",
    StayReason.NO_CENTRE: "Для этого места центра ещё нет: пообещайте ответ в течение суток.",
    StayReason.REFUSED: "Сейчас там не примут. Пообещайте ответ в течение суток.",
    StayReason.BEEN_THERE: "Обращение там уже было. Пообещайте ответ в течение суток.",
    StayReason.HOP_LIMIT: "Обращение передавали уже три раза. Пообещайте ответ в течение суток.",
}
OUTSIDE = "Отвечает другой центр, линии которого здесь нет. Назовите его номер и часы или пообещайте ответ в течение суток."


class Ladder:
    """hub.dispatch.ports.Ladder."""

    def __init__(self, lines: Mapping[str, Station], registry: Registry | None = None, matrix: Matrix | None = None,
                 standby: Mapping[str, tuple[str, ...]] | None = None, departments: Collection[str] = (), *,
                 sites: Mapping[str, str] | None = None, overload: Mapping[str, OverloadThresholds] | None = None) -> None:
        """`lines`: queue to its owner, the first of each takes conversations of others; `standby`, `departments`: see Atlas.

        `sites` are those of the federal centre's lines (RT-03); `overload` has the thresholds of centres that differ from D9.
        """
        self._matrix, self._overflow = matrix or Matrix(), Overflow(overload)
        self._balance = Sites()
        self._around = (registry, standby, departments)
        self._forecasts: dict[str, Forecast] = {}
        self._line_of: dict[int, str] = {}
        self.renew(lines, sites or {})

    def settle(self, overload: Mapping[str, OverloadThresholds]) -> None:
        """Replace the thresholds of centres that differ from D9."""
        self._overflow.settle(overload)

    def renew(self, lines: Mapping[str, Station], sites: Mapping[str, str]) -> None:
        """Replace the lines and their sites; the state of remaining ones is kept."""
        self._lines, self._sites = dict(lines), sites
        self._site_door = {site: queue for queue, site in reversed(list(sites.items()))}
        self._door = {station.centre: queue for queue, station in reversed(list(lines.items()))}
        self._jurisdiction = Jurisdiction(list(dict.fromkeys(lines.values())), *self._around)
        self._forecasts = {queue: self._forecasts.get(queue) or Forecast(HANDLING_S) for queue in lines}
        self._line_of = {conversation: queue for conversation, queue in self._line_of.items() if queue in lines}

    def staffed(self, queue: str, busy: int, ready: int, now_s: float) -> None:
        if line := self._forecasts.get(queue):
            line.staffed(busy, ready, now_s)

    def joined(self, conversation: int, queue: str, now_s: float) -> None:
        self.left(conversation, now_s, gave_up=False)
        if line := self._forecasts.get(queue):
            line.arrived(conversation, now_s)
            self._line_of[conversation] = queue

    def served(self, conversation: int, now_s: float) -> None:
        if queue := self._line_of.pop(conversation, ""):
            self._forecasts[queue].served(conversation, now_s)

    def left(self, conversation: int, now_s: float, *, gave_up: bool) -> None:
        if queue := self._line_of.pop(conversation, ""):
            line = self._forecasts[queue]
            (line.abandoned if gave_up else line.moved)(conversation, now_s)

    def finished(self, queue: str, handling_s: float, now_s: float) -> None:
        if line := self._forecasts.get(queue):
            line.finished(handling_s, now_s)

    def predicted_s(self, queue: str, now_s: float, busy: int = 0, ready: int = 0) -> float:
        return self._forecasts[queue].predicted_s(now_s, busy, ready) if queue in self._forecasts else math.inf

    def alarm(self, queue: str, now_s: float) -> WaitAlarm | None:
        return self._forecasts[queue].alarm(now_s) if queue in self._forecasts else None

    def elsewhere(self, head: Conversation, topic: TopicClass, now: datetime, beyond: Mapping[str, float],
                  ) -> ToLine | ToRemoteCentre | OfferCallback | PromiseCallback | None:
        """The better line for a waiting conversation; None when it should stay."""
        holder = head.holder
        if not isinstance(holder, InQueue) or holder.queue not in self._lines:
            return None
        here = self._lines[holder.queue]
        area = self._area_of(here, head, topic, now)
        if area is None:
            return None
        self._observe(here, holder.queue, area, now.timestamp(), beyond)
        journey = _journey(head, here, self._jurisdiction)
        return self._stand_in(journey, holder.queue, topic, area, now) or self._next(journey, holder.queue, topic, area, now, beyond)

    def _stand_in(self, journey: Journey, queue: str, topic: TopicClass, area: Area, now: datetime) -> ToLine | None:
        """The substitute while nobody serves the line (D6)."""
        if not area.standby or not math.isinf(self.predicted_s(queue, now.timestamp())):
            return None
        step = next_stop(journey, topic, TransferPurpose.STANDBY, area, self._load(), self._matrix, now)
        return self._moved(step) if isinstance(step, Move) else None

    def _next(self, journey: Journey, queue: str, topic: TopicClass, area: Area, now: datetime, beyond: Collection[str],
              ) -> ToLine | ToRemoteCentre | OfferCallback | PromiseCallback | None:
        relief = self._relief(journey.here, area, topic, now.timestamp())
        full = frozenset(relief.denied) if isinstance(relief, Callback) else frozenset()
        load = replace(self._load(full), quicker_site=self._quicker_site(queue, now.timestamp()))
        match next_stop(journey, topic, TransferPurpose.ANSWER, area, load, self._matrix, now):
            case Move() as step if self._jurisdiction.hosts(step.journey.here):
                return self._moved(step)
            case Move() as step if step.journey.here.centre in beyond:
                return ToRemoteCentre(_passed(step))
            case Stay(offer_callback=offer) if offer or isinstance(relief, Callback):
                wait_s = self.predicted_s(queue, now.timestamp())
                return OfferCallback(wait_s) if wait_s > 0 else None  # another line of the centre is overloaded
            case Promise(why=why, owed_by=owed_by):
                return PromiseCallback(self._door.get(owed_by, queue), why)
            case _:
                return None

    def way(self, head: Conversation, topic: TopicClass, errand: TransferPurpose, matter: str, now: datetime) -> ToLine | TransferRefused:
        """Where an operator may hand it for a purpose; `matter` names the department of TransferPurpose.DEPARTMENT."""
        holder = head.holder
        if not isinstance(holder, InQueue | WithOperator) or holder.queue not in self._lines:
            return TransferRefused(WHY[Denial.NO_ROUTE])
        here = self._lines[holder.queue]
        if errand is not TransferPurpose.DEPARTMENT and not self._jurisdiction.knows(head.place):
            return TransferRefused(PLACE_UNKNOWN)
        area = self._jurisdiction.area(here, head.place, now.date(), matter)
        self._observe(here, holder.queue, area, now.timestamp(), {})
        match next_stop(_journey(head, here, self._jurisdiction), topic, errand, area, self._load(), self._matrix, now):
            case Move(journey=journey) as step:
                return self._moved(step) if self._jurisdiction.hosts(journey.here) else TransferRefused(
                    OUTSIDE, self._jurisdiction.directions(journey.here, now.date()), _passed(step))
            case Stay(why=StayReason.ANSWERED_HERE | StayReason.NOT_PERMITTED as why):
                return TransferRefused(self._refusal(here, area, Need(topic, errand, self._overloaded(here), _has_municipal(area)))
                                       or BLOCKED[why])
            case Stay(why=why) | Promise(why=why):
                return TransferRefused(BLOCKED[why])

    def forbids(self, queue: str, source: str, head: Conversation, topic: TopicClass, now: datetime) -> str:
        here, passed, on = self._lines[queue], head.passed[-1], now.date()
        sender, speaker = self._jurisdiction.known(passed.sender, on), self._jurisdiction.known(source, on)
        if sender is None or speaker is None or passed.receiver != here.centre or above(sender.party, speaker.party):
            return Denial.NO_ROUTE
        area = self._jurisdiction.area(here, head.place, on)
        route = Route(sender.party, here.party, passed.reason)
        if (refused := self._matrix.upheld(route, topic, municipal_exists=_has_municipal(area))) is not None:
            return refused.code
        stands_in = passed.reason is TransferReason.FAILOVER
        return "" if stands_in or area.station(here.party) == here else Denial.WRONG_PLACE

    def _area_of(self, here: Station, head: Conversation, topic: TopicClass, now: datetime) -> Area | None:
        """The responsible stations of its place. None where the place decides and is unknown: the answering operator asks for it."""
        if here.party is not Party.FEDERAL or self._jurisdiction.knows(head.place):
            return self._jurisdiction.area(here, head.place, now.date())
        return Area((here,)) if topic in {TopicClass.GENERAL, TopicClass.UNKNOWN} else None

    def _quicker_site(self, queue: str, now_s: float) -> str:
        """The site where an answer is nearer; "" for the line's own. A site where nobody serves is lost (LV-01)."""
        if (home := self._sites.get(queue, "")) == "":
            return ""
        doors = self._site_door | {home: queue}
        chosen = self._balance.choose(home, {site: wait for site, door in doors.items()
                                             if not math.isinf(wait := self.predicted_s(door, now_s))})
        return chosen if chosen != home else ""

    def _moved(self, step: Move) -> ToLine:
        passed, site = _passed(step), step.journey.stops[-1].site
        return ToLine(self._site_door[site] if site else self._door[passed.receiver], passed)

    def _observe(self, here: Station, queue: str, area: Area, now_s: float, beyond: Mapping[str, float]) -> None:
        """The sender's state is that of the conversation's line; receivers are those of the first lines, or `beyond`.

        Where nobody serves, nothing is taken; but that is no overload, so it ends as soon as an operator is present.
        """
        doors = {each.centre: self._door.get(each.centre, "") for each in (*area.stations, *area.standby)} | {here.centre: queue}
        for code, door in doors.items():
            line = self._forecasts.get(door)
            if line and (line.operators or code == here.centre):
                self._overflow.observe(code, State(line.predicted_s(now_s), line.occupancy, line.operators), now_s)
            elif code in beyond:
                self._overflow.observe(code, State(beyond[code], 0.0, AFAR), now_s)
            else:
                self._overflow.lost(code)

    def _load(self, full: frozenset[str] = frozenset()) -> Load:
        return Load(self._overflow.overloaded(), full)

    def _overloaded(self, here: Station) -> bool:
        return here.centre in self._overflow.overloaded()

    def _relief(self, here: Station, area: Area, topic: TopicClass, now_s: float) -> Relief | Callback | None:
        """The receiver of an overloaded centre's conversation; None when it is not overloaded."""
        need = Need(topic, TransferPurpose.ANSWER, overloaded=True, municipal_exists=_has_municipal(area))
        allowed = [each.centre for each in area.stations if each != here and takes_relief(self._matrix, here, each, need)]
        return self._overflow.relieve(here.centre, allowed, now_s)

    def _refusal(self, here: Station, area: Area, need: Need) -> str:
        """Why the nearest candidate cannot take it, in words."""
        others: Sequence[Station] = [each for each in area.stations if each != here]
        refused = [said for each in others if isinstance(said := self._matrix.permitted(here.party, each.party, need), Refusal)]
        telling = [said for said in refused if said.code not in {Denial.NO_ROUTE, Denial.WRONG_ERRAND}]
        return telling[0].why if telling else ""


def takes_relief(matrix: Matrix, here: Station, there: Station, need: Need) -> bool:
    """Whether a centre may send another one what it cannot serve in time."""
    route = matrix.permitted(here.party, there.party, need)
    return isinstance(route, Route) and route.reason is TransferReason.GENERAL_OVERLOAD


def _passed(step: Move) -> TransferHop:
    last = step.journey.stops[-1]
    return TransferHop(last.sender.centre, last.receiver.centre, last.reason, last.at)


def _has_municipal(area: Area) -> bool:
    return area.station(Party.MUNICIPAL) is not None


def _journey(head: Conversation, here: Station, jurisdiction: Jurisdiction) -> Journey:
    assert isinstance(head.holder, InQueue | WithOperator)  # noqa: S101 - both callers have looked
    stops = tuple(Stop(jurisdiction.station(p.sender), jurisdiction.station(p.receiver), p.reason, p.at) for p in head.passed)
    return Journey(head.number, here, waiting_since(head.holder), stops)
