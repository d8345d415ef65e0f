"""What only one does at a time (CH-06)."""

import asyncio
from time import perf_counter

from hub.conversations.ports import Store
from hub.kernel.leases import Lease
from tests.storage.data import eventually

LONG_S, SHORT_S = 600.0, 0.05
TICK_S = 0.001  # the clock of MongoDB


def held(lease: Lease) -> tuple[str, int]:
    return lease.owner, lease.term


class LeasesContract:
    async def test_of_those_who_ask_at_once_exactly_one_has_it(self, store: Store) -> None:
        # CH-06
        before_s = perf_counter()
        asked = await asyncio.gather(*(store.lease("queue", f"hub-{n}", LONG_S) for n in range(8)))
        took_s = perf_counter() - before_s
        assert len({held(each) for each in asked}) == 1
        owner, term = held(asked[0])
        assert owner in {f"hub-{n}" for n in range(8)}
        assert term == 1
        assert all(0 < each.left_s <= LONG_S + took_s + TICK_S for each in asked)  # from its own request, taken by a later one

    async def test_its_owner_prolongs_it_in_the_same_term(self, store: Store) -> None:
        # CH-06
        first = await store.lease("queue", "a", 5)
        again = await store.lease("queue", "a", LONG_S)
        assert held(again) == held(first) == ("a", 1)
        assert again.left_s > 5
        assert held(await store.lease("queue", "b", LONG_S)) == ("a", 1)

    async def test_another_takes_it_when_it_is_over_and_whoever_is_late_has_lost_it(self, store: Store) -> None:
        # CH-06
        await store.lease("queue", "a", SHORT_S)

        async def over() -> bool:
            return await store.leases("queue") == []
        await eventually(over)
        assert held(await store.lease("queue", "b", LONG_S)) == ("b", 2)
        late = await store.lease("queue", "a", LONG_S)
        assert held(late) == ("b", 2)
        assert late.left_s > 0

    async def test_what_is_released_is_free_at_once_and_only_by_its_owner(self, store: Store) -> None:
        # CH-06
        await store.lease("queue", "a", LONG_S)
        await store.release("queue", "b")
        assert held(await store.lease("queue", "b", LONG_S)) == ("a", 1)
        await store.release("queue", "a")
        assert await store.leases("queue") == []
        assert held(await store.lease("queue", "b", LONG_S)) == ("b", 2)
        await store.release("queue", "b")
        await store.release("nobody's", "b")
        assert held(await store.lease("queue", "a", LONG_S)) == ("a", 3)

    async def test_those_with_a_prefix_that_are_not_over(self, store: Store) -> None:
        # CH-06
        for name, owner in (("hub.2", "b"), ("hub.1", "a"), ("hubs", "c"), ("$owner", "$owner"), ("hub.3", "c")):
            await store.lease(name, owner, LONG_S)
        await store.release("hub.3", "c")
        assert [(each.name, each.owner) for each in await store.leases("hub.")] == [("hub.1", "a"), ("hub.2", "b")]
        assert [held(each) for each in await store.leases("$")] == [("$owner", 1)]
        assert len(await store.leases("")) == 4
