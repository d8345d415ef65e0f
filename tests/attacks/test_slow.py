"""Slow clients at the HTTP port: the hub waits for a while, hangs up, and serves the others meanwhile (SE-02)."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from http.client import responses

import aiohttp
import pytest

from tests.channels.line import PATIENCE_S
from tests.house import Citizen, House, People, house_in

pytestmark = pytest.mark.journeys

HUB_PATIENCE_S = 2.0
"""What the hub of this module has, where the default is 75 s."""
DRIBBLE_S = 0.1
FILE = 8 << 20
"""Bytes; more than the kernel takes for both ends of a connection."""
CROWD = 30


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("slow")
    config = folder / "okno.toml"
    with open("okno/demo/okno.toml", encoding="utf8") as demo:
        config.write_text(f"listen = {{ client_timeout_s = {HUB_PATIENCE_S} }}\n{demo.read()}", encoding="utf8")
    with house_in(folder, config) as running:
        yield running


@asynccontextmanager
async def line_to(house: House, window: int = 0) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection whose far end takes little where it has a small `window`."""
    near = socket.socket()
    if window:
        near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    near.setblocking(False)
    host, port = house.listen.split(":")
    await asyncio.get_running_loop().sock_connect(near, (host, int(port)))
    reader, writer = await asyncio.open_connection(sock=near, limit=window or 1 << 16)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def dribble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, piece: bytes) -> bytes:
    """Send a piece again and again until the hub says something or hangs up: what it said."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with suppress(TimeoutError, ConnectionError):
                async with asyncio.timeout(DRIBBLE_S):
                    return await reader.read(1 << 16)
            if writer.transport.is_closing():
                return b""
            writer.write(piece)


async def measured(house: House, name: str) -> float:
    async with aiohttp.ClientSession() as http, http.get(house.base + "/metrics") as answer:
        return next(float(line.rpartition(" ")[2]) for line in (await answer.text()).splitlines() if line.startswith(name))


async def until_measured(house: House, name: str, most: float) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await measured(house, name) > most:
            pass


async def served(at: People) -> None:
    """Somebody else comes, and is answered."""
    other = await at.citizen()
    await other.tell("Здравствуйте")
    await other.line.close()


@pytest.mark.parametrize("head", [b"", b"G", b"GET / HTTP/1.1\r\nHost: x\r\nX-A: "])
async def test_a_head_that_comes_a_letter_at_a_time(house: House, at: People, head: bytes) -> None:
    async with line_to(house) as (reader, writer):
        writer.write(head)
        said = asyncio.create_task(dribble(reader, writer, b"a"))
        await served(at)
        assert (await said).split(b"\r\n")[0] in {b"", b"HTTP/1.0 400 Bad Request"}  # the second one for what is too long in the end


@pytest.mark.parametrize("piece", [b"", b"x"])
@pytest.mark.parametrize("path", ["/chat/sessions", "/api/session", "/chat/files"])
async def test_a_body_that_comes_a_letter_at_a_time(house: House, at: People, path: str, piece: bytes) -> None:
    citizen = await at.citizen()
    async with line_to(house) as (reader, writer):
        writer.write(f"POST {path}?token={citizen.token} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n{{".encode())
        said = asyncio.create_task(dribble(reader, writer, piece))
        await served(at)
        head, _, body = (await said).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 408 " + responses[408].encode())
        assert json.loads(body)["error"] == "request_timeout"


async def test_a_body_that_comes_slowly_but_steadily_is_waited_for(house: House, at: People) -> None:
    citizen = await at.citizen()
    steps, piece = 12, b"x" * (32 << 10)

    async def slowly() -> AsyncIterator[bytes]:
        for _ in range(steps):
            await asyncio.sleep(HUB_PATIENCE_S / 4)  # to be slow is what is tried
            yield piece

    async with at.http.post(f"{house.base}/chat/files?token={citizen.token}", data=slowly()) as answer:
        assert answer.status == 200
        assert (await answer.json())["size"] == steps * len(piece)


async def a_file(house: House, at: People) -> tuple[Citizen, str]:
    citizen = await at.citizen()
    async with at.http.post(f"{house.base}/chat/files?token={citizen.token}", data=b"x" * FILE) as answer:
        return citizen, f"/chat/files/{(await answer.json())['file']}?token={citizen.token}"


@asynccontextmanager
async def stuck(house: House, path: str, headers: str = "") -> AsyncIterator[asyncio.StreamWriter]:
    """Somebody who asks for it, and then takes nothing."""
    async with line_to(house, window=4096) as (_, writer):
        writer.transport.pause_reading()
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {house.listen}\r\n{headers}\r\n".encode())
        yield writer


async def hung_up(writer: asyncio.StreamWriter) -> None:
    """Until the hub has cut off somebody who does not even look: he is told when he says something."""
    with pytest.raises(ConnectionError):
        async with asyncio.timeout(PATIENCE_S):
            while True:
                writer.write(b"\n")
                await writer.drain()
                await asyncio.sleep(DRIBBLE_S)


@pytest.mark.parametrize("headers", ["", "Connection: close\r\n"])
async def test_files_that_nobody_takes(house: House, at: People, headers: str) -> None:
    _, path = await a_file(house, at)
    before = await measured(house, "process_resident_memory_bytes")
    async with AsyncExitStack() as stack:
        crowd = [await stack.enter_async_context(stuck(house, path, headers)) for _ in range(CROWD)]
        await served(at)
        grown = await measured(house, "process_resident_memory_bytes") - before
        assert grown < CROWD * FILE / 2, grown
        await asyncio.gather(*map(hung_up, crowd))


async def test_a_file_that_is_taken_slowly_arrives(house: House, at: People) -> None:
    _, path = await a_file(house, at)
    got = 0
    async with aiohttp.ClientSession(read_bufsize=1 << 14) as http, http.get(house.base + path) as answer:
        async for piece in answer.content.iter_chunked(1 << 20):
            got += len(piece)
            await asyncio.sleep(HUB_PATIENCE_S / 4)
    assert got == FILE


async def test_answers_that_nobody_takes_though_he_asks_on_and_on(house: House, at: People) -> None:
    async with stuck(house, "/api/openapi.json") as writer:
        with pytest.raises(ConnectionError):
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    writer.write(f"GET /api/openapi.json HTTP/1.1\r\nHost: {house.listen}\r\n\r\n".encode() * 10)
                    await writer.drain()
    await served(at)


HANDSHAKE = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"


async def test_a_chat_that_reads_nothing(house: House, at: People) -> None:
    citizen = await at.citizen()
    await citizen.say("оператор")
    connected = 'okno_open_connections{channel="web.chat"}'
    before = await measured(house, connected)
    async with stuck(house, f"/chat/socket?token={citizen.token}", HANDSHAKE):
        for _ in range(500):
            await citizen.say("ы" * 4000)
        await served(at)
        await until_measured(house, connected, before)
    await citizen.tell("я ещё здесь")


async def test_a_page_that_is_open_too_often(tmp_path_factory: pytest.TempPathFactory) -> None:
    """With limits on, one conversation has so many sockets and no more."""
    with house_in(tmp_path_factory.mktemp("often"), environment={"OKNO_LIMITS": "on"}) as strict:
        async with aiohttp.ClientSession(strict.base) as http:
            async with http.post("/chat/sessions") as answer:
                token = (await answer.json())["token"]
            sockets = [await http.ws_connect(f"/chat/socket?token={token}") for _ in range(20)]
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await http.ws_connect(f"/chat/socket?token={token}")
            assert refused.value.status == 429
            await sockets.pop().close()
            await http.ws_connect(f"/chat/socket?token={token}")


def test_nothing_went_wrong(house: House) -> None:
    assert house.complaints() == []
