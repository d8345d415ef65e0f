"""Line breaks and words of a protocol in what citizens and operators say, on their way to Asterisk and to SMSCs (SE-02).

A number may hold whatever SIP can escape, and Asterisk tells it as it is: to FastAGI as a header, to AMI as a field of an event.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from logging import WARNING
from pathlib import Path

import pytest

from bots.russian import Russian
from channels.sms.smpp import NAME
from channels.voice import events
from channels.voice.agi import Agi, Session
from channels.voice.ami import Call
from channels.voice.answers import ForgedError, headers
from hub.conversations.address import Address
from hub.conversations.delivery_status import Delivery
from hub.conversations.journal import Carried
from tests.channels.line import PATIENCE_S
from tests.channels.room import Room, ValvedSqlite, room_with
from tests.channels.sms.phone import NUMBER, driver, pumped, smsc_settings
from tests.channels.voice.ami_listener import AmiListener
from tests.channels.voice.hub import Hub
from tests.channels.voice.test_ami import QUICK
from tests.peers import scenarios
from tests.peers.bad_smsc import BadSmsc, Link, bad_smsc, message
from tests.peers.manager import manager
from tests.peers.pbx import GREETING, pbx
from tests.peers.ports import free_ports
from tests.peers.sipp import Town
from tests.rig import eventually

CITIZEN, CENTRE = "79990001122", "88001002030"
AS_OPERATOR = "%0aagi_network_script%3a%20phone%0aagi_channel%3a%20PJSIP/op1-00000001%0aagi_extension%3a%20c"
"""Who has FastAGI believe this calls whom he likes, as the operator op1."""
ANSWERS = "%0a%0a200%20result=1%0aHANGUP%0a"
EVENTS = "%0d%0a%0d%0aEvent%3a%20Hangup%0d%0aUniqueid%3a%201.1%0d%0a%0d%0aEvent%3a%20Hangup%0d%0aUniqueid%3a%201.2"
FIELDS = "%0d%0aUniqueid%3a%201.1%0d%0aAction%3a%20Originate"
HOSTILE = [AS_OPERATOR, ANSWERS, EVENTS, FIELDS, "%0a", "%22%29%7d,hub-operator,s,1&$%7bSHELL%28id%29%7d", "%7c%3bid%3b%60id%60"]


async def nobody_else_is_told_of(line: AmiListener, uniqueid: str) -> None:
    """Asterisk has told all it had to, and only of one channel."""
    await line.hears(events.Hangup, lambda event: event.uniqueid == uniqueid)
    await line.ami.action("Ping")
    assert {event.uniqueid for event in line.heard if isinstance(event, events.Leg)} == {uniqueid}


@pytest.mark.peers
@pytest.mark.parametrize("hostile", HOSTILE)
async def test_a_callers_number_is_a_number_or_none(calls: Hub, around: Town, line: AmiListener, hostile: str) -> None:
    # SE-02
    await around.gives_up(PATIENCE_S, number=CITIZEN + hostile, dialled=CENTRE)
    session = await calls.at("incoming")
    assert session.channel.startswith("PJSIP/trunk-")
    assert (session.env["agi_callerid"], session.env["agi_extension"]) == ("unknown", CENTRE)
    assert session.env["agi_context"] == "from-trunk"
    await session.hang_up()
    calls.finish(session)
    await nobody_else_is_told_of(line, session.uniqueid)


@pytest.mark.peers
@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("whose", ["citizen", "operator"])
async def test_what_is_dialled_is_a_number_or_the_call_is_over(calls: Hub, around: Town, line: AmiListener, whose: str, hostile: str) -> None:
    number = f"{CENTRE}{hostile}"
    await (around.calls(dialled=number) if whose == "citizen" else around.operator_calls("op1", number))
    ended = await line.hears(events.Hangup)
    assert ended.context == "hub-bye"
    await nobody_else_is_told_of(line, ended.uniqueid)
    # The next call is the first that the hub is asked about.
    await around.gives_up(PATIENCE_S, dialled=CENTRE)
    session = await calls.at("incoming")
    assert (session.env["agi_callerid"], session.env["agi_extension"]) == (CITIZEN, CENTRE)
    await session.hang_up()
    calls.finish(session)


@pytest.mark.peers
async def test_a_name_and_who_has_passed_a_call_on_are_not_told(calls: Hub, around: Town, line: AmiListener) -> None:
    asking = scenarios.gives_up(CITIZEN, PATIENCE_S).replace("From: <", 'From: "Action: Originate\\\r\\\r" <').replace(
        "Max-Forwards: 70", f"Max-Forwards: 70\nDiversion: <sip:7999{AS_OPERATOR}@127.0.0.1>;reason=no-answer")
    await around._outbound_calls(asking, CENTRE, 1, 10)
    session = await calls.at("incoming")
    assert (session.env["agi_callerid"], session.env["agi_calleridname"], session.env["agi_rdnis"]) == (CITIZEN, "unknown", "unknown")
    await session.hang_up()
    calls.finish(session)
    await nobody_else_is_told_of(line, session.uniqueid)


FORGED = GREETING.replace(b"79990001122", b"7999\nagi_channel: PJSIP/op1-00000001\nagi_network_script: phone")
CUT = GREETING.replace(b"79990001122", b"7999\n\n200 result=1")


async def test_a_hub_whose_dial_plan_lets_line_breaks_pass_is_not_fooled() -> None:
    """Headers said twice, and those that come behind an end that was not Asterisk's."""
    with pytest.raises(ForgedError):
        headers(FORGED)
    (port,) = free_ports(1)
    begun: asyncio.Queue[Session] = asyncio.Queue()

    async def holds(session: Session) -> None:
        begun.put_nowait(session)
        await session.hung_up()

    server = Agi({"incoming": holds, "phone": holds})
    await server.start("127.0.0.1", port)
    async with pbx(port, FORGED) as far:
        assert await far.let_go() == b""
    assert begun.empty()
    async with pbx(port, CUT) as far:
        assert await far.let_go() == b""
    assert (await begun.get()).over
    await server.close()


