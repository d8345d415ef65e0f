"""Notices, quiet hours, «СТОП» and a veiled code over a real SMSC: what the hub has works over this driver (CH-15)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bots.russian import Russian
from channels.intake import pump
from channels.sms.smpp import NAME, connect
from hub.conversations.address import Address
from hub.conversations.message import Author, Message
from hub.conversations.sequencer import ConversationSequencer
from hub.kernel.health import ChannelCounters
from hub.notifications.notice import OPTED_OUT, Ground, NoticeState
from hub.notifications.opt_outs import STARTED, STOPPED
from storage.files import FileStore
from storage.memory import MemoryStore
from tests.channels.sms.phone import FROM_CITIZEN, NUMBER, joined, smsc_settings, ucs2
from tests.peers.smsc import Event, Peer
from tests.rig import BOSS, Clock, Rig

pytestmark = pytest.mark.peers

READY = "Ваш паспорт готов."
EVENING, MORNING = datetime(2026, 1, 1, 20, tzinfo=UTC), datetime(2026, 1, 2, 6, tzinfo=UTC)
ADDRESS = Address(NAME, NUMBER)


class Reached(Rig):
    """A hub that reaches telephones through an SMSC."""

    smsc: Peer

    async def hears(self, text: str) -> None:
        """A citizen's telephone shows a text."""
        submits: list[Event] = []
        while text not in joined(submits):
            submits.append(await self.smsc.hear("submit"))

    async def writes(self, text: str) -> None:
        self.smsc.tell("deliver", key=text, pdu=FROM_CITIZEN | ucs2(text))
        await self.smsc.hear("answer", key=text, status=0)


@pytest.fixture
async def hub(tmp_path: Path, russian: Russian, smsc: Peer) -> AsyncIterator[Reached]:
    store = MemoryStore(russian)
    rig = Reached(store, Clock())
    rig.smsc = smsc
    rig.clock.now = datetime(2026, 1, 1, 12, tzinfo=UTC)
    settings: dict[str, object] = {"smscs": [smsc_settings(tmp_path, smsc.port)]}
    channel = connect(settings, rig.message_intake, store, FileStore(tmp_path / "files"), limited=True)
    rig.deliveries._carriers[NAME] = channel  # type: ignore[index]  # the rig has room for one carrier of its own
    rig.deliveries._counters[NAME] = ChannelCounters(rig.clock)  # type: ignore[index]
    await rig.start()
    receiving = asyncio.create_task(pump(channel, rig.message_intake))
    await smsc.hear("bound")
    yield rig
    receiving.cancel()
    await asyncio.gather(receiving, return_exceptions=True)
    await rig.stop()
    await store.close()


@pytest.mark.smoke
async def test_a_notice_begins_a_conversation(hub: Reached) -> None:
    await hub.notification_sender.notify(BOSS.login, "ready-1", ADDRESS, READY, Ground.REQUEST)
    await hub.hears(READY)


async def test_whoever_says_stop_gets_none_until_he_takes_it_back(hub: Reached) -> None:
    await hub.writes("Стоп!")
    await hub.hears(STOPPED.format(start="СТАРТ"))
    refused = await hub.notification_sender.notify(BOSS.login, "ready-1", ADDRESS, READY, Ground.LAW)
    assert (refused.state, refused.why) == (NoticeState.REFUSED, OPTED_OUT)
    await hub.writes("START")
    await hub.hears(STARTED.format(stop="СТОП"))
    await hub.notification_sender.notify(BOSS.login, "ready-2", ADDRESS, READY, Ground.LAW)
    await hub.hears(READY)


async def test_nobody_is_woken(hub: Reached) -> None:
    hub.clock.now = EVENING
    assert (await hub.notification_sender.notify(BOSS.login, "ready-1", ADDRESS, READY, Ground.REQUEST)).due == MORNING
    await hub.notification_sender.notify(BOSS.login, "fire-1", ADDRESS, "Запись отменена.", Ground.REQUEST, urgent=True)
    await hub.hears("Запись отменена.")
    assert joined(hub.smsc.told("submit")) == []
    hub.clock.now = MORNING
    hub.notification_sender.look()
    await hub.hears(READY)


async def test_a_code_goes_out_as_any_text(hub: Reached) -> None:
    sequencer: ConversationSequencer = hub.sequencer
    live = await hub.opener.reach(ADDRESS)
    await sequencer.committed_step(live, (Message(Author.SYSTEM, "Код: 123456", sequencer.now(), veiled=True),))
    await hub.hears("Код: 123456")
