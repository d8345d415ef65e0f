"""What the citizen asks, as lists and offers show it: their last real words, and the robot's summary for who takes over. Pure.

«оператор», «здравствуйте» or «спасибо» alone say nothing about the question. A request for a person is recognised by the robot in
many more forms (bots/knowledge/operator_request.py); here a message counts unless all its words are of these.
"""

import re
from collections.abc import Iterable

from hub.conversations.journal import StoredEvent
from hub.conversations.message import Author, Message

_WORDS = re.compile(r"\w+")
LONG = 60
"""Characters: a longer message asks something."""
_EMPTY = """
здравствуйте здравствуй привет добрый доброе день утро вечер алло ало до свидания
оператор оператора оператору оператором человек человека человеку человеком сотрудник сотрудника сотрудником специалист специалиста
специалистом консультант консультанта робот робота живой живого живым
позовите позови позвать соедините соедини соединить переключите переключи переведите свяжите дайте ответьте ответить поговорить
нужен нужна нужно хочу можно прошу не мне меня я вы вас с со на к от пожалуйста срочно позже сейчас же а и ну тут здесь кто нибудь
да нет ага ок окей хорошо ладно понятно ясно спасибо благодарю большое помогло подробнее отмена
hello hi good morning operator human person agent somebody someone call me please a an the to with i want need talk speak real live
yes no ok okay thanks thank you
"""
EMPTY_WORDS = frozenset(_EMPTY.split())


def asks(record: StoredEvent) -> bool:
    """Whether a record is a message of the citizen that tells what they want."""
    entry = record.entry
    if type(entry) is not Message or entry.author is not Author.CITIZEN or entry.internal or entry.veiled:
        return False
    return len(entry.text) > LONG or bool(entry.attachments) or any(map(_says_something, _WORDS.findall(entry.text.lower())))


def _says_something(word: str) -> bool:
    return len(word) > 1 if word.isdigit() else word not in EMPTY_WORDS


def sums_up(record: StoredEvent) -> bool:
    """Whether a record is the robot's summary for who takes over: the only note that bears the robot's name."""
    entry = record.entry
    return type(entry) is Message and entry.author is Author.SYSTEM and entry.internal and bool(entry.name)


def last_of(records: Iterable[StoredEvent]) -> tuple[int, int]:
    """Ids of the last question and of the last summary among records; 0 where there is none."""
    question = summary = 0
    for record in records:
        if asks(record):
            question = record.id
        elif sums_up(record):
            summary = record.id
    return question, summary
