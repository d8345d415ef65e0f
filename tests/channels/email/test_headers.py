"""Headers as they are rather than as they should be."""

import pytest

from channels.email.headers import Mailbox, mailboxes, parameterised, words
from channels.email.mime import read
from tests.channels.email.post import with_header


@pytest.mark.parametrize(("value", "text"), [
    ("=?utf-8?B?0J/RgNC40LLQtdGC?=", "Привет"),
    ("=?UTF-8?Q?=D0=9F=D1=80=D0=B8=D0=B2=D0=B5=D1=82_=D0=B2=D1=81=D0=B5=D0=BC?=", "Привет всем"),
    ("=?koi8-r?B?8NLJ18XU?=", "Привет"),
    ("=?windows-1251?B?z/Do4uXy?=", "Привет"),
    ("=?windows-1251?B?8NLJ18XULCDL0tXHzNnKIM3J0g==?=", "Привет, круглый мир"),  # it is KOI-8
    ("Re: =?utf-8?B?0J/RgNC4?= =?utf-8?B?0LLQtdGC?=", "Re: Привет"),
    ("=?utf-8?B?0J/R?= =?utf-8?B?gNC40LLQtdGC?=", "Привет"),  # a character cut in two
    ("=?utf-8?B?0J/RgNC?=\r\n =?utf-8?B?40LLQtdGC?=", "Привет"),  # a quantum cut in two
    ("=?utf-8?B?0J/RgNC40LLQtdGC?==?utf-8?B?INCy0YHQtdC8?=", "Привет всем"),  # no space between
    ("=?utf-8?B?0J/RgNC40LLQtdGC", "Привет"),  # never ended
    ("=?utf-8?Q?=D0=9F=D1=80 =D0=B8=D0=B2?=", "Пр ив"),  # a space inside
    ("=?utf-8?Q?what??=", "what?"),
    ("=?X-UNKNOWN?B?z/Do4uXyLCDw4OHu8uDl8iDr6Pf/7w==?=", "Привет, работает личяп"),
    ("=?utf-8*ru?B?0J/RgNC40LLQtdGC?=", "Привет"),  # RFC 2231 §5
    ("=?utf-8?B?!!!?=", ""),
    ("=?= =? ?= =?a?b?", "=?= =? ?= =?a?b?"),
    ("a =?utf-8?Q?b?= c", "a b c"),
])
def test_encoded_words(value: str, text: str) -> None:
    # CH-03
    assert words(value) == text


@pytest.mark.parametrize(("value", "boxes"), [
    ("Иван <ivan@Mail.RU>", [("Иван", "ivan@mail.ru")]),
    ('"Петров, Иван" <i@m.ru>, b@c.ru', [("Петров, Иван", "i@m.ru"), ("", "b@c.ru")]),
    ("i@m.ru (Иван)", [("Иван", "i@m.ru")]),
    ("=?utf-8?B?0JjQstCw0L0=?= <i@m.ru>", [("Иван", "i@m.ru")]),
    ('"=?utf-8?B?0JjQstCw0L0=?=" <i@m.ru>', [("Иван", "i@m.ru")]),
    ("=?utf-8?B?0JjQstCw0L0gPGlAbS5ydT4=?=", [("Иван", "i@m.ru")]),  # the address too is encoded
    ("undisclosed-recipients:;", []),
    ("Группа: a@b.ru, c@d.ru;", [("", "a@b.ru"), ("", "c@d.ru")]),
    ("Иванов, Иван <i@m.ru>", [("Иванов, Иван", "i@m.ru")]),
    ("<i@m.ru>", [("", "i@m.ru")]),
    ("иван@пример.рф", [("", "иван@пример.рф")]),
    ('"a b" <i@m.ru', [("a b", "i@m.ru")]),
    ("Nobody <>", []),
    ("i@[192.0.2.1]", [("", "i@[192.0.2.1]")]),
    ("'i@m.ru' <i@m.ru>", [("i@m.ru", "i@m.ru")]),
])
def test_mailboxes(value: str, boxes: list[tuple[str, str]]) -> None:
    # CH-03
    assert mailboxes(value) == [Mailbox(*box) for box in boxes]


