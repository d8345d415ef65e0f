"""Which calls are placed, and what a hub that died in between does about one; real telephones: tests/channels/voice/test_call_originator.py."""

from collections.abc import AsyncIterator, Callable

import pytest

from hub.conversations.conversation import InQueue
from hub.conversations.delivery_status import Bookmark
from hub.conversations.live_signals import LiveSignal
from hub.conversations.message import Author
from hub.conversations.ports import Store
from hub.kernel.health import Health
from hub.notifications.notice import Hours
from hub.telephony.outbound_calls import BEGUN, CUT, OutboundCalls
from hub.telephony.ports import CallOutcome, OutboundCall
from tests.actions.test_promise_watch import HOUR, taken
from tests.rig import ANNA, Clock, Rig, eventually

NUMBER = "+74950000000"


class Telephone:
    """hub.telephony.ports.DiallingChannel: writes down who is called, and ends each call as it is told."""

    name = "voice.test"

    def __init__(self) -> None:
        self.dials: list[OutboundCall] = []
        self.ends = CallOutcome.NO_ANSWER

    def talks(self, conversation: int) -> bool:
        del conversation
        return False

    async def dial(self, dial: OutboundCall, answered: Callable[[], None]) -> CallOutcome:
        del answered
        self.dials.append(dial)
        return self.ends

    def signal(self, conversation: int, signal: LiveSignal) -> None:
        """Nobody talks."""

    def health(self) -> Health:
        return Health(True)

    async def close(self) -> None:
        """Nothing is open."""


def calling_of(rig: Rig, telephone: Telephone) -> OutboundCalls:
    outbound_calls = OutboundCalls(rig.sequencer, rig.store, rig.dispatch, rig.actions, rig.promise_actions, {telephone.name: telephone},
                      zones=lambda _: (), hours=Hours(), met=rig.opener.met)
    rig.sequencer.on_commit.react.subscribe(outbound_calls.committed)
    return outbound_calls


@pytest.fixture
async def telephone(rig: Rig) -> AsyncIterator[Telephone]:
    there = Telephone()
    outbound_calls = calling_of(rig, there)
    yield there
    await outbound_calls.close()


async def owed(rig: Rig) -> int:
    conversation = await taken(rig)
    await rig.promise_actions.promise(ANNA, conversation, "надо уточнить", number=NUMBER)
    return conversation


async def test_a_promise_that_is_due_is_called_when_it_is_accepted(rig: Rig, clock: Clock, telephone: Telephone) -> None:
    # SL-05
    rig.ready(ANNA)
    conversation = await owed(rig)
    assert telephone.dials == []
    clock.forward(20 * HOUR)
    rig.promises.look()

    async def offered() -> bool:
        return isinstance((await rig.holds(conversation)).holder, InQueue) and rig.dispatch.offer(conversation, "anna") is not None
    await eventually(offered)
    await rig.actions.accept(ANNA, conversation)

    async def tried() -> bool:
        promise = (await rig.holds(conversation)).promise
        return promise is not None and len(promise.attempts) == 1
    await eventually(tried)
    assert [(dial.operator, dial.number) for dial in telephone.dials] == [("anna", NUMBER)]


async def test_a_promise_that_is_taken_earlier_waits_for_the_button(rig: Rig, telephone: Telephone) -> None:
    # SL-05
    conversation = await owed(rig)
    await rig.actions.take(ANNA, conversation)
    assert telephone.dials == []


async def test_a_call_that_died_with_the_hub_is_told_once_and_not_repeated(store: Store, clock: Clock) -> None:
    # SL-05
    before = await Rig(store, clock).start()
    telephone = Telephone()
    telephone.ends = CallOutcome.CUT
    first = calling_of(before, telephone)
    conversation = await owed(before)
    await before.actions.take(ANNA, conversation)
    await first.call(ANNA, conversation, "once", urgent=True)
    await first.close()
    await before.stop()
    assert [mark.key for mark in await store.all(Bookmark)] == [f"call/{conversation}"]
    for _ in range(2):
        again, other = await Rig(store, clock, await store.newest()).start(), Telephone()
        second = calling_of(again, other)
        await second.start()
        await second.call(ANNA, conversation, "once", urgent=True)
        said = await again.said(conversation, Author.SYSTEM)
        assert (said.count(BEGUN), said.count(CUT), other.dials) == (1, 1, [])
        await second.close()
        await again.stop()
    assert await store.all(Bookmark) == []
