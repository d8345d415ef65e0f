"""Rasa's REST channel keeps the contract of all channels, and answers as Rasa does (KB-02, CH-06)."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from bots.russian import Russian
from channels.web.poll_queue import MANY, PollQueues
from channels.web.rasa import NAME, connect
from channels.web.rasa_messages import answers
from hub.conversations.address import Address
from hub.conversations.attachments import Upload, key_of
from hub.conversations.conversation import InQueue
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Attachment, Author, Message, Source
from hub.conversations.ports import Channel, Store
from hub.intake.ports import Intake
from hub.kernel.ports import Files
from tests.channels.contract import QUESTION, ChannelContract
from tests.channels.outbox import Outbox
from tests.channels.room import Room, ValvedMemory, ValvedSqlite, room_with
from tests.channels.served import served

WEBHOOK, MESSAGES = "/webhooks/rest/webhook", "/webhooks/rest/messages"


class Client:
    """tests.channels.contract.FarEnd: a web client of Rasa's, which asks for news as well."""

    def __init__(self, http: aiohttp.ClientSession, base: str, room: Room, sender: str = "ivan") -> None:
        self.http, self.base, self.room, self.sender = http, base, room, sender
        self.outbox = Outbox(self._post)
        self._got: dict[str, str] = {}
        self.conversation = 0

    async def post(self, text: str, key: str = "", query: str = "") -> tuple[int, Any]:
        headers = {"Idempotency-Key": key} if key else {}
        body = {"sender": self.sender, "message": text, "metadata": {"page": "/"}}
        async with self.http.post(self.base + WEBHOOK + query, json=body, headers=headers) as response:
            return response.status, await response.json()

    async def ask(self, **query: str) -> tuple[int, Any]:
        async with self.http.get(self.base + MESSAGES, params={"sender": self.sender} | query) as response:
            return response.status, await response.json()

    async def texts(self, text: str) -> list[str]:
        status, told = await self.post(text)
        assert status == 200
        return [line["text"] for line in told]

    async def _post(self, key: str, text: str) -> int:
        status, told = await self.post(text, key)
        if status == 200:
            self._got |= {line["id"]: line["text"] for line in told}
            head = await self.room.intake.find(Address(NAME, self.sender))
            assert head
            self.conversation = head.id
        return status

    async def say(self, key: str, text: str) -> None:
        self.outbox.put(key, text)

    async def acknowledged(self, key: str) -> None:
        assert await self.outbox.answered(key) == 200

    async def refused(self, key: str) -> None:
        assert await self.outbox.answered(key) == 503

    async def nothing_came(self) -> bool:
        async with self.http.get(self.base + "/webhooks/rest/") as response:
            assert await response.json() == {"status": "ok"}
        return not self.outbox.answers

    async def hears(self, text: str) -> None:
        while text not in self._got.values():
            status, told = await self.ask(after=max(self._got, key=int, default="0"))
            assert status == 200
            self._got |= {line["id"]: line["text"] for line in told}

    async def leave(self) -> None:
        """It asks for nothing."""

    async def come_back(self) -> None:
        """It asks again."""

    def heard(self) -> list[str]:
        return [self._got[key] for key in sorted(self._got, key=int)]


def rasa(intake: Intake, store: Store, files: Files) -> Channel:
    return connect({}, intake, store, files, limited=False)


