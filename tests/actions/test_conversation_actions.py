"""What people may do with a conversation: one step each, audited, refused to everybody else."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace

from hub.access.operator import Operator, Presence, Role
from hub.actions.conversation_actions import Macro
from hub.conversations.assignment_reason import AssignmentReason, AssignmentRule
from hub.conversations.conversation import Closed, InQueue, WithBot, WithOperator
from hub.conversations.journal import HandedOver, Offered, OfferEnd, OfferEnded
from hub.conversations.message import Author, Message
from hub.conversations.ports import Store
from hub.kernel.errors import RefusedError
from tests.rig import ANNA, BOSS, OFFER_S, OLGA, Clock, Rig, eventually

IDLE = Operator("idle", "Ирина", Role.OPERATOR, ("passports",))
DESIGNER = Operator("pen", "Павел", Role.DESIGNER)


async def held_by(rig: Rig, who: Operator, *, citizen: str = "citizen") -> int:
    conversation = await rig.waiting(who=citizen)
    await rig.actions.take(who, conversation)
    return conversation


async def refusal(step: object) -> str:
    with pytest.raises(RefusedError) as refused:
        await step  # type: ignore[misc]  # a coroutine
    return refused.value.code


async def test_an_offer_is_accepted_and_the_choice_can_be_followed_in_the_journal(rig: Rig, clock: Clock) -> None:
    # CH-08, CH-12
    rig.ready(ANNA)
    began = clock()
    conversation = await rig.waiting()
    clock.forward(5)
    assert [o.conversation for o in rig.dispatch.offered_to("anna")] == [conversation]
    await rig.actions.accept(ANNA, conversation)
    await rig.actions.accept(ANNA, conversation)
    assert (await rig.holds(conversation)).holder == WithOperator("anna", clock(), "general", began)
    entries = [r.entry for r in await rig.store.records(conversation)]
    why = AssignmentReason(AssignmentRule.IDLE, 0, 0, 0, 0)
    assert Offered(began, "anna", began + timedelta(seconds=OFFER_S), why) in entries
    assert sum(isinstance(e, HandedOver) and e.why == "accepted" for e in entries) == 1
    assert [n.how for n in rig.offers] == ["", "accepted"]


async def test_only_whom_it_was_offered_to_may_accept(rig: Rig) -> None:
    # CH-08
    rig.ready(ANNA)
    conversation = await rig.waiting()
    assert await refusal(rig.actions.accept(OLGA, conversation)) == "no_offer"
    assert await refusal(rig.actions.reject(OLGA, conversation)) == "no_offer"
    assert await refusal(rig.actions.accept(ANNA, 12345)) == "no_such_conversation"


async def test_a_rejected_offer_goes_to_the_next_and_comes_back_to_nobody(rig: Rig) -> None:
    # CH-08
    rig.ready(ANNA)
    conversation = await rig.waiting()
    rig.ready(OLGA)
    await rig.actions.reject(ANNA, conversation)
    assert rig.dispatch.offered_to("anna") == []
    assert [o.conversation for o in rig.dispatch.offered_to("olga")] == [conversation]
    await rig.actions.reject(OLGA, conversation)
    assert rig.dispatch.length("general") == 1

    async def journaled() -> bool:
        ends = [r.entry for r in await rig.store.records(conversation) if isinstance(r.entry, OfferEnded)]
        return [(e.operator, e.how) for e in ends] == [("anna", OfferEnd.REJECTED), ("olga", OfferEnd.REJECTED)]

    await eventually(journaled)


async def test_whoever_lets_an_offer_lapse_is_paused_and_the_citizen_goes_on(rig: Rig, clock: Clock) -> None:
    # CH-08
    rig.ready(ANNA)
    conversation = await rig.waiting()
    clock.forward(OFFER_S + 1)
    rig.ready(OLGA)

    async def moved_on() -> bool:
        return [o.conversation for o in rig.dispatch.offered_to("olga")] == [conversation]

    await eventually(moved_on)
    assert rig.dispatch.presence("anna") is Presence.BREAK
    assert await refusal(rig.actions.accept(ANNA, conversation)) == "no_offer"
    await rig.actions.accept(OLGA, conversation)


async def test_two_who_take_the_same_at_once_one_gets_it(rig: Rig) -> None:
    # CH-10
    conversation = await rig.waiting()
    outcomes = await asyncio.gather(*(rig.actions.take(who, conversation) for who in (ANNA, OLGA)), return_exceptions=True)
    assert sorted(type(o).__name__ for o in outcomes) == ["NoneType", "RefusedError"]
    assert len(await rig.store.held("")) == 1


async def test_capacity_is_never_exceeded(rig: Rig) -> None:
    # CH-10: four chats, also when the last two are taken in the same moment
    waiting = [await rig.waiting(who=f"citizen {n}") for n in range(6)]
    for conversation in waiting[:3]:
        await rig.actions.take(ANNA, conversation)
    outcomes = await asyncio.gather(*(rig.actions.take(ANNA, c) for c in waiting[3:]), return_exceptions=True)
    assert [getattr(o, "code", "") for o in outcomes].count("full") == 2
    assert len(await rig.store.held("anna")) == 4
    assert rig.dispatch.load("anna") == 100
    await rig.actions.close(ANNA, waiting[0], "other")
    await rig.actions.take(ANNA, waiting[5])


async def test_a_transfer_to_a_queue_keeps_both_clocks(rig: Rig, clock: Clock) -> None:
    # CH-09, D3, D4
    began = clock()
    conversation = await held_by(rig, ANNA)
    clock.forward(599)
    await rig.actions.transfer(ANNA, conversation, queue="passports", operator="", note="Просит про паспорт")
    assert (await rig.holds(conversation)).holder == InQueue("passports", began, talked_since=began)
    assert "Просит про паспорт" in await rig.said(conversation)  # the context goes along
    assert rig.dispatch.held("anna") == 0
    clock.forward(60)
    await rig.actions.take(OLGA, conversation)
    assert (await rig.holds(conversation)).holder == WithOperator("olga", clock(), "passports", began, began)


async def test_a_transferred_conversation_comes_before_those_who_wait_shorter(rig: Rig, clock: Clock) -> None:
    # CH-09
    old = await held_by(rig, ANNA, citizen="old")
    clock.forward(60)
    young = await rig.waiting(who="young")
    await rig.actions.transfer(ANNA, old, queue="general", operator="", note="")
    assert [h.id for h in await rig.store.waiting(["general"])] == [old, young]
    rig.ready(ANNA)  # it does not come straight back to whoever gave it away
    assert [o.conversation for o in rig.dispatch.offered_to("anna")] == [young]


async def test_a_transfer_to_a_colleague_is_offered_to_him_alone(rig: Rig, clock: Clock) -> None:
    # CH-09
    began = clock()
    rig.ready(ANNA)
    conversation = await rig.waiting()
    await rig.actions.accept(ANNA, conversation)
    rig.ready(ANNA)
    await rig.actions.transfer(ANNA, conversation, queue="", operator="olga", note="")
    assert (await rig.holds(conversation)).holder == InQueue("general", began, wanted="olga", talked_since=began)
    assert rig.dispatch.offered_to("anna") == []
    rig.ready(OLGA)
    assert [o.conversation for o in rig.dispatch.offered_to("olga")] == [conversation]
    assert await refusal(rig.actions.take(ANNA, conversation)) == "forbidden"


async def test_refused_transfers_leave_the_conversation_where_it_is(rig: Rig) -> None:
    # CH-09: a failed transfer does not drop the citizen
    conversation = await held_by(rig, ANNA)
    before = await rig.holds(conversation)
    await rig.store.put(DESIGNER)
    for wrong, code in (({"queue": "nowhere", "operator": ""}, "no_such_queue"), ({"queue": "", "operator": ""}, "bad_transfer"),
                        ({"queue": "general", "operator": "olga"}, "bad_transfer"), ({"queue": "", "operator": "nobody"}, "no_such_operator"),
                        ({"queue": "", "operator": "anna"}, "no_such_operator"), ({"queue": "", "operator": "pen"}, "no_such_operator")):
        assert await refusal(rig.actions.transfer(ANNA, conversation, note="", **wrong)) == code
    assert await refusal(rig.actions.transfer(OLGA, conversation, queue="general", operator="", note="")) == "not_yours"
    assert await rig.holds(conversation) == before


async def test_closing_and_writing_again(rig: Rig, clock: Clock) -> None:
    # CH-12
    conversation = await held_by(rig, ANNA)
    assert await refusal(rig.actions.close(ANNA, conversation, "no such topic")) == "no_such_topic"
    await rig.actions.close(ANNA, conversation, "other")
    assert (await rig.holds(conversation)).holder == Closed(clock(), "other", "anna")
    assert await refusal(rig.actions.close(ANNA, conversation, "other")) in {"not_yours", "not_held"}
    again = await rig.stored("Ещё вопрос", "k9")
    assert again == conversation
    assert (await rig.holds(conversation)).holder == WithBot()
    entries = [r.entry for r in await rig.store.records(conversation)]
    assert sum(isinstance(e, HandedOver) and e.why == "reopened" for e in entries) == 1
    await rig.settled()
    assert (await rig.said(conversation, Author.BOT))[-1] == "Ответ на «Ещё вопрос»"
    await rig.say("оператор", "k10")
    await rig.settled()
    assert isinstance((await rig.holds(conversation)).holder, InQueue)


async def test_a_reply_is_the_holders_and_a_note_is_nobody_elses_business(rig: Rig) -> None:
    # SE-01
    conversation = await held_by(rig, ANNA)
    first = await rig.actions.say(ANNA, conversation, "a", "Ответ", internal=False)
    assert await rig.actions.say(ANNA, conversation, "a", "Ответ", internal=False) == first
    twice = await asyncio.gather(*(rig.actions.say(ANNA, conversation, "b", "Ещё", internal=False) for _ in range(3)))
    assert twice[0] == twice[1] == twice[2]
    assert await refusal(rig.actions.say(OLGA, conversation, "c", "Ответ", internal=False)) == "not_yours"
    assert await refusal(rig.actions.say(OLGA, conversation, "c", "Заметка", internal=True)) == "forbidden"
    assert await refusal(rig.actions.say(BOSS, conversation, "c", "Ответ", internal=False)) == "not_yours"
    await rig.actions.say(BOSS, conversation, "c", "Заметка", internal=True)
    assert await rig.said(conversation, Author.OPERATOR) == ["Ответ", "Ещё", "Заметка"]


async def test_looking_into_a_strangers_words_is_audited_and_refused_by_default(rig: Rig) -> None:
    # SE-01
    conversation = await held_by(rig, ANNA)
    assert await refusal(rig.actions.open(OLGA, conversation)) == "forbidden"
    assert await refusal(rig.actions.open(DESIGNER, conversation)) == "forbidden"
    assert await refusal(rig.actions.open(BOSS, conversation)) == "no_ground"
    assert await refusal(rig.actions.state(OLGA, conversation, "любопытно")) == "forbidden"
    await rig.actions.state(BOSS, conversation, "жалоба")
    await rig.actions.open(BOSS, conversation)
    await rig.actions.open(ANNA, conversation)
    audit_entries = [(d.by, d.what, d.ground) for _, d in await rig.store.audit_entries()]
    assert audit_entries[:4] == [("anna", "open", "held"), ("boss", "open", "жалоба"), ("boss", "reason", "жалоба"), ("olga", "open_refused", "")]


async def test_who_may_steer_takes_closes_and_transfers_for_others(rig: Rig) -> None:
    # SE-01
    conversation = await rig.waiting()
    assert await refusal(rig.actions.take(IDLE, conversation)) == "forbidden"
    assert await refusal(rig.actions.close(OLGA, conversation, "other")) == "not_yours"
    await rig.actions.transfer(BOSS, conversation, queue="passports", operator="", note="")
    await rig.actions.take(BOSS, conversation)
    assert await refusal(rig.actions.take(OLGA, conversation)) == "not_waiting"
    await rig.actions.close(BOSS, conversation, "other")


async def test_who_may_steer_takes_over_what_a_colleague_holds(rig: Rig) -> None:
    # SE-01 MC-04
    conversation = await held_by(rig, ANNA, citizen="silent")
    began = (await rig.holds(conversation)).holder
    assert await refusal(rig.actions.take(OLGA, conversation)) == "not_waiting"
    await rig.actions.take(BOSS, conversation)
    holder = (await rig.holds(conversation)).holder
    assert isinstance(holder, WithOperator) and isinstance(began, WithOperator)
    assert (holder.operator, holder.waiting_since, holder.talked_since) == ("boss", began.waiting_since, began.since)
    assert (rig.dispatch.load("anna"), rig.dispatch.load("boss")) == (0, 25)
    assert await refusal(rig.actions.say(ANNA, conversation, "k", "Я ещё здесь", internal=False)) == "not_yours"
    await rig.actions.say(BOSS, conversation, "b", "Отвечу я", internal=False)


async def test_a_restart_forgets_no_line_and_no_load(rig: Rig, store: Store, clock: Clock) -> None:
    # CH-06, CH-10
    mine = await held_by(rig, ANNA, citizen="mine")
    line = []
    for number in range(4):
        clock.forward(1)
        line.append(await rig.waiting(who=f"citizen {number}"))
    await rig.stop()
    again = await Rig(store, clock, await store.newest()).start()
    assert again.dispatch.load("anna") == 25
    assert [again.dispatch.standing(await again.holds(c)).place for c in line] == [1, 2, 3, 4]
    again.ready(ANNA)
    assert [o.conversation for o in again.dispatch.offered_to("anna")] == line[:1]
    await again.actions.say(ANNA, mine, "k", "Я всё ещё здесь", internal=False)
    await again.stop()


async def test_an_offer_of_what_goes_elsewhere_is_taken_back_and_the_next_is_made(rig: Rig, clock: Clock) -> None:
    # CH-08
    rig.ready(ANNA)
    first = await rig.waiting(who="first")
    clock.forward(1)
    next_one = await rig.waiting(who="next")
    clock.forward(1)
    await rig.waiting(who="last")
    rig.offers.clear()
    await rig.actions.transfer(BOSS, first, queue="passports", operator="", note="")
    assert [(n.offer.conversation, n.how) for n in rig.offers] == [(first, OfferEnd.RESCINDED), (next_one, "")]


async def test_whose_contract_has_ended_is_offered_nothing(rig: Rig) -> None:
    # LV-07, SL-03: also if he was ready before; the citizen does not wait for him
    contracts, theirs = {"Подряд"}, replace(ANNA, contractor="Подряд")
    rig.dispatch.works = lambda who, _: not who.contractor or who.contractor in contracts
    rig.ready(theirs)
    contracts.clear()
    waiting = await rig.waiting()
    assert rig.dispatch.offered_to("anna") == []
    assert rig.dispatch.presence("anna") is Presence.BREAK
    rig.ready(OLGA)
    assert [offer.conversation for offer in rig.dispatch.offered_to("olga")] == [waiting]
    rig.ready(theirs)
    assert rig.dispatch.offered_to("anna") == []


async def test_a_macro_is_one_step_and_once(rig: Rig, clock: Clock) -> None:
    # KB-01, CH-12
    conversation = await held_by(rig, ANNA)
    before = len(await rig.store.records(conversation))
    macro = Macro("k", "bye 1", "До свидания", "Всё решено", topic="other")
    await asyncio.gather(*(rig.actions.run(ANNA, conversation, macro) for _ in range(3)))
    await rig.actions.run(ANNA, conversation, macro)
    added = [r.entry for r in await rig.store.records(conversation)][before:]
    assert [(e.text, e.internal) if isinstance(e, Message) else e for e in added] == [
        ("Всё решено", True), ("До свидания", False), ("Обращение закрыто. Если остались вопросы, просто напишите.", False),
        HandedOver(clock(), Closed(clock(), "other", "anna"), "closed", "anna")]
    audit_entries = [(d.what, d.detail) for _, d in await rig.store.audit_entries()]
    assert audit_entries[:4] == [("macro", "bye 1"), ("close", "other"), ("reply", ""), ("note", "")]


@pytest.mark.parametrize(("who", "end", "code"), [
    (OLGA, {"queue": "passports"}, "forbidden"), (BOSS, {"queue": "passports"}, "not_yours"), (ANNA, {"queue": "nowhere"}, "no_such_queue"),
    (ANNA, {"topic": "nothing"}, "no_such_topic"), (ANNA, {"topic": "other"}, "steps_ahead")])
async def test_a_macro_of_which_a_part_is_refused_does_nothing(rig: Rig, who: Operator, end: dict[str, str], code: str) -> None:
    # KB-01, SE-01
    async def ahead(_: int) -> tuple[str, ...]:
        return ("Спросите номер",)

    conversation = await held_by(rig, ANNA)
    before = await rig.store.records(conversation)
    rig.actions.unset.answer_by(ahead)
    assert await refusal(rig.actions.run(who, conversation, Macro("k", "bye 1", "До свидания", "Всё решено", **end))) == code
    assert (await rig.store.records(conversation), (await rig.store.audit_entries())[0][1].what) == (before, "taken")


async def test_a_macro_hands_over_where_it_ends_so(rig: Rig, clock: Clock) -> None:
    # KB-01, CH-09
    began = clock()
    conversation = await held_by(rig, ANNA)
    clock.forward(30)
    await rig.actions.run(ANNA, conversation, Macro("k", "on 1", note="Нужен паспортный стол", queue="passports"))
    assert (await rig.holds(conversation)).holder == InQueue("passports", began, talked_since=began)
