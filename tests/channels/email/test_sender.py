"""What goes out: through the relay once, signed, and with the relay's word about it in the conversation."""

import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import dkim
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from bots.russian import Russian
from channels.email.mail import NAME, connect
from channels.email.threads import message_id
from hub.conversations.address import Address
from hub.conversations.delivery_status import Delivery
from hub.conversations.journal import Carried
from hub.conversations.message import Attachment, Author, Message
from hub.monitoring.channel_check import CheckResult
from okno.commands.channel_checks import NullIntake
from storage.files import FileStore
from storage.memory import MemoryStore
from tests.channels.email.hub import Hub, hub_in, settings
from tests.channels.email.sender import CITIZEN, OURS, mail
from tests.channels.email.test_smtp import given
from tests.peers.authority import certificate
from tests.peers.ports import free_ports
from tests.peers.post_office import PostOffice
from tests.rig import eventually
from tests.trials import findings, wrong


@pytest.fixture
async def hub(tmp_path: Path, russian: Russian, office: PostOffice) -> AsyncIterator[Hub]:
    await office.open()
    async with hub_in(tmp_path, russian, office.port, listen={}, limited=True, robot_per_hour=3) as hub:
        yield hub


async def asked(hub: Hub, text: str = "Помогите", key: str = "q@home.example", **more: Any) -> int:
    """A conversation in which Anna may write."""
    await given(hub, mail(text, key, **more).as_bytes())
    conversation = (await hub.store.with_addresses([Address(NAME, CITIZEN)]))[0].id
    await hub.room.hand_to_anna(conversation)
    return conversation


async def fates(hub: Hub) -> list[Carried]:
    return [record.entry for record in await hub.records() if isinstance(record.entry, Carried)]


async def test_a_letter_says_who_where_and_what_it_answers(hub: Hub, office: PostOffice) -> None:
    # CH-05
    conversation = await asked(hub, subject="Справка")
    await hub.room.anna_writes(conversation, "Готово.")
    sent = await office.hears("Готово.")
    assert sent.recipients == [CITIZEN]
    assert sent.message["From"] == f"Центр <{OURS}>"
    assert sent.message["Subject"] == "Re: Справка"
    assert "<q@home.example>" in sent.message["References"]
    assert sent.message["Auto-Submitted"] is None
    assert sent.message["X-Loop"] == OURS
    assert sent.message["Reply-To"] == f"Центр <{sent.sender}>"
    assert sent.sender.startswith("ask+")
    assert "59-ФЗ" in sent.message.get_body(("plain",)).get_content()
    robot = office.taken[0]
    assert robot.message["Auto-Submitted"] == "auto-replied"


async def test_a_file_of_an_operator_is_a_part_of_the_letter(hub: Hub, office: PostOffice) -> None:
    # CH-02, CH-05
    conversation, content = await asked(hub), b"%PDF-1.7 blank"
    file = Attachment(await hub.room.files.put(content), "Бланк заявления.pdf", "application/pdf", len(content))
    await hub.room.anna_writes(conversation, "Заполните бланк", file)
    sent = await office.hears("Заполните бланк")
    assert [(part.get_filename(), part.get_content_type(), part.get_content()) for part in sent.message.iter_attachments()] == [
        ("Бланк заявления.pdf", "application/pdf", content)]


async def test_what_the_relay_puts_off_is_given_again_with_the_same_id(hub: Hub, office: PostOffice) -> None:
    conversation = await asked(hub)
    office.refusals["RCPT"] = ["450 4.2.0 greylisted"]
    await hub.room.anna_writes(conversation, "Ещё раз")
    sent = await office.hears("Ещё раз")
    assert sent.message["Message-ID"].endswith(".okno@centre.example>")
    assert await fates(hub) == []


async def test_a_relay_that_dies_in_the_middle_of_data_gets_the_same_letter_again(hub: Hub, office: PostOffice) -> None:
    conversation = await asked(hub)
    await office.gets(lambda taken: True)
    office.deaf = True
    await hub.room.anna_writes(conversation, "Не пропадёт")
    await eventually(lambda: _is(not hub.mail.health().up))
    office.deaf = False
    await office.hears("Не пропадёт")
    assert [taken.text for taken in office.taken].count("Не пропадёт") == 1


async def _is(so: bool) -> bool:
    return so


