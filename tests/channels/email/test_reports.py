"""What servers and mail programs tell of our letters, and what was written by no person."""

import pytest

from channels.email.mime import read
from channels.email.reports import Report
from hub.conversations.delivery_status import Delivery
from tests.channels.email.post import multipart, part

DAEMON = b"From: MAILER-DAEMON@mx.okno.example (Mail Delivery System)\r\nTo: ask@okno.example\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
OURS = b"From: ask@okno.example\r\nTo: ivan@mail.ru\r\nMessage-ID: <42.okno@okno.example>\r\nSubject: x\r\n"


def dsn(fields: str, said: str = "This is the mail system.", returned: bytes = OURS, kind: str = "message/rfc822", subject: str = "Undelivered Mail Returned to Sender") -> bytes:
    status = f"Reporting-MTA: dns; mx.okno.example\r\n\r\n{fields}\r\n".encode()
    return DAEMON + f"Subject: {subject}\r\n".encode() + multipart(
        "report", part(said.encode()), part(status, "message/delivery-status"), part(returned + b"\r\nhi", kind), more="; report-type=delivery-status")


@pytest.mark.parametrize(("fields", "state", "why"), [
    ("Final-Recipient: rfc822; ivan@Mail.ru\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user", Delivery.FAILED, "не доставлено: такого адреса нет (5.1.1)"),
    ("Final-Recipient: rfc822; ivan@mail.ru\r\nAction: failed\r\nStatus: 5.0.0\r\nDiagnostic-Code: smtp; 550 spam message rejected. Please visit", Delivery.FAILED, "не доставлено: сервер получателя счёл письмо спамом (5.0.0)"),
    ("Final-Recipient: rfc822; ivan@mail.ru\r\nAction: failed\r\nStatus: 5.0.0\r\nDiagnostic-Code: smtp; 552 5.2.2 Mailbox size limit exceeded", Delivery.FAILED, "не доставлено: ящик переполнен (5.2.2)"),
    ("Final-Recipient: rfc822;ivan@mail.ru\r\nAction: failed\r\nStatus: 4.4.7", Delivery.FAILED, "не доставлено: письмо не удалось доставить за отведённое время (4.4.7)"),
    ("Final-Recipient: rfc822;ivan@mail.ru\r\nAction: failed\r\nStatus: 5.7.1\r\nDiagnostic-Code: smtp; 554 5.7.1 Message rejected under suspicion of SPAM", Delivery.FAILED, "не доставлено: сервер получателя счёл письмо спамом (5.7.1)"),
    ("Final-Recipient: rfc822;ivan@mail.ru\r\nAction: failed\r\nStatus: 5.7.26", Delivery.FAILED, "не доставлено: письмо не прошло проверку подлинности (DMARC) (5.7.26)"),
    ("Original-Recipient: rfc822;ivan@mail.ru\r\nFinal-Recipient: rfc822;i@x.ru\r\nAction: delayed\r\nStatus: 4.4.1\r\nWill-Retry-Until: x", None, "доставка задерживается: сервер получателя не отвечает (4.4.1)"),
    ("Final-Recipient: rfc822;ivan@mail.ru\r\nAction: delivered\r\nStatus: 2.0.0", Delivery.DELIVERED, "на сервер получателя"),
    ("Final-Recipient: rfc822;ivan@mail.ru\r\nAction: relayed\r\nStatus: 2.0.0", None, "передано дальше: сервер, который не сообщает о доставке"),
    ("Final-Recipient: utf-8; ivan@mail.ru\r\nStatus: 5.4.4", Delivery.FAILED, "не доставлено: не найден почтовый сервер получателя (5.4.4)"),
    ("Final-Recipient: rfc822;ivan@mail.ru\r\nAction: failed (expired)\r\nStatus: 5.9.9", Delivery.FAILED, "не доставлено: почтовый сервер не сказал почему (5.9.9)"),
])
def test_delivery_reports(fields: str, state: Delivery | None, why: str) -> None:
    # CH-03: RFC 3464, RFC 3463
    letter = read(dsn(fields), bounce=True)
    assert letter.report == Report("42.okno@okno.example", state, why, "ivan@mail.ru")
    assert letter.automatic == "отчёт о доставке"


