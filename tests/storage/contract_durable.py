"""What a store that survives its process promises beyond the contract of all."""

import asyncio
from collections.abc import Callable

from hub.access.operator import Operator, Role
from hub.conversations.ports import Store
from tests.storage.data import adding, audit_entry, moving, opening, said, together, waiting_for


class DurableContract:
    """`reopen` gives another store over what the first one has left."""

    async def test_everything_is_there_after_a_restart(self, store: Store, reopen: Callable[[], Store]) -> None:
        # CH-06, CH-12
        await store.commit(opening(10, said(11, 10, key="k"), said(12, 10), owed=(11, 12)))
        await store.commit(moving(12, 13, 10, waiting_for("general", 3)))
        await store.settle((12,))
        await store.put(Operator("anna", "Анна", Role.OPERATOR), audit_entry(1))
        before = (await store.recent(), await store.records(10), await store.audit_entries(), await store.newest())
        await store.close()
        again = reopen()
        assert (await again.recent(), await again.records(10), await again.audit_entries(), await again.newest()) == before
        assert [r.id for r in await again.owed()] == [11]
        assert await again.keys(10) == {("", "k"): 11}
        assert [c.id for c in await again.waiting(["general"])] == [10]
        assert [o.login for o in await again.all(Operator)] == ["anna"]
        await again.commit(adding(13, said(14, 10)))
        await again.close()

    async def test_closing_commits_what_was_submitted(self, store: Store, reopen: Callable[[], Store]) -> None:
        # CH-06
        submitted = asyncio.create_task(together(store, *(opening(number) for number in range(10, 10_010, 10))))
        await asyncio.sleep(0)
        await store.close()
        assert await submitted == [None] * 1000
        again = reopen()
        assert len(await again.recent(limit=2000)) == 1000
        await again.close()

    async def test_a_lease_is_its_owners_after_a_restart_too(self, store: Store, reopen: Callable[[], Store]) -> None:
        # CH-06
        await store.lease("queue", "a", 600)
        await store.close()
        again = reopen()
        assert [(each.owner, each.term) for each in await again.leases("queue")] == [("a", 1)]
        await again.release("queue", "a")
        await again.close()
        last = reopen()
        assert (await last.lease("queue", "b", 600)).term == 2
        await last.close()
