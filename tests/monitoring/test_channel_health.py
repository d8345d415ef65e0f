"""The pulse of the channels: what is told, when, and what it counts (CH-05)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bots.russian import Russian
from hub.conversations.address import Address
from hub.conversations.conversation import Conversation, WithOperator
from hub.conversations.message import CITIZEN, Author, Message
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.kernel.errors import UnavailableError
from hub.kernel.health import ChannelCounters, Health
from hub.kernel.ids import RecordIds
from hub.monitoring.channel_health import ChannelMonitor, ChannelStatus
from storage.memory import MemoryStore
from tests.rig import Carrier, Screen
from tests.traits import TRAITS

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
TICK_S, TOGETHER_S = 0.02, 0.2


class Moody(Carrier):
    """A carrier whose line comes and goes."""

    state = Health(up=True)

    def health(self) -> Health:
        return self.state


class Ear:
    """Hears what the pulse tells, and when by the loop's clock."""

    def __init__(self) -> None:
        self.carrier, self.screen = Moody(), Screen()
        self.counters = {name: ChannelCounters(lambda: NOW) for name in (Carrier.name, Screen.name)}
        self.channel_monitor = ChannelMonitor({Carrier.name: self.carrier, Screen.name: self.screen}, self.counters, tick_s=TICK_S, together_s=TOGETHER_S)
        self.channel_monitor.on_change.subscribe(lambda beats: self._heard.put_nowait((asyncio.get_running_loop().time(), {b.channel: b for b in beats})))
        self._heard = asyncio.Queue[tuple[float, dict[str, ChannelStatus]]]()
        self.channel_monitor.start()

    async def hears(self) -> tuple[float, dict[str, ChannelStatus]]:
        async with asyncio.timeout(5):
            return await self._heard.get()

    def silent(self) -> bool:
        return self._heard.empty()


@pytest.fixture
async def ear() -> AsyncIterator[Ear]:
    ear = Ear()
    yield ear
    ear.channel_monitor.close()


async def test_a_line_that_is_lost_in_silence_is_noticed(ear: Ear) -> None:
    # CH-05
    ear.carrier.state = Health(up=False, words="нет связи")
    _, beats = await ear.hears()
    assert beats[Carrier.name].health == Health(up=False, words="нет связи")


async def test_many_changes_are_told_together(ear: Ear) -> None:
    # CH-05
    counters = ear.counters[Carrier.name]
    counters.owes(1)
    first, beats = await ear.hears()
    assert beats[Carrier.name].waiting == 1
    for _ in range(1000):
        counters.owes(1)
        await asyncio.sleep(0)
    counters.failed(UnavailableError("SMSC занят"))
    second, beats = await ear.hears()
    assert (beats[Carrier.name].waiting, beats[Carrier.name].error, beats[Carrier.name].failed_at) == (1001, "SMSC занят", NOW)
    assert second - first > TOGETHER_S * 0.9
    counters.went()
    assert (await ear.hears())[1][Carrier.name].error == ""


async def test_nothing_new_is_told_to_nobody(ear: Ear) -> None:
    # CH-05: every driver was asked ten times
    asked = asyncio.Event()
    asyncio.get_running_loop().call_later(TICK_S * 10, asked.set)
    await asked.wait()
    assert ear.silent()


async def test_what_is_stored_is_counted(ear: Ear, russian: Russian) -> None:
    # CH-05: notes are nobody's mail, and what a carrier carries is counted where it is delivered
    store = MemoryStore(russian)
    sequencer = ConversationSequencer(store, RecordIds(), lambda: NOW, {}, TRAITS)
    sequencer.on_commit.show.subscribe(ear.channel_monitor.committed)
    for channel in (Screen.name, Carrier.name):
        head = Conversation(sequencer.new_id(), "077", Address(channel, "1"), NOW, WithOperator("anna", NOW, "general", NOW))
        live = sequencer.add(LiveConversation(head, {}))
        await sequencer.committed_step(live, (Message(Author.OPERATOR, "тайный", NOW, by="anna", internal=True),), head=head)
        assert (ear.counters[channel].last_in, ear.counters[channel].last_out) == (None, None)
        await sequencer.committed_step(live, (Message(CITIZEN, "вопрос", NOW, key="1"), Message(Author.OPERATOR, "ответ", NOW, by="anna")))
    counted = {name: (counters.last_in, counters.last_out) for name, counters in ear.counters.items()}
    assert counted == {Screen.name: (NOW, NOW), Carrier.name: (NOW, None)}
