"""A number as a caller types it. Pure.

Of a case «*», its number, «*», its code, «#» (RQ-04); of his own appointment «*», its number, «#» (BK-01).
"""

BEGIN, END = "*", "#"
LONGEST = 40
"""Keys after which it is none."""
NUMBERS, CODE = range(17, 21), 8
"""Digits of a number (hub/numbers.py) and of its code (hub/following.py)."""
UNREAD = ("Не получилось прочитать номер. Нажмите звёздочку, номер обращения, звёздочку, код и решётку; "
          "для своей записи на приём — звёздочку, номер записи и решётку.")


def asked(typed: str) -> str:
    """What whole keys ask, in the words of a message; "" where they are no number."""
    number, _, code = typed.removeprefix(BEGIN).removesuffix(END).partition(BEGIN)
    if len(number) not in NUMBERS or not (number + code).isdecimal() or len(code) not in {0, CODE}:
        return ""
    return f"статус {number} {code}" if code else f"запись {number}"
