"""Mounts the desk on the HTTP server: endpoints, sign-in, live socket, API description, pages."""

from functools import cache
from importlib.resources import files as package_files
from pathlib import Path

import msgspec
from aiohttp import web

from hub.desk.access.gate import Gate
from hub.desk.http.endpoint import Handler, handler, refused
from hub.desk.http.openapi import describe
from hub.desk.http.parts import Parts
from hub.desk.http.session_cookie import SessionCookie
from hub.desk.live.notifier import DeskNotifier
from hub.desk.rooms import ENDPOINTS, FromDesk, ToDesk
from hub.kernel.errors import RefusedError


@cache
def description() -> bytes:
    """The OpenAPI description as served: cached, since it is public."""
    return msgspec.json.format(msgspec.json.encode(describe(ENDPOINTS, {"ToDesk": ToDesk, "FromDesk": FromDesk})))


def routes(parts: Parts, notifier: DeskNotifier) -> list[web.AbstractRouteDef]:
    """Raises MissingPartError where an endpoint needs an unknown part."""
    static = Path(str(package_files("hub.desk") / "static"))
    gate, cookie = parts.of(Gate), parts.of(SessionCookie)

    async def api(_: web.Request) -> web.Response:
        return web.Response(body=description(), content_type="application/json")

    async def page(_: web.Request) -> web.FileResponse:
        return web.FileResponse(static / "index.html", headers={"Cache-Control": "no-cache"})

    async def old_address(_: web.Request) -> web.Response:
        raise web.HTTPFound("/desk/")

    return [
        *(web.route(each.method, each.path, handler(each, parts, gate, cookie)) for each in ENDPOINTS),
        web.get("/api/socket", _socket(gate, notifier)),
        web.get("/api/openapi.json", api),
        web.get("/desk", old_address),
        web.get("/desk/", page),
        *([web.static("/desk/", static)] if static.is_dir() else []),
    ]


def _socket(gate: Gate, notifier: DeskNotifier) -> Handler:
    @refused
    async def socket(request: web.Request) -> web.StreamResponse:
        sign_in, who = await gate.admit_socket(request)
        if not web.WebSocketResponse().can_prepare(request).ok:
            raise RefusedError("not_a_socket", "Здесь ожидается WebSocket.")
        return await notifier.serve(request, who, sign_in)
    return socket
