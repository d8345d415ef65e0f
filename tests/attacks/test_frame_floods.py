"""Floods of tiny frames into the chat: pings, answers to none, junk. Others are served meanwhile, and the flood is cut off (SE-02)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import perf_counter

import aiohttp
import pytest

from tests.channels.line import PATIENCE_S
from tests.house import House, People, house_in

pytestmark = pytest.mark.journeys

HANDSHAKE = ("GET /chat/socket?token={token} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
MASK = b"\0\0\0\0"
FRAMES = {
    "pings": b"\x89\x80" + MASK, "pongs": b"\x8a\x80" + MASK, "junk": b"\x81\x81" + MASK + b"x", "binary": b"\x82\x80" + MASK,
    "typing": b"\x81\x91" + MASK + b'{"type":"typing"}'}
SOCKETS, BURST = 6, 100_000
AT_ONCE_S = 0.5
"""What anybody else waits; a burst that is taken without a pause takes seconds."""


@asynccontextmanager
async def flooding(house: House, http: aiohttp.ClientSession, frame: bytes) -> AsyncIterator[asyncio.Task[int]]:
    """Somebody who sends many frames at once and reads what comes back; the task ends when the hub hangs up."""
    async with http.post(house.base + "/chat/sessions", json={}) as answer:
        token = (await answer.json())["token"]
    host, port = house.listen.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(HANDSHAKE.format(token=token).encode())
    await reader.readuntil(b"\r\n\r\n")
    reading = asyncio.create_task(_read(reader))
    writer.write(frame * BURST)
    try:
        yield reading
    finally:
        writer.transport.abort()
        await reading


async def _read(reader: asyncio.StreamReader) -> int:
    size = 0
    with suppress(ConnectionError):
        while piece := await reader.read(1 << 16):
            size += len(piece)
    return size


@pytest.mark.parametrize("kind", FRAMES)
async def test_others_are_served_meanwhile(house: House, at: People, kind: str) -> None:
    async with asyncio.TaskGroup() as group:
        floods = [flooding(house, at.http, FRAMES[kind]) for _ in range(SOCKETS)]
        await asyncio.gather(*(group.create_task(flood.__aenter__()) for flood in floods))
        slowest = 0.0
        for _ in range(20):
            began = perf_counter()
            async with at.http.get(house.base + "/healthz") as answer:
                assert answer.status == 200
            slowest = max(slowest, perf_counter() - began)
        for flood in floods:
            await flood.__aexit__(None, None, None)
    assert slowest < AT_ONCE_S, slowest


async def test_whoever_floods_is_hung_up_on(tmp_path_factory: pytest.TempPathFactory) -> None:
    with house_in(tmp_path_factory.mktemp("floods"), environment={"OKNO_LIMITS": "on"}) as strict:
        async with aiohttp.ClientSession() as http, flooding(strict, http, FRAMES["pings"]) as reading:
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.shield(reading)


async def test_a_ping_is_answered(house: House, at: People) -> None:
    citizen = await at.citizen()
    async with at.http.ws_connect(f"{house.base}/chat/socket?token={citizen.token}", autoping=False) as line:
        await line.ping(b"still there?")
        async with asyncio.timeout(PATIENCE_S):
            while (message := await line.receive()).type is not aiohttp.WSMsgType.PONG:
                pass
        assert message.data == b"still there?"


def test_nothing_went_wrong(house: House) -> None:
    assert house.complaints() == []
