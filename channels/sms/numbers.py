"""Converts numbers between SMSCs and the hub: E.164 with «+»; short codes and names are unchanged. Pure."""

from functools import lru_cache

from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_valid_number, parse

from hub.conversations.address import E164
from hub.kernel.errors import UndeliverableError

# SMPP 3.4 §5.2.5 and §5.2.6
_UNKNOWN, _INTERNATIONAL, _ALPHANUMERIC = 0, 1, 5
_NO_PLAN, _TELEPHONE = 0, 1
Dialled = tuple[str, int, int]
"""An address, its type of number and its numbering plan."""


@lru_cache(maxsize=4096)
def number(address: str, ton: int, region: str) -> str:
    """The sender of an incoming message; `region` (ISO 3166) is the country of national numbers."""
    address = "".join(filter(str.isprintable, address))  # it is displayed, and part of keys
    digits = address.removeprefix("+")
    if ton == _ALPHANUMERIC or not (digits.isascii() and digits.isdigit()):
        return address
    if ton == _INTERNATIONAL and E164.fullmatch("+" + digits):
        return "+" + digits
    return _valid("+" + digits, None) or _valid(digits, region) or address


def dialled(value: str) -> Dialled:
    """An address in the SMSC's form; raises UndeliverableError for an invalid one."""
    digits = value.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        message = f"Ответить отправителю «{value}» нельзя: это имя, а не номер."
        raise UndeliverableError(message)
    return digits, _INTERNATIONAL if value.startswith("+") else _UNKNOWN, _TELEPHONE


def origin(source: str) -> Dialled:
    """The sender in the SMSC's form: our number, short code, or name."""
    digits = source.removeprefix("+")
    if digits.isascii() and digits.isdigit():
        return digits, _INTERNATIONAL if source.startswith("+") else _UNKNOWN, _TELEPHONE
    return source, _ALPHANUMERIC, _NO_PLAN


def _valid(text: str, region: str | None) -> str:
    try:
        found = parse(text, region)
    except NumberParseException:
        return ""
    return format_number(found, PhoneNumberFormat.E164) if is_valid_number(found) else ""