def test_of_several_recipients_the_failed_one_counts() -> None:
    fields = "Final-Recipient: rfc822;a@b.ru\r\nAction: delivered\r\nStatus: 2.0.0\r\n\r\nFinal-Recipient: rfc822;c@d.ru\r\nAction: failed\r\nStatus: 5.1.2"
    report = read(dsn(fields)).report
    assert report
    assert (report.state, report.recipient) == (Delivery.FAILED, "c@d.ru")


def test_a_report_with_headers_only() -> None:
    letter = read(dsn("Final-Recipient: rfc822;a@b.ru\r\nAction: failed\r\nStatus: 5.1.1", kind="text/rfc822-headers"))
    assert letter.report
    assert letter.report.original == "42.okno@okno.example"


def test_a_report_that_returns_nothing() -> None:
    # CH-03: what it answers tells
    raw = dsn("Final-Recipient: rfc822;a@b.ru\r\nAction: failed\r\nStatus: 5.1.1", returned=b"X: y").replace(b"Subject:", b"In-Reply-To: <7.okno@okno.example>\r\nSubject:", 1)
    letter = read(raw)
    assert letter.report
    assert letter.report.original == "7.okno@okno.example"


@pytest.mark.parametrize(("disposition", "state"), [
    ("manual-action/MDN-sent-manually; displayed", Delivery.READ), ("automatic-action/MDN-sent-automatically; displayed/error", Delivery.READ),
    ("automatic-action/MDN-sent-automatically; deleted", None), ("automatic-action/MDN-sent-automatically; processed", None), ("", None),
])
def test_receipts_of_reading(disposition: str, state: Delivery | None) -> None:
    # CH-03: RFC 8098
    notification = f"Final-Recipient: rfc822;ivan@mail.ru\r\nOriginal-Message-ID: <42.okno@okno.example>\r\nDisposition: {disposition}\r\n"
    letter = read(b"From: ivan@mail.ru\r\nSubject: x\r\n" + multipart(
        "report", part("Прочитано".encode()), part(notification.encode(), "message/disposition-notification"), more="; report-type=disposition-notification"))
    assert letter.report
    assert (letter.report.original, letter.report.state, letter.report.recipient) == ("42.okno@okno.example", state, "ivan@mail.ru")


EXIM = """This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  ivan@mail.ru
    host mxs.mail.ru [94.100.180.31]
    SMTP error from remote mail server after RCPT TO:<ivan@mail.ru>:
    550 Message was not accepted -- invalid mailbox.  Local mailbox ivan@mail.ru is unavailable: user not found

------ This is a copy of the message, including all the headers. ------

Return-path: <ask@okno.example>
Message-ID: <42.okno@okno.example>
"""
EXIM_LATE = """This message was created automatically by mail delivery software.
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on mx.okno.example.

The address to which the message has not yet been delivered is:

  ivan@mail.ru
    Delay reason: Connection timed out

Message-ID: <42.okno@okno.example>
"""
YANDEX = """Это сообщение создано почтовым сервером Яндекса.
К сожалению, ваше письмо не может быть доставлено одному или нескольким получателям.

<ivan@mail.ru>: host mx.yandex.ru[77.88.21.249] said: 550 5.7.1 No such user! (in reply to RCPT TO command)

--- Копия письма ---
Message-ID: <42.okno@okno.example>
"""
EXCHANGE = """Не удалось выполнить доставку следующим получателям или группам:

ivan@mail.ru
Почтовый ящик получателя переполнен и не может принимать сообщения.

Диагностические сведения для администраторов:
#550 5.2.2 STOREDRV.Deliver; mailbox full ##

Исходные заголовки сообщения:
Message-ID: <42.okno@okno.example>
"""
QMAIL = """Hi. This is the qmail-send program at okno.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ivan@mail.ru>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Message-ID: <42.okno@okno.example>
"""


