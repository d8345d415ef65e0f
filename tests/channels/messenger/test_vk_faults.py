"""VK when things break: nothing is lost, and nothing stands twice in the transcript or in the dialogue."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from bots.russian import Russian
from channels.messenger import vk_api, vk_outbox
from channels.messenger.vk import NAME, Vk
from hub.conversations.conversation import Conversation, WithBot
from hub.conversations.delivery_status import Bookmark
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Author, Message
from hub.kernel.errors import StoreError, UnavailableError, UndeliverableError
from tests.channels.messenger.dialogue import Dialogue, mounted
from tests.channels.messenger.vk_room import ADDRESS, VkRoom
from tests.channels.room import Room, ValvedSqlite, room_with
from tests.peers.double import CUT, LOST, TORN, Fault, refuses
from tests.peers.vk import GROUP, MARIA, VkDouble, new

TEXTS = [f"вопрос {n}" for n in range(12)]


class TestComingIn(VkRoom):
    async def all_are_there_once(self, far_end: Dialogue) -> None:
        await self.vk.until(lambda: self.vk.ts == len(self.vk.events))
        assert [each.text for each in await far_end.messages(Author.CITIZEN)] == TEXTS

    async def half(self, far_end: Dialogue) -> None:
        for number, text in enumerate(TEXTS[:6]):
            await far_end.say(str(number + 1), text)
        await self.vk.until(lambda: self.vk.ts == 6)

    async def other_half(self, far_end: Dialogue) -> None:
        for number, text in enumerate(TEXTS[6:]):
            await far_end.say(str(number + 7), text)

    @pytest.mark.parametrize("faults", [
        [CUT], [TORN], [LOST], [refuses(500), refuses(502)], [refuses(429, retry_after="0.05")], [Fault(status=200, body=b"not JSON")],
        [Fault(status=200, body=b'{"updates": 5}')], [Fault(status=200, body=b'{"failed": 4}')],
    ], ids=["cut", "torn", "lost", "500", "429", "garbage", "nonsense", "unknown-failure"])
    async def test_polling_goes_on_where_it_was(self, far_end: Dialogue, faults: list[Fault]) -> None:
        await self.half(far_end)
        self.vk.fails("GET /poll", *faults)
        await self.other_half(far_end)
        await self.all_are_there_once(far_end)
        assert self.vk.unspent == 0

    async def test_the_key_is_out_of_date(self, far_end: Dialogue) -> None:
        await self.half(far_end)
        self.vk.key = "key-2"
        await self.other_half(far_end)
        await self.all_are_there_once(far_end)

    @pytest.mark.parametrize("failed", [1, 3])
    async def test_what_vk_has_lost_is_read_out_of_the_dialogues(self, far_end: Dialogue, room: Room, failed: int) -> None:
        await self.half(far_end)
        await far_end.hang_up()
        await self.vk.until(lambda: not self.vk.polling)
        await self.vk.happens(*(new(number + 7, text) for number, text in enumerate(TEXTS[6:])), new(1, "другой", sender=MARIA))
        self.vk.history[ADDRESS_OF_NONSENSE] = [{"date": int(time.time()) + 5, "peer_id": ADDRESS_OF_NONSENSE}]
        self.vk.ts, self.vk.key = len(self.vk.events), "key-2"
        self.vk.failures.append({"failed": failed} | ({"ts": str(self.vk.ts)} if failed == 1 else {}))
        far_end.take_in()
        await self.vk.until(lambda: not self.vk.failures)
        await far_end.say("13", "после")
        await self.vk.until(lambda: self.vk.ts == len(self.vk.events))
        assert [each.text for each in await far_end.messages(Author.CITIZEN)] == [*TEXTS, "после"]
        assert len(await room.store.recent()) == 2

    async def test_vk_brings_everything_again(self, far_end: Dialogue, room: Room) -> None:
        await self.vk.happens(*[new(number + 1, text) for number, text in enumerate(TEXTS)] * 2)
        far_end.take_in()
        await self.all_are_there_once(far_end)
        await far_end.hang_up()
        await room.store.put(Bookmark(f"{NAME}/{GROUP}", "0 0"))
        self.vk.ts = 0
        far_end.take_in()
        await self.all_are_there_once(far_end)

    async def test_the_peer_is_away_for_a_while(self, far_end: Dialogue, driver: Vk) -> None:
        await self.half(far_end)
        await self.vk.go_away()
        await self.other_half(far_end)
        await self.vk.come_back()
        await self.all_are_there_once(far_end)
        assert driver.health().up

    async def test_the_store_fails_in_the_middle_and_at_the_end(self, far_end: Dialogue, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
        far_end.take_in()
        await self.vk.until(lambda: "GET /poll" in self.vk.asked)
        room.store.full = True
        await self.vk.happens(*(new(number + 1, text) for number, text in enumerate(TEXTS)))
        await far_end.broke_off()
        room.store.open()
        put = room.store.put

        async def full(document: object, deed: object = None) -> None:
            raise StoreError("database or disk is full")

        monkeypatch.setattr(room.store, "put", full)
        far_end.take_in()
        await far_end.broke_off()
        assert self.vk.ts == 0
        monkeypatch.setattr(room.store, "put", put)
        far_end.take_in()
        await self.all_are_there_once(far_end)


ADDRESS_OF_NONSENSE = 99


class TestKilled(VkRoom):
    """The hub dies when the disk has it and nobody was told; another one starts over the same disk."""

    @pytest.fixture(params=[False, True], ids=["polling", "callback"])
    async def lives(self, request: pytest.FixtureRequest, peer: VkDouble, tmp_path: Path, russian: Russian) -> AsyncIterator["Lives"]:
        self.pushes = request.param
        if self.pushes:
            peer.hook_path, peer.secret = "/vk/events", (tmp_path / "secret").read_text()
        yield Lives(self, peer, tmp_path, russian)

    async def test_between_commit_and_acknowledgement(self, lives: "Lives") -> None:
        async with lives.one() as (room, dialogue):
            dialogue.take_in()
            await self.vk.until(lambda: self.pushes or "GET /poll" in self.vk.asked)
            room.store.hushed = True
            await dialogue.say("1", TEXTS[0])
            await room.store.reached.wait()
            assert self.vk.acknowledged == []
        async with lives.one() as (_, dialogue):
            await dialogue.say("2", TEXTS[1])
            await dialogue.acknowledged("2")
            assert [each.text for each in await dialogue.messages(Author.CITIZEN)] == TEXTS[:2]
            assert self.vk.acknowledged == ["1"]

    async def test_what_came_while_the_hub_was_down(self, lives: "Lives") -> None:
        async with lives.one() as (_, dialogue):
            await dialogue.say("1", TEXTS[0])
            await dialogue.acknowledged("1")
        await self.vk.happens(*(new(number + 2, text) for number, text in enumerate(TEXTS[1:])))
        async with lives.one() as (_, dialogue):
            dialogue.take_in()
            await self.vk.until(lambda: self.vk.ts == len(TEXTS))
            assert [each.text for each in await dialogue.messages(Author.CITIZEN)] == TEXTS


class Lives:
    """One hub after another over one disk."""

    def __init__(self, test: VkRoom, peer: VkDouble, folder: Path, russian: Russian) -> None:
        self._test, self._peer, self._folder, self._russian = test, peer, folder, russian

    @asynccontextmanager
    async def one(self) -> AsyncIterator[tuple[Room, Dialogue]]:
        hub = room_with(self._test.connect, ValvedSqlite, self._folder, self._russian)
        async with hub as room, mounted(room.channel) as self._peer.hook:
            dialogue = Dialogue(room, self._peer, ADDRESS, pushes=self._test.pushes)
            try:
                yield room, dialogue
            finally:
                await dialogue.hang_up()


class TestCallback(VkRoom):
    pushes = True

    async def test_an_answer_that_is_lost_and_a_call_that_is_repeated(self, far_end: Dialogue, room: Room) -> None:
        room.store.hushed = True
        await far_end.say("1", TEXTS[0])
        await room.store.reached.wait()
        await self.vk.go_away()
        await self.vk.until(lambda: ("1", 0) in self.vk.refusals)
        room.store.open()
        await self.vk.come_back()
        await self.vk.happens(new(1, TEXTS[0]), new(2, TEXTS[1]))
        await self.vk.until(lambda: self.vk.ts == 3)
        assert [each.text for each in await far_end.messages(Author.CITIZEN)] == TEXTS[:2]


class TestGoingOut(VkRoom):
    head = Conversation(1, "000-1", ADDRESS, None, WithBot())  # type: ignore[arg-type]  # nobody asks when it began

    def record(self, text: str, *, number: int = 10, age_s: float = 0, room: Room) -> StoredEvent:
        return StoredEvent(number, self.head.id, Message(Author.OPERATOR, text, room.sequencer.now() - timedelta(seconds=age_s)))

    async def carry(self, driver: Vk, *records: StoredEvent) -> int:
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
        (CUT, 2), (LOST, 2), (TORN, 2), (refuses(500), 2), (refuses(503), 2), (refuses(429, retry_after="0.05"), 1),
        (Fault(status=200, body=b"{}"), 2), (Fault(status=200, body=b"<html>"), 2), (Fault(status=200, body=b'{"error": {}}'), 2),
        (Fault(status=200, body=b'{"error": "?"}'), 2), (Fault(status=200, body=b'{"response": "?"}'), 2),
    ], ids=["cut", "lost", "torn", "500", "503", "429", "nothing", "html", "no-code", "no-error", "no-id"])
    async def test_a_message_comes_once_whatever_happens_to_the_request(self, driver: Vk, room: Room, fault: Fault, tries: int) -> None:
        self.vk.fails("POST /method/messages.send", fault)
        assert await self.carry(driver, self.record("ответ", room=room)) == tries
        assert self.vk.spoken == ["ответ"]
        assert self.vk.unspent == 0

    async def test_the_same_said_twice_comes_twice(self, driver: Vk, room: Room) -> None:
        self.vk.fails("POST /method/messages.send", LOST, CUT)
        await self.carry(driver, self.record("да", number=10, room=room))
        await self.carry(driver, self.record("да", number=11, room=room))
        assert self.vk.spoken == ["да"] * 2

    async def test_a_long_message_goes_on_where_it_broke_off(self, driver: Vk, room: Room) -> None:
        text = "\n\n".join(letter * 3000 for letter in "абв")
        self.vk.fails("POST /method/messages.send", LOST, CUT, refuses(503))
        await self.carry(driver, self.record(text, room=room))
        assert self.vk.spoken == text.split("\n\n")

    async def test_another_run_of_the_hub_sends_nothing_twice(self, driver: Vk, room: Room) -> None:
        record = self.record("\n\n".join(letter * 3000 for letter in "аб"), room=room)
        self.vk.fails("POST /method/messages.send", LOST)
        with pytest.raises(UnavailableError):
            await driver.send(self.head, [record])
        again = self.connect(room.intake, room.store, None)  # type: ignore[arg-type]  # no file is kept
        assert isinstance(again, Vk)
        await self.carry(again, record)
        await again.close()
        assert [len(each) for each in self.vk.spoken] == [3000, 3000]

    async def test_two_messages_with_one_random_id_both_come(self, driver: Vk, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(vk_outbox, "random_id_of", lambda record, part, salt: 5 + salt)
        await self.carry(driver, self.record("первый", number=10, room=room))
        await self.carry(driver, self.record("второй", number=11, room=room))
        assert self.vk.spoken == ["первый", "второй"]

    async def test_whoever_asks_to_wait_is_waited_for(self, driver: Vk, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(vk_api, "TOO_MANY", {6: 0.2, 9: 0.2, 29: 0})
        self.vk.errors += [6, 9]
        began = time.monotonic()
        assert await self.carry(driver, self.record("ответ", room=room)) == 1
        assert time.monotonic() - began >= 0.4
        self.vk.errors += [29] * 3
        with pytest.raises(UnavailableError, match="VK просит подождать"):
            await driver.send(self.head, [self.record("ещё", number=11, room=room)])

    @pytest.mark.parametrize(("code", "words"), [
        (7, "не разрешает"), (18, "удалена"), (900, "чёрном списке"), (901, "запретил сообществу"), (902, "приватности"), (914, "длинное"), (950, "код 950"),
        (100, "код 100"),
    ])
    async def test_what_will_never_arrive_is_told_in_words(self, driver: Vk, room: Room, code: int, words: str) -> None:
        self.vk.errors.append(code)
        with pytest.raises(UndeliverableError, match=words):
            await driver.send(self.head, [self.record("ответ", room=room)])

    @pytest.mark.parametrize(("code", "words"), [(1, "неизвестная"), (5, "token_file"), (10, "внутренняя"), (14, "с картинки"), (27, "права"), (3610, "3610")])
    async def test_what_may_arrive_later_is_told_in_words(self, driver: Vk, room: Room, code: int, words: str) -> None:
        self.vk.errors.append(code)
        with pytest.raises(UnavailableError, match=words):
            await driver.send(self.head, [self.record("ответ", room=room)])

    async def test_an_address_that_is_none(self, driver: Vk, room: Room) -> None:
        with pytest.raises(UndeliverableError, match="не номер диалога"):
            await driver.send(replace(self.head, address=replace(ADDRESS, value="ivan")), [self.record("ответ", room=room)])
