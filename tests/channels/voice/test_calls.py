"""Real calls through a real Asterisk to the hub's FastAGI (CH-01, CH-08, CH-10, SL-02)."""

import asyncio
from pathlib import Path

import pytest

from channels.voice import events
from channels.voice.agi import FailedError, HungUpError, Session
from channels.voice.ami import Call
from channels.voice.answers import LINE_BYTES, READABLE_BYTES, USAGE, command
from tests.channels.line import PATIENCE_S
from tests.channels.voice.ami_listener import AmiListener
from tests.channels.voice.hub import Hub, hub_at
from tests.peers.asterisk import Asterisk
from tests.peers.scenarios import press, wait
from tests.peers.sipp import Town

pytestmark = pytest.mark.peers

MANY = 20


async def waiting(hub: Hub) -> Session:
    """A caller who hears music."""
    session = await hub.at("incoming")
    await session.answer()
    await session.music(on=True)
    return session


async def over(line: AmiListener, session: Session) -> events.Hangup:
    return await line.hears(events.Hangup, lambda event: event.uniqueid == session.uniqueid)


@pytest.mark.smoke
async def test_a_call_from_end_to_end(hub: Hub, around: Town, line: AmiListener) -> None:
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
    ended = await over(line, session)
    assert (ended.cause, ended.number) == (16, "79160000001")
    record = await line.hears(events.Cdr, lambda event: event.uniqueid == session.uniqueid)
    assert (record.number, record.disposition, record.userfield) == ("79160000001", "ANSWERED", "")
    # What SIPp saw: the hub's answer took no longer than a person notices.
    invited, answered = await citizen.until("INVITE"), await citizen.until("SIP/2.0 200")
    assert 0 < answered.at - invited.at < 1


async def test_keys_while_a_prompt_plays(hub: Hub, around: Town) -> None:
    await around.calls(wait(0.8), press("4"), wait(0.5), press("25#"))
    session = await hub.at("incoming")
    await session.answer()
    assert await session.stream_file("demo-instruct") == "4"
    assert await session.get_data("demo-instruct", 3, 6) == "25"


async def test_no_key(hub: Hub, around: Town) -> None:
    await around.calls()
    session = await hub.at("incoming")
    await session.answer()
    assert await session.wait_for_digit(0.1) == ""
    assert await session.get_data("beep", 0.1, 4) == ""


async def test_variables_whatever_is_in_them(hub: Hub, around: Town) -> None:
    await around.calls()
    session = await hub.at("incoming")
    for value in ("", 'Ёлкина "Мария" (дом 5), кв. \\ 6', "$" + "{CHANNEL}", "-1", "x" * 1000):
        await session.set_variable("WHO", value)
        assert await session.get_variable("WHO") == value
    assert await session.get_variable("NOBODY") is None
    assert await session.get_variable("CHANNEL(uniqueid)") == session.uniqueid


async def test_the_longest_command_is_asterisks_own(hub: Hub, around: Town) -> None:
    await around.calls()
    session = await hub.at("incoming")
    fits = LINE_BYTES - len('SET VARIABLE "X" ""') - 1
    await session.set_variable("X", "x" * fits)
    assert (await session.command("GET FULL VARIABLE", "$" + "{LEN($" + "{X})}")).data == str(fits)
    # What it gives back is shorter.
    assert await session.get_variable("X") == "x" * min(fits, READABLE_BYTES)
    with pytest.raises(ValueError, match="less than"):
        command("SET VARIABLE", ("X", "x" * (fits + 1)))


async def test_wrong_commands(hub: Hub, around: Town) -> None:
    await around.calls()
    session = await hub.at("incoming")
    assert (await session.command("DO WHAT")).code == 510
    usage = await session.command("SET VARIABLE", "X")
    assert usage.code == USAGE
    assert "Sets a variable" in usage.data
    assert (await session.exec("NoSuchApplication")).result == "-2"
    with pytest.raises(FailedError):
        await session.stream_file("no-such-file")
    # In step all the same.
    await session.set_variable("X", "1")
    assert await session.get_variable("X") == "1"


async def test_who_waits_hangs_up(hub: Hub, around: Town, line: AmiListener) -> None:
    """The session asks nothing, and is told."""
    citizen = await around.calls(wait(0.3), hangs_up=True)
    session = await waiting(hub)
    async with asyncio.timeout(PATIENCE_S):
        await session.hung_up()
    for _ in range(2):
        with pytest.raises(HungUpError):
            await session.get_variable("X")
    await citizen.over()
    hub.finish(session)
    assert (await over(line, session)).number == "79990001122"


