"""A promise from its word to its answer: over restarts, ends of shifts and people who do not answer."""

from datetime import timedelta

import pytest

from hub.access.operator import Operator, Presence, Role
from hub.conversations.address import Address
from hub.conversations.callback_promise import Outcome
from hub.conversations.conversation import Closed, Conversation, InQueue, Promised, WithBot, WithOperator
from hub.conversations.journal import Alarmed, Attempted, HandedOver, PromiseEnd, PromiseEnded, PromiseGiven
from hub.conversations.message import Author
from hub.conversations.ports import Store
from hub.conversations.talk_clocks import ClockStage
from hub.kernel.errors import RefusedError
from storage.sqlite import SqliteStore
from tests.conversations.test_failing_store import failing
from tests.rig import ANNA, BOSS, OLGA, Clock, Rig, eventually

IDLE = Operator("idle", "Ирина", Role.OPERATOR, ("passports",))
HOUR = 3600


async def refusal(step: object) -> str:
    with pytest.raises(RefusedError) as refused:
        await step  # type: ignore[misc]  # a coroutine
    return refused.value.code


async def taken(rig: Rig, *, who: Operator = ANNA, citizen: str = "citizen") -> int:
    conversation = await rig.waiting(who=citizen)
    await rig.actions.take(who, conversation)
    return conversation


async def promised(rig: Rig, *, who: Operator = ANNA, citizen: str = "citizen") -> int:
    conversation = await taken(rig, who=who, citizen=citizen)
    await rig.promise_actions.promise(who, conversation, "надо уточнить")
    return conversation


async def entries(rig: Rig, conversation: int, *kinds: type) -> list[object]:
    return [r.entry for r in await rig.store.records(conversation, limit=1000) if isinstance(r.entry, kinds)]


async def alarmed(rig: Rig, conversation: int) -> list[int]:
    return [e.percent for e in await entries(rig, conversation, Alarmed) if isinstance(e, Alarmed)]


async def wait_for_alarms(rig: Rig, conversation: int, *percents: int) -> None:
    async def raised() -> bool:
        return await alarmed(rig, conversation) == list(percents)
    await eventually(raised)


async def wait_for(rig: Rig, conversation: int, holder: object) -> None:
    async def held() -> bool:
        return (await rig.holds(conversation)).holder == holder
    await eventually(held)


async def test_a_promise_is_given_with_its_day_its_number_and_its_deed(rig: Rig, clock: Clock) -> None:
    # SL-05
    conversation = await taken(rig)
    await rig.promise_actions.promise(ANNA, conversation, "надо уточнить", number="+74950000000")
    head = await rig.holds(conversation)
    assert head.holder == Promised("general", clock(), "anna")
    assert head.promise is not None
    assert (head.promise.due - clock()).total_seconds() == 86_400
    assert head.promise.address == Address("voice", "+74950000000")
    assert await entries(rig, conversation, PromiseGiven) == [PromiseGiven(clock(), head.promise.due, "надо уточнить", "anna")]
    assert head.number in (await rig.said(conversation, Author.SYSTEM))[-1]
    assert next((d.by, d.what) for _, d in await rig.store.audit_entries()) == ("anna", "promise")
    assert (rig.promises.open, rig.dispatch.load("anna")) == (1, 0)


async def test_only_the_answer_ends_it(rig: Rig, clock: Clock) -> None:
    # SL-05, GV-16
    conversation = await promised(rig)
    assert await refusal(rig.actions.close(ANNA, conversation, "other")) == "not_yours"
    assert await refusal(rig.actions.close(BOSS, conversation, "other")) == "not_held"
    assert await refusal(rig.promise_actions.keep(ANNA, conversation, "k", "Ответ")) == "not_yours"
    await rig.actions.take(OLGA, conversation)
    assert await refusal(rig.actions.close(OLGA, conversation, "other")) == "promise_open"
    assert await refusal(rig.actions.close(BOSS, conversation, "other")) == "promise_open"
    clock.forward(HOUR)
    first = await rig.promise_actions.keep(OLGA, conversation, "k", "Паспорт готов")
    assert await rig.promise_actions.keep(OLGA, conversation, "k", "Паспорт готов") == first
    assert (await rig.said(conversation, Author.OPERATOR)) == ["Паспорт готов"]
    assert [e.how for e in await entries(rig, conversation, PromiseEnded) if isinstance(e, PromiseEnded)] == [PromiseEnd.KEPT]
    assert await refusal(rig.promise_actions.keep(OLGA, conversation, "k2", "Ещё раз")) == "not_promised"
    assert (rig.promises.open, rig.promises.kept, rig.promises.kept_late, await rig.store.promised()) == (0, 1, 0, [])
    await rig.actions.close(OLGA, conversation, "other")
    assert isinstance((await rig.holds(conversation)).holder, Closed)


