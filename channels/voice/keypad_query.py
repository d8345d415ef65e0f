"""Keys typed by a caller for a status, «*» before each number and «#» at the end. Pure.

A case takes its number and its code (RQ-04). An own appointment takes its number (BK-01). An application takes its number, the citizen's
СНИЛС, and a code word that consists of digits (ST-01).
"""

BEGIN, END = "*", "#"
LONGEST = 60
"""Maximum keys of a query."""
NUMBERS, CODE = range(17, 21), 8
"""Digits of a number (hub/kernel/ids.py) and of a case's code (hub/cases/tracking.py)."""
APPLICATIONS, SNILS, WORDS = range(4, 26), 11, range(4, 13)
UNREAD = ("Не получилось прочитать номер. Нажмите звёздочку, номер обращения, звёздочку, код и решётку; "
          "для своей записи на приём — звёздочку, номер записи и решётку.")


def asked(typed: str) -> str:
    """The query of complete keys as a message text; "" for none."""
    numbers = typed.removeprefix(BEGIN).removesuffix(END).split(BEGIN)
    if not all(each.isdecimal() for each in numbers):
        return ""
    match numbers:
        case [number] if len(number) in NUMBERS:
            return f"запись {number}"
        case [number, code] if len(number) in NUMBERS and len(code) == CODE:
            return f"статус {number} {code}"
        case [number, snils, word] if len(number) in APPLICATIONS and len(snils) == SNILS and len(word) in WORDS:
            return f"заявление {number} {snils} {word}"
        case _:
            return ""
