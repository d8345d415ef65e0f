"""What may happen at the door where Asterisk asks what to do with a call (CH-01, CH-10). The real one is in test_calls.py."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.voice.agi import HEADERS_BYTES, Agi, FailedError, HungUpError, Session
from channels.voice.answers import LINE_BYTES, USAGE, Answer, Answers, Hangup, command, headers, quoted
from tests.channels.line import PATIENCE_S
from tests.channels.noise import FUZZ, damaged
from tests.peers.pbx import GREETING, Pbx, pbx
from tests.peers.ports import free_ports


class Desk:
    """Hands each session to the test, and holds it until the test lets go."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._sessions = asyncio.Queue[Session]()
        self._done = asyncio.Event()

    async def incoming(self, session: Session) -> None:
        self._sessions.put_nowait(session)
        await self._done.wait()

    async def broken(self, session: Session) -> None:
        raise LookupError(session.channel)

    async def session(self) -> Session:
        async with asyncio.timeout(PATIENCE_S):
            return await self._sessions.get()

    def let_go(self) -> None:
        self._done.set()


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    (port,) = free_ports(1)
    ours = Desk(port)
    server = Agi({"incoming": ours.incoming, "broken": ours.broken})
    await server.start("127.0.0.1", port)
    yield ours
    await server.close()


@pytest.fixture
async def far(desk: Desk) -> AsyncIterator[Pbx]:
    async with pbx(desk.port) as there:
        yield there


@pytest.fixture
async def session(desk: Desk, far: Pbx) -> Session:
    return await desk.session()


@pytest.mark.parametrize("turns", range(6))
async def test_nobody_is_kept_by_a_hub_that_closes_as_he_comes(turns: int) -> None:
    # CH-06: the dial plan takes a call that was let in at that moment
    (port,) = free_ports(1)
    server = Agi({"incoming": Desk(port).incoming})
    await server.start("127.0.0.1", port)
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.setblocking(False)
        line.sendall(GREETING)
        for _ in range(turns):
            await asyncio.sleep(0)
        await server.close()
        with suppress(ConnectionResetError):
            async with asyncio.timeout(PATIENCE_S):
                assert await asyncio.get_running_loop().sock_recv(line, 1) == b""



async def told(session: Session, far: Pbx, answer: bytes, *asking: str) -> Answer:
    """A command's answer, in the given bytes."""
    under_way = asyncio.ensure_future(session.command(*(asking or ("NOOP",))))
    await far.asked()
    far.say(answer)
    async with asyncio.timeout(PATIENCE_S):
        return await under_way


async def test_what_is_said_of_a_call(session: Session) -> None:
    assert (session.channel, session.uniqueid) == ("PJSIP/trunk-00000001", "1795621305.1")
    assert session.env["agi_extension"] == "88001002030"


async def test_headers_in_any_pieces(desk: Desk) -> None:
    async with pbx(desk.port, GREETING[:30]) as far:
        far.say(GREETING[30:70])
        far.say(GREETING[70:])
        assert (await desk.session()).env["agi_callerid"] == "79990001122"


@pytest.mark.parametrize("greeting", [b"", b"GET / HTTP/1.1\r\n", GREETING[:-1]], ids=["a port probe", "a browser", "cut before the end"])
async def test_an_end_before_the_headers_end(desk: Desk, greeting: bytes) -> None:
    """panoramisk reads on for ever here, and the whole loop with it."""
    async with pbx(desk.port, greeting) as far:
        far.hang_up()
    async with pbx(desk.port):
        assert await desk.session()


async def test_headers_without_an_end(desk: Desk) -> None:
    async with pbx(desk.port, b"agi_arg_1: " + b"x" * (HEADERS_BYTES + 1)) as far:
        assert await far.let_go() == b""


async def test_headers_that_do_not_come() -> None:
    (port,) = free_ports(1)
    server = Agi({}, headers_s=0.05)
    await server.start("127.0.0.1", port)
    async with pbx(port, b"agi_network: yes\n") as far:
        assert await far.let_go() == b""
    await server.close()


