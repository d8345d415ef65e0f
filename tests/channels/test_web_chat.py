"""The web chat keeps the contract of all channels, and its own about replays and sessions (CH-04)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from msgspec.structs import replace
from multidict import CIMultiDict

from bots.russian import Russian
from channels.web.chat import WebChat, connect
from channels.web.socket import TEXT_LIMIT
from hub.conversations.conversation import Closed
from hub.conversations.ports import Channel, Store
from hub.intake.ports import Intake
from hub.kernel.ports import Files
from hub.kernel.web.socket_writer import SLOW_BYTES
from okno.config import Listen
from tests.channels.contract import QUESTION, ChannelContract
from tests.channels.room import Room, ValvedMemory, room_with
from tests.channels.served import served
from tests.house import Citizen, Frame, HungUpError
from tests.storage.data import adding


class Page:
    """tests.channels.contract.FarEnd: a browser's page."""

    def __init__(self, http: aiohttp.ClientSession, base: str) -> None:
        self.citizen = Citizen(http, base)
        self._heard: list[Frame] = []

    async def say(self, key: str, text: str) -> None:
        await self.citizen.say(text, key)

    async def acknowledged(self, key: str) -> None:
        await self.citizen.line.hear("stored", key=key)

    async def refused(self, key: str) -> None:
        assert (await self.citizen.line.hear("error", key=key))["code"] == "not_stored"

    async def nothing_came(self) -> bool:
        await self.citizen.line.send(type="nonsense")
        await self.citizen.line.hear("error", code="bad_frame")
        return not any(frame["type"] == "stored" for frame in self.citizen.line.unheard)

    async def hears(self, text: str) -> None:
        self._heard.append(await self.citizen.line.hear("message", text=text))

    async def leave(self) -> None:
        await self.citizen.line.close()
        self._heard += [f for f in self.citizen.line.unheard if f["type"] == "message"]

    async def come_back(self) -> None:
        await self.citizen.connect(max((f["id"] for f in self._heard), key=int, default=""))

    def heard(self) -> list[str]:
        frames = [*self._heard, *(f for f in self.citizen.line.unheard if f["type"] == "message")]
        return [frame["text"] for frame in sorted(frames, key=lambda f: int(f["id"]))]

    @property
    def conversation(self) -> int:
        return int(self.citizen.conversation)


