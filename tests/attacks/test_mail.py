"""SMTP smuggling, injected commands and headers, what is said before STARTTLS, slow senders, and letters made to stop the hub (SE-02)."""

import asyncio
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Iterator
from email.message import EmailMessage
from pathlib import Path
from time import monotonic

import aiohttp
import aiosmtplib
import pytest
import tomli_w

from bots.russian import Russian
from channels.email import smtp
from channels.email.mailbox_progress import STORED
from tests.channels.email.hub import Hub, hub_in, settings
from tests.channels.email.sender import OURS
from tests.channels.email.test_postfix import arrived, body
from tests.channels.email.test_smtp import Line
from tests.channels.line import PATIENCE_S
from tests.house import House, house_in, knowledge_alone, people
from tests.peers.authority import certificate
from tests.peers.dovecot import PASSWORD, dovecot
from tests.peers.ports import free_ports
from tests.peers.post_office import PostOffice
from tests.peers.postfix import Postfix, postfix
from tests.rig import eventually

NO_ENDS = [b"\n.\n", b"\r\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\n.\r", b"\r.\n", b"\r\r\n.\r\r\n", b"\r\n.\0\r\n", b"\r\n\0.\r\n",
           b"\r\n .\r\n", b"\r\n. \r\n", b"\r\n..\r\n", b"\r\n.\r\r\n", b"\xc2\x85.\xc2\x85", b"\xe2\x80\xa8.\xe2\x80\xa8", b"\r\n\x0b.\r\n"]
"""What some server somewhere has taken for the end of a mail (CVE-2023-51764, -51765, -51766), and is none (RFC 5321 4.1.1.4)."""
SMUGGLED = b"MAIL FROM:<boss@evil.example>\r\nRCPT TO:<" + OURS.encode() + b">\r\nDATA\r\nFrom: boss@evil.example\r\nTo: x\r\n\r\nsmuggled"


@pytest.fixture
async def hub(tmp_path: Path, russian: Russian, office: PostOffice) -> AsyncIterator[Hub]:
    await office.open()
    async with hub_in(tmp_path, russian, office.port, listen={}) as hub:
        yield hub


@pytest.mark.parametrize("end", NO_ENDS)
async def test_a_mail_within_a_mail_stays_one(hub: Hub, end: bytes) -> None:
    line = await Line.to(hub.port)
    await line.answer()
    for said in ("EHLO evil.example", "MAIL FROM:<maria@home.example>", f"RCPT TO:<{OURS}>", "DATA"):
        await line.say(said)
    line.writer.write(b"From: maria@home.example\r\nTo: x\r\nContent-Transfer-Encoding: 8bit\r\n\r\nbefore" + end + SMUGGLED + b"\r\n.\r\nNOOP\r\nQUIT\r\n")
    assert [(await line.answer())[:3] for _ in range(3)] == ["250", "250", "221"]
    stored = await hub.said()
    assert len(stored) == 1
    assert stored[0].startswith("before")
    assert "smuggled" in stored[0]


# Also where the end is torn apart on its way.
@pytest.mark.parametrize("end", [b"\n.\n", b"\r.\r", b"\r\n.\r"])
async def test_a_torn_end_is_none(hub: Hub, end: bytes) -> None:
    line = await Line.to(hub.port)
    await line.answer()
    for said in ("EHLO evil.example", "MAIL FROM:<maria@home.example>", f"RCPT TO:<{OURS}>", "DATA"):
        await line.say(said)
    for byte in b"From: maria@home.example\r\n\r\nbefore" + end + SMUGGLED + b"\r\n.\r\n":
        line.writer.write(bytes([byte]))
        await line.writer.drain()
    assert (await line.answer())[:3] == "250"
    assert len(await hub.said()) == 1
    line.writer.close()


@pytest.mark.parametrize("address", [
    "<ask@centre.example>\rRCPT TO:<victim@home.example>", "<ask@centre.example\0>", "<@evil.example:victim@home.example>",
    "<victim%home.example@centre.example>", '<"victim@home.example"@centre.example>', "<home.example!victim@centre.example>",
    "<ask@centre.example@home.example>", "<" + "a" * 60_000 + "@centre.example>", "<ask+x@centre.example> X=" + "y" * 5_000])
async def test_addresses_that_lead_elsewhere_or_hold_commands(hub: Hub, office: PostOffice, address: str) -> None:
    line = await Line.to(hub.port)
    await line.answer()
    await line.say("EHLO evil.example")
    await line.say("MAIL FROM:<maria@home.example>")
    assert (await line.say(f"RCPT TO:{address}"))[0] == "5"
    assert (await line.say("DATA"))[:3] == "503"
    line.writer.close()


