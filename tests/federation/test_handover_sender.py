"""A conversation at a centre on another deployment: there with its clocks, back with its answers, and never with both or nobody."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bots.russian import Russian
from hub.access.operator import Operator
from hub.actions.centre_transfer import CentreTransfer
from hub.conversations.address import Address
from hub.conversations.callback_promise import DAY
from hub.conversations.conversation import Closed, Conversation, InQueue, Promised, WithBot, WithOperator, WithRemoteCentre, hand_to_remote
from hub.conversations.journal import HandedOver, PromiseEnd, PromiseEnded
from hub.conversations.merge import may_merge
from hub.conversations.message import Author
from hub.conversations.transfer_route import TransferHop, TransferReason
from hub.federation.envelope import Envelope
from hub.kernel.errors import RefusedError
from hub.organisation.level import Level
from routing.ladder import Ladder
from storage.memory import MemoryStore
from tests.federation.line import End, line
from tests.rig import ANNA, OLGA, PEOPLE, TOPICS, Carrier, Clock, Rig, eventually
from tests.traits import TRAITS

WAITED = timedelta(seconds=7)


class Two:
    """The regional centre 001, which hands over, and the municipal one 077, each with its own store and its own people."""

    def __init__(self, clock: Clock, russian: Russian) -> None:
        self.clock = clock
        self.out, self.back = line("001", "077")
        self.stores = MemoryStore(russian), MemoryStore(russian)
        self.here, self.there = Rig(self.stores[0], clock, link=self.out, code="001"), Rig(self.stores[1], clock, link=self.back, code="077")

    async def start(self) -> "Two":
        for store in self.stores:
            for operator in PEOPLE:
                await store.put(operator)
        await self.here.start()
        await self.there.start()
        return self

    async def stop(self) -> None:
        await self.here.stop()
        await self.there.stop()

    async def pass_on(self, conversation: int, reason: TransferReason = TransferReason.MFC_CONSULTATION, to: str = "077") -> None:
        live, now = await self.here.sequencer.load(conversation), self.clock()
        after = hand_to_remote(live.head, TransferHop("001", to, reason, now), self.here.remote.key(conversation), now)
        await self.here.sequencer.committed_step(live, (HandedOver(now, after.holder, reason),), head=after)

    async def away(self) -> int:
        """A conversation that has waited and is handed over."""
        conversation = await self.here.waiting()
        self.clock.forward(WAITED.total_seconds())
        await self.pass_on(conversation)
        return conversation

    async def guest(self) -> Conversation:
        """It, at the other centre."""
        found: list[Conversation] = []

        async def came() -> bool:
            found[:] = [head for head in await self.stores[1].recent() if not isinstance(head.holder, WithBot)]
            return bool(found)
        await eventually(came)
        return found[0]

    async def taken(self, conversation: int) -> None:
        async def told() -> bool:
            holder = (await self.here.holds(conversation)).holder
            return isinstance(holder, WithRemoteCentre) and holder.taken is not None
        await eventually(told)

    async def held_there(self, operator: Operator = OLGA) -> int:
        guest = await self.guest()
        self.there.ready(operator)
        await self.there.actions.take(operator, guest.id)
        return guest.id


@pytest.fixture
async def two(clock: Clock, russian: Russian) -> AsyncIterator[Two]:
    two = await Two(clock, russian).start()
    yield two
    await two.stop()


async def becomes(rig: Rig, conversation: int, holder: type) -> Conversation:
    found: list[Conversation] = []

    async def so() -> bool:
        found[:] = [await rig.holds(conversation)]
        return isinstance(found[0].holder, holder)
    await eventually(so)
    return found[0]


async def says(rig: Rig, conversation: int, text: str, times: int = 1) -> None:
    async def said() -> bool:
        return (await rig.said(conversation)).count(text) == times
    await eventually(said)


async def test_it_waits_there_with_its_clock_its_number_and_its_journal(two: Two) -> None:
    # RT-08, D3, LV-05
    conversation = await two.away()
    since = two.clock() - WAITED
    guest = await two.guest()
    head = await two.here.holds(conversation)
    assert guest.holder == InQueue("general", since)
    assert (guest.address.channel, guest.address.value) == ("centre.001", head.number)
    assert guest.number != head.number
    assert guest.passed == head.passed
    retold = "\n".join(await two.there.said(guest.id, Author.SYSTEM))
    assert "Заявитель: оператор" in retold
    assert head.number in retold
    await two.taken(conversation)
    assert not isinstance((await two.here.holds(conversation)).holder, InQueue)


async def test_what_comes_twice_is_taken_once(two: Two) -> None:
    # RT-08: it would be taken from the operator who works on it
    conversation = await two.away()
    await two.taken(conversation)
    guest = await two.held_there()
    noted = await two.there.said(guest, Author.SYSTEM)
    await two.there.handover_sender.hear(two.out.sent[0])
    assert isinstance((await two.there.holds(guest)).holder, WithOperator)
    assert await two.there.said(guest, Author.SYSTEM) == noted


async def test_both_sides_talk_as_if_there_were_one_hub(two: Two) -> None:
    # RT-08
    conversation = await two.away()
    number = await two.held_there()
    await two.here.say("Я забыл сказать: у меня двое детей", "more")
    await says(two.there, number, "Я забыл сказать: у меня двое детей")
    await two.there.actions.say(OLGA, number, "k1", "Тогда нужны два свидетельства", internal=False)
    await two.there.actions.say(OLGA, number, "k2", "Проверить регламент", internal=True)
    await says(two.here, conversation, "Тогда нужны два свидетельства")
    await two.here.told()
    assert "Тогда нужны два свидетельства" in [getattr(r.entry, "text", "") for r in two.here.screen.shown]
    await two.there.actions.close(OLGA, number, "other")
    head = await becomes(two.here, conversation, Closed)
    assert head.topic == "other"
    assert "Проверить регламент" not in await two.here.said(conversation)
    assert not await two.stores[0].owed()


async def test_what_a_carrier_brings_is_answered_by_it(two: Two) -> None:
    # RT-08: the operator's reply there leaves by the citizen's own channel here
    conversation = await two.here.waiting(who="+79161234567", channel=Carrier.name)
    await two.pass_on(conversation)
    number = await two.held_there()
    await two.there.actions.say(OLGA, number, "k1", "Приходите завтра", internal=False)

    async def carried() -> bool:
        return "Приходите завтра" in [getattr(each.entry, "text", "") for each in two.here.carrier.carried]
    await eventually(carried)


@pytest.mark.parametrize("why", ["overloaded", "shut"])
async def test_what_is_not_taken_is_back_first_in_its_line(two: Two, why: str) -> None:
    # RT-09, RT-08
    two.there.refuses = lambda _queue, _passed: why
    conversation = await two.away()
    head = await becomes(two.here, conversation, InQueue)
    assert head.holder == InQueue("general", two.clock() - WAITED)
    moves = [r.entry.why for r in await two.stores[0].records(conversation) if isinstance(r.entry, HandedOver)]
    assert moves[-1] == f"returned_{why}"
    assert isinstance((await two.guest()).holder, Closed)
    assert not await two.stores[0].owed()


async def test_what_the_matrix_forbids_goes_back_with_the_matrix_s_word(two: Two) -> None:
    # LV-05: said to whoever sent it, counted at both ends, and in the receiver's audit
    two.there.forbids = lambda _queue, source, head: "wrong_topic" if (source, head.passed[-1].sender) == ("001", "001") else ""
    conversation = await two.away()
    await becomes(two.here, conversation, InQueue)
    moves = [r.entry.why for r in await two.stores[0].records(conversation) if isinstance(r.entry, HandedOver)]
    assert moves[-1] == "returned_wrong_topic"
    guest = await two.guest()
    assert isinstance(guest.holder, Closed)
    audit_entries = [(audit_entry.what, audit_entry.about, audit_entry.detail) for _, audit_entry in await two.stores[1].audit_entries()]
    assert audit_entries == [("pass_refused", str(guest.id), "001: wrong_topic")]
    assert two.there.handover_receiver.refused == two.here.handover_sender.returned == {"wrong_topic": 1}


async def test_it_is_not_taken_twice_for_one_reason(two: Two) -> None:
    # RT-07
    conversation = await two.away()
    number = await two.held_there()
    await two.there.actions.close(OLGA, number, "other")
    await becomes(two.here, conversation, Closed)
    await two.here.say("оператор", "again")
    await becomes(two.here, conversation, InQueue)
    await two.pass_on(conversation)
    await becomes(two.here, conversation, InQueue)
    moves = [r.entry.why for r in await two.stores[0].records(conversation) if isinstance(r.entry, HandedOver)]
    assert moves[-1] == "returned_been_there"


async def test_a_dead_line_makes_a_promise_and_nobody_answers_twice(two: Two) -> None:
    # RT-08, RT-10, SL-05
    two.out.alive = two.back.alive = False
    conversation = await two.away()
    head = await becomes(two.here, conversation, Promised)
    assert head.promise is not None
    assert head.promise.due == two.clock() + DAY
    two.out.alive = two.back.alive = True
    await two.here.settled()
    for parcel in two.out.sent:
        two.out.bring(parcel)
    guest = await two.guest()
    head = await becomes(two.there, guest.id, Closed)
    assert head.promise is None
    assert isinstance((await two.here.holds(conversation)).holder, Promised)


async def test_silence_makes_one_too(two: Two) -> None:
    # RT-08, SL-05: the line is there, and nobody behind it says that he has it
    two.out.keeps = True
    conversation = await two.away()
    await eventually(lambda: _sent(two.out, 1))
    two.clock.forward(9)
    two.here.handover_sender.look()
    await two.here.told()
    assert isinstance((await two.here.holds(conversation)).holder, WithRemoteCentre)
    two.clock.forward(2)
    two.here.handover_sender.look()
    await becomes(two.here, conversation, Promised)
    await two.here.settled()
    assert [parcel.kind for parcel in two.out.sent] == ["conversation.handed", "conversation.withdrawn"]


async def test_whoever_is_reached_no_more_keeps_nobody_else_waiting(two: Two) -> None:
    # RT-08, LV-04: its line was taken out of the settings while it had a conversation
    lost = await two.here.waiting(who="пётр")
    await two.pass_on(lost, to="099")
    await becomes(two.here, lost, Promised)
    conversation = await two.away()
    await two.taken(conversation)


async def test_a_promise_goes_along_and_is_kept_there(two: Two) -> None:
    # SL-05, GV-16: one debt, counted once, with the day that the citizen was told
    conversation = await two.here.waiting()
    two.here.ready(ANNA)
    await two.here.actions.take(ANNA, conversation)
    await two.here.promise_actions.promise(ANNA, conversation, "Узнать в МФЦ")
    await two.here.actions.take(ANNA, conversation)
    due = (await two.here.holds(conversation)).promise
    assert due is not None
    two.clock.forward(60)
    await two.pass_on(conversation)
    number = await two.held_there()
    owed = (await two.there.holds(number)).promise
    assert owed is not None
    assert owed.due == due.due
    await two.there.promise_actions.keep(OLGA, number, "k", "Справка готова")

    async def off() -> bool:
        return (await two.here.holds(conversation)).promise is None
    await eventually(off)
    await two.there.actions.close(OLGA, number, "other")
    await becomes(two.here, conversation, Closed)
    ends = [r.entry.how for store, of in ((two.stores[0], conversation), (two.stores[1], number))
            for r in await store.records(of, limit=200) if isinstance(r.entry, PromiseEnded)]
    assert ends == [PromiseEnd.MOVED, PromiseEnd.KEPT]


async def test_what_is_written_to_what_was_closed_there_comes_back(two: Two) -> None:
    # RT-08: never a loss, whoever was told last
    conversation = await two.away()
    number = await two.held_there()
    two.back.keeps = True
    await two.there.actions.close(OLGA, number, "other")
    await eventually(lambda: _sent(two.back, 3))
    await two.here.say("Ещё вопрос", "late")
    await eventually(lambda: _kind(two.back, "conversation.returned"))
    for parcel in reversed(two.back.sent):
        two.back.bring(parcel)
    await becomes(two.here, conversation, InQueue)
    await two.here.told()
    assert isinstance((await two.here.holds(conversation)).holder, InQueue)


async def test_the_federal_level_is_told_nothing_of_who_it_is(two: Two) -> None:
    # D19, FD-04
    conversation = await two.here.waiting()
    await two.here.say("Мой номер +7 916 123-45-67, почта anna@example.ru", "mine")
    two.here.levels["077"] = Level.FEDERAL
    await two.pass_on(conversation)
    guest = await two.guest()
    assert guest.citizen.name == ""
    sent = b"".join(parcel.data for parcel in two.out.sent).decode()
    assert "123-45" not in sent
    assert "anna@example.ru" not in sent
    assert "Иван" not in sent


async def test_a_restart_finds_what_is_away(two: Two) -> None:
    # RT-08: the owed record is the outbox
    two.out.keeps = True
    conversation = await two.away()
    await eventually(lambda: _sent(two.out, 1))
    await two.here.stop()
    two.here = await Rig(two.stores[0], two.clock, await two.stores[0].newest(), link=two.out, code="001").start()
    await eventually(lambda: _sent(two.out, 2))
    assert two.out.sent[0].id == two.out.sent[1].id
    assert two.here.handover_sender.away == [conversation]
    for parcel in two.out.sent:
        two.out.bring(parcel)
    await two.taken(conversation)
    assert len(await two.stores[1].recent()) == 1


async def test_calls_and_guests_do_not_travel(two: Two) -> None:
    reaches = two.here.remote.reaches
    assert reaches("077", Address("web.chat", "x"))
    assert not reaches("077", Address("voice.asterisk", "+79161234567"))
    assert not reaches("000", Address("web.chat", "x"))
    assert not two.there.remote.reaches("001", Address("centre.001", "x"))


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_the_line_does_one_centre_has_it_and_each_word_is_said_once(two: Two, seed: int) -> None:  # noqa: PLR0912 - all that may happen
    # RT-08, LV-04: parcels are doubled, delayed, and overtake each other
    chance = random.Random(seed)
    two.out.keeps = two.back.keeps = True
    conversation = await two.away()
    brought = {two.out: 0, two.back: 0}
    pool: list[tuple[End, Envelope]] = []
    written, answered = 0, 0

    async def gather() -> None:
        await two.here.told()
        await two.there.told()
        await asyncio.sleep(0)
        for end in brought:
            pool.extend((end, parcel) for parcel in end.sent[brought[end]:] for _ in range(chance.choice((1, 1, 2))))
            brought[end] = len(end.sent)
        chance.shuffle(pool)

    async def bring(most: int) -> None:
        for _ in range(min(most, len(pool))):
            end, parcel = pool.pop()
            await (two.there if end is two.out else two.here).handover_sender.hear(parcel)

    for _ in range(12):
        await gather()
        match chance.choice(("bring", "bring", "write", "answer", "close", "late", "want")):
            case "bring":
                await bring(chance.randint(1, 3))
            case "write":
                written += 1
                await two.here.say(f"слово {written}", f"w{written}")
            case "want" if isinstance((await two.here.holds(conversation)).holder, WithRemoteCentre):
                await wants(two, conversation)
            case "late" if chance.random() < 0.3:
                two.clock.forward(11)
                two.here.handover_sender.look()
            case "answer" | "close" as what:
                for head in await two.stores[1].recent():
                    if isinstance(head.holder, InQueue):
                        two.there.ready(OLGA)
                        await two.there.actions.take(OLGA, head.id)
                    elif isinstance(head.holder, WithOperator) and what == "answer":
                        answered += 1
                        await two.there.actions.say(OLGA, head.id, f"a{answered}", f"ответ {answered}", internal=False)
                    elif isinstance(head.holder, WithOperator):
                        await two.there.actions.close(OLGA, head.id, "other")
            case _:
                pass
    idle = 0
    while idle < 20:
        await gather()
        idle = 0 if pool else idle + 1
        await bring(len(pool))
        await asyncio.sleep(0.002)
    here = await two.here.holds(conversation)
    guests = await two.stores[1].recent()
    assert len(guests) <= 1
    holders = [here.holder, *(guest.holder for guest in guests)]
    holding = [holder for holder in holders if not isinstance(holder, WithRemoteCentre | Closed)]
    assert len(holding) <= 1, holders
    if isinstance(here.holder, WithRemoteCentre):
        assert len(holding) == 1
    said = await two.here.said(conversation)
    assert [said.count(f"слово {n}") for n in range(1, written + 1)] == [1] * written
    assert [said.count(f"ответ {n}") for n in range(1, answered + 1)] == [1] * answered


async def wants(two: Two, conversation: int) -> None:
    head = await two.here.holds(conversation)
    assert isinstance(head.holder, WithRemoteCentre)
    await two.here.handover_sender.want_back(head, head.holder)


async def test_what_nobody_is_at_there_is_taken_back_first_in_its_line(two: Two) -> None:
    # RT-08, LV-05
    conversation = await two.away()
    await two.taken(conversation)
    await wants(two, conversation)
    head = await becomes(two.here, conversation, InQueue)
    assert head.holder == InQueue("general", two.clock() - WAITED)
    assert isinstance((await two.guest()).holder, Closed)
    assert not await two.stores[0].owed()


async def test_what_somebody_is_at_there_stays_and_the_sender_is_told_so(two: Two) -> None:
    # RT-08: nobody takes it out of an operator's hands
    conversation = await two.away()
    number = await two.held_there()
    await two.taken(conversation)
    await wants(two, conversation)
    await says(two.here, conversation, "Центр «077» уже занимается обращением: оно остаётся там.")
    assert isinstance((await two.here.holds(conversation)).holder, WithRemoteCentre)
    assert isinstance((await two.there.holds(number)).holder, WithOperator)


async def test_what_was_promised_before_comes_back_with_its_promise(two: Two) -> None:
    # SL-05: no promise is lost on the way
    conversation = await two.here.waiting()
    two.here.ready(ANNA)
    await two.here.actions.take(ANNA, conversation)
    await two.here.promise_actions.promise(ANNA, conversation, "Узнать в МФЦ")
    await two.here.actions.take(ANNA, conversation)
    two.clock.forward(60)
    await two.pass_on(conversation)
    await two.taken(conversation)
    await wants(two, conversation)
    assert (await becomes(two.here, conversation, InQueue)).promise is not None
    assert (await becomes(two.there, (await two.guest()).id, Closed)).promise is None


async def test_what_is_promised_there_by_somebody_else_stays(two: Two) -> None:
    # SL-05
    conversation = await two.away()
    number = await two.held_there()
    two.clock.forward(60)
    await two.there.promise_actions.promise(OLGA, number, "Узнать")
    await wants(two, conversation)
    await says(two.here, conversation, "Центр «077» уже занимается обращением: оно остаётся там.")
    assert isinstance((await two.there.holds(number)).holder, Promised)


async def test_what_was_promised_there_is_not_given_back_before_it_is_kept(two: Two) -> None:
    # SL-05: whoever handed it over knows of no such promise
    await two.away()
    number = await two.held_there()
    passing = CentreTransfer(two.there.sequencer, two.there.actions, Ladder({}), TOPICS, two.there.handover_sender)
    two.clock.forward(60)
    await two.there.promise_actions.promise(OLGA, number, "Узнать")
    await two.there.actions.take(OLGA, number)
    with pytest.raises(RefusedError) as refused:
        await passing.give_back(OLGA, number, "")
    assert refused.value.code == "promise_open"


async def test_the_wish_may_overtake_what_it_is_about(two: Two) -> None:
    # RT-08
    two.out.keeps = True
    conversation = await two.away()
    await eventually(lambda: _sent(two.out, 1))
    await wants(two, conversation)
    for parcel in reversed(two.out.sent):
        two.out.bring(parcel)
    await becomes(two.here, conversation, InQueue)
    assert [type(head.holder) for head in await two.stores[1].recent()] == [Closed]


async def _sent(end: End, most: int) -> bool:
    return len(end.sent) >= most


async def _kind(end: End, kind: str) -> bool:
    return any(parcel.kind == kind for parcel in end.sent)


async def test_what_is_at_another_centre_is_merged_with_nothing(two: Two) -> None:
    conversation = await two.away()
    other = await two.here.waiting(who="another")
    two.here.ready(ANNA)
    await two.here.actions.take(ANNA, other)
    await two.here.told()
    with pytest.raises(RefusedError) as refused:
        may_merge(await two.here.holds(other), await two.here.holds(conversation), two.clock(), TRAITS)
    assert refused.value.code == "at_centre"
