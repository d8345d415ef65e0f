"""A simulated call centre of a department, with the API of handing over that Okno proposes (docs/systems.md).

Answers of its operators are set by `says`, and by `PUT /play/{key}`.
"""

from collections.abc import Iterable

from aiohttp import web

from hub.integrations.department_handover import Entrusted, Reply, ReplyState
from okno.demo.far_end import FarEnd, as_json, decoded

VERSION = "1.0"


class CallCentreSystem(FarEnd):
    def __init__(self, port: int = 0, token: str = "") -> None:
        super().__init__(port, token)
        self.matters: dict[str, Entrusted] = {}
        self.replies: dict[str, Reply] = {}
        self.traces: dict[str, str] = {}
        """The traceparent of each matter."""
        self.first = Reply(ReplyState.ACCEPTED)
        """The first reply to each matter."""

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return (web.get("/contract", self._contract), web.put("/handovers/{key}", self._put), web.get("/handovers/{key}", self._get),
                web.delete("/handovers/{key}", self._delete), web.put("/play/{key}", self._play))

    def says(self, key: str, reply: Reply) -> None:
        self.replies[key] = reply

    async def _contract(self, _: web.Request) -> web.Response:
        return as_json({"version": VERSION})

    async def _put(self, request: web.Request) -> web.Response:
        matter = await decoded(request, Entrusted)
        if matter.key != request.match_info["key"]:
            raise web.HTTPBadRequest
        self.matters.setdefault(matter.key, matter)
        self.traces[matter.key] = request.headers.get("traceparent", "")
        return as_json(self.replies.setdefault(matter.key, self.first))

    async def _get(self, request: web.Request) -> web.Response:
        reply = self.replies.get(request.match_info["key"])
        return as_json(reply) if reply is not None else as_json({"error": "not_found"}, 404)

    async def _delete(self, request: web.Request) -> web.Response:
        key = request.match_info["key"]
        if key not in self.replies:
            return as_json({"error": "not_found"}, 404)
        if self.replies[key].state is ReplyState.ACCEPTED:
            self.replies[key] = Reply(ReplyState.WITHDRAWN)
        return as_json(self.replies[key])

    async def _play(self, request: web.Request) -> web.Response:
        self.says(request.match_info["key"], await decoded(request, Reply))
        return as_json({})
