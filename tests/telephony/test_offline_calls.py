"""Calls that went on without the hub are in the journal afterwards as they were, each once (CH-12, CH-13, CH-14)."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from hub.conversations.address import Address
from hub.conversations.callback_promise import DAY
from hub.conversations.conversation import Closed, InQueue, Promised, WithBot, WithOperator
from hub.conversations.journal import HandedOver
from hub.conversations.message import Message
from hub.reporting.contact_history import ContactProjection, Result
from hub.telephony.offline_calls import AWAY, OfflineCall, words
from tests.rig import Clock, Rig

NUMBER = Address("voice", "+79160000001")
HIDDEN = Address("voice", "call:a1-1.1")


def served(clock: Clock, address: Address = NUMBER) -> OfflineCall:
    began = clock() - timedelta(minutes=10)
    return OfflineCall(address, "a1-1.1", began, began + timedelta(minutes=5), "anna", began + timedelta(seconds=40))


def abandoned(clock: Clock, address: Address = NUMBER) -> OfflineCall:
    return replace(served(clock, address), operator="", answered=None)


async def moves(rig: Rig, address: Address) -> list[HandedOver]:
    head = await rig.store.at_address(address)
    assert head is not None
    return [record.entry for record in await rig.store.records(head.id) if isinstance(record.entry, HandedOver)]


async def test_who_was_served_has_waited_and_talked_as_long_as_he_did(rig: Rig, clock: Clock) -> None:
    # CH-12, CH-13
    call = served(clock)
    await rig.message_intake.bygone(call)
    head = await rig.store.at_address(NUMBER)
    assert head is not None
    assert head.holder == Closed(call.ended, "", "anna")
    assert head.opened == call.began
    assert [(type(move.holder), move.at) for move in await moves(rig, NUMBER)] == [
        (WithBot, call.began), (InQueue, call.began), (WithOperator, call.answered), (Closed, call.ended)]
    stories = ContactProjection()
    stories.read(await rig.store.moves_of([head.id]))
    (contact,) = stories.contacts
    assert (contact.wait(clock()), contact.talk) == (timedelta(seconds=40), timedelta(minutes=4, seconds=20))
    assert contact.result is Result.CLOSED


async def test_telling_it_twice_is_telling_it_once(rig: Rig, clock: Clock) -> None:
    # CH-12
    call = served(clock)
    for _ in range(2):
        await rig.message_intake.bygone(call)
    assert len(await moves(rig, NUMBER)) == 4
    head = await rig.store.at_address(NUMBER)
    assert head is not None
    told = [record.entry for record in await rig.store.records(head.id) if isinstance(record.entry, Message)]
    assert [entry.text for entry in told] == [words(call)]


async def test_who_gave_up_is_owed_a_call_where_he_can_be_called(rig: Rig, clock: Clock) -> None:
    # CH-14
    call = abandoned(clock)
    await rig.message_intake.bygone(call)
    head = await rig.store.at_address(NUMBER)
    assert head is not None
    assert head.promise is not None
    assert isinstance(head.holder, Promised)
    assert (head.promise.due, head.promise.waiting_since) == (call.ended + DAY, call.began)
    await rig.message_intake.bygone(abandoned(clock, HIDDEN))
    hidden = await rig.store.at_address(HIDDEN)
    assert hidden is not None
    assert isinstance(hidden.holder, Closed)
    stories = ContactProjection()
    stories.read(await rig.store.moves_of([head.id, hidden.id]))
    assert [contact.result for contact in stories.contacts] == [Result.LEFT, Result.LEFT]


async def test_who_waited_before_the_hub_was_away_has_waited_since_then(rig: Rig, clock: Clock) -> None:
    # CH-12, CH-13
    head = await rig.holds(await rig.waiting(who=NUMBER.value, channel="voice"))
    assert isinstance(head.holder, InQueue)
    since = head.holder.since
    clock.forward(900)
    await rig.message_intake.bygone(replace(served(clock), conversation=head.id))
    after = [move for move in await moves(rig, NUMBER) if move.why == AWAY]
    assert [type(move.holder) for move in after] == [WithOperator, Closed]
    assert isinstance(after[0].holder, WithOperator)
    assert after[0].holder.waiting_since == since


@pytest.mark.parametrize("how", ["calls again", "waits since"])
async def test_what_has_gone_on_since_is_only_told_of_it(rig: Rig, clock: Clock, how: str) -> None:
    # CH-12
    call = served(clock)
    head = await rig.holds(await rig.waiting(who=NUMBER.value, channel="voice"))
    await rig.message_intake.bygone(replace(call, calls_again=how == "calls again"))
    after = await rig.store.at_address(NUMBER)
    assert after is not None
    assert after.holder == head.holder
    assert AWAY not in [move.why for move in await moves(rig, NUMBER)]


async def test_who_is_owed_an_answer_is_owed_it_after_the_talk(rig: Rig, clock: Clock) -> None:
    # SL-05, CH-14
    await rig.message_intake.bygone(abandoned(clock))
    clock.forward(1200)
    await rig.message_intake.bygone(replace(served(clock), key="a1-1.2"))
    head = await rig.store.at_address(NUMBER)
    assert head is not None
    assert isinstance(head.holder, Promised)
    assert head.promise is not None
    assert head.holder.owner == "anna"
