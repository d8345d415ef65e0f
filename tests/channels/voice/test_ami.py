"""What AMI's far end may do wrong, and the hub does right all the same (CH-01, SL-02). The real one is in test_ami_live.py."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.voice import events
from channels.voice.ami import ActionRefusedError, AmiTimeouts, Call, LoginRefusedError
from channels.voice.wire import LINE_BYTES, MESSAGE_BYTES, Fields, Wire, written
from hub.kernel.errors import UnavailableError
from tests.channels.line import PATIENCE_S
from tests.channels.noise import FUZZ, damaged
from tests.channels.voice.ami_listener import AmiListener
from tests.peers.manager import Manager, error, manager, message, success

QUICK = AmiTimeouts(answer_s=0.2, boot_s=0.2, alive_s=0.1, pauses_s=(0.01,))
CALL = Call("PJSIP/op1", "hub-operator", 0.1)
HANGUP = message("Event: Hangup", "Channel: PJSIP/op1-1", "Uniqueid: 1.7", "Cause: 16", "Cause-txt: Normal Clearing")


@pytest.fixture
async def far() -> AsyncIterator[Manager]:
    async with manager() as running:
        yield running


@pytest.fixture
async def ear(far: Manager) -> AsyncIterator[AmiListener]:
    listening = AmiListener(far.port, patience=QUICK)
    await listening.ami.connect()
    yield listening
    listening.ami.close()


class Transport(asyncio.Transport):
    """Where nothing goes."""

    def close(self) -> None:
        self.closed = True

    abort = close


async def test_password_does_not_go_over_the_line(far: Manager, ear: AmiListener) -> None:
    (login,) = await far.asked_for("Login")
    assert set(login) == {"Action", "ActionID", "AuthType", "Username", "Key"}
    assert ear.ami.health().up


async def test_bad_login_is_told_at_once(far: Manager) -> None:
    far.answers["Login"] = lambda asked: error(asked, "Authentication failed")
    ear = AmiListener(far.port, "wrong")
    started = time.monotonic()
    with pytest.raises(LoginRefusedError, match="не впускает «okno»: неверное имя или пароль"):
        await ear.ami.connect()
    assert time.monotonic() - started < 1
    assert not ear.ami.health().up
    assert "неверное имя" in ear.ami.health().words


async def test_nobody_listens() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        ear = AmiListener(probe.getsockname()[1])
        with pytest.raises(UnavailableError, match="недоступен"):
            await ear.ami.connect()


@pytest.mark.parametrize("silent", ["Challenge", "Login"])
async def test_sign_in_without_an_answer(far: Manager, silent: str) -> None:
    del far.answers[silent]
    with pytest.raises(UnavailableError, match="не ответил на"):
        await AmiListener(far.port, patience=QUICK).ami.connect()


async def test_asterisk_that_never_gets_ready(far: Manager) -> None:
    far.answers["Login"] = lambda asked: success(asked, "Message: Authentication accepted")
    with pytest.raises(UnavailableError, match="не отвечает"):
        await AmiListener(far.port, patience=QUICK).ami.connect()


async def test_unanswered_action(far: Manager, ear: AmiListener) -> None:
    with pytest.raises(UnavailableError, match="не ответил на CoreStatus"):
        await ear.ami.action("CoreStatus")
    # Its late answer harms nothing, and leaves nothing behind.
    (asked,) = await far.asked_for("CoreStatus")
    far.tell(success(asked) + HANGUP)
    await ear.hears(events.Hangup)
    assert (await ear.ami.action("Ping"))["Ping"] == "Pong"
    assert ear.ami._wire is not None
    assert not ear.ami._wire.responses


async def test_an_error_instead_of_a_list(far: Manager, ear: AmiListener) -> None:
    far.answers["QueueStatus"] = lambda asked: error(asked, "Permission denied")
    with pytest.raises(ActionRefusedError, match="Permission denied"):
        await ear.ami.listed("QueueStatus")


async def test_an_action_that_panoramisk_takes_for_a_list(far: Manager, ear: AmiListener) -> None:
    far.answers["QueueAdd"] = lambda asked: success(asked, "Message: Added interface to queue")
    assert (await ear.ami.action("QueueAdd", Queue="okno-fallback", Interface="PJSIP/op1"))["Response"] == "Success"


@pytest.mark.parametrize("value", ["a\r\n\r\nAction: Originate", "a\nb", "a\rb", "a\0b"])
@pytest.mark.parametrize("name", ["Action", "Variable"])
async def test_a_value_cannot_become_a_line(far: Manager, ear: AmiListener, name: str, value: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        await (ear.ami.action(value) if name == "Action" else ear.ami.action("Setvar", Variable=["A=1", value]))
    with pytest.raises(ValueError, match="no name of a field"):
        await ear.ami.action("Ping", **{value: "1"})
    await ear.ami.action("Ping")
    assert {asked["Action"] for asked in far.asked} == {"Challenge", "Login", "Ping"}


def test_what_asterisk_would_cut_is_refused() -> None:
    async def build(letters: int) -> None:
        written("Setvar", {"Value": "я" * letters})

    fits = (LINE_BYTES - len("Value: \r\n")) // 2
    asyncio.run(build(fits))
    with pytest.raises(ValueError, match="at most 1024 bytes"):
        asyncio.run(build(fits + 1))


@pytest.mark.parametrize("variables", [{"A": "1,HUB_NEXT=x"}, {"A,B": "1"}, {"A": 'say "x"'}, {"A": "\\"}])
async def test_a_variable_cannot_become_two(ear: AmiListener, variables: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="no comma"):
        await ear.ami.originate(Call("PJSIP/op1", "hub-operator", 1, variables=variables))


def test_a_character_cut_between_packets() -> None:
    told: list[Fields] = []
    line = Wire(told.append, lambda: None)
    line.connection_made(Transport())
    for byte in message("Event: Newchannel", "Channel: PJSIP/trunk-1", "CallerIDNum: Ёлкина"):
        line.data_received(bytes([byte]))
    assert [event.number for event in map(events.read, told) if isinstance(event, events.Newchannel)] == ["Ёлкина"]


async def test_line_cut_in_the_middle_of_an_event(far: Manager) -> None:
    reconciled = asyncio.Queue[int]()

    async def on_up() -> None:
        reconciled.put_nowait(len(far.asked))

    ear = AmiListener(far.port, patience=QUICK, on_up=on_up)
    kept = asyncio.create_task(ear.ami.keep())
    try:
        async with asyncio.timeout(PATIENCE_S):
            await reconciled.get()
            far.tell(HANGUP[:40])
            far.cut()
            await reconciled.get()
        far.tell(HANGUP.replace(b"1.7", b"1.8"))
        # Of the torn one nothing is left that could spoil the first event of the new line.
        assert (await ear.hears(events.Hangup)).uniqueid == "1.8"
        assert [event for event in ear.heard if not isinstance(event, events.FullyBooted)] == [await ear.hears(events.Hangup)]
    finally:
        kept.cancel()
        await asyncio.gather(kept, return_exceptions=True)
    assert not ear.ami.health().up


async def test_line_cut_under_an_action(far: Manager) -> None:
    ear = AmiListener(far.port)
    await ear.ami.connect()
    asking = asyncio.ensure_future(ear.ami.action("CoreStatus"))
    await far.asked_for("CoreStatus")
    far.cut()
    with pytest.raises(UnavailableError, match="прервано"):
        await asking
    with pytest.raises(UnavailableError, match="прервано"):
        await ear.ami.action("Ping")


async def test_a_call_is_never_placed_again(far: Manager) -> None:
    up = asyncio.Queue[None]()

    async def on_up() -> None:
        up.put_nowait(None)

    ear = AmiListener(far.port, patience=QUICK, on_up=on_up)
    kept = asyncio.create_task(ear.ami.keep())
    try:
        async with asyncio.timeout(PATIENCE_S):
            await up.get()
            placing = asyncio.ensure_future(ear.ami.originate(CALL))
            await far.asked_for("Originate")
            far.cut()
            with pytest.raises(UnavailableError):
                await placing
            await up.get()
        await ear.ami.action("Ping")
        assert len(await far.asked_for("Originate")) == 1
    finally:
        kept.cancel()
        await asyncio.gather(kept, return_exceptions=True)


async def test_what_became_of_a_call_is_never_told(far: Manager, ear: AmiListener) -> None:
    far.answers["Originate"] = lambda asked: success(asked, "Message: Originate successfully queued")
    with pytest.raises(UnavailableError, match="чем кончился вызов"):
        await ear.ami.originate(CALL)


@pytest.mark.parametrize("silence", ["stands still", "is away", "refuses"])
async def test_line_comes_back(far: Manager, silence: str) -> None:
    """Asterisk hangs, is restarted, or has a new password for a while."""
    up = asyncio.Queue[None]()

    async def on_up() -> None:
        up.put_nowait(None)

    ear = AmiListener(far.port, patience=QUICK, on_up=on_up)
    kept, answers = asyncio.create_task(ear.ami.keep()), dict(far.answers)
    try:
        async with asyncio.timeout(PATIENCE_S):
            await up.get()
            match silence:
                case "stands still":
                    del far.answers["Ping"]
                    await far.asked_for("Login", times=2)
                case "is away":
                    await far.stop()
                    await far.start()
                case _:
                    far.answers["Login"] = lambda asked: error(asked, "Authentication failed")
                    far.cut()
                    await far.asked_for("Login", times=3)
            far.answers.update(answers)
            await up.get()
        assert ear.ami.health().up
    finally:
        kept.cancel()
        await asyncio.gather(kept, return_exceptions=True)


async def test_whoever_stops_as_the_line_is_lost_stops(far: Manager) -> None:
    """A hub that is stopped while Asterisk goes away does not go on for ever."""
    up = asyncio.Event()

    async def on_up() -> None:
        up.set()

    ear = AmiListener(far.port, patience=QUICK, on_up=on_up)
    kept = asyncio.create_task(ear.ami.keep())
    async with asyncio.timeout(PATIENCE_S):
        await up.wait()
        ear.ami.close()
        kept.cancel()
        await asyncio.wait((kept,))
    assert kept.cancelled()


async def test_reconciling_that_fails_is_tried_again(far: Manager) -> None:
    done = asyncio.Event()

    async def on_up() -> None:
        await ear.ami.listed("CoreShowChannels")
        done.set()

    ear = AmiListener(far.port, patience=QUICK, on_up=on_up)
    kept = asyncio.create_task(ear.ami.keep())
    try:
        await far.asked_for("CoreShowChannels")
        far.answers["CoreShowChannels"] = lambda asked: (
            success(asked, "EventList: start", "Message: Channels will follow")
            + message("Event: CoreShowChannelsComplete", f"ActionID: {asked['ActionID']}", "EventList: Complete"))
        async with asyncio.timeout(PATIENCE_S):
            await done.wait()
    finally:
        kept.cancel()
        await asyncio.gather(kept, return_exceptions=True)


async def test_a_message_without_an_end(far: Manager, ear: AmiListener) -> None:
    far.tell(b"x" * (MESSAGE_BYTES + 1000))
    with pytest.raises(UnavailableError):
        async with asyncio.timeout(PATIENCE_S):
            await ear.ami._stay()


async def test_an_error_of_who_hears_costs_one_event(far: Manager) -> None:
    heard = []

    def hear(event: events.Event) -> None:
        heard.append(event)
        if isinstance(event, events.Hangup):
            raise LookupError(event.uniqueid)

    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context.get("exception")))
    ear = AmiListener(far.port, patience=QUICK)
    ear.ami._heard = hear
    await ear.ami.connect()
    far.tell(HANGUP + message("Event: Unhold", "Channel: PJSIP/op1-1"))
    await ear.ami.action("Ping")
    assert [type(event) for event in heard] == [events.FullyBooted, events.Hangup, events.Unhold]
    assert [str(complaint) for complaint in complaints] == ["1.7"]
    ear.ami.close()


KEYS = st.sampled_from(["Event", "Response", "ActionID", "Message", "EventList", "Channel", "Uniqueid", "Cause", "Position", "CommandID"])
VALUES = st.one_of(st.sampled_from(["Hangup", "Success", "start", "Cdr", "0", "-1", "9" * 400, "OriginateResponse", "Shutdown"]), st.text(max_size=20))
LINES = st.lists(st.tuples(KEYS, VALUES).map(": ".join), max_size=8).map(lambda lines: message(*lines))


@FUZZ
@given(said=st.lists(damaged(LINES), max_size=6), cuts=st.integers(1, 50))
def test_any_bytes_of_a_manager(said: list[bytes], cuts: int) -> None:
    """Nothing is raised into the event loop, whatever comes in whatever pieces."""
    told, lost = [], []
    line = Wire(told.append, lambda: lost.append(1))
    line.connection_made(Transport())
    content = b"".join(said)
    for at in range(0, len(content), cuts):
        line.data_received(content[at:at + cuts])
    for fields in told:
        try:
            events.read(fields)
        except ValueError:
            continue
    line.connection_lost(None)
    assert lost == [1]
