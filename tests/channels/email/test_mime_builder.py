"""Letters as they go out, read again by the library and by ourselves."""

import re
from datetime import UTC, date, datetime
from email import message_from_bytes, policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.flowed import flowed
from channels.email.mime import File, read
from channels.email.mime_builder import NOTE, MailHeader, complaint, compose, reply_subject, summary
from hub.conversations.message import Author, Message, Source
from tests.channels.email.post import PNG

NOW = datetime(2026, 11, 25, 12, 1, tzinfo=UTC)
BOT = Message(Author.BOT, "Справку выдают 5 дней.", NOW, choices=("Записаться", "Оператор"), source=Source("a", "Регламент", date(2026, 2, 1), "114-ФЗ"))
PERSON = Message(Author.OPERATOR, "Здравствуйте!\nСправка готова.", NOW)


def letter(*messages: Message, to: str = "ivan@mail.ru", subject: str = "Re: Справка", references: tuple[str, ...] = ("2@mail.ru", "1@mail.ru"), note: str = NOTE, note_first: bool = False, files: tuple[File, ...] = ()) -> bytes:
    header = MailHeader("ask@okno.example", "Окно «Центр», приём", to, subject, "42.okno@okno.example", NOW, references, "ask+" + "a" * 56 + "@okno.example")
    return compose(messages, header, note=note, note_first=note_first, files=files).as_bytes()


