"""The HTTP server by itself: where one request ends and the next begins, and what a fault of our own tells (SE-02)."""

import asyncio

import aiohttp
import pytest
from aiohttp import web

from okno.config import Listen
from okno.serving.http_server import serve, web_application


async def fail(_: web.Request) -> web.Response:
    message = "SELECT secret FROM documents"
    raise ValueError(message)


async def take(request: web.Request) -> web.Response:
    return web.json_response({"got": len(await request.read())})


def application() -> web.Application:
    nobody = None
    return web_application([web.get("/fail", fail), web.post("/take", take)], nobody, nobody, Listen())  # type: ignore[arg-type]


# ASVS 5.0 4.2.1: whatever two readers could understand in two ways is refused, and the line is closed.
@pytest.mark.parametrize("head", [
    "Content-Length: 5\r\nTransfer-Encoding: chunked", "Content-Length: 5\r\nContent-Length: 6", "Content-Length: 5, 6", "Content-Length: +5",
    "Content-Length: 0x5", "Transfer-Encoding: xchunked", "Transfer-Encoding : chunked", "Transfer-Encoding: chunked, identity",
    "Content-Length: 5\r\n folded: x", "Content\0-Length: 5"])
async def test_a_message_without_clear_bounds_is_refused(head: str) -> None:
    async with serve(application(), Listen(port=0)) as base:
        reader, writer = await asyncio.open_connection(*base.removeprefix("http://").split(":"))
        writer.write(f"POST /take HTTP/1.1\r\nHost: okno\r\n{head}\r\n\r\n0\r\n\r\nGET /fail HTTP/1.1\r\nHost: okno\r\n\r\n".encode())
        async with asyncio.timeout(20):
            said = await reader.read()
        writer.close()
    assert said.startswith((b"HTTP/1.0 400", b"HTTP/1.1 400"))
    assert said.count(b"HTTP/1.") == 1


async def test_a_fault_of_our_own_tells_nothing_of_itself() -> None:
    # ASVS 5.0 16.5.1, 13.4.6
    async with serve(application(), Listen(port=0)) as base, aiohttp.ClientSession() as http, http.get(f"{base}/fail") as answer:
        said = await answer.text()
        assert answer.status == 500
        assert answer.headers["Server"] == "okno"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not any(word in said for word in ("SELECT", "ValueError", "Traceback", ".py"))


async def test_who_leaves_before_the_answer_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    begun, over = asyncio.Event(), asyncio.Event()

    async def upgrade(request: web.Request) -> web.StreamResponse:
        begun.set()
        while request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110 - aiohttp has no event of it
            await asyncio.sleep(0)
        socket = web.WebSocketResponse()
        try:
            await socket.prepare(request)
        finally:
            over.set()
        return socket

    nobody = None
    hub = web_application([web.get("/socket", upgrade)], nobody, nobody, Listen())  # type: ignore[arg-type]
    async with serve(hub, Listen(port=0)) as base, asyncio.timeout(20):
        _, writer = await asyncio.open_connection(*base.removeprefix("http://").split(":"))
        writer.write(b"GET /socket HTTP/1.1\r\nHost: okno\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        await begun.wait()
        writer.transport.abort()
        await over.wait()
    assert not [each for each in caplog.records if each.levelname == "ERROR"]
