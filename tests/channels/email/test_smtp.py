"""Our SMTP server: what it takes, what it refuses in the dialogue, and what a break at any moment leaves behind."""

import asyncio
import base64
import ssl
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiosmtplib
import pytest
from cryptography import x509

from bots.russian import Russian
from channels.email.mail_intake import ORIGINAL_NAME, ORIGINAL_TYPE, PAGE_NAME, PAGE_TYPE
from channels.email.threads import message_id
from hub.conversations.message import Author, Message
from hub.intake.block import Effect
from tests.channels.email.hub import Hub, hub_in
from tests.channels.email.sender import CITIZEN, OURS, mail
from tests.channels.room import ValvedSqlite
from tests.peers.authority import Authority, certificate
from tests.peers.post_office import PostOffice


@pytest.fixture
async def hub(tmp_path: Path, russian: Russian, office: PostOffice) -> AsyncIterator[Hub]:
    await office.open()
    async with hub_in(tmp_path, russian, office.port, listen={"size_limit": 100_000, "connections_each": 3}) as hub:
        yield hub


async def given(hub: Hub, raw: bytes, sender: str = CITIZEN, recipients: tuple[str, ...] = (OURS,)) -> int:
    """The last code that a program gets which gives a mail."""
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=hub.port, start_tls=False) as client:
        try:
            await client.sendmail(sender, list(recipients), raw)
        except aiosmtplib.SMTPRecipientsRefused as error:
            return error.recipients[0].code
        except aiosmtplib.SMTPResponseException as error:
            return error.code
    return 250


