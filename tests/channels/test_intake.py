"""The pump of carriers that must be asked for each message: asked for the next means that the last is stored."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from functools import partial

import pytest

from channels.intake import accepted, keep_going, pump, taken
from hub.conversations.address import Address
from hub.conversations.attachments import Upload, key_of
from hub.conversations.conversation import Conversation
from hub.conversations.journal import StoredEvent
from hub.conversations.live_signals import LiveSignal
from hub.conversations.message import Attachment, Message
from hub.conversations.ports import Channel, Incoming, Store
from hub.intake.ports import Intake
from hub.kernel.errors import StoreError
from hub.kernel.health import ChannelCounters, Health
from hub.kernel.ports import Files
from okno.stores import now
from tests.channels.contract import ChannelContract
from tests.channels.line import PATIENCE_S
from tests.channels.room import CARRIED, Room

ADDRESS = Address(CARRIED, "+7 900 000-00-00")


class Postman:
    """hub.conversations.ports.CarryingChannel, and its far end: letters are taken from the box one by one and receipted when the next is asked for."""

    name = CARRIED

    def __init__(self, intake: Intake, store: Store) -> None:
        self._intake, self._store = intake, store
        self._box: asyncio.Queue[Incoming] = asyncio.Queue()
        self._carried: list[str] = []
        self._receipts: list[str] = []
        self._news = asyncio.Condition()
        self.generators_open = 0
        self.conversation = 0
        self._pump: asyncio.Task[None] | None = None

    async def receive(self) -> AsyncGenerator[Incoming, None]:
        self.generators_open += 1
        try:
            while True:
                letter = await self._box.get()
                yield letter
                async with self._news:
                    self._receipts.append(letter.key)
                    self._news.notify_all()
        finally:
            self.generators_open -= 1

    async def send(self, conversation: Conversation, records: Sequence[StoredEvent]) -> None:
        assert conversation.address == ADDRESS
        async with self._news:
            self._carried += [record.entry.text for record in records if isinstance(record.entry, Message)]
            self._news.notify_all()

    def health(self) -> Health:
        return Health(True)

    def signal(self, conversation: int, signal: LiveSignal) -> None:
        """Paper shows nothing of the moment."""

    async def close(self) -> None:
        if self._pump:
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)

    async def say(self, key: str, text: str) -> None:
        if self._pump is None:
            self._pump = asyncio.create_task(pump(self, self._intake))
        await self._box.put(Incoming(ADDRESS, key, text))

    async def acknowledged(self, key: str) -> None:
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(lambda: key in self._receipts)
            self._receipts.remove(key)
        if not self.conversation:
            head = await self._intake.find(ADDRESS)
            assert head is not None
            self.conversation = head.id

    async def refused(self, key: str) -> None:
        """The pump breaks off, and the letter is not receipted."""
        assert self._pump is not None
        with pytest.raises(StoreError):
            await self._pump
        assert self.generators_open == 0
        assert key not in self._receipts
        while not self._box.empty():
            self._box.get_nowait()
        self._pump = None

    async def nothing_came(self) -> bool:
        # Whatever the event loop has to do is done after some turns: nothing here waits for a clock.
        for _ in range(20):
            await asyncio.sleep(0)
        return not self._receipts

    async def hears(self, text: str) -> None:
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(lambda: text in self._carried)

    async def leave(self) -> None:
        await self.close()
        assert self.generators_open == 0
        self._pump = None

    async def come_back(self) -> None:
        self._pump = asyncio.create_task(pump(self, self._intake))

    def heard(self) -> list[str]:
        return self._carried


class Moody(Postman):
    """Breaks off as often as it is told to."""

    moods = 2

    async def receive(self) -> AsyncGenerator[Incoming, None]:
        if self.moods:
            self.moods -= 1
            raise RuntimeError("no mood")
        async for letter in super().receive():
            yield letter


class TestPump(ChannelContract):
    def connect(self, intake: Intake, store: Store, files: Files) -> Channel:
        del files
        return Postman(intake, store)

    @pytest.fixture
    async def far_end(self, room: Room) -> AsyncIterator[Postman]:
        assert isinstance(room.channel, Postman)
        yield room.channel
        await room.channel.close()

    async def test_the_next_is_not_asked_for_while_the_last_is_under_way(self, room: Room, far_end: Postman) -> None:
        room.store.shut = True
        await far_end.say("1", "первое")
        await far_end.say("2", "второе")
        await room.store.reached.wait()
        assert await far_end.nothing_came()
        assert len(room.store.kept) == 2  # the opening and the first message: they are stored together
        room.store.open()
        await far_end.acknowledged("2")
        assert await room.said(far_end.conversation) == ["первое", "второе"]

    async def test_a_channel_that_breaks_off_is_started_again_and_says_why(self, room: Room) -> None:
        # CH-06
        moody, counters = Moody(room.intake, room.store), ChannelCounters(now)
        pumping = asyncio.create_task(keep_going(moody.name, partial(pump, moody, room.intake), counters, first_pause_s=0))
        await moody._box.put(Incoming(ADDRESS, "1", "раз"))
        await moody.acknowledged("1")
        assert counters.failed_at is not None
        assert (moody.moods, counters.error) == (0, "RuntimeError('no mood')")
        pumping.cancel()
        await asyncio.gather(pumping, return_exceptions=True)

    async def test_a_file_belongs_to_the_conversation_that_it_came_into(self, room: Room, far_end: Postman) -> None:
        attachment = Attachment("0" * 64, "Справка.pdf", "application/pdf", 5)
        stored = await taken(room.intake, Incoming(ADDRESS, "1", "вот", (attachment,)))
        upload = await room.store.get(Upload, key_of(stored.conversation, attachment.file))
        assert upload is not None
        assert upload.attachment == attachment

    async def test_two_first_messages_at_once_open_one_conversation(self, room: Room) -> None:
        one, other = await asyncio.gather(*(accepted(room.intake, Incoming(ADDRESS, key, key)) for key in ("a", "b")))
        assert one.conversation == other.conversation
        assert await room.said(one.conversation) == ["a", "b"]

    async def test_whoever_gave_up_waiting_harms_nobody(self, room: Room) -> None:
        room.store.shut = True
        waiting = asyncio.create_task(accepted(room.intake, Incoming(ADDRESS, "a", "a")))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        room.store.open()
        again = await accepted(room.intake, Incoming(ADDRESS, "a", "a"))
        assert await room.said(again.conversation) == ["a"]
