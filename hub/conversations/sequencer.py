"""Serialises the steps of each conversation; steps of different conversations run concurrently.

A LiveConversation holds the head as it will be when all submitted steps are committed, so that the next step does not wait for the
disk. If a commit fails, all steps built on it fail too, and the conversation is reloaded from the store.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from weakref import WeakValueDictionary

from msgspec.structs import replace

from hub.conversations.address import Address
from hub.conversations.channel_traits import TraitRegistry
from hub.conversations.conversation import Closed, Conversation, WithRemoteCentre, shown_to
from hub.conversations.journal import ConversationEvent, HandedOver, PromiseEnded, StoredEvent, shown_to_citizen, spoken
from hub.conversations.message import Author, Message
from hub.conversations.ports import CarryingChannel, Commit, Store
from hub.conversations.promise_creation import with_term
from hub.conversations.question import asks, last_of, sums_up
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.background_tasks import resolve
from hub.kernel.document import Document
from hub.kernel.errors import RefusedError, StoreError, UnavailableStoreError
from hub.kernel.ids import RecordIds
from hub.kernel.ports import DocumentKey
from hub.kernel.signal import Signal

ERASED = "Данные этого обращения удалены: добавить к нему ничего нельзя."
MOBILE = "+79"
"""Prefix of numbers that receive SMS."""
TAIL = 8
"""Records from which a list row is built, besides the last message, question and summary."""
WORDS_PAGE, WORDS_PAGES = 50, 10
"""Limit of the search for the last message and question, which bounds the cost of a long conversation without any."""
Told = Callable[[StoreError | None, tuple[StoredEvent, ...]], None]
Other = Callable[[StoreError | None], None]
Reach = Callable[[Address], Awaitable["LiveConversation"]]
"""Returns the conversation for an unsolicited message to an address: the existing or a new one."""


class LiveConversation:
    """One conversation in memory."""

    __slots__ = ("__weakref__", "broken", "citizen_typed", "dialogue", "head", "keys", "question", "seen_by_citizen",
                 "seen_by_operator", "shown", "stored", "summary", "tail", "told_at", "under_way")

    def __init__(self, head: Conversation, keys: dict[tuple[str, str], int]) -> None:
        self.head = head
        self.keys = keys
        self.under_way: dict[int, list[Other]] = {}
        """Messages with a key that are being committed, with others who wait for them."""
        self.broken = False
        self.dialogue: object = None
        """The robot's state including uncommitted steps; None where it must be rebuilt from the journal."""
        # Read and typing marks are transient: both sides send them again after a restart.
        self.citizen_typed: datetime | None = None
        self.seen_by_citizen = 0
        self.seen_by_operator = 0
        self.shown = shown_to(head)
        """Whose views it was in at the last notification of desks."""
        self.told_at = 0.0
        """Time of that notification (the loop's clock)."""
        self.stored = head.last
        """Its last committed record; the head may be ahead."""
        self.question, self.summary = head.question, head.summary
        """Ids of the last question and summary; the head gets them with its next change, so that a message writes no head."""
        self.tail: tuple[StoredEvent, ...] = ()
        """The last committed records, once they were requested; () before."""


class CommitPhases:
    """Listeners of a commit, called in the event loop in this order; all must be fast."""

    __slots__ = ("project", "react", "show")

    def __init__(self) -> None:
        self.project = Signal[[LiveConversation, Commit]]()
        """Update in-memory projections."""
        self.react = Signal[[LiveConversation, Commit]]()
        """Start further steps."""
        self.show = Signal[[LiveConversation, Commit]]()
        """Notify desks and channels."""

    def __call__(self, live: LiveConversation, commit: Commit) -> None:
        self.project(live, commit)
        self.react(live, commit)
        self.show(live, commit)


