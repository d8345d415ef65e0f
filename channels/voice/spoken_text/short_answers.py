"""What a caller means who answers the robot in a word or two. Pure."""

import re
from collections.abc import Iterable

YES = frozenset(["да", "ага", "угу", "ещё", "дальше", "далее", "продолжай", "продолжайте", "говори", "говорите", "рассказывай",
                 "рассказывайте", "давай", "давайте", "конечно", "хочу", "скажи", "скажите", "расскажи", "расскажите", "слушаю"])
NO = frozenset(["нет", "не", "хватит", "достаточно", "стоп"])
_POLITE = frozenset(["пожалуйста", "спасибо", "ну", "мне", "надо", "нужно", "хорошо", "всё", "уже", "вас", "я"])
_SEND = frozenset(["пришли", "пришлите", "отправь", "отправьте", "вышли", "вышлите", "скинь", "скиньте",
                   "давай", "давайте", "да", "хочу", "можно"])
_SMS = frozenset(["смс", "sms", "эсэмэс", "эсэмэску", "эсэмэской", "смску", "смской", "сообщением", "сообщение"])
_CALL = frozenset(["перезвоните", "перезвони", "звоните", "позвоните", "перезвонить", "перезвон", "звонок"])
_AROUND = frozenset(["мне", "это", "всё", "ответ", "по", "на", "в", "номер", "этот", "мой", "телефон"])
_YES_OR_NO = re.compile(r"(да|нет)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_PLEASE = re.compile(r"пожал[а-я]+(?:\s+ст[а-я]{1,2}\b)?")
"""Recognisers write it in two words (Whisper), or with other endings."""


def wants_more(heard: str) -> bool | None:
    """By a short answer to «Сказать ещё?»; None where something else is said."""
    words = _words(heard)
    if not words <= YES | NO | _POLITE or words.isdisjoint(YES | NO):
        return None
    return words.isdisjoint(NO)


def wants_sms(heard: str) -> bool:
    """As in «Пришлите мне это по СМС»."""
    words = _words(heard)
    return words <= _SEND | _SMS | _AROUND | _POLITE - {"не"} and not words.isdisjoint(_SMS)


def wants_call(heard: str) -> bool:
    """As in «Да, перезвоните» to the offer of a callback."""
    words = _words(heard)
    return words <= _CALL | YES | _AROUND | _POLITE and not words.isdisjoint(_CALL | YES)


def asks_yes_or_no(choices: Iterable[str]) -> bool:
    """Whether one of the choices is «Да» or «Нет», also with more words."""
    return any(_YES_OR_NO.match(choice) for choice in choices)


def _words(heard: str) -> set[str]:
    return {word.replace("еще", "ещё") for word in _WORD.findall(_PLEASE.sub("пожалуйста", heard.casefold()))}
