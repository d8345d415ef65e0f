"""Callers whom the exchange did not answer are listed and called back (CH-19)."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from hub.actions.conversation_actions import Actions
from hub.conversations.address import Address, Citizen
from hub.conversations.callback_promise import DAY
from hub.conversations.conversation import Conversation, InQueue, Promised, hand_over
from hub.conversations.journal import CallStage, HandedOver, PromiseGiven, Telephoned
from hub.kernel.errors import RefusedError
from hub.monitoring.trunk import RefusedCall
from hub.organisation.queue import Queue
from hub.telephony.refused_calls import BUSY, CallbackState, RefusedCaller, RefusedCalls
from tests.authorization_rules import authorization_of
from tests.rig import ANNA, Clock, Rig
from tests.telephony.test_outbound_calls import Telephone

NUMBER, OTHER = "+79160000001", "+79160000002"
AT = Address(Telephone.name, NUMBER)


def refused(at: datetime, key: str = "a1-1.1", number: str = NUMBER) -> RefusedCall:
    return RefusedCall(key, at, "a1/trunk", "88001002030", number, 17)


@pytest.fixture
def calls(rig: Rig) -> RefusedCalls:
    return RefusedCalls(rig.sequencer, rig.store, rig.opener, rig.actions, {Telephone.name: Telephone()}, queue="general")


async def listed(calls: RefusedCalls, clock: Clock) -> list[RefusedCaller]:
    return await calls.listed(ANNA, clock() - timedelta(days=1))


async def head_of(rig: Rig, conversation: int) -> Conversation:
    head = await rig.store.conversation(conversation)
    assert head is not None
    return head


async def test_a_caller_is_owed_a_call_as_others_are(rig: Rig, clock: Clock, calls: RefusedCalls) -> None:
    # CH-19, SL-05
    rig.ready(ANNA)
    call = refused(clock() - timedelta(minutes=5))
    await rig.store.put(call)
    (one,) = await listed(calls, clock)
    assert (one.state, one.conversation) == (CallbackState.OPEN, 0)
    conversation = await calls.owe(ANNA, call.key)
    head = await head_of(rig, conversation)
    assert head.address == AT
    assert head.opened == call.at
    assert isinstance(head.holder, Promised)
    assert head.promise is not None
    assert (head.promise.due, head.promise.waiting_since, head.promise.by) == (clock() + DAY, call.at, ANNA.login)
    (one,) = await listed(calls, clock)
    assert (one.state, one.conversation, one.call.by) == (CallbackState.OWED, conversation, ANNA.login)
    assert [head.id for head in await rig.store.promised()] == [conversation]

    await rig.actions.take(ANNA, conversation)
    await rig.promise_actions.keep(ANNA, conversation, "k", "Перезвонила, ответила.")
    (one,) = await listed(calls, clock)
    assert (one.state, one.done_by, one.done) == (CallbackState.DONE, ANNA.login, clock())


async def test_the_first_decision_counts(rig: Rig, clock: Clock, calls: RefusedCalls) -> None:
    # CH-19
    rig.ready(ANNA)
    for number in range(3):  # one who dialled again and again
        await rig.store.put(refused(clock() - timedelta(minutes=number), f"a1-1.{number}"))
    assert len({await calls.owe(ANNA, f"a1-1.{number}") for number in (1, 0, 1)}) == 1
    found = await listed(calls, clock)
    assert {each.state for each in found} == {CallbackState.OWED}
    records = await rig.store.records(found[0].conversation)
    assert [record.entry.why for record in records if isinstance(record.entry, PromiseGiven)] == [BUSY]


async def test_who_has_got_through_since_is_told_apart(rig: Rig, clock: Clock, calls: RefusedCalls) -> None:
    # CH-19
    await rig.store.put(refused(clock()))
    clock.forward(60)
    live = await rig.opener.find_or_open(AT, Citizen(), began=clock())
    await rig.sequencer.committed_step(live, (Telephoned(clock(), "a1-1.2", CallStage.BEGAN, "88001002030"),))
    (one,) = await listed(calls, clock)
    assert (one.state, one.conversation) == (CallbackState.REACHED, live.head.id)


async def test_whom_nobody_can_call(rig: Rig, clock: Clock, calls: RefusedCalls) -> None:
    # CH-19: a withheld number, a call that is not there, and a citizen who waits in line at this moment
    await rig.store.put(refused(clock(), number=""))
    await rig.store.put(refused(clock(), "a1-1.2", OTHER))
    live = await rig.opener.find_or_open(Address(Telephone.name, OTHER), Citizen(), began=clock())
    line = InQueue("general", clock())
    await rig.sequencer.committed_step(live, (HandedOver(clock(), line, "asked"),), head=hand_over(live.head, line))
    assert {each.state for each in await listed(calls, clock)} == {CallbackState.HIDDEN, CallbackState.OPEN}
    for key, code in (("a1-1.1", "no_number"), ("a1-9.9", "no_such_call"), ("a1-1.2", "calling")):
        with pytest.raises(RefusedError) as error:
            await calls.owe(ANNA, key)
        assert error.value.code == code


async def test_another_centres_people_neither_see_nor_owe_it(rig: Rig, clock: Clock) -> None:
    # SE-01
    queues = (Queue("general", "Общая", centre="501"), Queue("other", "Другая", centre="502"))
    actions = Actions(rig.sequencer, rig.dispatch, rig.store, rig.lines, (), authorization_of(queues))
    calls = RefusedCalls(rig.sequencer, rig.store, rig.opener, actions, {Telephone.name: Telephone()}, queue="general")
    await rig.store.put(refused(clock()))
    assert len(await listed(calls, clock)) == 1
    stranger = replace(ANNA, login="vera", queues=("other",))
    assert await calls.listed(stranger, clock() - timedelta(days=1)) == []
    with pytest.raises(RefusedError) as error:
        await calls.owe(stranger, "a1-1.1")
    assert error.value.code == "no_such_call"


async def test_a_promise_that_stands_is_not_given_again(rig: Rig, clock: Clock, calls: RefusedCalls) -> None:
    # SL-05: the old deadline stays
    rig.ready(ANNA)
    await rig.store.put(refused(clock()))
    first = await calls.owe(ANNA, "a1-1.1")
    due = (await head_of(rig, first)).promise
    clock.forward(3600)
    await rig.store.put(refused(clock(), "a1-1.5"))
    assert await calls.owe(ANNA, "a1-1.5") == first
    assert (await head_of(rig, first)).promise == due
