"""Whatever a citizen's letter says, its answer is a letter that can be written, and says nothing but what we say (CH-05)."""

import email
import email.policy
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.policy import SMTP, SMTPUTF8
from pathlib import Path

import pytest

from bots.russian import Russian
from channels.email import mime_builder
from channels.email.mime import File, read
from hub.conversations.message import Author, Message
from tests.channels.email.hub import Hub, hub_in
from tests.channels.email.sender import CITIZEN
from tests.channels.email.test_smtp import given
from tests.peers.post_office import PostOffice

INJECTED = "=?utf-8?q?=0d=0aBcc:victim@home.example?="
IDS = ["1@пример.рф", "a\x01b@x", "a" * 890 + "@x", "я" * 500 + "@x", "\u2028@x", "a@b\xa0c", "a;b@c", "a,b@c", "(c)@d", '"q"@d', f"{INJECTED}@b"]
SENDERS = [
    "a@b..c", "a@-", "я@пример.рф", "a@" + "b" * 200, "a@[1.2.3.4]", "a@пример..рф", '"q"@d.e', "a.@b", "a..b@c", ".a@b.c", "=?utf-8?q?a?=@b.c",
    "=?utf-8?q?=0d=0aBcc=3ax?=@b.c", "=?utf-8?b?DQpCY2M6eA==?=@b.c", "a\u200b@b.c", "a@b\u200b.c", "a@xn--", "a@xn--a", "a@[IPv6:::1]", "\\@b", "a@b.",
    "a@\u3002b", "x" * 128 + "@b.c", "a@" + "я" * 100 + ".рф", "a@b_c", "🙂@b.c", "a@🙂.c", "%@%"]
SUBJECTS = ["", '"', "\\", INJECTED, f"Re: {INJECTED} y", "я" * 500, "\ud800", "\0", "a" * 1000, "<x@y>", ",;:", "a\x85b\u2028c"]
TYPES = ["text/plain", "application/octet-stream", "text", "", "a/b/c", "audio/x\r\nBcc: y", "message/rfc822", "multipart/mixed"]


def answered(to: str = CITIZEN, subject: str = "x", references: tuple[str, ...] = (), files: tuple[File, ...] = ()) -> bytes:
    """The answer as it goes out: lines of a length that servers take, nothing but ASCII unless its recipient is not, no field of others."""
    now = datetime.now(UTC)
    header = mime_builder.MailHeader("ask@centre.example", "Центр", to, subject, "1.okno@centre.example", now, references)
    letter = mime_builder.compose([Message(Author.BOT, "Ответ", now)], header, files=files)
    recipient = mime_builder.ascii_domain(to)
    raw = letter.as_bytes(policy=SMTP if recipient.isascii() else SMTPUTF8)
    head = raw.partition(b"\r\n\r\n")[0]
    assert not recipient.isascii() or raw.isascii()
    assert max(map(len, head.split(b"\r\n"))) <= 998  # RFC 5322 2.1.1
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r\nbcc" not in raw.lower()
    told = email.message_from_bytes(raw, policy=email.policy.default)
    assert told["Message-ID"] == "<1.okno@centre.example>"
    assert told["Bcc"] is None
    return raw


@pytest.mark.parametrize("own", IDS)
@pytest.mark.parametrize("to", [CITIZEN, "иван@home.example"])
def test_whatever_its_message_id_is(own: str, to: str) -> None:
    letter = read(f"From: {CITIZEN}\r\nSubject: x\r\nMessage-ID: <{own}>\r\n\r\nx".encode())
    answered(to, references=(letter.message_id, "first@home.example"))
    answered(to, references=(own,))


@pytest.mark.parametrize("sender", SENDERS)
def test_whoever_has_sent_it(sender: str) -> None:
    answered(read(f"From: {sender}\r\n\r\nx".encode()).sender)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_whatever_it_is_about_and_brings(subject: str) -> None:
    answered(subject=mime_builder.reply_subject(subject, "1"))
    for kind in TYPES:
        answered(files=(File(subject, b"x\xff", kind),))


@pytest.fixture
async def hub(tmp_path: Path, russian: Russian, office: PostOffice) -> AsyncIterator[Hub]:
    await office.open()
    async with hub_in(tmp_path, russian, office.port, listen={}) as hub:
        yield hub


@pytest.mark.parametrize("head", [
    f"From: {CITIZEN}\r\nSubject: x\r\nMessage-ID: <1@пример.рф>\r\n",  # RFC 6532
    f"From: {CITIZEN}\r\nSubject: =?utf-8?q?=3D=3Futf-8=3Fq=3F=3D0d=3D0aBcc:victim@home.example=3F=3D?=\r\nMessage-ID: <1@home.example>\r\n",
    "From: =?utf-8?q?=0d=0aBcc=3ax?=@home.example\r\nSubject: x\r\nMessage-ID: <1@home.example>\r\n"])
async def test_an_answer_arrives(hub: Hub, office: PostOffice, head: str) -> None:
    assert await given(hub, f"{head}\r\nВопрос\r\n".encode()) == 250
    (conversation,) = await hub.store.recent()
    await hub.room.hand_to_anna(conversation.id)
    await hub.room.anna_writes(conversation.id, "Ответ сотрудника")
    await office.hears("Ответ сотрудника")
    assert all(b"\r\nbcc" not in taken.raw.lower() for taken in office.taken)