async def test_the_citizen_may_want_it_no_more(rig: Rig) -> None:
    # SL-05
    conversation = await promised(rig)
    assert await refusal(rig.promise_actions.withdraw(BOSS, conversation, "не нужен")) == "not_yours"
    await rig.actions.take(ANNA, conversation)
    await rig.promise_actions.withdraw(ANNA, conversation, "сам позвонил и отказался")
    assert (rig.promises.withdrawn, rig.promises.kept, rig.promises.open) == (1, 0, 0)
    await rig.actions.close(ANNA, conversation, "other")


async def test_a_second_promise_gives_no_second_day(rig: Rig, clock: Clock) -> None:
    # SL-05, D5
    conversation = await promised(rig)
    owed = (await rig.holds(conversation)).promise
    clock.forward(HOUR)
    await rig.actions.take(OLGA, conversation)
    await rig.promise_actions.promise(OLGA, conversation, "ещё уточняем")
    head = await rig.holds(conversation)
    assert head.promise == owed
    assert head.holder == Promised("general", clock(), "olga")
    assert len(await entries(rig, conversation, PromiseGiven)) == 1


async def test_an_answer_after_the_day_is_late(rig: Rig, clock: Clock) -> None:
    # SL-05, GV-16
    conversation = await promised(rig)
    await rig.actions.take(ANNA, conversation)
    clock.forward(86_401)
    assert rig.promises.overdue == 1
    await rig.promise_actions.keep(ANNA, conversation, "k", "Простите")
    assert (rig.promises.kept, rig.promises.kept_late, rig.promises.overdue) == (0, 1, 0)


async def test_whoever_may_not_promise_or_try_is_refused(rig: Rig) -> None:
    # SL-05
    conversation = await taken(rig)
    assert await refusal(rig.promise_actions.promise(OLGA, conversation, "чужое")) == "not_yours"
    assert await refusal(rig.promise_actions.attempt(ANNA, conversation, Outcome.BUSY)) == "not_promised"
    await rig.promise_actions.promise(ANNA, conversation, "надо уточнить")
    assert await refusal(rig.promise_actions.attempt(ANNA, conversation, Outcome.BUSY)) == "not_yours"
    assert await refusal(rig.actions.take(IDLE, conversation)) == "forbidden"
    assert await refusal(rig.actions.open(IDLE, conversation)) == "forbidden"
    assert (await rig.actions.open(OLGA, conversation)).id == conversation


async def test_three_attempts_make_him_not_reached_and_he_stays_listed(rig: Rig, clock: Clock) -> None:
    # SL-05, D5
    conversation = await promised(rig)
    for _ in range(3):
        await rig.actions.take(ANNA, conversation)
        clock.forward(60)
        await rig.promise_actions.attempt(ANNA, conversation, Outcome.NO_ANSWER)
    assert len(await entries(rig, conversation, Attempted)) == 3
    holder = Promised("general", clock(), "anna")
    assert (await rig.holds(conversation)).holder == holder
    clock.forward(80_000)
    rig.promises.look()
    await wait_for_alarms(rig, conversation, 50, 80)
    assert (await rig.holds(conversation)).holder == Promised("general", holder.since)  # whoever is off duty owns nothing
    assert [head.id for head in await rig.store.promised()] == [conversation]
    await rig.stored("я здесь, звоните", "here")
    await wait_for(rig, conversation, InQueue("general", clock()))
    assert (await rig.holds(conversation)).promise is not None
    await rig.settled()


async def test_a_message_to_a_promise_that_is_not_due_moves_nothing(rig: Rig) -> None:
    # SL-05
    conversation = await promised(rig)
    before = (await rig.holds(conversation)).holder
    await rig.stored("спасибо, жду", "thanks")
    await rig.settled()
    assert (await rig.holds(conversation)).holder == before