async def test_somebody_else_is_not_let_in() -> None:
    (port,) = free_ports(1)
    server = Agi({}, allowed=("10.0.0.1",))
    await server.start("127.0.0.1", port)
    async with pbx(port) as far:
        assert await far.let_go() == b""
    await server.close()


@pytest.mark.parametrize("script", [b"broken", b"nobody"])
async def test_an_error_lets_the_call_go(desk: Desk, script: bytes) -> None:
    """The dial plan takes it: HUB_NEXT is empty."""
    async with pbx(desk.port, GREETING.replace(b"incoming", script)) as far:
        assert await far.let_go() == b""
    async with pbx(desk.port):
        assert await desk.session()


async def test_answers(session: Session, far: Pbx) -> None:
    assert await told(session, far, b"200 result=0\n") == Answer(200, "0")
    assert await told(session, far, b"200 result=49 endpos=16480\n") == Answer(200, "49", endpos=16480)
    assert (await told(session, far, b"200 result=49 endpos=16480\n")).digit == "1"
    assert await told(session, far, b"200 result=12 (timeout)\n") == Answer(200, "12", "timeout")
    assert await told(session, far, "200 result=1 (Ёлкина (Мария) result=2)\n".encode()) == Answer(200, "1", "Ёлкина (Мария) result=2")
    assert await told(session, far, b"510 Invalid or unknown command\n") == Answer(510)
    assert await told(session, far, b"100 result=0 Trying...\n200 result=0\n") == Answer(200, "0")


async def test_a_wrong_command_is_answered_in_many_lines(session: Session, far: Pbx) -> None:
    answer = await told(session, far, b"520-Invalid command syntax.  Proper usage follows:\n Usage: NOOP\n200 result=9\n520 End of proper usage.\n")
    assert (answer.code, answer.data) == (USAGE, "Invalid command syntax.  Proper usage follows:\n Usage: NOOP\n200 result=9")
    assert await told(session, far, b"200 result=7\n") == Answer(200, "7")


async def test_hang_up_is_no_answer(session: Session, far: Pbx) -> None:
    """panoramisk takes the line HANGUP for the next answer, and every later answer for that of the command before."""
    far.say(b"HANGUP\n")
    async with asyncio.timeout(PATIENCE_S):
        await session.hung_up()
    for _ in range(2):
        with pytest.raises(HungUpError):
            await session.command("NOOP")
    far.hang_up()


@pytest.mark.parametrize("answer", [
    b"200 result=-1 endpos=800\nHANGUP\n",
    b"HANGUP\n200 result=0\n",
    b"511 Command Not Permitted on a dead channel or intercept routine\n",
    b""], ids=["in a file", "before an EXEC that answers 200", "dead channel", "Asterisk has died"])
async def test_hang_up_under_a_command(session: Session, far: Pbx, answer: bytes) -> None:
    under_way = asyncio.ensure_future(session.command("EXEC", "Bridge", "PJSIP/op1"))
    assert await far.asked() == 'EXEC "Bridge" "PJSIP/op1"'
    far.say(answer)
    if not answer:
        far.die()
    with pytest.raises(HungUpError):
        async with asyncio.timeout(PATIENCE_S):
            await under_way
    assert session.over
    with pytest.raises(HungUpError):
        await session.answer()


async def test_hang_up_that_is_told_after_its_answer(session: Session, far: Pbx) -> None:
    """-1 alone says nothing: the caller has gone, or the file was not there. What comes before the next answer tells."""
    under_way = asyncio.ensure_future(session.stream_file("welcome"))
    await far.asked()
    far.say(b"200 result=-1 endpos=0\n")
    assert await far.asked() == "NOOP"
    far.say(b"HANGUP\n200 result=0\n")
    with pytest.raises(HungUpError):
        await under_way


async def test_exec(session: Session, far: Pbx) -> None:
    under_way = asyncio.ensure_future(session.exec("Bridge", "PJSIP/op1-00000001", "F"))
    assert await far.asked() == 'EXEC "Bridge" "PJSIP/op1-00000001,F"'
    far.say(b"200 result=-2\n")
    assert await far.asked() == "NOOP"
    far.say(b"200 result=0\n")
    assert (await under_way).result == "-2"


