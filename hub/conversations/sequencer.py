"""Conversations at work, one lane each: steps of one conversation follow each other, those of different ones do not wait.

A lane holds the head as it will be when everything under way is committed, so that the next step need not wait for the
disk. If a commit fails, all that was built on it fails too, and the lane is read anew from the store.
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
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.background_tasks import resolve
from hub.kernel.document import Document
from hub.kernel.errors import RefusedError, StoreError, UnavailableStoreError
from hub.kernel.ids import RecordIds
from hub.kernel.ports import DocumentKey
from hub.kernel.signal import Signal

ERASED = "Данные этого обращения удалены: добавить к нему ничего нельзя."
MOBILE = "+79"
"""How numbers begin that get SMS."""
TAIL = 8
"""Records that a row of a list is made of, beside the last words."""
WORDS_PAGE, WORDS_PAGES = 50, 10
"""How far back the last words are looked for: a conversation without any costs so much, however long it is."""
Told = Callable[[StoreError | None, tuple[StoredEvent, ...]], None]
Other = Callable[[StoreError | None], None]
Reach = Callable[[Address], Awaitable["LiveConversation"]]
"""Gives the lane by which the hub speaks to an address unasked: as it stands, or newly opened."""


class LiveConversation:
    """One conversation at work."""

    __slots__ = ("__weakref__", "broken", "citizen_typed", "dialogue", "head", "keys", "seen_by_citizen", "seen_by_operator",
                 "shown", "stored", "tail", "told_at", "under_way")

    def __init__(self, head: Conversation, keys: dict[tuple[str, str], int]) -> None:
        self.head = head
        self.keys = keys
        self.under_way: dict[int, list[Other]] = {}
        """Messages with a key on their way to the disk, with others who want to know when they are there."""
        self.broken = False
        self.dialogue: object = None
        """What the robot keeps in mind, with all that is under way; None where it must be read out of the journal."""
        # What was read and who types is a courtesy of the moment: both sides tell it again after a restart.
        self.citizen_typed: datetime | None = None
        self.seen_by_citizen = 0
        self.seen_by_operator = 0
        self.shown = shown_to(head)
        """Whose views it was in when desks were told of it last."""
        self.told_at = 0.0
        """When that was (the loop's clock)."""
        self.stored = head.last
        """Its last record that is committed; the head may be ahead."""
        self.tail: tuple[StoredEvent, ...] = ()
        """The last of what is committed, since somebody has asked for it; () before."""


class CommitPhases:
    """Who hears of a commit, in the event loop and in this order; all must be quick."""

    __slots__ = ("project", "react", "show")

    def __init__(self) -> None:
        self.project = Signal[[LiveConversation, Commit]]()
        """What is kept in memory follows."""
        self.react = Signal[[LiveConversation, Commit]]()
        """New steps come of it."""
        self.show = Signal[[LiveConversation, Commit]]()
        """Desks, channels and figures are told."""

    def __call__(self, live: LiveConversation, commit: Commit) -> None:
        self.project(live, commit)
        self.react(live, commit)
        self.show(live, commit)


def _tail(records: tuple[StoredEvent, ...]) -> tuple[StoredEvent, ...]:
    """The last records; where none of them is a message, the last message stays in front of them."""
    last = records[-TAIL:]
    if any(spoken(record.entry) for record in last):
        return last
    return (*[record for record in records[:-TAIL] if spoken(record.entry)][-1:], *last)


class ConversationSequencer:
    """The lanes that are in use or were lately; every change of a conversation goes through `step`."""

    def __init__(self, store: Store, ids: RecordIds, now: Callable[[], datetime], carriers: Mapping[str, CarryingChannel],
                 traits: TraitRegistry, kept: int = 20_000) -> None:
        """`carriers` are the channels that sending is owed to, `traits` what all are like.

        `kept` is how many idle conversations stay in memory.
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
        """Whether sending is owed to its channel."""
        return address.channel in self._carriers

    def carrying(self) -> list[str]:
        """The channels that sending is owed to."""
        return sorted(self._carriers)

    def by_sms(self, number: str) -> Address | None:
        """Where a mobile telephone is written to, if SMS are sent at all."""
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
        return live if live is not None and live.head.erased is None else None  # it may be being erased at this moment

    async def load(self, conversation: int) -> LiveConversation:
        """The lane of a conversation; raises KeyError when there is none."""
        live = self._live.get(conversation)
        if live is not None and not live.broken:
            return live
        # Whoever comes while it is being read waits for the same reading: two lanes of one conversation would collide.
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
        """The last committed records of conversations, oldest first; those in use are at hand once they were asked for."""
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
            for number, tail in (await self._store.tails(missing, TAIL)).items():
                silent = not any(spoken(record.entry) for record in tail)
                found[number] = records = [*await self._last_words(number, tail), *tail] if silent else tail
                live = self._live.get(number)
                if live is not None and records and records[-1].id == live.stored:
                    live.tail = tuple(records)
        return found

    async def _last_words(self, number: int, tail: Sequence[StoredEvent]) -> list[StoredEvent]:
        """The last message before a tail that has none: a conversation that was transferred often ends in hand-overs alone."""
        before = tail[0].id if tail else 0
        for _ in range(WORDS_PAGES):
            page = await self._store.records(number, before=before, limit=WORDS_PAGE) if before else []
            if words := [record for record in page if spoken(record.entry)][-1:]:
                return words
            before = page[0].id if page else 0
        return []

    def forget(self, live: LiveConversation) -> None:
        """It could not be opened: whoever comes next opens another."""
        for sequencer in (self._live, self._kept):
            sequencer.pop(live.head.id, None)
        self._addresses.pop(live.head.address, None)

    def step(
        self, live: LiveConversation, entries: Sequence[ConversationEvent], told: Told, *,
        head: Conversation | None = None, owe: bool = False, settled: tuple[int, ...] = (), audit_entries: tuple[AuditEntry, ...] = (),
        patient: bool = False,
    ) -> tuple[StoredEvent, ...]:
        """Add entries, and give the conversation a new head if one is passed; `told` hears of the commit.

        With `owe` the first entry's reaction is still to come; what is `patient` may wait for others (ports.Store). Raises
        UnavailableStoreError while the lane is broken, and RefusedError("erased") for what was erased. A letter's term begins and
        ends here, whoever takes the step (promise_creation.py).
        """
        if live.broken:
            raise UnavailableStoreError("the conversation's last step was not stored")
        if live.head.erased is not None:
            raise RefusedError("erased", ERASED)
        entries, head = with_term(live.head, entries, head, settled, letter=self.traits.of(live.head.address).letters)
        number, ids = live.head.id, self._ids
        records = tuple([StoredEvent(ids.next(entry.at), number, entry) for entry in entries])
        owed: tuple[int, ...] = (records[0].id,) if owe else ()
        if self.carried(live.head.address):
            owed += tuple(r.id for r in records if to_be_sent(r.entry))
        elif live.head.address.is_remote:
            owed += tuple(r.id for r in records if to_be_told(r.entry))
        if head is not None and type(head.holder) is WithRemoteCentre:
            owed += tuple(r.id for r in records if isinstance(r.entry, HandedOver) and type(r.entry.holder) is WithRemoteCentre)
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
        """Wait until a record that may be under way is on the disk."""
        if (others := live.under_way.get(record)) is not None:
            stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            others.append(partial(resolve, stored, None))
            await stored

    async def knows(self, live: LiveConversation, key: str) -> bool:
        """Whether what nobody here has written under a key was said before, and is on the disk."""
        if (record := live.keys.get(("", key))) is None:
            return False
        await self.stored(live, record)
        return True

    async def erase(
        self, live: LiveConversation, entries: Sequence[ConversationEvent], left: Sequence[StoredEvent], *,
        head: Conversation | None = None,
        put: Sequence[Document] = (), dropped: Sequence[DocumentKey] = (), audit_entry: AuditEntry | None = None,
    ) -> None:
        """A step by which of earlier records only what is `left` stays; with an erased `head` it is the conversation's last.

        Wait until it is stored. From the call on, whoever comes from its address finds it no more. Raises StoreError.
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
        except BaseException as error:  # whoever is cancelled does not know either whether it was stored
            self._committed(live, change, _untold, error if isinstance(error, StoreError) else UnavailableStoreError("cut off"))
            raise
        live.tail = ()  # somebody may have asked meanwhile
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
            live.under_way = {}  # an emptied one keeps its table, in each of thousands of idle lanes
        told(error, change.records)
        for other in waiting:
            other(error)
        if error is None:
            self.on_commit(live, change)


def to_be_sent(entry: ConversationEvent) -> bool:
    """Whether an entry is a message that must be carried to the citizen."""
    return isinstance(entry, Message) and shown_to_citizen(entry) and entry.author is not Author.CITIZEN


def to_be_told(entry: ConversationEvent) -> bool:
    """Whether the centre that a conversation came from hears of an entry."""
    return isinstance(entry, HandedOver | PromiseEnded) or to_be_sent(entry)


def _untold(error: StoreError | None, records: tuple[StoredEvent, ...]) -> None:
    """Whoever waits for the step is told by its end."""