async def test_alarms_are_raised_once_each_and_it_returns_to_its_queue_with_priority(rig: Rig, clock: Clock) -> None:
    # SL-05
    rig.ready(ANNA)
    conversation = await promised(rig)
    given = clock()
    clock.forward(43_200)
    rig.promises.look()
    rig.promises.look()
    await wait_for_alarms(rig, conversation, 50)
    assert (await rig.holds(conversation)).holder == Promised("general", given, "anna")
    rig.dispatch.set_presence(ANNA, Presence.BREAK)
    other = await rig.waiting(who="somebody else")
    clock.forward(25_920)
    rig.promises.look()
    await wait_for_alarms(rig, conversation, 50, 80)
    assert (await rig.holds(conversation)).holder == InQueue("general", clock())
    assert [head.id for head in await rig.store.waiting([])] == [other, conversation]
    clock.forward(12_960)
    rig.promises.look()
    await wait_for_alarms(rig, conversation, 50, 80, 95)
    assert [head.id for head in await rig.store.waiting([])] == [conversation, other]
    clock.forward(4_320)
    rig.promises.look()
    await wait_for_alarms(rig, conversation, 50, 80, 95, 100)
    rig.promises.look()
    assert rig.promises.open == 1


async def test_a_restart_forgets_no_promise_and_repeats_no_alarm(store: Store, clock: Clock) -> None:
    # SL-05: the hub is down from a third of the time until after 80 %
    first = await Rig(store, clock).start()
    conversation = await promised(first)
    clock.forward(50_000)
    first.promises.look()
    await wait_for_alarms(first, conversation, 50)
    await first.stop()
    clock.forward(20_000)
    second = await Rig(store, clock, await store.newest()).start()
    await wait_for_alarms(second, conversation, 50, 80)
    await wait_for(second, conversation, InQueue("general", clock()))
    assert second.promises.open == 1
    await second.stop()


async def test_what_was_missed_is_made_up_for_in_order(store: Store, clock: Clock) -> None:
    # SL-05
    first = await Rig(store, clock).start()
    conversation = await promised(first)
    await first.stop()
    clock.forward(90_000)
    second = await Rig(store, clock, await store.newest()).start()
    await wait_for_alarms(second, conversation, 50, 80, 95, 100)
    assert second.promises.overdue == 1
    await second.stop()


async def test_at_the_end_of_a_shift_a_promise_is_all_colleagues(rig: Rig) -> None:
    # SL-05
    rig.ready(ANNA, OLGA)
    mine, hers = await promised(rig), await promised(rig, who=OLGA, citizen="another")
    rig.dispatch.set_presence(OLGA, Presence.BREAK)
    rig.dispatch.set_presence(ANNA, Presence.OFFLINE)
    await wait_for(rig, mine, Promised("general", rig.clock(), ""))
    handed = [e for e in await entries(rig, mine, HandedOver) if isinstance(e, HandedOver)]
    assert (handed[-1].why, handed[-1].by) == ("owner_left", "")
    assert (await rig.holds(hers)).holder == Promised("general", rig.clock(), "olga")
    await rig.actions.take(OLGA, mine)


async def test_the_hub_promises_to_whom_nobody_could_answer(rig: Rig, clock: Clock) -> None:
    # CH-14
    conversation = await rig.waiting()
    await rig.promise_actions.offer_callback(conversation, "general", "abandoned")
    await rig.promise_actions.offer_callback(conversation, "general", "abandoned")
    head = await rig.holds(conversation)
    assert head.holder == Promised("general", clock())
    assert [(e.by, e.why) for e in await entries(rig, conversation, PromiseGiven) if isinstance(e, PromiseGiven)] == [("", "abandoned")]
    assert rig.dispatch.length("general") == 0
    talk = await taken(rig, citizen="another")
    assert await refusal(rig.promise_actions.offer_callback(talk, "general", "abandoned")) == "not_waiting"


async def test_an_operator_is_told_once_at_8_and_at_10_minutes(rig: Rig, clock: Clock) -> None:
    # SL-04, D4
    told: list[tuple[int, ClockStage]] = []

    def tell(head: Conversation, stage: ClockStage) -> None:
        told.append((head.id, stage))

    rig.promises.on_stage.subscribe(tell)
    conversation = await taken(rig)
    for minutes, expected in ((7.9, 0), (0.1, 1), (1.9, 1), (0.1, 2), (30, 2)):
        clock.forward(minutes * 60)
        rig.promises.look()

        async def heard(expected: int = expected) -> bool:
            return len(told) == expected
        await eventually(heard)
    assert told == [(conversation, ClockStage.PROMPT), (conversation, ClockStage.DECIDE)]


