"""Far ends of FastAGI and IMAP that dribble, fall silent or never end: the hub hangs up, and serves the others meanwhile (SE-02)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bots.russian import Russian
from channels.email import accounts, imap
from channels.voice.agi import HEADERS_BYTES, Agi, Session
from tests.channels.email.hub import hub_in
from tests.channels.email.sender import mail
from tests.peers.cable import Cable
from tests.peers.dovecot import PASSWORD, Dovecot, dovecot
from tests.peers.pbx import GREETING, Pbx, pbx
from tests.peers.ports import free_ports
from tests.peers.post_office import PostOffice
from tests.rig import eventually

HEADERS_S, DRIBBLE_S = 0.2, 0.02
"""The hub's patience, which is 5 s; and what a dribbling caller rests after each octet."""


@pytest.fixture
async def server() -> AsyncIterator[int]:
    """A port at which each call is held until it is over."""
    async def holds(session: Session) -> None:
        await session.hung_up()

    (port,) = free_ports(1)
    agi = Agi({"incoming": holds}, headers_s=HEADERS_S)
    await agi.start("127.0.0.1", port)
    yield port
    await agi.close()


async def says_nothing(far: Pbx) -> None:
    await asyncio.sleep(0)


async def dribbles(far: Pbx) -> None:
    for octet in GREETING[:-1]:
        far.say(bytes([octet]))
        await asyncio.sleep(DRIBBLE_S)  # to be slow is what is tried


async def says_many_headers(far: Pbx) -> None:
    far.say(b"".join(b"agi_arg_%d: x\n" % n for n in range(HEADERS_BYTES)))


async def says_a_line_without_end(far: Pbx) -> None:
    far.say(GREETING + b"200 result=" + b"1" * (HEADERS_BYTES * 4))


async def says_headers_on_and_on(far: Pbx) -> None:
    far.say(GREETING + GREETING * 100)


@pytest.mark.parametrize("manner", [says_nothing, dribbles, says_many_headers, says_a_line_without_end, says_headers_on_and_on])
async def test_whoever_holds_the_port_of_calls_is_let_go(server: int, manner: Callable[[Pbx], Awaitable[None]]) -> None:
    # SE-02
    async with pbx(server, b"") as far, pbx(server) as other:
        doing = asyncio.create_task(manner(far))
        assert await far.let_go() == b""
        doing.cancel()
        other.say(b"HANGUP\n")  # whose call was there all the time
        assert await other.let_go() == b""


async def test_answers_that_nobody_has_asked_for_keep_no_other_call_waiting(server: int) -> None:
    async with pbx(server) as far, pbx(server) as other:
        far.say(b"200 result=0\n100 Trying\nnonsense\n\n" * 5_000)
        other.say(b"HANGUP\n")
        assert await other.let_go() == b""
        far.say(b"HANGUP\n")
        assert await far.let_go() == b""


@pytest.fixture(scope="module")
def mailboxes() -> Iterator[Dovecot]:
    with dovecot() as running:
        yield running


@pytest.mark.peers
async def test_a_server_of_mail_that_stands_still(
        mailboxes: Dovecot, office: PostOffice, tmp_path: Path, russian: Russian, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told, the line is laid anew, and what came meanwhile is stored once."""
    # SE-02, CH-06
    for where, name, seconds in ((imap, "IDLE_S", 0.1), (imap, "TIMEOUT_S", 1.0), (accounts, "TIMEOUT_S", 1.0), (imap, "LAST_PAUSE_S", 0.1), (imap, "FIRST_PAUSE_S", 0.1)):
        monkeypatch.setattr(where, name, seconds)
    cable = await Cable(mailboxes.imap).lay()
    password = tmp_path / "password"
    password.write_text(PASSWORD, encoding="utf8")
    box: dict[str, Any] = {"host": "127.0.0.1", "user": "still", "tls": "none", "password_file": str(password), "port": cable.port}
    relay = (await office.open()).port
    async with hub_in(tmp_path, russian, relay, mailboxes=[box]) as hub:
        await cable.sees(b"IDLE")
        cable.still = True

        async def told() -> bool:
            return "нет ответа" in hub.mail.health().words
        await eventually(told)
        await asyncio.to_thread(mailboxes.deliver, "still", [mail("тем временем", "still@home.example")])
        cable.still = False
        await hub.holds("тем временем")

        async def back() -> bool:
            return hub.mail.health().up
        await eventually(back)
    cable.take_away()
