"""SMSCs that dribble, fall silent or send without end: the hub hangs up, says why, comes again, and loses nothing (SE-02, CH-05, CH-06)."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from bots.russian import Russian
from channels.sms.pdu import Command, packed
from channels.sms.smpp import NAME, Smpp
from hub.conversations.address import Address
from tests.channels.line import PATIENCE_S
from tests.channels.room import Room, ValvedSqlite, room_with
from tests.channels.sms.phone import NUMBER, driver, pumped, smsc_settings
from tests.peers.bad_smsc import BadSmsc, Link, Manner, bad_smsc, message
from tests.rig import eventually

TIMEOUT_S, DRIBBLE_S = 0.3, 0.05
"""The hub's patience, which is 10 s; and what a dribbling SMSC rests after each octet."""
IMPATIENT = {"timeout_s": TIMEOUT_S, "enquire_s": 0.1}


async def never_binds(link: Link) -> None:
    await link.reader.read()


async def dribbles_its_answer_to_the_bind(link: Link) -> None:
    command, sequence, _ = await link.pdu()
    await link.dribble(packed(command | 0x80000000, sequence, b"slow\0"), DRIBBLE_S)


async def speaks_before_the_bind_and_never_of_it(link: Link) -> None:
    await link.dribble(message(b"hello"), 0)
    await link.reader.read()


async def half_open(link: Link) -> None:
    await link.bound()
    await asyncio.Event().wait()


async def dribbles_a_message(link: Link) -> None:
    await link.bound()
    await link.dribble(message(b"hello" * 20), DRIBBLE_S)


async def answers_nothing_but_enquiries(link: Link) -> None:
    await link.bound()
    while True:
        if (told := await link.pdu())[0] == Command.ENQUIRE_LINK:
            link.answer(told)


def says(length: int) -> Manner:
    async def manner(link: Link) -> None:
        await link.bound()
        link.writer.write(struct.pack(">L", length) + b"\0" * 12)
        while (await link.pdu())[0] != Command.GENERIC_NACK:
            pass
        assert link.status == 2
        assert await link.reader.read() == b""
    return manner


def without_end(frame: bytes, *, reads: bool) -> Manner:
    async def manner(link: Link) -> None:
        await link.bound()
        reading = asyncio.create_task(link.reader.read() if not reads else _read(link))
        try:
            while True:
                link.writer.write(frame * 1000)
                await link.writer.drain()
        finally:
            reading.cancel()
    return manner


async def _read(link: Link) -> None:
    while await link.reader.read(1 << 16):
        pass


MUTE, FOREIGN, FLOOD = "SMSC не отвечает", "SMSC прислал то, что не является PDU", "SMSC без конца присылает пустое"
MANNERS: dict[str, tuple[Manner, str]] = {
    "never binds": (never_binds, MUTE), "dribbles its answer to the bind": (dribbles_its_answer_to_the_bind, MUTE),
    "speaks before the bind": (speaks_before_the_bind_and_never_of_it, MUTE), "half open": (half_open, MUTE),
    "dribbles a message": (dribbles_a_message, MUTE),
    **{f"says {length} octets": (says(length), FOREIGN) for length in (0, 4, 15, 1 << 31, 0xFFFFFFFF)},
    "enquires without end": (without_end(packed(Command.ENQUIRE_LINK, 1), reads=True), FLOOD),
    "enquires without end and takes no answer": (without_end(packed(Command.ENQUIRE_LINK, 1), reads=False), FLOOD),
    "answers without end what nobody has asked": (without_end(packed(0x80000004, 9999), reads=True), FLOOD),
    "sends broken messages without end": (without_end(packed(Command.DELIVER_SM, 1, b"\0\1"), reads=True), FLOOD)}


@asynccontextmanager
async def hub_at(far: BadSmsc, good: BadSmsc, folder: Path, russian: Russian) -> AsyncIterator[tuple[Room, Smpp]]:
    """A hub with an SMSC that will be bad, and a good one."""
    smscs = [smsc_settings(folder, far.port, name="bad", **IMPATIENT), smsc_settings(folder, good.port, name="good")]
    async with room_with(partial(driver, {"smscs": smscs}), ValvedSqlite, folder, russian) as room, pumped(room) as channel:
        yield room, channel


@pytest.mark.parametrize(("manner", "why"), MANNERS.values(), ids=list(MANNERS))
async def test_whatever_an_smsc_does_to_its_link(manner: Manner, why: str, tmp_path: Path, russian: Russian) -> None:
    # SE-02, CH-06
    told, over = asyncio.Event(), asyncio.Event()

    async def kept_away(link: Link) -> None:
        """The next link waits until the hub has told why there was none."""
        await told.wait()
        await link.bound()
        assert await link.bring(b"again") == 0
        over.set()
        await link.listens()

    async def another(link: Link) -> None:
        await link.bound()
        assert await link.bring(b"meanwhile") == 0
        over.set()
        await link.listens()

    async with bad_smsc(manner, then=kept_away) as far, bad_smsc(another) as good, hub_at(far, good, tmp_path, russian) as (room, channel):
        async def said_so() -> bool:
            return f"bad: нет связи ({why})" in channel.health().words
        await eventually(said_so)
        async with asyncio.timeout(PATIENCE_S):
            await over.wait()
        assert channel.health().up  # by the other one
        over.clear()
        told.set()
        async with asyncio.timeout(PATIENCE_S):
            await over.wait()

        async def both_came() -> bool:
            head = await room.intake.find(Address(NAME, NUMBER))
            said = await room.said(head.id) if head else []
            return said.count("meanwhile") == said.count("again") == 1
        await eventually(both_came)


@pytest.mark.parametrize("manner", [half_open, answers_nothing_but_enquiries])
async def test_what_was_under_way_to_a_silent_smsc_goes_by_the_other(manner: Manner, tmp_path: Path, russian: Russian) -> None:
    # CH-06
    async def another(link: Link) -> None:
        await link.bound()
        assert await link.bring(b"hello") == 0
        await link.listens()

    async with bad_smsc(manner) as far, bad_smsc(another) as good, hub_at(far, good, tmp_path, russian) as (room, _):
        async def came() -> bool:
            return await room.intake.find(Address(NAME, NUMBER)) is not None
        await eventually(came)
        head = await room.intake.find(Address(NAME, NUMBER))
        assert head is not None
        await room.hand_to_anna(head.id)
        await room.anna_writes(head.id, "Your paper is ready")

        async def arrived() -> bool:
            return any(b"Your paper is ready" in body for body in far.submitted + good.submitted)
        await eventually(arrived)
