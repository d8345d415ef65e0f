"""A hub whose driver is bound to an SMSC, as often as a test starts it: over one store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from bots.russian import Russian
from channels.sms.smpp import NAME, Smpp
from hub.conversations.address import Address
from hub.conversations.delivery_status import Delivery
from hub.conversations.journal import Carried
from hub.conversations.message import Author, Message
from tests.channels.line import PATIENCE_S
from tests.channels.room import Room, ValvedSqlite, room_with
from tests.channels.sms.phone import FROM_CITIZEN, NUMBER, driver, joined, pumped, smsc_settings, ucs2
from tests.peers.smsc import Event, Peer
from tests.rig import eventually


class Started:
    """One start of the hub."""

    def __init__(self, room: Room, channel: Smpp, smsc: Peer) -> None:
        self.room, self.channel, self.smsc = room, channel, smsc
        self._submits: list[Event] = []

    def deliver(self, key: str, **pdu: object) -> None:
        """The SMSC brings a message."""
        self.smsc.tell("deliver", key=key, pdu=FROM_CITIZEN | pdu)

    async def says(self, text: str, key: str = "said", **pdu: object) -> None:
        """A citizen's message is brought, and acknowledged."""
        self.deliver(key, **ucs2(text), **pdu)
        await self.acknowledged(key)

    async def acknowledged(self, key: str, status: int = 0) -> None:
        assert (await self.smsc.hear("answer", key=key))["status"] == status

    async def conversation(self, number: str = NUMBER) -> int:
        head = await self.room.intake.find(Address(NAME, number))
        assert head is not None
        return head.id

    async def said(self, number: str = NUMBER) -> list[str]:
        return await self.room.said(await self.conversation(number))

    async def talks(self) -> int:
        """A conversation that Anna holds; the SMSC has got whatever was said before."""
        await self.says("Здравствуйте")
        conversation = await self.conversation()
        await self.room.hand_to_anna(conversation)
        await self.settled()
        self.smsc.events = [event for event in self.smsc.events if event["event"] != "submit"]
        return conversation

    async def settled(self) -> None:
        """Nothing is owed to anybody."""
        async def nothing() -> bool:
            return not await self.room.store.owed()
        await eventually(nothing)

    async def hears(self, text: str) -> list[Event]:
        """The submits that a text of ours has come in."""
        submits: list[Event] = []
        while text not in joined(submits):
            submits.append(await self.smsc.hear("submit"))
        while text in joined(submits[1:]):  # what the SMSC has taken and told of late belongs to something that was said before
            submits.pop(0)
        return submits

    async def sees(self, part: str) -> str:
        """The next whole text of ours with these words in it."""
        submits: list[Event] = []
        while not (found := [text for text in joined(submits) if part in text]):
            submits.append(await self.smsc.hear("submit"))
        return found[-1]

    async def fates(self, conversation: int) -> list[tuple[str, Delivery, str]]:
        """What became of messages: text, state, why."""
        records = await self.room.store.records(conversation, limit=1000)
        texts = {record.id: record.entry.text for record in records if isinstance(record.entry, Message)}
        return [(texts[r.entry.record], r.entry.state, r.entry.why) for r in records if isinstance(r.entry, Carried)]

    async def becomes(self, conversation: int, *fates: tuple[str, Delivery, str]) -> None:
        async def so() -> bool:
            return await self.fates(conversation) == list(fates)
        await eventually(so)

    async def answers(self, conversation: int) -> list[str]:
        records = await self.room.store.records(conversation, limit=1000)
        return [r.entry.text for r in records if isinstance(r.entry, Message) and r.entry.author is not Author.CITIZEN]


class Wires:
    def __init__(self, folder: Path, russian: Russian, smsc: Peer) -> None:
        self.folder, self._russian, self.smsc = folder, russian, smsc

    @asynccontextmanager
    async def started(self, *, smscs: list[dict[str, object]] | None = None, peer: Peer | None = None, bound: str = "transceiver",
                      smsc: dict[str, Any] | None = None, **settings: object) -> AsyncIterator[Started]:
        """A start, with other settings of the channel and of its SMSC if there are any; `bound` is awaited first."""
        peer = peer or self.smsc
        every: dict[str, object] = {"smscs": smscs or [smsc_settings(self.folder, peer.port, **(smsc or {}))], **settings}
        async with (room_with(partial(driver, every), ValvedSqlite, self.folder, self._russian) as room, pumped(room) as channel,
                    asyncio.timeout(PATIENCE_S)):
            if bound:
                await peer.hear("bound", kind=bound)
            yield Started(room, channel, peer)
