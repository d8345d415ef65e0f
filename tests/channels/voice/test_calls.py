"""Real calls through a real Asterisk to the hub's FastAGI (CH-01, CH-10, SL-02)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from channels.voice import events
from channels.voice.agi import Agi, Session
from tests.channels.line import PATIENCE_S
from tests.channels.voice.listening import Ear, at
from tests.peers.asterisk import Asterisk
from tests.peers.scenarios import press, wait
from tests.peers.sipp import Town, town


class Hub:
    """Hands the sessions of each place of the dial plan to the test, which does with them what it likes."""

    def __init__(self) -> None:
        self._sessions: dict[str, asyncio.Queue[Session]] = {place: asyncio.Queue() for place in ("incoming", "operator", "after", "called", "phone")}
        self._finished: dict[Session, asyncio.Event] = {}
        self.agi = Agi({place: self._waiting(place) for place in self._sessions})

    async def at(self, place: str) -> Session:
        async with asyncio.timeout(PATIENCE_S):
            return await self._sessions[place].get()

    def finish(self, session: Session) -> None:
        self._finished[session].set()

    def _waiting(self, place: str):  # type: ignore[no-untyped-def]
        async def handle(session: Session) -> None:
            self._finished[session] = asyncio.Event()
            self._sessions[place].put_nowait(session)
            await self._finished[session].wait()
        return handle


@pytest.fixture
async def hub(exchange: Asterisk) -> AsyncIterator[Hub]:
    ours = Hub()
    await ours.agi.start("127.0.0.1", exchange.hub)
    yield ours
    await ours.agi.close()


@pytest.fixture
async def around(exchange: Asterisk, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(exchange, tmp_path) as those:
        yield those


@pytest.fixture
async def ear(exchange: Asterisk) -> AsyncIterator[Ear]:
    async with at(exchange) as listening:
        yield listening


async def test_a_call_from_end_to_end(hub: Hub, around: Town, ear: Ear) -> None:
    citizen = await around.calls(wait(1.5), press("7"), number="79160000001", dialled="88001234567")
    session = await hub.at("incoming")
    assert (session.env["agi_callerid"], session.env["agi_extension"]) == ("79160000001", "88001234567")
    await session.answer()
    assert await session.stream_file("activated", "") == ""
    await session.music(on=True)
    assert await session.wait_for_digit(PATIENCE_S) == "7"
    await session.music(on=False)
    await session.go("hub-bye")
    hub.finish(session)
    await citizen.over()
    over = await ear.hears(events.Hangup, lambda event: event.uniqueid == session.uniqueid)
    assert (over.cause, over.number) == (16, "79160000001")
    record = await ear.hears(events.Cdr, lambda event: event.uniqueid == session.uniqueid)
    assert (record.number, record.dialled, record.disposition, record.userfield) == ("79160000001", "s", "ANSWERED", "")


async def test_key_stops_a_prompt(hub: Hub, around: Town) -> None:
    await around.calls(wait(0.2), press("4"))
    session = await hub.at("incoming")
    await session.answer()
    assert await session.stream_file("demo-instruct") in {"4", ""}