@pytest.mark.parametrize(("sender", "subject", "text", "state", "why"), [
    ("Mailer-Daemon@mx.okno.example", "Mail delivery failed: returning message to sender", EXIM, Delivery.FAILED, "не доставлено: такого адреса нет"),
    ("Mailer-Daemon@mx.okno.example", "Warning: message 1abc-0001 delayed 24 hours", EXIM_LATE, None, "доставка задерживается: письмо не удалось доставить за отведённое время"),
    ("mailer-daemon@yandex.ru", "Письмо не доставлено", YANDEX, Delivery.FAILED, "не доставлено: сервер получателя не принял письмо: так велят его правила (5.7.1)"),
    ("postmaster@corp.example", "Недоставленное сообщение: Справка", EXCHANGE, Delivery.FAILED, "не доставлено: ящик переполнен (5.2.2)"),
    ("MAILER-DAEMON@okno.example", "failure notice", QMAIL, Delivery.FAILED, "не доставлено: такого адреса нет (5.1.1)"),
])
@pytest.mark.parametrize("charset", ["utf-8", "koi8-r", "windows-1251"])
def test_bounces_of_no_standard(sender: str, subject: str, text: str, state: Delivery | None, why: str, charset: str) -> None:
    # CH-03
    raw = f"From: Mail System <{sender}>\r\nTo: ask@okno.example\r\nSubject: {subject}\r\nContent-Type: text/plain; charset={charset}\r\n\r\n{text}".encode(charset)
    letter = read(raw)
    assert letter.report == Report("42.okno@okno.example", state, why, "ivan@mail.ru")


def test_exim_names_whom_it_failed() -> None:
    letter = read(f"From: x@y.ru\r\nX-Failed-Recipients: ivan@mail.ru\r\nSubject: z\r\n\r\n{EXIM}".encode())
    assert letter.report
    assert letter.report.recipient == "ivan@mail.ru"


@pytest.mark.parametrize(("headers", "why"), [
    ("Auto-Submitted: auto-replied", "автоответ"), ("Auto-Submitted: auto-generated (rejected)", "письмо программы"), ("Auto-Submitted: no", ""),
    ("Auto-Submitted: auto-notified; owner-email=a@b.c", "уведомление программы"), ("X-Autoreply: yes", "автоответ"), ("Precedence: bulk", "массовая рассылка"),
    ("Precedence: auto_reply", "автоответ"), ("List-Id: <news.example>", "список рассылки"), ("List-Unsubscribe: <mailto:x@y>", "список рассылки"),
    ("X-Auto-Response-Suppress: All", "письмо программы"), ("X-Auto-Response-Suppress: OOF, AutoReply", ""), ("Subject: =?utf-8?B?0JDQstGC0L7QvNCw0YLQuNGH0LXRgdC60LjQuSDQvtGC0LLQtdGCOiDQntGC0L/Rg9GB0Lo=?=", "автоответ"),
    ("Subject: Automatic reply: out", "автоответ"), ("Subject: Re: Automatic gate is broken", ""), ("Message-ID: <42.okno@okno.example>", "наше собственное письмо вернулось"),
    ("X-Priority: 3", ""),
])
def test_letters_of_no_person(headers: str, why: str) -> None:
    # CH-03: RFC 3834
    assert read(f"From: ivan@mail.ru\r\n{headers}\r\n\r\nhi".encode()).automatic == why


