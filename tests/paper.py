"""Carriers on paper: real parts of a hub behind them, and a far end that a test plays by hand."""

import asyncio
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from hub.conversations.address import Address, Citizen
from hub.conversations.conversation import Conversation
from hub.conversations.delivery_status import Delivery, Receipt
from hub.conversations.journal import StoredEvent
from hub.conversations.live_signals import LiveSignal
from hub.conversations.message import Attachment, Message
from hub.conversations.ports import Incoming, ReplySize, Store
from hub.intake.ports import Intake
from hub.kernel.errors import UnavailableError, UndeliverableError
from hub.kernel.health import Health
from hub.kernel.ports import Files
from hub.monitoring.channel_check import CheckFinding, CheckStep, good
from okno.app import Hub, running
from okno.config import load
from okno.stores import now
from tests.house import PATIENCE_S, House
from tests.traits import TRAITS

OURS = "ask@centre.example"
ALPHABET, LAST = "UCS-2", 67
"""As a long SMS in Russian is cut."""


class Paper:
    """hub.conversations.ports.CarryingChannel, Measuring and Trialling."""

    def __init__(self, name: str, intake: Intake, store: Store, files: Files) -> None:
        self.name, self._intake, self._store, self._files = name, intake, store, files
        self._incoming = asyncio.Queue[Incoming]()
        self._sent = asyncio.Queue[tuple[Conversation, str, int]]()
        self.state = Health(up=True, words="бумага")
        self.inked = asyncio.Event()
        self.inked.set()
        self.refusal = self.fault = ""
        """Why nothing is taken, for ever or for now."""

    async def receive(self) -> AsyncGenerator[Incoming, None]:
        while True:
            yield await self._incoming.get()

    async def send(self, conversation: Conversation, records: Sequence[StoredEvent]) -> None:
        if self.refusal:
            raise UndeliverableError(self.refusal)
        if self.fault:
            raise UnavailableError(self.fault)
        text = "\n".join(record.entry.text for record in records if isinstance(record.entry, Message))
        self._sent.put_nowait((conversation, text, records[0].id))

    def signal(self, conversation: int, signal: LiveSignal) -> None:
        """Nothing of the moment is written down."""

    def health(self) -> Health:
        return self.state

    async def trial(self) -> AsyncGenerator[CheckStep, None]:
        yield CheckStep("бумага", self._lies)
        yield CheckStep("перо", self._writes, "заправьте перо")

    async def _lies(self) -> list[CheckFinding]:
        return good("бумага лежит")

    async def _writes(self) -> list[CheckFinding]:
        """Held up as long as a test wants to see it under way."""
        await self.inked.wait()
        if not self.state.up:
            raise ConnectionRefusedError(self.state.words)
        return good("перо пишет")

    def measure(self, text: str, files: int) -> ReplySize:
        del files  # they are enclosed
        parts = -(-len(text) // LAST)
        return ReplySize(parts, parts * LAST - len(text), ALPHABET)

    def copied(self, mailboxes: Iterable[str], citizen: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each for each in mailboxes if each not in {citizen, OURS}))

    async def close(self) -> None:
        """Nothing is held open."""

    async def writes(self, value: str, text: str, *, folded: str = "", files: Sequence[tuple[str, str, bytes]] = (), original: bytes = b"",
                     subject: str = "", cc: tuple[str, ...] = ()) -> int:
        """A citizen writes, with files (name, type, content), in a letter that was converted; gives the conversation."""
        address = Address(self.name, value)
        number = (await self._intake.open(address, Citizen())).id
        attachments = tuple([await self._kept(number, *file) for file in files])
        letter = await self._kept(number, "Исходное письмо.eml", "message/rfc822", original) if original else None
        self._incoming.put_nowait(Incoming(address, f"{value} {text}", text, attachments, folded=folded, original=letter, subject=subject, cc=cc))
        return number

    async def hears(self, text: str) -> tuple[int, int]:
        """Wait until a text was carried; gives its conversation and the first message's id."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                conversation, said, record = await self._sent.get()
                if text in said:
                    return conversation.id, record

    async def tells(self, of: tuple[int, int], state: Delivery, why: str = "") -> None:
        await self._intake.delivered(Receipt(*of, state, why))

    async def _kept(self, conversation: int, name: str, kind: str, content: bytes) -> Attachment:
        attachment = Attachment(await self._files.put(content), name, kind, len(content))
        await self._intake.keep(conversation, attachment)
        return attachment


class Papers(dict[str, Paper]):
    """Drivers by their names, found as any driver is."""

    def __init__(self, patch: pytest.MonkeyPatch, *names: str) -> None:
        super().__init__()
        for name in names:
            module = ModuleType(f"channels.{name}")
            module.connect = self._connect(name)  # type: ignore[attr-defined]  # a driver is a module with this function, and TRAITS
            module.TRAITS = TRAITS.named(name)  # type: ignore[attr-defined]
            patch.setitem(sys.modules, module.__name__, module)

    def _connect(self, name: str) -> Any:
        def connect(settings: dict[str, object], intake: Intake, store: Store, files: Files, *, limited: bool) -> Paper:
            del limited
            paper = self[name] = Paper(name, intake, store, files)
            paper.state = Health(bool(settings.get("up", True)), "бумага")
            return paper
        return connect


@asynccontextmanager
async def near(folder: Path, config: str, limits: str = "off", now: Callable[[], datetime] = now) -> AsyncIterator[tuple[House, Hub]]:
    """A hub in this very process, so that a test can hold its papers; the house has its address and password."""
    path = folder / "centre.toml"
    path.write_text(config, encoding="utf8")
    house = House(folder)
    async with running(load(path, {"OKNO_LISTEN": "127.0.0.1:0", "OKNO_DATA": str(house.data), "OKNO_LIMITS": limits}), now) as hub:
        house.base, house.password = hub.address, hub.password
        yield house, hub