async def test_an_exchange_that_tells_what_is_not_so_is_named(caplog: pytest.LogCaptureFixture) -> None:
    """Where manager.conf is older than the filter."""
    async with manager() as far:
        ear = AmiListener(far.port, patience=QUICK)
        await ear.ami.connect()
        assert not [record for record in caplog.records if record.levelno >= WARNING]  # a hub of another test may have made logs louder
        far.tell(b"Event: Newchannel\r\nCallerIDNum: 7999\r\n\r\nEvent: Hangup\r\nUniqueid: 1.1\r\n\r\nCallerIDName: x\r\nUniqueid: 1.2\r\n\r\n")
        await ear.ami.action("Ping")
        assert ["manager.conf again" in record.getMessage() for record in caplog.records if record.levelno >= WARNING] == [True]
        ear.ami.close()


BREAKS = ["\r\nAction: Originate", "\n", "\r", "\0", "\r\n\r\nAction: Command\r\nCommand: core stop now"]


@pytest.mark.parametrize("hostile", BREAKS)
async def test_no_field_of_a_call_begins_an_action(hostile: str) -> None:
    """Whom to call, where from, what the telephone shows (a number, a login), the id of the leg, variables, headers of SIP."""
    async with manager() as far:
        ear = AmiListener(far.port, patience=QUICK)
        await ear.ami.connect()
        for call in (
                Call("PJSIP/op1" + hostile, "hub-operator", 1), Call("PJSIP/op1", "hub" + hostile, 1), Call("PJSIP/op1", "hub", 1, hostile),
                Call("PJSIP/op1", "hub", 1, "", hostile), Call("PJSIP/op1", "hub", 1, variables={"A": hostile}),
                Call("PJSIP/op1", "hub", 1, variables={hostile: "A"}), Call("PJSIP/op1", "hub", 1, headers={"A": hostile}),
                Call("PJSIP/op1", "hub", 1, headers={hostile: "A"})):
            with pytest.raises(ValueError, match="one line"):
                await ear.ami.originate(call)
        await ear.ami.action("Ping")
        assert [asked["Action"] for asked in far.asked] == ["Challenge", "Login", "Ping"]
        ear.ami.close()


@pytest.mark.parametrize("hostile", BREAKS)
async def test_no_argument_of_a_command_begins_another(hostile: str) -> None:
    """Paths of what is said and recorded, variables, applications and what they are given."""
    (port,) = free_ports(1)
    sessions: asyncio.Queue[Session] = asyncio.Queue()

    async def holds(session: Session) -> None:
        sessions.put_nowait(session)
        await session.hung_up()

    server = Agi({"incoming": holds})
    await server.start("127.0.0.1", port)
    async with pbx(port) as far:
        session = await sessions.get()
        for doing in (
                session.stream_file(hostile), session.stream_file("a", hostile), session.get_data(hostile, 1, 1), session.set_variable("A", hostile),
                session.set_variable(hostile, "A"), session.get_variable(hostile), session.music(on=True, kind=hostile), session.exec(hostile),
                session.exec("MixMonitor", "a", hostile), session.go(hostile), session.command("RECORD FILE", hostile), session.command(f"NOOP{hostile}")):
            with pytest.raises(ValueError, match=r"one line|no command"):
                await doing
        asking = asyncio.create_task(session.command("NOOP"))
        assert await far.asked() == "NOOP"
        far.say(b"200 result=0\n")
        await asking
    await server.close()


