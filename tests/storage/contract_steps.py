"""Steps of conversations: they commit as a whole or not at all, in order, and never on top of what their author has not seen."""

import asyncio

import pytest

from hub.conversations.conversation import Closed, WithBot, WithOperator
from hub.conversations.ports import Commit, Store
from hub.kernel.errors import ConflictError, StoreError
from tests.storage.data import adding, at, audit_entry, eventually, handed, head, moving, opening, said, together, waiting_for


class StepsContract:
    async def test_a_step_is_stored_with_its_records_its_head_and_its_deeds(self, store: Store) -> None:
        # CH-06, CH-12
        records = (handed(11, 10, WithBot()), said(12, 10, "Добрый день", key="k1"))
        await store.commit(opening(10, *records, owed=(12,)))
        await store.commit(adding(12, said(13, 10, "Вы тут?"), audit_entries=(audit_entry(13),)))
        stored = await store.conversation(10)
        assert stored is not None
        assert (stored.number, stored.last, stored.holder) == ("077-260101-00010-0", 13, WithBot())
        assert await store.records(10) == [*records, said(13, 10, "Вы тут?")]
        assert await store.owed() == [records[1]]
        assert [d for _, d in await store.audit_entries()] == [audit_entry(13)]

    async def test_a_step_thought_out_for_an_older_state_is_refused_and_changes_nothing(self, store: Store) -> None:
        # CH-12
        await store.commit(opening(10))
        await store.commit(adding(11, said(12, 10, "первое")))
        late = Commit(10, 11, (said(13, 10, "опоздало"),), head(10, waiting_for("general", 1)), owed=(13,), settled=(), audit_entries=(audit_entry(1),))
        with pytest.raises(ConflictError):
            await store.commit(late)
        assert [r.id for r in await store.records(10)] == [11, 12]
        assert await store.owed() == []
        assert await store.audit_entries() == []
        assert await store.waiting([]) == []

    async def test_a_step_from_the_future_and_one_of_an_unknown_conversation_are_refused(self, store: Store) -> None:
        await store.commit(opening(10))
        for wrong in (adding(99, said(100, 10)), adding(5, said(101, 20)), moving(5, 102, 20, WithBot())):
            with pytest.raises(ConflictError):
                await store.commit(wrong)
        assert await store.conversation(20) is None

    async def test_steps_of_one_conversation_in_one_batch_follow_each_other(self, store: Store) -> None:
        # CH-10
        steps = [opening(10), *(adding(n, said(n + 1, 10, f"сообщение {n}")) for n in range(11, 60)),
                 moving(60, 61, 10, waiting_for("general", 5)), adding(61, said(62, 10))]
        assert await together(store, *steps) == [None] * len(steps)
        assert [r.id for r in await store.records(10, limit=100)] == list(range(11, 63))
        stored = await store.conversation(10)
        assert stored is not None
        assert (stored.last, stored.holder) == (62, waiting_for("general", 5))

    async def test_one_bad_step_in_a_batch_fails_alone(self, store: Store) -> None:
        # CH-10
        for number in (10, 20, 30):
            await store.commit(opening(number))
        outcomes = await together(
            store, adding(11, said(12, 10)), adding(99, said(22, 20)), adding(31, said(32, 30)), opening(40), adding(12, said(13, 10)))
        assert [type(o) for o in outcomes] == [type(None), ConflictError, type(None), type(None), type(None)]
        assert [[r.id for r in await store.records(n)] for n in (10, 20, 30, 40)] == [[11, 12, 13], [21], [31, 32], [41]]

    async def test_of_two_steps_thought_out_for_the_same_state_the_first_wins(self, store: Store) -> None:
        # CH-10
        await store.commit(opening(10))
        outcomes = await together(
            store, adding(11, said(12, 10, "первый")), adding(11, said(13, 10, "второй")), adding(12, said(14, 10, "дальше")))
        assert [type(o) for o in outcomes] == [type(None), ConflictError, type(None)]
        assert [r.id for r in await store.records(10)] == [11, 12, 14]

    async def test_a_step_after_a_refused_one_may_be_good(self, store: Store) -> None:
        await store.commit(opening(10))
        outcomes = await together(store, moving(5, 12, 10, WithBot()), adding(11, said(13, 10)))
        assert [type(o) for o in outcomes] == [ConflictError, type(None)]
        assert [r.id for r in await store.records(10)] == [11, 13]

    async def test_what_is_built_on_a_refused_step_is_refused(self, store: Store) -> None:
        await store.commit(opening(10))
        outcomes = await together(store, adding(5, said(12, 10)), adding(12, said(13, 10)), adding(13, said(14, 10)))
        assert [type(o) for o in outcomes] == [ConflictError] * 3
        assert [r.id for r in await store.records(10)] == [11]

    @pytest.mark.parametrize("at_once", [True, False])
    async def test_an_address_has_one_open_conversation(self, store: Store, *, at_once: bool) -> None:
        # CH-06
        first, second, follower = opening(10, name="one phone"), opening(20, name="one phone"), adding(21, said(22, 20))
        if at_once:
            outcomes = await together(store, first, second, follower)
        else:
            outcomes = [(await together(store, step))[0] for step in (first, second, follower)]
        assert [type(o) for o in outcomes] == [type(None), ConflictError, ConflictError]
        assert await store.conversation(20) is None
        await store.commit(moving(11, 12, 10, Closed(at(12), "other", "anna"), name="one phone"))
        await store.commit(opening(20, name="one phone"))

    async def test_opening_twice_is_once(self, store: Store) -> None:
        outcomes = await together(store, opening(10), opening(10))
        assert [type(o) for o in outcomes] == [type(None), ConflictError]
        with pytest.raises(ConflictError):
            await store.commit(opening(10))
        assert len(await store.records(10)) == 1

    async def test_everybody_is_told_once_in_order_and_never_at_once(self, store: Store) -> None:
        # CH-06
        told: list[int] = []
        everything = asyncio.Event()

        def done(number: int, error: StoreError | None) -> None:
            assert error is None
            told.append(number)
            if len(told) == 1500:
                everything.set()

        for number in range(1500):
            store.submit(opening(10 + number * 10), lambda error, number=number: done(number, error))
            if number % 100 == 0:
                assert len(told) <= number
                await asyncio.sleep(0)
        await asyncio.wait_for(everything.wait(), 20)
        await store.settle(())  # whatever would still come has come after this
        assert told == list(range(1500))
        assert len(await store.recent(limit=2000)) == 1500

    async def test_a_callback_that_raises_spoils_nothing_for_others(self, store: Store) -> None:
        raised: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: raised.append(context["exception"]))

        def bad(_: StoreError | None) -> None:
            raise RuntimeError("a fault above the store")

        store.submit(opening(10), bad)
        assert await together(store, opening(20)) == [None]
        assert [str(e) for e in raised] == ["a fault above the store"]
        assert await store.conversation(10) is not None

    async def test_what_a_cancelled_caller_asked_for_is_stored_as_a_whole(self, store: Store) -> None:
        # CH-06
        commit = asyncio.create_task(store.commit(opening(10, said(11, 10), said(12, 10), owed=(11,))))
        await asyncio.sleep(0)
        commit.cancel()
        await asyncio.gather(commit, return_exceptions=True)

        async def stored() -> bool:
            return await store.conversation(10) is not None

        await eventually(stored)
        assert [r.id for r in await store.records(10)] == [11, 12]
        await store.commit(adding(12, said(13, 10)))

    async def test_commits_are_counted_and_nothing_is_broken(self, store: Store) -> None:
        before = store.commits
        await store.commit(opening(10))
        assert store.commits > before
        assert [took for _, took in store.took.upto()][-1] == store.commits
        assert store.broken == ""

    async def test_reactions_are_owed_until_they_are_settled(self, store: Store) -> None:
        # CH-06
        await store.commit(opening(20, said(21, 20), said(22, 20), owed=(21, 22)))
        await store.commit(opening(10, said(11, 10), owed=(11,)))
        assert [r.id for r in await store.owed()] == [11, 21, 22]
        await store.commit(adding(22, said(23, 20), settled=(21,)))
        assert [r.id for r in await store.owed()] == [11, 22]
        await store.settle((11, 22, 99))
        await store.settle((11,))
        await store.settle(())
        assert await store.owed() == []

    async def test_owing_and_settling_in_one_batch(self, store: Store) -> None:
        outcomes = await together(
            store, opening(10, owed=(11,)), adding(11, said(12, 10), settled=(11,)), adding(12, said(13, 10), owed=(13,)))
        assert outcomes == [None] * 3
        assert [r.id for r in await store.owed()] == [13]

    async def test_closing_and_reopening_move_the_conversation_between_the_lists(self, store: Store) -> None:
        # CH-12
        await store.commit(opening(10, holder=waiting_for("general", 1)))
        assert [c.id for c in await store.waiting(["general"])] == [10]
        await store.commit(moving(11, 12, 10, WithOperator("anna", at(12), "general", at(1))))
        assert await store.waiting([]) == []
        assert [c.id for c in await store.held("anna")] == [10]
        await store.commit(moving(12, 13, 10, Closed(at(13), "other", "anna")))
        assert await store.held("") == []
        await store.commit(moving(13, 14, 10, WithBot()))
        stored = await store.conversation(10)
        assert stored is not None
        assert stored.holder == WithBot()
        assert [r.id for r in await store.records(10)] == [11, 12, 13, 14]
