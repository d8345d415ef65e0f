"""What would wait too long goes to another centre in time, or is offered an answer later."""

from datetime import timedelta

import pytest

from hub.conversation import InQueue, Promised
from hub.journal import HandedOver
from hub.keeping import Keeping
from hub.levels import TopicClass
from hub.message import Message
from hub.operators import Operator, Presence, Role
from hub.queues import Topic
from hub.relief import ANSWER_LATER, OFFERED, Relief
from routing.journey import Station
from routing.ladder import Ladder
from routing.reasons import Party
from tests.hub.rig import ANNA, Clock, Rig, eventually

FEDERAL = Operator("fedor", "Фёдор", Role.OPERATOR, ("passports",))


@pytest.fixture
async def relief(rig: Rig) -> Relief:
    """The rig's general line is a regional centre's, its passports line the federal one's."""
    ladder = Ladder({"general": Station("077", Party.REGIONAL), "passports": Station("000", Party.FEDERAL)})
    keeping = Keeping(rig.lanes, rig.actions)
    relief = Relief(rig.lanes, rig.store, rig.dispatch, ladder, [Topic("other", "Другое", TopicClass.GENERAL)], keeping.offer_callback)
    rig.lanes.listeners.append(relief.committed)
    rig.dispatch.on_presence, rig.dispatch.on_offer = relief.presence, relief.offer
    await relief.start()
    return relief


async def waits_in(rig: Rig, conversation: int, queue: str) -> bool:
    return conversation in {head.id for head in await rig.store.waiting([queue])}


async def offered(rig: Rig, conversation: int, login: str) -> bool:
    return rig.dispatch.offer(conversation, login) is not None


async def told(rig: Rig, conversation: int, text: str) -> bool:
    return text in [r.entry.text for r in await rig.store.records(conversation) if isinstance(r.entry, Message)]


async def promised(rig: Rig, conversation: int) -> bool:
    return isinstance((await rig.holds(conversation)).holder, Promised)


async def test_a_general_question_goes_to_the_federal_centre_before_anybody_has_waited(rig: Rig, clock: Clock, relief: Relief) -> None:
    # RT-04, RT-08, SL-03: nobody is at the regional line, so the prediction is over 20 s at once
    rig.dispatch.set_presence(FEDERAL, Presence.READY)
    assert relief.predicted_s("general") > 20
    began = clock()
    conversation = await rig.waiting()
    await eventually(lambda: waits_in(rig, conversation, "passports"))
    head = await rig.holds(conversation)
    assert isinstance(head.holder, InQueue)
    assert head.holder.since == began
    assert [(p.sender, p.receiver, p.reason) for p in head.passed] == [("077", "000", "general_overload")]
    assert [r.entry.why for r in await rig.store.records(conversation) if isinstance(r.entry, HandedOver)][-1] == "general_overload"
    await eventually(lambda: offered(rig, conversation, "fedor"))


async def test_where_nobody_can_help_the_citizen_may_choose_an_answer_later(rig: Rig, relief: Relief) -> None:
    # RT-08, SL-05, CH-14
    conversation = await rig.waiting()
    await eventually(lambda: told(rig, conversation, OFFERED))
    assert isinstance((await rig.holds(conversation)).holder, InQueue)
    await rig.stored(ANSWER_LATER, "later")
    await eventually(lambda: promised(rig, conversation))
    head = await rig.holds(conversation)
    assert head.promise is not None
    assert head.promise.due - head.promise.given == timedelta(hours=24)


async def test_whoever_finds_somebody_free_stays(rig: Rig, relief: Relief) -> None:
    # RT-04: not overloaded, so it stays
    rig.dispatch.set_presence(FEDERAL, Presence.READY)
    rig.ready(ANNA)
    conversation = await rig.waiting()
    await rig.settled()
    assert (await rig.holds(conversation)).passed == ()
    assert [o.conversation for o in rig.dispatch.offered_to("anna")] == [conversation]
    assert relief.predicted_s("general") == 0