async def test_exec_that_answers_200_to_a_hang_up(session: Session, far: Pbx) -> None:
    under_way = asyncio.ensure_future(session.exec("Bridge", "PJSIP/op1-00000001"))
    await far.asked()
    far.say(b"200 result=0\n")
    await far.asked()
    far.say(b"HANGUP\n200 result=0\n")
    with pytest.raises(HungUpError):
        await under_way


async def test_failure_is_no_hang_up(session: Session, far: Pbx) -> None:
    under_way = asyncio.ensure_future(session.stream_file("nowhere"))
    await far.asked()
    far.say(b"200 result=-1 endpos=0\n")
    await far.asked()
    far.say(b"200 result=0\n")
    with pytest.raises(FailedError, match="STREAM FILE"):
        await under_way
    assert await told(session, far, b"200 result=0\n") == Answer(200, "0")


async def test_answer_that_nobody_waits_for(session: Session, far: Pbx) -> None:
    """Who stops waiting for a command leaves its answer to nobody, not to the next command, which is not asked before."""
    music = asyncio.ensure_future(session.wait_for_digit(60))
    await far.asked()
    music.cancel()
    await asyncio.gather(music, return_exceptions=True)
    following = asyncio.ensure_future(session.get_variable("X"))
    far.say(b"200 result=49\n")
    assert await far.asked() == 'GET VARIABLE "X"'
    far.say(b"200 result=1 (mine)\n")
    async with asyncio.timeout(PATIENCE_S):
        assert await following == "mine"


async def test_a_call_is_answered_by_the_first_line() -> None:
    """Before anybody has read who calls; and only where it is asked for."""
    (far_port,) = free_ports(1)
    ours = Desk(far_port)
    server = Agi({"incoming": ours.incoming}, at_once={"incoming"})
    await server.start("127.0.0.1", far_port)
    async with pbx(far_port, b"agi_network: yes\nagi_network_script: incoming\n") as far:
        assert await far.asked() == "ANSWER"
        far.say(b"agi_uniqueid: 7.1\n\n")
        session = await ours.session()
        far.say(b"200 result=0\n")
        await session.answer()
        assert await told(session, far, b"200 result=0\n") == Answer(200, "0")
    async with pbx(far_port, b"agi_network: yes\nagi_network_script: phone\n\n") as far:
        assert await far.let_go() == b""
    await server.close()


async def test_a_stranger_is_not_even_answered() -> None:
    (far_port,) = free_ports(1)
    server = Agi({}, ("192.0.2.1",), at_once={"incoming"})
    await server.start("127.0.0.1", far_port)
    async with pbx(far_port) as far:
        assert await far.let_go() == b""
    await server.close()


async def test_asterisk_that_stands_still() -> None:
    (port,) = free_ports(1)
    ours = Desk(port)
    server = Agi({"incoming": ours.incoming}, answer_s=0.05)
    await server.start("127.0.0.1", port)
    async with pbx(port):
        session = await ours.session()
        with pytest.raises(HungUpError):
            await session.answer()
        assert session.over
    await server.close()


async def test_a_hub_that_ends_lets_calls_go() -> None:
    (port,) = free_ports(1)
    ours = Desk(port)
    server = Agi({"incoming": ours.incoming})
    await server.start("127.0.0.1", port)
    async with pbx(port) as far:
        await ours.session()
        await server.close()
        assert await far.let_go() == b""


