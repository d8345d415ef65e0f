"""Two stores, one promise: whatever is asked of both, in batches and over restarts, both answer alike."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bots.russian import Russian
from hub.access.operator import Operator, Role
from hub.conversations.conversation import Closed, Conversation, Holder, Promised, WithBot, WithOperator
from hub.conversations.ports import Commit, Store
from hub.kernel.ports import Keys
from storage.keys.ring import new_key
from storage.memory import MemoryStore
from storage.sqlite import SqliteStore
from storage.vault import Vault
from tests.storage.data import address, at, audit_entry, handed, head, owing, ring, said, together, waiting_for

CONVERSATIONS, QUEUES, OPERATORS = (1, 2, 3, 4), ("a", "b"), ("anna", "olga")
SHARING = (1, 2)
TEXTS = ("", "Где мой паспорт?", "деньги для ребёнка", "справка")


class Ask(NamedTuple):
    """A step to be thought out when its turn comes: `late` is how many steps its author has missed."""

    conversation: int
    late: int
    texts: Sequence[str]
    holder: Holder | None
    owes: bool
    settles: bool
    audited: bool


def holders() -> st.SearchStrategy[Holder]:
    seconds = st.integers(0, 50)
    return st.one_of(
        st.builds(WithBot, st.integers(0, 2)),
        st.builds(waiting_for, st.sampled_from(QUEUES), seconds),
        st.builds(lambda who, since: WithOperator(who, at(since), "a", at(since)), st.sampled_from(OPERATORS), seconds),
        st.builds(lambda since: Promised("a", at(since)), seconds),
        st.builds(lambda since: Closed(at(since), "other", "anna"), seconds))


ASKS = st.builds(
    Ask, st.sampled_from(CONVERSATIONS), st.sampled_from((0, 0, 0, 0, 1, 2)), st.lists(st.sampled_from(TEXTS), max_size=3),
    st.none() | holders(), st.booleans(), st.booleans(), st.booleans())
BATCHES = st.lists(st.tuples(st.lists(ASKS, min_size=3, max_size=8), st.booleans()), min_size=3, max_size=8)


class Author:
    """Thinks out changes as the hub does: on top of the newest state it has heard of."""

    def __init__(self) -> None:
        self._id = 10
        self.seen: dict[int, list[int]] = {number: [0] for number in CONVERSATIONS}

    def think(self, ask: Ask) -> Commit:
        past = self.seen[ask.conversation]
        expects = past[max(0, len(past) - 1 - ask.late)]
        first = self._id = self._id + 1
        records = [said(first, ask.conversation, "сообщение", key=f"k{first}")]
        for text in ask.texts:
            self._id += 1
            records.append(said(self._id, ask.conversation, text))
        holder = ask.holder or (WithBot() if expects == 0 else None)
        if holder is not None:
            self._id += 1
            records.append(handed(self._id, ask.conversation, holder))
        after = self._head(ask.conversation, holder) if holder else None
        past.append(self._id)
        return Commit(ask.conversation, expects, tuple(records), after, (first,) if ask.owes else (),
                      tuple(range(first - 4, first)) if ask.settles else (), (audit_entry(first),) if ask.audited else ())

    def _head(self, number: int, holder: Holder) -> Conversation:
        # Two conversations share an address: only one of them may be opened while the other is open.
        after = head(number, holder, name="shared" if number in SHARING else "")
        return replace(after, promise=owing(number, 1).promise) if isinstance(holder, Promised) else after

    async def look(self, store: Store) -> None:
        """Hear what has really been stored."""
        for number in CONVERSATIONS:
            stored = await store.conversation(number)
            self.seen[number] = [*self.seen[number][-3:-1], stored.last if stored else 0]


async def everything(store: Store) -> list[object]:
    """All that can be read, whole and in pages."""
    seen: list[object] = [await store.newest(), await store.owed(), await store.held(""), await store.waiting([]), await store.waiting(QUEUES),
                          await store.waiting(["b"], 1), await store.held("anna"), await store.promised(), await store.recent(limit=2), await store.recent(before=3),
                          [d for _, d in await store.audit_entries()], await store.tails(await store.recent(), 3), await store.all(Operator),
                          await store.at_address(address("shared")), await store.at_address(address("3")),
                          await store.moves(0, 1 << 62), await store.moves(15, 30), await store.moves_of(CONVERSATIONS[1:])]
    for number in CONVERSATIONS:
        records = await store.records(number, limit=1000)
        seen += [records, await store.keys(number), await store.conversation(number), await store.records(number, limit=2)]
        if records:
            middle = records[len(records) // 2].id
            seen += [await store.records(number, before=middle, limit=3), await store.records(number, upto=middle, limit=3)]
    return seen


async def compare(batches: list[tuple[list[Ask], bool]], path: Path, russian: Russian, keys: Keys | None) -> None:
    def opened() -> SqliteStore:
        return SqliteStore(path, russian, Vault(keys, "077"), archive_delay_s=0)

    memory, sqlite, author = MemoryStore(russian), opened(), Author()
    try:
        for asks, restart in batches:
            # Closing the one with the shared address and opening the other may come in either order in one batch.
            first = next((ask.conversation for ask in asks if ask.conversation in SHARING), 0)
            changes = [author.think(ask) for ask in asks if ask.conversation not in SHARING or ask.conversation == first]
            if not changes:
                continue
            outcomes = [await together(store, *changes) for store in (memory, sqlite)]
            assert [type(o) for o in outcomes[0]] == [type(o) for o in outcomes[1]]
            operator = Operator(OPERATORS[len(asks) % 2], f"Оператор {len(changes)}", Role.OPERATOR)
            for store in (memory, sqlite):
                await store.put(operator, audit_entry(len(asks), "operator"))
            if restart:
                await sqlite.close()
                sqlite = opened()
            assert await everything(memory) == await everything(sqlite)
            await author.look(sqlite)
    finally:
        await sqlite.close()


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=BATCHES, sealed=st.booleans())
def test_both_answer_alike_over_batches_and_restarts(batches: list[tuple[list[Ask], bool]], sealed: bool, russian: Russian) -> None:
    # CH-06, CH-10, CH-12, SE-01
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(compare(batches, Path(folder) / "okno.db", russian, ring(new_key()[0]) if sealed else None))
