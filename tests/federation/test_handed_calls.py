"""A call at a centre on another deployment: what goes over the link; the sound goes by the trunk (tests/channels/voice)."""

from collections.abc import AsyncIterator, Sequence

import pytest

from bots.russian import Russian
from hub.conversations.address import Address
from hub.conversations.conversation import Closed, Conversation, InQueue, Promised, WithRemoteCentre, hand_to_remote
from hub.conversations.journal import HandedOver, StoredEvent
from hub.conversations.live_signals import LiveSignal
from hub.conversations.message import Author, Message
from hub.conversations.ports import Store
from hub.conversations.transfer_route import TransferHop, TransferReason
from hub.federation.handover_messages import HandedCall, handed
from hub.kernel.health import Health
from hub.link.loopback import Loopback
from hub.organisation.level import Level
from storage.memory import MemoryStore
from tests.federation.test_handover_sender import Two, becomes
from tests.rig import OLGA, PEOPLE, Clock, Rig, eventually
from tests.traits import TRAITS

TELEPHONE, NUMBER = "voice.asterisk", "+79160000191"


class Exchange:
    """The driver as the hub sees it: trunks to some centres, and calls under way."""

    name = TELEPHONE

    def __init__(self, *centres: str) -> None:
        self.centres = frozenset(centres)
        self.calls: set[int] = set()

    def talks(self, conversation: int) -> bool:
        return conversation in self.calls

    async def dial(self, dial: object, answered: object) -> None:
        """Nobody is called."""

    def show(self, conversation: Conversation, records: Sequence[StoredEvent]) -> None:
        """Nobody listens."""

    def signal(self, conversation: int, signal: LiveSignal) -> None:
        """Nobody listens."""

    def health(self) -> Health:
        return Health(True)

    async def close(self) -> None:
        """Nothing is open."""


class Calls(Two):
    def __init__(self, clock: Clock, russian: Russian, there: Exchange) -> None:
        super().__init__(clock, russian)
        self.exchange = Exchange("077")
        self.here.base.doors.open({TELEPHONE: self.exchange})
        self.there.base.doors.open({TELEPHONE: there})

    async def calling(self, number: str = NUMBER) -> int:
        """A caller who has waited, at the other centre."""
        conversation = await self.here.waiting(who=number, channel=TELEPHONE)
        self.exchange.calls.add(conversation)
        await self.pass_on(conversation)
        await self.taken(conversation)
        return conversation


@pytest.fixture
async def calls(clock: Clock, russian: Russian) -> AsyncIterator[Calls]:
    calls = Calls(clock, russian, Exchange("001"))
    await calls.start()
    yield calls
    await calls.stop()


async def test_it_waits_there_as_a_call_with_its_number(calls: Calls) -> None:
    # CH-17, RT-08
    conversation = await calls.calling()
    head, guest = await calls.here.holds(conversation), await calls.guest()
    assert isinstance(head.holder, WithRemoteCentre)
    assert guest.address == Address(f"{TELEPHONE}@001", NUMBER, f"{head.holder.handing}/{head.number}")
    assert (guest.holder, guest.passed) == (InQueue("general", head.holder.waiting_since), head.passed)
    assert TRAITS.number_of(guest.address) == NUMBER
    assert await calls.here.handover_sender.handed_call(conversation) == HandedCall("077", guest.address.thread, NUMBER)
    assert await calls.here.handover_sender.handed_call(await calls.here.waiting(who="another")) is None


async def test_the_federal_level_gets_no_number(calls: Calls) -> None:
    # CH-17, D19
    conversation = await calls.calling()
    head = await calls.here.holds(conversation)
    assert isinstance(head.holder, WithRemoteCentre)
    assert [handed(head, head.holder, (), level, TRAITS).caller for level in (Level.FEDERAL, Level.MUNICIPAL)] == ["", NUMBER]
    written = await calls.here.holds(await calls.here.waiting(who="another"))
    assert handed(written, head.holder, (), Level.MUNICIPAL, TRAITS).caller is None


async def test_what_the_caller_hears_there_is_not_told_here(calls: Calls) -> None:
    # CH-17: it would be read aloud twice
    conversation = await calls.calling()
    guest = await calls.guest()
    live = await calls.there.sequencer.load(guest.id)
    for author, text in ((Author.SYSTEM, "Все операторы заняты"), (Author.OPERATOR, "Записал вас на завтра")):
        await calls.there.sequencer.committed_step(live, (Message(author, text, calls.clock()),))

    async def said() -> bool:
        return "Записал вас на завтра" in await calls.here.said(conversation)
    await eventually(said)
    assert "Все операторы заняты" not in await calls.here.said(conversation)