async def test_what_is_said_before_starttls_is_not_done_after_it(tmp_path: Path, russian: Russian, office: PostOffice) -> None:
    # CVE-2011-0411: the commands of somebody in between would be done as if they had come encrypted
    await office.open()
    cert, key = certificate(tmp_path)
    trust = ssl.create_default_context(cafile=cert)
    trust.check_hostname = False
    async with hub_in(tmp_path, russian, office.port, listen={"certificate": str(cert), "key": str(key)}) as hub:
        reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
        line = Line(reader, writer)
        await line.answer()
        await line.say("EHLO evil.example")
        writer.write(b"STARTTLS\r\nNOOP\r\nMAIL FROM:<boss@evil.example>\r\nRCPT TO:<" + OURS.encode() + b">\r\n")
        assert (await line.answer())[:3] == "220"
        try:
            async with asyncio.timeout(PATIENCE_S):
                await writer.start_tls(trust)
                said = await line.say(f"RCPT TO:<{OURS}>")
        except (ConnectionError, ssl.SSLError):
            said = "503"  # the plain words were taken for a handshake: that ends it, too
        assert said[:3] == "503"  # nobody has said who sends
        writer.transport.abort()


async def test_a_mail_that_comes_a_letter_at_a_time(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "DATA_S", 0.5)
    slow = await Line.to(hub.port)
    await slow.answer()
    for said in ("EHLO slow.example", "MAIL FROM:<maria@home.example>", f"RCPT TO:<{OURS}>", "DATA"):
        await slow.say(said)

    async def dribbled() -> None:
        while True:
            slow.writer.write(b"x")
            await slow.writer.drain()
            await asyncio.sleep(0.02)

    async def quick() -> None:
        line = await Line.to(hub.port)
        await line.answer()
        for said in ("EHLO home.example", "MAIL FROM:<maria@home.example>", f"RCPT TO:<{OURS}>", "DATA"):
            await line.say(said)
        assert (await line.say("From: maria@home.example", "", "meanwhile", "."))[:3] == "250"
        line.writer.close()

    async with asyncio.timeout(PATIENCE_S):
        await quick()
        with pytest.raises(ConnectionError):
            await dribbled()
    assert await hub.said() == ["meanwhile"]


@pytest.fixture(scope="module")
def server() -> Iterator[Postfix]:
    with postfix("maria", "victim") as running:
        yield running


def encoded(text: str) -> str:
    return f"=?utf-8?b?{b64encode(text.encode()).decode()}?="


INJECTED = "a\r\nBcc: victim@home.example\r\nX-Injected: 1\r\n\r\nbody"
COMMAND = "x>\r\nRCPT TO:<victim@home.example>"
HEADERS = {
    "subject": f"From: maria@home.example\r\nSubject: {encoded(INJECTED)}\r\n",
    "name": f"From: {encoded(INJECTED)} <maria@home.example>\r\nSubject: x\r\n",
    "name in quotes": 'From: "a\r\n Bcc: victim@home.example" <maria@home.example>\r\nSubject: x\r\n',
    "reply to": f"From: maria@home.example\r\nReply-To: {encoded(COMMAND)} <maria@home.example>\r\nSubject: x\r\n",
    "bare ends": "From: maria@home.example\r\nSubject: a\rBcc: victim@home.example\nX-Injected: 1\r\n",
    "message id": "From: maria@home.example\r\nSubject: x\r\nMessage-ID: <a\rBcc: victim@home.example>\r\n",
}


@pytest.mark.peers
@pytest.mark.parametrize("headers", HEADERS.values(), ids=list(HEADERS))
async def test_no_header_and_no_recipient_is_made_of_what_a_letter_says(server: Postfix, tmp_path: Path, russian: Russian, headers: str) -> None:
    async with hub_in(tmp_path, russian, server.smtp, listen={}) as hub:
        line = await Line.to(hub.port)
        await line.answer()
        for said in ("EHLO home.example", "MAIL FROM:<maria@home.example>", f"RCPT TO:<{OURS}>", "DATA"):
            await line.say(said)
        line.writer.write(f"{headers}To: {OURS}\r\n\r\nquestion\r\n.\r\n".encode())
        assert (await line.answer())[:3] == "250"
        before = len(answers(server))
        (head,) = await hub.store.recent()
        await hub.room.hand_to_anna(head.id)
        await hub.room.anna_writes(head.id, "answer")

        async def came() -> bool:
            return len(answers(server)) > before
        await eventually(came)
        answer = answers(server)[-1]
        assert answer["X-Injected"] is None
        assert answer["Bcc"] is None
        assert not server.mailbox("victim")
        line.writer.close()


def answers(server: Postfix) -> list[EmailMessage]:
    """What the operator has written; the robot has said something, too, and who of them comes first is not known."""
    return [each for each in server.mailbox("maria") if "answer" in body(each)]