@pytest.mark.parametrize(("value", "name"), [
    ('attachment; filename="a.pdf"', "a.pdf"),
    ("attachment; filename=a b.pdf", "a b.pdf"),
    ('attachment; filename="a \\"b\\".pdf"', 'a "b".pdf'),
    ("attachment; filename*=utf-8''%D1%84%D0%BE%D1%82%D0%BE.jpg", "фото.jpg"),
    ("attachment; filename*=koi8-r''%C6%CF%D4%CF.jpg", "фото.jpg"),
    ("attachment; filename*0*=utf-8''%D1%84%D0; filename*1*=%BE%D1%82%D0%BE; filename*2=\".jpg\"", "фото.jpg"),
    ("attachment; filename*1=b.jpg; filename*0=a", "ab.jpg"),
    ('attachment; filename="=?utf-8?B?0YTQvtGC0L4uanBn?="', "фото.jpg"),
    ("attachment; filename==?utf-8?B?0YTQvtGC0L4uanBn?=", "фото.jpg"),
    ('attachment; filename="фото.jpg"; filename*=utf-8\'\'%D1%84.jpg', "ф.jpg"),
    ('attachment; filename="no end', "no end"),
    ("attachment", None),
])
def test_names_of_files(value: str, name: str | None) -> None:
    # CH-03: RFC 2231, and what is seen of it
    assert parameterised(value).params.get("filename") == name


@pytest.mark.parametrize(("raw", "subject"), [
    (b"Subject: " + "Нет воды в доме".encode("cp1251") + b"\r\n", "Нет воды в доме"),
    (b"Subject: " + "Нет воды в доме".encode("koi8-r") + b"\r\n", "Нет воды в доме"),
    (b"Subject: " + "Нет воды в доме".encode() + b"\r\n", "Нет воды в доме"),
    (b"Subject : a\r\n", "a"),
    (b"subject:a\r\n b\r\n\tc\r\n", "a b c"),
    (b"Subject: a\r\nSubject: b\r\n", "a"),
    (b"", ""),
])
def test_raw_headers(raw: bytes, subject: str) -> None:
    # CH-03
    assert read(with_header(raw)).subject == subject


@pytest.mark.parametrize(("charset", "codec"), [("utf-7", "utf-7"), ("utf-16", "utf-16"), ("utf-16le", "utf-16le"), ("iso-2022-jp", "iso-2022-jp")])
def test_a_charset_of_the_body_is_none_of_the_headers(charset: str, codec: str) -> None:
    # CH-03: an address has a plus, which UTF-7 would take for its own
    raw = f"From: ivan+home@mail.ru\r\nTo: ask+mfrgg-@okno.example\r\nSubject: a+b\r\nContent-Type: text/plain; charset={charset}\r\n\r\n".encode()
    letter = read(raw + "Вода".encode(codec))
    assert (letter.sender, letter.to, letter.subject, letter.text) == ("ivan+home@mail.ru", ("ask+mfrgg-@okno.example",), "a+b", "Вода")


def test_who_wrote_what_to_whom_and_in_answer_to_what() -> None:
    # CH-03: RFC 5322 3.6.4
    letter = read(
        b"From: A <a@B.ru>\r\nReply-To: other@x.ru\r\nTo: ask@okno.example, c@d.ru\r\nCc: e@f.ru\r\nDelivered-To: ask+token@okno.example\r\n"
        b"X-Original-To: ask+token@okno.example\r\nMessage-ID: <1@a>\r\nIn-Reply-To: <3@a>\r\nReferences: <1@a> <2@a>\r\n <3@a>\r\n\r\nhi")
    assert (letter.sender, letter.name, letter.message_id) == ("a@b.ru", "A", "1@a")
    assert letter.to == ("ask@okno.example", "c@d.ru", "e@f.ru", "ask+token@okno.example")
    assert letter.references == ("3@a", "2@a", "1@a")


def test_a_message_id_without_brackets_is_one() -> None:
    assert read(b"Message-ID: abc@d\r\n\r\nhi").message_id == "abc@d"


def test_what_begins_with_no_header_is_all_body() -> None:
    # CH-03
    assert read("Здравствуйте!\nПомогите.".encode()).text == "Здравствуйте!\nПомогите."
    assert read(b"").text == ""
    assert read(b"\r\n\r\nhi").text == "hi"


def test_a_line_of_an_mbox_is_no_header() -> None:
    assert read(b"From a@b.ru Wed Nov 25 12:01:00 2026\nSubject: x\n\nhi").subject == "x"