class TestRasaRest(ChannelContract):
    def connect(self, intake: Intake, store: Store, files: Files) -> Channel:
        return rasa(intake, store, files)

    @pytest.fixture
    async def far_end(self, room: Room) -> AsyncIterator[Client]:
        async with served(room) as base, aiohttp.ClientSession() as http:
            client = Client(http, base, room)
            yield client
            await client.outbox.close()
            await room.channel.close()

    async def test_the_answer_has_rasa_s_form(self, far_end: Client) -> None:
        # KB-02
        status, told = await far_end.post(QUESTION)
        assert status == 200
        assert [line.keys() - {"buttons"} for line in told] == [{"recipient_id", "id", "text"}] * 2
        assert {line["recipient_id"] for line in told} == {"ivan"}

    async def test_each_message_gets_its_own_answer_and_none_twice(self, far_end: Client) -> None:
        (_, first), (second,) = await far_end.texts("Здравствуйте"), await far_end.texts(QUESTION)
        assert first != second
        assert (await far_end.ask(wait_s="0"))[1] == []

    async def test_who_is_handed_over_is_told_so(self, room: Room, far_end: Client) -> None:
        # AL-04
        told = await far_end.texts("оператор")
        assert "Номер обращения" in told[-1]
        head = await room.intake.find(Address(NAME, "ivan"))
        assert head
        assert isinstance(head.holder, InQueue)
        assert await far_end.texts("вы здесь?") == []

    async def test_the_answer_is_waited_for_until_it_is_stored(self, room: Room, far_end: Client) -> None:
        # CH-06
        await far_end.texts("Здравствуйте")
        room.store.shut = True
        asking = asyncio.create_task(far_end.post("абракадабра непонятная"))
        await room.store.reached.wait()
        room.store.reached.clear()
        question, *_ = room.store.kept
        room.store.kept.clear()
        room.store.shut = False
        room.store.submit(*question)
        assert len((await asking)[1]) == 1

    async def test_what_operators_write_comes_with_the_next_request(self, room: Room, far_end: Client) -> None:
        await far_end.say("1", QUESTION)
        await far_end.acknowledged("1")
        await room.hand_to_anna(far_end.conversation)
        await room.anna_writes(far_end.conversation, "минуту")
        await room.anna_writes(far_end.conversation, "тайна", internal=True)
        status, told = await far_end.post("спасибо")
        assert (status, [line["text"] for line in told]) == (200, ["минуту"])
        assert told[0]["custom"] == {"author": "operator", "name": "Анна"}

    async def test_news_are_waited_for(self, room: Room, far_end: Client) -> None:
        await far_end.say("1", QUESTION)
        await far_end.acknowledged("1")
        await room.hand_to_anna(far_end.conversation)
        waiting = asyncio.create_task(far_end.ask())
        await room.anna_writes(far_end.conversation, "минуту")
        status, told = await waiting
        assert (status, [line["text"] for line in told]) == (200, ["минуту"])
        assert (await far_end.ask(wait_s="0"))[1] == []
        assert [line["text"] for line in (await far_end.ask(after=str(int(told[0]["id"]) - 1)))[1]] == ["минуту"]

    async def test_who_was_not_there_to_hear_it_hears_it_next_time(self, room: Room, far_end: Client) -> None:
        # CH-06: the line breaks while the client waits
        await far_end.say("1", QUESTION)
        await far_end.acknowledged("1")
        await room.hand_to_anna(far_end.conversation)
        async with aiohttp.ClientSession() as other:
            lost = asyncio.create_task(Client(other, far_end.base, room).ask())
            await far_end.nothing_came()
            lost.cancel()
            await asyncio.gather(lost, return_exceptions=True)
        await far_end.nothing_came()
        await room.anna_writes(far_end.conversation, "минуту")
        assert await far_end.texts("я снова здесь") == ["минуту"]

    async def test_a_stream_has_a_line_for_each_message(self, far_end: Client) -> None:
        async with far_end.http.post(far_end.base + WEBHOOK + "?stream=true", json={"sender": "olga", "message": QUESTION}) as response:
            assert response.headers["Content-Type"].startswith("text/event-stream")
            lines = (await response.text()).splitlines()
        assert [json.loads(line)["recipient_id"] for line in lines] == ["olga", "olga"]

    async def test_the_same_key_gets_the_same_answer(self, far_end: Client) -> None:
        # CH-06
        await far_end.texts("Здравствуйте")
        assert await far_end.post(QUESTION, "k1") == await far_end.post(QUESTION, "k1")

    async def test_files_are_messages_of_their_own(self, room: Room, far_end: Client) -> None:
        await far_end.say("1", QUESTION)
        await far_end.acknowledged("1")
        await room.hand_to_anna(far_end.conversation)
        file = await room.files.put("справка".encode())
        attachment = Attachment(file, "справка.txt", "text/plain", 14)
        await room.store.put(Upload(key_of(far_end.conversation, file), attachment))
        live = await room.sequencer.load(far_end.conversation)
        message = Message(Author.OPERATOR, "", room.sequencer.now(), by="anna", name="Анна", attachments=(attachment,))
        await room.sequencer.committed_step(live, (message,))
        (line,) = (await far_end.post("спасибо"))[1]
        async with far_end.http.get(far_end.base + line["attachment"]) as response:
            assert await response.read() == "справка".encode()
        async with far_end.http.get(far_end.base + line["attachment"].replace("ivan", "olga")) as response:
            assert response.status == 404

    @pytest.mark.parametrize(("body", "status", "code"), [
        (b"no JSON", 400, "bad_body"), (b'{"message": "x"}', 400, "bad_body"), (b'{"sender": "", "message": "x"}', 400, "bad_body"),
        (b'{"sender": "ivan", "message": null}', 400, "bad_body"), (b'{"sender": "ivan", "message": " "}', 400, "empty"),
        (b'{"sender": "ivan", "message": "' + b"x" * 8001 + b'"}', 400, "too_long"), (b"[" * 5000, 400, "bad_body"),
        (b'{"sender": "ivan", "message": "' + b"x" * 100_000 + b'"}', 413, "too_large"), (b"\xff", 400, "bad_body")])
    async def test_what_is_wrong_is_refused_in_words(self, far_end: Client, body: bytes, status: int, code: str) -> None:
        # SE-01
        async with far_end.http.post(far_end.base + WEBHOOK, data=body) as response:
            told = await response.json()
        assert (response.status, told["error"]) == (status, code)
        assert told["text"]

    @pytest.mark.parametrize("query", ["after=x", "after=" + "9" * 20, "wait_s=-1", "wait_s=٣"])
    async def test_wrong_queries_are_refused(self, far_end: Client, query: str) -> None:
        await far_end.texts(QUESTION)
        async with far_end.http.get(f"{far_end.base}{MESSAGES}?sender=ivan&{query}") as response:
            assert response.status == 400

    async def test_who_has_not_written_has_no_news(self, far_end: Client) -> None:
        far_end.sender = "nobody"
        status, told = await far_end.ask()
        assert (status, told["error"]) == (404, "no_such_session")

    async def test_other_sites_are_let_in_as_configured(self, far_end: Client) -> None:
        async with far_end.http.options(far_end.base + WEBHOOK, headers={"Origin": "https://a.example"}) as response:
            assert (response.status, response.headers["Access-Control-Allow-Origin"]) == (204, "https://a.example")


