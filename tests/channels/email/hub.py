"""A hub whose e-mail runs: a room, the driver in it, and its pump."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bots.russian import Russian
from channels.email.mail import Mail, connect
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Author, Message
from hub.conversations.ports import Channel, Store
from hub.intake.ports import Intake
from hub.kernel.ports import Files
from tests.channels.email.sender import DOMAIN, OURS, pumped, stopped
from tests.channels.room import Room, Talks, ValvedMemory, ValvedStore, room_with
from tests.rig import eventually

KEY = "a secret that signs reply addresses"


class Hub:
    def __init__(self, room: Room) -> None:
        self.room, self.store = room, room.store
        assert isinstance(room.channel, Mail)
        self.mail = room.channel

    @property
    def port(self) -> int:
        assert self.mail.door is not None
        return self.mail.door.port

    async def records(self) -> list[StoredEvent]:
        """Everything that happened, conversation by conversation, the newest first."""
        return [record for head in await self.store.recent(limit=1000) for record in await self.store.records(head.id, limit=10_000)]

    async def said(self) -> list[str]:
        """What citizens have said, oldest first, each as often as it is stored."""
        records = sorted(await self.records(), key=lambda record: record.id)
        return [r.entry.text for r in records if isinstance(r.entry, Message) and r.entry.author is Author.CITIZEN]

    async def holds(self, *texts: str) -> None:
        """Wait until exactly these are stored, each once, in whatever order."""
        wanted = sorted(texts)

        async def there() -> bool:
            return sorted(await self.said()) == wanted
        try:
            await eventually(there)
        except AssertionError:
            raise AssertionError(await self.said(), self.mail.health().words) from None


def settings(folder: Path, relay: int, /, *, listen: dict[str, Any] | None, mailboxes: Sequence[dict[str, Any]], **more: Any) -> dict[str, object]:
    key_file = folder / "reply.key"
    key_file.write_text(KEY + "\n", encoding="utf8")
    door = {"listen": {"host": "127.0.0.1", "port": 0} | listen} if listen is not None else {}
    return {"domain": DOMAIN, "address": OURS, "key_file": str(key_file), "mailboxes": list(mailboxes), "name": "Центр",
            "relay": {"host": "127.0.0.1", "port": relay, "tls": "none"}} | door | more


@asynccontextmanager
async def hub_in(
    folder: Path, russian: Russian, relay: int, /, *, kind: type[ValvedStore] = ValvedMemory, listen: dict[str, Any] | None = None,
    mailboxes: Sequence[dict[str, Any]] = (), limited: bool = False, talks: Talks | None = None, **more: Any,
) -> AsyncIterator[Hub]:
    def connected(intake: Intake, store: Store, files: Files) -> Channel:
        return connect(settings(folder, relay, listen=listen, mailboxes=mailboxes, **more), intake, store, files, limited=limited)

    async with room_with(connected, kind, folder, russian, talks) as room:
        pumping = await pumped(room)
        try:
            yield Hub(room)
        finally:
            await stopped(pumping)
