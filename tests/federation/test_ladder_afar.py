"""The ladder hands over to a centre on another deployment by itself: for the same reasons as at home, and never to and fro."""

import asyncio
import math
import random
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from msgspec.structs import replace

from bots.russian import Russian
from hub.access.operator import Presence
from hub.conversations.conversation import Closed, Conversation, InQueue, Promised, WithBot, WithOperator, WithRemoteCentre
from hub.conversations.journal import HandedOver
from hub.dispatch.overflow import OFFERED, OverflowRouter
from hub.federation.envelope import Envelope
from hub.federation.remote_centres import ALONE
from hub.organisation.level import Level, TopicClass
from hub.organisation.overload_thresholds import OverloadThresholds
from hub.organisation.queue import Topic
from hub.organisation.territory import Place
from routing.journey import Station
from routing.ladder import Ladder
from routing.line_hours import LineHours
from routing.reasons import Party
from storage.memory import MemoryStore
from tests.actions.test_centre_transfer import REGISTRY
from tests.federation.line import End, line
from tests.rig import OLGA, PEOPLE, Clock, Rig, Screen, eventually

FEDERAL, REGION = Station("000", Party.FEDERAL), Station("001", Party.REGIONAL)


class Hub(Rig):
    """A rig with the ladder of one centre, whose only line it is."""

    def __init__(self, russian: Russian, clock: Clock, link: End, here: Station, kind: TopicClass) -> None:
        super().__init__(MemoryStore(russian), clock, link=link, code=here.centre)
        self.link = link
        self.levels |= {"000": Level.FEDERAL, "001": Level.REGIONAL}
        self.overflow = OverflowRouter(self.sequencer, self.dispatch, Ladder({"general": here}, REGISTRY), {"other": Topic("other", "Другое", kind)},
                             self.promise_actions.offer_callback, breath=timedelta(0), opening=LineHours([], {}), announcement_service=self.announcement_service, remote=self.remote)
        self.lead, self.forbids, self.refuses = self.overflow.led, self.overflow.forbids, self.overflow.refuses

    async def start(self) -> "Hub":
        for operator in PEOPLE:
            await self.store.put(operator)
        await super().start()
        self.sequencer.on_commit.react.subscribe(self.overflow.committed)
        self.dispatch.on_presence.subscribe(self.overflow.presence)
        self.dispatch.on_offer.subscribe(self.overflow.offer)
        return self

    async def stop(self) -> None:
        await self.overflow.close()
        await super().stop()

    async def comes(self, who: str = "citizen", channel: str = Screen.name) -> int:
        """A citizen asks for a person: his conversation, that somebody has."""
        conversation = await self.stored("оператор", "please", who=who, channel=channel)

        async def handed() -> bool:
            return not isinstance((await self.holds(conversation)).holder, WithBot)
        await eventually(handed)
        await self.told()
        return conversation

    async def taken_in(self) -> list[Conversation]:
        return [head for head in await self.store.recent() if not isinstance(head.holder, WithBot)]


async def pair(russian: Russian, clock: Clock, here: Station, there: Station, kind: TopicClass) -> AsyncIterator[tuple[Hub, Hub]]:
    ends = line(here.centre, there.centre)
    hubs = Hub(russian, clock, ends[0], here, kind), Hub(russian, clock, ends[1], there, kind)
    for hub in hubs:
        await hub.start()
    yield hubs
    for hub in hubs:
        await hub.stop()


@pytest.fixture
async def up(russian: Russian, clock: Clock) -> AsyncIterator[tuple[Hub, Hub]]:
    """A region that asks for help with general questions, and the federal centre."""
    async for hubs in pair(russian, clock, REGION, FEDERAL, TopicClass.GENERAL):
        yield hubs


@pytest.fixture
async def down(russian: Russian, clock: Clock) -> AsyncIterator[tuple[Hub, Hub]]:
    """The federal centre, asked about matters of persons, and a region."""
    async for hubs in pair(russian, clock, FEDERAL, REGION, TopicClass.PERSONALISED):
        yield hubs


async def becomes(hub: Hub, conversation: int, holder: type) -> Conversation:
    found: list[Conversation] = []

    async def so() -> bool:
        found[:] = [await hub.holds(conversation)]
        return isinstance(found[0].holder, holder)
    await eventually(so)
    return found[0]


async def moves(hub: Hub, conversation: int) -> list[str]:
    return [r.entry.why for r in await hub.store.records(conversation) if isinstance(r.entry, HandedOver)]


