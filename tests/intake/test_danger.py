"""Life in danger goes before all else, whoever has the conversation (B1 of the acceptance by a citizen)."""

import pytest

from hub.access.operator import Operator, Presence, Role
from hub.conversations import danger
from hub.conversations.address import Address
from hub.conversations.conversation import InQueue, Promised, WithOperator
from hub.conversations.message import Author, Message
from hub.dispatch.overflow import ANSWER_LATER, OverflowRouter
from hub.notifications.announcement import Occasion, Wording
from tests.dispatch.test_overflow import offered, overflow, promised, told, waits_in
from tests.rig import ANNA, OLGA, Clock, Rig, eventually

__all__ = ["overflow"]
OTHER_LINE = Operator("petr", "Пётр", Role.OPERATOR, ("passports",))


async def in_danger(rig: Rig, who: str = "citizen", channel: str = "web.chat") -> int:
    conversation = await rig.stored("умираю", "danger", who=who, channel=channel)

    async def known() -> bool:
        return (await rig.holds(conversation)).danger is not None
    await eventually(known)
    await rig.told()
    return conversation


async def test_whoever_is_in_danger_is_offered_before_all_who_wait(rig: Rig, clock: Clock) -> None:
    for number in range(20):
        await rig.waiting(who=f"waits {number}")
        clock.forward(1)
    conversation = await in_danger(rig)
    assert isinstance((await rig.holds(conversation)).holder, InQueue)
    rig.ready(ANNA)
    await eventually(lambda: offered(rig, conversation, "anna"))
    assert rig.offers[0].offer.conversation == conversation


async def test_whoever_serves_another_line_of_the_centre_is_offered_him_at_once(rig: Rig) -> None:
    rig.ready(OTHER_LINE)
    conversation = await in_danger(rig)
    await eventually(lambda: offered(rig, conversation, "petr"))
    await rig.actions.take(OTHER_LINE, conversation)
    assert isinstance((await rig.holds(conversation)).holder, WithOperator)


async def test_whoever_is_full_is_offered_him_too(rig: Rig) -> None:
    rig.ready(ANNA)
    for number in range(4):
        await rig.actions.take(ANNA, await rig.waiting(who=f"talks {number}"))
    conversation = await in_danger(rig)
    await eventually(lambda: offered(rig, conversation, "anna"))


async def test_nothing_is_said_of_a_day_a_place_or_a_number(rig: Rig, overflow: OverflowRouter) -> None:
    await rig.announcement_service.write(OLGA, "a", 0, Wording("В очереди долго ждут.", Occasion.JOINING, rig.clock(), rig.clock().replace(year=2030)))
    await rig.announcement_service.approve(ANNA, "a", 1)
    conversation = await in_danger(rig)
    await eventually(lambda: told(rig, conversation, danger.NOBODY))
    await rig.stored(ANSWER_LATER, "later")
    await rig.settled()
    said = await rig.said(conversation, Author.BOT, Author.SYSTEM)
    assert "Позвоните 112" in said
    assert said[-1] == danger.NOBODY
    for words in ("24", "сут", "очеред", "ожидание", "Номер"):
        assert [text for text in said if words in text] == []
    records = [record.entry for record in await rig.store.records(conversation)]
    assert [each.choices for each in records if isinstance(each, Message) and each.choices] == []
    head = await rig.holds(conversation)
    assert isinstance(head.holder, InQueue)
    assert rig.dispatch.standing(head).place == 0


async def test_where_somebody_is_there_he_is_not_sent_to_another_centre(rig: Rig, overflow: OverflowRouter) -> None:
    rig.ready(ANNA)
    for number in range(4):
        await rig.actions.take(ANNA, await rig.waiting(who=f"talks {number}"))
    conversation = await in_danger(rig)
    await eventually(lambda: offered(rig, conversation, "anna"))
    assert not await told(rig, conversation, danger.NOBODY)
    assert (await rig.holds(conversation)).passed == ()


@pytest.mark.parametrize("channel", ["web.chat", "sms.test"])
async def test_danger_is_heard_from_whoever_waits_already(rig: Rig, channel: str) -> None:
    first = await rig.waiting(who="first")
    conversation = await rig.waiting(channel=channel)
    rig.clock.forward(60)
    assert await in_danger(rig, channel=channel) == conversation
    assert rig.dispatch.line("general") == [conversation, first]
    assert "Позвоните 112" in await rig.said(conversation, Author.BOT)


