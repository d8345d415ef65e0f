"""A number that a citizen only names is a way to be rung and proves nothing (decision 0121; SE-03, SL-05)."""

from collections.abc import AsyncIterator

import pytest

from hub.conversations.address import Address
from hub.conversations.message import Author, Message
from hub.conversations.ports import Store
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
