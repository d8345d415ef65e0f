"""What of a citizen's words counts as a question: the sentences are people's own, not of the list of empty words."""

import pytest

from hub.conversations.conversation import InQueue
from hub.conversations.journal import HandedOver, StoredEvent
from hub.conversations.message import Attachment, Author, Message
from hub.conversations.question import asks, last_of, sums_up
from tests.storage.data import at


def said(text: str, author: Author = Author.CITIZEN, **more: object) -> StoredEvent:
    return StoredEvent(7, 1, Message(author, text, at(1), **more))  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [
    "оператор", "Оператор!", "позовите человека", "Позовите живого человека, пожалуйста", "Здравствуйте", "добрый день!", "соедините с оператором",
    "Ответьте мне позже", "Позвать оператора", "алло, вы тут?", "спасибо большое", "да", "5", "...", "Call a human please", "ок, хорошо"])
def test_what_asks_nothing(text: str) -> None:  # OC-01
    assert not asks(said(text))


@pytest.mark.parametrize("text", [
    "у меня паспорт просрочен, мне 45 исполнилось, чё теперь делать", "позовите человека, вопрос по инвалидности", "а сколько стоит?",
    "Клин", "таблетки уже выпила", "Исәнмесез, паспортны ничек алыштырырга?", "не пришло", "8 916 123-45-67", "How do I renew my permit?",
    "здравствуйте " * 10])
def test_what_asks_something(text: str) -> None:  # OC-01
    assert asks(said(text))


def test_only_the_citizens_own_words_ask() -> None:
    assert not any(asks(said("Где паспорт?", author)) for author in (Author.BOT, Author.OPERATOR, Author.SYSTEM))
    assert not asks(said("Где паспорт?", internal=True))
    assert not asks(said("Где паспорт?", veiled=True))
    assert asks(said("", attachments=(Attachment("ab", "справка.pdf", "application/pdf", 3),)))
    assert not asks(StoredEvent(7, 1, HandedOver(at(1), InQueue("general", at(1)), "asked")))


def test_the_last_of_each_is_found() -> None:
    summary = StoredEvent(9, 1, Message(Author.SYSTEM, "Спросили: паспорт", at(2), name="Робот", internal=True))
    noted = StoredEvent(10, 1, Message(Author.SYSTEM, "Заявитель отключился.", at(3), internal=True))
    first = said("Где паспорт?")
    assert last_of([first, summary, noted]) == (7, 9)
    assert last_of([noted]) == (0, 0)
    assert [sums_up(each) for each in (first, summary, noted)] == [False, True, False]