async def test_danger_is_heard_in_a_talk_and_noted_for_its_operator(rig: Rig) -> None:
    rig.ready(ANNA)
    conversation = await rig.waiting()
    await rig.actions.take(ANNA, conversation)
    before = await rig.said(conversation, Author.BOT)
    await in_danger(rig)
    assert isinstance((await rig.holds(conversation)).holder, WithOperator)
    assert await rig.said(conversation, Author.BOT) == before
    assert (await rig.said(conversation, Author.SYSTEM))[-1] == danger.NOTED


async def test_danger_takes_a_promise_back_into_the_line_and_keeps_it(rig: Rig) -> None:
    conversation = await rig.waiting()
    await rig.promise_actions.offer_callback(conversation, "general", "overload")
    await in_danger(rig)
    head = await rig.holds(conversation)
    assert isinstance(head.holder, InQueue)
    assert head.promise is not None


async def test_it_is_over_when_the_conversation_is(rig: Rig) -> None:
    rig.ready(ANNA)
    conversation = await in_danger(rig)
    await rig.actions.take(ANNA, conversation)
    await rig.actions.close(ANNA, conversation, "other")
    assert (await rig.holds(conversation)).danger is None


async def test_what_an_operator_promises_then_names_no_day(rig: Rig) -> None:
    rig.ready(ANNA)
    conversation = await in_danger(rig)
    await rig.actions.take(ANNA, conversation)
    await rig.promise_actions.promise(ANNA, conversation, "перезвонить")
    assert (await rig.said(conversation, Author.SYSTEM))[-1] == danger.OWED


async def test_the_robot_goes_on_after_a_promise(rig: Rig, overflow: OverflowRouter) -> None:
    # B3: the chat was mute
    conversation = await rig.waiting()
    await eventually(lambda: told(rig, conversation, "24 часов"))
    await rig.stored(ANSWER_LATER, "later")
    await eventually(lambda: promised(rig, conversation))
    assert "Ответ придёт сюда же" in (await rig.said(conversation, Author.SYSTEM))[-1]
    await rig.stored("8 (916) 123-45-67", "number")
    await eventually(lambda: told(rig, conversation, "Позвоним на +79161234567"))
    owed = (await rig.holds(conversation)).promise
    assert owed is not None
    assert owed.address == Address("voice", "+79161234567")
    await rig.stored("а загранпаспорт?", "question")
    await eventually(lambda: told(rig, conversation, "Ответ на «а загранпаспорт?»"))
    assert isinstance((await rig.holds(conversation)).holder, Promised)


async def test_what_the_robot_does_not_understand_after_a_promise_is_for_the_operator(rig: Rig) -> None:
    conversation = await rig.waiting()
    await rig.promise_actions.offer_callback(conversation, "general", "overload")
    for key in ("first", "second"):
        await rig.stored("??", key)
    await rig.settled()
    assert (await rig.said(conversation, Author.BOT))[-1].startswith("Это сообщение увидит оператор")
    assert isinstance((await rig.holds(conversation)).holder, Promised)


async def test_whoever_asks_for_a_person_after_a_promise_waits_again_and_is_owed_it(rig: Rig, overflow: OverflowRouter) -> None:
    # B3
    conversation = await rig.waiting()
    await eventually(lambda: told(rig, conversation, "24 часов"))
    await rig.stored(ANSWER_LATER, "later")
    await eventually(lambda: promised(rig, conversation))
    owed = (await rig.holds(conversation)).promise
    await rig.stored("оператор", "again")
    await eventually(lambda: waits_in(rig, conversation, "general"))
    assert (await rig.holds(conversation)).promise == owed
    assert "Обещание ответить остаётся в силе" in (await rig.said(conversation, Author.BOT))[-1]
    await eventually(lambda: told(rig, conversation, "вы снова в очереди"))
    await rig.stored(ANSWER_LATER, "later again")
    await eventually(lambda: promised(rig, conversation))
    assert (await rig.holds(conversation)).promise == owed


async def test_a_letter_after_a_promise_is_not_answered_by_the_robot(rig: Rig) -> None:
    conversation = await rig.waiting(channel="email.test")
    await rig.promise_actions.offer_callback(conversation, "general", "overload")
    before = await rig.said(conversation, Author.BOT)
    await rig.stored("ещё одно", "more", channel="email.test")
    await rig.settled()
    assert await rig.said(conversation, Author.BOT) == before


async def test_a_restart_keeps_the_danger(rig: Rig, clock: Clock) -> None:
    first = await rig.waiting(who="first")
    conversation = await in_danger(rig)
    await rig.stop()
    after = await Rig(rig.store, clock, await rig.store.newest()).start()
    assert after.dispatch.line("general") == [conversation, first]
    after.dispatch.set_presence(ANNA, Presence.READY)
    await eventually(lambda: offered(after, conversation, "anna"))
    await after.stop()