class TestWebChat(ChannelContract):
    def connect(self, intake: Intake, store: Store, files: Files) -> Channel:
        return connect({}, intake, store, files, limited=False)

    @pytest.fixture
    async def server(self, room: Room) -> AsyncIterator[TestServer]:
        assert isinstance(room.channel, WebChat)
        application = web.Application()
        application.add_routes(room.channel.routes())
        server = TestServer(application)
        async with server:
            yield server
            await room.channel.close()

    @pytest.fixture
    async def far_end(self, server: TestServer) -> AsyncIterator[Page]:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            page = Page(http, str(server.make_url("")).rstrip("/"))
            await page.citizen.enter()
            yield page

    async def test_without_after_the_whole_conversation_is_replayed(self, far_end: Page) -> None:
        own = [await far_end.citizen.tell(QUESTION), await far_end.citizen.tell("И сколько это стоит?")]
        transcript = await far_end.citizen.transcript()
        assert transcript[0]["author"] == "bot"
        assert [frame for frame in transcript if frame["author"] == "citizen"] == own
        assert [int(f["id"]) for f in transcript] == sorted({int(f["id"]) for f in transcript})

    async def test_however_long_a_conversation_is_it_is_replayed(self, room: Room, far_end: Page) -> None:
        # CH-04: more than a reader may be behind otherwise
        own = await far_end.citizen.tell(QUESTION)
        for _greeting_and_answer in range(2):
            await far_end.citizen.line.hear("message", author="bot")
        head = await room.store.conversation(far_end.conversation)
        assert head is not None
        [known] = [record for record in await room.store.records(far_end.conversation) if record.id == int(own["id"])]
        long = [replace(known, id=head.last + n, entry=replace(known.entry, text="ы" * TEXT_LIMIT)) for n in range(1, SLOW_BYTES // TEXT_LIMIT)]
        await room.store.commit(adding(head.last, *long))
        transcript = await far_end.citizen.transcript()
        assert [int(frame["id"]) for frame in transcript][-len(long):] == [record.id for record in long]

    async def test_after_brings_only_what_is_newer(self, far_end: Page) -> None:
        await far_end.citizen.tell(QUESTION)
        middle = await far_end.citizen.tell("И сколько это стоит?")
        newer = await far_end.citizen.tell("Где ближайший МФЦ?")
        await far_end.leave()
        await far_end.citizen.connect(middle["id"])
        await far_end.citizen.line.hear("state")
        came = [frame for frame in far_end.citizen.line.unheard if frame["type"] == "message"]
        assert newer in came
        assert all(int(frame["id"]) > int(middle["id"]) for frame in came)

    async def test_what_is_stored_before_the_hub_hears_of_it_comes_once(self, room: Room, far_end: Page) -> None:
        # CH-06: the replay reads what the disk has, and the hub may be told only afterwards
        await far_end.citizen.tell(QUESTION)
        await room.hand_to_anna(far_end.conversation)
        await far_end.leave()
        room.store.hushed = True
        writing = asyncio.create_task(room.anna_writes(far_end.conversation, "тем временем"))
        await room.store.reached.wait()
        await far_end.come_back()
        await far_end.hears("тем временем")
        await far_end.citizen.line.hear("state")
        room.store.open()
        await writing
        await room.anna_writes(far_end.conversation, "после")
        await far_end.hears("после")
        assert far_end.heard()[-2:] == ["тем временем", "после"]
        assert far_end.heard().count("тем временем") == 1

    async def test_two_pages_of_one_conversation_hear_the_same(self, server: TestServer, far_end: Page) -> None:
        async with aiohttp.ClientSession() as http:
            other = Citizen(http, str(server.make_url("")).rstrip("/"))
            other.token = far_end.citizen.token
            await other.connect()
            said = await far_end.citizen.tell(QUESTION)
            assert await other.line.hear("message", key=said["key"]) == said

    async def test_while_the_store_fails_nobody_is_let_in_and_afterwards_everybody(self, room: Room, server: TestServer, far_end: Page) -> None:
        room.store.full = True
        async with aiohttp.ClientSession(server.make_url("")) as http:
            async with http.post("/chat/sessions") as refused:
                assert (refused.status, refused.headers["Retry-After"]) == (503, "6")
            room.store.open()
            assert await (await Citizen(http, str(server.make_url("")).rstrip("/")).enter()).tell(QUESTION)
        del far_end

    async def test_leaving_is_refused_in_words_while_the_store_fails(self, room: Room, far_end: Page) -> None:
        # CH-14
        room.store.full = True
        await far_end.citizen.line.send(type="leave")
        assert (await far_end.citizen.line.hear("error"))["code"] == "not_stored"
        room.store.open()
        await far_end.citizen.line.send(type="leave")
        await far_end.nothing_came()  # whatever was sent before has been dealt with
        head = await room.store.conversation(far_end.conversation)
        assert head is not None
        assert isinstance(head.holder, Closed)

    async def test_closing_tells_every_page_to_come_back(self, room: Room, far_end: Page) -> None:
        closing = asyncio.create_task(room.channel.close())
        with pytest.raises(HungUpError, match="1001"):
            while True:
                await far_end.citizen.line.receive()
        await closing


class TestBehindAProxy:
    """Limits are for whom our own proxy has seen, over real HTTP."""

    @pytest.fixture
    async def base(self, tmp_path: Path, russian: Russian) -> AsyncIterator[str]:
        def limited(intake: Intake, store: Store, files: Files) -> Channel:
            return connect({"sessions": {"burst": 2, "per_minute": 1}}, intake, store, files, limited=True)

        # F20 (b) of the security review: listen.behind_proxy is enough
        async with room_with(limited, ValvedMemory, tmp_path, russian) as room, served(room, Listen(behind_proxy=True)) as base:
            yield base

    async def statuses(self, base: str, *forwarded: list[str]) -> list[int]:
        found = []
        async with aiohttp.ClientSession() as http:
            for lines in forwarded:
                headers = CIMultiDict([("X-Forwarded-For", line) for line in lines])
                async with http.post(f"{base}/chat/sessions", headers=headers) as answer:
                    found.append(answer.status)
        return found

    async def test_what_a_caller_forges_does_not_free_him_of_the_limit(self, base: str) -> None:
        # SE-02
        forged = [[f"10.0.0.{n}, 198.51.100.7"] for n in range(2)] + [[f"10.0.0.{n}", "198.51.100.7"] for n in range(2)]
        assert await self.statuses(base, *forged) == [200, 200, 429, 429]

    async def test_what_a_caller_forges_spends_nobody_elses(self, base: str) -> None:
        # SE-02
        assert await self.statuses(base, *[["198.51.100.8, 203.0.113.1"]] * 3, ["198.51.100.8"]) == [200, 200, 429, 200]
