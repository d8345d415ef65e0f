"""A case's number and code as a caller types them: «*», the number, «*», the code, «#» (RQ-04). Pure."""

BEGIN, END = "*", "#"
LONGEST = 40
"""Keys after which it is none."""
NUMBERS, CODE = range(17, 21), 8
"""Digits of a case's number (hub/numbers.py) and of its code (hub/following.py)."""
UNREAD = "Не получилось прочитать номер и код. Нажмите звёздочку, номер обращения, звёздочку, код и решётку."


def asked(typed: str) -> str:
    """What whole keys ask, in the words of a message; "" where they are no number with a code."""
    number, _, code = typed.removeprefix(BEGIN).removesuffix(END).partition(BEGIN)
    return f"статус {number} {code}" if len(number) in NUMBERS and len(code) == CODE and (number + code).isdecimal() else ""
