"""The hub's line to a real Asterisk (CH-01, CH-10)."""

import asyncio
import re

import pytest

from channels.voice import events
from channels.voice.ami import ActionRefusedError, Call, LoginRefusedError
from channels.voice.wire import LINE_BYTES
from tests.channels.line import PATIENCE_S
from tests.channels.voice.ami_listener import AmiListener, at
from tests.peers.asterisk import PASSWORD, TEMPLATES, USER, Asterisk, asterisk
from tests.peers.manager import message
from tests.rig import eventually

pytestmark = pytest.mark.peers

ANSWERS, HANGS_UP = "Local/s@hub-fax", "Local/s@hub-bye"


async def test_it_lets_us_in_and_answers(exchange: Asterisk) -> None:
    async with at(exchange) as ear:
        assert (await ear.ami.action("Ping"))["Ping"] == "Pong"
        assert ear.ami.health().up
        assert await ear.hears(events.FullyBooted)
        assert await ear.ami.live() == []


async def test_a_wrong_password_is_told_in_words(exchange: Asterisk) -> None:
    with pytest.raises(LoginRefusedError, match="неверное имя или пароль"):
        await AmiListener(exchange.ami, "wrong").ami.connect()


async def test_what_we_may_not_do(exchange: Asterisk) -> None:
    """Who steals the password still cannot run programs or rewrite the dial plan."""
    async with at(exchange) as ear:
        for action, values in {"Command": {"Command": "core stop now"}, "GetConfig": {"Filename": "manager.conf"},
                               "UpdateConfig": {"SrcFilename": "a", "DstFilename": "a"}, "ModuleLoad": {"LoadType": "reload"}}.items():
            with pytest.raises(ActionRefusedError, match="Permission denied"):
                await ear.ami.action(action, **values)
        with pytest.raises(ActionRefusedError):
            await ear.ami.action("Originate", Channel=ANSWERS, Application="System", Data="true", Async="true")


async def test_a_call_that_is_answered(exchange: Asterisk) -> None:
    async with at(exchange) as ear:
        call = Call(ANSWERS, "hub-fax", 5, "Центр <79990001122>", "okno-1.1", {"WHO": "Иван Ёлкин"})
        outcome = await ear.ami.originate(call)
        assert (outcome.answered, outcome.reason, outcome.uniqueid) == (True, 4, "okno-1.1")
        live: dict[str, events.Live] = {}

        async def receives() -> bool:
            live.update({each.uniqueid: each for each in await ear.ami.live()})
            return live["okno-1.1"].application == "ReceiveFAX"
        await eventually(receives)  # answered is told before the dial plan begins
        assert (await ear.ami.action("Getvar", Channel=outcome.channel, Variable="WHO"))["Value"] == "Иван Ёлкин"
        await ear.ami.action("Hangup", Channel=outcome.channel)
        over = await ear.hears(events.Hangup, lambda event: event.uniqueid == "okno-1.1")
        assert over.channel == outcome.channel
        assert (await ear.hears(events.Newchannel, lambda event: event.uniqueid == "okno-1.1")).linkedid


async def test_a_call_that_is_not(exchange: Asterisk) -> None:
    async with at(exchange) as ear:
        outcome = await ear.ami.originate(Call(HANGS_UP, "hub-fax", 5))
        assert not outcome.answered


async def test_only_what_is_read_is_sent(exchange: Asterisk) -> None:
    named = re.findall(r"name\((\w+)\)", (TEMPLATES / "etc" / "manager.conf").read_text(encoding="utf8"))
    assert set(named) == {kind.__struct_config__.tag for kind in events.Event.__args__}


@pytest.mark.parametrize("over", [0, 1])
async def test_the_longest_line_is_asterisks_own(exchange: Asterisk, over: int) -> None:
    """One byte more than we send, and Asterisk does not get the value."""
    value = "x" * (LINE_BYTES - len("Value: \r\n") + over)
    name = f"LONG{over}"
    async with at(exchange) as ear, asyncio.timeout(PATIENCE_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", exchange.ami)
        writer.write(message("Action: Login", f"Username: {USER}", f"Secret: {PASSWORD}")
                     + message("Action: Setvar", f"Variable: {name}", f"Value: {value}") + message("Action: Logoff"))
        await reader.read()
        writer.close()
        assert ((await ear.ami.action("Getvar", Variable=name)).get("Value") == value) is not bool(over)
        if over:
            with pytest.raises(ValueError, match="at most"):
                await ear.ami.action("Setvar", Variable=name, Value=value)


async def test_restart(exchange: Asterisk) -> None:
    """Asterisk dies and comes again: the line too, and whoever keeps it reconciles."""
    with asterisk() as other:
        up = asyncio.Queue[list[events.Live]]()

        async def on_up() -> None:
            up.put_nowait(await ear.ami.live())

        ear = AmiListener(other.ami, on_up=on_up)
        kept = asyncio.create_task(ear.ami.keep())
        async with asyncio.timeout(PATIENCE_S):
            assert await up.get() == []
            await ear.ami.originate(Call(ANSWERS, "hub-fax", 5))
            assert len(await ear.ami.live()) >= 2  # the telephone that rings has a leg of its own, a moment later
            other.kill()
            other.start()
            assert await up.get() == []
        kept.cancel()
        await asyncio.gather(kept, return_exceptions=True)
