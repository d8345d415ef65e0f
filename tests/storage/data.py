"""What the store's tests are made of: conversations, records and changes with readable numbers."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from time import monotonic

from msgspec.structs import replace

from hub.conversations.address import Address
from hub.conversations.callback_promise import promise
from hub.conversations.conversation import Conversation, Holder, InQueue, Promised, WithBot
from hub.conversations.journal import HandedOver, StoredEvent
from hub.conversations.message import Author, Message
from hub.conversations.ports import Commit, Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import StoreError
from storage.keys.ring import Ring
from tests.channels.line import PATIENCE_S

START = datetime(2026, 1, 1, 3, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def address(name: str) -> Address:
    return Address("web.chat", name)


def head(number: int, holder: Holder | None = None, *, name: str = "") -> Conversation:
    """Conversation 7 has the number «077-260101-00007-0» and the address «web.chat:7»."""
    return Conversation(number, f"077-260101-{number:05d}-0", address(name or str(number)), START, holder or WithBot())


def said(record: int, conversation: int, text: str = "Здравствуйте", *, author: Author = Author.CITIZEN, key: str = "", by: str = "") -> StoredEvent:
    return StoredEvent(record, conversation, Message(author, text, at(record), key=key, by=by))


def handed(record: int, conversation: int, holder: Holder) -> StoredEvent:
    return StoredEvent(record, conversation, HandedOver(at(record), holder, "test"))


def waiting_for(queue: str, since_s: float) -> InQueue:
    return InQueue(queue, at(since_s))


def owing(number: int, given_s: float, holder: Holder | None = None) -> Conversation:
    """A conversation whose answer is owed since so many seconds after the start."""
    owed = promise(at(given_s), address(str(number)), "test")
    return replace(head(number, holder or Promised("general", at(given_s))), promise=owed)


def opening(number: int, *records: StoredEvent, holder: Holder | None = None, name: str = "", owed: tuple[int, ...] = ()) -> Commit:
    """The step that opens a conversation; without records with one message, whose id is the conversation's plus 1."""
    records = records or (said(number + 1, number),)
    return Commit(number, 0, records, replace(head(number, holder, name=name), last=records[-1].id), owed=owed)


def adding(expects: int, *records: StoredEvent, owed: tuple[int, ...] = (), settled: tuple[int, ...] = (), audit_entries: tuple[AuditEntry, ...] = ()) -> Commit:
    """A step of messages only."""
    return Commit(records[0].conversation, expects, records, None, owed, settled, audit_entries)


def moving(expects: int, record: int, conversation: int, holder: Holder, *, name: str = "") -> Commit:
    """A step to another holder."""
    return Commit(conversation, expects, (handed(record, conversation, holder),), head(conversation, holder, name=name))


def audit_entry(seconds: float, what: str = "reply", by: str = "anna") -> AuditEntry:
    return AuditEntry(at(seconds), by, what)


def ring(*keys: str) -> Ring:
    """Whoever keeps these keys, in base64, the newest last."""
    return Ring(lambda: list(keys), "a test")


async def together(store: Store, *changes: Commit) -> list[StoreError | None]:
    """Submit everything in one turn of the loop, so that it meets in one batch: what became of each."""
    outcomes: list[StoreError | None] = []
    told = asyncio.Event()

    def done(error: StoreError | None) -> None:
        outcomes.append(error)
        if len(outcomes) == len(changes):
            told.set()

    for change in changes:
        store.submit(change, done)
    await asyncio.wait_for(told.wait(), PATIENCE_S)
    return outcomes


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    """Look until it is so."""
    end = monotonic() + PATIENCE_S
    while not await condition():
        assert monotonic() < end, "it never came to be so"
        await asyncio.sleep(0.005)
