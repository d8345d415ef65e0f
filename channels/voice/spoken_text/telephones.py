"""Telephone numbers in the groups in which they are written. Pure."""

import re

from channels.voice.spoken_text.numbers import group

_NUMBER = re.compile(r"(?<![\d+-])(\+7|\+?8|7)((?:[\s().–-]{0,3}\d){10})(?![\d-])")
_CITY = re.compile(r"(?<![\d№-])(?<!№ )(\d{1,3})-(\d\d)-(\d\d)(?![\d-])")
_PARTS = re.compile(r"\d+")
_UNBROKEN = 7
"""Digits that are written together, and are too many to be said so."""


def telephones(text: str) -> str:
    """«восемь, восемьсот, сто, двадцать, тридцать»."""
    return _CITY.sub(lambda found: f"{', '.join(map(group, found.groups()))}", _NUMBER.sub(_spoken, text))


def _spoken(found: re.Match[str]) -> str:
    prefix = "плюс семь" if found[1].startswith("+") else group(found[1])
    parts = _PARTS.findall(found[2])
    if len(parts) > 1 and all(len(each) < _UNBROKEN for each in parts):
        return ", ".join([prefix, *(piece for each in parts for piece in _pieces(each))])
    digits = "".join(parts)
    return ", ".join([prefix, *map(group, (digits[:3], digits[3:6], digits[6:8], digits[8:]))])


def _pieces(digits: str) -> list[str]:
    """A group as said: up to three digits at once, four in pairs unless they are round."""
    if len(digits) <= 3 or digits.endswith("000"):  # noqa: PLR2004
        return [group(digits)]
    head = len(digits) % 2 and 3
    return [group(each) for each in (digits[:head], *(digits[at:at + 2] for at in range(head, len(digits), 2))) if each]