async def offered_later(hub: Hub, conversation: int) -> None:
    async def so() -> bool:
        return any(OFFERED in text for text in await hub.said(conversation))
    await eventually(so)


async def test_what_would_wait_too_long_goes_up_with_its_clock_and_its_reason(up: tuple[Hub, Hub], clock: Clock) -> None:
    # RT-03, RT-04, RT-08, LV-05, D19: nobody is at the region's line, somebody at the federal one
    region, federal = up
    federal.ready(OLGA)
    began = clock()
    conversation = await region.comes()
    head = await becomes(region, conversation, WithRemoteCentre)
    assert [(each.sender, each.receiver, each.reason) for each in head.passed] == [("001", "000", "general_overload")]
    assert (await moves(region, conversation))[-1] == "general_overload"
    assert region.overflow.passed == {"general_overload": 1}

    async def there() -> bool:
        return bool(await federal.taken_in())
    await eventually(there)
    guest = (await federal.taken_in())[0]
    assert (guest.holder, guest.passed, guest.citizen.name) == (InQueue("general", began), head.passed, "")


async def test_an_overloaded_centre_sends_it_back_and_is_left_alone_for_a_minute(up: tuple[Hub, Hub], clock: Clock) -> None:
    # RT-07, RT-08, RT-09: nobody is at either line
    region, federal = up
    began = clock()
    first = await region.comes(who="first")
    await eventually(lambda: returned(region, first))
    assert (await region.holds(first)).holder == InQueue("general", began)
    await offered_later(region, first)
    federal.ready(OLGA)
    clock.forward(ALONE.total_seconds() - 1)
    second = await region.comes(who="second")
    await offered_later(region, second)
    assert region.overflow.passed == {"general_overload": 1}
    clock.forward(1)
    third = await region.comes(who="third")
    await becomes(region, third, WithRemoteCentre)
    region.overflow.look()
    await region.told()
    assert isinstance((await region.holds(first)).holder, InQueue)
    assert federal.handover_receiver.refused == region.handover_sender.returned == {"overloaded": 1}


async def returned(hub: Hub, conversation: int) -> bool:
    return (await moves(hub, conversation))[-1].startswith("returned_")


@pytest.mark.parametrize("wait_s", [600.0, math.inf])
async def test_nothing_is_handed_to_where_one_would_wait_as_long(up: tuple[Hub, Hub], wait_s: float) -> None:
    # RT-03, RT-09: it has said so
    region, federal = up
    federal.ready(OLGA)
    region.expected_s = {"000": wait_s}.get
    conversation = await region.comes()
    await offered_later(region, conversation)
    assert isinstance((await region.holds(conversation)).holder, InQueue)
    assert not await federal.taken_in()


async def test_nothing_is_handed_to_a_dead_line(up: tuple[Hub, Hub]) -> None:
    # RT-08, LV-04
    region, _ = up
    region.link.alive = False
    conversation = await region.comes()
    await offered_later(region, conversation)
    assert isinstance((await region.holds(conversation)).holder, InQueue)
    assert region.link.sent == []


async def test_calls_do_not_travel(up: tuple[Hub, Hub]) -> None:
    region, federal = up
    federal.ready(OLGA)
    conversation = await region.comes(who="+79161234567", channel="voice.test")
    assert isinstance((await region.holds(conversation)).holder, InQueue)
    assert region.link.sent == []


async def test_who_only_wanted_to_wait_less_waits_on_where_nobody_answers(up: tuple[Hub, Hub], clock: Clock) -> None:
    # RT-08, SL-05: no promise that he has not chosen; and whoever is silent is left alone
    region, federal = up
    federal.ready(OLGA)
    region.link.keeps = True
    began = clock()
    conversation = await region.comes()
    await becomes(region, conversation, WithRemoteCentre)
    await eventually(lambda: sent(region, 1))
    clock.forward(11)
    region.handover_sender.look()
    head = await becomes(region, conversation, InQueue)
    assert (head.holder, head.promise) == (InQueue("general", began), None)
    await eventually(lambda: sent(region, 2))
    assert [parcel.kind for parcel in region.link.sent] == ["conversation.handed", "conversation.withdrawn"]
    assert region.remote.beyond(head.address) == {}
    for parcel in region.link.sent:
        region.link.bring(parcel)

    async def over() -> bool:
        return [type(guest.holder) for guest in await federal.taken_in()] == [Closed]
    await eventually(over)