async def test_an_alarm_during_a_talk_tells_its_ten_minutes_no_second_time(rig: Rig, clock: Clock) -> None:
    # SL-04, SL-05
    told: list[ClockStage] = []
    rig.promises.on_stage.subscribe(lambda _, stage: told.append(stage))
    conversation = await promised(rig)
    clock.forward(43_200 - 700)
    await rig.actions.take(ANNA, conversation)
    clock.forward(600)
    rig.promises.look()

    async def decides() -> bool:
        return told == [ClockStage.DECIDE]
    await eventually(decides)
    clock.forward(100)
    rig.promises.look()
    await wait_for_alarms(rig, conversation, 50)
    assert told == [ClockStage.DECIDE]


async def test_a_talk_that_outlives_a_restart_keeps_its_clock(store: Store, clock: Clock) -> None:
    # SL-04
    first = await Rig(store, clock).start()
    conversation = await taken(first)
    await first.stop()
    clock.forward(480)
    second = Rig(store, clock, await store.newest())
    told: list[tuple[int, ClockStage]] = []
    second.promises.on_stage.subscribe(lambda head, stage: told.append((head.id, stage)))
    await second.start()

    async def prompted() -> bool:
        return told == [(conversation, ClockStage.PROMPT)]
    await eventually(prompted)
    await second.stop()


async def test_an_alarm_that_could_not_be_stored_comes_when_the_store_is_back(on_disk: Rig, disk: SqliteStore, clock: Clock) -> None:
    # SL-05
    conversation = await promised(on_disk)
    clock.forward(43_200)
    with failing(disk):
        on_disk.promises.look()

        async def refused() -> bool:
            return on_disk.sequencer.refused_steps == 1
        await eventually(refused)
    clock.forward(5)
    on_disk.promises.look()
    await wait_for_alarms(on_disk, conversation, 50)


async def test_after_ten_minutes_one_closes_or_promises_and_passes_it_on_no_more(rig: Rig, clock: Clock) -> None:
    # SL-04, D4
    conversation = await taken(rig)
    clock.forward(599)
    await rig.actions.transfer(ANNA, conversation, queue="passports", operator="", note="")
    await rig.actions.take(OLGA, conversation)
    clock.forward(1)  # the clock went along with the transfer
    assert await refusal(rig.actions.transfer(OLGA, conversation, queue="general", operator="", note="")) == "decide"
    await rig.actions.say(OLGA, conversation, "k", "Ещё минуту", internal=False)  # the talk is not cut off
    await rig.promise_actions.promise(OLGA, conversation, "надо уточнить")
    assert (rig.promises.talks_in_time, rig.promises.talks_too_long) == (1, 0)
    # A supervisor helps an operator who cannot: he may still move it.
    other = await taken(rig, citizen="another")
    clock.forward(601)
    await rig.actions.transfer(BOSS, other, queue="passports", operator="", note="")


async def test_talks_are_counted_by_their_ten_minutes(rig: Rig, clock: Clock) -> None:
    # SL-04
    short, long = await taken(rig, citizen="a"), await taken(rig, citizen="b")
    clock.forward(600)
    await rig.actions.close(ANNA, short, "other")
    clock.forward(0.001)
    await rig.actions.close(ANNA, long, "other")
    assert (rig.promises.talks_in_time, rig.promises.talks_too_long) == (1, 1)


async def test_the_talk_of_a_promise_has_ten_minutes_of_its_own(rig: Rig, clock: Clock) -> None:
    # SL-04, D4
    conversation = await promised(rig)
    clock.forward(HOUR)
    await rig.actions.take(ANNA, conversation)
    assert (await rig.holds(conversation)).holder == WithOperator("anna", clock(), "general", clock() - timedelta(seconds=HOUR))


async def test_a_closed_conversation_that_is_written_to_again_owes_nothing(rig: Rig) -> None:
    # SL-05
    conversation = await promised(rig)
    await rig.actions.take(ANNA, conversation)
    await rig.promise_actions.keep(ANNA, conversation, "k", "Ответ")
    await rig.actions.close(ANNA, conversation, "other")
    await rig.stored("ещё вопрос", "again")
    await rig.settled()
    head = await rig.holds(conversation)
    assert (head.holder, head.promise) == (WithBot(), None)
