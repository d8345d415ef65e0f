"""A menu by SMS: what the citizen reads, and what his number means."""

from datetime import UTC, datetime

import pytest

from channels.menu import chosen, numbered, offered, written
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Attachment, Author, Message

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MENU = ("Пособия", "Загранпаспорт", "Соединить с оператором")


def said(*messages: Message) -> list[StoredEvent]:
    return [StoredEvent(n, 1, message) for n, message in enumerate(messages, 1)]


def test_choices_are_numbered_lines() -> None:
    # CH-05
    assert numbered("Что вас интересует?", MENU[:2]) == "Что вас интересует?\n1 — Пособия\n2 — Загранпаспорт"
    assert numbered("", MENU[:1]) == "1 — Пособия"
    assert numbered("Нет меню", ()) == "Нет меню"


@pytest.mark.parametrize("answer", ["2", " 2 ", "2.", "2)", "(2)", "№ 2", "02", "2️⃣", "2!"])
def test_a_number_is_the_choice_however_it_is_written(answer: str) -> None:
    assert chosen(answer, MENU) == "Загранпаспорт"


@pytest.mark.parametrize("answer", ["0", "4", "99", "112", "2 пособия", "12.05", "два", "", "1 2", "²"])
def test_what_is_no_number_of_the_menu_stays_as_it_is(answer: str) -> None:
    assert chosen(answer, MENU) == answer


def test_a_number_means_the_menu_that_was_offered_last() -> None:
    first, second = Message(Author.BOT, "раз", NOW, choices=MENU), Message(Author.BOT, "два", NOW, choices=MENU[:1])
    question = Message(Author.CITIZEN, "1", NOW)
    assert offered(said(first, question, second, question)) == MENU[:1]
    assert offered(said(first, Message(Author.SYSTEM, "Ждите", NOW))) == MENU
    assert offered(said(question)) == ()


def test_after_a_person_has_asked_a_number_is_an_answer_to_him() -> None:
    assert offered(said(Message(Author.BOT, "раз", NOW, choices=MENU), Message(Author.OPERATOR, "Сколько детей?", NOW))) == ()


def test_what_was_said_at_once_is_one_text_with_one_menu() -> None:
    records = said(Message(Author.SYSTEM, "Ждите.", NOW, choices=("Ответить позже",)), Message(Author.BOT, "Вопрос?", NOW, choices=MENU[:2]))
    assert written(records, ()) == "Ждите.\nВопрос?\n1 — Пособия\n2 — Загранпаспорт"


def test_each_file_has_a_line() -> None:
    file = Attachment("0" * 64, "Справка.pdf", "application/pdf", 5)
    assert written(said(Message(Author.OPERATOR, "Вот", NOW, attachments=(file,))), ["[Справка.pdf]"]) == "Вот\n[Справка.pdf]"