@pytest.mark.parametrize(("sender", "why"), [
    ("noreply@shop.example", "с адреса, на который не отвечают"), ("no-reply+1@shop.example", "с адреса, на который не отвечают"), ("norepl@mail.ru", ""),
    ("robotov@mail.ru", ""), ("postmaster@mail.ru", "с адреса, на который не отвечают"), ("post_master@sms.example", "с адреса, на который не отвечают"),
    ("news-noreply@google.example", "с адреса, на который не отвечают"), ("owner-announce@list.example", "с адреса, на который не отвечают"),
    ("town-request@list.example", "с адреса, на который не отвечают"), ("owner@house.example", ""), ("request@house.example", ""),
    ("Mail.Delivery.System@mx1.example", "с адреса, на который не отвечают"), ("ivanreply@mail.ru", ""), ("own@mail.ru", ""),
])
def test_senders_that_take_no_answer(sender: str, why: str) -> None:
    assert read(f"From: {sender}\r\n\r\nhi".encode()).automatic == why


@pytest.mark.parametrize("kind", ["feedback-report", "delivery-status", ""])
def test_a_report_without_its_evidence_is_of_a_program(kind: str) -> None:
    # CH-03: RFC 5965, RFC 6522
    report = f"; report-type={kind}" if kind else ""
    letter = read(f"From: staff@post.example\r\nContent-Type: multipart/report{report}; boundary=b\r\n\r\n--b\r\n\r\nSpam.\r\n--b--\r\n".encode())
    assert letter.automatic


@pytest.mark.parametrize("subject", [
    "Автоответ: Вода", "Автовідповідь: Вода", "Automatische Antwort: Wasser", "Abwesenheitsnotiz: Wasser", "Réponse automatique : l'eau",
    "Respuesta automática: agua", "Risposta automatica: acqua", "Resposta automática: água", "Odpowiedź automatyczna: woda", "Otomatik yanıt: su",
    "Automatisch antwoord: water", "Autosvar: vatten", "自动回复: 水", "자동 회신: 물",
])
def test_automatic_answers_in_many_languages(subject: str) -> None:
    # CH-03
    assert read(f"From: ivan@mail.ru\r\nSubject: {subject}\r\n\r\nx".encode()).automatic == "автоответ"


@pytest.mark.parametrize("sender", ["MAILER-DAEMON <>", "Mail Delivery Subsystem <MAILER-DAEMON>"])
def test_a_bounce_from_no_address_is_a_report(sender: str) -> None:
    assert read(f"From: {sender}\r\nSubject: Mail delivery failed\r\n\r\nUser unknown.".encode()).report


def test_a_fetched_letter_has_its_null_return_path_in_its_head() -> None:
    # CH-03: RFC 5321 4.4
    assert read(b"Return-Path: <>\r\nFrom: ivan@mail.ru\r\n\r\nx").automatic == "письмо без обратного адреса"


def test_a_null_return_path_is_no_person_and_no_report_by_itself() -> None:
    # CH-03: an automatic reply may come from nobody, and is no bounce
    letter = read("From: ivan@mail.ru\r\nSubject: Я в отпуске\r\n\r\nВернусь 1 декабря.".encode(), bounce=True)
    assert (letter.automatic, letter.report) == ("письмо без обратного адреса", None)


def test_a_person_who_writes_of_an_undelivered_letter_is_no_daemon() -> None:
    # CH-03
    letter = read("From: ivan@mail.ru\r\nSubject: Письмо не доставлено!\r\n\r\nПочта третий раз пишет, что письмо не может быть доставлено.".encode())
    assert (letter.automatic, letter.report) == ("", None)


def test_a_person_who_passes_a_report_on_is_no_report() -> None:
    inner = dsn("Final-Recipient: rfc822;a@b.ru\r\nAction: failed\r\nStatus: 5.1.1")
    letter = read(b"From: ivan@mail.ru\r\nSubject: Fwd: x\r\n" + multipart("mixed", part("Что это?".encode()), part(inner, "message/rfc822"), boundary="outer"))
    assert (letter.automatic, letter.report, letter.text) == ("", None, "Что это?")
    assert letter.files[0].content == inner
