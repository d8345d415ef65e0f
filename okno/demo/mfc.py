"""A simulated АИС МФЦ, with the API of slots that Okno proposes (docs/appointments.md): open every day, with windows 1 to 3."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from aiohttp import web

from hub.appointments import Slot
from hub.schedules import Visit
from okno.demo.far_end import FarEnd, as_json, decoded

WINDOWS = ("1", "2", "3")
STEP_MIN = 15
LONGEST = timedelta(days=62)


class MfcSystem(FarEnd):
    def __init__(self, port: int = 0, token: str = "") -> None:
        super().__init__(port, token)
        self.visits: dict[str, Visit] = {}

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return (web.get("/offices/{office}/slots", self._slots), web.put("/visits/{number}", self._put),
                web.delete("/visits/{number}", self._delete))

    async def _slots(self, request: web.Request) -> web.Response:
        try:
            since, until = (datetime.fromisoformat(request.query[name]).astimezone(UTC) for name in ("since", "until"))
        except (KeyError, ValueError) as error:
            raise web.HTTPBadRequest from error
        office = request.match_info["office"]
        taken = {(visit.slot.at, visit.slot.window) for visit in self.visits.values() if visit.office == office}
        slots = (Slot(at, window, STEP_MIN) for at in _beginnings(since, min(until, since + LONGEST)) for window in WINDOWS)
        return as_json([slot for slot in slots if (slot.at, slot.window) not in taken])

    async def _put(self, request: web.Request) -> web.Response:
        visit = await decoded(request, Visit)
        if visit.number != request.match_info["number"]:
            raise web.HTTPBadRequest
        others = (each for each in self.visits.values() if each.number != visit.number and each.office == visit.office)
        if any(each.slot.meets(visit.slot) for each in others):
            return as_json({"error": "taken"}, 409)
        self.visits[visit.number] = visit
        return as_json({})

    async def _delete(self, request: web.Request) -> web.Response:
        self.visits.pop(request.match_info["number"], None)
        return as_json({})


def _beginnings(since: datetime, until: datetime) -> Iterator[datetime]:
    step = timedelta(minutes=STEP_MIN)
    at = since - (since - datetime.min.replace(tzinfo=UTC)) % step
    while at < until:
        if at >= since:
            yield at
        at += step
