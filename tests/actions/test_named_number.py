"""A number that a citizen only names is a way to be rung and proves nothing (decision 0121; SE-03, SL-05)."""

from collections.abc import AsyncIterator

import pytest

from hub.conversations.address import Address
from hub.conversations.conversation import InQueue, Promised, hand_over
from hub.conversations.journal import HandedOver
from hub.conversations.message import Author, Message
from hub.conversations.ports import Store
from hub.kernel.errors import RefusedError
from hub.robot.ports import CallbackWish, HandOff
from tests.rig import ANNA, Clock, Rig

NOTE = "назвал собеседник"


@pytest.fixture
async def rig(store: Store, clock: Clock) -> AsyncIterator[Rig]:
    made = await Rig(store, clock).start()
    yield made
    await made.stop()


async def said(rig: Rig, conversation: int, *, internal: bool) -> str:
    records = await rig.store.records(conversation)
    return "\n".join(each.entry.text for each in records
                     if isinstance(each.entry, Message) and each.entry.author is Author.SYSTEM and each.entry.internal is internal)


async def test_whoever_answers_a_named_number_must_read_back_the_number_of_the_conversation(rig: Rig) -> None:
    # SE-03: operators are told before they call; the citizen learns what they will be asked
    rig.ready(ANNA)
    conversation = await rig.waiting()
    await rig.actions.take(ANNA, conversation)
    await rig.promise_actions.promise(ANNA, conversation, "перезвонить", number="8 916 123-45-67")
    head = await rig.holds(conversation)
    assert head.promise is not None
    assert head.promise.address == Address("voice", "+79161234567")
    note = await said(rig, conversation, internal=True)
    assert NOTE in note
    assert "+79161234567" in note
    assert head.number not in note  # it is read back, not prompted
    told = await said(rig, conversation, internal=False)
    assert f"назвать номер обращения {head.number}" in told
    assert NOTE not in told


async def test_ones_own_address_needs_no_note(rig: Rig) -> None:
    # SL-05
    rig.ready(ANNA)
    conversation = await rig.waiting()
    await rig.actions.take(ANNA, conversation)
    await rig.promise_actions.promise(ANNA, conversation, "ответить")
    assert NOTE not in await said(rig, conversation, internal=True)


@pytest.mark.parametrize("citizen", ["call:a1-17", "Иванов Иван"])
async def test_nobody_is_promised_a_call_that_nobody_can_make(rig: Rig, citizen: str) -> None:
    # SL-05, CH-18, CH-19: a withheld number, a visitor who has named none
    channel = "voice.test" if citizen.startswith("call:") else "visit"
    live = await rig.opener.met(Address(channel, citizen))
    head = hand_over(live.head, InQueue("general", rig.clock()))
    await rig.sequencer.committed_step(live, [HandedOver(rig.clock(), head.holder, "")], head=head)
    await rig.told()
    with pytest.raises(RefusedError) as refused:
        await rig.promise_actions.offer_callback(live.head.id, "general", "overload")
    assert refused.value.code == "no_number"
    assert isinstance((await rig.holds(live.head.id)).holder, InQueue)
    await rig.actions.take(ANNA, live.head.id)
    with pytest.raises(RefusedError) as refused:
        await rig.promise_actions.promise(ANNA, live.head.id, "надо уточнить")
    assert refused.value.code == "no_number"
    await rig.promise_actions.promise(ANNA, live.head.id, "надо уточнить", number="8 916 123-45-67")
    owed = (await rig.holds(live.head.id)).promise
    assert owed is not None
    assert owed.address == Address("voice", "+79161234567")


async def test_a_caller_without_a_number_whom_the_robot_would_have_called_waits(rig: Rig) -> None:
    # SL-05
    live = await rig.opener.met(Address("voice.test", "call:a1-18"))
    for wanted, holder in ((CallbackWish("", "утром"), InQueue), (CallbackWish("+79161234567", "утром"), Promised)):
        _, after = rig.reactions._robot.hand_off(live.head, HandOff("asked", "Хорошо.", call_back=wanted))
        assert isinstance(after.holder, holder)
