"""A session as its transport sees it: what is too much at once, and answers that come too late."""

import asyncio
import struct

import pytest

from channels.sms.pdu import HEADER, Command, Header, Sm, packed
from channels.sms.session import MOST_UNANSWERED, LinkLostError, Session, SmscEndpoint
from tests.channels.sms.vectors import PDUS

WAY = SmscEndpoint("127.0.0.1", 2775, "okno", "secret", "", Command.BIND_TRANSCEIVER, 2, 30, 0.05, None)


class Wire(asyncio.Transport):
    """The far end of a session's octets."""

    def __init__(self) -> None:
        super().__init__()
        self.written, self.reading = b"", True
        self.aborted = asyncio.Event()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        """What was written is never taken."""

    def abort(self) -> None:
        self.aborted.set()

    def commands(self) -> list[tuple[int, int]]:
        """Commands and sequence numbers of what was written."""
        found, at = [], 0
        while at < len(self.written):
            length, command, _, sequence = HEADER.unpack_from(self.written, at)
            found.append((command, sequence))
            at += length
        return found


async def test_an_smsc_that_brings_too_much_at_once_is_read_no_more_until_half_is_answered() -> None:
    came: list[Header] = []

    def keep(session: Session, header: Header, sm: Sm) -> None:
        came.append(header)

    session, wire = Session(WAY, keep), Wire()
    session.connection_made(wire)
    for n in range(MOST_UNANSWERED):
        assert wire.reading
        session.data_received(PDUS["ucs2"][:12] + struct.pack(">L", n + 1) + PDUS["ucs2"][16:])
    assert not wire.reading
    for header in came[:MOST_UNANSWERED // 2 - 1]:
        session.answer(header, 0)
    assert not wire.reading
    session.answer(came[-1], 0)
    assert wire.reading
    session.connection_lost(None)


async def test_an_smsc_that_takes_no_answers_is_asked_for_no_more_and_holds_no_connection() -> None:
    # SE-02
    session, wire = Session(WAY, lambda *_: None), Wire()
    session.connection_made(wire)
    session.pause_writing()
    assert not wire.reading
    session.resume_writing()
    assert wire.reading
    session.end("over")
    with pytest.raises(LinkLostError):
        await session.submit(b"x")
    await wire.aborted.wait()
    session.connection_lost(None)
    assert session.ended.result() == "over"


async def test_an_answer_that_comes_too_late_is_passed_over_and_frees_nothing_twice() -> None:
    session, wire = Session(WAY, lambda *_: None), Wire()
    session.connection_made(wire)
    late = asyncio.create_task(session.submit(b"first"))
    with pytest.raises(LinkLostError, match="не отвечает"):
        await late
    session.data_received(packed(Command.SUBMIT_SM | 0x80000000, wire.commands()[0][1], b"1\0"))
    assert session._under_way == 0
    second = asyncio.create_task(session.submit(b"second"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    session.data_received(packed(Command.SUBMIT_SM | 0x80000000, wire.commands()[-1][1], b"2\0"))
    assert await second == "2"
    session.connection_lost(None)


async def test_whoever_asks_a_lost_session_is_told_so() -> None:
    session, wire = Session(WAY, lambda *_: None), Wire()
    session.connection_made(wire)
    waiting = [asyncio.create_task(session.submit(b"x")) for _ in range(5)]
    await asyncio.sleep(0)
    session.connection_lost(ConnectionResetError("reset"))
    assert {type(each) for each in await asyncio.gather(*waiting, return_exceptions=True)} == {LinkLostError}
    with pytest.raises(LinkLostError):
        await session.submit(b"x")
    assert session.ended.result() == "reset"
