"""Line breaks and words of a protocol in what citizens and operators say, on their way to Asterisk and to SMSCs (SE-02).

A number may hold whatever SIP can escape, and Asterisk tells it as it is: to FastAGI as a header, to AMI as a field of an event.
"""

import asyncio

import pytest

from channels.voice import events
from channels.voice.agi import Agi, Session
from channels.voice.ami import Call
from channels.voice.answers import ForgedError, headers
from tests.channels.line import PATIENCE_S
from tests.channels.voice.hub import Hub
from tests.channels.voice.listening import Ear
from tests.channels.voice.test_ami import QUICK
from tests.peers import scenarios
from tests.peers.manager import manager
from tests.peers.pbx import GREETING, pbx
from tests.peers.ports import free_ports
from tests.peers.sipp import Town

CITIZEN, CENTRE = "79990001122", "88001002030"
AS_OPERATOR = "%0aagi_network_script%3a%20phone%0aagi_channel%3a%20PJSIP/op1-00000001%0aagi_extension%3a%20c"
"""Who has FastAGI believe this calls whom he likes, as the operator op1."""
ANSWERS = "%0a%0a200%20result=1%0aHANGUP%0a"
EVENTS = "%0d%0a%0d%0aEvent%3a%20Hangup%0d%0aUniqueid%3a%201.1%0d%0a%0d%0aEvent%3a%20Hangup%0d%0aUniqueid%3a%201.2"
FIELDS = "%0d%0aUniqueid%3a%201.1%0d%0aAction%3a%20Originate"
HOSTILE = [AS_OPERATOR, ANSWERS, EVENTS, FIELDS, "%0a", "%22%29%7d,hub-operator,s,1&$%7bSHELL%28id%29%7d", "%7c%3bid%3b%60id%60"]


async def nobody_else_is_told_of(line: Ear, uniqueid: str) -> None:
    """Asterisk has told all it had to, and only of one channel."""
    await line.hears(events.Hangup, lambda event: event.uniqueid == uniqueid)
    await line.ami.action("Ping")
    assert {event.uniqueid for event in line.heard if isinstance(event, events.Leg)} == {uniqueid}


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_a_callers_number_is_a_number_or_none(calls: Hub, around: Town, line: Ear, hostile: str) -> None:
    # SE-02
    await around.gives_up(PATIENCE_S, number=CITIZEN + hostile, dialled=CENTRE)
    session = await calls.at("incoming")
    assert session.channel.startswith("PJSIP/trunk-")
    assert (session.env["agi_callerid"], session.env["agi_extension"]) == ("unknown", CENTRE)
    assert session.env["agi_context"] == "from-trunk"
    await session.hang_up()
    calls.finish(session)
    await nobody_else_is_told_of(line, session.uniqueid)


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("whose", ["citizen", "operator"])
async def test_what_is_dialled_is_a_number_or_the_call_is_over(calls: Hub, around: Town, line: Ear, whose: str, hostile: str) -> None:
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


async def test_a_name_and_who_has_passed_a_call_on_are_not_told(calls: Hub, around: Town, line: Ear) -> None:
    asking = scenarios.gives_up(CITIZEN, PATIENCE_S).replace("From: <", 'From: "Action: Originate\\\r\\\r" <').replace(
        "Max-Forwards: 70", f"Max-Forwards: 70\nDiversion: <sip:7999{AS_OPERATOR}@127.0.0.1>;reason=no-answer")
    await around._calling(asking, CENTRE, 1, 10)
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


BREAKS = ["\r\nAction: Originate", "\n", "\r", "\0", "\r\n\r\nAction: Command\r\nCommand: core stop now"]


@pytest.mark.parametrize("hostile", BREAKS)
async def test_no_field_of_a_call_begins_an_action(hostile: str) -> None:
    """Whom to call, where from, what the telephone shows (a number, a login), the id of the leg, variables, headers of SIP."""
    async with manager() as far:
        ear = Ear(far.port, patience=QUICK)
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