class Line:
    """SMTP by hand, where a program would be too polite."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self.writer = reader, writer

    @classmethod
    async def to(cls, port: int) -> "Line":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def answer(self) -> str:
        while (line := (await self._reader.readline()).decode())[3:4] == "-":
            pass
        return line.strip()

    async def say(self, *lines: str) -> str:
        for line in lines:
            self.writer.write(line.encode() + b"\r\n")
        return await self.answer()

    async def until_data(self) -> None:
        assert (await self.answer()).startswith("220")
        for line in ("EHLO home.example", f"MAIL FROM:<{CITIZEN}>", f"RCPT TO:<{OURS}>"):
            assert (await self.say(line)).startswith("250")
        assert (await self.say("DATA")).startswith("354")


async def test_only_mail_for_us_is_taken(hub: Hub) -> None:
    # CH-05: no relaying
    raw = mail("Вопрос", "a@home.example").as_bytes()
    assert await given(hub, raw, recipients=("somebody@elsewhere.example",)) == 550
    assert await given(hub, raw, recipients=("nobody@centre.example",)) == 550
    assert await given(hub, raw, recipients=("ask+aaaaaaaaaaaaaaaaaaaaaaaa@centre.example",)) == 550
    assert await given(hub, raw, recipients=("Ask@Centre.Example",)) == 250
    await hub.holds("Вопрос")


async def test_whoever_guesses_addresses_is_told_to_go(hub: Hub) -> None:
    line = await Line.to(hub.port)
    await line.answer()
    await line.say("EHLO home.example")
    await line.say(f"MAIL FROM:<{CITIZEN}>")
    answers = [await line.say(f"RCPT TO:<guess{n}@centre.example>") for n in range(10)]
    assert [answer[:3] for answer in answers] == ["550"] * 9 + ["421"]


async def test_a_mail_that_is_too_big_is_refused_for_good(hub: Hub) -> None:
    assert await given(hub, mail("х" * 200_000, "big@home.example").as_bytes()) == 552
    assert await hub.said() == []


async def test_a_line_may_be_longer_than_the_rfc_has_it(hub: Hub) -> None:
    raw = b"From: maria@home.example\r\nMessage-ID: <long@home.example>\r\n\r\n" + b"a" * 5000 + b"\r\n"
    assert await given(hub, raw) == 250
    await hub.holds("a" * 5000)


async def test_what_is_no_persons_is_refused_in_the_dialogue_and_answered_by_nobody(hub: Hub, office: PostOffice) -> None:
    # RFC 3834: no backscatter, no loops
    automatic = mail("Я в отпуске", "auto@home.example", Auto_Submitted="auto-replied")
    assert await given(hub, automatic.as_bytes()) == 550
    own = mail("Снова я", message_id(42, "centre.example"))
    assert await given(hub, own.as_bytes()) == 554
    marked = mail("Круг", "loop@home.example", X_Loop=OURS)
    assert await given(hub, marked.as_bytes()) == 554
    ours = mail("Сам себе", "self@home.example", sender=OURS)
    assert await given(hub, ours.as_bytes()) == 554
    hops = b"Received: from a by b; Wed, 25 Nov 2026 12:00:00 +0000\r\n" * 51
    assert await given(hub, hops + mail("Далеко", "hops@home.example").as_bytes()) == 554
    assert await given(hub, hops[:len(hops) // 51 * 50] + mail("Почти", "near@home.example").as_bytes()) == 250
    await hub.holds("Почти")
    assert await given(hub, b"Subject: nobody\r\n\r\ntext\r\n") == 550
    assert [taken.recipients for taken in office.taken if taken.recipients != [CITIZEN]] == []


async def test_a_mail_cut_off_in_the_middle_of_its_data_leaves_nothing(hub: Hub) -> None:
    line = await Line.to(hub.port)
    await line.until_data()
    line.writer.write(mail("половина", "half@home.example").as_bytes()[:-20])
    await line.writer.drain()
    line.writer.transport.abort()
    assert await given(hub, mail("целое", "half@home.example").as_bytes()) == 250
    await hub.holds("целое")


async def test_data_that_is_torn_into_pieces_is_one_mail(hub: Hub) -> None:
    line = await Line.to(hub.port)
    await line.until_data()
    whole = mail("по кусочкам", "torn@home.example").as_bytes().replace(b"\n", b"\r\n") + b".\r\n"
    for at in range(0, len(whole), 7):
        line.writer.write(whole[at:at + 7])
        await line.writer.drain()
        await asyncio.sleep(0)
    assert (await line.answer()).startswith("250")
    await hub.holds("по кусочкам")


async def test_a_dot_alone_between_bare_line_feeds_ends_no_mail(hub: Hub) -> None:
    # no smuggling of a second mail
    line = await Line.to(hub.port)
    await line.until_data()
    smuggled = b"From: maria@home.example\r\nMessage-ID: <smuggle@home.example>\r\n\r\none\n.\nMAIL FROM:<evil@evil.example>\r\n.\r\n"
    line.writer.write(smuggled)
    assert (await line.answer()).startswith("250")
    assert len(await hub.said()) == 1


async def test_dots_are_what_they_were_and_an_empty_mail_is_empty(hub: Hub) -> None:
    # RFC 5321 4.5.2
    text = "..два\n.один\n.\nконец"
    assert await given(hub, mail(text, "dots@home.example", sender="dots@home.example").as_bytes()) == 250
    await hub.holds(text)
    line = await Line.to(hub.port)
    await line.until_data()
    assert (await line.say(".")).startswith("550")  # nobody wrote it
    for command, answer in (("MAIL FROM:<a@home.example>", "250"), ("DATA", "503"), (f"RCPT TO:<{OURS}>", "250"), ("DATA now", "501")):
        assert (await line.say(command)).startswith(answer)


async def test_what_is_said_too_early_is_answered_in_its_turn(hub: Hub) -> None:
    line = await Line.to(hub.port)
    await line.until_data()
    line.writer.write(b"From: maria@home.example\r\nMessage-ID: <early@home.example>\r\n\r\nearly\r\n.\r\nQUIT\r\n")
    assert (await line.answer()).startswith("250")
    assert (await line.answer()).startswith("221")
    await hub.holds("early")


async def test_a_store_that_is_full_says_later_and_takes_it_then(hub: Hub) -> None:
    raw = mail("Вопрос", "full@home.example").as_bytes()
    hub.store.full = True
    assert await given(hub, raw) == 451
    hub.store.open()
    assert await given(hub, raw) == 250
    await hub.holds("Вопрос")


async def test_an_error_nobody_thought_of_says_later_and_tells_nothing(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", "/a secret path")  # nothing that reads it can be started
        line = await Line.to(hub.port)
        await line.until_data()
        line.writer.write(b"From: a@b\r\n\r\nx\r\n.\r\n")
        answer = await line.answer()
    assert answer.startswith("451 4.3.0")
    assert "secret" not in answer


async def test_a_hub_killed_between_the_commit_and_250_stores_once(tmp_path: Path, russian: Russian, office: PostOffice) -> None:
    await office.open()
    raw = mail("один раз", "killed@home.example").as_bytes()
    async with hub_in(tmp_path, russian, office.port, kind=ValvedSqlite, listen={}) as killed:
        killed.store.hushed = True
        giving = asyncio.create_task(given(killed, raw))
        await killed.store.reached.wait()
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await giving
    async with hub_in(tmp_path, russian, office.port, kind=ValvedSqlite, listen={}) as hub:
        assert await given(hub, raw) == 250
        await hub.holds("один раз")


async def test_one_mail_for_two_of_our_addresses_and_again_from_another_server_is_one(hub: Hub) -> None:
    raw = mail("Вопрос", "twice@home.example").as_bytes()
    codes = await asyncio.gather(given(hub, raw), given(hub, raw, recipients=(OURS, "ASK@centre.example")), given(hub, b"Received: other\r\n" + raw))
    assert codes == [250, 250, 250]
    await hub.holds("Вопрос")


async def test_a_mail_without_an_id_is_known_by_its_content(hub: Hub) -> None:
    raw = b"From: maria@home.example\r\nTo: ask@centre.example\r\n\r\nno id\r\n"
    assert [await given(hub, raw), await given(hub, raw)] == [250, 250]
    await hub.holds("no id")


async def test_more_connections_than_one_may_have_are_sent_away(hub: Hub) -> None:
    lines = [await Line.to(hub.port) for _ in range(3)]
    for line in lines:
        assert (await line.answer()).startswith("220")
    assert (await (await Line.to(hub.port)).answer()).startswith("421")
    assert (await lines[0].say("QUIT")).startswith("221")
    lines[0].writer.close()
    await lines[0].writer.wait_closed()
    assert await given(hub, mail("впущен", "in@home.example").as_bytes()) == 250


async def test_a_network_that_is_not_let_in(tmp_path: Path, russian: Russian, office: PostOffice) -> None:
    await office.open()
    async with hub_in(tmp_path, russian, office.port, listen={"networks": ["192.0.2.0/24"]}) as hub:
        assert (await (await Line.to(hub.port)).answer()).startswith("554")


async def test_mail_may_come_encrypted(tmp_path: Path, russian: Russian, office: PostOffice) -> None:
    await office.open()
    cert, key = certificate(tmp_path)
    async with hub_in(tmp_path, russian, office.port, listen={"certificate": str(cert), "key": str(key)}) as hub:
        trust = ssl.create_default_context(cafile=str(cert))
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=hub.port, start_tls=True, tls_context=trust) as client:
            assert not client.supports_extension("auth")
            await client.send_message(mail("тайное", "tls@home.example"))
        await hub.holds("тайное")


async def test_mail_encrypted_from_the_first_byte_and_a_certificate_renewed_meanwhile(tmp_path: Path, russian: Russian, office: PostOffice) -> None:
    # SE-01, RFC 8314 3
    await office.open()
    authority = Authority(tmp_path)
    authority.issue(tmp_path)
    listen = {"certificate": str(tmp_path / "cert.pem"), "key": str(tmp_path / "key.pem")}
    trust = ssl.create_default_context(cafile=str(authority.file))
    for implicit in (True, False):
        (folder := tmp_path / str(implicit)).mkdir()
        async with hub_in(folder, russian, office.port, listen=listen | {"implicit": implicit}) as hub:
            how = {"hostname": "127.0.0.1", "port": hub.port, "tls_context": trust, "use_tls": implicit, "start_tls": not implicit}
            async with aiosmtplib.SMTP(**how) as before:
                renewed = authority.issue(tmp_path)
                async with aiosmtplib.SMTP(**how) as after:
                    shown = after.transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
                    assert x509.load_der_x509_certificate(shown).serial_number == renewed
                    assert not after.supports_extension("auth")
                await before.send_message(mail("тайное", "tls@home.example"))
            await hub.holds("тайное")
            assert "сертификат до" in hub.mail.health().words


async def test_files_are_kept_whole_and_a_page_is_kept_as_a_page(hub: Hub) -> None:
    letter = mail("Посмотрите", "files@home.example", subject="Справка")
    letter.add_alternative("<p onclick='x()'>Посмотрите</p><script>alert(1)</script>", subtype="html")
    letter.add_attachment(b"%PDF-1.4 whole", maintype="application", subtype="pdf", filename="Справка №1.pdf")
    assert await given(hub, letter.as_bytes()) == 250
    messages = [r.entry for r in await hub.records() if isinstance(r.entry, Message) and r.entry.attachments]
    kinds = {attachment.name: attachment.type for attachment in messages[0].attachments}
    assert kinds == {"Справка №1.pdf": "application/pdf", PAGE_NAME: PAGE_TYPE}
    assert messages[0].text == "Справка\n\nПосмотрите"


async def test_a_letter_whose_text_was_converted_can_be_opened_as_it_came(hub: Hub) -> None:
    # CH-03
    plain = mail("просто слова", "plain@home.example", subject="Справка")
    plain.set_content("просто слова", cte="8bit")
    page = mail("Посмотрите", "page@home.example")
    page.add_alternative("<p>Посмотрите</p>", subtype="html")
    for letter in (plain, page):
        assert await given(hub, letter.as_bytes()) == 250
    originals = {r.entry.text: r.entry.original for r in await hub.records() if isinstance(r.entry, Message) and r.entry.author is Author.CITIZEN}
    assert originals["Справка\n\nпросто слова"] is None
    original = originals["Посмотрите"]
    assert original is not None
    assert (original.name, original.type) == (ORIGINAL_NAME, ORIGINAL_TYPE)
    assert b"Message-ID: <page@home.example>" in (await hub.room.files.get(original.file) or b"")


async def test_a_reply_without_references_is_known_by_its_subject(hub: Hub) -> None:
    # CH-03
    await given(hub, mail("Воды нет.", "s1@home.example", subject="Вода в доме").as_bytes())
    await given(hub, mail("Всё ещё нет.", "s2@home.example", subject="RE: Вода  в доме").as_bytes())
    await given(hub, mail("Другое дело.", "s3@home.example", subject="Вода в доме").as_bytes())
    await given(hub, mail("У меня тоже.", "s4@home.example", sender="other@home.example", subject="Re: Вода в доме").as_bytes(), sender="other@home.example")
    bare = mail("Ответ.", "s5@home.example", subject="совсем иначе")
    bare["In-Reply-To"] = "s1@home.example"
    await given(hub, bare.as_bytes())
    talks = [[r.entry.text for r in await hub.store.records(head.id) if isinstance(r.entry, Message) and r.entry.author is Author.CITIZEN]
             for head in await hub.store.recent(limit=100)]
    assert sorted(talks) == sorted([
        ["Вода в доме\n\nВоды нет.", "Всё ещё нет.", "Ответ."], ["Вода в доме\n\nДругое дело."], ["Re: Вода в доме\n\nУ меня тоже."]])


async def test_an_answer_of_outlook_without_references_is_known_by_its_thread(hub: Hub) -> None:
    # CH-03: MS-OXOMSG 2.2.1.3; «AdxY…» is a first letter, five bytes more are an answer
    first, other = (base64.b64encode(b"\x01\xdc\x58" + sign * 19).decode() for sign in (b"a", b"b"))
    answer = base64.b64encode(base64.b64decode(first) + b"\x80\0\0\0\x10").decode()
    await given(hub, mail("Воды нет.", "o1@home.example", subject="Вода", Thread_Index=first).as_bytes())
    await given(hub, mail("Уже есть.", "o2@home.example", subject="Спасибо", Thread_Index=answer).as_bytes())
    await given(hub, mail("Заново.", "o3@home.example", subject="Вода", Thread_Index=first).as_bytes())
    await given(hub, mail("Третье.", "o4@home.example", subject="Вода", Thread_Index=other).as_bytes())
    await given(hub, mail("Четвёртое.", "o5@home.example", subject="Вода", Thread_Index="!" + answer).as_bytes())
    stranger = mail("И я.", "o6@home.example", sender="other@home.example", subject="Вода", Thread_Index=answer)
    await given(hub, stranger.as_bytes(), sender="other@home.example")
    talks = [[r.entry.text.rpartition("\n")[2] for r in await hub.store.records(head.id) if isinstance(r.entry, Message) and r.entry.author is Author.CITIZEN]
             for head in await hub.store.recent(limit=100)]
    assert sorted(talks) == sorted([["Воды нет.", "Уже есть."], ["Заново."], ["Третье."], ["Четвёртое."], ["И я."]])


async def test_mail_in_the_letters_of_its_sender(hub: Hub) -> None:
    # RFC 6531
    letter = mail("Здравствуйте", "utf8@home.example", sender="иван@пример.рф")
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=hub.port, start_tls=False) as client:
        await client.send_message(letter)
    await hub.holds("Здравствуйте")


async def test_a_blocked_sender_is_refused_in_the_dialogue_and_a_neighbour_is_not(hub: Hub) -> None:
    # SE-02
    made = await hub.room.intake_filter.blocks.add("boss", "email", CITIZEN, Effect.REFUSE, "спам", 7)
    assert await given(hub, mail("Купите слона", "a@home.example").as_bytes()) == 550
    await hub.room.intake_filter.blocks.lift("boss", made.id)
    assert await given(hub, mail("Купите слона", "b@home.example").as_bytes()) == 250
