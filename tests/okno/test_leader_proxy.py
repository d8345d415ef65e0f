"""What a door makes of requests, answers and sockets on their way to whoever leads (SL-01, LV-01)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import WSCloseCode, WSMsgType, web

from okno.config import Listen
from okno.serving.leader_proxy import Leader, LeaderProxy
from okno.serving.leadership import PeerAccess

LARGE = 3 << 20
NUMBER = "10.0.0.1:8090/number"


class Hub:
    """One that leads: it tells what it was asked."""

    def __init__(self, number: str = NUMBER) -> None:
        self.inside, self.asked = PeerAccess(number), list[str]()
        self.leader = Leader("", number)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Hub"]:
        application = web.Application(middlewares=[self.inside.admit], client_max_size=LARGE)
        application.add_routes([web.route("*", "/echo", self._echo), web.get("/half", self._half), web.get("/socket", self._socket)])
        runner = web.AppRunner(application)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.leader = Leader(f"127.0.0.1:{runner.addresses[0][1]}", self.leader.number)
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _echo(self, request: web.Request) -> web.Response:
        self.asked.append(request.method)
        headers = {"X-Remote": request.remote or "", "X-Host": request.host, "X-Path": request.raw_path}
        return web.Response(body=await request.read(), headers=headers, status=201)

    async def _half(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b"half")
        assert request.transport is not None
        request.transport.abort()
        return response

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=["okno"])
        await socket.prepare(request)
        async for frame in socket:
            if frame.data == "end":
                await socket.close(code=4001)
            elif frame.data == "die":
                assert request.transport is not None
                request.transport.abort()
            elif frame.type is WSMsgType.BINARY:
                await socket.send_bytes(frame.data[::-1])
            else:
                await socket.send_str(f"{frame.data}!")
        return socket


@asynccontextmanager
async def reached(door: LeaderProxy) -> AsyncIterator[aiohttp.ClientSession]:
    async with door.open(None, "") as address, aiohttp.ClientSession(address) as http:
        yield http


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    async with Hub().open() as running:
        yield running


@pytest.fixture
async def door() -> LeaderProxy:
    return LeaderProxy(Listen(port=0), None)


async def test_what_is_asked_comes_as_if_it_had_come_directly(hub: Hub, door: LeaderProxy) -> None:
    door.follow(hub.leader)
    async with reached(door) as http:
        for body in (b"", b"small", b"x" * LARGE):
            lies = {"Okno-Door": f"{NUMBER} http 10.9.9.9", "Host": "desk.example"}
            async with http.post("/echo?text=%D0%B0+b", data=body, headers=lies) as answer:
                assert (answer.status, await answer.read()) == (201, body)
                told = [answer.headers[name] for name in ("X-Remote", "X-Host", "X-Path")]
                assert told == ["127.0.0.1", "desk.example", "/echo?text=%D0%B0+b"]


async def test_half_an_answer_is_not_taken_for_a_whole_one(hub: Hub, door: LeaderProxy) -> None:
    door.follow(hub.leader)
    async with reached(door) as http:
        with pytest.raises(aiohttp.ClientError):
            async with http.get("/half") as answer:
                await answer.read()


async def test_sockets_end_as_the_leader_ends_them(hub: Hub, door: LeaderProxy) -> None:
    door.follow(hub.leader)
    async with reached(door) as http, http.ws_connect("/socket", protocols=["other", "okno"]) as socket:
        assert socket.protocol == "okno"
        await socket.send_str("слово")
        assert await socket.receive_str() == "слово!"
        await socket.send_bytes(b"abc")
        assert await socket.receive_bytes() == b"cba"
        await socket.send_str("end")
        await socket.receive()
        assert socket.close_code == 4001


async def test_a_leader_that_dies_ends_its_sockets_as_a_restart(hub: Hub, door: LeaderProxy) -> None:
    door.follow(hub.leader)
    async with reached(door) as http, http.ws_connect("/socket") as socket:
        await socket.send_str("die")
        await socket.receive()
        assert socket.close_code == WSCloseCode.SERVICE_RESTART


@pytest.mark.parametrize("way", ["request", "socket"])
async def test_whoever_comes_meanwhile_waits_for_the_next_leader(hub: Hub, door: LeaderProxy, way: str) -> None:
    # SL-01: also from one that has closed, and from one that is gone
    async with Hub("another").open() as closed:
        await closed.inside.close()
        for before in (None, closed.leader, Leader("127.0.0.1:1", "gone")):
            door.follow(before)
            async with reached(door) as http:
                coming = asyncio.create_task(asked(http) if way == "request" else connected(http))
                await asyncio.wait({coming}, timeout=0.2)
                assert not coming.done()
                door.follow(hub.leader)
                assert await coming == (201 if way == "request" else "there!")
        assert closed.asked == []


async def asked(http: aiohttp.ClientSession) -> int:
    async with http.post("/echo", data=b"once") as answer:
        return answer.status


async def connected(http: aiohttp.ClientSession) -> str:
    async with http.ws_connect("/socket") as socket:
        await socket.send_str("there")
        return await socket.receive_str()


async def test_nobody_waits_for_ever() -> None:
    async with reached(LeaderProxy(Listen(port=0), None, held_s=0.1)) as http:
        async with http.get("/echo") as answer:
            assert (answer.status, (await answer.json())["error"], answer.headers["Retry-After"]) == (503, "unavailable", "2")
        for path, status in (("/healthz", 200), ("/leads", 503)):
            async with http.get(path) as answer:
                assert answer.status == status


async def test_whoever_shows_no_number_is_not_let_in(hub: Hub, door: LeaderProxy) -> None:
    # SE-01
    door.follow(Leader(hub.leader.address, "guessed"))
    async with reached(door) as http, http.post("/echo") as answer:
        assert answer.status == 403
    assert hub.asked == []