async def test_after_a_restart_nothing_an_operator_wrote_is_lost(tmp_path: Path, russian: Russian) -> None:
    # CH-06
    async with room_with(rasa, ValvedSqlite, tmp_path, russian) as room, served(room) as base, aiohttp.ClientSession() as http:
        client = Client(http, base, room)
        await client.say("1", QUESTION)
        await client.acknowledged("1")
        await room.hand_to_anna(client.conversation)
        await room.anna_writes(client.conversation, "перед сном")
        await client.outbox.close()
    async with room_with(rasa, ValvedSqlite, tmp_path, russian) as room, served(room) as base, aiohttp.ClientSession() as http:
        client = Client(http, base, room)
        assert await client.texts("доброе утро") == ["перед сном"]
        status, told = await client.post(QUESTION, "1")
        assert status == 200
        assert [line["text"] for line in told][-1] == "перед сном"
        await client.outbox.close()


async def test_a_robot_that_takes_too_long_is_not_waited_for(tmp_path: Path, russian: Russian) -> None:
    def hasty(intake: Intake, store: Store, files: Files) -> Channel:
        return connect({"answer_s": 0.05}, intake, store, files, limited=False)

    async with room_with(hasty, ValvedMemory, tmp_path, russian) as room, served(room) as base, aiohttp.ClientSession() as http:
        client = Client(http, base, room)
        await client.texts("Здравствуйте")
        submit, held = room.store.submit, []

        def questions_only(change: Any, done: Any, **how: bool) -> None:
            held.append((change, done)) if change.settled else submit(change, done, **how)
        room.store.submit = questions_only  # type: ignore[method-assign]  # answers stay on their way to the disk
        assert await client.texts("абракадабра непонятная") == []
        submit(*held.pop())
        assert len((await client.ask())[1]) == 1
        await client.outbox.close()