def _tail(records: tuple[StoredEvent, ...]) -> tuple[StoredEvent, ...]:
    """The last records; the last message, question and summary stay in front of them."""
    last, before = records[-TAIL:], records[:-TAIL]
    if not before:
        return last
    kept: dict[int, StoredEvent] = {}
    for shows in (_is_spoken, asks, sums_up):
        if not any(map(shows, last)):
            kept |= {record.id: record for record in [*filter(shows, before)][-1:]}
    return (*[record for record in before if record.id in kept], *last) if kept else last


def _is_spoken(record: StoredEvent) -> bool:
    return spoken(record.entry) is not None


class ConversationSequencer:
    """Conversations in memory, in use or recently used; every change goes through `step`."""

    def __init__(self, store: Store, ids: RecordIds, now: Callable[[], datetime], carriers: Mapping[str, CarryingChannel],
                 traits: TraitRegistry, kept: int = 20_000) -> None:
        """`carriers` are the channels with pending delivery, `traits` describe all channels.

        `kept` is the number of idle conversations in memory.
        """
        self._store, self._ids, self.now = store, ids, now
        self._carriers, self.traits = carriers, traits
        self._live: WeakValueDictionary[int, LiveConversation] = WeakValueDictionary()
        self._addresses: WeakValueDictionary[Address, LiveConversation] = WeakValueDictionary()
        self._kept: OrderedDict[int, LiveConversation] = OrderedDict()
        self._size = kept
        self._loading: dict[int, asyncio.Task[LiveConversation]] = {}
        self.stored_records = 0
        self.refused_steps = 0
        self.on_commit = CommitPhases()

    def __len__(self) -> int:
        return len(self._live)

    def carried(self, address: Address) -> bool:
        """Whether its channel has pending delivery."""
        return address.channel in self._carriers

    def carrying(self) -> list[str]:
        """The channels with pending delivery."""
        return sorted(self._carriers)

    def by_sms(self, number: str) -> Address | None:
        """The SMS address of a mobile number, if SMS are sent at all."""
        sms = next((each for each in self.carrying() if (traits := self.traits.named(each)).numbered and traits.brief), "")
        return Address(sms, number) if sms and number.startswith(MOBILE) else None

    def cached(self, address: Address) -> LiveConversation | None:
        return self._addresses.get(address)

    def active(self, conversation: int) -> LiveConversation | None:
        return self._live.get(conversation)

    def new_id(self) -> int:
        return self._ids.next(self.now())

    async def at(self, address: Address) -> LiveConversation | None:
        if (known := self._addresses.get(address)) is not None:
            return known
        head = await self._store.at_address(address)
        live = await self.load(head.id) if head else None
        return live if live is not None and live.head.erased is None else None  # it may be in the process of being erased

    async def load(self, conversation: int) -> LiveConversation:
        """The conversation in memory; raises KeyError when there is none."""
        live = self._live.get(conversation)
        if live is not None and not live.broken:
            return live
        # Concurrent callers share one load: two copies of one conversation would conflict.
        task = self._loading.get(conversation)
        if task is None:
            task = self._loading[conversation] = asyncio.get_running_loop().create_task(self._read(conversation))
            task.add_done_callback(lambda _: self._loading.pop(conversation, None))
        return await asyncio.shield(task)

    async def _read(self, conversation: int) -> LiveConversation:
        live = self._live.get(conversation)
        if live is not None and live.under_way:
            raise UnavailableStoreError("the conversation's last steps are still failing")
        keys = await self._store.keys(conversation)
        head = await self._store.conversation(conversation)
        if head is None:
            raise KeyError(conversation)
        if live is None:
            return self.add(LiveConversation(head, keys))
        if head.erased is None:
            self._addresses[head.address] = live
        live.head, live.keys, live.broken, live.dialogue, live.stored, live.tail = head, keys, False, None, head.last, ()
        live.question, live.summary = head.question, head.summary
        return live

    def add(self, live: LiveConversation) -> LiveConversation:
        self._live[live.head.id] = live
        if live.head.erased is None:
            self._addresses[live.head.address] = live
        self._kept[live.head.id] = live
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)
        return live

    async def tails(self, heads: Sequence[Conversation]) -> dict[int, Sequence[StoredEvent]]:
        """The last committed records of conversations, oldest first; from memory once they were requested."""
        found: dict[int, Sequence[StoredEvent]] = {}
        missing = []
        for head in heads:
            live = self._live.get(head.id)
            if live is None or head.last not in {live.head.last, live.stored}:
                missing.append(head)
            elif live.tail:
                found[head.id] = live.tail
            else:
                missing.append(replace(head, last=live.stored))
        if missing:
            tails = await self._store.tails(missing, TAIL)
            for head in missing:
                number, tail = head.id, tails.get(head.id, [])
                found[number] = records = [*await self._shown_before(head, tail), *tail]
                live = self._live.get(number)
                if live is not None and records and records[-1].id == live.stored:
                    live.tail = tuple(records)
        return found

    async def _shown_before(self, head: Conversation, tail: Sequence[StoredEvent]) -> list[StoredEvent]:
        """The last message, question and summary where the tail lacks them: it may be full of hand-overs and offers."""
        if len(tail) < TAIL:
            return []
        missing = [shows for shows in (_is_spoken, asks) if not any(map(shows, tail))]
        found: dict[int, StoredEvent] = {}
        before = tail[0].id
        for _ in range(WORDS_PAGES):
            # The head names the last question that it knows of: only what came later is searched for.
            if not before or not missing or (missing == [asks] and before <= head.question):
                break
            page = await self._store.records(head.id, before=before, limit=WORDS_PAGE)
            for shows in [*missing]:
                if latest := [*filter(shows, page)][-1:]:
                    found[latest[0].id] = latest[0]
                    missing.remove(shows)
            before = page[0].id if page else 0
        named = [head.question] * (asks in missing) + [head.summary] * (not any(map(sums_up, tail)))
        for record in filter(None, named):
            found |= {each.id: each for each in await self._store.records(head.id, upto=record, limit=1)}
        return [found[number] for number in sorted(found) if number < tail[0].id]

    def forget(self, live: LiveConversation) -> None:
        """It could not be opened: the next caller opens another."""
        for sequencer in (self._live, self._kept):
            sequencer.pop(live.head.id, None)
        self._addresses.pop(live.head.address, None)

    def step(
        self, live: LiveConversation, entries: Sequence[ConversationEvent], told: Told, *,
        head: Conversation | None = None, owe: bool = False, settled: tuple[int, ...] = (), audit_entries: tuple[AuditEntry, ...] = (),
        patient: bool = False,
    ) -> tuple[StoredEvent, ...]:
        """Add entries, and set a new head if one is passed; `told` gets the result of the commit.

        With `owe` the first entry's reaction is pending; a `patient` step may wait for others (ports.Store). Raises
        UnavailableStoreError while the conversation is broken, and RefusedError("erased") for an erased one. A contact's term begins
        and ends here for every caller (promise_creation.py).
        """
        if live.broken:
            raise UnavailableStoreError("the conversation's last step was not stored")
        if live.head.erased is not None:
            raise RefusedError("erased", ERASED)
        entries, head = with_term(live.head, entries, head, settled, traits=self.traits.of(live.head.address))
        number, ids = live.head.id, self._ids
        records = tuple([StoredEvent(ids.next(entry.at), number, entry) for entry in entries])
        owed: tuple[int, ...] = (records[0].id,) if owe else ()
        if self.carried(live.head.address):
            owed += tuple(r.id for r in records if to_be_sent(r.entry))
        elif live.head.address.is_remote:
            owed += tuple(r.id for r in records if to_be_told(r.entry))
        if head is not None and type(head.holder) is WithRemoteCentre and not head.address.is_remote:
            owed += tuple(r.id for r in records if isinstance(r.entry, HandedOver) and type(r.entry.holder) is WithRemoteCentre)
        question, summary = last_of(records)
        live.question, live.summary = question or live.question, summary or live.summary
        if head is not None and (head.question, head.summary) != (live.question, live.summary):
            head = replace(head, question=live.question, summary=live.summary)
        change = Commit(number, live.head.last, records, head, owed, settled, audit_entries)
        live.head = replace(head or live.head, last=records[-1].id)
        for record in records:
            entry = record.entry
            if isinstance(entry, Message) and entry.key:
                live.keys[entry.by, entry.key] = record.id
                live.under_way[record.id] = []
        self._store.submit(change, partial(self._committed, live, change, told), patient=patient)
        return records

    async def committed_step(
        self, live: LiveConversation, entries: Sequence[ConversationEvent], *,
        head: Conversation | None = None, settled: tuple[int, ...] = (), audit_entries: tuple[AuditEntry, ...] = (),
    ) -> tuple[StoredEvent, ...]:
        """`step`, and wait until it is stored."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        records = self.step(live, entries, lambda error, _: resolve(stored, None, error), head=head, settled=settled,
                            audit_entries=audit_entries)
        await stored
        return records

    async def stored(self, live: LiveConversation, record: int) -> None:
        """Wait until a record is stored."""
        if (others := live.under_way.get(record)) is not None:
            stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            others.append(partial(resolve, stored, None))
            await stored

    async def knows(self, live: LiveConversation, key: str) -> bool:
        """Whether a message with a key that is not in memory is on disk."""
        if (record := live.keys.get(("", key))) is None:
            return False
        await self.stored(live, record)
        return True

    async def erase(
        self, live: LiveConversation, entries: Sequence[ConversationEvent], left: Sequence[StoredEvent], *,
        head: Conversation | None = None,
        put: Sequence[Document] = (), dropped: Sequence[DocumentKey] = (), audit_entry: AuditEntry | None = None,
    ) -> None:
        """A step that keeps only what is `left` of earlier records; with an erased `head` it is the conversation's last.

        Waits until it is stored. From the call on, the address has no conversation. Raises StoreError.
        """
        number = live.head.id
        records = tuple(StoredEvent(self._ids.next(entry.at), number, entry) for entry in entries)
        change = Commit(number, live.head.last, records, head)
        if head is not None:
            self._addresses.pop(live.head.address, None)
            live.keys = {}
        live.head, live.dialogue = replace(head or live.head, last=records[-1].id), None
        try:
            await self._store.erase(change, left, put, dropped, audit_entry)
        except BaseException as error:  # a cancelled caller does not know either whether it was stored
            self._committed(live, change, _untold, error if isinstance(error, StoreError) else UnavailableStoreError("cut off"))
            raise
        live.tail = ()  # may have been requested meanwhile
        self._committed(live, change, _untold, None)

    def _committed(self, live: LiveConversation, change: Commit, told: Told, error: StoreError | None) -> None:
        if error is not None:
            live.broken = True
            self.refused_steps += 1
        else:
            self.stored_records += len(change.records)
            live.stored = change.records[-1].id
            if live.tail:
                live.tail = () if isinstance(live.head.holder, Closed) else _tail((*live.tail, *change.records))
        waiting = [other for record in change.records for other in live.under_way.pop(record.id, ())]
        if not live.under_way:
            live.under_way = {}  # an emptied dict keeps its table, in each of thousands of idle conversations
        told(error, change.records)
        for other in waiting:
            other(error)
        if error is None:
            self.on_commit(live, change)


def to_be_sent(entry: ConversationEvent) -> bool:
    """Whether an entry is a message for delivery to the citizen."""
    return isinstance(entry, Message) and shown_to_citizen(entry) and entry.author is not Author.CITIZEN


def to_be_told(entry: ConversationEvent) -> bool:
    """Whether an entry is reported to the centre that handed the conversation over."""
    return isinstance(entry, HandedOver | PromiseEnded) or to_be_sent(entry)


def _untold(error: StoreError | None, records: tuple[StoredEvent, ...]) -> None:
    """Default for `told`: callers that wait for the step get its result there."""
