"""A simulated АИС МФЦ, with the API of slots that Okno proposes (docs/appointments.md): open every day, with windows 1 to 3.

Actions of its staff on a visit are set by `happens`, and by `PUT /play/{number}` with a state.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from aiohttp import web
from msgspec import Struct
from msgspec.structs import replace

from hub.appointments.appointment import Slot
from hub.appointments.external_schedule import Attended, Changes, Specialist, Visit, VisitState
from okno.demo.far_end import FarEnd, as_json, decoded

WINDOWS = ("1", "2", "3")
STEP_MIN = 15
LONGEST = timedelta(days=62)
PAGE = 200
STAFF = (Specialist("Примерова Анна Андреевна", "Специалист по приёму документов", ("1", "2")),
         Specialist("Образцов Пётр Петрович", "Ведущий специалист: сложные случаи", ("3",)))


class Played(Struct, frozen=True):
    """An action of the staff on a visit."""

    state: VisitState
    slot: Slot | None = None
    window: str = ""
    why: str = ""


class MfcSystem(FarEnd):
    def __init__(self, port: int = 0, token: str = "") -> None:
        super().__init__(port, token)
        self.visits: dict[str, Visit] = {}
        self.states: dict[str, Attended] = {}
        """States of visits on which the staff has acted."""
        self.staff = STAFF
        self._changed: list[str] = []

    def happens(self, number: str, state: VisitState, slot: Slot | None = None, *, window: str = "", specialist: str = "",
                why: str = "") -> None:
        """An action on a visit: the citizen arrives or is called, or the time changes."""
        visit = self.visits[number] = replace(self.visits[number], slot=slot or self.visits[number].slot)
        self.states[number] = Attended(number, state, visit.slot, window, specialist, why)
        self._changed.append(number)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return (web.get("/offices/{office}/slots", self._slots), web.put("/visits/{number}", self._put),
                web.delete("/visits/{number}", self._delete), web.get("/visits/{number}", self._visit),
                web.get("/changes", self._changes), web.get("/offices/{office}/specialists", self._specialists),
                web.put("/play/{number}", self._play))

    async def _slots(self, request: web.Request) -> web.Response:
        try:
            since, until = (datetime.fromisoformat(request.query[name]).astimezone(UTC) for name in ("since", "until"))
        except (KeyError, ValueError) as error:
            raise web.HTTPBadRequest from error
        office = request.match_info["office"]
        taken = {(visit.slot.at, visit.slot.window) for visit in self._standing() if visit.office == office}
        slots = (Slot(at, window, STEP_MIN) for at in _beginnings(since, min(until, since + LONGEST)) for window in WINDOWS)
        return as_json([slot for slot in slots if (slot.at, slot.window) not in taken])

    async def _put(self, request: web.Request) -> web.Response:
        visit = await decoded(request, Visit)
        if visit.number != request.match_info["number"]:
            raise web.HTTPBadRequest
        others = (each for each in self._standing() if each.number != visit.number and each.office == visit.office)
        if any(each.slot.meets(visit.slot) for each in others):
            return as_json({"error": "taken"}, 409)
        self.visits[visit.number] = visit
        self.states.pop(visit.number, None)
        return as_json({})

    async def _delete(self, request: web.Request) -> web.Response:
        self.visits.pop(request.match_info["number"], None)
        self.states.pop(request.match_info["number"], None)
        return as_json({})

    async def _visit(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        if (visit := self.visits.get(number)) is None:
            return as_json({"error": "not_found"}, 404)
        return as_json(self.states.get(number, Attended(number, VisitState.BOOKED, visit.slot)))

    async def _changes(self, request: web.Request) -> web.Response:
        after = request.query.get("after") or "0"
        if not after.isdecimal():
            raise web.HTTPBadRequest
        numbers = self._changed[int(after):int(after) + PAGE]
        return as_json(Changes(tuple(dict.fromkeys(numbers)), str(int(after) + len(numbers))))

    async def _specialists(self, request: web.Request) -> web.Response:
        del request  # the same in every office
        return as_json(self.staff)

    async def _play(self, request: web.Request) -> web.Response:
        number, played = request.match_info["number"], await decoded(request, Played)
        if number not in self.visits:
            return as_json({"error": "not_found"}, 404)
        self.happens(number, played.state, played.slot, window=played.window, why=played.why)
        return as_json({})

    def _standing(self) -> Iterator[Visit]:
        return (visit for number, visit in self.visits.items()
                if number not in self.states or self.states[number].state is not VisitState.CANCELLED)


def _beginnings(since: datetime, until: datetime) -> Iterator[datetime]:
    step = timedelta(minutes=STEP_MIN)
    at = since - (since - datetime.min.replace(tzinfo=UTC)) % step
    while at < until:
        if at >= since:
            yield at
        at += step
