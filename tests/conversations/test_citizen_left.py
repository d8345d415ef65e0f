"""Whoever hangs up or ends the chat is let go; whoever comes back at once has his place, and what is owed stays owed."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest

from hub.access.operator import Presence
from hub.conversations.address import Address, Citizen
from hub.conversations.callback_promise import DAY
from hub.conversations.citizen_left import BACK, GONE, HERE, kept_place
from hub.conversations.conversation import Closed, Conversation, InQueue, Promised, QueuePlaceHold, WithBot, WithOperator
from hub.conversations.journal import HandedOver
from hub.conversations.message import Author, Message
from hub.conversations.ports import Store
from hub.reporting.contact_history import ContactProjection, Result
from storage.codec import dump, load_conversation
from storage.vault import Vault
from tests.rig import ANNA, KEEPS, OLGA, Clock, Rig, Screen, eventually
from tests.traits import TRAITS

PHONE = "+79991234567"


def chat(who: str = "citizen") -> Address:
    return Address(Screen.name, who)


async def reasons(rig: Rig, conversation: int) -> list[str]:
    return [r.entry.why for r in await rig.store.records(conversation, limit=1000) if isinstance(r.entry, HandedOver)]


async def results(rig: Rig, *conversations: int) -> Sequence[Result]:
    """What became of every wish for a person."""
    stories = ContactProjection()
    for each in conversations:
        stories.read(await rig.store.records(each, limit=1000))
    return [contact.result for contact in stories.contacts]


async def places(rig: Rig, *conversations: int) -> list[int]:
    return [rig.dispatch.standing(await rig.holds(each)).place for each in conversations]


async def test_who_waits_and_leaves_is_closed_by_himself(rig: Rig, clock: Clock) -> None:
    # CH-14
    conversation = await rig.waiting()
    line = (await rig.holds(conversation)).holder
    clock.forward(25)
    await rig.message_intake.left(chat())
    head = await rig.holds(conversation)
    assert head.holder == Closed(clock(), "other", "", QueuePlaceHold(line, clock() + KEEPS))  # type: ignore[arg-type]
    assert kept_place(head) == (True, clock() + KEEPS)
    assert (await reasons(rig, conversation))[-1] == "left"
    assert rig.dispatch.length("general") == 0
    before = await rig.store.records(conversation)
    await rig.message_intake.left(chat())
    await rig.message_intake.left(chat("a stranger"))
    assert await rig.store.records(conversation) == before


async def test_the_abandoned_are_counted_and_listed(rig: Rig, clock: Clock) -> None:
    # CH-14: heard and unheard are told apart
    unheard, heard = await rig.waiting(who="unheard"), await rig.waiting(who="heard")
    await rig.actions.take(ANNA, heard)
    clock.forward(25)
    for who in ("unheard", "heard"):
        await rig.message_intake.left(chat(who))
    await rig.actions.close(ANNA, heard, "other")
    assert await results(rig, unheard, heard) == [Result.LEFT, Result.CLOSED]


async def test_with_the_robot_nothing_is_kept(rig: Rig) -> None:
    # CH-14
    conversation = await rig.stored("вопрос", "k")
    await rig.settled()
    await rig.message_intake.left(chat())
    head = await rig.holds(conversation)
    assert isinstance(head.holder, Closed)
    assert kept_place(head) == (False, None)
    assert await results(rig, conversation) == []


async def test_who_comes_back_in_time_has_his_old_place(rig: Rig, clock: Clock) -> None:
    # CH-14, D3: the old clock, and so the place before whoever came after him
    first = await rig.waiting(who="first")
    began = clock()
    clock.forward(10)
    second = await rig.waiting(who="second")
    clock.forward(10)
    await rig.message_intake.left(chat("first"))
    assert await places(rig, first, second) == [0, 1]
    clock.forward(KEEPS.total_seconds())
    await rig.stored("я здесь", "back", who="first")
    head = await rig.holds(first)
    assert head.holder == InQueue("general", began)
    assert head.topic == "other"
    assert await places(rig, first, second) == [1, 2]
    assert (await rig.said(first, Author.CITIZEN, Author.SYSTEM))[-2:] == ["я здесь", BACK]
    assert (await reasons(rig, first))[-2:] == ["left", "returned"]
    assert await results(rig, first) == [Result.LEFT, Result.WAITING]
    assert await rig.store.owed() == []


async def test_who_comes_later_begins_with_the_robot(rig: Rig, clock: Clock) -> None:
    # CH-14
    conversation = await rig.waiting()
    await rig.message_intake.left(chat())
    clock.forward(KEEPS.total_seconds() + 1)
    await rig.stored("я здесь", "back")
    await rig.settled()
    head = await rig.holds(conversation)
    assert head.holder == WithBot()
    assert (await rig.said(conversation))[-1] == "Ответ на «я здесь»"
    assert (await reasons(rig, conversation))[-1] == "reopened"


async def test_an_offer_to_whom_nobody_waits_any_more_is_taken_back(rig: Rig) -> None:
    # CH-14
    rig.ready(ANNA)
    conversation = await rig.waiting()
    assert rig.dispatch.offer(conversation, "anna")
    await rig.message_intake.left(chat())
    assert rig.dispatch.offered_to("anna") == []
    await rig.stored("я здесь", "back")
    await rig.told()
    assert rig.dispatch.offer(conversation, "anna")


async def test_the_operator_is_told_once_and_closes_himself(rig: Rig, clock: Clock) -> None:
    # CH-14
    conversation = await rig.waiting()
    await rig.actions.take(ANNA, conversation)
    clock.forward(30)
    for _ in range(2):
        await rig.message_intake.left(chat())
    head = await rig.holds(conversation)
    assert isinstance(head.holder, WithOperator)
    assert head.holder.left == clock()
    assert kept_place(head) == (True, None)
    assert rig.dispatch.holder(conversation) == "anna"
    await rig.stored("я ещё здесь", "back")
    assert kept_place(await rig.holds(conversation)) == (False, None)
    await rig.message_intake.left(chat())
    assert (await rig.said(conversation, Author.SYSTEM)) == [GONE, HERE, GONE]
    assert all(text not in [r.entry.text for r in rig.screen.shown] for text in (GONE, HERE))  # type: ignore[union-attr]
    await rig.actions.close(ANNA, conversation, "other")
    assert isinstance((await rig.holds(conversation)).holder, Closed)


async def test_what_is_owed_stays_owed(rig: Rig, clock: Clock) -> None:
    # CH-14, SL-05, GV-16
    conversation = await rig.waiting()
    await rig.promise_actions.offer_callback(conversation, "general", "overload")
    await rig.message_intake.left(chat())
    assert isinstance((await rig.holds(conversation)).holder, Promised)
    clock.forward(DAY.total_seconds() * 0.8)
    rig.promises.look()

    async def queued() -> bool:
        return isinstance((await rig.holds(conversation)).holder, InQueue)

    await eventually(queued)
    await rig.message_intake.left(chat())
    head = await rig.holds(conversation)
    assert isinstance(head.holder, InQueue)
    assert head.promise is not None


async def caller(rig: Rig, number: str = PHONE) -> int:
    """Somebody who has called and waits for an operator."""
    return await rig.waiting(who=number, channel="voice")


async def test_a_caller_who_hangs_up_in_line_is_promised_a_call(rig: Rig, clock: Clock) -> None:
    # CH-14: abandoned, not answered, and owed
    conversation = await caller(rig)
    began = clock()
    clock.forward(40)
    for _ in range(2):
        await rig.message_intake.left(Address("voice", PHONE))
    head = await rig.holds(conversation)
    assert head.holder == Promised("general", clock())
    assert head.promise is not None
    assert (head.promise.address, head.promise.why, head.promise.due - clock(), head.promise.waiting_since) == (Address("voice", PHONE), "left", DAY, began)
    assert await results(rig, conversation) == [Result.LEFT]
    assert await rig.said(conversation, Author.SYSTEM) == []  # nobody is on the line to hear it


async def test_a_caller_who_redials_has_his_place_and_is_owed_the_answer_all_the_same(rig: Rig, clock: Clock) -> None:
    # CH-14, D3, SL-05
    first = await caller(rig)
    began = clock()
    clock.forward(10)
    second = await rig.waiting(who="second")
    await rig.message_intake.left(Address("voice", PHONE))
    clock.forward(60)
    head = await rig.message_intake.open(Address("voice", PHONE), Citizen())
    assert (head.id, head.holder) == (first, InQueue("general", began))
    assert await places(rig, first, second) == [1, 2]
    assert (await rig.said(first))[-1] == BACK
    await rig.message_intake.left(Address("voice", PHONE))  # and hangs up once more
    assert (await rig.holds(first)).holder == Promised("general", clock())
    await rig.message_intake.open(Address("voice", PHONE), Citizen())
    await rig.actions.take(ANNA, first)
    owed = (await rig.holds(first)).promise
    assert owed is not None
    assert owed.due == began + timedelta(seconds=10) + DAY
    await rig.promise_actions.keep(ANNA, first, "k", "Ваш паспорт готов")
    assert (await rig.holds(first)).promise is None
    assert await results(rig, first) == [Result.LEFT, Result.LEFT, Result.TALKING]


async def test_a_caller_who_redials_much_later_waits_as_one_who_has_just_come(rig: Rig, clock: Clock) -> None:
    # CH-14, SL-05: the promise may not be lost with the robot
    conversation = await caller(rig)
    await rig.message_intake.left(Address("voice", PHONE))
    clock.forward(3600)
    head = await rig.message_intake.open(Address("voice", PHONE), Citizen())
    assert head.holder == InQueue("general", clock())
    assert head.promise is not None
    assert (await reasons(rig, conversation))[-1] == "found_again"


@pytest.mark.parametrize("number", ["anonymous", "", "112", "+799912"])
async def test_a_caller_without_a_number_cannot_be_promised_anything(rig: Rig, clock: Clock, number: str) -> None:
    # CH-14
    address = Address("voice", number)
    assert TRAITS.number_of(address) == ""
    conversation = await caller(rig, number)
    await rig.message_intake.left(address)
    assert isinstance((await rig.holds(conversation)).holder, Closed)
    clock.forward(KEEPS.total_seconds() + 1)
    head = await rig.message_intake.open(address, Citizen())
    assert head.holder == WithBot()
    assert (await rig.said(conversation))[-1] == "Здравствуйте"


async def test_a_caller_who_was_with_an_operator_is_with_him_again(rig: Rig) -> None:
    # CH-14
    conversation = await caller(rig)
    await rig.actions.take(ANNA, conversation)
    await rig.message_intake.left(Address("voice", PHONE))
    head = await rig.message_intake.open(Address("voice", PHONE), Citizen())
    assert isinstance(head.holder, WithOperator)
    assert head.holder.left is None
    assert await rig.said(conversation, Author.SYSTEM) == [GONE, HERE]


async def test_leaving_and_being_taken_at_once_come_out_as_one_of_both(rig: Rig) -> None:
    # CH-14, CH-09
    conversation = await rig.waiting()
    await asyncio.gather(rig.message_intake.left(chat()), rig.actions.take(ANNA, conversation), return_exceptions=True)
    holder = (await rig.holds(conversation)).holder
    assert isinstance(holder, Closed) or (isinstance(holder, WithOperator) and holder.operator == "anna")
    assert rig.dispatch.length("general") == 0


async def test_a_place_is_kept_over_a_restart(store: Store, clock: Clock) -> None:
    # CH-14
    before = await Rig(store, clock).start()
    conversation = await before.waiting()
    began = clock()
    await before.message_intake.left(chat())
    await before.stop()
    after = await Rig(store, clock, await store.newest()).start()
    await after.stored("я здесь", "back")
    assert (await after.holds(conversation)).holder == InQueue("general", began)
    await after.stop()


OLD = (
    b'{"id":1,"number":"077-260101-00001-1","address":{"channel":"web.chat","value":"a"},"opened":"2026-01-01T03:00:00Z",'
    b'"holder":{"type":"%s"},"last":5}')


@pytest.mark.parametrize(("stored", "holder"), [
    (b'closed","at":"2026-01-01T03:00:00Z","topic":"other","by":"anna', Closed),
    (b'operator","operator":"anna","since":"2026-01-01T03:00:00Z","queue":"general","waiting_since":"2026-01-01T03:00:00Z', WithOperator),
])
def test_what_was_stored_before_is_still_read(stored: bytes, holder: type) -> None:
    head = load_conversation(Vault(), 1, OLD % stored, 7)
    assert isinstance(head.holder, holder)
    assert kept_place(head) == (False, None)


def test_a_kept_place_is_stored_as_it_is(clock: Clock) -> None:
    line = InQueue("general", clock(), "anna", clock())
    head = Conversation(1, "077-260101-00001-1", chat(), clock(), Closed(clock(), "other", "", QueuePlaceHold(line, clock() + KEEPS)))
    assert load_conversation(Vault(), head.id, dump(head), 0) == head
    assert b'"type":"queue"' in msgspec.json.encode(head)


async def test_who_is_on_the_line_goes_before_a_talk_that_is_over(rig: Rig, clock: Clock) -> None:
    # CH-08, CH-14
    rig.ready(ANNA)
    over = await caller(rig)
    await rig.actions.accept(ANNA, over)
    await rig.message_intake.left(Address("voice", PHONE))
    clock.forward(60)
    rig.dispatch.set_presence(ANNA, Presence.OFFLINE)
    await eventually(lambda: waits(rig, over))
    live = await caller(rig, "+79991234568")
    assert await places(rig, live, over) == [1, 2]
    rig.ready(ANNA)
    assert [offer.conversation for offer in rig.dispatch.offered_to("anna")] == [live]
    await rig.message_intake.open(Address("voice", PHONE), Citizen())  # calls again: a live caller with the old clock
    assert await places(rig, live, over) == [2, 1]
    assert HERE in [r.entry.text for r in await rig.store.records(over, limit=1000) if isinstance(r.entry, Message)]


async def test_a_talk_that_is_over_stays_so_for_the_next_operator(rig: Rig) -> None:
    # CH-14
    rig.ready(ANNA)
    over = await caller(rig)
    await rig.actions.accept(ANNA, over)
    await rig.message_intake.left(Address("voice", PHONE))
    left = kept_place(await rig.holds(over))
    await rig.actions.transfer(ANNA, over, queue="", operator="olga", note="")
    await rig.actions.take(OLGA, over)
    assert kept_place(await rig.holds(over)) == left == (True, None)


async def waits(rig: Rig, conversation: int) -> bool:
    return isinstance((await rig.holds(conversation)).holder, InQueue)