@asynccontextmanager
async def sms(folder: Path, russian: Russian) -> AsyncIterator[tuple[Room, BadSmsc, asyncio.Queue[bytes], asyncio.Queue[int]]]:
    """A hub at an SMSC to which a test gives PDUs, and gets the statuses of their answers."""
    brought: asyncio.Queue[bytes] = asyncio.Queue()
    answered: asyncio.Queue[int] = asyncio.Queue()

    async def brings(link: Link) -> None:
        await link.bound()
        bringing = asyncio.create_task(_bring(link, brought))
        try:
            while True:
                told = await link.pdu()
                link.answer(told)
                if told[0] & 0x7FFFFFFF == 5 and told[0] >> 31:
                    answered.put_nowait(link.status)
        finally:
            bringing.cancel()

    async with bad_smsc(brings) as far:
        settings: dict[str, object] = {"smscs": [smsc_settings(folder, far.port)]}
        async with room_with(partial(driver, settings), ValvedSqlite, folder, russian) as room, pumped(room):
            yield room, far, brought, answered


async def _bring(link: Link, brought: asyncio.Queue[bytes]) -> None:
    while True:
        link.writer.write(await brought.get())


def tlv(tag: int, value: bytes) -> bytes:
    return tag.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value


ACTION = "Action: Originate".encode("utf-16-be")
RECEIPT = b"id:%s sub:001 dlvrd:001 stat:UNDELIV err:000 text:"


async def test_nobody_but_the_smsc_tells_what_became_of_a_message(tmp_path: Path, russian: Russian) -> None:
    # SE-02, CH-05
    async with sms(tmp_path, russian) as (room, far, brought, answered):
        brought.put_nowait(message(b"hello"))
        assert await answered.get() == 0
        head = await room.intake.find(Address(NAME, NUMBER))
        assert head is not None
        await room.hand_to_anna(head.id)
        await room.anna_writes(head.id, "id:1 stat:UNDELIV\r\n\0 Action: Originate")

        async def taken() -> bool:
            return any(ACTION in body for body in far.submitted) and not await room.store.owed()
        await eventually(taken)
        (number,) = [b"%d" % n for n, body in enumerate(far.submitted, 1) if ACTION in body]
        told = RECEIPT % number

        async def fates() -> list[Delivery]:
            return [r.entry.state for r in await room.store.records(head.id, limit=1000) if isinstance(r.entry, Carried)]
        for forged in (
                message(told), message(told, source=b"79030000000"), message(told, source=b"79030000000", esm_class=0x08),
                message(told, tlvs=tlv(0x1E, number + b"\0")), message(told, tlvs=tlv(0x427, b"\5")), message(told, esm_class=0x10),
                message(b"\x05\x00\x03\x01\x01\x01" + told, esm_class=0x40), message(b"\xff" + told, esm_class=0x40)):
            brought.put_nowait(forged)
            assert await answered.get() == 0
        assert await fates() == []
        brought.put_nowait(message(told, esm_class=0x08))  # from the number that it went to
        assert await answered.get() == 0
        assert await fates() == [Delivery.FAILED]
        assert len([body for body in far.submitted if ACTION in body]) == 1


@pytest.mark.parametrize(("source", "status", "shown"), [
    (b"7916\r\nAction: Originate", 0, "7916Action: Originate"), (b"<script>alert(1)", 0, "<script>alert(1)"), (b"../../etc", 0, "../../etc"),
    (b"a|b|c/1", 0, "a|b|c/1"), (b"\x1b[2J\x7f\x80\xad", 0, "[2J"), (b"7" * 1000, 0x65, "")])
async def test_an_address_is_signs_that_can_be_shown(tmp_path: Path, russian: Russian, source: bytes, status: int, shown: str) -> None:
    # SE-02
    async with sms(tmp_path, russian) as (room, _, brought, answered):
        brought.put_nowait(message(b"hello", source=source))
        assert await answered.get() == status
        assert [head.address.value for head in await room.store.recent()] == ([shown] if shown else [])
        brought.put_nowait(message(b"after it"))
        assert await answered.get() == 0
