"""What a caller types to hear how his matter goes, «*» before each number and «#» at the end (RQ-04, ST-01). Pure.

Of a case its number and its code; of an application its number, his СНИЛС and his code word, where that is a number.
"""

BEGIN, END = "*", "#"
LONGEST = 60
"""Keys after which it is none."""
NUMBERS, CODE = range(17, 21), 8
"""Digits of a case's number (hub/numbers.py) and of its code (hub/following.py)."""
APPLICATIONS, SNILS, WORDS = range(4, 26), 11, range(4, 13)
UNREAD = "Не получилось прочитать номер и код. Нажмите звёздочку, номер обращения, звёздочку, код и решётку."


def asked(typed: str) -> str:
    """What whole keys ask, in the words of a message; "" where they are nothing of that."""
    match typed.removeprefix(BEGIN).removesuffix(END).split(BEGIN):
        case [number, code] if len(number) in NUMBERS and len(code) == CODE and (number + code).isdecimal():
            return f"статус {number} {code}"
        case [number, snils, word] if (len(number) in APPLICATIONS and len(snils) == SNILS and len(word) in WORDS
                                       and (number + snils + word).isdecimal()):
            return f"заявление {number} {snils} {word}"
        case _:
            return ""