@pytest.mark.parametrize(("stage", "refusal", "why"), [
    ("MAIL", "552 5.3.4 larger than I take", "Письмо не принято почтовым сервером: 552 5.3.4 larger than I take"),
    ("RCPT", "550 5.1.1 no such user", "Адрес не принят почтовым сервером: 550 5.1.1 no such user"),
    ("DATA", "554 5.7.1 spam", "Письмо не принято почтовым сервером: 554 5.7.1 spam"),
])
async def test_what_the_relay_never_takes_is_shown_as_failed(hub: Hub, office: PostOffice, stage: str, refusal: str, why: str) -> None:
    conversation = await asked(hub)
    await office.gets(lambda taken: True)  # the robot's answer has gone
    office.refusals[stage] = [refusal]
    await hub.room.anna_writes(conversation, "Не дойдёт")
    await eventually(lambda: _told(hub))
    assert [(carried.state, carried.why) for carried in await fates(hub)] == [(Delivery.FAILED, why)]
    await hub.room.anna_writes(conversation, "А это дойдёт")
    await office.hears("А это дойдёт")


async def _told(hub: Hub) -> bool:
    return bool(await fates(hub))


async def test_a_robot_that_writes_too_much_is_stopped(hub: Hub, office: PostOffice) -> None:
    # RFC 3834 2
    for n in range(5):
        await given(hub, mail("Как получить СНИЛС?", f"{n}@home.example").as_bytes())
    await eventually(lambda: _count(hub, 2))
    assert all("слишком много автоматических писем" in carried.why for carried in await fates(hub))
    assert len(office.taken) == 3


async def _count(hub: Hub, at_least: int) -> bool:
    return len(await fates(hub)) >= at_least


async def test_an_answer_to_a_notice_comes_into_its_conversation(hub: Hub, office: PostOffice) -> None:
    # CH-15: the hub begins, in the thread ""
    live = await hub.room.opener.reach(Address(NAME, "Maria@home.example"))
    notice = Message(Author.SYSTEM, "Ваши документы готовы. Приходите в любой день.", hub.room.sequencer.now(), key="notice/1", by="anna")
    await hub.room.sequencer.committed_step(live, (notice,))
    sent = await office.hears("Ваши документы готовы")
    assert sent.message["Subject"] == "Ваши документы готовы"
    assert sent.message["Auto-Submitted"] == "auto-generated"
    by_address = mail("Спасибо", "thanks@home.example", sender="maria@home.example", references=(sent.message["Message-ID"].strip("<>"),))
    await given(hub, by_address.as_bytes(), recipients=(sent.sender,))
    by_reference = mail("И ещё вопрос", "more@home.example", sender="maria@home.example", references=(sent.message["Message-ID"].strip("<>"),))
    await given(hub, by_reference.as_bytes())
    await hub.holds("Спасибо", "И ещё вопрос")
    assert await hub.room.said(live.head.id) == ["Спасибо", "И ещё вопрос"]


async def test_a_stranger_who_knows_the_id_of_a_letter_comes_into_no_foreign_conversation(hub: Hub, office: PostOffice) -> None:
    conversation = await asked(hub)
    await hub.room.anna_writes(conversation, "Личное")
    sent = await office.hears("Личное")
    stranger = mail("Подслушать", "evil@evil.example", sender="evil@evil.example", references=(sent.message["Message-ID"].strip("<>"),))
    await given(hub, stranger.as_bytes(), sender="evil@evil.example", recipients=(sent.sender,))
    await hub.holds("Помогите", "Подслушать")
    assert await hub.room.said(conversation) == ["Помогите"]


REPORT = """From: MAILER-DAEMON@evil.example
To: {to}
Message-ID: <report@evil.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

gone
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; evil.example

Final-Recipient: rfc822; maria@home.example
Action: failed
Status: 5.1.1

--b
Content-Type: text/rfc822-headers

Message-ID: <{original}>

--b--
"""


