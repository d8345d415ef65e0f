"""CORS: answers to browsers on pages of other sites (Fetch §3.3)."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import msgspec
from aiohttp import web


def origin_of(request: web.Request, allowed: Sequence[str]) -> str:
    """The requesting site, "" for none or our own; raises 403 for a forbidden one. "*" permits any."""
    origin = request.headers.get("Origin", "")
    if not origin or origin.partition("://")[2] == request.host:
        return ""
    if "*" in allowed or origin in allowed:
        return origin
    raise web.HTTPForbidden(text='{"error":"forbidden_origin","text":"Этому сайту это не разрешено."}', content_type="application/json")


def cors(origin: str) -> dict[str, str]:
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} if origin else {}


def answer(body: object, origin: str) -> web.Response:
    return web.Response(body=msgspec.json.encode(body), content_type="application/json", headers=cors(origin))


def refuse(status: int, code: str, text: str, origin: str, wait_s: float = 0) -> web.Response:
    headers = cors(origin) | ({"Retry-After": str(int(wait_s) + 1)} if wait_s else {})
    return web.Response(status=status, body=msgspec.json.encode({"error": code, "text": text}),
                        content_type="application/json", headers=headers)


def fresh(path: Path) -> Callable[[web.Request], Awaitable[web.FileResponse]]:
    """A page without caching, since its content changes under the same name."""
    async def page(_: web.Request) -> web.FileResponse:
        return web.FileResponse(path, headers={"Cache-Control": "no-cache"})
    return page