@pytest.mark.peers
async def test_no_mail_is_smuggled_out(server: Postfix, tmp_path: Path, russian: Russian) -> None:
    """What an operator, or the robot by a citizen's words, writes is one mail at the next server, whatever it holds."""
    async with hub_in(tmp_path, russian, server.smtp, listen={}) as hub:
        line = await Line.to(hub.port)
        await line.answer()
        for said in ("EHLO home.example", "MAIL FROM:<maria@home.example>", f"RCPT TO:<{OURS}>", "DATA"):
            await line.say(said)
        assert (await line.say("From: maria@home.example", "Subject: x", "", "question", "."))[:3] == "250"
        (head,) = await hub.store.recent()
        await hub.room.hand_to_anna(head.id)
        evil = "MAIL FROM:<centre@centre.example>\r\nRCPT TO:<victim@home.example>\r\nDATA\r\nSubject: smuggled\r\n\r\nsmuggled"
        ends = [end.decode() for end in (*NO_ENDS, b"\r\n.\r\n")]
        texts = [f"answer {number} {end}{evil}{end}" for number, end in enumerate(ends)]
        before = len(server.mailbox("maria"))
        for text in texts:
            await hub.room.anna_writes(head.id, text)

        while len([each for each in server.mailbox("maria") if "answer " in body(each)]) < len(texts):
            before += 1
            await arrived(server, "maria", before)
        bodies = [body(each) for each in server.mailbox("maria") if "answer " in body(each)]
        assert all("smuggled" in each for each in bodies)
        assert not server.mailbox("victim")
        line.writer.close()


HEALTHY_S = 0.25
"""`/healthz` never takes longer, whatever comes."""
PLAIN, PAGE = "Content-Type: text/plain\r\n\r\n", "Content-Type: text/html\r\n\r\n"
POISON = {
    # F2 of the security review: quadratic patterns over a line of the letter, for each quote anew.
    "quoted page": PAGE + "<p>" + "a" * 30_000 + ":</p>" + "<blockquote></blockquote>" * 6,
    "larger page": PAGE + "<p>" + "a" * 120_000 + ":</p>" + "<blockquote></blockquote>" * 5_000,
    "quoted line": PLAIN + "> " + "a" * 100_000,
    "line before a quote": PLAIN + "a" * 100_000 + ":\r\n> b",
}


def poison(body: str, name: str = "poison") -> bytes:
    return f"From: {name}@home.example\r\nTo: {OURS}\r\nMessage-ID: <{name}@home.example>\r\nMIME-Version: 1.0\r\n{body}\r\n".encode()


def with_mail(folder: Path, **how: object) -> Path:
    """The configuration of a centre that has e-mail; nothing takes what it sends."""
    path = knowledge_alone(folder)
    channel = {"driver": "email.mail", "settings": settings(folder, 1, **how)}  # type: ignore[arg-type]  # of `settings` themselves
    path.write_text(f"{path.read_text('utf8')}\n{tomli_w.dumps({'channels': [channel]})}", "utf8")
    return path


async def slowest_s(house: House, meanwhile: Awaitable[object]) -> float:
    """How long the slowest answer of `/healthz` took while something else went on."""
    slowest, work = 0.0, asyncio.ensure_future(meanwhile)
    async with aiohttp.ClientSession(house.base) as http:
        while not work.done():
            begun = monotonic()
            async with http.get("/healthz") as answer:
                assert answer.status == 200
            slowest = max(slowest, monotonic() - begun)
            await asyncio.wait([work], timeout=0.01)
    await work
    return slowest


async def conversations(house: House) -> int:
    async with people(house) as crowd:
        admin = await crowd.admin()
        return len((await admin.does("GET", "/api/inbox?view=recent"))["conversations"])


@pytest.mark.journeys
@pytest.mark.parametrize("name", POISON)
async def test_no_letter_stops_the_hub(tmp_path: Path, name: str) -> None:
    # F2
    (port,) = free_ports(1)
    with house_in(tmp_path, with_mail(tmp_path, listen={"port": port}, mailboxes=[])) as house:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False, timeout=PATIENCE_S) as client:
            await client.sendmail("first@home.example", [OURS], poison(f"{PLAIN}hello", "first"))
            slow_s = await slowest_s(house, client.sendmail("poison@home.example", [OURS], poison(POISON[name])))
        assert slow_s < HEALTHY_S
        assert await conversations(house) == 2


@pytest.mark.peers
async def test_no_fetched_letter_stops_the_hub_and_each_is_handled_once(tmp_path: Path) -> None:
    # F2: it lies in the mailbox still when the hub is started anew
    with dovecot() as boxes:
        (tmp_path / "password").write_text(PASSWORD)
        box = {"host": "127.0.0.1", "port": boxes.imap, "tls": "none", "user": "ask", "password_file": str(tmp_path / "password")}
        with house_in(tmp_path, with_mail(tmp_path, listen=None, mailboxes=[box])) as house:
            boxes.put("ask", [poison(body, f"poison{number}") for number, body in enumerate(POISON.values())])
            with boxes.opened("ask") as client:
                async def stored() -> None:
                    while len(await asyncio.to_thread(client.search, ["KEYWORD", STORED])) < len(POISON):
                        await asyncio.to_thread(client.noop)
                slow_s = await slowest_s(house, asyncio.wait_for(stored(), PATIENCE_S))
            assert slow_s < HEALTHY_S
            assert await conversations(house) == len(POISON)
            house.kill()
            house.start()
            assert await conversations(house) == len(POISON)
