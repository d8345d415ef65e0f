"""Faults of settings in Russian, for forms at the desk; `okno check` has the same in English. Pure."""

import re
from collections.abc import Callable

TYPES = {"int": "целое число", "float": "число", "str": "текст", "bool": "да или нет", "array": "список", "object": "группа полей"}
SIGNS = {">": "больше", "<": "меньше", ">=": "не меньше", "<=": "не больше"}
_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"^Object missing required field `(\w+)`"), lambda _: "Заполните."),
    (re.compile(r"^there is no such key"), lambda _: "Такой настройки нет."),
    (re.compile(r"^Invalid (?:enum )?value .*: one of (.*)$"), lambda m: f"Выберите одно из: {m[1]}."),
    (re.compile(r"^Invalid (?:enum )?value "), lambda _: "Выберите одно из значений."),
    (re.compile(r"^Expected `array` of length >= (\d+)"), lambda m: f"Нужно добавить не меньше {m[1]}."),
    (re.compile(r"^Expected `str` of length >= (\d+)"), lambda m: "Заполните." if m[1] == "1" else f"Не короче {m[1]} знаков."),
    (re.compile(r"^Expected `str` of length <= (\d+)"), lambda m: f"Не длиннее {m[1]} знаков."),
    (re.compile(r"^Expected `str` matching regex"), lambda _: "Так не записывается: проверьте знаки и пробелы."),
    (re.compile(r"^Expected `(?:int|float)` (>=|<=|>|<) ([\d.]+)"), lambda m: f"Нужно {SIGNS[m[1]]} {m[2]}."),
    (re.compile(r"^Expected `([\w |]+)`, got"), lambda m: f"Нужно: {' или '.join(TYPES.get(each, each) for each in m[1].split(' | '))}."),
    (re.compile(r"address is not a mailbox"), lambda _: "Адрес записывается так: vopros@centre.ru."),
    (re.compile(r"neither listen nor mailboxes"), lambda _: "Добавьте ящик IMAP: иначе письма принимать некому."),
    (re.compile(r"listen\.implicit needs"), lambda _: "Нужен сертификат: шифрование с первого байта без него невозможно."),
    (re.compile(r"two of one name"), lambda _: "Два соединения с одним именем."),
    (re.compile(r"there is no SMSC '?(\w+)'?"), lambda m: f"Нет соединения «{m[1]}»."),
    (re.compile(r"more than (\d+) ASCII signs"), lambda m: f"Не больше {m[1]} знаков, только латиница и цифры: так в SMPP 3.4."),
    (re.compile(r"an address that begins with https://"), lambda _: "Нужен адрес, который начинается с https://."),
    (re.compile(r"holds no token of a bot"), lambda _: "Это не токен бота: его даёт @BotFather, вид 123456:ABC…"),
    (re.compile(r"there is no zone"), lambda _: "Такого часового пояса нет: например, Europe/Moscow."),
    (re.compile(r"must be https and have a path"), lambda _: "Нужен адрес https:// с путём после имени сервера."),
    (re.compile(r": empty$"), lambda _: "Заполните."),
)


def in_russian(text: str) -> str:
    """The sentence at a field; what is not known stays as it is."""
    for pattern, words in _RULES:
        if found := pattern.search(text):
            return words(found)
    return text
