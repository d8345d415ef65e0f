"""A reply goes at its time, once, over restarts; and not where the citizen has written or the holder has changed in between."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from hub.actions.later_replies import LaterReplies
from hub.actions.later_reply import LaterReply, Stopped
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Author, Message
from tests.actions.test_promise_watch import HOUR, refusal, taken
from tests.rig import ANNA, OLGA, Clock, Rig, eventually

WORDS = "Справка готова, приходите"


def later_of(rig: Rig) -> LaterReplies:
    made = LaterReplies(rig.sequencer, rig.store, rig.actions, rig.outbound_attachments)
    rig.sequencer.on_commit.project.subscribe(made.committed)
    return made


@pytest.fixture
async def later_replies(rig: Rig) -> AsyncIterator[LaterReplies]:
    made = later_of(rig)
    await made.start()
    yield made
    await made.close()


async def said(rig: Rig, conversation: int) -> list[str]:
    records: list[StoredEvent] = await rig.store.records(conversation, limit=1000)
    return [each.entry.text for each in records if isinstance(each.entry, Message) and each.entry.author is Author.OPERATOR]


async def planned(rig: Rig, later_replies: LaterReplies, clock: Clock, text: str = WORDS) -> int:
    conversation = await taken(rig)
    await later_replies.plan(ANNA, conversation, clock() + timedelta(hours=1), "later", text, [])
    return conversation


async def gone(rig: Rig, conversation: int) -> None:
    async def dropped() -> bool:
        return await rig.store.get(LaterReply, str(conversation)) is None
    await eventually(dropped)


async def stopped(rig: Rig, later_replies: LaterReplies, conversation: int, why: Stopped) -> None:
    async def stored() -> bool:
        known = await rig.store.get(LaterReply, str(conversation))
        return known is not None and known.stopped is why
    await eventually(stored)
    known = later_replies.of(conversation)
    assert known is not None
    assert (known.stopped, known.text) == (why, WORDS)


async def test_it_goes_at_its_time_and_not_before(rig: Rig, later_replies: LaterReplies, clock: Clock) -> None:  # CH-08, OC-01
    conversation = await planned(rig, later_replies, clock)
    clock.forward(HOUR - 1)
    await later_replies.start()
    assert await said(rig, conversation) == []
    clock.forward(1)
    later_replies.look()
    await gone(rig, conversation)
    assert (await said(rig, conversation), later_replies.of(conversation)) == ([WORDS], None)
    assert [each.what for _, each in await rig.store.audit_entries()][:2] == ["reply", "reply_planned"]


async def test_it_is_changed_and_cancelled_until_then(rig: Rig, later_replies: LaterReplies, clock: Clock) -> None:  # OC-01
    conversation = await planned(rig, later_replies, clock, "Черновик")
    await later_replies.plan(ANNA, conversation, clock() + timedelta(hours=2), "other", WORDS, [])
    clock.forward(HOUR)
    await later_replies.start()
    assert await said(rig, conversation) == []
    await later_replies.cancel(ANNA, conversation)
    await later_replies.cancel(ANNA, conversation)
    clock.forward(2 * HOUR)
    await later_replies.start()
    assert (await said(rig, conversation), later_replies.of(conversation)) == ([], None)
    for due, code in ((timedelta(0), "bad_moment"), (timedelta(days=31), "bad_moment")):
        assert await refusal(later_replies.plan(ANNA, conversation, clock() + due, "k", WORDS, [])) == code
    assert await refusal(later_replies.plan(OLGA, conversation, clock() + timedelta(hours=1), "k", WORDS, [])) == "not_yours"
    assert await refusal(later_replies.plan(ANNA, conversation, clock() + timedelta(hours=1), "k", "", [])) == "empty"


@pytest.mark.parametrize("down", [False, True])
async def test_the_citizen_who_writes_in_between_stops_it(rig: Rig, clock: Clock, later_replies: LaterReplies, down: bool) -> None:  # OC-01
    conversation = await planned(rig, later_replies, clock)
    told: list[LaterReply] = []
    later_replies.on_stop.subscribe(told.append)
    if down:
        rig.sequencer.on_commit.project.unsubscribe(later_replies.committed)
    await rig.say("Уже не надо", "never mind")
    await rig.told()
    if down:
        await later_replies.start()
    await stopped(rig, later_replies, conversation, Stopped.CITIZEN)
    clock.forward(2 * HOUR)
    await later_replies.start()
    assert (await said(rig, conversation), [each.conversation for each in told]) == ([], [conversation])


async def test_another_holder_stops_it_and_may_send_it_himself(rig: Rig, later_replies: LaterReplies, clock: Clock) -> None:  # OC-01
    conversation = await planned(rig, later_replies, clock)
    await rig.actions.transfer(ANNA, conversation, queue="", operator="olga", note="")
    await rig.actions.take(OLGA, conversation)
    await stopped(rig, later_replies, conversation, Stopped.MOVED)
    await later_replies.plan(OLGA, conversation, clock() + timedelta(hours=1), "hers", WORDS, [])
    clock.forward(HOUR)
    later_replies.look()
    await gone(rig, conversation)
    assert await said(rig, conversation) == [WORDS]


async def test_a_hub_killed_between_sending_and_forgetting_sends_nothing_twice(rig: Rig, later_replies: LaterReplies, clock: Clock) -> None:  # ST-02
    conversation = await planned(rig, later_replies, clock)
    waiting = await rig.store.get(LaterReply, str(conversation))
    assert waiting is not None
    clock.forward(HOUR)
    later_replies.look()
    await gone(rig, conversation)
    await rig.store.put(waiting)  # it was not forgotten
    await rig.say("Спасибо", "thanks")
    again = later_of(rig)
    await again.start()
    await gone(rig, conversation)
    await again.close()
    assert (await said(rig, conversation), again.of(conversation)) == ([WORDS], None)