@pytest.mark.parametrize("under", ["a prompt", "a key", "an application"])
async def test_hang_up_under_a_command(hub: Hub, around: Town, under: str) -> None:
    await around.calls(wait(0.3), hangs_up=True)
    session = await hub.at("incoming")
    await session.answer()
    with pytest.raises(HungUpError):
        async with asyncio.timeout(PATIENCE_S):
            match under:
                case "a prompt":
                    await session.stream_file("demo-instruct")
                case "a key":
                    await session.wait_for_digit(60)
                case _:
                    await session.exec("Playback", "demo-instruct")
    assert session.over


async def test_who_is_not_answered_gives_up(hub: Hub, around: Town, line: AmiListener) -> None:
    citizen = await around.gives_up(0.3)
    session = await hub.at("incoming")
    async with asyncio.timeout(PATIENCE_S):
        await session.hung_up()
    hub.finish(session)
    await citizen.over()
    record = await line.hears(events.Cdr, lambda event: event.uniqueid == session.uniqueid)
    assert record.disposition == "NO ANSWER"


async def test_the_hub_hangs_up(hub: Hub, around: Town) -> None:
    citizen = await around.calls()
    session = await waiting(hub)
    await session.hang_up()
    assert session.over
    hub.finish(session)
    await citizen.over()


async def test_a_command_given_up_costs_nobody_the_line(hub: Hub, around: Town) -> None:
    """Asterisk would read the next command with it, and see it only when a third comes: a caller deaf and mute for ever."""
    await around.calls()
    session = await hub.at("incoming")
    await session.answer()
    for _ in range(300):
        given_up = asyncio.ensure_future(session.music(on=True))
        await asyncio.sleep(0)
        given_up.cancel()
        async with asyncio.timeout(PATIENCE_S):
            await session.music(on=False)


async def test_an_operator_talks(hub: Hub, around: Town, line: AmiListener) -> None:
    phone = await around.answers("op1", wait(0.3), after_s=0.3, hangs_up=True)
    citizen = await around.calls(number="79160000002")
    caller = await waiting(hub)
    placed = asyncio.create_task(line.ami.originate(Call("PJSIP/op1", "hub-operator", 10, caller.env["agi_callerid"], "okno-op1-1")))
    operator = await hub.at("operator")
    assert (operator.uniqueid, operator.env["agi_callerid"]) == ("okno-op1-1", "79160000002")
    assert (await placed).answered
    with pytest.raises(HungUpError):
        await operator.exec("Bridge", caller.channel, "F(hub-after^s^1)")
    joined = await line.hears(events.BridgeEnter, lambda event: event.present == 2)
    assert joined.linkedid == caller.uniqueid
    # His first session is over though he has not hung up; he goes on where Bridge sends him, under the same key.
    assert caller.over
    hub.finish(operator)
    after = await hub.at("after")
    assert after.uniqueid == caller.uniqueid
    assert await after.stream_file("activated", "") == ""
    await after.go("hub-bye")
    hub.finish(after)
    await citizen.over()
    await phone.over()
    assert (await over(line, caller)).cause == 16
    held = next(said.at for said in phone.wire() if said.line.startswith("BYE"))
    assert any(said.line.startswith("BYE") and said.at > held for said in citizen.wire())


async def test_the_caller_ends_the_talk(hub: Hub, around: Town, line: AmiListener) -> None:
    phone = await around.answers("op2", after_s=0)
    citizen = await around.calls(wait(0.8), hangs_up=True)
    caller = await waiting(hub)
    placed = asyncio.create_task(line.ami.originate(Call("PJSIP/op2", "hub-operator", 10)))
    operator = await hub.at("operator")
    await placed
    # The operator is still there: he may write down what was said.
    assert (await operator.exec("Bridge", caller.channel, "F(hub-after^s^1)")).result == "0"
    assert not operator.over
    await operator.hang_up()
    hub.finish(operator)
    await citizen.over()
    await phone.over()


