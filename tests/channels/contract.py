"""What every channel promises to citizens and carriers: inherit it, say how your far end speaks, and pass.

    class TestMyCarrier(ChannelContract):
        @pytest.fixture
        async def far_end(self, room: Room) -> AsyncIterator[FarEnd]: ...
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import pytest

from bots.russian import Russian
from hub.conversations.conversation import InQueue
from hub.conversations.message import Author, Message
from hub.conversations.ports import Channel, Store
from hub.intake.ports import Intake
from hub.kernel.ports import Files
from tests.channels.room import Room, ValvedMemory, ValvedSqlite, ValvedStore, room_with
from tests.rig import eventually

QUESTION = "Как получить загранпаспорт?"


class FarEnd(Protocol):
    """One citizen's end of the channel, in the channel's own bytes."""

    async def say(self, key: str, text: str) -> None:
        """Send a message under the carrier's key."""

    async def acknowledged(self, key: str) -> None:
        """Wait for the acknowledgement of a key."""

    async def refused(self, key: str) -> None:
        """Wait until the channel has made clear that a message is not taken."""

    async def nothing_came(self) -> bool:
        """Whether no acknowledgement is on its way: after a round trip through the channel."""

    async def hears(self, text: str) -> None:
        """Wait until a text reaches the citizen."""

    async def leave(self) -> None:
        """The line is lost."""

    async def come_back(self) -> None:
        """The line is there again."""

    def heard(self) -> list[str]:
        """All texts that reached the citizen, in their order."""

    @property
    def conversation(self) -> int: ...


class ChannelContract:
    """CH-06: nothing acknowledged is lost, whatever the channel."""

    parts = 40
    """So many messages in a row; fewer where each takes long."""
    patience_s = 20.0

    @pytest.fixture(params=[ValvedMemory, ValvedSqlite])
    def kind(self, request: pytest.FixtureRequest) -> type[ValvedStore]:
        kind: type[ValvedStore] = request.param
        return kind

    @pytest.fixture
    async def room(self, kind: type[ValvedStore], tmp_path: Path, russian: Russian) -> AsyncIterator[Room]:
        async with room_with(self.connect, kind, tmp_path, russian) as room, asyncio.timeout(self.patience_s):
            yield room

    def connect(self, intake: Intake, store: Store, files: Files) -> Channel:
        """The driver under test."""
        raise NotImplementedError

    async def said(self, room: Room, far_end: FarEnd) -> list[str]:
        """What the citizen has said, as it is stored, without words that the channel itself puts around it."""
        return await room.said(far_end.conversation)

    async def test_what_was_acknowledged_is_stored(self, room: Room, far_end: FarEnd) -> None:
        await far_end.say("1", QUESTION)
        await far_end.acknowledged("1")
        assert await self.said(room, far_end) == [QUESTION]

    async def test_life_in_danger_goes_before_all_and_is_told_of_112(self, room: Room, far_end: FarEnd) -> None:
        # B1 of the acceptance by a citizen
        await far_end.say("1", "хочу покончить с собой, таблетки уже выпила")
        await far_end.acknowledged("1")

        async def first_in_line() -> bool:
            head = await room.store.conversation(far_end.conversation)
            return head is not None and head.danger is not None and isinstance(head.holder, InQueue)
        await eventually(first_in_line)
        said = [record.entry.text for record in await room.store.records(far_end.conversation)
                if isinstance(record.entry, Message) and record.entry.author is not Author.CITIZEN]
        assert "112" in said[-1]
        assert [text for text in said if "24 час" in text or "в очереди" in text] == []

    async def test_nothing_is_acknowledged_before_it_is_stored(self, room: Room, far_end: FarEnd) -> None:
        room.store.shut = True
        await far_end.say("1", QUESTION)
        await room.store.reached.wait()
        assert await far_end.nothing_came()
        room.store.open()
        await far_end.acknowledged("1")

    async def test_what_a_failing_store_refused_is_taken_later(self, room: Room, far_end: FarEnd) -> None:
        room.store.full = True
        await far_end.say("1", QUESTION)
        await far_end.refused("1")
        room.store.open()
        await far_end.say("1", QUESTION)
        await far_end.acknowledged("1")
        assert await self.said(room, far_end) == [QUESTION]

    async def test_a_store_that_fails_for_long_is_asked_again(self, room: Room, far_end: FarEnd) -> None:
        room.store.full = True
        for _ in range(3):
            await far_end.say("1", QUESTION)
            await far_end.refused("1")
        room.store.open()
        await far_end.say("1", QUESTION)
        await far_end.say("2", "И сколько это стоит?")
        await far_end.acknowledged("1")
        await far_end.acknowledged("2")
        assert await self.said(room, far_end) == [QUESTION, "И сколько это стоит?"]

    async def test_a_repeated_key_is_acknowledged_again_and_stored_once(self, room: Room, far_end: FarEnd) -> None:
        for _ in range(3):
            await far_end.say("1", QUESTION)
            await far_end.acknowledged("1")
        assert await self.said(room, far_end) == [QUESTION]

    async def test_a_key_repeated_before_it_is_stored_waits_too(self, room: Room, far_end: FarEnd) -> None:
        room.store.shut = True
        await far_end.say("1", QUESTION)
        await far_end.say("1", QUESTION)
        await room.store.reached.wait()
        assert await far_end.nothing_came()
        room.store.open()
        await far_end.acknowledged("1")
        await far_end.acknowledged("1")
        assert await self.said(room, far_end) == [QUESTION]

    async def test_a_key_is_known_after_the_line_was_lost(self, room: Room, far_end: FarEnd) -> None:
        await far_end.say("1", QUESTION)
        await far_end.acknowledged("1")
        await far_end.leave()
        await far_end.come_back()
        await far_end.say("1", QUESTION)
        await far_end.acknowledged("1")
        assert await self.said(room, far_end) == [QUESTION]

    async def test_order_is_kept(self, room: Room, far_end: FarEnd) -> None:
        texts = [f"Часть {n}" for n in range(self.parts)]
        for n, text in enumerate(texts):
            await far_end.say(str(n), text)
        for n in range(len(texts)):
            await far_end.acknowledged(str(n))
        assert await self.said(room, far_end) == texts

    async def test_replies_reach_the_citizen_in_order_and_notes_do_not(self, room: Room, far_end: FarEnd) -> None:
        await far_end.say("1", QUESTION)
        await far_end.acknowledged("1")
        await room.hand_to_anna(far_end.conversation)
        await room.anna_writes(far_end.conversation, "первый")
        await room.anna_writes(far_end.conversation, "тайный", internal=True)
        await room.anna_writes(far_end.conversation, "второй")
        await far_end.hears("второй")
        assert [text for text in far_end.heard() if text in {"первый", "тайный", "второй"}] == ["первый", "второй"]

    async def test_what_was_written_while_the_line_was_lost_comes_once(self, room: Room, far_end: FarEnd) -> None:
        await far_end.say("1", QUESTION)
        await far_end.acknowledged("1")
        await room.hand_to_anna(far_end.conversation)
        await room.anna_writes(far_end.conversation, "до")
        await far_end.hears("до")
        await far_end.leave()
        await room.anna_writes(far_end.conversation, "тем временем")
        await far_end.come_back()
        await room.anna_writes(far_end.conversation, "после")
        await far_end.hears("после")
        assert [text for text in far_end.heard() if text in {"до", "тем временем", "после"}] == ["до", "тем временем", "после"]
