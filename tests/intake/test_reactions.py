"""The robot's turn: answered exactly once, whatever restarts come between; whoever needs a person waits for one."""

import asyncio

from hub.conversations.conversation import InQueue, WithBot
from hub.conversations.journal import HandedOver, StoredEvent
from hub.conversations.message import Author, Message
from hub.conversations.ports import Commit, Store
from hub.kernel.ids import RecordIds
from tests.rig import Clock, Rig


async def test_a_question_is_answered_once(rig: Rig) -> None:
    # CH-06
    conversation = await rig.stored("Вопрос", "k1")
    await rig.settled()
    assert await rig.said(conversation, Author.BOT) == ["Здравствуйте", "Ответ на «Вопрос»"]
    assert (await rig.holds(conversation)).topic == "other"


async def test_questions_that_come_together_are_answered_each(rig: Rig) -> None:
    # CH-10
    await asyncio.gather(*(rig.say(f"Вопрос {n}", f"k{n}") for n in range(20)))
    conversation = await rig.stored("последний", "k")
    await rig.settled()
    answers = await rig.said(conversation, Author.BOT)
    assert sorted(answers[1:]) == sorted(["Ответ на «последний»", *(f"Ответ на «Вопрос {n}»" for n in range(20))])


async def test_an_owed_answer_survives_restarts_and_comes_once(rig: Rig, store: Store, clock: Clock) -> None:
    # CH-06
    conversation = await rig.stored("Здравствуйте", "k0")
    await rig.settled()
    await rig.stop()
    head = await rig.holds(conversation)
    question = StoredEvent(RecordIds(newest=head.last).next(clock()), conversation, Message(Author.CITIZEN, "Вопрос", clock(), key="k1"))
    await store.commit(Commit(conversation, head.last, (question,), owed=(question.id,)))  # and here the power fails
    for _ in range(3):
        rig = await Rig(store, clock, await store.newest()).start()
        await rig.settled()
        await rig.stop()
    assert await rig.said(conversation, Author.BOT) == ["Здравствуйте", "Ответ на «Здравствуйте»", "Ответ на «Вопрос»"]


async def test_two_misses_in_a_row_bring_a_person(rig: Rig) -> None:
    # CH-04
    conversation = await rig.stored("??", "k1")
    await rig.settled()
    assert (await rig.holds(conversation)).holder == WithBot(1)
    await rig.say("Вопрос", "k2")
    await rig.settled()
    assert (await rig.holds(conversation)).holder == WithBot(0)
    for key in ("k3", "k4"):
        await rig.say("??", key)
        await rig.settled()
    head = await rig.holds(conversation)
    assert isinstance(head.holder, InQueue)
    assert head.number in (await rig.said(conversation, Author.BOT))[-1]  # he can name it from now on (RQ-01)


async def test_a_hand_over_is_in_the_journal_with_its_reason(rig: Rig, clock: Clock) -> None:
    # CH-08, CH-12
    conversation = await rig.waiting()
    entry = (await rig.store.records(conversation, limit=1))[0].entry
    assert entry == HandedOver(clock(), InQueue("general", clock()), "asked")


async def test_whoever_waits_is_not_answered_by_the_robot(rig: Rig) -> None:
    conversation = await rig.waiting()
    before = await rig.said(conversation, Author.BOT)
    await rig.say("Вопрос", "k2")
    await rig.settled()
    assert await rig.said(conversation, Author.BOT) == before


async def test_what_is_shown_is_what_is_stored_in_order(rig: Rig) -> None:
    # CH-12
    conversation = await rig.stored("Вопрос", "k1")
    await rig.waiting()
    await rig.settled()
    stored = [r for r in await rig.store.records(conversation, limit=100) if isinstance(r.entry, Message)]
    assert rig.screen.shown == stored