@pytest.mark.parametrize(("phone", "causes"), [("busy", {17}), ("away", {}), ("out of order", {19, 34}), ("nobody picks up", {})])
async def test_an_operator_who_cannot_be_reached(hub: Hub, around: Town, line: AmiListener, phone: str, causes: set[int]) -> None:
    """The caller hears his music all the while."""
    match phone:
        case "busy":
            await around.refuses("op3")
        case "out of order":
            await around.refuses("op3", "503 Service Unavailable")
        case "nobody picks up":
            await around.rings("op3")
        case _:
            pass
    await around.calls()
    caller = await waiting(hub)
    # Asterisk goes on inviting a telephone that says nothing; whoever stood there later would get that old call.
    called = "op4" if phone == "away" else "op3"
    outcome = await line.ami.originate(Call(f"PJSIP/{called}", "hub-operator", PATIENCE_S if causes else 0.5))
    assert not outcome.answered
    if causes:
        # 503 comes as 34 (no circuit) or, when Originate is quicker to hang up, as 19.
        assert (await line.hears(events.Hangup, lambda event: event.channel.startswith("PJSIP/op3"))).cause in causes
    assert await caller.get_variable("CHANNEL(state)") == "Up"


@pytest.mark.smoke
async def test_a_citizen_is_called_back(hub: Hub, around: Town, line: AmiListener) -> None:
    citizen = await around.answers("trunk")
    placed = asyncio.create_task(line.ami.originate(Call("PJSIP/79160000005@trunk", "hub-called", 10, "88001234567")))
    called = await hub.at("called")
    assert (await placed).answered
    assert called.env["agi_callerid"] == "88001234567"
    assert (await citizen.until("INVITE")).line.startswith("INVITE sip:79160000005@")
    await called.hang_up()
    hub.finish(called)
    await citizen.over()


async def test_an_operator_dials(hub: Hub, around: Town) -> None:
    """An internal call: who calls is known by the telephone, not by what it says of itself."""
    phone = await around.operator_calls("op4", "101")
    session = await hub.at("phone")
    assert session.channel.startswith("PJSIP/op4-")
    assert session.env["agi_extension"] == "101"
    await session.answer()
    await session.go("hub-bye")
    hub.finish(session)
    await phone.over()


async def test_many_at_once(hub: Hub, around: Town) -> None:
    """Nobody waits for another: each hears music, and is let go in the opposite order."""
    citizens = await around.calls(times=MANY, per_s=100)
    sessions = [await waiting(hub) for _ in range(MANY)]
    assert len({session.uniqueid for session in sessions}) == MANY
    for session in reversed(sessions):
        await session.go("hub-bye")
        hub.finish(session)
    await citizens.over()
    begun = {said.call: said.at for said in reversed(citizens.wire()) if said.line.startswith("INVITE")}
    answered = {said.call: said.at for said in reversed(citizens.wire()) if said.line.startswith("SIP/2.0 200")}
    assert len(begun) == len(answered) == MANY


async def test_without_a_hub_telephones_ring(exchange: Asterisk, around: Town, line: AmiListener) -> None:
    """The hub dies while somebody waits and does not come back: an operator's telephone rings all the same."""
    phone = await around.answers("op1", wait(0.2), hangs_up=True)
    citizen = await around.calls(number="79160000007")
    async with hub_at(exchange.hub) as hub:
        await waiting(hub)
    await citizen.over()
    await phone.over()
    told = await line.hears(events.UserEvent)
    assert (told.name, told.number) == ("HubAway", "79160000007")
    assert (await line.hears(events.QueueCallerJoin)).queue == "okno-fallback"
    assert (await line.hears(events.AgentConnect)).member == "PJSIP/op1"
    await line.hears(events.Cdr, lambda event: event.userfield == "hub-away" and event.uniqueid == told.uniqueid)


async def test_a_talk_is_recorded(exchange: Asterisk, hub: Hub, around: Town) -> None:
    citizen = await around.calls(wait(0.6), hangs_up=True)
    session = await hub.at("incoming")
    path = exchange.base / "spool" / "monitor" / f"{session.uniqueid}.wav"
    await session.answer()
    await session.exec("MixMonitor", str(path))
    await session.hung_up()
    hub.finish(session)
    await citizen.over()
    assert loudest(path) > 1000


def loudest(path: Path) -> int:
    """Of 16-bit samples."""
    content = path.read_bytes()[44:]
    return max(abs(int.from_bytes(content[at:at + 2], "little", signed=True)) for at in range(0, len(content) - 1, 2))