def test_what_a_robot_says() -> None:
    # CH-03, CM-08
    back = message_from_bytes(letter(BOT), policy=policy.default)
    assert back["Auto-Submitted"] == "auto-replied"  # RFC 3834 §5
    assert back["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert back["Subject"] == "Re: Справка"
    assert back["Message-ID"] == "<42.okno@okno.example>"
    assert (back["In-Reply-To"], back["References"]) == ("<2@mail.ru>", "<1@mail.ru> <2@mail.ru>")  # RFC 5322 3.6.4
    assert back["Reply-To"].addresses[0].addr_spec == "ask+" + "a" * 56 + "@okno.example"
    assert back["From"].addresses[0].display_name == "Окно «Центр», приём"
    assert back["Date"].datetime == NOW
    text = read(letter(BOT)).text
    assert text == f"Справку выдают 5 дней.\n1 — Записаться\n2 — Оператор\n\nИсточник: Регламент (114-ФЗ), действует на 01.02.2026\n\n***\n\n{NOTE}"


def test_what_a_person_says() -> None:
    # CH-03
    back = message_from_bytes(letter(PERSON, files=(File("фото очень длинное имя файла.png", PNG, "image/png"),)), policy=policy.default)
    assert back["Auto-Submitted"] is None
    [picture] = back.iter_attachments()
    assert (picture.get_filename(), picture.get_content()) == ("фото очень длинное имя файла.png", PNG)


def test_a_letter_that_begins_a_conversation_is_generated() -> None:
    assert message_from_bytes(letter(BOT, references=()))["Auto-Submitted"] == "auto-generated"


def test_the_note_stands_first_where_a_complaint_is_answered() -> None:
    # CH-03: an e-mail is no appeal under 59-ФЗ
    assert read(letter(PERSON, note_first=True)).text == f"{NOTE}\n\nЗдравствуйте!\nСправка готова."
    assert read(letter(PERSON, note="")).text == "Здравствуйте!\nСправка готова."
    for article in ("59-ФЗ", "ст. 7", "ст. 8", "ст. 12", "30.03.2025", "ЕПГУ", "ПОС"):
        assert article in NOTE


def test_lines_are_short_and_ascii() -> None:
    # CH-03: RFC 5322 2.1.1; no server need know 8BITMIME
    raw = letter(BOT, PERSON, subject="Очень длинная тема " * 20)
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 200
    assert b"\n" not in raw.replace(b"\r\n", b"")


@pytest.mark.parametrize("subject", ["Я" * 190, "й 1" * 60, "ё" * 21 + "😀" * 60, "Очень длинная тема " * 10])
def test_an_encoded_word_has_75_characters_at_most(subject: str) -> None:
    # CH-03: RFC 2047 2
    raw = letter(PERSON, subject=subject)
    words = re.findall(rb"=\?[^?]+\?[bB]\?[^?]*\?=", raw.partition(b"\r\n\r\n")[0])
    assert len(words) > 1
    assert max(map(len, words)) <= 75
    assert read(raw).subject == subject.strip()


def test_a_line_of_message_ids_has_998_characters_at_most() -> None:
    # CH-03: RFC 5322 2.1.1: servers cut longer lines, in the middle of an id
    ids = tuple(f"{number}{'x' * 100}@mail.ru" for number in range(20))
    raw = letter(PERSON, references=ids)
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert message_from_bytes(raw)["References"].split() == [f"<{each}>" for each in reversed(ids)]


def test_long_message_ids_are_never_encoded() -> None:
    # CH-03: RFC 5322 3.6.4: the library makes encoded words of them
    long = "x" * 200 + "@outlook.example"
    back = message_from_bytes(letter(PERSON, references=(long, "1@mail.ru")))
    assert back["In-Reply-To"] == f"<{long}>"
    assert back["References"].split() == ["<1@mail.ru>", f"<{long}>"]


def test_a_long_thread_keeps_its_ends() -> None:
    back = message_from_bytes(letter(PERSON, references=tuple(f"{number}@x" for number in range(100, 0, -1))))
    kept = back["References"].split()
    assert (kept[0], kept[-1], len(kept)) == ("<1@x>", "<100@x>", 30)


def test_a_domain_in_russian_needs_no_new_server() -> None:
    # CH-03: RFC 5891, RFC 6531
    assert read(letter(PERSON, to="ivan@пример.рф")).to == ("ivan@xn--e1afmkfd.xn--p1ai",)
    assert read(letter(PERSON, to="иван@пример.рф")).to == ("иван@xn--e1afmkfd.xn--p1ai",)


def test_nothing_breaks_out_of_a_header() -> None:
    # CH-03, SE-01
    raw = letter(PERSON, subject="Re: x\r\nBcc: evil@x.ru", references=("1@x",))
    assert b"\r\nBcc:" not in raw


@pytest.mark.parametrize(("text", "complains"), [
    ("Прошу вас срочно принять меры!", True), ("Это незаконно", True), ("ЖАЛОБА на УК «Уют»", True), ("Мои права нарушены", True),
    ("Буду жаловаться в прокуратуру", True), ("Прошу рассмотреть моё обращение", True), ("Сотрудник хамил, требую разобраться", True),
    ("нарушение прав потребителей", True), ("Бездействие администрации", True),
    ("Подскажите часы работы", False), ("Как подать заявление на паспорт?", False), ("Спасибо за ответ", False), ("Прошу выслать справку", False),
    ("Обращаюсь с вопросом о записи", False), ("Мне жаль, что так вышло", False), ("Пожалуйста, запишите меня", False),
])
def test_complaints(text: str, complains: bool) -> None:
    # CH-03: «when it contains a complaint»
    assert complaint(text) is complains


@pytest.mark.parametrize(("subject", "text", "answer"), [
    ("Справка", "", "Re: Справка"), ("Re: Справка", "", "Re: Справка"), ("RE: НА: Re[2]: Справка", "", "Re: Справка"), ("Отв: Справка", "", "Re: Справка"),
    ("", "Когда откроется отдел? Жду.", "Re: Когда откроется отдел? (№ 7)"), ("Re:", "", "Re: Ваш вопрос (№ 7)"), ("Результаты", "", "Re: Результаты"),
    ("Справка\r\nBcc: x", "", "Re: Справка Bcc: x"),
])
def test_subjects(subject: str, text: str, answer: str) -> None:
    # CH-03
    assert reply_subject(subject, 7, text) == answer


def test_a_summary_is_a_sentence_or_its_beginning() -> None:
    assert summary("\n\nВаша справка готова. Приходите.") == "Ваша справка готова"
    assert summary("слово " * 30) == "слово " * 10 + "слово…"
    assert summary("") == ""


@settings(max_examples=200)
@given(text=st.lists(st.one_of(st.text(st.characters(categories=("L", "N", "P", "Zs")), max_size=300), st.sampled_from(["", "-- ", "> a", "From x", " a", "-- a"])), max_size=8).map("\n".join))
def test_flowed_text_comes_back(text: str) -> None:
    # CH-03: RFC 3676; only spaces at the ends of lines are lost
    raw = b"Content-Type: text/plain; charset=utf-8; format=flowed\r\n\r\n" + flowed(text).encode()
    got = read(raw)
    wanted = read(b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + "\n".join(line if line == "-- " else line.rstrip(" ") for line in text.split("\n")).encode())
    assert (got.text, got.folded) == (wanted.text, wanted.folded)


def test_an_invitation_names_its_method_and_charset() -> None:
    # RFC 6047 2.4
    invitation = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
    back = message_from_bytes(letter(PERSON, files=(File("запись.ics", invitation, "text/calendar"), File("plain.ics", b"BEGIN:VCALENDAR", "text/calendar"))), policy=policy.default)
    asked, plain = back.iter_attachments()
    assert (asked.get_content_type(), asked.get_param("method"), asked.get_content_charset()) == ("text/calendar", "REQUEST", "utf-8")
    assert (plain.get_param("method"), plain.get_content_charset()) == (None, "utf-8")