async def sent(hub: Hub, most: int) -> bool:
    return len(hub.link.sent) >= most


async def test_what_the_federal_centre_may_not_answer_goes_down_at_once(down: tuple[Hub, Hub]) -> None:
    # RT-02, RT-11, D1: nobody of the federal centre is asked first, though he is free
    federal, region = down
    federal.ready(OLGA)
    conversation = await placed(federal)
    head = await becomes(federal, conversation, WithRemoteCentre)
    assert [(each.sender, each.receiver, each.reason) for each in head.passed] == [("000", "001", "personalised")]
    assert federal.offers == []

    async def there() -> bool:
        return [type(guest.holder) for guest in await region.taken_in()] == [InQueue]
    await eventually(there)


async def placed(hub: Hub) -> int:
    """A conversation whose service is received in the region."""
    conversation = await hub.stored("Здравствуйте", "hello")
    live = await hub.sequencer.load(conversation)
    live.head = replace(live.head, place=Place("50"), topic="other")
    await hub.say("оператор", "person")
    return conversation


async def test_what_only_the_other_may_answer_is_promised_where_it_is_silent(down: tuple[Hub, Hub], clock: Clock) -> None:
    # RT-08, SL-05
    federal, _ = down
    federal.link.keeps = True
    conversation = await placed(federal)
    await becomes(federal, conversation, WithRemoteCentre)
    await eventually(lambda: sent(federal, 1))
    clock.forward(11)
    federal.handover_sender.look()
    assert (await becomes(federal, conversation, Promised)).promise is not None


@pytest.mark.parametrize("seed", range(10))
async def test_whatever_the_line_does_each_is_held_once_and_goes_nowhere_twice(up: tuple[Hub, Hub], clock: Clock, seed: int) -> None:
    # RT-07, RT-08, RT-09, LV-04: parcels are doubled, delayed, and overtake each other, while people come and go at the federal centre
    chance = random.Random(seed)
    region, federal = up
    region.link.keeps = federal.link.keeps = True
    numbers: list[int] = []
    brought = {region.link: 0, federal.link: 0}
    pool: list[tuple[End, Envelope]] = []

    async def gather() -> None:
        for hub in up:
            await hub.told()
        await asyncio.sleep(0)
        for end in brought:
            pool.extend((end, parcel) for parcel in end.sent[brought[end]:] for _ in range(chance.choice((1, 1, 2))))
            brought[end] = len(end.sent)
        chance.shuffle(pool)

    async def bring(most: int) -> None:
        for _ in range(min(most, len(pool))):
            end, parcel = pool.pop()
            await (federal if end is region.link else region).handover_sender.hear(parcel)

    for _ in range(14):
        await gather()
        match chance.choice(("come", "bring", "bring", "staff", "take", "close", "late")):
            case "come":
                numbers.append(await region.comes(who=f"citizen {len(numbers)}"))
            case "bring":
                await bring(chance.randint(1, 3))
            case "staff":
                federal.dispatch.set_presence(OLGA, chance.choice((Presence.READY, Presence.OFFLINE)))
            case "late":
                clock.forward(chance.choice((6, 11, 61)))
                region.handover_sender.look()
                region.overflow.look()
            case "take" | "close" as what:
                for head in await federal.taken_in():
                    if isinstance(head.holder, InQueue) and what == "take":
                        federal.ready(OLGA)
                        await federal.actions.take(OLGA, head.id)
                    elif isinstance(head.holder, WithOperator) and what == "close":
                        await federal.actions.close(OLGA, head.id, "other")
            case _:
                pass
    idle = 0
    while idle < 20:
        await gather()
        idle = 0 if pool else idle + 1
        await bring(len(pool))
        await asyncio.sleep(0.002)
    guests = {guest.address.value: guest.holder for guest in await federal.taken_in()}
    for number in numbers:
        head = await region.holds(number)
        stops = [(each.receiver, each.reason) for each in head.passed]
        assert len(stops) == len(set(stops)) <= 1
        there = guests.pop(head.number, Closed(clock(), "", ""))
        assert isinstance(head.holder, WithRemoteCentre) != isinstance(there, Closed), (head.holder, there)
    assert guests == {}


def test_a_minute_is_what_an_overload_lasts_at_least() -> None:
    # D9, RT-09
    assert timedelta(seconds=OverloadThresholds().lasting_s) == ALONE
