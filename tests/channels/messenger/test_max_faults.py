"""MAX when things break: nothing is lost, and nothing stands twice in the transcript or, where MAX lets it be known, in the dialogue."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from bots.russian import Russian
from channels.messenger.max import NAME, Max, connect
from hub.conversations.conversation import Conversation, WithBot
from hub.conversations.delivery_status import Bookmark, Ticket
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Author, Message
from hub.kernel.errors import StoreError, UnavailableError, UndeliverableError
from tests.channels.messenger.dialogue import Dialogue, mounted
from tests.channels.messenger.max_room import ADDRESS, MaxRoom
from tests.channels.room import Room, ValvedSqlite, room_with
from tests.peers.double import CUT, LOST, TORN, Fault, refuses
from tests.peers.max import BOT, CHAT, MaxDouble, created

TEXTS = [f"вопрос {n}" for n in range(12)]


class TestComingIn(MaxRoom):
    async def all_are_there_once(self, far_end: Dialogue) -> None:
        await self.max.until(lambda: self.max.marker == len(self.max.updates))
        assert [each.text for each in await far_end.messages(Author.CITIZEN)] == TEXTS

    @pytest.mark.parametrize("faults", [
        [CUT], [TORN], [LOST], [refuses(500), refuses(502)], [refuses(429, retry_after="0.05")], [Fault(status=200, body=b"not JSON")],
        [Fault(status=200, body=b'{"updates": 5}')], [refuses(400, b'{"code":"proto.payload","message":"marker"}')], [refuses(401)],
    ], ids=["cut", "torn", "lost", "500", "429", "garbage", "nonsense", "marker-refused", "401"])
    async def test_polling_goes_on_where_it_was(self, far_end: Dialogue, faults: list[Fault]) -> None:
        for text in TEXTS[:6]:
            await far_end.say(text, text)
        await self.max.until(lambda: self.max.marker == 6)
        self.max.fails("GET /updates", *faults)
        for text in TEXTS[6:]:
            await far_end.say(text, text)
        await self.all_are_there_once(far_end)
        assert self.max.unspent == 0

    async def test_max_brings_everything_again(self, far_end: Dialogue, room: Room) -> None:
        await self.max.happens(*(created(text, text) for text in TEXTS), *(created(text, text) for text in TEXTS))
        far_end.take_in()
        await self.all_are_there_once(far_end)
        await far_end.hang_up()
        await room.store.drop(Bookmark, f"{NAME}/{BOT['user_id']}")
        self.max.marker = 0
        far_end.take_in()
        await self.all_are_there_once(far_end)

    async def test_the_peer_is_away_for_a_while(self, far_end: Dialogue, driver: Max) -> None:
        for text in TEXTS[:6]:
            await far_end.say(text, text)
        await self.max.until(lambda: self.max.marker == 6)
        await self.max.go_away()
        for text in TEXTS[6:]:
            await far_end.say(text, text)
        assert await far_end.nothing_came() or len(self.max.acknowledged) == 6
        await self.max.come_back()
        await self.all_are_there_once(far_end)
        assert driver.health().up

    async def test_the_store_fails_in_the_middle_of_a_batch_and_at_its_end(self, far_end: Dialogue, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
        room.store.full = True
        await self.max.happens(*(created(text, text) for text in TEXTS))
        far_end.take_in()
        await far_end.broke_off()
        room.store.open()
        put = room.store.put

        async def full(document: object, deed: object = None) -> None:
            raise StoreError("database or disk is full")

        monkeypatch.setattr(room.store, "put", full)
        far_end.take_in()
        await far_end.broke_off()
        assert self.max.marker == 0
        monkeypatch.setattr(room.store, "put", put)
        far_end.take_in()
        await self.all_are_there_once(far_end)

    async def test_retry_after_is_honoured(self, far_end: Dialogue) -> None:
        self.max.fails("GET /me", refuses(429, retry_after="0.3"))
        began = time.monotonic()
        await far_end.say("m1", TEXTS[0])
        await far_end.acknowledged("m1")
        assert time.monotonic() - began >= 0.3


class TestKilled(MaxRoom):
    """The hub dies when the disk has it and nobody was told; another one starts over the same disk."""

    @pytest.fixture(params=[False, True], ids=["polling", "webhook"])
    def way(self, request: pytest.FixtureRequest) -> bool:
        type(self).pushes = request.param
        return bool(request.param)

    @pytest.fixture
    async def lives(self, way: bool, peer: MaxDouble, tmp_path: Path, russian: Russian) -> AsyncIterator["Lives"]:
        yield Lives(self, peer, tmp_path, russian, pushes=way)
        type(self).pushes = False

    async def test_between_commit_and_acknowledgement(self, lives: "Lives") -> None:
        async with lives.one() as (room, dialogue):
            room.store.hushed = True
            await dialogue.say("m1", TEXTS[0])
            await room.store.reached.wait()
            assert self.max.acknowledged == []
        async with lives.one() as (_, dialogue):
            await dialogue.say("m2", TEXTS[1])
            await dialogue.acknowledged("m2")
            assert [each.text for each in await dialogue.messages(Author.CITIZEN)] == TEXTS[:2]
            assert self.max.acknowledged == ["m1"]

    async def test_in_the_middle_of_many(self, lives: "Lives") -> None:
        updates = [created(text, text) for text in TEXTS]
        async with lives.one() as (_, dialogue):
            await self.max.happens(*updates[:8])
            dialogue.take_in()
            await self.max.until(lambda: "POST /messages" in self.max.asked or self.max.marker)
        async with lives.one() as (_, dialogue):
            dialogue.take_in()
            await self.max.happens(*updates[8:])
            await self.max.until(lambda: self.max.marker == len(TEXTS))
            assert [each.text for each in await dialogue.messages(Author.CITIZEN)] == TEXTS


class Lives:
    """One hub after another over one disk."""

    def __init__(self, test: MaxRoom, peer: MaxDouble, folder: Path, russian: Russian, *, pushes: bool) -> None:
        self._test, self._peer, self._folder, self._russian, self._pushes = test, peer, folder, russian, pushes

    @asynccontextmanager
    async def one(self) -> AsyncIterator[tuple[Room, Dialogue]]:
        hub = room_with(self._test.connect, ValvedSqlite, self._folder, self._russian)
        async with hub as room, asyncio.timeout(20), mounted(room.channel) as self._peer.hook:
            dialogue = Dialogue(room, self._peer, ADDRESS, pushes=self._pushes)
            try:
                yield room, dialogue
            finally:
                await dialogue.hang_up()


class TestWebhook(MaxRoom):
    pushes = True

    async def test_an_answer_that_is_lost_and_a_call_that_is_repeated(self, far_end: Dialogue, room: Room) -> None:
        room.store.hushed = True
        await far_end.say("m1", TEXTS[0])
        await room.store.reached.wait()
        await self.max.go_away()
        await self.max.until(lambda: ("m1", 0) in self.max.refusals)
        room.store.open()
        await self.max.come_back()
        await self.max.happens(created("m1", TEXTS[0]), created("m2", TEXTS[1]))
        await self.max.until(lambda: self.max.marker == 3)
        assert [each.text for each in await far_end.messages(Author.CITIZEN)] == TEXTS[:2]


class TestGoingOut(MaxRoom):
    head = Conversation(1, "000-1", ADDRESS, None, WithBot())  # type: ignore[arg-type]  # nobody asks when it began

    def record(self, text: str, *, number: int = 10, age_s: float = 0, room: Room) -> StoredEvent:
        return StoredEvent(number, self.head.id, Message(Author.OPERATOR, text, room.sequencer.now() - timedelta(seconds=age_s)))

    async def carry(self, driver: Max, *records: StoredEvent) -> int:
        """As the hub does: until it is taken; gives the number of tries."""
        tries = 1
        while True:
            try:
                await driver.send(self.head, records)
            except (UnavailableError, StoreError):
                tries += 1
            else:
                return tries

    @pytest.mark.parametrize(("fault", "tries"), [
        (CUT, 2), (LOST, 2), (TORN, 2), (refuses(500), 2), (refuses(503), 2), (refuses(429, retry_after="0.05"), 1), (refuses(401), 2),
        (Fault(status=200, body=b"{}"), 2),
    ], ids=["cut", "lost", "torn", "500", "503", "429", "401", "nonsense"])
    async def test_a_message_comes_once_whatever_happens_to_the_request(self, driver: Max, room: Room, fault: Fault, tries: int) -> None:
        self.max.fails("POST /messages", fault)
        assert await self.carry(driver, self.record("ответ", room=room)) == tries
        assert self.max.spoken == ["ответ"]
        assert self.max.unspent == 0

    async def test_the_same_said_twice_comes_twice_and_not_three_times(self, driver: Max, room: Room) -> None:
        await self.carry(driver, self.record("да", number=10, room=room))
        self.max.fails("POST /messages", LOST)
        await self.carry(driver, self.record("да", number=11, room=room))
        self.max.fails("POST /messages", CUT)
        await self.carry(driver, self.record("да", number=12, room=room))
        assert self.max.spoken == ["да"] * 3

    async def test_a_long_message_goes_on_where_it_broke_off(self, driver: Max, room: Room) -> None:
        text = "\n\n".join(letter * 3000 for letter in "абв")
        self.max.fails("POST /messages", LOST, CUT, refuses(503))
        assert await self.carry(driver, self.record(text, room=room)) == 4
        assert self.max.spoken == text.split("\n\n")

    async def test_another_run_of_the_hub_sees_what_was_sent_before_it(self, driver: Max, room: Room) -> None:
        text = "\n\n".join(letter * 3000 for letter in "аб")
        self.max.fails("POST /messages", LOST)
        record = self.record(text, age_s=10, room=room)
        with pytest.raises(UnavailableError):
            await driver.send(self.head, [record])
        again = self.connect(room.intake, room.store, None)  # type: ignore[arg-type]  # no file is kept
        assert isinstance(again, Max)
        await self.carry(again, record)
        await again.close()
        assert self.max.spoken == text.split("\n\n")

    async def test_what_the_store_could_not_settle_is_not_sent_again(self, driver: Max, room: Room) -> None:
        record = self.record("ответ", room=room)
        await self.carry(driver, record)
        await self.carry(driver, record)
        assert self.max.spoken == ["ответ"]
        assert await room.store.get(Ticket, f"{NAME}:{self.max.messages[0]['body']['mid']}") is not None

    async def test_what_was_looked_for_in_vain_is_asked_again(self, driver: Max, room: Room) -> None:
        self.max.fails("POST /messages", LOST)
        self.max.fails("GET /messages", CUT, TORN, refuses(500))
        await self.carry(driver, self.record("ответ", room=room))
        assert (self.max.spoken, self.max.unspent) == (["ответ"], 0)

    async def test_where_the_dialogue_is_not_shown_twice_is_better_than_never(self, driver: Max, room: Room) -> None:
        self.max.fails("POST /messages", LOST)
        self.max.fails("GET /messages", refuses(403, b'{"code":"access.denied"}'))
        await self.carry(driver, self.record("ответ", room=room))
        assert self.max.spoken == ["ответ"] * 2

    async def test_whoever_asks_to_wait_is_waited_for(self, driver: Max, room: Room) -> None:
        self.max.fails("POST /messages", refuses(429, retry_after="0.2"), refuses(429, retry_after="0.2"))
        began = time.monotonic()
        assert await self.carry(driver, self.record("ответ", room=room)) == 1
        assert time.monotonic() - began >= 0.4
        self.max.fails("POST /messages", *[refuses(429, retry_after="0")] * 3)
        with pytest.raises(UnavailableError, match="MAX просит подождать"):
            await driver.send(self.head, [self.record("ещё", number=11, room=room)])

    async def test_who_must_wait_for_long_tries_again_later_and_asks_nothing_meanwhile(self, driver: Max, room: Room) -> None:
        self.max.fails("POST /messages", refuses(429, retry_after="100"))
        for _ in range(3):
            with pytest.raises(UnavailableError, match=r"MAX просит подождать (100|99) с"):
                await driver.send(self.head, [self.record("ответ", room=room)])
        assert self.max.asked == ["POST /messages"]

    async def test_the_hub_keeps_to_its_own_pace(self, driver: Max, room: Room) -> None:
        settings = {"token_file": str(self.folder / "token"), "api": self.max.base}
        calm = connect(settings, room.intake, room.store, None, limited=True)  # type: ignore[arg-type]  # no file is kept
        began = time.monotonic()
        for number in range(11):
            await calm.send(self.head, [self.record(f"{number}", number=number + 10, room=room)])
        assert time.monotonic() - began >= 0.4
        await calm.close()

    @pytest.mark.parametrize(("status", "code", "words"), [
        (403, "chat.denied", "остановил бота"), (404, "chat.not.found", "диалога в MAX нет"), (400, "proto.payload", "proto.payload"),
    ])
    async def test_what_will_never_arrive_is_told_in_words(self, driver: Max, room: Room, status: int, code: str, words: str) -> None:
        self.max.denied[CHAT] = (status, code)
        with pytest.raises(UndeliverableError, match=words):
            await driver.send(self.head, [self.record("ответ", room=room)])

    async def test_an_address_that_is_none(self, driver: Max, room: Room) -> None:
        with pytest.raises(UndeliverableError, match="не номер диалога"):
            await driver.send(replace(self.head, address=replace(ADDRESS, value="ivan")), [self.record("ответ", room=room)])