@pytest.mark.parametrize(("headers", "status"), [({}, 401), ({"Authorization": "Bearer other"}, 401), ({"Authorization": "Bearer тайна"}, 200)])
async def test_a_token_is_asked_for_where_there_is_one(tmp_path: Path, russian: Russian, headers: dict[str, str], status: int) -> None:
    # SE-01
    (tmp_path / "token").write_text("тайна\n", encoding="utf8")

    def guarded(intake: Intake, store: Store, files: Files) -> Channel:
        return connect({"token_file": str(tmp_path / "token")}, intake, store, files, limited=False)

    async with room_with(guarded, ValvedMemory, tmp_path, russian) as room, served(room) as base, aiohttp.ClientSession(headers=headers) as http:
        async with http.post(base + WEBHOOK, json={"sender": "ivan", "message": QUESTION}) as response:
            assert response.status == status
        async with http.get(base + MESSAGES, params={"sender": "ivan", "wait_s": "0"}) as response:
            assert response.status == status


async def test_a_flood_is_slowed(tmp_path: Path, russian: Russian) -> None:
    # SE-01
    def slow(intake: Intake, store: Store, files: Files) -> Channel:
        settings: dict[str, object] = {"messages": {"burst": 2, "per_minute": 1}, "requests": {"burst": 4, "per_minute": 1}}
        return connect(settings, intake, store, files, limited=True)

    async with room_with(slow, ValvedMemory, tmp_path, russian) as room, served(room) as base, aiohttp.ClientSession() as http:
        statuses = []
        for sender in ("ivan", "ivan", "ivan", "olga", "pjotr"):
            async with http.post(base + WEBHOOK, json={"sender": sender, "message": QUESTION}) as response:
                statuses.append((response.status, "Retry-After" in response.headers))
        assert statuses == [(200, False), (200, False), (429, True), (200, False), (429, True)]


def test_what_a_robot_says_in_rasa_s_words() -> None:
    # KB-02
    now = datetime(2026, 11, 25, tzinfo=UTC)
    source = Source("passport", "Паспорт", now.date(), "МВД")
    record = StoredEvent(7, 1, Message(Author.BOT, "Где?", now, name="Робот", choices=("Здесь", "Там"), source=source))
    assert msgspec.to_builtins(answers("ivan", [record])) == [{
        "recipient_id": "ivan", "id": "7", "text": "Где?", "custom": {"source": msgspec.to_builtins(source)},
        "buttons": ({"title": "Здесь", "payload": "Здесь"}, {"title": "Там", "payload": "Там"})}]
    picture = Message(Author.OPERATOR, "", now, name="Анна", attachments=(Attachment("f" * 64, "a.png", "image/png", 1),))
    (told,) = answers("иван&", [StoredEvent(8, 1, picture)])
    assert told.image == f"/webhooks/rest/files/{'f' * 64}?sender=%D0%B8%D0%B2%D0%B0%D0%BD%26"


async def test_whoever_never_asks_fills_no_memory() -> None:
    memory = PollQueues()
    memory.keep("ivan")
    memory.add("ivan", [StoredEvent(n, 1, Message(Author.BOT, "x", datetime.now(UTC))) for n in range(1, MANY + 2)])
    assert memory.of("ivan") is None


@pytest.mark.parametrize(("settings", "named"), [({"answer_s": 0}, "answer_s"), ({"token_file": "/nowhere"}, "/nowhere"), ({"orgins": []}, "orgins")])
def test_wrong_settings_are_named(settings: dict[str, object], named: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=named):
        connect(settings, None, None, None, limited=False)  # type: ignore[arg-type]