async def test_verbs(session: Session, far: Pbx) -> None:
    async def verb(doing: object, answer: bytes) -> tuple[str, object]:
        under_way = asyncio.ensure_future(doing)  # type: ignore[arg-type]
        line = await far.asked()
        far.say(answer)
        async with asyncio.timeout(PATIENCE_S):
            return line, await under_way

    assert await verb(session.stream_file("/srv/a b", "12"), b"200 result=50 endpos=800\n") == ('STREAM FILE "/srv/a b" "12"', "2")
    assert await verb(session.stream_file("a"), b"200 result=0 endpos=800\n") == ('STREAM FILE "a" "0123456789*#"', "")
    assert await verb(session.wait_for_digit(1.5), b"200 result=35\n") == ('WAIT FOR DIGIT "1500"', "#")
    assert await verb(session.get_data("menu", 3, 4), b"200 result=12 (timeout)\n") == ('GET DATA "menu" "3000" "4"', "12")
    assert await verb(session.get_data("menu", 3, 4), b"200 result= (timeout)\n") == ('GET DATA "menu" "3000" "4"', "")
    assert await verb(session.get_variable("X"), b"200 result=1 (a)\n") == ('GET VARIABLE "X"', "a")
    assert await verb(session.get_variable("X"), b"200 result=0\n") == ('GET VARIABLE "X"', None)
    assert await verb(session.music(on=True), b"200 result=0\n") == ('SET MUSIC "on" "default"', None)
    assert await verb(session.music(on=False), b"200 result=0\n") == ('SET MUSIC "off"', None)
    assert await verb(session.go("hub-bye"), b"200 result=1\n") == ('SET VARIABLE "HUB_NEXT" "hub-bye"', None)
    assert (await verb(session.hang_up(), b"200 result=1\n"))[0] == "HANGUP"


def test_quoting() -> None:
    assert quoted('say "да" \\ 5') == '"say \\"да\\" \\\\ 5"'
    for sign in "\r\n\0":
        with pytest.raises(ValueError, match="one line"):
            quoted(f"a{sign}HANGUP")
        with pytest.raises(ValueError, match="no command"):
            command(f"NOOP{sign}HANGUP")
    with pytest.raises(ValueError, match="no command"):
        command('EXEC "System"')
    with pytest.raises(ValueError, match="less than"):
        command("SET VARIABLE", ("X", "x" * LINE_BYTES))


async def test_an_argument_cannot_become_two(session: Session) -> None:
    with pytest.raises(ValueError, match="no comma"):
        await session.exec("Dial", "PJSIP/op1,30")


SAID = st.one_of(
    st.sampled_from([b"200 result=0\n", b"HANGUP\n", b"520-Usage\n", b"520 End.\n", b"511 x\n", b"100 Trying\n", b"200 result= (timeout)\n", b"\n"]),
    st.binary(max_size=30), st.text(max_size=30).map(str.encode))


@FUZZ
@given(said=st.lists(SAID, max_size=12).map(b"".join))
def test_any_line(said: bytes) -> None:
    answers = Answers()
    for line in said.decode("utf8", "replace").split("\n"):
        told = answers.take(line)
        assert told is None or isinstance(told, Answer | Hangup)
        if isinstance(told, Answer):
            assert len(told.digit) <= 1


@FUZZ
@given(greeting=damaged(st.just(GREETING)))
async def test_any_greeting(greeting: bytes) -> None:
    (port,) = free_ports(1)
    ours = Desk(port)
    server = Agi({"incoming": ours.incoming})
    ours.let_go()
    await server.start("127.0.0.1", port)
    assert isinstance(headers(greeting), dict)
    async with pbx(port, greeting + b"\n\n") as far:
        await far.let_go()
    async with pbx(port) as far:
        await ours.session()
        await far.let_go()
    await server.close()


@FUZZ
@given(argument=st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=60))
def test_quoted_is_read_as_one(argument: str) -> None:
    assert as_asterisk_reads(quoted(argument)) == [argument]


def as_asterisk_reads(line: str) -> list[str]:
    """parse_args of res_agi.c."""
    arguments, inside, escaped, fresh = [], False, False, True
    for sign in line:
        if sign == '"' and not escaped:
            inside = not inside
            if inside and fresh:
                arguments.append("")
                fresh = False
        elif sign in " \t" and not inside and not escaped:
            fresh = True
        elif sign == "\\" and not escaped:
            escaped = True
            continue
        else:
            if fresh:
                arguments.append("")
                fresh = False
            arguments[-1] += sign
        escaped = False
    return arguments