async def test_a_report_counts_only_at_the_address_that_was_signed_for_it(hub: Hub, office: PostOffice) -> None:
    conversation = await asked(hub)
    await hub.room.anna_writes(conversation, "Важное")
    sent = await office.hears("Важное")
    original = sent.message["Message-ID"].strip("<>")
    await given(hub, REPORT.format(to=OURS, original=original).encode(), sender="")
    await given(hub, REPORT.format(to=OURS, original=message_id(7, "centre.example")).encode(), sender="")
    assert await fates(hub) == []
    await given(hub, REPORT.format(to=sent.sender, original=original).encode(), sender="", recipients=(sent.sender,))
    await eventually(lambda: _told(hub))
    assert (await fates(hub))[0].state is Delivery.FAILED
    assert len(await hub.store.recent()) == 1


async def test_letters_are_signed(tmp_path: Path, russian: Russian, office: PostOffice) -> None:
    # RFC 6376
    await office.open()
    key = tmp_path / "dkim.pem"
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    record = b"v=DKIM1; k=rsa; p=" + b64encode(private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    relay = {"host": "127.0.0.1", "port": office.port, "tls": "none", "dkim": {"selector": "okno", "key_file": str(key)}}
    async with hub_in(tmp_path, russian, office.port, listen={}, relay=relay) as hub:
        conversation = await asked(hub)
        await hub.room.anna_writes(conversation, "Подписано: № 1, «ёлки»")
        sent = await office.hears("Подписано")
    asked_for: list[bytes] = []

    def dns(name: bytes, timeout: int = 5) -> bytes:
        asked_for.append(name)
        return record
    assert dkim.verify(sent.raw, dnsfunc=dns)
    assert asked_for == [b"okno._domainkey.centre.example."]
    assert not dkim.verify(sent.raw.replace(b"Subject: ", b"Subject: x"), dnsfunc=dns)


async def test_the_relay_may_ask_for_encryption_and_a_password(tmp_path: Path, russian: Russian) -> None:
    cert, key = certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    office = await PostOffice(context, "hub", "secret").open()
    (tmp_path / "password").write_text("secret\n", encoding="utf8")
    relay = {"host": "127.0.0.1", "port": office.port, "tls": "starttls", "user": "hub", "password_file": str(tmp_path / "password"), "ca_file": str(cert)}
    async with hub_in(tmp_path, russian, office.port, listen={}, relay=relay) as hub:
        assert (await findings(hub.mail, 1))[0].state is CheckResult.GOOD
        await asked(hub)
        await office.gets(lambda taken: True)
    (tmp_path / "password").write_text("wrong\n", encoding="utf8")
    async with hub_in(tmp_path, russian, office.port, listen={}, relay=relay) as hub:
        assert "вход отклонён" in await wrong(hub.mail, 1)
    office.close()


async def test_a_relay_that_is_away_is_told_of(tmp_path: Path, russian: Russian) -> None:
    async with hub_in(tmp_path, russian, free_ports(1)[0], listen={}) as hub:
        assert "нет связи" in await wrong(hub.mail, 1)
        assert not hub.mail.health().up


@pytest.mark.parametrize(("wrong", "named"), [
    ({"adress": "x"}, "adress"),
    ({"address": "nobody"}, "address is not a mailbox"),
    ({"listen": None, "mailboxes": []}, "neither listen nor mailboxes"),
    ({"listen": {"certificate": "/nowhere.pem"}}, "/nowhere.pem"),
    ({"listen": {"networks": ["300.0.0.0/8"]}}, "networks"),
    ({"key_file": "/nowhere.key"}, "/nowhere.key"),
    ({"relay": {"host": "h", "password_file": "/nowhere.password"}}, "/nowhere.password"),
    ({"relay": {"host": "h", "dkim": {"selector": "s", "key_file": __file__}}}, "dkim.key_file"),
    ({"mailboxes": [{"host": "h", "user": "u", "ca_file": "/nowhere.ca"}]}, "/nowhere.ca"),
    ({"mailboxes": [{"host": "h", "user": "u", "oauth": {"token_url": "file:///etc/passwd", "client_id": "x"}}]}, "token_url"),
])
async def test_a_wrong_setting_stops_the_start_and_is_named(tmp_path: Path, russian: Russian, wrong: dict[str, object], named: str) -> None:
    good = settings(tmp_path, 25, listen={}, mailboxes=())
    with pytest.raises(msgspec.ValidationError, match=named):
        connect(good | wrong, NullIntake(), MemoryStore(russian), FileStore(tmp_path / "files"), limited=True)
    await connect(good, NullIntake(), MemoryStore(russian), FileStore(tmp_path / "files"), limited=True).close()