async def test_a_lost_call_is_promised_here_and_over_there(calls: Calls) -> None:
    # CH-17, SL-05
    conversation = await calls.calling()
    guest = await calls.guest()
    await calls.here.handover_sender.lost_call(conversation)
    assert isinstance((await calls.here.holds(conversation)).holder, Promised)
    await becomes(calls.there, guest.id, Closed)


async def test_a_caller_without_a_number_waits_here_again(calls: Calls) -> None:
    # CH-17: nobody could call back
    conversation = await calls.calling("call:a1-17")
    guest = await calls.guest()
    assert TRAITS.number_of(guest.address) == ""
    await calls.here.handover_sender.lost_call(conversation)
    assert isinstance((await calls.here.holds(conversation)).holder, InQueue)
    await becomes(calls.there, guest.id, Closed)


async def test_a_centre_without_the_number_gives_back_who_has_hung_up(calls: Calls) -> None:
    # CH-17, SL-07: this centre knows whom to call
    conversation = await calls.calling("call:a1-18")
    guest = await calls.guest()
    calls.exchange.calls.clear()
    await calls.there.message_intake.left(guest.address)
    await becomes(calls.here, conversation, Closed)


async def test_a_centre_without_a_trunk_takes_no_call(clock: Clock, russian: Russian) -> None:
    # CH-17
    calls = Calls(clock, russian, Exchange())
    await calls.start()
    try:
        conversation = await calls.here.waiting(who=NUMBER, channel=TELEPHONE)
        calls.exchange.calls.add(conversation)
        await calls.pass_on(conversation)
        await becomes(calls.here, conversation, InQueue)

        async def told() -> bool:
            return calls.here.handover_sender.returned == {"nowhere": 1}
        await eventually(told)
    finally:
        await calls.stop()


async def test_a_call_is_handed_on(store: Store, clock: Clock, russian: Russian) -> None:
    # CH-17, RT-07, RT-08: a second hop, with the number and the clock; its end goes back the same way
    lines = Loopback(("001", "077", "501"))
    codes = {"001": MemoryStore(russian), "077": store, "501": MemoryStore(russian)}
    rigs = [Rig(each, clock, link=lines.link(code), code=code) for code, each in codes.items()]
    first, middle, last = rigs
    for rig, exchange in zip(rigs, (Exchange("077"), Exchange("001", "501"), Exchange("077")), strict=True):
        rig.base.doors.open({TELEPHONE: exchange})
        rig.levels["501"] = Level.MUNICIPAL
        for operator in PEOPLE:
            await rig.store.put(operator)
        await rig.start()
    try:
        begun = await first.waiting(who=NUMBER, channel=TELEPHONE)
        since = clock()
        clock.forward(7)
        await hands_on(first, begun, "001", "077")
        second = await arrived(middle)
        await hands_on(middle, second.id, "077", "501")
        third = await arrived(last)
        assert (third.address.channel, third.address.value, third.holder) == (f"{TELEPHONE}@077", NUMBER, InQueue("general", since))
        assert [each.receiver for each in third.passed] == ["077", "501"]
        last.ready(OLGA)
        await last.actions.take(OLGA, third.id)
        await last.actions.close(OLGA, third.id, "other")
        await becomes(middle, second.id, Closed)
        await becomes(first, begun, Closed)
    finally:
        for rig in rigs:
            await rig.stop()


async def hands_on(rig: Rig, conversation: int, own: str, to: str) -> None:
    live, now = await rig.sequencer.load(conversation), rig.clock()
    hop = TransferHop(own, to, TransferReason.MFC_CONSULTATION, now)
    after = hand_to_remote(live.head, hop, rig.remote.key(conversation), now)
    await rig.sequencer.committed_step(live, (HandedOver(now, after.holder, hop.reason),), head=after)


async def arrived(rig: Rig) -> Conversation:
    """Wait for the only conversation in its queues."""
    found: list[Conversation] = []

    async def so() -> bool:
        found[:] = await rig.store.waiting([])
        return bool(found)
    await eventually(so)
    return found[0]


def test_what_reaches_whom(calls: Calls) -> None:
    # CH-17: a call may be handed on, not back by the same way; what is written may not
    remote = calls.here.remote
    assert remote.reaches("077", Address(TELEPHONE, NUMBER))
    assert remote.reaches("077", Address(f"{TELEPHONE}@501", NUMBER, "1-2/3"))
    assert not remote.reaches("077", Address(f"{TELEPHONE}@077", NUMBER, "1-2/3"))
    assert not remote.reaches("502", Address(TELEPHONE, NUMBER))
    assert remote.reaches("077", Address("web.chat", "one"))
    assert not remote.reaches("077", Address("centre.501", "1", "1-2"))
